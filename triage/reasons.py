"""From a stored reason back to the sentence a person reads."""

from __future__ import annotations

from triage.core.decision import HoldReason, IgnoreReason
from triage.core.email import UnreadableReason


def sentence_of(reason: str) -> str:
    """The sentence of a stored Hold, Ignore or Unreadable reason; the value itself if it is from a newer version."""
    if reason in set(HoldReason):
        return HoldReason(reason).sentence
    if reason in set(IgnoreReason):
        return IgnoreReason(reason).sentence
    by_name = {item.name.lower(): item.value for item in UnreadableReason}
    return by_name.get(reason, reason)
