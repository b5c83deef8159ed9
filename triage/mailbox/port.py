"""What the flows may ask of a mailbox. The IMAP adapter and the in-memory twin pass the same contract tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from triage.core.email import RawEmail
from triage.core.ledger import EmailState
from triage.errors import TransientError


@dataclass(frozen=True, slots=True)
class FolderState:
    """The watched folder as the server shows it now (RFC 9051 section 2.3.1.1); `uidnext` >= 1."""

    folder: str
    uidvalidity: int
    uidnext: int
    exists: int


class NotTakenError(TransientError):
    """The server said no to this one message; the connection goes on, and others may well be taken."""


class Mailbox(Protocol):
    """One mailbox, one connection, one thread at a time.

    Every method raises `TransientError` when the connection or the server fails (the next call reconnects) and
    `OperatorError` when somebody must act (wrong password, missing folder, bad certificate). None ever sets or clears
    the \\Seen flag.
    """

    def open(self) -> FolderState:
        """Connect if need be and say how the watched folder stands; cheap when nothing changed."""

    def uids_after(self, uid: int) -> list[int]:
        """UIDs greater than `uid`, ascending. Its cost must not grow with the mailbox."""

    def uids_since(self, day: datetime) -> list[int]:
        """UIDs of messages received on or after that day, ascending. Costly: for the first start only."""

    def fetch(self, uids: Sequence[int]) -> Iterator[RawEmail]:
        """The first 64 KiB of each message that still exists, in batches; a vanished UID is simply absent."""

    def mark(self, states: Sequence[tuple[int, EmailState]]) -> None:
        """Show in the mailbox what became of messages (keyword, folder, or nothing), as configured."""

    def save_draft(self, content: bytes, message_id: str) -> bool:
        """Put a reply into the Drafts folder unless one with this Message-ID lies there; False if it did.

        Raises:
            NotTakenError: the server refused this one.
        """

    def holds_message_id(self, message_id: str) -> bool:
        """Whether the Sent folder or the watched folder holds a message with this Message-ID."""

    def file_own_copies(self, uids: Sequence[int]) -> None:
        """Move copies of our own replies from the watched folder into Sent, with their flags as they are.

        They stay where they are when nothing shall be marked, when there is no Sent folder, or when the server cannot
        or will not move them; those that vanished are passed over.
        """

    def close(self) -> None:
        """Log out; never raises."""
