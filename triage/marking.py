"""Shows in the mailbox what the ledger says: keywords or folders, and our own copies into Sent.

Runs after the commit and may fail at any time: the ledger remembers what is not marked yet, and the next run goes on.
"""

from __future__ import annotations

from triage.core.ledger import EmailState
from triage.errors import OperatorError, TransientError
from triage.events import Event, EventLog
from triage.failpoints import Failpoint, reach
from triage.mailbox.port import FolderState, Mailbox
from triage.store import Store

_AT_ONCE = 1000


class Marking:
    """Marks the handled emails of one mailbox."""

    def __init__(self, mailbox: Mailbox, store: Store, log: EventLog) -> None:
        self._mailbox = mailbox
        self._store = store
        self._log = log

    def show(self, folder: FolderState) -> None:
        """Mark what is not marked yet. A failure is told and repeated at the next run; it never stops the reading."""
        with self._store.read() as tx:
            waiting = tx.emails.unmarked(folder.folder, folder.uidvalidity, _AT_ONCE)
            ignored = [email_id for email_id, _, state in waiting if state is EmailState.NOT_ANSWERED]
            copies = tx.outbox.own_copies(ignored)
        if not waiting:
            return
        try:
            self._mailbox.file_own_copies([uid for email_id, uid, _ in waiting if email_id in copies])
            self._mailbox.mark([(uid, state) for _, uid, state in waiting])
        except OperatorError as error:
            self._log.tell(Event.MARK_FAILED, problem=error.problem)
            return
        except TransientError as error:
            self._log.tell(Event.MARK_FAILED, problem=str(error))
            return
        with self._store.begin() as tx:
            tx.emails.set_marked([email_id for email_id, _, _ in waiting])
        reach(Failpoint.AFTER_MARK)
