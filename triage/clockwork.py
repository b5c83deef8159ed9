"""APScheduler, wrapped and typed (it ships no types): named jobs that never overlap themselves and can be woken.

Memory job store, coalesced, one instance a job, no misfire limit: after a suspended laptop each job runs once. A job
that is woken while it runs runs once more, so that news which came too late for one run never waits for the timer.
APScheduler plans by the wall clock: after that was set, every job must be planned anew (`mind_the_clock`), or nothing
would run until the old time came again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Lock

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

_AN_INSTANT = timedelta(milliseconds=20)
_A_STEP = 5.0
"""Seconds by which the wall clock and the monotonic clock may part between two looks; more is a step, or a sleep."""


class Clockwork:
    """Runs named jobs in threads of its own, each at its interval."""

    def __init__(
        self,
        threads: int,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wall` and `monotonic` say seconds; only the steps of the first against the second are looked at."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # the jobs tell their own failures, by name
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(threads)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        self._scheduler.add_listener(self._crowded_out, EVENT_JOB_MAX_INSTANCES)
        self._lock = Lock()
        self._running: set[str] = set()
        self._woken: set[str] = set()
        self._stopped = False
        self._wall = wall
        self._monotonic = monotonic
        self._apart = wall() - monotonic()
        self._intervals: dict[str, float] = {}
        self._last_seen: dict[str, float] = {}

    def every(self, name: str, interval: timedelta, work: Callable[[], None]) -> None:
        """Run `work` now and then at each interval, measured from start to start. `work` must not raise."""
        with self._lock:
            self._intervals[name] = interval.total_seconds()
            self._last_seen[name] = self._monotonic()
        self._scheduler.add_job(
            lambda: self._run(name, work),
            "interval",
            seconds=interval.total_seconds(),
            id=name,
            next_run_time=datetime.now(UTC),
        )

    def wake(self, name: str) -> None:
        """Run a job now, or once more if it is running. An unknown or ended job is no error."""
        with self._lock:
            if name in self._running:
                self._woken.add(name)
                return
        with suppress(JobLookupError):
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def mind_the_clock(self) -> bool:
        """Plan every job for now if the wall clock was set, or the machine slept, since the last call; True if so.

        To be called about once a second, by one thread.
        """
        apart = self._wall() - self._monotonic()
        step, self._apart = apart - self._apart, apart
        if abs(step) <= _A_STEP or self._stopped:
            return False
        for job in self._scheduler.get_jobs():
            with suppress(JobLookupError):
                self._scheduler.modify_job(job.id, next_run_time=datetime.now(UTC))
        return True

    def overdue(self, limit_seconds: float) -> set[str]:
        """Jobs that do not run and have neither begun nor ended for longer than the limit and three intervals.

        Measured by the monotonic clock. A job that runs is never among them, however long it takes.
        """
        now = self._monotonic()
        with self._lock:
            return {
                name
                for name, interval in self._intervals.items()
                if name not in self._running and now - self._last_seen[name] > max(limit_seconds, 3 * interval)
            }

    def start(self) -> None:
        """Start the clock."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start no further job; running ones are not waited for."""
        self._stopped = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _crowded_out(self, event: JobSubmissionEvent) -> None:
        """A job woken in the instant in which its last run was ending: APScheduler still counted that one."""
        with self._lock:
            is_running = event.job_id in self._running
        if not is_running and not self._stopped:
            with suppress(JobLookupError):
                self._scheduler.modify_job(event.job_id, next_run_time=datetime.now(UTC) + _AN_INSTANT)

    def _run(self, name: str, work: Callable[[], None]) -> None:
        with self._lock:
            if name in self._running:
                self._woken.add(name)
                return
            self._running.add(name)
            self._last_seen[name] = self._monotonic()
        while True:
            try:
                work()
            finally:
                with self._lock:
                    again = name in self._woken and not self._stopped
                    self._woken.discard(name)
                    if not again:
                        self._running.discard(name)
                        self._last_seen[name] = self._monotonic()
            if not again:
                return
