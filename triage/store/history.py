"""Earlier automatic replies to an address, and how busy the last hour was: what budgets and the breaker look at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from triage.core.history import History, PastReply
from triage.core.letter import LetterName
from triage.store.schema import outbox
from triage.store.transitions import COUNTED

HOUR = timedelta(hours=1)
PAST = timedelta(days=30)

_PAST = (
    select(outbox.c.letter, outbox.c.planned_at, outbox.c.submission_id)
    .where(
        outbox.c.practice == bindparam("practice"),
        outbox.c.recipient_key == bindparam("recipient_key"),
        outbox.c.planned_at > bindparam("since"),
        outbox.c.state.in_(sorted(COUNTED)),
    )
    .order_by(outbox.c.planned_at, outbox.c.id)
)
_HOUR = (
    select(outbox.c.recipient_domain, func.count().label("number"))
    .where(
        outbox.c.practice == bindparam("practice"),
        outbox.c.planned_at > bindparam("since"),
        outbox.c.state.in_(sorted(COUNTED)),
    )
    .group_by(outbox.c.recipient_domain)
)


@dataclass(slots=True)
class _Hour:
    """Replies planned after `since`, counted by domain."""

    since: datetime
    domains: Counter[str]


class Past:
    """The past replies of one practice, inside one transaction.

    The hour is counted once for a batch and kept up to date with what the same transaction plans: within a
    transaction nobody else's replies can appear.
    """

    def __init__(self, connection: Connection, practice: int) -> None:
        self._connection = connection
        self._practice = practice
        self._hour: _Hour | None = None

    def of(self, recipient_key: str, domain: str, now: datetime) -> History:
        """The history of one canonical address; no replies for an empty one."""
        replies: tuple[PastReply, ...] = ()
        if recipient_key:
            values = {"practice": self._practice, "recipient_key": recipient_key, "since": now - PAST}
            replies = tuple(
                PastReply(LetterName(row.letter), row.planned_at, row.submission_id)
                for row in self._connection.execute(_PAST, values)
            )
        hour = self._count(now - HOUR)
        return History(
            replies=replies,
            domain_replies_last_hour=hour[domain.lower()],
            replies_last_hour=hour.total(),
        )

    def planned(self, domain: str, planned_at: datetime) -> None:
        """Another counted reply was planned in this transaction."""
        if self._hour and planned_at > self._hour.since:
            self._hour.domains[domain] += 1

    def changed(self) -> None:
        """A reply changed its state in this transaction: count again when next asked."""
        self._hour = None

    def _count(self, since: datetime) -> Counter[str]:
        if self._hour is None or self._hour.since != since:
            rows = self._connection.execute(_HOUR, {"practice": self._practice, "since": since})
            self._hour = _Hour(since, Counter({row.recipient_domain: row.number for row in rows}))
        return self._hour.domains
