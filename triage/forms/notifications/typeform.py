"""Typeform: `Your typeform NAME has a new response:`, then each question above its answer."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "typeform"
SENDERS = ("followups.typeform.io", "followups.typeform.com", "notifications@typeform.com")
_STARTS = ("your typeform", "tu typeform")
_ENDS = ("log in to view", "inicia sesi")


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
