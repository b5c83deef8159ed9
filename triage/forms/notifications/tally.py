"""Tally: label and value on alternating lines, without a colon."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "tally"
SENDERS = ("notifications@tally.so", "noreply@tally.so")
_STARTS = (
    "you received a new submission",
    "your form received",
    "new submission",
    "new tally form submission",
    "you have a new submission",
)
_ENDS = (
    "view submission",
    "view all submissions",
    "you are receiving this",
    "unsubscribe",
    "made with tally",
)


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
