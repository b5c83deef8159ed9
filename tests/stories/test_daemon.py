"""The daemon as it lives for weeks: woken, interrupted, hung up on, edited under, and told to stop."""

from __future__ import annotations

import shutil
import signal
import socket
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.imap_script import HANG, Answer, ScriptedImap, message
from tests.support.service import ROOT, Daemon, wait_until
from tests.support.smtp_script import Hang, scripted
from tests.support.stage import Stage
from tests.support.written import patient
from triage.events import FIELDS

ENDS_WITHIN = 5.0
WAKES_WITHIN = 3.0


def first_letter(stage: Stage, number: int = 1) -> None:
    """A patient writes and is answered; from then on the daemon is idle and listens."""
    before = len(stage.sink.messages)
    stage.deliver(patient(number))
    assert wait_until(lambda: len(stage.sink.messages) == before + 1)


def test_sigterm_ends_an_idle_daemon_in_time(stage: Stage) -> None:
    """It says that it stops, ends with 0 within five seconds, and gives the mailbox back."""
    with stage.service.running() as daemon:
        first_letter(stage)
        began = time.monotonic()
        assert daemon.end(within=10) == 0
        assert time.monotonic() - began < ENDS_WITHIN
        assert daemon.told("stopping")
        assert daemon.told("stopped")
        stage.told.append(daemon.log.read_text())
    assert stage.service.status()["running"] is False


@pytest.mark.parametrize(("verb", "state"), [("MAIL", "sent"), ("DOT", "unknown")])
def test_sigterm_ends_a_daemon_whose_server_hangs(stage: Stage, verb: str, state: str) -> None:
    """It ends in time although SMTP never answers; what was provably not sent goes out later, the rest never again."""
    stage.deliver(patient())
    with scripted({verb: [Hang()]}) as server:
        stage.service.settings |= {"SMTP_PORT": str(server.port), "SMTP_TIMEOUT": "60"}
        with stage.service.running() as daemon:
            command = "MAIL FROM" if verb == "MAIL" else "DATA"
            assert wait_until(lambda: any(line.startswith(command) for line in server.commands))
            if verb == "DOT":
                assert wait_until(lambda: stage.service.ledger()[0]["reply_state"] == "closing")
            began = time.monotonic()
            assert daemon.end(within=10) == 0
            assert time.monotonic() - began < ENDS_WITHIN
    stage.service.settings["SMTP_PORT"] = str(stage.sink.port)
    stage.run()
    assert stage.service.ledger()[0]["reply_state"] == state
    assert len(stage.sink.messages) == (1 if state == "sent" else 0)


def test_new_mail_wakes_the_daemon(staged: Callable[..., Stage]) -> None:
    """With an hour between polls the mail server's announcement is enough: the letter is out within three seconds."""
    stage = staged(POLL_SECONDS="3600")
    with stage.service.running() as daemon:
        assert wait_until(lambda: stage.service.status()["running"])
        first_letter(stage, 1)
        stage.deliver(patient(2))
        began = time.monotonic()
        assert wait_until(lambda: len(stage.sink.messages) == 2, WAKES_WITHIN)
        assert time.monotonic() - began < WAKES_WITHIN
        stage.told.append(daemon.log.read_text())
    stage.check_promises()


def test_the_timer_finds_mail_that_nobody_announced(staged: Callable[..., Stage]) -> None:
    """Without IDLE the poll alone answers."""
    stage = staged(IDLE="no", POLL_SECONDS="1")
    with stage.service.running():
        first_letter(stage, 1)
        first_letter(stage, 2)
    stage.check_promises()


def test_a_restarted_mailbox_server_is_found_again(stage: Stage) -> None:
    """Every connection breaks; mail that comes afterwards is answered, and nothing from before again."""
    with stage.service.running() as daemon:
        first_letter(stage, 1)
        stage.dovecot.restart()
        first_letter(stage, 2)
        assert daemon.process.poll() is None
        stage.told.append(daemon.log.read_text())


