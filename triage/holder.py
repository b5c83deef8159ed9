"""Who we are to the rest of the machine: the lease on the mailbox, the database's file, and systemd's ear.

A lease whose process is gone is taken over at once on the same machine, so that a restart after a crash never waits.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from triage.errors import OperatorError
from triage.store import Session, Store
from triage.store.lease import Holder

_TTL = timedelta(seconds=60)


def _started(pid: int) -> str:
    """When a process began, in clock ticks since boot; "" if there is no such process (proc(5), field 22)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return fields[19] if len(fields) > 19 and fields[0] != "Z" else ""


def _is_alive(pid: int, started: str) -> bool:
    """Whether the very process that took the lease still runs; a later one may have been given its number."""
    return _started(pid) == started != ""


class Lease:
    """The right to read one practice's mailbox and to send for it, for this process."""

    def __init__(self, store: Store, practice_id: str, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._practice = f"practice/{practice_id}"
        self._holder = Holder(
            id=secrets.token_hex(8), host=socket.gethostname(), pid=os.getpid(), started=_started(os.getpid())
        )

    def acquire(self) -> None:
        """Take the lease.

        Raises:
            OperatorError: another triage holds it; says which process and what to do.
        """
        with self._store.begin() as tx:
            tx.lease.acquire(self._practice, self._holder, self._clock(), _TTL, is_alive=_is_alive)

    def renew(self) -> bool:
        """Keep it; False if another process has it now."""
        with self._store.begin() as tx:
            return tx.lease.renew(self._holder, self._clock())

    def fence(self, tx: Session) -> None:
        """Called inside each acting transaction: a process that slept while another took over must not act.

        Raises:
            OperatorError: the lease is another's now; the transaction must be rolled back.
        """
        if not tx.lease.holds(self._holder):
            raise OperatorError("Another triage has taken over this mailbox.", "Only one may read it: stop the other.")

    def release(self) -> None:
        """Give it back."""
        with self._store.begin() as tx:
            tx.lease.release(self._holder)


class StoreFile:
    """The database's file as it was when it was opened.

    SQLite goes on writing into a file that somebody removed or replaced, and all of that is lost at the end. A database
    that is no file has nothing to watch.
    """

    def __init__(self, url: str) -> None:
        self._path = Path(url.removeprefix("sqlite:///").partition("?")[0]) if url.startswith("sqlite:///") else None
        self._opened = self._identity()

    def check(self) -> None:
        """Whether it is still the very file that was opened.

        Raises:
            OperatorError: it is gone, or another one lies in its place.
        """
        if self._identity() != self._opened:
            raise OperatorError(
                f"The database {self._path} was removed or replaced while triage was using it; nothing is done now.",
                "Put it back. With an old or empty one triage may answer again: start that with TRIAGE_MODE=observe.",
            )

    def _identity(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def notify_systemd(state: str) -> None:
    """Tell systemd, if it started us (sd_notify(3)); silent otherwise."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall(state.encode())
