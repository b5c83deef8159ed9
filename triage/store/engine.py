"""Connections to the database: two pools, one that may write and one that may only read.

SQLite must keep its promise under SIGKILL and power loss: WAL with synchronous=FULL. A writer takes the write lock at
its first statement (BEGIN IMMEDIATE), so that a transaction that reads and then writes can never fail half way. Values
of statements are never put into errors or logs.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from triage.errors import OperatorError

READERS = 5


def parse_url(text: str) -> URL:
    """The database's URL; raises `OperatorError` for one that names no lasting database."""
    advice = "Write it like sqlite:///var/triage.db."
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise OperatorError("TRIAGE_DATABASE_URL is not a database URL.", advice) from error
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise OperatorError("TRIAGE_DATABASE_URL names no file, so nothing would be remembered.", advice)
    return url


def name_of(url: URL) -> str:
    """How to call the database in a sentence: its file, or its address without the password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.render_as_string(hide_password=True)


def prepare_file(url: URL) -> None:
    """Make the folder and the empty file of a new SQLite database, readable by nobody else.

    Raises:
        OperatorError: the folder or the file cannot be made.
    """
    if url.get_backend_name() != "sqlite" or str(url.database).startswith("file:"):
        return
    path = Path(str(url.database))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))
    except OSError as error:
        raise OperatorError(
            f"The database {path} cannot be made or opened: {error.strerror}.",
            "Let the user who runs triage read and write the file and its folder, or name another place in "
            "TRIAGE_DATABASE_URL.",
        ) from error


def open_engines(url: URL, busy_seconds: float) -> tuple[Engine, Engine]:
    """The writing and the reading engine; no connection is made yet. Raises `OperatorError` without a driver."""
    if url.get_backend_name() != "sqlite":
        try:
            writer = create_engine(url, hide_parameters=True, pool_timeout=busy_seconds, pool_pre_ping=True)
        except (ArgumentError, ImportError) as error:
            raise OperatorError(
                f"The driver for {url.drivername} databases is missing or unknown.",
                "Install it, or use SQLite: TRIAGE_DATABASE_URL=sqlite:///var/triage.db.",
            ) from error
        return writer, writer.execution_options(postgresql_readonly=True)
    # One connection writes: threads of this process then queue fairly instead of polling SQLite's lock.
    writer = create_engine(url, hide_parameters=True, pool_size=1, max_overflow=0, pool_timeout=busy_seconds)
    reader = create_engine(url, hide_parameters=True, pool_size=READERS, pool_timeout=busy_seconds)
    _prepare_sqlite(writer, "BEGIN IMMEDIATE", busy_seconds, query_only=False)
    _prepare_sqlite(reader, "BEGIN", busy_seconds, query_only=True)
    return writer, reader


def _prepare_sqlite(engine: Engine, begin: str, busy_seconds: float, *, query_only: bool) -> None:
    """SQLAlchemy's documented recipe for Python before 3.12: the driver starts no transaction, we do."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        driver: sqlite3.Connection = connection  # type: ignore[assignment]  # SQLAlchemy types every driver alike
        driver.isolation_level = None
        for pragma in (
            f"busy_timeout={int(busy_seconds * 1000)}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"query_only={int(query_only)}",
        ):
            driver.execute(f"PRAGMA {pragma}").fetchall()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
