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
    """`spoken_for`: the words are about or for a relative or somebody else; `first_names`: folded names mentioned.

    `named`: who is spoken about by name, as folded tokens ("my wife Ann Lee" is ("ann", "lee")).
    """

    spoken_for: bool = False
    first_names: tuple[str, ...] = ()
    named: tuple[tuple[str, ...], ...] = ()


NOBODY_ELSE = ThirdParty()


def third_party(own: str) -> ThirdParty:
    """Who else the author's own words speak about. Greeting lines and names behind "Dr." are left out."""
    loud = shouted(own)
    spoken_for = False
    names: dict[str, None] = {}
    named: dict[tuple[str, ...], None] = {}
    for line in lines_of(own):
        words = words_of(line)
        for place in range(len(words)):
            kin = _kin_at(words, place)
            if kin:
                spoken_for = True
                called = _called(words, kin, loud)
                named |= {called: None} if called else {}
        if not loud and len(names) < _MOST_MENTIONS:
            names |= dict.fromkeys(_names_in(words))
    return ThirdParty(spoken_for, tuple(names)[:_MOST_MENTIONS], tuple(named)[:4])


def _kin_at(words: Sequence[Word], place: int) -> int:
    """Where the kin of "my ... husband" stands, if "my" stands here; 0 when there is none.

    Somebody who only told the author about the practice does not count.
    """
    if words[place].folded not in POSSESSIVES:
        return 0
    acts_for = any(word.folded in ON_BEHALF for word in words[max(0, place - 2) : place])
    for far in range(place + 1, min(place + 5, len(words))):
        word, behind = words[far], words[far + 1] if far + 1 < len(words) else None
        if word.folded.removesuffix("s") in KIN or word.folded in KIN:
            told_us = behind is not None and word.goes_on and behind.folded in ONLY_TOLD_US
            return 0 if told_us else far
        if word.folded.removesuffix("s") in OTHERS or word.folded in OTHERS:
            named = behind is not None and word.goes_on and behind.capital
            return far if named or acts_for else 0
        if not word.goes_on:
            break
    return 0


def _called(words: Sequence[Word], kin: int, loud: bool) -> tuple[str, ...]:
    """The name right behind the kin word, at most three words of it."""
    if loud or words[kin].behind.strip() not in {"", ",", ":", "("}:
        return ()
    taken: list[str] = []
    for word in words[kin + 1 : kin + 4]:
        if not word.capital or len(word.folded) < 2:
            break
        taken.append(word.folded)
        if not word.goes_on:
            break
    return tuple(taken)


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
