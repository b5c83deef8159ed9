"""The daemon: the clock that drives the flows, the signals that end them, and the watchdog that notices silence.

It decides nothing and sends nothing itself. Each job has one guard: a failure is told to the log and the job runs again
at its next turn, so that one broken part never stops the others.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from types import FrameType

from triage.app import App
from triage.clockwork import Clockwork
from triage.errors import OperatorError, TriageError
from triage.events import Event
from triage.holder import Lease, StoreFile, notify_systemd
from triage.selftest import run_selftest
from triage.store import Session

_STOP_WITHIN = 3.0
_LETTERS_EVERY = timedelta(seconds=2)
_DELIVER_EVERY = timedelta(seconds=2)
_SETTLE_EVERY = timedelta(minutes=1)
_RECONCILE_EVERY = timedelta(hours=1)
_LONGEST_PAUSE = 300.0


class Pause:
    """Waiting longer after each failure, with jitter, so that many daemons do not knock at once."""

    def __init__(self, first: float = 2.0) -> None:
        self._first = first
        self._failures = 0
        self._until = 0.0

    def failed(self) -> float:
        """One more failure; returns the seconds to wait."""
        self._failures += 1
        seconds = min(self._first * 2.0 ** min(self._failures - 1, 10), _LONGEST_PAUSE) * random.uniform(0.7, 1.3)  # noqa: S311 - jitter, not a secret
        self._until = time.monotonic() + seconds
        return seconds

    def succeeded(self) -> bool:
        """All well again; says whether it was not so before."""
        was_failing = self._failures > 0
        self._failures = 0
        self._until = 0.0
        return was_failing

    def over(self) -> bool:
        """Whether the next try may be made."""
        return time.monotonic() >= self._until


class Troubles:
    """Tells a failure at first, when it becomes another one, and every five minutes while it lasts."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def are_news(self, name: str, problem: str) -> bool:
        """Whether the log should hear of this `problem` of `name` now; "" is no problem, and never news."""
        with self._lock:
            said, until = self._said.get(name, ("", 0.0))
            if problem == said and time.monotonic() < until:
                return False
            self._said[name] = (problem, time.monotonic() + _LONGEST_PAUSE)
        return bool(problem)


