"""One demonstration: embedded servers, the real daemon in `send` mode as a process of its own, and what it did.

The daemon is the one the practice would run, started as `triage run` on a settings file of its own. Nothing outside a
temporary folder is touched, and no address outside this machine is contacted.
"""

from __future__ import annotations

import imaplib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from triage.app import open_store, templates_folder
from triage.config import SettingsError, load_settings
from triage.core.ledger import LedgerEntry
from triage.demo.mails import AUTHSERV, OFFICE, WEBSITE_SENDER, Mail
from triage.demo.servers import PASSWORD, EmbeddedServers
from triage.errors import OperatorError
from triage.settings import Settings
from triage.store import Store


def state_file() -> Path:
    """Where a running demonstration says how it can be reached: private to this user."""
    folder = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(folder) / f"triage-demo-{os.getuid()}.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one email became; `reply` is the whole answer as the patient gets it, or None."""

    entry: LedgerEntry
    reply: bytes | None


class Demo:
    """A running demonstration, seen from any process: write into its mailbox, see what became of it."""

    def __init__(self, settings: Settings, replies: Path) -> None:
        self._settings = settings
        self._replies = replies
        self._store: Store = open_store(settings)

    def write(self, *mails: Mail) -> None:
        """Deliver emails, as if they had just arrived."""
        account = self._settings.imap_account()
        with imaplib.IMAP4(account.host, account.port, timeout=10) as connection:
            connection.login(account.user, account.password)
            for mail in mails:
                now = datetime.now(UTC)
                connection.append("INBOX", "", imaplib.Time2Internaldate(now), mail.to_bytes(now))

    def outcome(self, message_id: str) -> Outcome | None:
        """What became of an email so far; None while nothing is decided or its reply is still on its way."""
        with self._store.read() as tx:
            entries = tx.emails.by_message_id(message_id)
        if not entries:
            return None
        entry = entries[0]
        if entry.decision != "reply":
            return Outcome(entry, None)
        reply = self._reply_to(message_id)
        return Outcome(entry, reply) if reply else None

    def wait_for(self, message_id: str, seconds: float = 10.0) -> Outcome | None:
        """The outcome as soon as there is one; None after `seconds`."""
        found: list[Outcome] = []

        def ready() -> bool:
            outcome = self.outcome(message_id)
            found.extend([outcome] if outcome else [])
            return bool(found)

        return found[0] if wait_until(ready, seconds) else None

    def ledger(self) -> list[LedgerEntry]:
        """Every email and what it became."""
        with self._store.read() as tx:
            return list(tx.emails.ledger())

    def replies(self) -> list[Path]:
        """Every reply that reached the mail server, in order."""
        return sorted(self._replies.glob("*.eml"))

    def close(self) -> None:
        """Let go of the store; the demonstration runs on."""
        self._store.close()

    def _reply_to(self, message_id: str) -> bytes | None:
        for path in reversed(self.replies()):
            content = path.read_bytes()
            if message_from_bytes(content)["In-Reply-To"] == message_id:
                return content
        return None


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until `ready()`; False after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(0.03)
    return ready()


@contextmanager
def started(*, announce: bool) -> Iterator[Demo]:
    """A whole demonstration from nothing; everything is ended and removed afterwards.

    Raises:
        OperatorError: the daemon did not start; says where its log is.
    """
    with (
        tempfile.TemporaryDirectory(prefix="triage-demo-") as name,
        EmbeddedServers(OFFICE, Path(name) / "replies") as servers,
    ):
        folder = Path(name)
        config = _write_settings(folder, servers)
        settings = load_settings(config, {})
        with (folder / "daemon.log").open("wb") as log:
            environment = {key: value for key, value in os.environ.items() if not key.startswith("TRIAGE_")}
            daemon = subprocess.Popen(  # noqa: S603 - this very program, started again
                [sys.executable, "-m", "triage", "run", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
            )
        try:
            _wait_for_start(daemon, folder / "daemon.log")
            if announce:
                _announce(config, servers.replies)
            with closing(Demo(settings, servers.replies)) as demo:
                yield demo
        finally:
            if announce:
                state_file().unlink(missing_ok=True)
            _end(daemon)


@contextmanager
def attached() -> Iterator[Demo]:
    """The demonstration that runs in another terminal.

    Raises:
        OperatorError: none runs.
    """
    try:
        state = json.loads(state_file().read_text(encoding="utf-8"))
        settings = load_settings(Path(state["config"]), {})
    except (OSError, ValueError, KeyError, SettingsError):
        raise OperatorError("No demonstration is running.", "Start one in another terminal: make demo") from None
    with closing(Demo(settings, Path(state["replies"]))) as demo:
        yield demo


def _write_settings(folder: Path, servers: EmbeddedServers) -> Path:
    """The settings file of the demonstration's practice."""
    go_live = datetime.now(UTC) - timedelta(hours=1)
    values = {
        "PRACTICE_NAME": "Lakeside Infusion Clinic",
        "PRACTICE_ADDRESS": "12 Lakeside Road, Springfield, NY 10001",
        "PRACTICE_PHONE": "(202) 555-0100",
        "PRACTICE_WEBSITE": "https://lakeside.example.com",
        "FORM_URL": "https://lakeside.example.com/contact",
        "TIMEZONE": "America/New_York",
        "MODE": "send",
        "GO_LIVE": go_live.isoformat(),
        "SEND_DELAY": "0",
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": str(servers.imap_port),
        "IMAP_SECURITY": "plain",
        "IMAP_USER": OFFICE,
        "IMAP_PASSWORD": PASSWORD,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(servers.smtp_port),
        "SMTP_SECURITY": "plain",
        "AUTHSERV_ID": AUTHSERV,
        "FORM_SENDERS": WEBSITE_SENDER,
        "POLL_SECONDS": "1",
        "DATABASE_URL": f"sqlite:///{folder}/triage.db",
        "TEMPLATES": str(templates_folder(None).resolve()),
        "LOG_FORMAT": "json",
    }
    path = folder / "config.env"
    path.write_text("".join(f"TRIAGE_{key}='{value}'\n" for key, value in values.items()), encoding="utf-8")
    return path


def _wait_for_start(daemon: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the daemon has said that it started."""

    def ready() -> bool:
        return daemon.poll() is not None or b'"started"' in log.read_bytes()

    if wait_until(ready, 30) and daemon.poll() is None:
        return
    _end(daemon)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    raise OperatorError("The daemon of the demonstration did not start.", last[-1] if last else "")


def _announce(config: Path, replies: Path) -> None:
    """Say how `triage demo --write` reaches this demonstration."""
    path = state_file()
    path.unlink(missing_ok=True)
    state = {"config": str(config), "replies": str(replies)}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(state, file)


def _end(daemon: subprocess.Popen[bytes]) -> None:
    """End the daemon as systemd would: ask, wait, insist."""
    if daemon.poll() is not None:
        return
    daemon.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        daemon.wait(8)
    if daemon.poll() is None:
        daemon.kill()
        daemon.wait(5)
