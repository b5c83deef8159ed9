"""Letters and notices as values: which letters exist, and one rendered letter with the notices it must carry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LetterName(StrEnum):
    """Every letter the service knows; staff edit `templates/letters/<language>/<name>.md`."""

    BOTH_RECEIVED = "both_received"
    FORM_MISSING = "form_missing"
    EMAIL_MISSING = "email_missing"
    CONFIRM_ADDRESS = "confirm_address"
    RECEIVED = "received"
    CRISIS = "crisis"
    REMINDER_FORM = "reminder_form"
    REMINDER_EMAIL = "reminder_email"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Notice:
    """A mandatory text in one language and version, rendered to plain words (no markup)."""

    id: str
    language: str
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A letter ready to be composed: text and HTML say the same and both contain each of `notices`.

    `version` is the hex digest of the letter's source file, so that what went out can be shown for ever.
    """

    letter: LetterName
    language: str
    version: str
    subject: str
    text: str
    html: str
    notices: tuple[Notice, ...]
