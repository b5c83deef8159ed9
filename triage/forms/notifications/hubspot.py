"""HubSpot: `New submission on HubSpot Form`; `Label:` above its value."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import is_from, read_mail
from triage.forms.reading import FormReading

SYSTEM = "hubspot"
SENDERS = ("noreply@notifications.hubspot.com", "notifications.hubspot.com", "noreply@hubspot.com")
_STARTS = ("new submission on hubspot form", "new submission", "you have a new submission", "you\u2019ve got a new")
_ENDS = ("view contact", "view in hubspot", "view submission", "manage notifications", "unsubscribe", "hubspot, inc")


def recognise(email: Email) -> bool:
    """Its sender."""
    return is_from(email, *SENDERS)


def read(email: Email) -> FormReading:
    """Its answers between the fixed lines around them."""
    return read_mail(SYSTEM, email, starts=_STARTS, ends=_ENDS)
