"""Turns what a database driver raises into what a person can act on.

Never shows a statement's values: they are patients'.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from triage.errors import OperatorError, TransientError, TriageError

BUSY = "The database is busy: another program is writing to it."


def unreadable(where: str) -> OperatorError:
    """The file is there, but it is not a database, or not a whole one."""
    return OperatorError(
        f"The file {where} is damaged or is not a database.",
        "Keep a copy of it, then restore the newest backup or name another file in TRIAGE_DATABASE_URL.",
    )


def _read_only(where: str) -> OperatorError:
    return OperatorError(
        f"The database {where} may only be read, not written.",
        "Let the user who runs triage write the file and its folder.",
    )


def _not_opened(where: str) -> OperatorError:
    return OperatorError(
        f"The database {where} cannot be opened.",
        "Check TRIAGE_DATABASE_URL, and that the user who runs triage may read and write the file and its folder.",
    )


def _disk_full(where: str) -> OperatorError:
    return OperatorError(
        f"The disk that holds the database {where} is full.",
        "Make room on it; nothing was lost, and triage goes on by itself.",
    )


def _disk_error(where: str) -> OperatorError:
    return OperatorError(
        f"The disk that holds the database {where} reported an error.",
        "Check the disk and its free space, then start triage again.",
    )


# The primary result codes of SQLite; an extended code begins with the primary one's name (sqlite.org/rescode.html).
_BY_CODE = {
    "SQLITE_FULL": _disk_full,
    "SQLITE_READONLY": _read_only,
    "SQLITE_CANTOPEN": _not_opened,
    "SQLITE_PERM": _not_opened,
    "SQLITE_AUTH": _not_opened,
    "SQLITE_CORRUPT": unreadable,
    "SQLITE_NOTADB": unreadable,
    "SQLITE_IOERR": _disk_error,
}


def explain(error: DBAPIError, where: str) -> TriageError | None:
    """The error to raise instead, or None for a mistake of ours (a broken constraint, wrong SQL)."""
    original = error.orig
    if isinstance(original, sqlite3.Error):
        name = str(getattr(original, "sqlite_errorname", ""))
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return TransientError(BUSY)
        return next((make(where) for code, make in _BY_CODE.items() if name.startswith(code)), None)
    if isinstance(error, OperationalError | InterfaceError):
        return TransientError(f"The database {where} cannot be reached.")
    return None


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise `TransientError` or `OperatorError` for whatever the database at `where` does to the block inside."""
    try:
        yield
    except PoolTimeoutError as error:
        raise TransientError(BUSY) from error
    except DBAPIError as error:
        instead = explain(error, where)
        if instead is None:
            raise
        raise instead from error
