"""The watcher wakes us when mail arrives, comes back by itself, and stops at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.dovecot import DovecotServer
from tests.support.imap_script import CLOSE, HANG, ScriptedImap
from tests.support.mailboxes import mail
from tests.support.pymap_server import PymapServer
from triage.events import EventLog
from triage.mailbox.account import ImapAccount, Security
from triage.mailbox.watch import Watcher

IDLE_OK = b"+ idling\r\n"


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Return as soon as a condition holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@contextmanager
def watching(
    port: int, renew: float = 540.0, timeout: float = 5.0
) -> Iterator[tuple[Watcher, threading.Event, EventLog]]:
    """A running watcher on a loopback server, and the event it sets."""
    log, changed = EventLog(), threading.Event()
    account = ImapAccount("127.0.0.1", port, Security.PLAIN, "inbox@example.com", "secret", timeout=timeout)
    watcher = Watcher(account, changed.set, log, renew=renew, jitter=lambda: 0.0)
    watcher.start()
    try:
        yield watcher, changed, log
    finally:
        watcher.stop()


@pytest.mark.parametrize("start", [DovecotServer.start, PymapServer.start], ids=["dovecot", "pymap"])
def test_new_mail_wakes_us(start: Callable[[], DovecotServer | PymapServer]) -> None:
    """EXISTS during IDLE calls back; nothing is called while nothing happens."""
    with start() as server, watching(server.imap_port) as (watcher, changed, _):
        until(lambda: watcher.idling)
        for number in (1, 2):
            assert not changed.is_set()
            server.deliver(mail(number))
            until(changed.is_set)
            changed.clear()


def test_a_restarted_server_is_watched_again_and_asked_at_once() -> None:
    """What came while nobody watched is looked for after the reconnection, and the outage is told once."""
    with DovecotServer.start() as server, watching(server.imap_port) as (watcher, changed, log):
        until(lambda: watcher.idling)
        server.restart()
        until(changed.is_set)
        until(lambda: watcher.idling)
        assert log.counts() == {"mailbox_failed": 1}


def test_idle_is_renewed_before_anybody_ends_it() -> None:
    """DONE and a new IDLE at every renewal."""
    with ScriptedImap() as server:
        server.say("DONE", lambda _: b"* OK still here\r\n" + server.last_tag("IDLE") + b" OK done\r\n")
        with watching(server.port, renew=0.05) as (_, changed, __):
            until(lambda: len(server.sent("IDLE")) >= 3)
            assert not changed.is_set()
            assert server.connections == 1


def test_an_arrival_during_the_renewal_is_not_missed() -> None:
    """EXISTS between DONE and the end of IDLE counts."""
    with ScriptedImap() as server:
        server.say("DONE", lambda _: b"* 4 EXISTS\r\n" + server.last_tag("IDLE") + b" OK done\r\n")
        with watching(server.port, renew=0.05) as (_, changed, __):
            until(changed.is_set)


def test_a_server_without_idle_is_left_in_peace() -> None:
    """The watcher falls silent; the timer does the work."""
    with ScriptedImap({"CAPABILITY": [b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"]}) as server:
        with watching(server.port) as (watcher, changed, log):
            until(lambda: ("LOGOUT", "") in server.received)
            assert not watcher.idling
            assert not changed.is_set()
            assert log.counts() == {}
        assert server.connections == 1


@pytest.mark.parametrize("end", [b"* BYE going\r\n" + CLOSE, CLOSE])
def test_a_connection_that_ends_while_idling_is_made_anew(end: bytes) -> None:
    """BYE and a bare EOF are noticed at once and do not spin."""
    with ScriptedImap({"IDLE": [IDLE_OK + end, IDLE_OK]}) as server, watching(server.port) as (watcher, changed, log):
        until(changed.is_set)
        until(lambda: watcher.idling)
        assert server.connections == 2
        assert log.counts() == {"mailbox_failed": 1}


def test_a_refused_idle_is_tried_again_later() -> None:
    """NO to IDLE is no reason to die."""
    with ScriptedImap({"IDLE": [b"TAG NO not now\r\n", IDLE_OK]}) as server, watching(server.port) as (watcher, _, __):
        until(lambda: watcher.idling)
        assert server.connections == 2


@pytest.mark.parametrize("verb", ["LOGIN", "IDLE", "LOGOUT"])
def test_it_stops_within_a_moment_even_while_the_server_hangs(verb: str) -> None:
    """A shut-down must not wait for anybody's time-out."""
    with ScriptedImap({verb: [HANG]}) as server, watching(server.port, timeout=3.0) as (watcher, _, __):
        until(lambda: any(each in ("LOGIN", "IDLE") for each, ___ in server.received))
        started = time.monotonic()
        watcher.stop()
        watcher.stop()
        assert time.monotonic() - started < 2.0
