"""The past as the outbox tells it: what budgets and the breaker count, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.store import NOW, new_entry, new_reply, new_submission, open_store, put_reply
from triage.core.outbox import ReplyState
from triage.store import Store
from triage.store.transitions import COUNTED


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.mark.parametrize("state", list(ReplyState))
def test_only_replies_that_went_out_or_still_may_count(store: Store, state: ReplyState) -> None:
    """Cancelled, rejected, failed and observed replies leave the address its budget."""
    with store.begin() as tx:
        put_reply(tx, state)
        history = tx.outbox.history("ann@example.com", "example.com", NOW)
    expected = 1 if state in COUNTED else 0
    assert len(history.replies) == history.domain_replies_last_hour == history.replies_last_hour == expected
    assert (state in COUNTED) == (
        state not in {ReplyState.CANCELLED, ReplyState.REJECTED, ReplyState.FAILED, ReplyState.OBSERVED}
    )


def test_replies_count_for_thirty_days_and_budgets_for_an_hour(store: Store) -> None:
    """Just inside the window counts, just outside does not; the newest comes last."""
    ages = [timedelta(days=30), timedelta(days=29), timedelta(hours=1), timedelta(minutes=59)]
    with store.begin() as tx:
        for uid, age in enumerate(ages, 1):
            email_id = tx.emails.add(new_entry(uid), NOW)
            tx.outbox.plan(new_reply(email_id), NOW - age)
    with store.read() as tx:
        history = tx.outbox.history("ann@example.com", "example.com", NOW)
    assert [reply.planned_at for reply in history.replies] == [NOW - age for age in ages[1:]]
    assert (history.domain_replies_last_hour, history.replies_last_hour) == (1, 1)


def test_addresses_and_domains_are_told_apart(store: Store) -> None:
    """Another address of the domain counts for the domain; another domain counts for the whole only."""
    people = {1: "ann@example.com", 2: "Bob@EXAMPLE.com", 3: "cleo@example.org"}
    with store.begin() as tx:
        submission_id, _ = tx.submissions.add(new_submission(), [], NOW, address_key="")
        for uid, person in people.items():
            put_reply(tx, ReplyState.PLANNED, uid, recipient=person, recipient_key=person, submission_id=submission_id)
        history = tx.outbox.history("ann@example.com", "Example.com", NOW)
        nobody = tx.outbox.history("", "", NOW)
    assert [reply.submission_id for reply in history.replies] == [submission_id]
    assert (history.domain_replies_last_hour, history.replies_last_hour) == (2, 3)
    assert (nobody.replies, nobody.domain_replies_last_hour, nobody.replies_last_hour) == ((), 0, 3)


def test_a_batch_sees_its_own_plans(store: Store) -> None:
    """Inside one transaction each further email sees the replies planned before it, and cancelled ones vanish."""
    with store.begin() as tx:
        seen = []
        for uid in range(1, 4):
            seen.append(tx.outbox.history("ann@example.com", "example.com", NOW).replies_last_hour)
            last = put_reply(tx, ReplyState.PLANNED, uid)
        tx.outbox.cancel(last, NOW)
        seen.append(tx.outbox.history("ann@example.com", "example.com", NOW).domain_replies_last_hour)
    assert seen == [0, 1, 2, 2]
