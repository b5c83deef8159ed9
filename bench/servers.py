"""The two servers of a measurement: Dovecot with its mail in memory, and Postfix's smtp-sink, which counts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.figures import MEMORY_DISK
from tests.support.dovecot import DovecotServer
from tests.support.ports import free_port, wait_for_greeting

_COUNTERS = re.compile(rb"mesg=(\d+)")


class CountingSink:
    """smtp-sink, seen through the counters that it prints as it takes each message."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.arrivals: list[float] = []
        self._process = process
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def count(self) -> int:
        """Messages taken so far."""
        return len(self.arrivals)

    def expect(self, count: int) -> None:
        """Wait until `count` messages were taken in all.

        Raises:
            RuntimeError: fewer or more than that.
        """
        wait_for(lambda: self.count >= count, 10.0)
        time.sleep(0.05)  # one too many would come just after
        if self.count != count:
            raise RuntimeError(f"the sink took {self.count} messages instead of {count}")

    def _read(self) -> None:
        """Note the moment (perf_counter) of each message; `mesg=` repeats when sessions end."""
        rest = b""
        output = self._process.stdout
        while output is not None and (block := os.read(output.fileno(), 65536)):
            now = time.perf_counter()
            *lines, rest = (rest + block).split(b"\r")
            for line in lines:
                found = _COUNTERS.search(line)
                self.arrivals += [now] * ((int(found[1]) if found else 0) - len(self.arrivals))


@contextmanager
def counting_sink() -> Iterator[CountingSink]:
    """smtp-sink on a free loopback port."""
    port = free_port()
    as_nobody = ["-u", "nobody"] if os.getuid() == 0 else []
    command = ["/usr/sbin/smtp-sink", "-c", *as_nobody, f"127.0.0.1:{port}", "256"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        wait_for_greeting(port)
        yield CountingSink(port, process)
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def dovecot_in_memory() -> Iterator[DovecotServer]:
    """Dovecot with its mail on tmpfs."""
    with memory_folder() as folder:
        folder.chmod(0o755)
        with DovecotServer.start(folder) as server:
            yield server


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder on tmpfs, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=MEMORY_DISK, ignore_cleanup_errors=True) as name:
        yield Path(name)


def forget_mail(server: DovecotServer, user: str) -> None:
    """Remove a user's mail, so that many rounds fit into memory."""
    with suppress(OSError):
        shutil.rmtree(server.maildir(user).parent)


def wait_for(ready: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until `ready()`; False after `seconds`."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        if ready():
            return True
        time.sleep(0.002)
    return ready()
