"""How often the disk is made to keep something: fdatasync and fsync of `triage run --once`, counted by strace."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from bench.figures import goal, show
from bench.patients import patients
from bench.processes import python
from bench.processes import run as run_process
from bench.servers import counting_sink, dovecot_in_memory, memory_folder
from bench.throughput import Stage, import_forms, service

_CALL = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", re.MULTILINE)
_USER = "inbox@example.com"


def run(*, quick: bool) -> None:
    if shutil.which("strace") is None:
        print("strace is not installed, so this is not measured. Install it: apt-get install strace")
        return
    count = 20 if quick else 100
    with dovecot_in_memory() as server, counting_sink() as sink, memory_folder() as folder:
        people = patients(count)
        stage = Stage(server, sink, people, import_forms(folder / "forms", people), folder)
        config = service(stage, _USER, folder / "service").config
        with_forms = _synced(config, folder / "forms.txt")
        idle = _synced(config, folder / "idle.txt")
        server.stock((patient.content for patient in people), _USER)
        working = _synced(config, folder / "working.txt")
        sink.expect(count)
    forms = sum(patient.filled_in for patient in people)
    each, form = (working - idle) / count, (with_forms - idle) / forms
    show(
        ("triage run --once", "fdatasync + fsync", "each"),
        [
            ("nothing new", f"{idle}", ""),
            (f"{forms} imported forms, looked at once", f"{with_forms}", f"{form:.2f}"),
            (f"{count} replies", f"{working}", f"{each:.2f}"),
        ],
    )
    goal(f"later <= 1.2 a reply, at most one ambiguous after a crash ({each:.2f})", reached=each <= 1.2)


def _synced(config: Path, report: Path) -> int:
    """Calls of one run, in all its threads."""
    strace = ("strace", "-f", "-c", "-o", str(report), "-e", "trace=fdatasync,fsync")
    run_process([*strace, *python("-m", "triage", "run", "--once", "--config", str(config))])
    return sum(int(calls) for calls, name in _CALL.findall(report.read_text()) if name in {"fdatasync", "fsync"})
