"""The life of a reply: each act in each state either makes the one transition of the table or changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.store import NOW, open_store, put_reply
from triage.core.outbox import ReplyState, Settlement
from triage.core.rules import Mode
from triage.store import Session, Store
from triage.store.transitions import SETTLED_FROM, TRANSITIONS, before

LATER = NOW + timedelta(minutes=1)
SETTLED = (
    ReplyState.SENT,
    ReplyState.DRAFTED,
    ReplyState.DEFERRED,
    ReplyState.REJECTED,
    ReplyState.FAILED,
    ReplyState.UNKNOWN,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = open_store(tmp_path)
    yield store
    store.close()


def state_of(tx: Session, row_id: int) -> ReplyState:
    row = tx.outbox.get(row_id)
    assert row is not None
    return row.state


ACTS: dict[str, tuple[frozenset[ReplyState], ReplyState, Callable[[Session, int], object]]] = {
    "promote": (frozenset({ReplyState.PLANNED}), ReplyState.READY, lambda tx, _row: tx.outbox.promote(LATER)),
    "claim": (
        frozenset({ReplyState.READY, ReplyState.DEFERRED}),
        ReplyState.SENDING,
        lambda tx, _row: tx.outbox.claim(Mode.SEND, LATER, 9),
    ),
    "expire": (
        frozenset({ReplyState.PLANNED, ReplyState.READY, ReplyState.DEFERRED}),
        ReplyState.FAILED,
        lambda tx, _row: tx.outbox.expire(NOW + timedelta(days=2)),
    ),
    "cancel": (frozenset({ReplyState.PLANNED}), ReplyState.CANCELLED, lambda tx, row: tx.outbox.cancel(row, LATER)),
    "begin closing": (
        frozenset({ReplyState.SENDING}),
        ReplyState.CLOSING,
        lambda tx, row: tx.outbox.begin_closing(row, LATER),
    ),
    "prove sent": (
        frozenset({ReplyState.UNKNOWN, ReplyState.READY, ReplyState.DEFERRED}),
        ReplyState.SENT,
        lambda tx, row: tx.outbox.prove_sent(row, "seen", LATER),
    ),
    "send again by person": (
        frozenset({ReplyState.UNKNOWN}),
        ReplyState.READY,
        lambda tx, row: tx.outbox.send_again_by_person(row, NOW + timedelta(hours=9), LATER),
    ),
    "release": (frozenset({ReplyState.SENDING}), ReplyState.READY, lambda tx, row: tx.outbox.release([row], LATER)),
} | {
    f"settle as {state}": (
        before(state) & SETTLED_FROM,
        state,
        lambda tx, row, state=state: tx.outbox.settle(Settlement(row, state, "words", LATER), LATER),
    )
    for state in SETTLED
}


@pytest.mark.parametrize("state", list(ReplyState))
@pytest.mark.parametrize("act", list(ACTS))
def test_an_act_moves_a_reply_only_out_of_the_states_it_may(store: Store, act: str, state: ReplyState) -> None:
    """Each act on a reply in each state either makes the one transition of the table or leaves the reply alone."""
    allowed, new, do = ACTS[act]
    with store.begin() as tx:
        row_id = put_reply(tx, state)
    refused = False
    try:
        with store.begin() as tx:
            do(tx, row_id)
    except ValueError:
        refused = True
    with store.read() as tx:
        assert state_of(tx, row_id) == (new if state in allowed else state)
    silent = act in {"promote", "claim", "expire", "cancel", "prove sent", "send again by person"}
    assert refused == (state not in allowed and not silent)
    assert state not in allowed or new in TRANSITIONS[state] or act == "send again by person"


def test_no_transition_leaves_an_end_state_or_repeats_an_uncertain_reply() -> None:
    """An end state stays, and an uncertain reply is never sent again by itself."""
    ends = {state for state, following in TRANSITIONS.items() if not following}
    assert ends == {
        ReplyState.SENT,
        ReplyState.DRAFTED,
        ReplyState.OBSERVED,
        ReplyState.REJECTED,
        ReplyState.FAILED,
        ReplyState.CANCELLED,
    }
    assert set(TRANSITIONS) == set(ReplyState)
    again = {ReplyState.READY, ReplyState.SENDING, ReplyState.CLOSING, ReplyState.DEFERRED, ReplyState.PLANNED}
    assert not TRANSITIONS[ReplyState.UNKNOWN] & again
