"""The outbox: one row per reply, for ever; the only meeting point of deciding and sending.

A reply's bytes are frozen when it is planned: nothing in here changes content, recipient or Message-ID. Every change
of state names the states it may follow in its WHERE clause, so that two processes can never both win.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, Update, and_, bindparam, func, insert, or_, select, update

from triage.core.decision import IgnoreReason
from triage.core.history import History
from triage.core.outbox import NewReply, OutboxRow, ReplyState, Settlement
from triage.core.rules import Mode
from triage.store.history import Past
from triage.store.letters import Letters
from triage.store.outbox_rows import references_of, reply_of, values_of
from triage.store.schema import UtcTime, email, outbox, outbox_content
from triage.store.statements import chunked, insert_one
from triage.store.transitions import COUNTED, FIRST, PROVEN_FROM, SETTLED_FROM, TRANSITIONS, before

WORDS = 500
"""How much of a mail server's answer is kept, in characters."""

_MINE = outbox.c.practice == bindparam("of_practice")
_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
_BEFORE_HANDOVER = (ReplyState.DEFERRED, ReplyState.PLANNED, ReplyState.READY)

_INSERT = insert(outbox)
_INSERT_CONTENT = insert(outbox_content)
_ID = select(outbox.c.id).where(_MINE)
_EXISTS = _ID.where(outbox.c.email_id == bindparam("email_id"), outbox.c.letter == bindparam("letter"))
_EXISTS_WITHOUT_EMAIL = _ID.where(
    outbox.c.email_id.is_(None),
    outbox.c.submission_id == bindparam("submission_id"),
    outbox.c.letter == bindparam("letter"),
)
_IN_STATE = _ID.where(outbox.c.state == bindparam("state")).order_by(outbox.c.id)
_OVER = _ID.where(outbox.c.state == ReplyState.PLANNED, outbox.c.not_before <= bindparam("now"))
_LATE = _ID.where(outbox.c.state.in_(_BEFORE_HANDOVER), outbox.c.deadline <= bindparam("now"))
_DUE = (
    _ID.where(
        outbox.c.channel == bindparam("channel"),
        outbox.c.deadline > bindparam("now"),
        or_(
            outbox.c.state == ReplyState.READY,
            and_(outbox.c.state == ReplyState.DEFERRED, outbox.c.next_attempt_at <= bindparam("now")),
        ),
    )
    .order_by(outbox.c.next_attempt_at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_ROWS: Select[Any] = (
    select(outbox, outbox_content.c.content)
    .join(outbox_content, outbox_content.c.outbox_id == outbox.c.id)
    .where(_MINE)
    .order_by(outbox.c.id)
)
_ROWS_BY_ID = _ROWS.where(outbox.c.id.in_(_WANTED))
_ROWS_BY_EMAIL = _ROWS.where(outbox.c.email_id == bindparam("email_id"))
_ROWS_BY_MESSAGE_ID = _ROWS.where(outbox.c.message_id.in_(_WANTED))
_OWN_COPIES = (
    select(email.c.id)
    .join(outbox, and_(outbox.c.message_id == email.c.message_id, outbox.c.practice == email.c.practice))
    .where(_MINE, email.c.id.in_(_WANTED), email.c.reason == IgnoreReason.OWN_MAIL)
)
_SEND_AGAIN = (
    update(outbox)
    .where(_MINE, outbox.c.id == bindparam("row_id"), outbox.c.state == ReplyState.UNKNOWN)
    .values(
        state=ReplyState.READY,
        updated_at=bindparam("now"),
        next_attempt_at=bindparam("now"),
        deadline=bindparam("until"),
    )
)
_THREAD = select(outbox.c.submission_id).where(_MINE, outbox.c.message_id.in_(_WANTED))
_STATES = select(outbox.c.email_id, outbox.c.state).where(_MINE, outbox.c.email_id.in_(_WANTED)).order_by(outbox.c.id)
_COUNTS = select(outbox.c.state, func.count().label("number")).where(_MINE).group_by(outbox.c.state)


class Outbox:
    """The outbox of one practice, inside one transaction. A refused transition raises ValueError."""

    def __init__(self, connection: Connection, practice: int, letters: Letters) -> None:
        self._connection = connection
        self._practice = practice
        self._letters = letters
        self._past = Past(connection, practice)
        self._contents: list[dict[str, Any]] = []

    def plan(self, reply: NewReply, now: datetime, *, is_first: bool = False) -> int | None:
        """Keep a composed reply and return its id; None if this email (or form) has had this letter already.

        `is_first` skips that question for an email recorded in this very transaction (a constraint still holds).

        Raises:
            ValueError: the reply answers nothing, or begins in a state that no reply begins in.
        """
        if reply.state not in FIRST or not (reply.email_id or reply.submission_id):
            raise ValueError("a reply answers an email or a form and begins planned, ready or observed")
        if not is_first and self._had(reply):
            return None
        self._letters.remember_notices(reply.notices, now)
        values = values_of(reply, self._practice, now)
        row_id = insert_one(self._connection, _INSERT, values)
        self._contents.append({"outbox_id": row_id, "content": reply.content})
        if reply.state in COUNTED:
            self._past.planned(values["recipient_domain"], now)
        return row_id

    def _had(self, reply: NewReply) -> bool:
        if reply.email_id:
            return bool(self._select(_EXISTS, email_id=reply.email_id, letter=reply.letter))
        return bool(self._select(_EXISTS_WITHOUT_EMAIL, submission_id=reply.submission_id, letter=reply.letter))

    def flush(self) -> None:
        """Write the bytes of what was planned; the store calls it before it commits."""
        if self._contents:
            contents, self._contents = self._contents, []
            self._connection.execute(_INSERT_CONTENT, contents)

    def promote(self, now: datetime) -> int:
        """Replies whose undo window is over become ready; how many."""
        over = self._select(_OVER, now=now)
        self._transition(over, (ReplyState.PLANNED,), ReplyState.READY, now)
        return len(over)

    def expire(self, now: datetime) -> list[OutboxRow]:
        """Replies that were not handed over before their deadline fail; they are returned, for staff."""
        late = self._select(_LATE, now=now)
        self._transition(late, _BEFORE_HANDOVER, ReplyState.FAILED, now)
        return self._load(late)

    def claim(self, channel: Mode, now: datetime, limit: int) -> list[OutboxRow]:
        """Take up to `limit` due replies for sending, the longest due first; each is one more attempt."""
        due = self._select(_DUE, channel=channel, now=now, most=limit)
        self._transition(due, (ReplyState.READY, ReplyState.DEFERRED), ReplyState.SENDING, now, {"step": 1})
        return self._load(due)

    def begin_closing(self, row_id: int, now: datetime) -> None:
        """Commit this before the final dot is written: from then on the outcome must be learned."""
        self._transition([row_id], (ReplyState.SENDING,), ReplyState.CLOSING, now)

    def settle(self, settlement: Settlement, now: datetime) -> None:
        """Record how an attempt ended, or what evidence shows of an uncertain one."""
        old = before(settlement.state) & SETTLED_FROM
        if settlement.state in {ReplyState.READY, ReplyState.CLOSING} or not old:
            raise ValueError(f"no attempt ends as {settlement.state}")
        deferred = settlement.state == ReplyState.DEFERRED
        if deferred and settlement.next_attempt_at is None:
            raise ValueError("a deferred reply needs the time of its next attempt")
        values = {"words": settlement.server_words[:WORDS], "next": settlement.next_attempt_at if deferred else None}
        self._transition([settlement.row_id], old, settlement.state, now, values)

    def release(self, row_ids: Sequence[int], now: datetime) -> None:
        """Give claimed replies back untried; the attempt does not count."""
        self._transition(row_ids, (ReplyState.SENDING,), ReplyState.READY, now, {"step": -1})

    def recover(self, now: datetime) -> tuple[list[int], list[int]]:
        """After a crash, before anything is claimed: (ids ready again, provably not sent; ids now unknown)."""
        again = self._select(_IN_STATE, state=ReplyState.SENDING)
        self._transition(again, (ReplyState.SENDING,), ReplyState.READY, now)
        uncertain = self._select(_IN_STATE, state=ReplyState.CLOSING)
        self._transition(uncertain, (ReplyState.CLOSING,), ReplyState.UNKNOWN, now)
        return again, uncertain

    def prove_sent(self, row_id: int, words: str, now: datetime) -> bool:
        """Evidence shows that this reply was accepted; False if it was no open question. `words` say what showed it."""
        return self._update([row_id], PROVEN_FROM, ReplyState.SENT, now, {"words": words[:WORDS]}) == 1

    def send_again_by_person(self, row_id: int, until: datetime, now: datetime) -> bool:
        """A person decided: an uncertain reply becomes ready once more, the same bytes; False if it is not uncertain.

        Only `triage.review` may call this (a test watches), since the patient may get the letter twice.
        """
        self._past.changed()
        values = {"of_practice": self._practice, "row_id": row_id, "until": until, "now": now}
        return self._connection.execute(_SEND_AGAIN, values).rowcount == 1

    def cancel(self, row_id: int, now: datetime) -> bool:
        """Take a reply back inside the undo window; False if it is past that."""
        return self._update([row_id], (ReplyState.PLANNED,), ReplyState.CANCELLED, now) == 1

    def get(self, row_id: int) -> OutboxRow | None:
        """The reply with this id."""
        return next(iter(self._load([row_id])), None)

    def by_state(self, state: ReplyState) -> list[OutboxRow]:
        """Every reply in this state, oldest first."""
        return self._load(self._select(_IN_STATE, state=state))

    def by_email(self, email_id: int) -> list[OutboxRow]:
        """Every reply to this email, oldest first."""
        return self._rows(_ROWS_BY_EMAIL, email_id=email_id)

    def by_message_ids(self, message_ids: Sequence[str]) -> list[OutboxRow]:
        """Our replies with these Message-IDs."""
        return [row for wanted in chunked(message_ids) for row in self._rows(_ROWS_BY_MESSAGE_ID, wanted=wanted)]

    def own_copies(self, email_ids: Sequence[int]) -> frozenset[int]:
        """Those of these emails in the ledger that are copies of our own replies."""
        return frozenset(found for wanted in chunked(email_ids) for found in self._select(_OWN_COPIES, wanted=wanted))

    def history(self, recipient_key: str, domain: str, now: datetime) -> History:
        """Replies of the last 30 days to a canonical address, and how many its domain and everybody had in an hour.

        A reply that was cancelled, rejected, failed or only observed does not count.
        """
        return self._past.of(recipient_key, domain, now)

    def thread_submissions(self, message_ids: Sequence[str]) -> frozenset[int]:
        """The submissions that our replies with these Message-IDs spoke of."""
        found = {known for wanted in chunked(message_ids) for known in self._select(_THREAD, wanted=wanted)}
        return frozenset(found - {0})

    def states_of(self, email_ids: Sequence[int]) -> dict[int, ReplyState]:
        """The state of the newest reply to each of these emails that has one."""
        found: dict[int, ReplyState] = {}
        for wanted in chunked(email_ids):
            rows = self._connection.execute(_STATES, {"of_practice": self._practice, "wanted": wanted})
            found.update((row.email_id, ReplyState(row.state)) for row in rows)
        return found

    def counts(self) -> dict[ReplyState, int]:
        """How many replies are in each state; a state without replies counts 0."""
        rows = self._connection.execute(_COUNTS, {"of_practice": self._practice})
        return dict.fromkeys(ReplyState, 0) | {ReplyState(row.state): row.number for row in rows}

    def _select(self, query: Select[int], **values: Any) -> list[int]:
        """The first column of a query over this practice."""
        return list(self._connection.execute(query, {"of_practice": self._practice, **values}).scalars())

    def _transition(
        self,
        row_ids: Sequence[int],
        old: Collection[ReplyState],
        new: ReplyState,
        now: datetime,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Move every one of these rows from `old` to `new`, or raise ValueError and leave it to the transaction."""
        if self._update(row_ids, old, new, now, values) != len(row_ids):
            raise ValueError(f"a reply among {list(row_ids)} is not in {sorted(old)}, so it cannot become {new}")

    def _update(
        self,
        row_ids: Sequence[int],
        old: Collection[ReplyState],
        new: ReplyState,
        now: datetime,
        values: Mapping[str, Any] | None = None,
    ) -> int:
        if not row_ids:
            return 0
        self._past.changed()
        same = {"of_practice": self._practice, "now": now, "step": 0, "words": None, "next": None, **(values or {})}
        rows = [same | {"row_id": row_id} for row_id in row_ids]
        return self._connection.execute(_change(frozenset(old), new), rows).rowcount

    def _load(self, row_ids: Sequence[int]) -> list[OutboxRow]:
        """These rows, in the order of `row_ids`."""
        found = {row.id: row for wanted in chunked(row_ids) for row in self._rows(_ROWS_BY_ID, wanted=wanted)}
        return [found[row_id] for row_id in row_ids if row_id in found]

    def _rows(self, query: Select[Any], **values: Any) -> list[OutboxRow]:
        self.flush()
        rows = self._connection.execute(query, {"of_practice": self._practice, **values}).all()
        references = [references_of(row) for row in rows]
        texts = self._letters.texts(_all(references))
        return [reply_of(row, refs, texts) for row, refs in zip(rows, references, strict=True)]


@lru_cache(maxsize=64)
def _change(old: frozenset[ReplyState], new: ReplyState) -> Update:
    """The one statement that moves a reply: by id, and only out of `old`. (No IN: it must serve executemany.)"""
    if not all(new in TRANSITIONS[state] for state in old):
        raise ValueError(f"no reply becomes {new} from {sorted(old)}")
    next_attempt = bindparam("next", type_=UtcTime())
    return (
        update(outbox)
        .where(_MINE, outbox.c.id == bindparam("row_id"), or_(*(outbox.c.state == state for state in sorted(old))))
        .values(
            state=new,
            updated_at=bindparam("now"),
            attempts=outbox.c.attempts + bindparam("step"),
            server_words=func.coalesce(bindparam("words"), outbox.c.server_words),
            next_attempt_at=func.coalesce(next_attempt, outbox.c.next_attempt_at),
        )
    )


def _all(references: Sequence[Sequence[Any]]) -> Iterable[Any]:
    return (ref for refs in references for ref in refs)
