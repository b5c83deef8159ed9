"""Webflow: `Label: value` lines below a short introduction."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "webflow"
SENDERS = ("no-reply-forms@webflow.com", "no-reply@webflow.com")
_STARTS = (
    "you have a new form submission",
    "you just received",
    "form content",
    "here are the details",
    "new form submission",
)
_ENDS = (
    "view all",
    "you can view",
    "view submission",
    "manage your",
    "you are receiving this",
)


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
