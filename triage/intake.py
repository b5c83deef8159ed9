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

from triage.bookmark import Bookmark, Start, reading_window
from triage.core.decision import STOPS_LETTERS, Hold, HoldReason, Ignore, IgnoreReason
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
from triage.marking import Marking
from triage.recording import Dispatch, duplicate_of, entry_for, handled_before, quarantined, record, withdraw_planned
from triage.store import Session, Store, StoreFault

_T = TypeVar("_T")

BATCH = 40
"""Messages in one transaction: few enough that delivery never waits long for the store."""

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


@dataclass(frozen=True, slots=True)
class _Seen:
    """One message as it was read; `handled` is the mailbox's word that a triage had it before."""

    email: Email | Unreadable
    enclosed: Enclosed
    form: FormReading | None = None
    handled: bool = False


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
        account: str = "",
    ) -> None:
        self._mailbox = mailbox
        self._bookmark = Bookmark(mailbox, store, account, log)
        self._marking = Marking(mailbox, store, log)
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
        rules, now = self._judge.rules, clock()
        start = self._bookmark.find(folder, reading_window(rules.go_live, rules.max_age, now), now)
        uids = self._mailbox.uids_after(start.after)
        reach(Failpoint.AFTER_LIST)
        for chunk in _chunks(uids):
            if stop():
                break
            self._read(folder, chunk, clock(), report, start)
        self._marking.show(folder)
        if report.read:
            self._log.tell(Event.POLLED, count=report.read, folder=folder.folder)
        return report

    def read_missed(self, uids: Sequence[int], clock: Callable[[], datetime]) -> IntakeReport:
        """Read messages that the cursor has passed although the ledger does not know them (found by upkeep)."""
        report = IntakeReport()
        folder = self._mailbox.open()
        for chunk in _chunks(uids):
            self._read(folder, chunk, clock(), report, Start(after=-1, fresh_from=folder.uidnext))
        self._marking.show(folder)
        return report

    def _read(
        self, folder: FolderState, uids: Sequence[int], now: datetime, report: IntakeReport, start: Start
    ) -> None:
        """One batch, one transaction. Forms go first, so that an email of the same batch finds its form."""
        seen = [self._seen(raw, start.fresh_from) for raw in self._mailbox.fetch(uids)]
        reach(Failpoint.AFTER_FETCH)
        seen.sort(key=lambda one: one.form is None)
        recorded: list[_Recorded] = []
        with self._store.begin() as tx:
            self._fence(tx)
            ledger = tx.emails.known([one.email.fingerprint for one in seen])
            known = {name: _Earlier(entry.id, entry.place, entry.sender_key) for name, entry in ledger.items()}
            lying = tx.emails.at_places(folder.folder, folder.uidvalidity, uids)
            for one in seen:
                done = self._one(tx, one, known, lying, now)
                if done:
                    recorded.append(replace(done, learned=self._learned(tx, one, done.entry, now)))
            if start.after >= 0:
                tx.cursors.set(folder.folder, folder.uidvalidity, uids[-1], now)
            reach(Failpoint.BEFORE_COMMIT)
        reach(Failpoint.AFTER_COMMIT)
        for done in recorded:
            report.count(done.entry.state)
            self._tell(done)

    def _seen(self, raw: RawEmail, fresh_from: int) -> _Seen:
        """One message, parsed, and what it says as a form notification, if it is one."""
        try:
            email = _parsed(raw)
            enclosed = enclosed_in(raw.content)
        except Exception as error:  # noqa: BLE001 - see `_spared`; reading must not stop at one message either
            self._log.tell(Event.CHECK_FAILED, problem=type(error).__name__, uid=raw.place.uid if raw.place else 0)
            return _Seen(_nameless(raw, UnreadableReason.CRASHED_READER), NOTHING)
        if isinstance(email, Unreadable):
            return _Seen(email, enclosed)
        if email.date and raw.place and raw.place.uid < fresh_from:
            # It lay there before we looked: a mailbox moved by a tool may have lost the true arrival.
            email = replace(email, received_at=min(email.received_at, email.date))
        form = self._spared(email, lambda: self._forms.recognise(email))
        if isinstance(form, Unreadable):
            return _Seen(form, enclosed)
        return _Seen(email, enclosed, form, handled=raw.handled)

    def _one(
        self,
        tx: Session,
        one: _Seen,
        known: dict[str, _Earlier],
        lying: dict[int, tuple[int, str]],
        now: datetime,
    ) -> _Recorded | None:
        """Record one message; None if the ledger has it already, at this very place or at another one."""
        email = one.email
        earlier = known.get(email.fingerprint)
        email_id, fingerprint = lying.get(email.place.uid, (0, "")) if email.place else (0, "")
        if fingerprint == email.fingerprint:
            return None
        if email_id:
            tx.emails.give_up_place(email_id)
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
            decided = self._spared(email, lambda: self._decided(tx, email, one, now))
            entry, reply = (quarantined(decided), None) if isinstance(decided, Unreadable) else decided
        email_id = record(tx, entry, reply, self._dispatch, now)
        if isinstance(entry.decision, Hold) and entry.decision.reason in STOPS_LETTERS:
            withdraw_planned(tx, entry.sender_key, now)
        known.setdefault(email.fingerprint, _Earlier(email_id, entry.place, entry.sender_key))
        return _Recorded(email_id, entry)

    def _learned(self, tx: Session, one: _Seen, entry: NewEntry, now: datetime) -> tuple[Learned, ...]:
        """What the message shows of our own replies."""
        email = one.email
        if isinstance(email, Unreadable):
            return ()
        learned = self._spared(email, lambda: learn(tx, email, one.enclosed, entry, now))
        return () if isinstance(learned, Unreadable) else learned

    def _decided(self, tx: Session, email: Email, one: _Seen, now: datetime) -> tuple[NewEntry, FrozenReply | None]:
        if one.form is not None:
            return self._forms.record(tx, email, one.form, now), None
        if one.handled:
            return handled_before(email), None
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


def _parsed(raw: RawEmail) -> Email | Unreadable:
    """The message, keeping the place where it lies; an empty answer of the server is told as such."""
    return parse(raw) if raw.content else _nameless(raw, UnreadableReason.EMPTY)


def _nameless(raw: RawEmail, reason: UnreadableReason) -> Unreadable:
    """A message of which nothing is known but its place."""
    place = raw.place
    name = f"{place.folder}\0{place.uidvalidity}\0{place.uid}" if place else ""
    fingerprint = hashlib.sha256(name.encode()).hexdigest()
    return Unreadable(reason, raw.received_at, raw.size, fingerprint, place=place)


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
