"""Reading messages in batches: the first 64 KiB of each, and a text part further in only where it must be.

A message that the server cannot deliver never holds up the others and is never dropped in silence: it comes out with
empty content, to be quarantined. Attachments are never asked for.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from triage.core.email import Place, RawEmail
from triage.errors import TransientError
from triage.events import Event, EventLog
from triage.mailbox.imap_answers import FetchedItems, RefusedError
from triage.mailbox.imap_client import ImapConnection
from triage.mailbox.imap_words import KEYWORDS, uid_sets
from triage.mailbox.port import FolderState
from triage.mailbox.structure import CAP, entity, shows_text, text_parts

_FACTS = ("RFC822.SIZE", "INTERNALDATE", "FLAGS")
_ITEMS = (*_FACTS, f"BODY.PEEK[]<0.{CAP}>")
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_STRIKES = 3
_OURS = frozenset(keyword.lower().encode() for keyword in KEYWORDS.values())


class Reader:
    """Reads batches, and remembers over reconnections which messages a connection broke at."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._suspects: set[int] = set()
        self._strikes: Counter[int] = Counter()

    def forget(self) -> None:
        """The folder was rebuilt: its UIDs mean other messages now."""
        self._suspects.clear()
        self._strikes.clear()

    def read(self, connection: ImapConnection, folder: FolderState, uids: Sequence[int]) -> list[RawEmail]:
        """Messages of the selected folder, in the order of `uids`; those that vanished are absent.

        Raises:
            TransientError: the connection broke; the same UIDs are then read one by one, and the message at which it
                broke for the third time comes out empty.
        """
        try:
            found = self._found(connection, folder, uids)
        except TransientError:
            self._suspects.update(uids)
            raise
        self._suspects.difference_update(uids)
        for uid in uids:
            self._strikes.pop(uid, None)
        return found

    def _found(self, connection: ImapConnection, folder: FolderState, uids: Sequence[int]) -> list[RawEmail]:
        answers = self._answers(connection, uids)
        emails = [self._email(connection, folder, uid, answers.get(uid, {})) for uid in uids]
        undelivered = [uid for uid, email in zip(uids, emails, strict=True) if email is None]
        still_there = self._still_there(connection, undelivered)
        found: list[RawEmail] = []
        for uid, email in zip(uids, emails, strict=True):
            if email is not None:
                found.append(email)
            elif uid in still_there:
                found.append(self._undeliverable(connection, folder, uid))
            else:
                self._log.tell(Event.EMAIL_VANISHED, folder=folder.folder, uidvalidity=folder.uidvalidity, uid=uid)
        return found

    def _answers(self, connection: ImapConnection, uids: Sequence[int]) -> dict[int, FetchedItems]:
        if self._suspects.isdisjoint(uids):
            try:
                return connection.fetch(uids, _ITEMS)
            except RefusedError:
                pass  # one of them is the cause: find out which
        answers: dict[int, FetchedItems] = {}
        for uid in uids:
            if self._strikes[uid] >= _MOST_STRIKES:
                continue
            with contextlib.suppress(RefusedError):
                answers |= self._fetch_one(connection, uid, _ITEMS)
        return answers

    def _fetch_one(self, connection: ImapConnection, uid: int, items: Sequence[str]) -> dict[int, FetchedItems]:
        """Fetch from one message; a strike against it if the connection breaks at it."""
        try:
            return connection.fetch([uid], items)
        except TransientError:
            self._strikes[uid] += 1
            raise

    def _email(self, connection: ImapConnection, folder: FolderState, uid: int, items: FetchedItems) -> RawEmail | None:
        content = next((value for key, value in items.items() if key.startswith(b"BODY[]")), None)
        if not isinstance(content, bytes):
            return None
        content = content[:CAP]
        size = items.get(b"RFC822.SIZE")
        # A message shorter than the cap is all there; some servers only estimate its size.
        size = size if len(content) == CAP and isinstance(size, int) else len(content)
        behind = size > CAP and not shows_text(content)
        return RawEmail(
            content=content,
            size=size,
            received_at=_received(items),
            place=Place(folder.folder, folder.uidvalidity, uid),
            text_parts=self._texts(connection, uid) if behind else (),
            handled=_handled(items),
        )

    def _texts(self, connection: ImapConnection, uid: int) -> tuple[bytes, ...]:
        try:
            structure = self._fetch_one(connection, uid, ["BODYSTRUCTURE"]).get(uid, {}).get(b"BODYSTRUCTURE")
            numbers = [part.number for part in text_parts(structure)]
            if not numbers:
                return ()
            items = [f"BODY.PEEK[{number}{end}" for number in numbers for end in (".MIME]", f"]<0.{CAP}>")]
            found = self._fetch_one(connection, uid, items).get(uid, {})
        except RefusedError:
            return ()
        pairs = [(found.get(b"BODY[%b.MIME]" % n), found.get(b"BODY[%b]<0>" % n)) for n in map(str.encode, numbers)]
        return tuple(entity(m, body) for m, body in pairs if isinstance(m, bytes) and isinstance(body, bytes))

    def _still_there(self, connection: ImapConnection, uids: Sequence[int]) -> set[int]:
        return {uid for uid_set in uid_sets(uids) for uid in connection.search(f"UID {uid_set}")}

    def _undeliverable(self, connection: ImapConnection, folder: FolderState, uid: int) -> RawEmail:
        facts: FetchedItems = {}
        if self._strikes[uid] <= _MOST_STRIKES:  # one more try, for its size and date alone
            with contextlib.suppress(RefusedError):
                facts = self._fetch_one(connection, uid, _FACTS).get(uid, {})
        size = facts.get(b"RFC822.SIZE")
        place = Place(folder.folder, folder.uidvalidity, uid)
        known_size = size if isinstance(size, int) else 0
        return RawEmail(b"", known_size, _received(facts), place, handled=_handled(facts))


def _handled(items: FetchedItems) -> bool:
    """Whether the message carries a keyword of ours; keywords have no case (RFC 9051 section 2.3.2)."""
    flags = items.get(b"FLAGS")
    return isinstance(flags, tuple) and any(isinstance(flag, bytes) and flag.lower() in _OURS for flag in flags)


def _received(items: FetchedItems) -> datetime:
    """INTERNALDATE in UTC; without a usable one the message counts as old, so that a person decides."""
    when = items.get(b"INTERNALDATE")
    try:
        return when.astimezone(UTC) if isinstance(when, datetime) and when.tzinfo else _NO_DATE
    except (OverflowError, ValueError):
        return _NO_DATE
