"""The life of a reply as one table: which state may follow which. `outbox` changes a state in no other way."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from triage.core.outbox import ReplyState

_S = ReplyState

TRANSITIONS: Mapping[ReplyState, frozenset[ReplyState]] = MappingProxyType(
    {
        _S.PLANNED: frozenset({_S.READY, _S.CANCELLED, _S.FAILED}),
        # sent follows ready and deferred too: evidence may show that an earlier attempt had been accepted after all.
        _S.READY: frozenset({_S.SENDING, _S.FAILED, _S.SENT}),
        # sent and unknown follow sending too: what is known to have happened is always recorded.
        _S.SENDING: frozenset(
            {_S.READY, _S.CLOSING, _S.SENT, _S.DRAFTED, _S.DEFERRED, _S.REJECTED, _S.FAILED, _S.UNKNOWN}
        ),
        _S.CLOSING: frozenset({_S.SENT, _S.DRAFTED, _S.DEFERRED, _S.REJECTED, _S.FAILED, _S.UNKNOWN}),
        _S.DEFERRED: frozenset({_S.SENDING, _S.FAILED, _S.SENT}),
        # Never ready, sending or deferred: an uncertain reply is not sent again by itself. What a person may do is
        # Outbox.send_again_by_person, which uses no row of this table.
        _S.UNKNOWN: frozenset({_S.SENT, _S.DRAFTED, _S.REJECTED, _S.FAILED}),
        _S.SENT: frozenset(),
        _S.DRAFTED: frozenset(),
        _S.OBSERVED: frozenset(),
        _S.REJECTED: frozenset(),
        _S.FAILED: frozenset(),
        _S.CANCELLED: frozenset(),
    }
)

FIRST = frozenset({_S.PLANNED, _S.READY, _S.OBSERVED})
"""The states a reply may begin in."""

SETTLED_FROM = frozenset({_S.SENDING, _S.CLOSING, _S.UNKNOWN})
"""The states in which an attempt, or evidence about one, may end."""

PROVEN_FROM = frozenset({_S.UNKNOWN, _S.READY, _S.DEFERRED})
"""The states in which a message that names the reply proves that it was accepted. While an attempt is under way
(sending, closing) its own outcome counts."""

COUNTED = frozenset({_S.PLANNED, _S.READY, _S.SENDING, _S.CLOSING, _S.DEFERRED, _S.SENT, _S.DRAFTED, _S.UNKNOWN})
"""The states that count against budgets: the reply went out, may have, or still may."""


def before(new: ReplyState) -> frozenset[ReplyState]:
    """The states that `new` may follow."""
    return frozenset(old for old, following in TRANSITIONS.items() if new in following)
