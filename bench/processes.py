"""Running one process and knowing what it cost: wall clock, CPU time, the peak of its memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one run cost: seconds, seconds of CPU, megabytes (10^6) at the peak; and what it printed."""

    wall: float
    cpu: float
    peak_mb: float
    output: str


def python(*words: str) -> list[str]:
    """A command that runs this very interpreter."""
    return [sys.executable, *words]


def run(command: Sequence[str]) -> Spent:
    """Run a command to its end, away from our own settings.

    Raises:
        RuntimeError: it did not end with 0; holds the last it said.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TRIAGE_")}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment, cwd=ROOT
        )
        peak = _PeakOf(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        peak.stop()
        if process.returncode:
            errors.seek(0)
            said = errors.read()[-2000:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said}")
        output.seek(0)
        return Spent(wall, usage.ru_utime + usage.ru_stime, peak.kilobytes * 1024 / 1e6, output.read().decode())


class _PeakOf:
    """Watches a process's own high-water mark: the one of wait4 also counts the parent's memory before exec."""

    def __init__(self, pid: int) -> None:
        self.kilobytes = 0
        self._status = Path(f"/proc/{pid}/status")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.01):
            try:
                found = _PEAK.search(self._status.read_text())
            except OSError:
                return
            # Before its exec the child shows the parent's memory; afterwards the mark only grows.
            if found:
                self.kilobytes = int(found[1])
