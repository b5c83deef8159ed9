"""The outbox's values: one row per reply, for ever; the only meeting point of deciding and sending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.letter import LetterName, Notice
from triage.core.rules import Mode
from triage.core.told import Told


class ReplyState(Told):
    """The life of one reply (docs/flow.md shows it as a picture)."""

    PLANNED = "planned", "Decided; inside the undo window."
    READY = "ready", "Waits for its turn to be sent."
    SENDING = "sending", "Being handed to the mail server; nothing was accepted yet."
    CLOSING = "closing", "The final dot is being written; from here the outcome must be learned, not guessed."
    SENT = "sent", "The mail server accepted it."
    DRAFTED = "drafted", "It lies in the Drafts folder; staff press send."
    OBSERVED = "observed", "Composed and shown only: triage is in observe mode."
    DEFERRED = "deferred", "The mail server did not take it for now; it will be tried again."
    REJECTED = "rejected", "The mail server refused it for good."
    FAILED = "failed", "It could not be delivered before its deadline, or failed its last proof."
    UNKNOWN = "unknown", "It may or may not have been sent; it is never sent again by itself."
    CANCELLED = "cancelled", "Taken back inside the undo window."


@dataclass(frozen=True, slots=True)
class NewReply:
    """A composed reply on its way into the outbox. `content` is the frozen bytes for the wire.

    `email_id` is the ledger id of the email it answers; (practice, email_id, letter) is unique.
    """

    email_id: int
    submission_id: int
    letter: LetterName
    language: str
    letter_version: str
    notices: tuple[Notice, ...]
    channel: Mode
    state: ReplyState
    recipient: str
    recipient_key: str
    message_id: str
    content: bytes
    sha256: str
    not_before: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One reply as stored. `server_words` is what the mail server answered last, cut to 500 characters."""

    id: int
    email_id: int
    submission_id: int
    letter: LetterName
    language: str
    letter_version: str
    notices: tuple[Notice, ...]
    channel: Mode
    state: ReplyState
    recipient: str
    message_id: str
    content: bytes
    sha256: str
    not_before: datetime
    deadline: datetime
    attempts: int
    next_attempt_at: datetime
    server_words: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one attempt to send ended: the new state, the server's words, and when to try again (deferred only)."""

    row_id: int
    state: ReplyState
    server_words: str = ""
    next_attempt_at: datetime | None = None
