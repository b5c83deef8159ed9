"""Peak memory of a process that reads a mailbox: with and without a 25 MiB attachment, and with ten times the mail."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from bench.figures import goal, middle, show
from bench.patients import filler, patients, with_attachment
from bench.processes import python
from bench.processes import run as run_process
from bench.servers import counting_sink, dovecot_in_memory, memory_folder
from tests.support.dovecot import DovecotServer
from tests.support.service import Service

_ATTACHMENT = 25 * 1024 * 1024
_TINY = 800


def run(*, quick: bool) -> None:
    sizes = (500, 2000) if quick else (5000, 50_000)
    with dovecot_in_memory() as server, counting_sink() as sink, memory_folder() as folder:
        people = [patient.content for patient in patients(50)]
        server.stock(people, "plain@example.com")
        server.stock([*people, with_attachment(1, _ATTACHMENT)], "large@example.com")
        for size in sizes:
            server.stock((filler(number, _TINY) for number in range(size)), f"box{size}@example.com")
        readings: dict[str, Callable[[], float]] = {
            "run --once, 50 emails": lambda: _service(server, folder, sink.port, "plain@example.com"),
            "run --once, 25 MiB attachment too": lambda: _service(server, folder, sink.port, "large@example.com"),
            "reading 50 emails": lambda: _reading(server, "plain@example.com", 50),
            "reading 50, 25 MiB attachment too": lambda: _reading(server, "large@example.com", 51),
            f"reading {sizes[0]:,} emails": lambda: _reading(server, f"box{sizes[0]}@example.com", sizes[0]),
            f"reading {sizes[1]:,} emails": lambda: _reading(server, f"box{sizes[1]}@example.com", sizes[1]),
        }
        peaks: dict[str, list[float]] = {name: [] for name in readings}
        for _ in range(2 if quick else 5):
            for name, read in readings.items():
                peaks[name].append(read())
    figures = [middle(values) for values in peaks.values()]
    increases = [figures[at] - figures[at - 1] if at % 2 else None for at in range(len(figures))]
    rows = [
        (name, f"{peak:.1f}", "" if more is None else f"{more:+.1f}")
        for name, peak, more in zip(readings, figures, increases, strict=True)
    ]
    show(("a process", "peak MB", "more"), rows)
    attached = max(figures[1] - figures[0], figures[3] - figures[2])
    grown = figures[5] - figures[4]
    goal(f"a 25 MiB attachment <= +8 MB ({attached:+.1f} MB)", reached=attached <= 8)
    goal(f"{sizes[0]:,} -> {sizes[1]:,} messages <= +5 MB ({grown:+.1f} MB)", reached=grown <= 5)


def _service(server: DovecotServer, folder: Path, smtp_port: int, user: str) -> float:
    """The whole service on a fresh database, in observe mode: it reads, judges and composes everything each time."""
    own = folder / user
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    service = Service.between(own, server.imap_port, user, smtp_port, MODE="observe", MARK="none")
    return run_process(python("-m", "triage", "run", "--once", "--config", str(service.config))).peak_mb


def _reading(server: DovecotServer, user: str, count: int) -> float:
    spent = run_process(python("-m", "bench.reading", str(server.imap_port), user))
    if int(spent.output) != count:
        raise RuntimeError(f"read {spent.output.strip()} instead of {count} messages")
    return spent.peak_mb
