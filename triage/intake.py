"""One batch of email: read -> decide -> record, in one transaction; then show it in the mailbox.

The commit comes before the mark: a crash anywhere leaves either nothing (the batch is read again) or everything (the
ledger knows it, and only the mark is repeated). This flow never sends and never changes the \\Seen flag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from triage.core.decision import Hold, HoldReason, Ignore, IgnoreReason
from triage.core.email import Email, Place, RawEmail, Unreadable, UnreadableReason
from triage.core.ledger import EmailState, NewEntry
from triage.core.parsing import parse
from triage.core.reply import FrozenReply
from triage.errors import OperatorError, TransientError
from triage.events import Event, EventLog
from triage.evidence import NOTHING, Enclosed, Learned, enclosed_in, learn, tell
from triage.failpoints import Failpoint, reach
from triage.forms.reading import FormReading
from triage.intake_forms import FormIntake
from triage.judgement import Judge, StorePast
from triage.mailbox.port import FolderState, Mailbox
from triage.recording import Dispatch, duplicate_of, entry_for, quarantined, record
from triage.store import Session, Store, StoreFault

_T = TypeVar("_T")

BATCH = 200
_EVENTS = {
    EmailState.ANSWERED: Event.EMAIL_ANSWERED,
    EmailState.NOT_ANSWERED: Event.EMAIL_IGNORED,
    EmailState.WITH_STAFF: Event.EMAIL_HELD,
    EmailState.QUARANTINED: Event.EMAIL_QUARANTINED,
}


@dataclass(slots=True)
class IntakeReport:
    """What one run did, in counts."""

    read: int = 0
    states: dict[EmailState, int] = field(default_factory=dict)

    def count(self, state: EmailState) -> None:
        """One more email that ended so."""
        self.read += 1
        self.states[state] = self.states.get(state, 0) + 1


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What the log is told after the commit, never before it."""

    email_id: int
    entry: NewEntry
    learned: tuple[Learned, ...] = ()


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What must be remembered of a message in case its like comes again, perhaps in the same batch."""

    id: int
    place: Place
    sender_key: str


class Intake:
    """Reads what is new in one mailbox and records what becomes of it."""

    def __init__(
        self,
        mailbox: Mailbox,
        store: Store,
        judge: Judge,
        forms: FormIntake,
        dispatch: Dispatch,
        log: EventLog,
        fence: Callable[[Session], None],
    ) -> None:
        self._mailbox = mailbox
        self._store = store
        self._judge = judge
        self._forms = forms
        self._dispatch = dispatch
        self._log = log
        self._fence = fence

    def run(self, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> IntakeReport:
        """Read everything new, batch by batch, until nothing is left or `stop()` says so.

        Raises:
            TransientError, OperatorError: from the mailbox or the store; what was committed stays.
        """
        report = IntakeReport()
        folder = self._mailbox.open()
        after = self._first_unread(folder, clock())
        self._mark(folder)
        uids = self._mailbox.uids_after(after)
        reach(Failpoint.AFTER_LIST)
        for chunk in _chunks(uids):
            if stop():
                break
            self._read(folder, chunk, clock(), report)
            self._mark(folder)
        if report.read:
            self._log.tell(Event.POLLED, count=report.read, folder=folder.folder)
        return report

    def read_missed(self, uids: Sequence[int], clock: Callable[[], datetime]) -> IntakeReport:
        """Read messages that the cursor has passed although the ledger does not know them (found by upkeep)."""
        report = IntakeReport()
        folder = self._mailbox.open()
        for chunk in _chunks(uids):
            self._read(folder, chunk, clock(), report, advance=False)
        self._mark(folder)
        return report

    def _first_unread(self, folder: FolderState, now: datetime) -> int:
        """The UID behind which everything is new; settles the first start and a rebuilt mailbox."""
        with self._store.read() as tx:
            cursor = tx.cursors.get(folder.folder)
        if cursor and cursor.uidvalidity == folder.uidvalidity:
            return cursor.last_uid
        if cursor:
            self._log.tell(Event.MAILBOX_RESET, folder=folder.folder, uidvalidity=folder.uidvalidity)
        rules = self._judge.rules
        uids = self._mailbox.uids_since(min(rules.go_live or now, now) - rules.max_age)
        before = uids[0] - 1 if uids else folder.uidnext - 1
        with self._store.begin() as tx:
            tx.cursors.set(folder.folder, folder.uidvalidity, before, now)
        return before

    def _read(
        self, folder: FolderState, uids: Sequence[int], now: datetime, report: IntakeReport, *, advance: bool = True
    ) -> None:
        """One batch, one transaction. Forms go first, so that an email of the same batch finds its form."""
        with self._store.read() as tx:
            known_uids = tx.emails.uids_known(folder.folder, folder.uidvalidity, uids)
        fresh = [uid for uid in uids if uid not in known_uids]
        seen = [(_read_guarded(raw), enclosed_in(raw.content)) for raw in self._mailbox.fetch(fresh)]
        emails = [email for email, _ in seen]
        enclosed = {email.fingerprint: found for email, found in seen if found is not NOTHING}
        reach(Failpoint.AFTER_FETCH)
        work = [self._recognised(email) for email in emails]
        work.sort(key=lambda pair: pair[1] is None)
        recorded: list[_Recorded] = []
        with self._store.begin() as tx:
            self._fence(tx)
            ledger = tx.emails.known([email.fingerprint for email in emails])
            known = {name: _Earlier(entry.id, entry.place, entry.sender_key) for name, entry in ledger.items()}
            for email, form in work:
                done = self._one(tx, email, form, known, now)
                if done:
                    found = enclosed.get(email.fingerprint, NOTHING)
                    recorded.append(replace(done, learned=self._learned(tx, email, found, done.entry, now)))
            if advance:
                tx.cursors.set(folder.folder, folder.uidvalidity, uids[-1], now)
            reach(Failpoint.BEFORE_COMMIT)
        reach(Failpoint.AFTER_COMMIT)
        for done in recorded:
            report.count(done.entry.state)
            self._tell(done)

    def _one(
        self,
        tx: Session,
        email: Email | Unreadable,
        form: FormReading | None,
        known: dict[str, _Earlier],
        now: datetime,
    ) -> _Recorded | None:
        """Record one message; None if it is a known one that only moved to another place."""
        earlier = known.get(email.fingerprint)
        if earlier and email.place and earlier.place.uidvalidity != email.place.uidvalidity:
            tx.emails.move(earlier.id, email.place)
            self._log.tell(Event.EMAIL_MOVED, email=earlier.id)
            known[email.fingerprint] = replace(earlier, place=email.place)
            return None
        reply: FrozenReply | None = None
        if earlier:
            entry = duplicate_of(email, earlier.sender_key)
        elif isinstance(email, Unreadable):
            entry = quarantined(email)
        else:
            decided = self._spared(email, lambda: self._decided(tx, email, form, now))
            entry, reply = (quarantined(decided), None) if isinstance(decided, Unreadable) else decided
        email_id = record(tx, entry, reply, self._dispatch, now)
        known.setdefault(email.fingerprint, _Earlier(email_id, entry.place, entry.sender_key))
        return _Recorded(email_id, entry)

    def _learned(
        self, tx: Session, email: Email | Unreadable, enclosed: Enclosed, entry: NewEntry, now: datetime
    ) -> tuple[Learned, ...]:
        """What the message shows of our own replies."""
        if isinstance(email, Unreadable):
            return ()
        learned = self._spared(email, lambda: learn(tx, email, enclosed, entry, now))
        return () if isinstance(learned, Unreadable) else learned

    def _recognised(self, email: Email | Unreadable) -> tuple[Email | Unreadable, FormReading | None]:
        """The message with what it says as a form notification, if it is one."""
        if isinstance(email, Unreadable):
            return email, None
        form = self._spared(email, lambda: self._forms.recognise(email))
        return (form, None) if isinstance(form, Unreadable) else (email, form)

    def _decided(
        self, tx: Session, email: Email, form: FormReading | None, now: datetime
    ) -> tuple[NewEntry, FrozenReply | None]:
        if form is not None:
            return self._forms.record(tx, email, form, now), None
        judgement = self._judge.judge(email, StorePast(tx), now)
        return entry_for(email, judgement, self._dispatch.mode), judgement.reply

    def _spared(self, email: Email, work: Callable[[], _T]) -> _T | Unreadable:
        """The one guard of this flow: a fault of ours on one message sends it to quarantine and spares the batch."""
        try:
            return work()
        except (TransientError, OperatorError, StoreFault):
            raise
        except Exception as error:  # noqa: BLE001 - see above; the event names the fault, never the message
            self._log.tell(Event.CHECK_FAILED, problem=type(error).__name__, uid=email.place.uid if email.place else 0)
            return _crashed(email)

    def _mark(self, folder: FolderState) -> None:
        """Show in the mailbox what the ledger says; a failure is told and repeated at the next run."""
        with self._store.read() as tx:
            waiting = tx.emails.unmarked(folder.folder, folder.uidvalidity, 5 * BATCH)
            ignored = [email_id for email_id, _, state in waiting if state is EmailState.NOT_ANSWERED]
            copies = tx.outbox.own_copies(ignored)
        if not waiting:
            return
        try:
            self._mailbox.file_own_copies([uid for email_id, uid, _ in waiting if email_id in copies])
            self._mailbox.mark([(uid, state) for _, uid, state in waiting])
        except OperatorError as error:
            self._log.tell(Event.MARK_FAILED, problem=error.problem, advice=error.advice)
            return
        with self._store.begin() as tx:
            tx.emails.set_marked([email_id for email_id, _, _ in waiting])
        reach(Failpoint.AFTER_MARK)

    def _tell(self, done: _Recorded) -> None:
        entry = done.entry
        if entry.urgent:
            self._log.tell(Event.EMAIL_URGENT, email=done.email_id, reason=entry.reason)
        if isinstance(entry.decision, Hold) and entry.decision.reason is HoldReason.BREAKER_OPEN:
            self._log.tell(Event.BREAKER_OPEN, email=done.email_id)
        if isinstance(entry.decision, Ignore) and entry.decision.reason is IgnoreReason.FORM_NOTIFICATION:
            self._log.tell(Event.FORM_STORED, email=done.email_id)
        tell(self._log, done.learned)
        self._log.tell(_EVENTS[entry.state], email=done.email_id, reason=entry.reason, verdict=entry.match.verdict)


def _read_guarded(raw: RawEmail) -> Email | Unreadable:
    """Parse one message, keeping the place where it lies; an empty answer of the server is told as such."""
    if raw.content:
        return parse(raw)
    place = raw.place
    name = f"{place.folder}\0{place.uidvalidity}\0{place.uid}" if place else ""
    fingerprint = hashlib.sha256(name.encode()).hexdigest()
    return Unreadable(UnreadableReason.EMPTY, raw.received_at, raw.size, fingerprint, place=place)


def _crashed(email: Email) -> Unreadable:
    return Unreadable(
        UnreadableReason.CRASHED_READER,
        email.received_at,
        email.size,
        email.fingerprint,
        message_id=email.message_id,
        place=email.place,
    )


def _chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (uids[start : start + BATCH] for start in range(0, len(uids), BATCH))
