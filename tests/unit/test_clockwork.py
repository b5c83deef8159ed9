"""The clock: jobs never overlap themselves, and news that comes during a run is not left to the timer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.service import wait_until
from triage.clockwork import Clockwork

_NEVER = timedelta(hours=1)


@pytest.fixture
def clockwork() -> Iterator[Clockwork]:
    """A clock with two threads, stopped at the end."""
    clock = Clockwork(threads=2)
    yield clock
    clock.stop()


def test_a_job_runs_at_the_start_and_when_woken(clockwork: Clockwork) -> None:
    """The first run does not wait for the interval, and a wake brings the next at once."""
    runs: list[int] = []
    clockwork.every("job", _NEVER, lambda: runs.append(1))
    clockwork.start()
    assert wait_until(lambda: len(runs) == 1)
    for expected in (2, 3, 4):
        clockwork.wake("job")
        assert wait_until(lambda wanted=expected: len(runs) == wanted)


def test_a_wake_during_a_run_brings_one_more_run(clockwork: Clockwork) -> None:
    """However often a running job is woken, it runs exactly once more, and never beside itself."""
    started, go_on = threading.Event(), threading.Event()
    active: list[int] = []
    most: list[int] = []

    def job() -> None:
        active.append(1)
        most.append(len(active))
        started.set()
        go_on.wait(10)
        active.pop()

    clockwork.every("job", _NEVER, job)
    clockwork.start()
    assert started.wait(10)
    for _ in range(5):
        clockwork.wake("job")
    go_on.set()
    assert wait_until(lambda: len(most) == 2 and not active)
    assert most == [1, 1]


def test_an_unknown_job_may_be_woken(clockwork: Clockwork) -> None:
    """Waking what is not there is no error: the watcher may speak before the jobs are set up."""
    clockwork.start()
    clockwork.wake("nothing")
