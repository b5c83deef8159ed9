"""APScheduler, wrapped and typed (it ships no types): named jobs that never overlap themselves and can be woken.

Memory job store, coalesced, one instance a job, no misfire limit: after a suspended laptop each job runs once. A job
that is woken while it runs runs once more, so that news which came too late for one run never waits for the timer.
"""

from __future__ import annotations

import logging
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


class Clockwork:
    """Runs named jobs in threads of its own, each at its interval."""

    def __init__(self, threads: int) -> None:
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

    def every(self, name: str, interval: timedelta, work: Callable[[], None]) -> None:
        """Run `work` now and then at each interval, measured from start to start. `work` must not raise."""
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
        while True:
            try:
                work()
            finally:
                with self._lock:
                    again = name in self._woken and not self._stopped
                    self._woken.discard(name)
                    if not again:
                        self._running.discard(name)
            if not again:
                return
