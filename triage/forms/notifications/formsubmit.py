"""FormSubmit: `Someone just submitted your form on SITE`; a table of names and values."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "formsubmit"
SENDERS = ("submissions@formsubmit.co", "noreply@formsubmit.co")
_STARTS = ("someone just submitted your form", "name value")
_ENDS = ("you are receiving this", "team formsubmit", "submitted ")


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
