"""From the mailbox to the reply at smtp-sink, in `send` mode with every guard on, against the usual script.

Every run must deliver exactly its number of messages. Figures of other programs (`PEER_*`) were measured on another
machine and are scaled by how fast the script runs on this one.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.figures import fdatasync_ms, goal, middle, show
from bench.patients import Patient, export, patients
from bench.processes import Spent, python
from bench.processes import run as run_process
from bench.servers import CountingSink, counting_sink, dovecot_in_memory, forget_mail, memory_folder
from tests.support.dovecot import PASSWORD, DovecotServer
from tests.support.service import Service

PEER_HELPDESK = 71.0
PEER_HELPDESK_CPU = 11.8
PEER_SCRIPT = 380.0


@dataclass(frozen=True, slots=True)
class Stage:
    """What a round needs: the servers, the people, and a database that knows their forms."""

    server: DovecotServer
    sink: CountingSink
    people: Sequence[Patient]
    known_forms: Path
    folder: Path


def run(*, quick: bool) -> None:
    for count in (100,) if quick else (300, 1000):
        _measure(count, rounds=2 if quick else 5)


def service(stage: Stage, user: str, folder: Path) -> Service:
    """triage on a database of its own that already knows the forms; the caps leave room for a bench."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(stage.known_forms, folder / "triage.db")
    caps = {"BREAKER_REPLIES_PER_HOUR": "100000", "REPLIES_PER_DOMAIN_PER_HOUR": "100000"}
    return Service.between(folder, stage.server.imap_port, user, stage.sink.port, **caps)


def import_forms(folder: Path, people: Sequence[Patient]) -> Path:
    """A database into which the export was imported as staff would do it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "export.csv").write_text(export(people), encoding="utf-8")
    practice = Service.between(folder, 1, "nobody@example.com", 1)
    practice.command("forms", "import", str(folder / "export.csv"))
    return folder / "triage.db"


def _measure(count: int, rounds: int) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(memory_folder())
        on_disk = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        people = patients(count)
        stage = Stage(
            stack.enter_context(dovecot_in_memory()),
            stack.enter_context(counting_sink()),
            people,
            import_forms(folder / "forms", people),
            folder,
        )
        contenders: dict[str, Callable[[str], Spent]] = {
            "triage run --once, a process": lambda user: _once(stage, user, folder / user),
            "triage run --once, database on disk": lambda user: _once(stage, user, on_disk / user),
            "script, a process": lambda user: run_process(python("bench/peer_script.py", *_words(stage, user))),
            "triage, without its start": lambda user: _warm("triage", str(_config(stage, user))),
            "script, without its start": lambda user: _warm("script", *_words(stage, user)),
        }
        spent: dict[str, list[Spent]] = {name: [] for name in contenders}
        for number in range(rounds):
            for place, (name, contend) in enumerate(contenders.items()):
                spent[name].append(_round(stage, f"r{number}c{place}@example.com", contend))
        _show(spent, count, people, fdatasync_ms(on_disk))


def _round(stage: Stage, user: str, contend: Callable[[str], Spent]) -> Spent:
    """One contender with a mailbox of its own; exactly everybody must be answered."""
    stage.server.stock((patient.content for patient in stage.people), user)
    before = stage.sink.count
    spent = contend(user)
    stage.sink.expect(before + len(stage.people))
    forget_mail(stage.server, user)
    return spent


def _once(stage: Stage, user: str, folder: Path) -> Spent:
    config = service(stage, user, folder).config
    return run_process(python("-m", "triage", "run", "--once", "--config", str(config)))


def _config(stage: Stage, user: str) -> Path:
    return service(stage, user, stage.folder / user).config


def _words(stage: Stage, user: str) -> tuple[str, ...]:
    return str(stage.server.imap_port), user, PASSWORD, str(stage.sink.port)


def _warm(*words: str) -> Spent:
    whole = run_process(python("-m", "bench.warm", *words))
    inner = json.loads(whole.output)
    return Spent(inner["wall"], inner["cpu"], whole.peak_mb, "")


def _show(spent: dict[str, list[Spent]], count: int, people: Sequence[Patient], disk_ms: float) -> None:
    size = sum(len(patient.content) for patient in people) / count / 1000
    print(f"{count} emails of {size:.1f} kB on average, fdatasync p50 of the disk {disk_ms:.2f} ms")
    speed = {name: count / middle(one.wall for one in runs) for name, runs in spent.items()}
    cpu = {name: middle(one.cpu for one in runs) * 1000 / count for name, runs in spent.items()}
    rows = [
        (
            name,
            f"{speed[name]:.0f}",
            f"{count / max(one.wall for one in runs):.0f}-{count / min(one.wall for one in runs):.0f}",
            f"{cpu[name]:.2f}",
            f"{middle(one.peak_mb for one in runs):.0f}",
        )
        for name, runs in spent.items()
    ]
    show(("contender", "messages/s", "range", "CPU ms/message", "peak MB"), rows)
    for start in ("a process", "without its start"):
        _goals(start, speed[f"script, {start}"], _of_triage(speed, start), _of_triage(cpu, start))
    print()


def _of_triage(figures: dict[str, float], start: str) -> float:
    return figures["triage run --once, a process" if start == "a process" else f"triage, {start}"]


def _goals(start: str, script: float, triage: float, cpu: float) -> None:
    scale = script / PEER_SCRIPT
    helpdesk = PEER_HELPDESK * scale
    print(
        f"{start}: the script runs {scale:.2f} x as fast as where django-helpdesk made {PEER_HELPDESK:.0f} messages/s"
    )
    goal(f">= 3 x {PEER_HELPDESK:.0f} ({triage / PEER_HELPDESK:.1f} x)", reached=triage >= 3 * PEER_HELPDESK)
    goal(f">= 3 x {helpdesk:.0f}, scaled ({triage / helpdesk:.1f} x)", reached=triage >= 3 * helpdesk)
    goal(f"later >= 8 x {helpdesk:.0f}, scaled ({triage / helpdesk:.1f} x)", reached=triage >= 8 * helpdesk)
    goal(f"later >= 1.5 x the script ({triage / script:.2f} x)", reached=triage >= 1.5 * script)
    most = PEER_HELPDESK_CPU / 8 / scale
    goal(f"later CPU <= {most:.2f} ms/message, 1/8 of its, scaled ({cpu:.2f})", reached=cpu <= most)
