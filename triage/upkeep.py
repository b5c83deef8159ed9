"""Keeping the promises over time: is every email that lies in the mailbox also in the ledger?

The cursor trusts the server to hand out rising UIDs. This flow does not: it compares the last days of the mailbox with
the ledger and names what was missed, so that intake can read it. It changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from triage.mailbox.port import Mailbox
from triage.store import Store


class Reconcile:
    """Finds messages that the ledger does not know."""

    def __init__(self, mailbox: Mailbox, store: Store, since: datetime, longest: timedelta) -> None:
        self._mailbox = mailbox
        self._store = store
        self._since = since
        self._longest = longest

    def missed(self, clock: Callable[[], datetime]) -> list[int]:
        """UIDs at or before the cursor, received within the window, that are not in the ledger."""
        folder = self._mailbox.open()
        with self._store.read() as tx:
            cursor = tx.cursors.get(folder.folder)
        if cursor is None or cursor.uidvalidity != folder.uidvalidity:
            return []
        uids = [
            uid for uid in self._mailbox.uids_since(max(self._since, clock() - self._longest)) if uid <= cursor.last_uid
        ]
        with self._store.read() as tx:
            known = tx.emails.at_places(folder.folder, folder.uidvalidity, uids)
        return [uid for uid in uids if uid not in known]