def test_a_daemon_starts_while_its_mailbox_server_is_down(stage: Stage) -> None:
    """It waits, says that the mailbox cannot be read, and answers when the server is back."""
    stage.deliver(patient(1))
    stage.dovecot.halt()
    try:
        with stage.service.running() as daemon:
            assert wait_until(lambda: any("seconds" in line for line in daemon.events())), "the poll did not fail"
            stage.dovecot.restart()
            assert wait_until(lambda: len(stage.sink.messages) == 1)
            assert wait_until(lambda: daemon.told("mailbox_back"))
            stage.told.append(daemon.log.read_text())
    finally:
        stage.dovecot.restart()


def test_an_edited_letter_is_live_within_seconds(staged: Callable[..., Stage]) -> None:
    """A new sentence goes out without a restart; a broken edit after it changes nothing but is told."""
    stage = staged()
    letters = stage.service.folder / "templates"
    shutil.copytree(ROOT / "templates", letters)
    stage.service.settings["TEMPLATES"] = str(letters)
    letter = letters / "letters" / "en" / "form_missing.md"
    with stage.service.running() as daemon:
        first_letter(stage, 1)
        text = letter.read_text(encoding="utf-8").replace(
            "With kind regards", "We rest on Fridays.\n\nWith kind regards"
        )
        letter.write_text(text, encoding="utf-8")
        loaded = wait_until(lambda: sum(line["event"] == "letters_loaded" for line in daemon.events()) == 2, 6)
        assert loaded, "the edit was not seen"
        first_letter(stage, 2)
        letter.write_text(text + "\n{{ practice.name\n", encoding="utf-8")
        assert wait_until(lambda: daemon.told("letter_problem"), 6)
        first_letter(stage, 3)
        stage.told.append(daemon.log.read_text())
    first, *others = stage.answers()
    assert "We rest on Fridays." not in first.text
    assert all("We rest on Fridays." in answer.text and "{{" not in answer.text for answer in others)
    stage.check_promises()


def test_a_second_daemon_refuses_and_takes_over_once_the_first_is_dead(stage: Stage) -> None:
    """Two daemons never read one mailbox; after a SIGKILL of the first a new one starts at once."""
    with stage.service.running() as first:
        first_letter(stage, 1)
        refused = stage.command("run", code=5, says="Another triage is already reading this mailbox")
        assert f"process {first.process.pid}" in refused.stderr
        stage.run(code=5, says="Stop that one first.")
        first_letter(stage, 2)
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
        with stage.service.running() as second:
            assert second.process.poll() is None
            first_letter(stage, 3)
            stage.told += [first.log.read_text(), second.log.read_text()]


def test_a_job_that_hangs_is_told_and_does_not_keep_the_daemon(staged: Callable[..., Stage]) -> None:
    """A mailbox that stops answering is named within the watchdog's time; SIGTERM still ends the daemon."""
    stage = staged(WATCHDOG_SECONDS="10", IMAP_TIMEOUT="60")
    with ScriptedImap({"UID SEARCH": [HANG], "EXAMINE": [HANG]}) as server, notified() as told:
        stage.service.settings["IMAP_PORT"] = str(server.port)
        with stage.service.running() as daemon:
            assert wait_until(lambda: daemon.told("job_hangs"), 16)
            hangs = next(line for line in daemon.events() if line["event"] == "job_hangs")
            assert hangs["job"] in {"poll", "reconcile"}
            fed = told().count("WATCHDOG=1")
            time.sleep(2.2)  # two turns in which systemd must hear nothing
            assert told().count("WATCHDOG=1") == fed
            began = time.monotonic()
            assert daemon.end(within=10) == 0
            assert time.monotonic() - began < ENDS_WITHIN


