"""Basin: a table or `label: value` lines from noreply@usebasin.com."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "basin"
SENDERS = ("noreply@usebasin.com", "usebasin.com")
_STARTS = ("you have a new submission", "new submission", "a new submission")
_ENDS = ("view submission", "view in basin", "mark as spam", "you are receiving this", "unsubscribe")


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
