"""Squarespace: `Form Submission - FORM`; `<b>Label:</b> <span>value</span>`; a hidden preheader repeats every
answer and is never read.
"""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "squarespace"
SENDERS = ("form-submission@squarespace.info", "form-submission@squarespace.com")
_STARTS = ("sent via form submission from", "enviado mediante")
_ENDS = ("manage submissions", "administrar env", "gestionar env", "does this submission look like spam")


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
