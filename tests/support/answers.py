"""Letters as they arrived: which one it is, for whom, what it answers, and the proof that it carries its notices.

The notices and subjects come from the shipped templates, never from the service's own database.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from tests.support.service import OFFICE, ROOT
from triage.core.email import Address
from triage.core.letter import LetterName, RenderedLetter
from triage.core.proof import prove
from triage.events import EventLog
from triage.letters.context import PracticeFacts
from triage.letters.library import LetterLibrary
from triage.letters.notices import REQUIRED

LANGUAGES = ("en", "es")
SENDER = Address("Lakeside Infusion Clinic", OFFICE)
_FACTS = PracticeFacts(
    name="Lakeside Infusion Clinic",
    email=OFFICE,
    phone="(202) 555-0100",
    website="https://www.example.com",
    postal_address="12 Lakeside Road, Springfield, NY 10001",
    form_url="https://www.example.com/contact",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One letter. `letter` and `language` are known by its subject; `text` and `html` are decoded."""

    recipient: str
    letter: str
    language: str
    answers: str
    message_id: str
    headers: dict[str, str]
    text: str
    html: str
    content: bytes

    @property
    def shown(self) -> str:
        """The words of the HTML part, each link's address before its words."""
        return re.sub(r"<[^<>]*>", "", re.sub(r'<a [^<>]*href="([^"]*)"[^<>]*>', r"\1 ", self.html))

    def prove(self) -> None:
        """Fail unless it is marked as automatic, threaded, addressed once, and carries every notice in both parts."""
        assert self.headers["auto-submitted"] == "auto-replied"
        assert self.headers["x-auto-response-suppress"] == "All"
        assert self.headers["x-triage-loop"]
        assert self.answers in {"", self.headers.get("references", "").split()[-1:][0] if self.answers else ""}
        notices = _sample(self.letter, self.language).notices
        assert {notice.id for notice in notices} >= set(REQUIRED)
        prove(self.content, recipient=self.recipient, sender=SENDER, message_id=self.message_id, notices=notices)


def read_answer(content: bytes, recipients: Iterable[str] = ()) -> Answer:
    """A letter's bytes as an `Answer`; `recipients` are those of the envelope, which must be the one in To."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    headers = {name.lower(): str(value) for name, value in message.items()}
    recipient = headers["to"]
    assert list(recipients) in ([], [recipient]), f"the envelope names {list(recipients)}"
    letter, language = _letter_of(headers["subject"])
    text, html = (part.get_content() for part in message.iter_parts())
    return Answer(
        recipient=recipient,
        letter=letter,
        language=language,
        answers=headers.get("in-reply-to", ""),
        message_id=headers["message-id"],
        headers=headers,
        text=text,
        html=html,
        content=content,
    )


@cache
def _library() -> LetterLibrary:
    return LetterLibrary(ROOT / "templates", _FACTS, LANGUAGES, EventLog())


@cache
def _sample(letter: str, language: str) -> RenderedLetter:
    return _library().render(LetterName(letter), language, "", datetime.now(UTC))


def _letter_of(subject: str) -> tuple[str, str]:
    """The letter with this subject, and its language."""
    found = [
        (name.value, language)
        for name in LetterName
        for language in LANGUAGES
        if _sample(name.value, language).subject == subject
    ]
    assert len(found) == 1, f"{subject!r} is the subject of {found}"
    return found[0]
