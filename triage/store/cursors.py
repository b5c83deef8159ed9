"""How far each folder of the mailbox has been read: UIDVALIDITY and the last UID (RFC 9051 section 2.3.1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from triage.store.schema import mailbox_cursor as table


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything in `folder` up to `last_uid` is in the ledger, as long as its UIDVALIDITY is still this one."""

    folder: str
    uidvalidity: int
    last_uid: int


class Cursors:
    """The cursors of one practice, inside one transaction."""

    def __init__(self, connection: Connection, practice: int) -> None:
        self._connection = connection
        self._practice = practice

    def get(self, folder: str) -> Cursor | None:
        """The folder's cursor; None before its first reading."""
        row = self._connection.execute(
            select(table.c.uidvalidity, table.c.last_uid).where(
                table.c.practice == self._practice, table.c.folder == folder
            )
        ).first()
        return Cursor(folder, row.uidvalidity, row.last_uid) if row else None

    def set(self, folder: str, uidvalidity: int, last_uid: int, now: datetime) -> None:
        """Keep the folder's cursor, in the transaction that keeps the emails it passes over."""
        values = {"uidvalidity": uidvalidity, "last_uid": last_uid, "updated_at": now}
        changed = self._connection.execute(
            update(table).where(table.c.practice == self._practice, table.c.folder == folder).values(values)
        )
        if not changed.rowcount:
            self._connection.execute(insert(table).values(practice=self._practice, folder=folder, **values))
