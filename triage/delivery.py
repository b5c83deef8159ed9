"""Delivering: claim -> prove -> hand over -> settle, at most once each (docs/flow.md).

What is known of reply i is written in the same commit that marks reply i+1 as closing: one commit a reply, and after a
crash at most one reply is uncertain. This flow must never hand over a reply that is not committed as closing, never
repeat one whose final dot may have been written, and never send bytes that fail their proof.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from triage.core.decision import HoldReason
from triage.core.email import Address
from triage.core.outbox import OutboxRow, ReplyState, Settlement
from triage.core.proof import prove
from triage.core.retry import Retry, after_failure
from triage.core.rules import Mode
from triage.errors import OperatorError, PermanentError, TransientError
from triage.events import Event, EventLog
from triage.evidence import give_to_staff, search_mailbox
from triage.failpoints import Failpoint, reach
from triage.mailbox.port import Mailbox, NotTakenError
from triage.mailbox.smtp import SendResult, SmtpSender
from triage.store import Session, Store

BATCH = 50
"""Replies claimed in one commit."""

_FIRST_REST = 5.0
_LONGEST_REST = 300.0
_EVENTS = {
    ReplyState.SENT: Event.REPLY_SENT,
    ReplyState.DRAFTED: Event.REPLY_DRAFTED,
    ReplyState.DEFERRED: Event.REPLY_DEFERRED,
    ReplyState.REJECTED: Event.REPLY_REJECTED,
    ReplyState.FAILED: Event.REPLY_FAILED,
    ReplyState.UNKNOWN: Event.REPLY_UNCERTAIN,
}
Clock = Callable[[], datetime]


@dataclass(slots=True)
class DeliveryReport:
    """What one run did: how many replies ended in each state, and how many were given back untried."""

    states: dict[ReplyState, int] = field(default_factory=dict)
    promoted: int = 0
    released: int = 0

    def count(self, state: ReplyState) -> None:
        """One more reply that ended so."""
        self.states[state] = self.states.get(state, 0) + 1


@dataclass(slots=True)
class _Burst:
    """One claim: what was not begun, what is being closed, and what is known but not yet written down."""

    report: DeliveryReport
    waiting: list[OutboxRow]
    closing: OutboxRow | None = None
    known: list[tuple[OutboxRow, Settlement]] = field(default_factory=list)

    def learn(self, row: OutboxRow, settlement: Settlement) -> None:
        """The outcome of `row`, to be written with the next commit."""
        self.closing = None
        self.waiting = [one for one in self.waiting if one.id != row.id]
        self.known.append((row, settlement))


class Delivery:
    """Hands over what is due, and finds out about what is uncertain. One thread at a time, one deliverer a store."""

    def __init__(
        self,
        store: Store,
        sender: SmtpSender | None,
        log: EventLog,
        mode: Mode,
        *,
        mailbox: Mailbox | None = None,
        copy_to_self: str = "",
        from_address: Address,
        fence: Callable[[Session], None] = lambda _: None,
        settle_after: timedelta = timedelta(minutes=15),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._sender = sender
        self._log = log
        self._mode = mode
        self._mailbox = mailbox
        self._copy_to_self = copy_to_self
        self._from = from_address
        self._fence = fence
        self._settle_after = settle_after
        self._failures = 0
        self._monotonic = monotonic
        self._rest_until: float | None = None
        self._broke_off = False
        self._unwritten: list[tuple[OutboxRow, Settlement]] = []

    def deliver(self, now: Clock, stop: Callable[[], bool] = lambda: False) -> DeliveryReport:
        """Hand over everything that is due, until nothing is or `stop()` says so between two replies.

        In observe mode nothing is handed over; what passes its deadline goes to staff in every mode. After a failed
        connection the next runs rest for a while, so that no server takes us for an attacker.

        Raises:
            TransientError: no connection to the mail server, the mailbox or the store.
            OperatorError: login, certificate, disk. In both cases what was not begun has been given back.
        """
        report = DeliveryReport()
        if self._broke_off:
            self.recover(now())
        self._broke_off = True
        is_still = self._mode is Mode.OBSERVE or (self._rest_until is not None and self._monotonic() < self._rest_until)
        while True:
            rows = self._claim(now(), report, limit=0 if is_still or stop() else BATCH)
            if not rows:
                self._broke_off = False
                return report
            try:
                self._hand_over(_Burst(report, rows), now, stop)
            except (TransientError, OperatorError):
                self._failures += 1
                self._rest_until = self._monotonic() + min(_FIRST_REST * 2 ** min(self._failures - 1, 8), _LONGEST_REST)
                raise
            self._failures, self._rest_until = 0, None

    def recover(self, now: datetime) -> tuple[int, int]:
        """After a crash, before anything is claimed: how many were provably not sent, and how many are uncertain.

        Also begins every run after one that broke off (a full disk, say): what that one knew but could not write down
        is written first, so that nothing waits for a restart.

        Raises:
            TransientError, OperatorError: from the store, or another process has taken over; nothing was changed.
        """
        with self._store.begin() as tx:
            self._fence(tx)
            for row, settlement in self._unwritten:
                current = tx.outbox.get(row.id)
                if current and current.state in {ReplyState.SENDING, ReplyState.CLOSING}:
                    _settle_row(tx, row, settlement, now)
            released, uncertain = tx.outbox.recover(now)
            for row_id in uncertain:
                left = tx.outbox.get(row_id)
                tx.audit.add(Event.REPLY_UNCERTAIN.value, now, email_id=left.email_id if left else 0, reply_id=row_id)
        for row, settlement in self._unwritten:
            self._log.tell(_EVENTS[settlement.state], reply=row.id, email=row.email_id, attempt=row.attempts)
        self._unwritten = []
        for row_id in uncertain:
            self._log.tell(Event.REPLY_UNCERTAIN, reply=row_id)
        return len(released), len(uncertain)

    def settle(self, now: datetime) -> int:
        """Look for evidence of uncertain replies, and tell staff of those that stay so; see `evidence.search_mailbox`.

        Raises:
            TransientError, OperatorError: the mailbox could not be searched; staff have been told nevertheless.
        """
        return search_mailbox(self._store, self._mailbox, self._log, now, self._settle_after)

    def _claim(self, now: datetime, report: DeliveryReport, limit: int) -> list[OutboxRow]:
        """One commit: the late fail, the undo window closes for others, and a batch becomes `sending`."""
        with self._store.begin() as tx:
            expired = tx.outbox.expire(now)
            for row in expired:
                give_to_staff(tx, row, HoldReason.REPLY_FAILED, now)
                tx.audit.add(Event.REPLY_FAILED.value, now, email_id=row.email_id, reply_id=row.id)
            if self._mode is not Mode.OBSERVE:
                self._fence(tx)
                report.promoted += tx.outbox.promote(now)
            rows = tx.outbox.claim(self._mode, now, limit) if limit else []
        for row in expired:
            report.count(ReplyState.FAILED)
            self._log.tell(Event.REPLY_FAILED, reply=row.id, email=row.email_id)
        if rows:
            reach(Failpoint.AFTER_CLAIM)
        return rows

    def _hand_over(self, burst: _Burst, now: Clock, stop: Callable[[], bool]) -> None:
        """Each of one claim in turn; whatever happens, what is known is written and what was not begun given back."""
        hand_over = self._send if self._mode is Mode.SEND else self._draft
        try:
            for row in tuple(burst.waiting):
                if stop():
                    break
                fault = self._fault(row)
                if fault:
                    burst.learn(row, Settlement(row.id, ReplyState.FAILED, fault))
                else:
                    hand_over(row, burst, now)
        finally:
            if burst.closing is not None:
                words = "triage was interrupted while the mail server answered."
                burst.learn(burst.closing, Settlement(burst.closing.id, ReplyState.UNKNOWN, words))
            burst.report.released += len(burst.waiting)
            self._unwritten = burst.known
            self._write(burst, now(), end=True)
            self._unwritten = []
            reach(Failpoint.AFTER_SETTLED)

    def _send(self, row: OutboxRow, burst: _Burst, now: Clock) -> None:
        """One SMTP transaction, whose final dot waits for the commit that says so."""
        if self._sender is None:
            raise OperatorError("No mail server is set to send with.", "Set TRIAGE_SMTP_HOST.")

        def before_dot() -> None:
            self._write(burst, now(), closing=row)

        try:
            result = self._sender.send(row.content, row.recipient, before_dot=before_dot, copy_to=self._copy_to_self)
        except PermanentError as error:
            burst.learn(row, Settlement(row.id, ReplyState.FAILED, str(error)))
            return
        burst.learn(row, _outcome(row, result, now()))
        if result.state is not ReplyState.SENT:
            self._write(burst, now())

    def _draft(self, row: OutboxRow, burst: _Burst, now: Clock) -> None:
        """Into the Drafts folder, unless it lies there already from before a crash."""
        if self._mailbox is None:
            raise OperatorError("No mailbox is set to put drafts into.", "Set TRIAGE_IMAP_HOST.")
        reach(Failpoint.BEFORE_DRAFT)
        try:
            self._mailbox.save_draft(row.content, row.message_id)
        except NotTakenError as error:
            burst.learn(row, _later(row, str(error), now()))
        else:
            reach(Failpoint.AFTER_DRAFT)
            burst.learn(row, Settlement(row.id, ReplyState.DRAFTED))
        self._write(burst, now())

    def _fault(self, row: OutboxRow) -> str:
        """Why these bytes must not leave, or ""; the last proof, right before the wire."""
        if hashlib.sha256(row.content).hexdigest() != row.sha256:
            return "The reply's bytes are not the ones that were composed."
        try:
            sender, own_id, notices = self._from, row.message_id, row.notices
            prove(row.content, recipient=row.recipient, sender=sender, message_id=own_id, notices=notices)
        except PermanentError as error:
            return str(error)
        return ""

    def _write(self, burst: _Burst, now: datetime, *, closing: OutboxRow | None = None, end: bool = False) -> None:
        """One commit for all that is known; `closing` begins to close; at the `end` the rest is given back."""
        with self._store.begin() as tx:
            for row, settlement in burst.known:
                _settle_row(tx, row, settlement, now)
            if closing is not None:
                self._fence(tx)
                tx.outbox.begin_closing(closing.id, now)
            if end and burst.waiting:
                tx.outbox.release([row.id for row in burst.waiting], now)
        if closing is not None:
            burst.closing = closing
            burst.waiting = [row for row in burst.waiting if row.id != closing.id]
        known, burst.known = burst.known, []
        for row, settlement in known:
            burst.report.count(settlement.state)
            self._log.tell(_EVENTS[settlement.state], reply=row.id, email=row.email_id, attempt=row.attempts)


def _settle_row(tx: Session, row: OutboxRow, settlement: Settlement, now: datetime) -> None:
    """One outcome: the outbox, the audit trail, and staff where a person must take over."""
    tx.outbox.settle(settlement, now)
    tx.audit.add(_EVENTS[settlement.state].value, now, email_id=row.email_id, reply_id=row.id)
    if settlement.state in {ReplyState.REJECTED, ReplyState.FAILED}:
        give_to_staff(tx, row, HoldReason.REPLY_FAILED, now)


def _outcome(row: OutboxRow, result: SendResult, now: datetime) -> Settlement:
    """What a transaction's result means for the row."""
    if result.state is not ReplyState.DEFERRED:
        return Settlement(row.id, result.state, result.server_words)
    return _later(row, result.server_words, now)


def _later(row: OutboxRow, words: str, now: datetime) -> Settlement:
    """One more attempt failed: deferred, or failed when the deadline leaves no further try."""
    next_step = after_failure(row.attempts, now, row.deadline)
    if isinstance(next_step, Retry):
        return Settlement(row.id, ReplyState.DEFERRED, words, next_step.at)
    return Settlement(row.id, ReplyState.FAILED, words)
