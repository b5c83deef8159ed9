"""The practice's mailbox over IMAP: what is new, what it says, what became of it, and our own copies.

It never sets or clears \\Seen, never downloads an attachment, never deletes a message, and never acts on a UID after
the server rebuilt the folder (UIDVALIDITY, RFC 9051 section 2.3.1.1) until `open` was called again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from triage.core.email import RawEmail
from triage.core.ledger import EmailState
from triage.errors import OperatorError, TransientError, TriageError
from triage.events import EventLog
from triage.mailbox.account import ImapAccount, MarkStyle
from triage.mailbox.folders import MailboxFacts, Purpose, find, listed
from triage.mailbox.imap_answers import RefusedError
from triage.mailbox.imap_client import ImapConnection
from triage.mailbox.imap_marking import (
    can_move,
    keywords_allowed,
    mark_by_folder,
    mark_by_keyword,
    move_if_allowed,
    put_down,
)
from triage.mailbox.imap_reading import Reader
from triage.mailbox.imap_words import batches, message_id_of, quoted_message_id, search_date, searches
from triage.mailbox.port import FolderState

BATCH = 200
_IDLE_SECONDS = 300.0
"""A connection that was silent for longer may be dead, so it is asked first, and quietly replaced."""
_RESELECT_SECONDS = 600.0
"""A folder that somebody renamed or made anew may stay selected, and silent, for ever: look afresh after this long."""


class ImapMailbox:
    """One account's watched folder; implements `triage.mailbox.port.Mailbox`. Connects when first asked."""

    def __init__(
        self,
        account: ImapAccount,
        log: EventLog,
        *,
        reselect_seconds: float = _RESELECT_SECONDS,
        idle_seconds: float = _IDLE_SECONDS,
    ) -> None:
        self._account = account
        self._reselect_seconds = reselect_seconds
        self._reader = Reader(log)
        self._connection: ImapConnection | None = None
        self._selected = ""
        self._permanent: frozenset[str] | None = None
        self._state: FolderState | None = None
        self._special: dict[Purpose, str] = {}
        self._selected_at = self._used_at = 0.0
        self._idle_seconds = idle_seconds
        self._news = True

    def open(self) -> FolderState:
        """Connect if need be and say how the watched folder stands; one NOOP when nothing changed.

        Servers must tell of arrivals at a NOOP (RFC 9051 section 5.2); one that forgot is found out at the next SELECT.
        """
        with self._asking("open the watched folder"):
            connection = self._connected()
            stale = time.monotonic() - self._selected_at > self._reselect_seconds
            if self._selected != self._account.folder or self._state is None or stale:
                self._state = self._select_watched(connection)
            else:
                self._state = self._look_again(connection, self._state)
        return self._state

    def uids_after(self, uid: int) -> list[int]:
        """UIDs greater than `uid`, ascending; no command at all when the last `open` saw that nothing came."""
        with self._asking("list new messages"):
            connection, state = self._watched()
            if not self._news and uid + 1 >= state.uidnext:
                return []
            asked = searches(f"UID {uid + 1}:*", state.exists, state.uidnext - uid)
            named = {each for criteria in asked for each in connection.search(criteria)}
            found = sorted(each for each in named if each > uid)  # `n:*` names the last one, whatever its UID
            self._state = replace(state, uidnext=max([state.uidnext, *(each + 1 for each in found[-1:])]))
            self._news = False
        return found

    def uids_since(self, day: datetime) -> list[int]:
        """UIDs of messages received on or after that day, ascending; perhaps also some of the day before.

        Servers compare dates in their own time zone (RFC 9051 section 6.4.4), so we ask one day earlier.
        """
        since = search_date(day - timedelta(days=1))
        with self._asking("list messages by date"):
            connection, state = self._watched()
            asked = searches(f"SINCE {since}", state.exists, state.uidnext)
            return sorted({uid for criteria in asked for uid in connection.search(criteria)})

    def fetch(self, uids: Sequence[int]) -> Iterator[RawEmail]:
        """The first 64 KiB of each message that still exists, in batches of `BATCH` and in the order asked for.

        A message that exists but that the server does not deliver comes with empty content.
        """
        for batch in batches(uids, BATCH):
            with self._asking("hand over messages"):
                connection, state = self._watched()
                emails = self._reader.read(connection, state, batch)
            yield from emails

    def mark(self, states: Sequence[tuple[int, EmailState]]) -> None:
        """Show what became of messages, in the account's style; those that vanished are passed over."""
        if self._account.mark is MarkStyle.NONE or not states:
            return
        with self._asking("mark handled email"):
            connection, _ = self._watched()
            if self._account.mark is MarkStyle.KEYWORD:
                mark_by_keyword(connection, self._permanent, states)
            else:
                mark_by_folder(connection, states)

    def save_draft(self, content: bytes, message_id: str) -> bool:
        """Put a reply into the Drafts folder unless one with this Message-ID lies there; False if it did.

        Raises:
            ValueError: `message_id` cannot be searched for safely.
            NotTakenError: the server refused this very message.
        """
        with self._asking("keep a copy of a reply"):
            folder = self._find_special(Purpose.DRAFTS)
            if not folder:
                problem = "The mailbox has no Drafts folder."
                raise OperatorError(problem, "Make a folder named Drafts in the practice's mail program.")
            if self._lies_in(folder, message_id):
                return False
            put_down(self._connected(), folder, content, "\\Draft")
            return True

    def file_own_copies(self, uids: Sequence[int]) -> None:
        """Move copies of our own replies into Sent; where that cannot be done they stay, which is no error."""
        if self._account.mark is MarkStyle.NONE or not uids:
            return
        with self._asking("keep a copy of a reply"):
            connection, _ = self._watched()
            sent = self._find_special(Purpose.SENT)
            if sent and sent != self._account.folder and can_move(connection):
                move_if_allowed(connection, uids, sent)

    def holds_message_id(self, message_id: str) -> bool:
        """Whether the Sent folder or the watched folder holds a message with this Message-ID."""
        with self._asking("look for a sent reply"):
            sent = self._find_special(Purpose.SENT)
            return any(self._lies_in(folder, message_id) for folder in (sent, self._account.folder) if folder)

    def describe(self) -> MailboxFacts:
        """What this mailbox offers, for `triage check`."""
        state = self.open()
        with self._asking("describe itself"):
            connection, _ = self._watched()
            folders = connection.folders()
        return MailboxFacts(
            capabilities=tuple(sorted(connection.capabilities)),
            folders=tuple(folder.name for folder in folders),
            drafts=find(folders, Purpose.DRAFTS),
            sent=find(folders, Purpose.SENT),
            keywords_allowed=keywords_allowed(self._permanent),
            can_move=can_move(connection),
            idle=connection.has("IDLE"),
            exists=state.exists,
        )

    def close(self) -> None:
        """Log out within about a second; never raises. The next call connects again."""
        if self._connection is not None:
            self._connection.log_out()

    def _connected(self) -> ImapConnection:
        idle = time.monotonic() - self._used_at
        self._used_at = time.monotonic()
        if self._connection is not None and not self._connection.closed and idle > self._idle_seconds:
            with suppress(TransientError):  # it is closed then
                self._connection.noop()
        if self._connection is None or self._connection.closed:
            self._selected = ""
            self._special.clear()
            self._connection = ImapConnection(self._account)
        return self._connection

    def _watched(self) -> tuple[ImapConnection, FolderState]:
        """The connection with the watched folder selected, certainly the one that `open` described."""
        if self._state is None:
            self.open()
        connection = self._connected()
        known = self._state
        if self._selected != self._account.folder:
            now = self._select_watched(connection)
            if known is not None and known.uidvalidity != now.uidvalidity:
                self._selected = ""
                raise TransientError("The mailbox was rebuilt by its server meanwhile; it is read again.")
            self._state = known = now
        if known is None:
            raise TransientError("The watched folder is not open.")
        return connection, known

    def _select_watched(self, connection: ImapConnection) -> FolderState:
        folder = self._account.folder
        self._selected = ""
        try:
            # SELECT, since marking writes; whoever marks nothing cannot change anything under EXAMINE.
            selected = connection.select(folder, readonly=self._account.mark is MarkStyle.NONE)
        except RefusedError as refused:
            self._explain_missing(connection, refused)
            raise
        if not selected.uidvalidity:
            raise OperatorError(
                "The mail server gives messages no lasting numbers (UIDVALIDITY).",
                "triage cannot work safely with it: use another server or folder.",
            )
        if self._state is not None and self._state.uidvalidity != selected.uidvalidity:
            self._reader.forget()
        self._selected, self._permanent, self._selected_at = folder, selected.permanent, time.monotonic()
        self._news = True
        uidnext = selected.uidnext or max(connection.search("UID *") if selected.exists else [0]) + 1
        return FolderState(folder, selected.uidvalidity, uidnext, selected.exists)

    def _look_again(self, connection: ImapConnection, before: FolderState) -> FolderState:
        """NOOP, and when something came, STATUS for the new UIDNEXT."""
        connection.noop()
        changes = connection.changes()
        left = before.exists - changes.expunged
        if left < 0 or (changes.exists is not None and changes.exists < left):
            connection.drop()
            raise TransientError("The mail server lost count of its messages; the connection is made anew.")
        if changes.exists is None:
            return replace(before, exists=left)
        self._news = True
        try:
            now = connection.status(before.folder)
        except RefusedError as refused:
            self._explain_missing(connection, refused)
            raise
        if now.uidvalidity != before.uidvalidity:
            return self._select_watched(connection)
        return replace(before, uidnext=max(now.uidnext, before.uidnext), exists=now.exists)

    def _explain_missing(self, connection: ImapConnection, refused: RefusedError) -> None:
        """Raise OperatorError if the watched folder is not there; drop a connection that still shows it."""
        name = self._account.folder
        folders = connection.folders()
        self._selected = ""
        wanted = "INBOX" if name.upper() == "INBOX" else name
        if all(folder.name != wanted for folder in folders):
            raise OperatorError(
                f'The mailbox has no folder "{name}".',
                f"Set TRIAGE_IMAP_FOLDER to one of: {listed(folders)}.",
            ) from refused

    def _find_special(self, purpose: Purpose) -> str:
        if not self._special.get(purpose):
            self._special[purpose] = find(self._connected().folders(), purpose)
        return self._special[purpose]

    def _lies_in(self, folder: str, message_id: str) -> bool:
        """Whether a folder holds a message with exactly this Message-ID (SEARCH alone compares substrings)."""
        criteria = f"HEADER Message-ID {quoted_message_id(message_id)}"
        if folder == self._account.folder:
            connection, _ = self._watched()
            connection.noop()
        else:
            connection = self._connected()
            self._selected = ""
            connection.select(folder, readonly=True)
        for batch in batches(connection.search(criteria), BATCH):
            for items in connection.fetch(batch, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]).values():
                headers = (value for key, value in items.items() if key.startswith(b"BODY[HEADER"))
                if any(isinstance(each, bytes) and message_id_of(each) == message_id for each in headers):
                    return True
        return False

    @contextmanager
    def _asking(self, act: str) -> Iterator[None]:
        """Turn a server's refusal into one of our errors; `act` completes "The mail server refused to ..."."""
        try:
            yield
            self._used_at = time.monotonic()
        except RefusedError as refused:
            self._selected = ""  # perhaps the folder is not what it was: the next call selects it anew
            self._special.clear()
            raise _refusal(refused.code, act) from None


def _refusal(code: str, act: str) -> TriageError:
    if code == "OVERQUOTA":
        return OperatorError("The mailbox is full.", "Make room in it, or ask the provider for more.")
    if code == "NOPERM":
        return OperatorError(f"The mail server does not allow this user to {act}.", "Give the user the right to do so.")
    return TransientError(f"The mail server refused to {act}; it is tried again.")
