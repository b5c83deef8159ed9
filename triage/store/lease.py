"""Who reads a mailbox: one process at a time, over all machines that share the store.

The lease is also the fence of delivery: asked inside a transaction, `holds` says whether this process may still act.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from triage.errors import OperatorError
from triage.store.schema import lease


@dataclass(frozen=True, slots=True)
class Holder:
    """One run of the service. `started` tells it from a later process with the same number."""

    id: str
    host: str
    pid: int
    started: str


class Lease:
    """The leases of a store, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def acquire(
        self,
        mailbox_key: str,
        holder: Holder,
        now: datetime,
        ttl: timedelta,
        is_alive: Callable[[int, str], bool],
    ) -> None:
        """Take the lease of a mailbox: it is free, was not renewed for its time, or its holder on this host is dead.

        `is_alive(pid, started)` is asked about holders on this very host only.

        Raises:
            OperatorError: another process reads this mailbox.
        """
        row = self._connection.execute(
            select(lease).where(lease.c.mailbox_key == mailbox_key).with_for_update()
        ).first()
        if row is not None:
            if row.holder != holder.id and _still_held(row, holder, now, is_alive):
                raise _refusal(row, now)
            self._connection.execute(delete(lease).where(lease.c.mailbox_key == mailbox_key))
        self._connection.execute(
            insert(lease).values(
                mailbox_key=mailbox_key,
                holder=holder.id,
                host=holder.host,
                pid=holder.pid,
                started=holder.started,
                ttl_seconds=ttl.total_seconds(),
                seen_at=now,
            )
        )

    def current(self, now: datetime) -> Holder | None:
        """Who held any lease lately, for `triage status`; None when no daemon runs."""
        for row in self._connection.execute(select(lease).order_by(lease.c.seen_at.desc())):
            if _is_fresh(row, now):
                return Holder(row.holder, row.host, row.pid, row.started)
        return None

    def renew(self, holder: Holder, now: datetime) -> bool:
        """Say that the holder still lives; False if another took its lease."""
        renewed = self._connection.execute(update(lease).where(lease.c.holder == holder.id).values(seen_at=now))
        return renewed.rowcount > 0

    def holds(self, holder: Holder) -> bool:
        """Whether the lease is the holder's. It needs no clock: a lease is lost by being taken, not by being late."""
        query = select(lease.c.mailbox_key).where(lease.c.holder == holder.id).with_for_update()
        return self._connection.execute(query).first() is not None

    def release(self, holder: Holder) -> None:
        """Let go, at the end of the run."""
        self._connection.execute(delete(lease).where(lease.c.holder == holder.id))


def _still_held(row: Row[Any], asking: Holder, now: datetime, is_alive: Callable[[int, str], bool]) -> bool:
    if not _is_fresh(row, now):
        return False
    return row.host != asking.host or is_alive(row.pid, row.started)


def _is_fresh(row: Row[Any], now: datetime) -> bool:
    """Seen within its time; also when that lies ahead, for a clock that was set back must keep nobody out for long."""
    apart: timedelta = abs(now - row.seen_at)
    return apart < timedelta(seconds=row.ttl_seconds)


def _refusal(row: Row[Any], now: datetime) -> OperatorError:
    ago = (now - row.seen_at).total_seconds()
    seconds = max(0, round(ago))
    wait = ceil(row.ttl_seconds + max(0.0, -ago))
    return OperatorError(
        f"Another triage is already reading this mailbox (process {row.pid} on {row.host}, "
        f"last seen {seconds} second{'' if seconds == 1 else 's'} ago).",
        f"Stop that one first. If it is gone already, wait {wait} seconds and start again.",
    )
