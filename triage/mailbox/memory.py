"""A mailbox in memory: the twin of `ImapMailbox` for tests and rehearsals. It passes the same contract tests.

What staff or the server would do to a real mailbox is a method here (`deliver`, `vanish`, `rebuild`, `fail_next`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from triage.core.email import Place, RawEmail
from triage.core.ledger import EmailState
from triage.errors import TransientError, TriageError
from triage.mailbox.account import MarkStyle
from triage.mailbox.imap_words import FOLDERS, message_id_of, quoted_message_id
from triage.mailbox.port import FolderState
from triage.mailbox.structure import CAP, shows_text, text_entities


@dataclass(frozen=True, slots=True)
class Stored:
    """One message: its whole bytes and when it was received (aware)."""

    content: bytes
    received_at: datetime


@dataclass
class MemoryMailbox:
    """Implements `triage.mailbox.port.Mailbox`. What it holds may be looked at directly.

    `marks` is what `mark` showed by UID; with `MarkStyle.FOLDER` moved mail lies in `moved` instead. `undeliverable`
    are UIDs that exist but come with empty content. `opened` is the UIDVALIDITY that `open` told last.
    """

    folder: str = "INBOX"
    mark_style: MarkStyle = MarkStyle.KEYWORD
    uidvalidity: int = 1
    uidnext: int = 1
    messages: dict[int, Stored] = field(default_factory=dict)
    undeliverable: set[int] = field(default_factory=set)
    marks: dict[int, EmailState] = field(default_factory=dict)
    moved: dict[str, list[Stored]] = field(default_factory=dict)
    drafts: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    failures: list[TriageError] = field(default_factory=list)
    opened: int = 0

    def deliver(self, content: bytes, received_at: datetime | None = None) -> int:
        """A new message arrives; returns its UID."""
        uid = self.uidnext
        self.messages[uid] = Stored(content, received_at or datetime.now(UTC))
        self.uidnext += 1
        return uid

    def vanish(self, uid: int) -> None:
        """Staff delete a message for good."""
        del self.messages[uid]

    def rebuild(self) -> None:
        """The server builds the folder anew: the same messages, other UIDs, another UIDVALIDITY."""
        kept = [self.messages[uid] for uid in sorted(self.messages)]
        self.uidvalidity += 1
        self.messages = dict(enumerate(kept, start=1))
        self.uidnext = len(kept) + 1
        self.marks.clear()

    def fail_next(self, error: TriageError) -> None:
        """The next call raises `error`."""
        self.failures.append(error)

    def open(self) -> FolderState:
        """How the folder stands."""
        self.opened = self.uidvalidity
        self._fail()
        return FolderState(self.folder, self.uidvalidity, self.uidnext, len(self.messages))

    def uids_after(self, uid: int) -> list[int]:
        """UIDs greater than `uid`, ascending."""
        self._fail()
        return sorted(each for each in self.messages if each > uid)

    def uids_since(self, day: datetime) -> list[int]:
        """UIDs of messages received on or after that day or the day before, ascending."""
        self._fail()
        first = (day - timedelta(days=1)).date()
        return sorted(uid for uid, stored in self.messages.items() if stored.received_at.date() >= first)

    def fetch(self, uids: Sequence[int]) -> Iterator[RawEmail]:
        """The first 64 KiB of each message that still exists, in the order asked for."""
        self._fail()
        for uid in uids:
            if uid in self.messages:
                yield self._raw(uid, self.messages[uid])

    def mark(self, states: Sequence[tuple[int, EmailState]]) -> None:
        """Remember what became of messages, or move them."""
        self._fail()
        for uid, state in states:
            if uid not in self.messages or self.mark_style is MarkStyle.NONE:
                continue
            if self.mark_style is MarkStyle.KEYWORD:
                self.marks[uid] = state
            elif state in FOLDERS:
                self.moved.setdefault(f"Triage/{FOLDERS[state]}", []).append(self.messages.pop(uid))

    def save_draft(self, content: bytes, message_id: str) -> bool:
        """Put a reply among the drafts unless it lies there."""
        return self._file(self.drafts, content, message_id)

    def holds_message_id(self, message_id: str) -> bool:
        """Whether the sent mail or the watched folder holds a message with this Message-ID."""
        self._fail()
        quoted_message_id(message_id)
        watched = [stored.content for stored in self.messages.values()]
        return any(_message_id(content) == message_id for content in (*self.sent, *watched))

    def file_own_copies(self, uids: Sequence[int]) -> None:
        """Move copies of our own replies among the sent mail."""
        self._fail()
        for uid in uids:
            if uid in self.messages and self.mark_style is not MarkStyle.NONE:
                self.sent.append(self.messages.pop(uid).content)
                self.marks.pop(uid, None)

    def close(self) -> None:
        """Nothing to close."""

    def _file(self, pile: list[bytes], content: bytes, message_id: str) -> bool:
        self._fail()
        quoted_message_id(message_id)
        if any(_message_id(each) == message_id for each in pile):
            return False
        pile.append(content)
        return True

    def _raw(self, uid: int, stored: Stored) -> RawEmail:
        place = Place(self.folder, self.uidvalidity, uid)
        size = len(stored.content)
        handled = uid in self.marks
        if uid in self.undeliverable:
            return RawEmail(b"", size, stored.received_at, place, handled=handled)
        head = stored.content[:CAP]
        behind = size > CAP and not shows_text(head)
        texts = text_entities(stored.content) if behind else ()
        return RawEmail(head, size, stored.received_at, place, texts, handled)

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.opened = self.opened or self.uidvalidity
        if self.opened != self.uidvalidity:
            raise TransientError("The mailbox was rebuilt meanwhile; it is read again.")


def _message_id(content: bytes) -> str:
    """The message's Message-ID, read plainly from its header lines."""
    head = content.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    lines = head.replace(b"\n ", b" ").replace(b"\n\t", b" ").split(b"\n")
    return next((message_id_of(line) for line in lines if line.lower().startswith(b"message-id:")), "")
