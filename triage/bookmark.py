"""Where reading goes on: the cursor of the watched folder, and what to do when the mailbox is no longer the same.

A mailbox counts as rebuilt when its UIDVALIDITY changed (RFC 9051 section 2.3.1.1), when its UIDs fell behind the
cursor (a server restored from an older copy), or when the settings name another account. It is then read again from the
start of the window; the ledger knows by fingerprint what it has seen. This changes nothing in the mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.events import Event, EventLog
from triage.mailbox.port import FolderState, Mailbox
from triage.store import Store

_ACCOUNT = "mailbox.account"


@dataclass(frozen=True, slots=True)
class Start:
    """Read behind UID `after`. Messages before `fresh_from` were there already: their arrival may only look recent."""

    after: int
    fresh_from: int


class Bookmark:
    """The place in one account's watched folder. `account` is any text that names the account."""

    def __init__(self, mailbox: Mailbox, store: Store, account: str, log: EventLog) -> None:
        self._mailbox = mailbox
        self._store = store
        self._account = account
        self._log = log

    def find(self, folder: FolderState, since: datetime, now: datetime) -> Start:
        """Where to go on; at the first start and after a rebuild, at the first message received since `since`."""
        key = f"fresh_from.{folder.folder}"
        with self._store.read() as tx:
            cursor = tx.cursors.get(folder.folder)
            account = tx.meta.get(_ACCOUNT)
            fresh_from = int(tx.meta.get(key) or "1")
        same = account in {None, self._account}
        if cursor and same and cursor.uidvalidity == folder.uidvalidity and folder.uidnext > cursor.last_uid:
            return Start(cursor.last_uid, fresh_from)
        if cursor:
            self._log.tell(Event.MAILBOX_RESET, folder=folder.folder, uidvalidity=folder.uidvalidity)
        uids = self._mailbox.uids_since(since)
        after = uids[0] - 1 if uids else folder.uidnext - 1
        with self._store.begin() as tx:
            tx.cursors.set(folder.folder, folder.uidvalidity, after, now)
            tx.meta.set(_ACCOUNT, self._account)
            tx.meta.set(key, str(folder.uidnext))
        return Start(after, folder.uidnext)


def reading_window(go_live: datetime | None, max_age: timedelta, now: datetime) -> datetime:
    """How far back a first or repeated reading looks: to the watermark, and the age of an answer before it."""
    return min(go_live or now, now) - max_age
