"""Jotform: a table of `questionColumn` and `valueColumn` cells, then links to edit and view submissions."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "jotform"
SENDERS = ("noreply@jotform.com", "noreply@formresponse.com", "formresponse.com")
_STARTS = ("question",)
_ENDS = ("you can edit this submission", "now create your own")


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