class Daemon:
    """Runs every flow until it is told to stop."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._log = app.log
        self._stop = threading.Event()
        self._clockwork = Clockwork(threads=8)
        self._running: dict[str, float] = {}
        self._hanging: set[str] = set()
        self._troubles = Troubles()
        self._lock = threading.Lock()
        self._lease = Lease(app.store, app.settings.practice_id, app.clock)
        self._pause = Pause()
        self._file = StoreFile(app.settings.database_url.get_secret_value())
        self._reading = threading.Lock()
        self._intake = app.intake(self._fence)
        self._followup = app.followup(self._fence)
        self._delivery = app.delivery(self._fence)
        self._settling = app.delivery(self._fence)
        self._reconcile = app.reconcile()
        self._may_send = True

    def run(self) -> int:
        """Run until SIGTERM or SIGINT. Returns the exit code.

        Raises:
            OperatorError: another process reads this mailbox already.
        """
        self._lease.acquire()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._start_up()
        watcher = self._app.watcher(lambda: self._clockwork.wake("poll"))
        self._schedule()
        self._clockwork.start()
        if self._app.settings.idle:
            watcher.start()
        notify_systemd("READY=1")
        self._wait()
        notify_systemd("STOPPING=1")
        self._clockwork.stop()
        watcher.stop()
        finished = self._wait_for_jobs()
        self._lease.release()
        self._log.tell(Event.STOPPED)
        if not finished:
            # Every point of every flow survives a kill, so ending here is as safe as waiting.
            os._exit(0)
        return 0

    def run_once(self) -> int:
        """Do everything that can be done now, in order, then end. Returns the exit code.

        Raises:
            TriageError: the first thing that failed, after everything else was tried.
        """
        self._lease.acquire()
        self._start_up()
        failures: list[TriageError] = []
        for work in (self._read_missed, self._read_new, self._follow_up, self._deliver, self._settle):
            try:
                work()
            except TriageError as error:
                failures.append(error)
        self._lease.release()
        if failures:
            raise failures[0]
        if not self._may_send:
            raise OperatorError(
                "The self-test found a way to fool the proof, so nothing was sent.", "See triage check."
            )
        return 0

    def stop(self) -> None:
        """Ask the daemon to end at the next safe point."""
        self._stop.set()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signal module's shape
        self._stop.set()

    def _start_up(self) -> None:
        """What a crash left behind is settled before anything new is begun."""
        released, uncertain = self._delivery.recover(self._app.clock())
        self._log.tell(Event.STARTED, mode=self._app.settings.mode.value, pid=os.getpid(), count=released + uncertain)
        self._app.remember_letters()
        through = run_selftest(self._app.settings.sender)
        self._may_send = not through
        for problem in through:
            self._log.tell(Event.SELFTEST_FAILED, problem=problem)

    def _schedule(self) -> None:
        poll = timedelta(seconds=self._app.settings.poll_seconds)
        for name, every, work in (
            ("lease", timedelta(seconds=10), self._renew),
            ("poll", poll, self._poll),
            ("deliver", _DELIVER_EVERY, self._deliver),
            ("settle", _SETTLE_EVERY, self._settle),
            ("reconcile", _RECONCILE_EVERY, self._read_missed),
            ("letters", _LETTERS_EVERY, self._reload_letters),
        ):
            self._clockwork.every(name, every, self._guarded(name, work))

    def _guarded(self, name: str, work: Callable[[], None]) -> Callable[[], None]:
        """The one guard of the daemon: a job that fails is told, and runs again at its next turn."""

        def job() -> None:
            if self._stop.is_set():
                return
            with self._lock:
                self._running[name] = time.monotonic()
            problem = ""
            try:
                work()
            except TriageError as error:
                problem = _plain(error)
            except Exception as error:  # noqa: BLE001 - the guard; a fault of ours must not end the daemon
                problem = f"internal fault: {type(error).__name__}"
            finally:
                if self._troubles.are_news(name, problem):
                    self._log.tell(Event.JOB_FAILED, job=name, problem=problem)
                with self._lock:
                    self._running.pop(name, None)
                    self._hanging.discard(name)

        return job

    def _wait(self) -> None:
        """Wait for the end, watching that every job comes back; systemd hears of us only while all do."""
        limit = self._app.settings.watchdog_seconds
        while not self._stop.wait(1.0):
            self._clockwork.mind_the_clock()
            with self._lock:
                late = {name for name, since in self._running.items() if time.monotonic() - since > limit}
            late |= self._clockwork.overdue(limit)
            for name in late - self._hanging:
                self._log.tell(Event.JOB_HANGS, job=name, seconds=limit)
            self._hanging |= late
            if not late:
                notify_systemd("WATCHDOG=1")
        self._log.tell(Event.STOPPING)

    def _wait_for_jobs(self) -> bool:
        """Give running jobs a moment to reach their next safe point; False if one did not."""
        deadline = time.monotonic() + _STOP_WITHIN
        while time.monotonic() < deadline:
            with self._lock:
                if not self._running:
                    return True
            time.sleep(0.02)
        return False

    def _fence(self, tx: Session) -> None:
        """Asked inside each acting transaction: raises OperatorError if this process must not act any more."""
        self._file.check()
        self._lease.fence(tx)

    def _renew(self) -> None:
        try:
            self._file.check()
        except OperatorError as error:
            if self._troubles.are_news("file", error.problem):
                self._log.tell(Event.STORE_FAILED, problem=error.problem, advice=error.advice)
            return
        self._troubles.are_news("file", "")
        if not self._lease.renew():
            self._log.tell(Event.LEASE_LOST)
            self._stop.set()

    def _poll(self) -> None:
        """Read what is new; after a failure wait longer each time, whoever woke us."""
        if not self._pause.over():
            return
        try:
            self._read_new()
            self._follow_up()
        except TriageError as error:
            seconds = round(self._pause.failed(), 1)
            self._log.tell(Event.MAILBOX_FAILED, problem=_plain(error), seconds=seconds)
            return
        if self._pause.succeeded():
            self._log.tell(Event.MAILBOX_BACK)

    def _read_new(self) -> None:
        with self._reading:
            report = self._intake.run(self._app.clock, self._stop.is_set)
        if report.read:
            self._clockwork.wake("deliver")

    def _follow_up(self) -> None:
        if self._followup.run(self._app.clock, self._stop.is_set):
            self._clockwork.wake("deliver")

    def _read_missed(self) -> None:
        missed = self._reconcile.missed(self._app.clock)
        if missed:
            self._log.tell(Event.EMAIL_MISSED, count=len(missed))
            with self._reading:  # another job's thread, but intake's one connection
                self._intake.read_missed(missed, self._app.clock)

    def _deliver(self) -> None:
        """Hand over what is due; where the proof can be fooled nothing leaves, and what is late goes to staff."""
        self._delivery.deliver(self._app.clock, self._stop.is_set if self._may_send else lambda: True)

    def _settle(self) -> None:
        self._settling.settle(self._app.clock())

    def _reload_letters(self) -> None:
        if self._app.letters.reload_if_changed():
            self._app.remember_letters()


def _plain(error: TriageError) -> str:
    """What the log may say of a failure: an advice can name the mailbox's folders, and those can name people."""
    return error.problem if isinstance(error, OperatorError) else str(error)
