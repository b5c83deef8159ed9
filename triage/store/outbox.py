"""The outbox: one row per reply, for ever; the only meeting point of deciding and sending.

A reply's bytes are frozen when it is planned: nothing in here changes content, recipient or Message-ID. Every change
of state names the states it may follow in its WHERE clause, so that two processes can never both win.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, insert, or_, select, update

from triage.core.history import History
from triage.core.letter import LetterName, Notice
from triage.core.outbox import NewReply, OutboxRow, ReplyState, Settlement
from triage.core.rules import Mode
from triage.store.history import Past
from triage.store.letters import Letters, NoticeRef, reference
from triage.store.schema import outbox
from triage.store.statements import chunked, insert_one
from triage.store.transitions import COUNTED, FIRST, SETTLED_FROM, TRANSITIONS, before

WORDS = 500
"""How much of a mail server's answer is kept, in characters."""

_INSERT = insert(outbox)
_EXISTS = select(outbox.c.id).where(
    outbox.c.practice == bindparam("practice"),
    outbox.c.email_id == bindparam("email_id"),
    outbox.c.letter == bindparam("letter"),
)
_EXISTS_WITHOUT_EMAIL = select(outbox.c.id).where(
    outbox.c.practice == bindparam("practice"),
    outbox.c.email_id.is_(None),
    outbox.c.submission_id == bindparam("submission_id"),
    outbox.c.letter == bindparam("letter"),
)


