"""Cognito Forms: a table of labels and values from notifications@cognitoforms.com."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "cognito-forms"
SENDERS = ("notifications@cognitoforms.com",)
_STARTS = ("entry details", "new entry", "a new entry")
_ENDS = ("view full entry", "view entry", "powered by cognito", "you are receiving this")


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
