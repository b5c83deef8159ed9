"""What names the author gives for themselves: "This is X", "X here", a signed line.

Reads the author's own words only; who is quoted never introduces anybody. It must never take a job title, a company or
a greeting for a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from triage.matching.names import Name, fold, parse_name
from triage.matching.nicknames import KNOWN_FIRST_NAMES
from triage.matching.vocabulary import (
    CLOSINGS,
    ENDS_A_NAME,
    GREETINGS,
    KIN,
    NAME_LABELS,
    NOT_A_PERSON,
    NOT_BEFORE_HERE,
    NOT_IN_A_SIGNED_NAME,
    PARTICLES,
    STRONG_CUES,
    TITLES,
    WEAK_CUES,
)

_WORD = re.compile(r"[^\W\d_]+(?:['’´-][^\W\d_]+)*")
_LONGEST_LINE = 1_000
_MOST_LINES = 200
_SIGNED_WITHIN = 8
_LONGEST_SIGNED = 48
_MOST_NAMES = 4
_ALL_CUES = tuple((cue, sure) for cues, sure in ((STRONG_CUES, True), (WEAK_CUES, False)) for cue in cues)
_CUES = {first: tuple(pair for pair in _ALL_CUES if pair[0][0] == first) for first in {cue[0] for cue, _ in _ALL_CUES}}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line: as written, folded, where it stands, and what stands between it and the next word."""

    written: str
    folded: str
    start: int
    behind: str

    @property
    def capital(self) -> bool:
        """Whether it starts with a capital letter."""
        return self.written[:1].isupper()

    @property
    def goes_on(self) -> bool:
        """Whether a name may go on with the next word (an initial's full stop does not end it)."""
        gap = self.behind.strip()
        return not gap or (gap == "." and len(self.written) <= 2)


