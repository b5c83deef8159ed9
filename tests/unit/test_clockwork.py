"""The clock: jobs never overlap themselves, and news that comes during a run is not left to the timer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.service import wait_until
from triage.clockwork import Clockwork

_NEVER = timedelta(hours=1)


class Clocks:
    """A wall clock and a monotonic clock, in seconds, that a test sets."""

    def __init__(self) -> None:
        self.wall = 1_800_000_000.0
        self.monotonic = 100.0

    def go(self, seconds: float) -> None:
        """Time goes by, as both clocks see it."""
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def clocks() -> Clocks:
    """Clocks that stand still until a test moves them."""
    return Clocks()


@pytest.fixture
def minded(clocks: Clocks) -> Iterator[Clockwork]:
    """A clockwork that looks at these clocks."""
    clock = Clockwork(threads=2, wall=lambda: clocks.wall, monotonic=lambda: clocks.monotonic)
    yield clock
    clock.stop()


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


@pytest.mark.parametrize("step", [-3600.0, -6.0, 6.0, 3600.0])
def test_after_the_wall_clock_was_set_every_job_runs_at_once(minded: Clockwork, clocks: Clocks, step: float) -> None:
    """A job planned by the old time does not wait until that comes again, and afterwards keeps its interval."""
    runs: list[int] = []
    minded.every("job", timedelta(milliseconds=50), lambda: runs.append(1))
    minded.start()
    assert wait_until(lambda: len(runs) >= 2)
    minded._scheduler.modify_job("job", next_run_time=datetime.now(UTC) + _NEVER)  # as a step back leaves it
    clocks.wall += step
    assert minded.mind_the_clock()
    assert not minded.mind_the_clock()
    before = len(runs)
    assert wait_until(lambda: len(runs) >= before + 3)


def test_time_that_goes_by_and_small_corrections_move_nothing(minded: Clockwork, clocks: Clocks) -> None:
    """However long ago the last look was, only a step counts."""
    runs: list[int] = []
    minded.every("job", _NEVER, lambda: runs.append(1))
    minded.start()
    assert wait_until(lambda: len(runs) == 1)
    for seconds, correction in ((1.0, 0.0), (90_000.0, 4.0), (1.0, -4.0)):
        clocks.go(seconds)
        clocks.wall += correction
        assert not minded.mind_the_clock()
    planned = minded._scheduler.get_job("job").next_run_time
    assert planned > datetime.now(UTC) + _NEVER / 2


def test_a_stopped_clock_is_not_minded(minded: Clockwork, clocks: Clocks) -> None:
    """At the end of the service nothing is started again."""
    minded.every("job", _NEVER, lambda: None)
    minded.start()
    minded.stop()
    clocks.wall -= 3600
    assert not minded.mind_the_clock()


def test_a_job_that_never_starts_is_overdue(minded: Clockwork, clocks: Clocks) -> None:
    """It counts from when the job was set up, by the longer of the limit and three intervals."""
    minded.every("quick", timedelta(seconds=10), lambda: None)
    minded.every("slow", timedelta(seconds=100), lambda: None)
    clocks.go(60)
    assert minded.overdue(60) == set()
    clocks.go(1)
    assert minded.overdue(60) == {"quick"}
    assert minded.overdue(1) == {"quick"}
    clocks.wall -= 7200
    assert minded.overdue(60) == {"quick"}
    clocks.go(240)
    assert minded.overdue(60) == {"quick", "slow"}


def test_a_job_that_runs_or_just_ran_is_not_overdue(minded: Clockwork, clocks: Clocks) -> None:
    """A long run is no missing start, and after it the time counts anew."""
    started, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def job() -> None:
        started.set()
        go_on.wait(10)

    minded.every("job", _NEVER, job)
    minded.every("other", _NEVER, ended.set)
    minded.start()
    assert started.wait(10)
    assert ended.wait(10)
    clocks.go(20_000)
    assert minded.overdue(60) == {"other"}
    go_on.set()
    assert wait_until(lambda: "job" not in minded._running)
    assert minded.overdue(60) == {"other"}
    clocks.go(20_000)
    assert minded.overdue(60) == {"job", "other"}
