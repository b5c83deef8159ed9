"""Netlify: `Label: value` lines or a table; Reply-To only where a field is named email."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "netlify"
SENDERS = ("formresponses@netlify.com",)
_STARTS = ("a new form submission", "you have a new form submission", "new form submission")
_ENDS = ("you are receiving this", "you can manage", "to manage", "view this submission")


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
