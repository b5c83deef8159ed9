"""The whole service as a process of its own, on a settings file of its own, between a real mailbox and a real sink."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from triage.cli import app

ROOT = Path(__file__).parents[2]
OFFICE = "office@example.com"
AUTHSERV = "mx.example.com"


def wait_until(ready: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Look again and again until `ready()`; False after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(0.02)
    return ready()


@dataclass
class Service:
    """`triage` with one `config.env` in `folder`. Settings are keys without TRIAGE_; change them between runs."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def between(cls, folder: Path, imap_port: int, imap_user: str, smtp_port: int, **settings: str) -> Service:
        """A service in `send` mode that went live an hour ago, without undo window, with every guard on."""
        standard = {
            "PRACTICE_NAME": "Lakeside Infusion Clinic",
            "PRACTICE_ADDRESS": "12 Lakeside Road, Springfield, NY 10001",
            "PRACTICE_PHONE": "(202) 555-0100",
            "PRACTICE_WEBSITE": "https://www.example.com",
            "FORM_URL": "https://www.example.com/contact",
            "MODE": "send",
            "FROM": f"Lakeside Infusion Clinic <{OFFICE}>",
            "GO_LIVE": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
            "SEND_DELAY": "0",
            "IMAP_HOST": "127.0.0.1",
            "IMAP_PORT": str(imap_port),
            "IMAP_SECURITY": "plain",
            "IMAP_USER": imap_user,
            "IMAP_PASSWORD": "secret",
            "IMAP_TIMEOUT": "10",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(smtp_port),
            "SMTP_SECURITY": "plain",
            "SMTP_TIMEOUT": "10",
            "AUTHSERV_ID": AUTHSERV,
            "FORM_SENDERS": "wordpress@example.com",
            "POLL_SECONDS": "1",
            "DATABASE_URL": f"sqlite:///{folder}/triage.db",
            "TEMPLATES": str(ROOT / "templates"),
            "LOG_FORMAT": "json",
        }
        return cls(folder, standard | settings)

    @property
    def config(self) -> Path:
        """The settings file as it is now."""
        path = self.folder / "config.env"
        lines = [f"TRIAGE_{key}='{value}'\n" for key, value in self.settings.items()]
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def command(self, *words: str, failpoint: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one command to its end; `check` asserts that it ended with 0."""
        done = subprocess.run(
            self._words(*words),
            capture_output=True,
            text=True,
            timeout=90,
            env=_environment(failpoint),
            cwd=ROOT,
            check=False,
        )
        if check:
            assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def run_once(self, *, failpoint: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """`triage run --once`; with a failpoint the process kills itself there."""
        return self.command("run", "--once", failpoint=failpoint, check=check)

    def ledger(self) -> list[dict[str, Any]]:
        """`triage ledger --json`, one dictionary per email."""
        return [json.loads(line) for line in self._asked("ledger", "--json").splitlines()]

    def status(self) -> dict[str, Any]:
        """`triage status --json`."""
        found: dict[str, Any] = json.loads(self._asked("status", "--json"))
        return found

    @contextmanager
    def running(self, *, failpoint: str = "") -> Iterator[Daemon]:
        """The daemon, started and past its start-up; ended with SIGTERM afterwards if it still runs."""
        log = self.folder / f"daemon-{time.monotonic_ns()}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self._words("run"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_environment(failpoint),
                cwd=ROOT,
            )
        daemon = Daemon(process, log)
        try:
            assert wait_until(lambda: process.poll() is not None or daemon.told("started")), "the daemon hangs"
            yield daemon
        finally:
            daemon.end()

    def _asked(self, *words: str) -> str:
        """What a command that only looks prints; run in this process, since starting one costs a second."""
        done = CliRunner().invoke(app, [*words, "--config", str(self.config)])
        assert done.exit_code == 0, f"{words}: {done.output} {done.exception!r}"
        return done.stdout

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "triage", *words, "--config", str(self.config)]


@dataclass
class Daemon:
    """One running `triage run`."""

    process: subprocess.Popen[bytes]
    log: Path

    def events(self) -> list[dict[str, Any]]:
        """Everything it told its log so far."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def told(self, event: str) -> bool:
        """Whether it told this event."""
        return any(line["event"] == event for line in self.events())

    def end(self, number: signal.Signals = signal.SIGTERM, within: float = 10.0) -> int:
        """Send a signal if it still runs, wait, and return its exit code; kills what does not end `within` seconds."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        return self.process.returncode


def _environment(failpoint: str) -> dict[str, str]:
    """This environment without settings of its own; bytecode is kept, since most of a start is compiling."""
    dropped = "PYTHONDONTWRITEBYTECODE"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TRIAGE_") and key != dropped}
    return kept | ({"TRIAGE_FAILPOINT": failpoint} if failpoint else {})