def test_sigterm_ends_a_daemon_whose_servers_never_part(staged: Callable[..., Stage]) -> None:
    """Neither the mailbox's LOGOUT nor the sending server's QUIT is answered, and the daemon still ends in time."""
    stage = staged(IMAP_TIMEOUT="60", SMTP_TIMEOUT="60")
    now = datetime.now(UTC).strftime("%d-%b-%Y %H:%M:%S").encode()
    fetched = message(1, patient(1)).replace(b"04-Mar-2025 15:30:00", now) + b"TAG OK done\r\n"
    script: dict[str, list[Answer]] = {"LOGOUT": [HANG], "UID FETCH": [fetched]}
    with ScriptedImap(script) as mailbox, scripted({"QUIT": [Hang()]}) as server:
        stage.service.settings |= {"IMAP_PORT": str(mailbox.port), "SMTP_PORT": str(server.port)}
        with stage.service.running() as daemon:
            assert wait_until(lambda: bool(mailbox.sent("IDLE")) and daemon.told("reply_sent"))
            began = time.monotonic()
            assert daemon.end(within=10) == 0
            assert time.monotonic() - began < ENDS_WITHIN


def test_a_daemon_that_slept_while_another_took_over_does_nothing(stage: Stage) -> None:
    """Awake again it finds that the mailbox is another's: it says so and ends, and nobody is answered twice."""
    with stage.service.running() as sleeper:
        first_letter(stage, 1)
        fall_asleep(stage, sleeper)
        try:
            stage.deliver(patient(2))
            with stage.service.running() as other:
                assert wait_until(lambda: len(stage.sink.messages) == 2)
                sleeper.process.send_signal(signal.SIGCONT)
                stage.deliver(patient(3))
                assert wait_until(lambda: len(stage.sink.messages) == 3)
                assert wait_until(lambda: sleeper.process.poll() is not None, 15)
                assert other.process.poll() is None
        finally:
            sleeper.process.send_signal(signal.SIGCONT)
        assert sleeper.told("lease_lost")
        stage.told.append(sleeper.log.read_text())


def test_the_log_holds_ids_and_nothing_else(staged: Callable[..., Stage]) -> None:
    """Each line is one JSON object whose fields are those of the vocabulary."""
    stage = staged()
    with stage.service.running() as daemon:
        first_letter(stage, 1)
        daemon.end()
        lines = daemon.log.read_text().splitlines()
        events = daemon.events()
        assert len(events) == len(lines)
        assert {key for event in events for key in event} <= FIELDS | {"event", "level", "timestamp"}
        answered = next(event for event in events if event["event"] == "email_answered")
        assert answered["email"] == stage.service.ledger()[0]["id"]
        stage.told += lines
    stage.check_promises()


def test_systemd_hears_of_start_life_and_end(stage: Stage) -> None:
    """READY once it works, WATCHDOG while every job comes back, STOPPING at the end (sd_notify(3))."""
    with notified() as told, stage.service.running() as daemon:
        assert wait_until(lambda: told().count("WATCHDOG=1") >= 2)
        assert daemon.end() == 0
        assert wait_until(lambda: "STOPPING=1" in told())
        assert told()[0] == "READY=1"
        assert told()[-1] == "STOPPING=1"


def fall_asleep(stage: Stage, daemon: Daemon) -> None:
    """The process freezes between two transactions, for longer than its lease lasts."""
    for _ in range(50):
        daemon.process.send_signal(signal.SIGSTOP)
        try:
            stage.let_lease_expire()
        except sqlite3.OperationalError:
            daemon.process.send_signal(signal.SIGCONT)  # it froze inside one, and nobody else could write
        else:
            return
    raise AssertionError("the daemon is always inside a transaction")


@contextmanager
def notified() -> Iterator[Callable[[], list[str]]]:
    """A socket as systemd gives it; yields what was said there so far."""
    with (
        tempfile.TemporaryDirectory(prefix="notify-") as folder,
        pytest.MonkeyPatch.context() as patch,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear,
    ):
        path = Path(folder) / "socket"
        ear.bind(str(path))
        ear.setblocking(False)
        patch.setenv("NOTIFY_SOCKET", str(path))
        heard: list[str] = []

        def told() -> list[str]:
            while True:
                try:
                    heard.append(ear.recv(4096).decode())
                except BlockingIOError:
                    return heard

        yield told
