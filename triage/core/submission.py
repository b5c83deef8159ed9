"""One filled-in contact form, whichever door it came through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Door(StrEnum):
    """How a submission came to us."""

    NOTIFICATION = "notification"
    WEBHOOK = "webhook"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Submission:
    """A contact form's answers. Missing answers are "", never None.

    `source` names the form system ("wpforms"), `source_id` its own id or a digest made by us, unique per source.
    `submitted_at` is aware. `fields` keeps the raw labels and answers in order. `id` is the store's, 0 before it is
    stored.
    """

    source: str
    source_id: str
    door: Door
    submitted_at: datetime
    name: str = ""
    email: str = ""
    phone: str = ""
    message: str = ""
    consent: str = ""
    language: str = ""
    page: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    id: int = 0

    @property
    def first_name(self) -> str:
        """The given name as written: the first word, or the one behind the comma of "Last, First"; "" if unnamed."""
        last, comma, behind = self.name.partition(",")
        words = (behind if comma and behind.strip() else last).split()
        return words[0] if words else ""

    def with_id(self, submission_id: int) -> Submission:
        """The same submission as the store knows it."""
        return replace(self, id=submission_id)
