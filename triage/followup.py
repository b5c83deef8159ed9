"""The other half arrived: a form comes in after its email, and the patient gets the letter that fits now.

Each new submission is looked at once, in order, by a durable cursor. An email from the form's own address that was
told "please complete the form" is fetched again and judged anew; inside the undo window the first letter is taken
back, so that a patient who did both within minutes gets one letter, not two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from triage.core.address import canonical
from triage.core.decision import STOPS_LETTERS, Hold, HoldReason, Reply
from triage.core.email import Email
from triage.core.ledger import EmailState, LedgerEntry
from triage.core.letter import LetterName
from triage.core.outbox import ReplyState
from triage.core.parsing import parse
from triage.core.rules import Mode
from triage.core.submission import Submission
from triage.errors import OperatorError, TransientError
from triage.events import Event, EventLog
from triage.judgement import Judge, Judgement, StorePast
from triage.mailbox.port import Mailbox
from triage.recording import Dispatch, plan_reply
from triage.store import Session, Store, StoreFault

_CURSOR = "followup.last_submission"
_LOOK_BACK = timedelta(days=30)


class Followup:
    """Moves inquiries on when their form arrives after their email."""

    def __init__(
        self,
        mailbox: Mailbox,
        store: Store,
        judge: Judge,
        dispatch: Dispatch,
        log: EventLog,
        fence: Callable[[Session], None],
    ) -> None:
        self._mailbox = mailbox
        self._store = store
        self._judge = judge
        self._dispatch = dispatch
        self._log = log
        self._fence = fence

    def run(self, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> int:
        """Look at every submission that came since the last run. Returns how many replies were planned."""
        planned = 0
        while not stop():
            fresh, waiting = self._fresh(clock())
            if not fresh:
                break
            for submission in fresh:
                entry = waiting.get(canonical(submission.email))
                if entry is not None:
                    planned += self._spared(submission, entry, clock())
            with self._store.begin() as tx:
                tx.meta.set(_CURSOR, str(fresh[-1].id))
        return planned

    def _fresh(self, now: datetime) -> tuple[list[Submission], dict[str, LedgerEntry]]:
        """The next submissions, and the newest waiting email of each of their addresses."""
        with self._store.read() as tx:
            fresh = tx.submissions.after(int(tx.meta.get(_CURSOR) or "0"))
            addresses = [canonical(submission.email) for submission in fresh if submission.email]
            waiting = tx.emails.waiting_for_form(addresses, now - _LOOK_BACK)
        waiting.sort(key=lambda entry: entry.received_at)
        return fresh, {entry.sender_key: entry for entry in waiting}

    def _spared(self, submission: Submission, entry: LedgerEntry, now: datetime) -> int:
        """The one guard of this flow: a fault of ours on one form must not keep the others waiting for ever."""
        try:
            return self._follow(submission, entry, now)
        except (TransientError, OperatorError, StoreFault):
            raise
        except Exception as error:  # noqa: BLE001 - see above; the event names the fault, never the person
            self._log.tell(Event.CHECK_FAILED, problem=type(error).__name__, submission=submission.id, email=entry.id)
            return 0

    def _follow(self, submission: Submission, newest: LedgerEntry, now: datetime) -> int:
        """Judge the waiting email of this submission's person anew; 1 if a reply was planned."""
        email = self._fetch(newest)
        if email is None:
            return 0
        # What counts is how fresh the form is, not how long the patient took to fill it in.
        email = replace(email, received_at=max(email.received_at, submission.submitted_at))
        with self._store.begin() as tx:
            self._fence(tx)
            judgement = self._judge.judge(email, StorePast(tx), now)
            planned = self._move_on(tx, newest.id, judgement, now)
            tx.meta.set(_CURSOR, str(submission.id))
            tx.audit.add("form_arrived", now, email_id=newest.id, submission_id=submission.id)
        return planned

    def _move_on(self, tx: Session, email_id: int, judgement: Judgement, now: datetime) -> int:
        """The letter that fits now, or the person who must look; 1 if a reply was planned."""
        decision = judgement.decision
        if isinstance(decision, Hold):
            if decision.reason is HoldReason.FIRST_LETTER_ALREADY_SENT:
                return 0
            if decision.reason in STOPS_LETTERS:
                self._take_back(tx, email_id, now)
            tx.emails.set_state(email_id, EmailState.WITH_STAFF, decision.reason.value, now)
            return 0
        if not isinstance(decision, Reply) or decision.letter is not LetterName.BOTH_RECEIVED or not judgement.reply:
            return 0
        if self._dispatch.mode is Mode.SEND:
            self._take_back(tx, email_id, now)
        key = judgement.sender_key
        if plan_reply(tx, email_id, decision, key, judgement.reply, self._dispatch, now) is None:
            return 0
        if self._dispatch.waits_for is not None:
            tx.emails.set_state(email_id, EmailState.WITH_STAFF, self._dispatch.waits_for.value, now)
        return 1

    def _take_back(self, tx: Session, email_id: int, now: datetime) -> None:
        """Cancel what is still inside the undo window."""
        for row in tx.outbox.by_email(email_id):
            if row.state is ReplyState.PLANNED and tx.outbox.cancel(row.id, now):
                tx.audit.add("reply_cancelled", now, email_id=email_id, reply_id=row.id)
                self._log.tell(Event.REPLY_CANCELLED, email=email_id, reply=row.id)

    def _fetch(self, entry: LedgerEntry) -> Email | None:
        """The email as it lies in the mailbox now; None if staff moved it or the mailbox was rebuilt."""
        folder = self._mailbox.open()
        if (folder.folder, folder.uidvalidity) != (entry.place.folder, entry.place.uidvalidity):
            return None
        raw = next(self._mailbox.fetch([entry.place.uid]), None)
        email = parse(raw) if raw is not None and raw.content else None
        if isinstance(email, Email) and email.fingerprint == entry.fingerprint:
            return email
        return None
