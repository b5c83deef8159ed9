"""Whether the author speaks about, or for, somebody else: kin, another person's case, another first name.

Over-careful by design: a mention costs a look by staff, a miss may tell one person's business to another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triage.matching.nicknames import FORMAL_NAMES
from triage.matching.selfnames import Word, lines_of, shouted, words_of
from triage.matching.vocabulary import (
    ALSO_WORDS,
    GREETINGS,
    KIN,
    NOT_A_PERSON,
    ON_BEHALF,
    ONLY_TOLD_US,
    OTHERS,
    PLACES_BEHIND,
    POSSESSIVES,
    TITLES_BEFORE,
)

_MOST_MENTIONS = 12


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """`spoken_for`: the words are about or for a relative or somebody else; `first_names`: folded names mentioned."""

    spoken_for: bool = False
    first_names: tuple[str, ...] = ()


NOBODY_ELSE = ThirdParty()


def third_party(own: str) -> ThirdParty:
    """Who else the author's own words speak about. Greeting lines and names behind "Dr." are left out."""
    loud = shouted(own)
    spoken_for = False
    names: dict[str, None] = {}
    for line in lines_of(own):
        words = words_of(line)
        spoken_for = spoken_for or any(_kin_at(words, place) for place in range(len(words)))
        if not loud and len(names) < _MOST_MENTIONS:
            names |= dict.fromkeys(_names_in(words))
    return ThirdParty(spoken_for, tuple(names)[:_MOST_MENTIONS])


def _kin_at(words: Sequence[Word], place: int) -> bool:
    """Whether "my ... husband" stands at this word and is more than the one who told the author about the practice."""
    if words[place].folded not in POSSESSIVES:
        return False
    before = words[place - 1].folded if place else ""
    for far in range(place + 1, min(place + 5, len(words))):
        word, behind = words[far], words[far + 1] if far + 1 < len(words) else None
        kin = word.folded.removesuffix("s") in KIN or word.folded in KIN
        if kin:
            return behind is None or not word.goes_on or behind.folded not in ONLY_TOLD_US
        if word.folded.removesuffix("s") in OTHERS or word.folded in OTHERS:
            named = behind is not None and word.goes_on and behind.capital
            return named or before in ON_BEHALF
        if not word.goes_on:
            break
    return False


def _names_in(words: Sequence[Word]) -> list[str]:
    if words and words[0].folded in GREETINGS:
        end = next((place for place, word in enumerate(words) if not word.goes_on), len(words) - 1)
        words = words[end + 1 :]
    found = []
    for place, word in enumerate(words):
        if not word.capital or word.folded not in FORMAL_NAMES or word.folded in ALSO_WORDS:
            continue
        before = words[place - 1].folded if place else ""
        behind = words[place + 1].folded if place + 1 < len(words) and word.goes_on else ""
        if before not in TITLES_BEFORE and behind not in PLACES_BEHIND | NOT_A_PERSON:
            found.append(word.folded)
    return found