def lines_of(text: str) -> list[str]:
    """The lines with something in them, each stripped; at most 200 (first and last hundred), 1,000 characters each."""
    lines = [line.strip()[:_LONGEST_LINE] for line in text.splitlines() if line.strip()]
    return lines if len(lines) <= _MOST_LINES else lines[: _MOST_LINES // 2] + lines[-_MOST_LINES // 2 :]


@lru_cache(maxsize=256)
def words_of(line: str) -> tuple[Word, ...]:
    """The words of one line; "I'm" folds to "im". Remembered, since several questions are asked of the same lines."""
    hits = list(_WORD.finditer(line))
    ends = [*(hit.start() for hit in hits[1:]), len(line)][: len(hits)]
    return tuple(
        Word(hit.group(), fold(hit.group()).replace("'", "").replace("’", ""), hit.start(), line[hit.end() : end])
        for hit, end in zip(hits, ends, strict=True)
    )


def shouted(text: str) -> bool:
    """Whether capitals say nothing in this text: nearly all letters are capitals, or none is."""
    letters = [*filter(str.isalpha, text[:2_000])]
    capitals = sum(map(str.isupper, letters))
    return capitals * 10 > len(letters) * 7 or capitals == 0


def introduced(text: str, hints: frozenset[str]) -> tuple[Name, ...]:
    """Names in "my name is X", "this is X", "X here", "Name: X", in order, at most four.

    `hints` are folded words of the sender's display name and address: they tell that a word is a name.
    """
    loud = shouted(text)
    found: list[Name] = []
    for line in lines_of(text):
        words = words_of(line)
        for place in range(len(words)):
            name = _introduced_at(words, place, hints, loud) or _here_at(words, place, hints, loud)
            if name and name not in found:
                found.append(name)
        if len(found) >= _MOST_NAMES:
            break
    return tuple(found[:_MOST_NAMES])


def _introduced_at(words: Sequence[Word], place: int, hints: frozenset[str], loud: bool) -> Name | None:
    if place == 0 and words[0].folded in NAME_LABELS and words[0].behind.strip() == ":":
        return _name_from(words[1:], hints, loud, sure=True)
    for cue, sure in _CUES.get(words[place].folded, ()):
        behind = place + len(cue)
        if tuple(word.folded for word in words[place:behind]) == cue:
            return _name_from(words[behind:], hints, loud, sure=sure)
    return None


def _name_from(words: Sequence[Word], hints: frozenset[str], loud: bool, *, sure: bool) -> Name | None:
    taken: list[Word] = []
    for word in words[:6]:
        ends = word.folded in ENDS_A_NAME and word.folded not in PARTICLES
        lower = not word.capital and not loud and not (sure and len(taken) < 2)
        if ends or (lower and word.folded not in PARTICLES):
            break
        if word.folded not in TITLES or taken:
            taken.append(word)
        if not word.goes_on and word.folded not in TITLES:
            break
    while taken and taken[-1].folded in PARTICLES:
        taken.pop()
    if not taken or not NOT_A_PERSON.isdisjoint(word.folded for word in taken):
        return None
    known = taken[0].folded in KNOWN_FIRST_NAMES or any(word.folded in hints for word in taken)
    two_capitals = not loud and len(taken) >= 2 and taken[0].capital and taken[1].capital
    if not (sure or known or two_capitals) or taken[0].folded in KIN:
        return None
    return parse_name(" ".join(word.written for word in taken[:4]))


def _here_at(words: Sequence[Word], place: int, hints: frozenset[str], loud: bool) -> Name | None:
    starts = place == 0 or words[place - 1].behind.strip()[-1:] in {".", "!", "?", ",", ":", "-"}
    if not starts:
        return None
    for length in (1, 2, 3):
        behind = place + length
        if behind >= len(words) or not words[behind - 1].goes_on or words[behind - 1].folded in NOT_BEFORE_HERE:
            return None
        if words[behind].folded in {"here", "aqui"} and not words[behind].behind[:2].strip().isalpha():
            taken = words[place:behind]
            known = taken[0].folded in KNOWN_FIRST_NAMES or any(word.folded in hints for word in taken)
            capital = not loud and all(word.capital for word in taken) and not words[behind].goes_on
            return parse_name(" ".join(word.written for word in taken)) if known or capital else None
    return None


def signed(own: str, signature: str, hints: frozenset[str]) -> Name | None:
    """The name under the author's words: behind a closing ("Thanks,"), or a line of its own near the end.

    A line that no closing introduces must hold a known first name or a word of `hints`, since job titles and companies
    stand there too.
    """
    own_lines, block = lines_of(own), lines_of(signature)
    lines = own_lines[-_SIGNED_WITHIN:] + block[:_SIGNED_WITHIN]
    for place, line in enumerate(lines):
        rest = _behind_closing(line)
        if rest is None:
            continue
        following = lines[place + 1] if place + 1 < len(lines) else ""
        name = _signed_name(rest, hints, introduced=True) or _signed_name(following, hints, introduced=True)
        if name:
            return name
    first_possible = 0 if len(own_lines) > _SIGNED_WITHIN or not own_lines else 1
    for line in lines[first_possible:]:
        name = _signed_name(line, hints, introduced=False)
        if name:
            return name
    return _last_paragraph_name(own)


def _last_paragraph_name(own: str) -> Name | None:
    """A name that heads a short last paragraph of its own, whatever the name: capitals in every word."""
    words_above, gap, last = own.rstrip().replace("\r", "").rpartition("\n\n")
    lines = lines_of(last)
    if not gap or not words_above.strip() or len(lines) > _SIGNED_WITHIN // 2 or shouted(words_above):
        return None
    words = words_of(lines[0])
    named = 1 <= len(words) <= 3 and all(word.capital for word in words) and not lines[0].endswith((".", "!"))
    return _signed_name(lines[0], frozenset(), introduced=True) if named else None


def _behind_closing(line: str) -> str | None:
    """What follows a closing on its own line ("" mostly), None when the line is no closing."""
    words = words_of(line)
    count = 0
    while count < len(words) and words[count].folded in CLOSINGS:
        count += 1
    if count == 0 or words[0].folded in {"for", "the", "all", "le", "les", "so", "very", "de", "and", "in", "time"}:
        return None
    if count == len(words):
        return ""
    between = words[count - 1].behind.strip()
    return line[words[count].start :] if between or len(words) - count <= 3 else None


def _signed_name(line: str, hints: frozenset[str], *, introduced: bool) -> Name | None:
    for mark in ("|", "•", "·", " - ", " – ", " — ", "/"):
        line = line.partition(mark)[0] if line.partition(mark)[0].strip() else line
    line = line.strip(" -–—~*_,.:;")
    words = words_of(line)
    if not words or len(words) > 5 or len(line) > _LONGEST_SIGNED or any(letter in "?!:" for letter in line):
        return None
    folded = {word.folded for word in words}
    if folded & (NOT_IN_A_SIGNED_NAME | NOT_A_PERSON | GREETINGS) or folded <= CLOSINGS:
        return None
    known = words[0].folded in KNOWN_FIRST_NAMES or not hints.isdisjoint(folded)
    capital = all(word.capital or word.folded in PARTICLES for word in words)
    if not (known or (introduced and (capital or len(words) <= 2))) or (not capital and len(words) > 3):
        return None
    return parse_name(line)
