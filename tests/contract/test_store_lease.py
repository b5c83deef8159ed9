"""The lease: one process reads a mailbox, a dead one does not keep others out, and a lost one is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.store import NOW, open_store
from triage.errors import OperatorError
from triage.store import Holder, Store

TTL = timedelta(seconds=30)
FIRST = Holder("run-1", "clinic-pc", 123, "boot-1")
SECOND = Holder("run-2", "clinic-pc", 124, "boot-2")
ELSEWHERE = Holder("run-3", "other-pc", 123, "boot-3")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = open_store(tmp_path)
    yield store
    store.close()


def alive(_pid: int, _started: str) -> bool:
    return True


def dead(_pid: int, _started: str) -> bool:
    return False


def take(
    store: Store, holder: Holder, now: datetime = NOW, lives: Callable[[int, str], bool] = alive, key: str = "a"
) -> None:
    with store.begin() as tx:
        tx.lease.acquire(key, holder, now, TTL, lives)


def test_a_second_daemon_is_refused_with_a_clear_sentence(store: Store) -> None:
    """The sentence names the process, the host and how long ago it was seen."""
    take(store, FIRST)
    with pytest.raises(OperatorError) as caught:
        take(store, SECOND, NOW + timedelta(seconds=5))
    assert caught.value.problem == (
        "Another triage is already reading this mailbox (process 123 on clinic-pc, last seen 5 seconds ago)."
    )
    assert "30 seconds" in caught.value.advice
    with store.read() as tx:
        assert tx.lease.holds(FIRST)
        assert not tx.lease.holds(SECOND)


def test_another_mailbox_is_free(store: Store) -> None:
    """Leases of two mailboxes do not meet."""
    take(store, FIRST)
    take(store, SECOND, key="b")
    with store.read() as tx:
        assert tx.lease.holds(FIRST)
        assert tx.lease.holds(SECOND)


def test_a_dead_process_on_this_host_does_not_keep_others_out(store: Store) -> None:
    """After SIGKILL the next start need not wait; the number and start of the old process are asked about."""
    asked = []

    def gone(pid: int, started: str) -> bool:
        asked.append((pid, started))
        return False

    take(store, FIRST)
    take(store, SECOND, NOW + timedelta(seconds=1), gone)
    assert asked == [(123, "boot-1")]
    with store.read() as tx:
        assert not tx.lease.holds(FIRST)


def test_a_process_on_another_host_must_run_out(store: Store) -> None:
    """Nobody can see whether a process elsewhere lives, so only time decides."""
    take(store, ELSEWHERE)
    with pytest.raises(OperatorError, match="other-pc"):
        take(store, FIRST, NOW + TTL - timedelta(seconds=1), dead)
    take(store, FIRST, NOW + TTL, dead)
    with store.begin() as tx:
        assert not tx.lease.renew(ELSEWHERE, NOW + TTL)
        assert not tx.lease.holds(ELSEWHERE)


@pytest.mark.parametrize("ahead", [TTL, timedelta(hours=1)])
def test_a_lease_seen_in_the_future_keeps_nobody_out(store: Store, ahead: timedelta) -> None:
    """After the clock was set back, what a run before wrote lies ahead; it counts no longer than any other."""
    take(store, ELSEWHERE, NOW + ahead)
    with store.read() as tx:
        assert tx.lease.current(NOW) is None
    take(store, FIRST, NOW)
    with store.read() as tx:
        assert tx.lease.holds(FIRST)


def test_the_wait_promised_is_enough_when_clocks_differ(store: Store) -> None:
    """A holder whose clock is a little ahead counts as seen just now, and the wait covers the difference."""
    ahead = timedelta(seconds=20)
    take(store, ELSEWHERE, NOW + ahead)
    with pytest.raises(OperatorError) as caught:
        take(store, FIRST, NOW)
    assert "last seen 0 seconds ago" in caught.value.problem
    assert "wait 50 seconds" in caught.value.advice
    take(store, FIRST, NOW + timedelta(seconds=50))


def test_a_renewed_lease_lasts(store: Store) -> None:
    """Renewing moves the end; renewing what was never held says so."""
    take(store, ELSEWHERE)
    with store.begin() as tx:
        assert tx.lease.renew(ELSEWHERE, NOW + timedelta(seconds=20))
        assert not tx.lease.renew(FIRST, NOW)
    with pytest.raises(OperatorError):
        take(store, FIRST, NOW + timedelta(seconds=40))


def test_a_holder_may_take_its_lease_again(store: Store) -> None:
    """The same run is never locked out by itself."""
    take(store, FIRST)
    take(store, FIRST, NOW + timedelta(seconds=1))


def test_a_late_lease_that_nobody_took_is_still_held(store: Store) -> None:
    """A long pause alone loses nothing: only being replaced does."""
    take(store, FIRST)
    with store.begin() as tx:
        assert tx.lease.renew(FIRST, NOW + timedelta(hours=9))
        assert tx.lease.holds(FIRST)


def test_a_released_lease_is_free_at_once(store: Store) -> None:
    """A clean end lets the next run start without waiting; releasing another's lease does nothing."""
    take(store, FIRST)
    with store.begin() as tx:
        tx.lease.release(SECOND)
        assert tx.lease.holds(FIRST)
        tx.lease.release(FIRST)
    take(store, ELSEWHERE)
