"""Wix: `Submission summary:` and then `Label:` above its value, or `Label : value`; localised."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "wix"
SENDERS = ("notifications@wix-forms.com", "account@wix-forms.com", "wix-forms.com")
_STARTS = (
    "submission summary",
    "resumen del env",
    "resumen de",
)
_ENDS = (
    "to edit your email settings",
    "to view all",
    "view submission",
    "reply to this",
    "if you think this submission",
    "go to site",
    "ver env",
)


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
