"""The ledger: one row for every email that ever arrived, and what became of it. Rows are never deleted here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, and_, bindparam, case, false, func, insert, or_, select, true, update

from triage.core.decision import STOPS_LETTERS, Decision, Hold, HoldReason, Ignore, Reply
from triage.core.email import Place
from triage.core.ledger import EmailState, LedgerEntry, NewEntry
from triage.core.letter import LetterName
from triage.store.machines import had_machine
from triage.store.schema import email, outbox
from triage.store.statements import chunked, insert_one

_STREAM = 500

_newest_reply = (
    select(outbox.c.state)
    .where(outbox.c.email_id == email.c.id)
    .order_by(outbox.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_ENTRIES: Select[Any] = select(
    email.c.id,
    email.c.folder,
    email.c.uidvalidity,
    email.c.uid,
    email.c.message_id,
    email.c.fingerprint,
    email.c.sender_key,
    email.c.received_at,
    email.c.recorded_at,
    email.c.state,
    email.c.decision,
    email.c.reason,
    email.c.letter,
    email.c.urgent,
    email.c.verdict,
    email.c.submission_id,
    email.c.evidence,
    email.c.signals,
    email.c.marked,
    _newest_reply.label("reply_state"),
).where(email.c.practice == bindparam("practice"))
_BY_ID = _ENTRIES.where(email.c.id == bindparam("id"))
_BY_FINGERPRINT = _ENTRIES.where(email.c.fingerprint.in_(bindparam("wanted", expanding=True))).order_by(
    email.c.id.desc()
)
_BY_MESSAGE_ID = _ENTRIES.where(email.c.message_id == bindparam("message_id")).order_by(email.c.id)
_ALL = _ENTRIES.order_by(email.c.id)
_WAITING_FOR_FORM = _ENTRIES.where(
    email.c.sender_key.in_(bindparam("wanted", expanding=True)),
    email.c.received_at >= bindparam("since"),
    or_(
        email.c.state == EmailState.ANSWERED,
        and_(email.c.state == EmailState.WITH_STAFF, email.c.reason == HoldReason.DRAFT_READY),
    ),
    email.c.letter.in_([LetterName.FORM_MISSING, LetterName.RECEIVED]),
).order_by(email.c.received_at, email.c.id)
_DANGER_WAITS = (
    select(email.c.id)
    .where(
        email.c.practice == bindparam("practice"),
        email.c.sender_key == bindparam("sender_key"),
        email.c.state == EmailState.WITH_STAFF,
        email.c.reason.in_(sorted(STOPS_LETTERS)),
    )
    .limit(1)
)
_AT_PLACES = select(email.c.uid, email.c.id, email.c.fingerprint).where(
    email.c.practice == bindparam("practice"),
    email.c.folder == bindparam("folder"),
    email.c.uidvalidity == bindparam("uidvalidity"),
    email.c.uid.in_(bindparam("wanted", expanding=True)),
)
_UNMARKED = (
    select(email.c.id, email.c.uid, email.c.state)
    .where(
        email.c.practice == bindparam("practice"),
        email.c.folder == bindparam("folder"),
        email.c.uidvalidity == bindparam("uidvalidity"),
        email.c.marked.is_(false()),
    )
    .order_by(email.c.uid)
    .limit(bindparam("most"))
)
_INSERT = insert(email)
_SET_MARKED = (
    update(email)
    .where(email.c.practice == bindparam("of_practice"), email.c.id.in_(bindparam("wanted", expanding=True)))
    .values(marked=true())
)


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many emails that arrived on one day (in the practice's time zone) ended in one state for one reason."""

    day: date
    state: EmailState
    reason: str
    count: int


