"""Rendered letters and replies of an invented practice, the size of real ones, for the tests of sending."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from triage.core.email import Address
from triage.core.letter import LetterName, Notice, RenderedLetter
from triage.core.reply import FrozenReply, compose

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
SENDER = Address("Harbor Clinic", "hello@clinic.example.com")
RECIPIENT = "jane.doe@example.org"
MESSAGE_ID = "<triage.0123456789abcdef0123456789abcdef@clinic.example.com>"
LOOP_ID = "clinic.example.com"
NOTICES = (
    Notice("elective", "en", 1, "This treatment is your choice. It is purely elective. You do not have to have it."),
    Notice("guarantee", "en", 2, "There is no guarantee whatsoever that it will help you. Some people feel worse."),
    Notice("privacy", "en", 1, 'Email isn\'t private: "others" might read it < & >. Call us at 555-0100.'),
    Notice("lang", "en", 1, "Para leer esta información en español, responda con la palabra ESPAÑOL."),
)
_STYLE = "margin:0 0 16px;color:#333333;font-family:Arial,sans-serif;font-size:16px;line-height:1.5"


def page(notices: tuple[Notice, ...] = NOTICES, *, body: str = "", sheet: str = "", paragraphs: int = 30) -> str:
    """An HTML part of about 12 kB, its style inlined, with each notice in a paragraph."""
    filler = "Thank you for writing to us. A member of our staff will read your email, usually within one day."
    rows = "\n".join(f'<p style="{_STYLE}">{number}. {filler}</p>' for number in range(paragraphs))
    shown = "\n".join(f'<p style="{_STYLE}">{html.escape(one.text)}</p>' for one in notices)
    head = f'<head><meta charset="utf-8"><title>Harbor</title><style>{sheet}</style></head>'
    opening = '<body style="margin:0;background:#ffffff">\n<table width="100%"><tr><td style="padding:24px">'
    start = f'<!DOCTYPE html>\n<html lang="en">{head}\n{opening}'
    return f"{start}\n{rows}\n{body}{shown}\n</td></tr></table>\n</body></html>\n"


def letter(**changes: Any) -> RenderedLetter:
    """A rendered letter with its notices; `changes` replace fields."""
    words = "\n\n".join(["Hello there,", "Thank you for writing to us. We have your form and your email. " * 45])
    rendered = RenderedLetter(
        letter=LetterName.BOTH_RECEIVED,
        language="en",
        version="a" * 64,
        subject="We have your form and your email",
        text=words + "\n\n" + "\n\n".join(one.text for one in NOTICES) + "\n",
        html=page(),
        notices=NOTICES,
    )
    return replace(rendered, **changes)


def composed(rendered: RenderedLetter | None = None, **changes: Any) -> FrozenReply:
    """A composed reply; `changes` replace arguments of `compose`."""
    rendered = rendered or letter()
    arguments: dict[str, Any] = {
        "sender": SENDER,
        "recipient": RECIPIENT,
        "message_id": MESSAGE_ID,
        "date": NOW,
        "in_reply_to": "<question@example.org>",
        "references": ("<first@example.org>", "<question@example.org>"),
        "loop_id": LOOP_ID,
    }
    return compose(rendered, rendered.notices, **(arguments | changes))