class Outbox:
    """The outbox of one practice, inside one transaction. A refused transition raises ValueError."""

    def __init__(self, connection: Connection, practice: int, letters: Letters) -> None:
        self._connection = connection
        self._practice = practice
        self._letters = letters
        self._past = Past(connection, practice)

    def plan(self, reply: NewReply, now: datetime) -> int | None:
        """Keep a composed reply and return its id; None if this email (or form) has had this letter already.

        Raises:
            ValueError: the reply answers nothing, or begins in a state that no reply begins in.
        """
        if reply.state not in FIRST or not (reply.email_id or reply.submission_id):
            raise ValueError("a reply answers an email or a form and begins planned, ready or observed")
        exists = _EXISTS if reply.email_id else _EXISTS_WITHOUT_EMAIL
        which = {"practice": self._practice, "letter": reply.letter}
        which |= {"email_id": reply.email_id} if reply.email_id else {"submission_id": reply.submission_id}
        if self._connection.execute(exists, which).first():
            return None
        self._letters.remember_notices(reply.notices, now)
        values = _values(reply, self._practice, now)
        row_id = insert_one(self._connection, _INSERT, values)
        if reply.state in COUNTED:
            self._past.planned(values["recipient_domain"], now)
        return row_id

    def promote(self, now: datetime) -> int:
        """Replies whose undo window is over become ready; how many."""
        due = and_(outbox.c.state == ReplyState.PLANNED, outbox.c.not_before <= now)
        return self._update(due, ReplyState.READY, now)

    def expire(self, now: datetime) -> list[OutboxRow]:
        """Replies that were not handed over before their deadline fail; they are returned, for staff."""
        waiting = (ReplyState.PLANNED, ReplyState.READY, ReplyState.DEFERRED)
        late = select(outbox.c.id).where(self._mine, outbox.c.state.in_(waiting), outbox.c.deadline <= now)
        row_ids = list(self._connection.execute(late.with_for_update(skip_locked=True)).scalars())
        self._transition(row_ids, waiting, ReplyState.FAILED, now)
        return self._load(row_ids)

    def claim(self, channel: Mode, now: datetime, limit: int) -> list[OutboxRow]:
        """Take up to `limit` due replies for sending, the longest due first; each is one more attempt."""
        due = or_(
            outbox.c.state == ReplyState.READY,
            and_(outbox.c.state == ReplyState.DEFERRED, outbox.c.next_attempt_at <= now),
        )
        query = (
            select(outbox.c.id)
            .where(self._mine, outbox.c.channel == channel, due, outbox.c.deadline > now)
            .order_by(outbox.c.next_attempt_at, outbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        row_ids = list(self._connection.execute(query).scalars())
        old = (ReplyState.READY, ReplyState.DEFERRED)
        self._transition(row_ids, old, ReplyState.SENDING, now, {"attempts": outbox.c.attempts + 1})
        return self._load(row_ids)

    def begin_closing(self, row_id: int, now: datetime) -> None:
        """Commit this before the final dot is written: from then on the outcome must be learned."""
        self._transition([row_id], (ReplyState.SENDING,), ReplyState.CLOSING, now)

    def settle(self, settlement: Settlement, now: datetime) -> None:
        """Record how an attempt ended, or what evidence shows of an uncertain one."""
        old = before(settlement.state) & SETTLED_FROM
        if settlement.state == ReplyState.READY or not old:
            raise ValueError(f"no attempt ends as {settlement.state}")
        values: dict[str, Any] = {"server_words": settlement.server_words[:WORDS]}
        if settlement.state == ReplyState.DEFERRED:
            if settlement.next_attempt_at is None:
                raise ValueError("a deferred reply needs the time of its next attempt")
            values["next_attempt_at"] = settlement.next_attempt_at
        self._transition([settlement.row_id], old, settlement.state, now, values)

    def release(self, row_ids: Sequence[int], now: datetime) -> None:
        """Give claimed replies back untried; the attempt does not count."""
        self._transition(row_ids, (ReplyState.SENDING,), ReplyState.READY, now, {"attempts": outbox.c.attempts - 1})

    def recover(self, now: datetime) -> tuple[list[int], list[int]]:
        """After a crash, before anything is claimed: (ids ready again, provably not sent; ids now unknown)."""
        again = self._ids(ReplyState.SENDING)
        self._transition(again, (ReplyState.SENDING,), ReplyState.READY, now)
        uncertain = self._ids(ReplyState.CLOSING)
        self._transition(uncertain, (ReplyState.CLOSING,), ReplyState.UNKNOWN, now)
        return again, uncertain

    def cancel(self, row_id: int, now: datetime) -> bool:
        """Take a reply back inside the undo window; False if it is past that."""
        planned = and_(outbox.c.id == row_id, outbox.c.state == ReplyState.PLANNED)
        return self._update(planned, ReplyState.CANCELLED, now) == 1

    def get(self, row_id: int) -> OutboxRow | None:
        """The reply with this id."""
        return next(iter(self._load([row_id])), None)

    def by_state(self, state: ReplyState) -> list[OutboxRow]:
        """Every reply in this state, oldest first."""
        return self._load(self._ids(state))

    def by_email(self, email_id: int) -> list[OutboxRow]:
        """Every reply to this email, oldest first."""
        return self._rows(select(outbox).where(self._mine, outbox.c.email_id == email_id).order_by(outbox.c.id))

    def history(self, recipient_key: str, domain: str, now: datetime) -> History:
        """Replies of the last 30 days to a canonical address, and how many its domain and everybody had in an hour.

        A reply that was cancelled, rejected, failed or only observed does not count.
        """
        return self._past.of(recipient_key, domain, now)

    def thread_submissions(self, message_ids: Sequence[str]) -> frozenset[int]:
        """The submissions that our replies with these Message-IDs spoke of."""
        found: set[int] = set()
        for wanted in chunked(message_ids):
            query = select(outbox.c.submission_id).where(self._mine, outbox.c.message_id.in_(wanted))
            found.update(self._connection.execute(query).scalars())
        return frozenset(found - {0})

    def states_of(self, email_ids: Sequence[int]) -> dict[int, ReplyState]:
        """The state of the newest reply to each of these emails that has one."""
        found: dict[int, ReplyState] = {}
        for wanted in chunked(email_ids):
            query = select(outbox.c.email_id, outbox.c.state).where(self._mine, outbox.c.email_id.in_(wanted))
            rows = self._connection.execute(query.order_by(outbox.c.id))
            found.update((row.email_id, ReplyState(row.state)) for row in rows)
        return found

    def counts(self) -> dict[ReplyState, int]:
        """How many replies are in each state; a state without replies counts 0."""
        query = select(outbox.c.state, func.count()).where(self._mine).group_by(outbox.c.state)
        counted = {ReplyState(state): count for state, count in self._connection.execute(query)}
        return dict.fromkeys(ReplyState, 0) | counted

    @property
    def _mine(self) -> ColumnElement[bool]:
        return outbox.c.practice == self._practice

    def _ids(self, state: ReplyState) -> list[int]:
        query = select(outbox.c.id).where(self._mine, outbox.c.state == state).order_by(outbox.c.id)
        return list(self._connection.execute(query).scalars())

    def _transition(
        self,
        row_ids: Sequence[int],
        old: Collection[ReplyState],
        new: ReplyState,
        now: datetime,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Move every one of these rows from `old` to `new`, or raise ValueError and leave it to the transaction."""
        if not all(new in TRANSITIONS[state] for state in old):
            raise ValueError(f"no reply becomes {new} from {sorted(old)}")
        for some in chunked(row_ids):
            guard = and_(outbox.c.id.in_(some), outbox.c.state.in_(sorted(old)))
            if self._update(guard, new, now, values) != len(some):
                raise ValueError(f"a reply among {some} is not in {sorted(old)}, so it cannot become {new}")

    def _update(
        self, guard: ColumnElement[bool], new: ReplyState, now: datetime, values: Mapping[str, Any] | None = None
    ) -> int:
        self._past.changed()
        change = {"state": new, "updated_at": now, **(values or {})}
        return self._connection.execute(update(outbox).where(self._mine, guard).values(change)).rowcount

    def _load(self, row_ids: Sequence[int]) -> list[OutboxRow]:
        """These rows, in the order of `row_ids`."""
        found: dict[int, OutboxRow] = {}
        for some in chunked(row_ids):
            query = select(outbox).where(self._mine, outbox.c.id.in_(some))
            found.update((row.id, row) for row in self._rows(query))
        return [found[row_id] for row_id in row_ids if row_id in found]

    def _rows(self, query: Select[Any]) -> list[OutboxRow]:
        rows = self._connection.execute(query).all()
        references = {row.id: _references(row.notices) for row in rows}
        texts = self._letters.texts(ref for refs in references.values() for ref in refs)
        return [_row(row, references[row.id], texts) for row in rows]


def _values(reply: NewReply, practice: int, now: datetime) -> dict[str, Any]:
    return {
        "practice": practice,
        "email_id": reply.email_id,
        "submission_id": reply.submission_id,
        "letter": reply.letter,
        "language": reply.language,
        "letter_version": reply.letter_version,
        "notices": json.dumps([reference(notice) for notice in reply.notices]),
        "channel": reply.channel,
        "state": reply.state,
        "recipient": reply.recipient,
        "recipient_key": reply.recipient_key,
        "recipient_domain": reply.recipient.rpartition("@")[2].lower(),
        "message_id": reply.message_id,
        "content": reply.content,
        "sha256": reply.sha256,
        "not_before": reply.not_before,
        "deadline": reply.deadline,
        "attempts": 0,
        "next_attempt_at": reply.not_before,
        "server_words": "",
        "planned_at": now,
        "updated_at": now,
    }


def _references(text: str) -> list[NoticeRef]:
    return [(name, language, version, digest) for name, language, version, digest in json.loads(text)]


def _row(row: Row[Any], references: Sequence[NoticeRef], texts: Mapping[NoticeRef, str]) -> OutboxRow:
    return OutboxRow(
        id=row.id,
        email_id=row.email_id,
        submission_id=row.submission_id,
        letter=LetterName(row.letter),
        language=row.language,
        letter_version=row.letter_version,
        notices=tuple(Notice(ref[0], ref[1], ref[2], texts[ref]) for ref in references),
        channel=Mode(row.channel),
        state=ReplyState(row.state),
        recipient=row.recipient,
        message_id=row.message_id,
        content=row.content,
        sha256=row.sha256,
        not_before=row.not_before,
        deadline=row.deadline,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        server_words=row.server_words,
        updated_at=row.updated_at,
    )
