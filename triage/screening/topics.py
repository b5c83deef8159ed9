"""What a person's own words are about: the topics a letter must not answer, and the plain inquiry it may.

Reads own words only, never quoted ones. A topic is a reason to hold; none of them ever lowers a sign of danger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from triage.core.signal import Signal, SignalKind
from triage.screening.lexicon import Lexicon, Tier

INQUIRY = "inquiry"

# The first that is found names the topic; all of them become signals.
_KINDS = {
    Tier.STOP_REQUEST: SignalKind.STOP_REQUEST,
    Tier.MINOR: SignalKind.MINOR,
    Tier.LEGAL: SignalKind.LEGAL,
    Tier.CLINICAL: SignalKind.CLINICAL,
    Tier.EXISTING_PATIENT: SignalKind.EXISTING_PATIENT,
    Tier.BILLING: SignalKind.BILLING,
    Tier.VENDOR: SignalKind.VENDOR,
    Tier.OFFER: SignalKind.VENDOR,
}
# A person who asks about treatment and mentions insurance, or an offer they saw, still gets the letter.
_ONLY_ALONE = frozenset({Tier.BILLING, Tier.OFFER})


def topics_in(sentences: Iterable[Sequence[str]], lexicon: Lexicon) -> tuple[tuple[Signal, ...], str]:
    """(signals, topic): the topic is "inquiry" or the stored value of the most important signal's kind."""
    found = {entry.tier: entry.name for words in sentences for entry in lexicon.topics.entries(words)}
    inquiring = Tier.INQUIRY in found
    signals = tuple(
        Signal(kind, found[tier])
        for tier, kind in _KINDS.items()
        if tier in found and not (inquiring and tier in _ONLY_ALONE)
    )
    return signals, signals[0].kind.value if signals else INQUIRY
