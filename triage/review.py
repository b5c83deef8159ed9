"""What staff decide about a reply that may or may not have been sent: send it again, or let it rest.

This is the only place from which an uncertain reply can become ready again, and only a person calls it. It sends
nothing itself: the same frozen bytes go through the same guards of `delivery`, the proof and the lease among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.decision import HoldReason, IgnoreReason
from triage.core.ledger import EmailState
from triage.core.letter import LetterName
from triage.core.outbox import OutboxRow, ReplyState
from triage.errors import OperatorError
from triage.events import Event, EventLog
from triage.evidence import asked_key
from triage.store import Session, Store

NEEDS_LOOKING_AT = (ReplyState.UNKNOWN, ReplyState.DEFERRED, ReplyState.REJECTED, ReplyState.FAILED)


@dataclass(frozen=True, slots=True)
class OpenReply:
    """One reply that did not simply go out; `since` is when its state was last learned. No address, no name."""

    reply_id: int
    email_id: int
    letter: LetterName
    state: ReplyState
    since: datetime
    attempts: int
    at_rest: bool


class Review:
    """Carries out one decision of a person. `deadline` is how long delivery may then be tried."""

    def __init__(self, store: Store, log: EventLog, deadline: timedelta) -> None:
        self._store = store
        self._log = log
        self._deadline = deadline

    def open_replies(self) -> list[OpenReply]:
        """Every reply in a state of `NEEDS_LOOKING_AT`, in that order, oldest first."""
        with self._store.read() as tx:
            return list(_open_replies(tx))

    def send_again(self, reply_id: int, who: str, now: datetime) -> None:
        """The patient may get the letter twice, and a person (`who`) wants that rather than none.

        The bytes and the Message-ID stay the same, so that many mail programs show two copies as one.

        Raises:
            OperatorError: this reply is not an uncertain one, or came back; says what it is.
        """
        with self._store.begin() as tx:
            row = _uncertain(tx, reply_id)
            if not tx.outbox.send_again_by_person(row.id, now + self._deadline, now):
                raise _settled_meanwhile(row.id)
            if row.email_id:
                tx.emails.set_state(row.email_id, EmailState.ANSWERED, "", now)
            detail: dict[str, str | int] = {"who": who, "attempt": row.attempts}
            tx.audit.add(Event.REPLY_SENT_AGAIN.value, now, email_id=row.email_id, reply_id=row.id, detail=detail)
        self._log.tell(Event.REPLY_SENT_AGAIN, reply=row.id, email=row.email_id)

    def let_rest(self, reply_id: int, who: str, now: datetime) -> None:
        """Nobody is asked about this reply any more; it stays uncertain, and evidence may still settle it.

        Raises:
            OperatorError: this reply is not an uncertain one, or came back; says what it is.
        """
        with self._store.begin() as tx:
            row = _uncertain(tx, reply_id)
            tx.meta.set(asked_key(row), now.isoformat())
            if row.email_id:
                reason = IgnoreReason.LEFT_UNCERTAIN.value
                tx.emails.set_state(row.email_id, EmailState.NOT_ANSWERED, reason, now)
            detail = {"who": who}
            tx.audit.add(Event.REPLY_LEFT.value, now, email_id=row.email_id, reply_id=row.id, detail=detail)
        self._log.tell(Event.REPLY_LEFT, reply=row.id, email=row.email_id)


def _uncertain(tx: Session, reply_id: int) -> OutboxRow:
    """The reply, if a decision about it is open."""
    row = tx.outbox.get(reply_id)
    if row is None:
        raise OperatorError(f"There is no reply {reply_id}.", "See `triage reply list`.")
    if row.state is not ReplyState.UNKNOWN:
        raise OperatorError(f"Reply {reply_id} is not uncertain: {row.state.sentence}", "There is nothing to decide.")
    entry = tx.emails.get(row.email_id) if row.email_id else None
    if entry and entry.reason == HoldReason.REPLY_FAILED.value:
        raise OperatorError(
            f"Reply {reply_id} came back: it could not be delivered.", "Write to the person in another way."
        )
    return row


def _settled_meanwhile(reply_id: int) -> OperatorError:
    return OperatorError(f"Reply {reply_id} was settled this very moment.", "See `triage reply list`.")


def _open_replies(tx: Session) -> Iterator[OpenReply]:
    for state in NEEDS_LOOKING_AT:
        for row in tx.outbox.by_state(state):
            entry = tx.emails.get(row.email_id) if row.email_id else None
            yield OpenReply(
                reply_id=row.id,
                email_id=row.email_id,
                letter=row.letter,
                state=row.state,
                since=row.updated_at,
                attempts=row.attempts,
                at_rest=entry is not None and entry.reason == IgnoreReason.LEFT_UNCERTAIN.value,
            )
