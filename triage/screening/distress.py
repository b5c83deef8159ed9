"""People in danger: which sentences speak of suicide, self-harm, harm to others or a medical emergency.

Over-alerts by design and fails towards people. Negation never clears a finding; only figures of speech, and for marked
entries the frame of a sentence ("in 2015", "are suicidal people eligible?"), lower it. It must never see less because
somebody spelt badly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from triage.core.signal import Signal, SignalKind
from triage.screening.lexicon import Entry, Frame, Lexicon, Tier

_KINDS = {
    Tier.URGENT: SignalKind.DISTRESS_URGENT,
    Tier.EMERGENCY: SignalKind.EMERGENCY,
    Tier.REVIEW: SignalKind.DISTRESS_REVIEW,
}
_PER_KIND = 5


def danger_in(sentences: Iterable[Sequence[str]], lexicon: Lexicon, *, foreign: bool = False) -> tuple[Signal, ...]:
    """The signals of danger, the most urgent kind first, at most five reasons of each kind.

    `foreign`: the mail is in a language that the lexicon does not know, so entries marked for it are left out.
    """
    found: dict[SignalKind, dict[str, None]] = {kind: {} for kind in _KINDS.values()}
    for words in sentences:
        for kind, name in _in_sentence(list(words), lexicon, foreign=foreign):
            found[kind][name] = None
    return tuple(Signal(kind, name) for kind, names in found.items() for name in list(names)[:_PER_KIND])


def _in_sentence(words: list[str], lexicon: Lexicon, *, foreign: bool) -> list[tuple[SignalKind, str]]:
    if not lexicon.danger.matcher.find(words):
        return []  # taking idioms out never adds a finding
    words = lexicon.idioms.without(words)
    entries = [one for one in lexicon.danger.entries(words) if not (foreign and Frame.FOREIGN in one.unless)]
    if not entries:
        return []
    frames = lexicon.frames_in(words) if any(entry.unless for entry in entries) else frozenset()
    return [(kind, entry.name) for entry in entries for kind in _kind_of(entry, frames)]


def _kind_of(entry: Entry, frames: frozenset[Frame]) -> tuple[SignalKind, ...]:
    if not entry.unless & frames or Frame.PRESENT in frames:
        return (_KINDS[entry.tier],)
    return (SignalKind.DISTRESS_REVIEW,) if entry.tier is Tier.URGENT else ()
