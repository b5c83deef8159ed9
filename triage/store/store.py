"""The store of one practice: opens the database, brings it to the newest schema, and hands out transactions.

Everything that happens in one `begin()` is committed together or not at all. A database of a newer triage, or one of
another program, is never touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, insert, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from triage.errors import OperatorError
from triage.store import schema
from triage.store.audit import Audit
from triage.store.cursors import Cursors
from triage.store.emails import Emails
from triage.store.engine import name_of, open_engines, parse_url, prepare_file
from triage.store.failures import translated, unreadable
from triage.store.lease import Lease
from triage.store.letters import Letters
from triage.store.meta import Meta
from triage.store.outbox import Outbox
from triage.store.statements import insert_one
from triage.store.submissions import Submissions

StoreFault = SQLAlchemyError
"""What a statement inside a transaction may raise; outside it becomes a `TriageError`. Let it pass, never catch it."""


class Session:
    """One transaction: an object per aggregate, all on the same connection. For one thread, never kept."""

    __slots__ = ("audit", "cursors", "emails", "lease", "letters", "meta", "outbox", "submissions")

    def __init__(self, connection: Connection, practice: int) -> None:
        self.emails = Emails(connection, practice)
        self.submissions = Submissions(connection, practice)
        self.letters = Letters(connection, practice)
        self.outbox = Outbox(connection, practice, self.letters)
        self.audit = Audit(connection, practice)
        self.cursors = Cursors(connection, practice)
        self.meta = Meta(connection, practice)
        self.lease = Lease(connection)


class Store:
    """A practice's durable memory; safe to share between threads."""

    def __init__(self, writer: Engine, reader: Engine, practice: int, where: str) -> None:
        self._writer = writer
        self._reader = reader
        self._practice = practice
        self._where = where

    @classmethod
    def open(cls, url: str, practice: str, *, busy_seconds: float = 5.0) -> Store:
        """Open the database at `url` for `practice`; it is made, or brought to the newest schema, if need be.

        `busy_seconds` is how long a transaction waits for another writer.

        Raises:
            OperatorError: it cannot be opened, written or understood, is damaged, newer, or not triage's.
            TransientError: another process kept it busy.
        """
        parsed = parse_url(url)
        where = name_of(parsed)
        prepare_file(parsed)
        writer, reader = open_engines(parsed, busy_seconds)
        try:
            with translated(where), writer.begin() as connection:
                _bring_up_to_date(connection, where)
                practice_id = _practice_id(connection, practice)
        except BaseException:
            writer.dispose()
            raise
        return cls(writer, reader, practice_id, where)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A writing transaction: committed at the end, rolled back by any exception.

        Raises:
            TransientError: the database is busy.
            OperatorError: the disk is full, the database read-only or damaged.
        """
        with translated(self._where), self._writer.begin() as connection:
            session = Session(connection, self._practice)
            yield session
            session.outbox.flush()
            session.audit.flush()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A reading transaction: one unchanging view of the store. Raises as `begin`."""
        with translated(self._where), self._reader.begin() as connection:
            yield Session(connection, self._practice)

    def check(self) -> None:
        """Prove that the database can be written and is whole; reads every page.

        Raises:
            OperatorError: it is not.
        """
        with self.begin() as tx:
            tx.meta.set("probe", "written")
        if self._reader.dialect.name != "sqlite":
            return
        with translated(self._where), self._reader.connect() as connection:
            if connection.execute(text("PRAGMA quick_check(1)")).scalar() != "ok":
                raise unreadable(self._where)

    def close(self) -> None:
        """Close every connection."""
        self._reader.dispose()
        self._writer.dispose()


def _bring_up_to_date(connection: Connection, where: str) -> None:
    tables = frozenset(inspect(connection).get_table_names())
    if schema.VERSION_TABLE in tables:
        version = connection.execute(text(f"SELECT version_num FROM {schema.VERSION_TABLE}")).scalar()  # noqa: S608 - our own constant
        if version == schema.HEAD:
            return
    elif tables and connection.dialect.name == "sqlite":
        raise OperatorError(
            f"The database {where} belongs to another program.", "Name another file in TRIAGE_DATABASE_URL."
        )
    else:
        version = None
    from triage.store import migrate  # noqa: PLC0415 - Alembic costs 0.3 s, and most starts need no migration

    if version is not None and version not in migrate.known_versions():
        raise OperatorError(
            f"The database {where} was written by a newer triage.",
            "Start that version again, or restore the backup made before the update.",
        )
    migrate.upgrade(connection)


def _practice_id(connection: Connection, name: str) -> int:
    known = connection.execute(select(schema.practice.c.id).where(schema.practice.c.name == name)).first()
    if known is not None:
        return int(known.id)
    return insert_one(connection, insert(schema.practice), {"name": name})
