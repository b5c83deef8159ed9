"""One form mail as read: what the visitor answered, and the submission it becomes.

A reading is a stranger's words. It must never be acted on before `trust` has said that the mail may be believed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.address import canonical
from triage.core.email import Email
from triage.core.submission import Door, Submission

NO_EMAIL = "The form's email address could not be read."
OWN_ADDRESS = "The form's email address is the sender's or the practice's own, not a visitor's."
NOT_READ = "It comes from a sender of form mails, but its answers could not be read."
CONFIRMATION = "It is the website's own confirmation to a visitor, not a submission."
_MAX_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FormReading:
    """What one form mail says. Missing answers are "".

    `system` names the form system ("wpforms"), `confidence` is between 0 and 1, `fields` are the raw labels and
    answers in order. `problem` is a sentence when a required answer could not be read, else "". `forwarded` says
    that a person forwarded the form mail.
    """

    system: str
    confidence: float
    name: str = ""
    email: str = ""
    phone: str = ""
    message: str = ""
    consent: str = ""
    language: str = ""
    page: str = ""
    source_id: str = ""
    submitted_at: datetime | None = None
    fields: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    forwarded: bool = False


def to_submission(reading: FormReading, email: Email) -> Submission:
    """The submission that a readable form mail carries.

    `source_id` is the system's own entry id if the mail shows one, else a digest of the canonical address, the
    message and the mail's Message-ID; so the same mail at another place in the mailbox is the same submission.

    Raises:
        ValueError: the reading has a problem, so there is nothing to store.
    """
    if reading.problem or not reading.email:
        raise ValueError("a form mail that could not be read is no submission")
    return Submission(
        source=reading.system,
        source_id=reading.source_id or digest(canonical(reading.email), reading.message, email.message_id),
        door=Door.NOTIFICATION,
        submitted_at=reading.submitted_at or sent_at(email),
        name=reading.name,
        email=reading.email,
        phone=reading.phone,
        message=reading.message,
        consent=reading.consent,
        language=reading.language,
        page=reading.page,
        fields=reading.fields,
    )


def sent_at(email: Email) -> datetime:
    """When the mail was sent: its Date, unless that is missing, naive or in the future of its arrival."""
    if email.date is None or email.date.tzinfo is None or email.date > email.received_at + _MAX_AHEAD:
        return email.received_at
    return email.date


def digest(*parts: str) -> str:
    """A short hex digest of several texts, the same for the same texts in the same order."""
    whole = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(whole).hexdigest()[:32]