class Emails:
    """The ledger of one practice, inside one transaction."""

    def __init__(self, connection: Connection, practice: int) -> None:
        self._connection = connection
        self._practice = practice

    def add(self, entry: NewEntry, now: datetime) -> int:
        """Record one email and return its id; an email at a known place breaks a constraint (IntegrityError)."""
        return insert_one(self._connection, _INSERT, _values(entry, self._practice, now))

    def get(self, email_id: int) -> LedgerEntry | None:
        """The entry with this id."""
        row = self._connection.execute(_BY_ID, {"practice": self._practice, "id": email_id}).first()
        return _entry(row) if row else None

    def known(self, fingerprints: Sequence[str]) -> dict[str, LedgerEntry]:
        """The first entry of each fingerprint that the ledger knows."""
        found: dict[str, LedgerEntry] = {}
        for wanted in chunked(fingerprints):
            rows = self._connection.execute(_BY_FINGERPRINT, {"practice": self._practice, "wanted": wanted})
            found.update((row.fingerprint, _entry(row)) for row in rows)
        return found

    def by_message_id(self, message_id: str) -> list[LedgerEntry]:
        """Every entry with this Message-ID, oldest first."""
        rows = self._connection.execute(_BY_MESSAGE_ID, {"practice": self._practice, "message_id": message_id})
        return [_entry(row) for row in rows]

    def danger_waits(self, sender_key: str) -> bool:
        """Whether a person must answer this sender first: danger, or a wish to be left alone, waits for staff."""
        if not sender_key:
            return False
        values = {"practice": self._practice, "sender_key": sender_key}
        return self._connection.execute(_DANGER_WAITS, values).first() is not None

    def had_machine(self, sender_key: str, message_ids: Sequence[str], since: datetime) -> bool:
        """Whether a machine spoke before in the conversation of an email that answers these (`store.machines`)."""
        return had_machine(self._connection, self._practice, sender_key, message_ids, since)

    def at_places(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> dict[int, tuple[int, str]]:
        """uid -> (id, fingerprint) of the emails that the ledger has at these places."""
        found: dict[int, tuple[int, str]] = {}
        for wanted in chunked(uids):
            values = {"practice": self._practice, "folder": folder, "uidvalidity": uidvalidity, "wanted": wanted}
            rows = self._connection.execute(_AT_PLACES, values)
            found.update((row.uid, (row.id, row.fingerprint)) for row in rows)
        return found

    def give_up_place(self, email_id: int) -> None:
        """Another message lies where this email lay: the ledger no longer knows its place."""
        self._change(email_id, {"folder": "", "uidvalidity": 0, "uid": email_id, "marked": True})

    def move(self, email_id: int, place: Place) -> None:
        """The email now lies at `place`. In a rebuilt folder (new UIDVALIDITY) it must be marked again.

        Raises:
            ValueError: there is no such email.
        """
        rebuilt = (email.c.folder == place.folder) & (email.c.uidvalidity != place.uidvalidity)
        self._change(email_id, {**_place(place), "marked": case((rebuilt, false()), else_=email.c.marked)})

    def set_state(self, email_id: int, state: EmailState, reason: str, now: datetime) -> None:
        """Another outcome for an email that is already in the ledger; the mailbox must show it anew.

        Raises:
            ValueError: there is no such email.
        """
        self._change(email_id, {"state": state, "reason": reason, "state_at": now, "marked": false()})

    def unmarked(self, folder: str, uidvalidity: int, limit: int) -> list[tuple[int, int, EmailState]]:
        """(id, UID, state) of emails that the mailbox does not show as handled yet, by UID."""
        values = {"practice": self._practice, "folder": folder, "uidvalidity": uidvalidity, "most": limit}
        return [(row.id, row.uid, EmailState(row.state)) for row in self._connection.execute(_UNMARKED, values)]

    def set_marked(self, email_ids: Sequence[int]) -> None:
        """The mailbox shows what became of these."""
        for wanted in chunked(email_ids):
            self._connection.execute(_SET_MARKED, {"of_practice": self._practice, "wanted": wanted})

    def ledger(self) -> Iterator[LedgerEntry]:
        """Every entry, oldest first, streamed; valid inside this transaction only."""
        rows = self._connection.execute(_ALL, {"practice": self._practice}, execution_options={"yield_per": _STREAM})
        return map(_entry, rows)

    def counts(self) -> dict[EmailState, int]:
        """How many emails are in each state; a state without emails counts 0."""
        query = select(email.c.state, func.count()).where(email.c.practice == self._practice).group_by(email.c.state)
        return dict.fromkeys(EmailState, 0) | {
            EmailState(state): count for state, count in self._connection.execute(query)
        }

    def counts_by_day(self, timezone_name: str) -> list[DayCount]:
        """Arrivals by day (in that time zone), state and reason; by day, newest last. Reads the whole ledger."""
        zone = ZoneInfo(timezone_name)
        query = select(email.c.received_at, email.c.state, email.c.reason).where(email.c.practice == self._practice)
        rows = self._connection.execute(query, execution_options={"yield_per": _STREAM})
        counted = Counter((row.received_at.astimezone(zone).date(), row.state, row.reason) for row in rows)
        return [DayCount(day, EmailState(state), why, count) for (day, state, why), count in sorted(counted.items())]

    def oldest_waiting(self) -> datetime | None:
        """When the email arrived that has waited longest for staff."""
        query = select(email.c.received_at).where(
            email.c.practice == self._practice, email.c.state == EmailState.WITH_STAFF
        )
        return self._connection.execute(query.order_by(email.c.received_at).limit(1)).scalar()

    def waiting_for_form(self, sender_keys: Sequence[str], since: datetime) -> list[LedgerEntry]:
        """Answered emails of these senders, received at `since` or later, whose letter did not know of a form."""
        found: list[LedgerEntry] = []
        for wanted in chunked([key for key in sender_keys if key]):
            values = {"practice": self._practice, "wanted": wanted, "since": since}
            found.extend(_entry(row) for row in self._connection.execute(_WAITING_FOR_FORM, values))
        return found

    def _change(self, email_id: int, values: dict[str, Any]) -> None:
        changed = self._connection.execute(
            update(email).where(email.c.practice == self._practice, email.c.id == email_id).values(values)
        )
        if changed.rowcount != 1:
            raise ValueError(f"no email {email_id} in the ledger")


def _place(place: Place) -> dict[str, Any]:
    return {"folder": place.folder, "uidvalidity": place.uidvalidity, "uid": place.uid}


def _decision_word(decision: Decision | None) -> str:
    match decision:
        case Reply():
            return "reply"
        case Hold():
            return "hold"
        case Ignore():
            return "ignore"
        case None:
            return "quarantine"


def _values(entry: NewEntry, practice: int, now: datetime) -> dict[str, Any]:
    return _place(entry.place) | {
        "practice": practice,
        "message_id": entry.message_id,
        "fingerprint": entry.fingerprint,
        "sender_key": entry.sender_key,
        "received_at": entry.received_at,
        "recorded_at": now,
        "state": entry.state,
        "state_at": now,
        "decision": _decision_word(entry.decision),
        "reason": entry.reason,
        "letter": entry.decision.letter if isinstance(entry.decision, Reply) else "",
        "urgent": entry.urgent,
        "verdict": entry.match.verdict,
        "score": entry.match.score,
        "submission_id": entry.match.submission_id,
        "evidence": json.dumps([(seen.kind, seen.sentence) for seen in entry.match.evidence]),
        "signals": json.dumps([(signal.kind, signal.kind.sentence) for signal in entry.screening.signals]),
        "marked": False,
    }


def _entry(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        id=row.id,
        place=Place(row.folder, row.uidvalidity, row.uid),
        message_id=row.message_id,
        fingerprint=row.fingerprint,
        sender_key=row.sender_key,
        received_at=row.received_at,
        recorded_at=row.recorded_at,
        state=EmailState(row.state),
        decision=row.decision,
        reason=row.reason,
        letter=row.letter,
        urgent=row.urgent,
        verdict=row.verdict,
        submission_id=row.submission_id,
        evidence=_pairs(row.evidence),
        signals=_pairs(row.signals),
        marked=row.marked,
        reply_state=row.reply_state or "",
    )


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((kind, sentence) for kind, sentence in json.loads(text))
