"""Formspree: `Someone just submitted your form on SITE`; a two-column table, or `label:` above its value."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "formspree"
SENDERS = ("noreply@formspree.io", "submissions@formspree.io")
_STARTS = ("someone just submitted your form",)
_ENDS = ("submitted ", "---")


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
