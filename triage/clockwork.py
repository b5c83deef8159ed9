"""APScheduler, wrapped and typed (it ships no types): named jobs that never overlap themselves and can be woken.

Memory job store, coalesced, one instance a job, no misfire limit: after a suspended laptop each job runs once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler


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

    def every(self, name: str, interval: timedelta, work: Callable[[], None]) -> None:
        """Run `work` now and then at each interval, measured from start to start."""
        self._scheduler.add_job(
            work, "interval", seconds=interval.total_seconds(), id=name, next_run_time=datetime.now(UTC)
        )

    def wake(self, name: str) -> None:
        """Run a job now; if it is running, it runs once more when it is due. Unknown or ended jobs are no error."""
        try:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))
        except JobLookupError:
            return

    def start(self) -> None:
        """Start the clock."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start no further job; running ones are not waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
