"""A small factory of `Email` values for tests: an ordinary person's mail to the practice, with overrides.

Every test says only what is unusual about its mail. Never use real people's data here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from triage.core.email import Address, Email, Part
from triage.core.rules import Rules

PRACTICE = "hello@lakeside.example.com"
PERSON = "maria.lopez@example.org"
RECEIVED = datetime(2025, 3, 4, 15, 30, tzinfo=UTC)
TEXT = (
    "Hello,\n\nMy name is Maria Lopez and I would like to know more about the infusions for depression.\n"
    "I have filled in the contact form on your website today.\n\nThank you,\nMaria Lopez\n"
)


def address(spec: str, display: str = "") -> Address:
    """One mailbox."""
    return Address(display, spec)


def rules(**overrides: Any) -> Rules:
    """The invented practice's rules: one address, letters in English and Spanish, no authserv-id."""
    given: dict[str, Any] = {"own_addresses": (PRACTICE,), "languages": ("en", "es")}
    return Rules(**(given | overrides))


def email(headers: Iterable[tuple[str, str]] = (), **overrides: Any) -> Email:
    """One ordinary mail of Maria Lopez to the practice, changed by `overrides` (the fields of `Email`).

    `headers` are added to the ordinary ones (names are lowered); pass `all_headers` to replace every header field.
    The default `return_path` follows the sender, so that an overridden `from_` stays ordinary.
    """
    given: dict[str, Any] = {
        "message_id": "<20250304.1@mail.example.org>",
        "from_": (Address("Maria Lopez", PERSON),),
        "to": (Address("Lakeside Infusion Clinic", PRACTICE),),
        "cc": (),
        "resent": (),
        "reply_to": (),
        "subject": "Question about treatment",
        "date": RECEIVED,
        "received_at": RECEIVED,
        "in_reply_to": (),
        "references": (),
        "text": TEXT,
        "html": "",
        "parts": (Part("text/plain", parameters=(("charset", "utf-8"),)),),
        "size": 1200,
        "fingerprint": "0" * 64,
    }
    replaced = overrides.pop("all_headers", None)
    given |= overrides
    sender = given["from_"][0].spec if given["from_"] else PERSON
    given.setdefault("return_path", sender)
    if replaced is None:
        replaced = (*_ordinary_headers(given), *headers)
    given["headers"] = tuple((name.lower(), value) for name, value in replaced)
    return Email(**given)


def _ordinary_headers(given: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    path = given["return_path"]
    returned = () if path is None else (("return-path", f"<{path}>"),)
    return (
        *returned,
        ("received", "from mail.example.org by mx.lakeside.example.com; Tue, 04 Mar 2025 15:30:00 +0000"),
        ("from", ", ".join(_written(one) for one in given["from_"])),
        ("to", ", ".join(_written(one) for one in given["to"])),
        ("subject", given["subject"]),
        ("message-id", given["message_id"]),
        ("date", "Tue, 04 Mar 2025 15:29:58 +0000"),
        ("mime-version", "1.0"),
        ("content-type", "text/plain; charset=utf-8"),
    )


def _written(one: Address) -> str:
    return f'"{one.display}" <{one.spec}>' if one.display else f"<{one.spec}>"
