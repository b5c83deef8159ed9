"""The small language in which people write phrases, and the matcher that finds thousands of them in one pass.

A phrase is a line of words. Beyond plain words it knows:

- `kill`: this word
- `(kill / hurt / do away with)`, with upright bars for the slashes: one of these words, or groups of words
- `{self}`: one word of a named set
- `word?`, `(a / b)?`: may be missing
- `*`, `*5`: a gap of up to three, or up to five, words
- `^`, `$`: the sentence begins, or ends; a `?` on its own: a question mark

Nothing backtracks: all phrases run at once as bits of one number (extended Shift-And; Navarro and Raffinot, Flexible
Pattern Matching in Strings, section 4.4), so the time is proportional to the number of words, whatever the text says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

BEGIN, END, QUESTION, NOTHING = "^", "$", "?", ""
_GAP, _GAP_CAP, _LENGTH_CAP, _CHOICES_CAP, _DEPTH_CAP = 3, 12, 48, 150, 4
_PIECE = re.compile(r"\)\??|[(|]|\{[a-z_]+\}\??|\*[0-9]{0,2}|[^\s(){}*|]+")
Spell = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Element:
    """One step of a phrase: any of `words` (None: any word at all), which may be missing if `optional`."""

    words: frozenset[str] | None
    optional: bool = False


Phrase = tuple[Element, ...]


def parse_phrase(written: str, sets: Mapping[str, Sequence[str]], spell: Spell) -> list[Phrase]:
    """The phrases one written line stands for: one, or several where a choice holds groups of words.

    `spell` turns a written word into the words a text will have ("can't" -> "can", "not").

    Raises:
        ValueError: the line cannot be read; the message is a sentence.
    """
    pieces = _PIECE.findall(written)
    if "".join(pieces) != "".join(written.split()):
        raise ValueError("It holds characters that mean nothing here.")
    phrases = _Reader(pieces, sets, spell).whole()
    for phrase in phrases:
        if not phrase or phrase[0].words is None or phrase[-1].words is None:
            raise ValueError("It must begin and end with a word, not with a gap.")
        if len(phrase) > _LENGTH_CAP:
            raise ValueError(f"It is longer than {_LENGTH_CAP} steps.")
    return phrases


class _Reader:
    """Reads the pieces of one line, choices within choices included."""

    def __init__(self, pieces: Sequence[str], sets: Mapping[str, Sequence[str]], spell: Spell) -> None:
        self._pieces, self._sets, self._spell, self._at = pieces, sets, spell, 0

    def whole(self) -> list[Phrase]:
        phrases = self._sequence(0)
        if self._at < len(self._pieces):
            raise ValueError("It closes a bracket that it never opened.")
        return list(dict.fromkeys(loose for phrase in phrases for loose in _ends_kept(phrase)))

    def _sequence(self, depth: int) -> list[Phrase]:
        phrases: list[Phrase] = [()]
        while self._at < len(self._pieces) and self._pieces[self._at] not in ("|", ")", ")?"):
            choices = self._step(self._pieces[self._at], depth)
            if len(phrases) * len(choices) > _CHOICES_CAP:
                raise ValueError(f"It stands for more than {_CHOICES_CAP} phrases; write it as several lines.")
            phrases = [(*phrase, *choice) for phrase in phrases for choice in choices]
        return phrases

    def _step(self, piece: str, depth: int) -> list[Phrase]:
        self._at += 1
        if piece == "(":
            return self._group(depth + 1)
        if piece in (BEGIN, END, QUESTION):
            return [(Element(frozenset({piece})),)]
        maybe = piece.endswith("?")
        piece = piece.removesuffix("?")
        if piece[0] == "*":
            size = int(piece[1:] or _GAP)
            if not 1 <= size <= _GAP_CAP:
                raise ValueError(f"A gap holds 1 to {_GAP_CAP} words.")
            return [(Element(None, optional=True),) * size]
        if piece[0] == "{":
            if piece[1:-1] not in self._sets:
                raise ValueError(f"There is no set named {piece[1:-1]!r}.")
            return _merged([self._spelled(word) for word in self._sets[piece[1:-1]]], maybe)
        return _merged([self._spelled(piece)], maybe)

    def _group(self, depth: int) -> list[Phrase]:
        if depth > _DEPTH_CAP:
            raise ValueError(f"Its brackets are nested deeper than {_DEPTH_CAP}.")
        choices = self._sequence(depth)
        while self._at < len(self._pieces) and self._pieces[self._at] == "|":
            self._at += 1
            choices += self._sequence(depth)
        if self._at == len(self._pieces):
            raise ValueError("It opens a bracket that it never closes.")
        self._at += 1
        return _merged(choices, self._pieces[self._at - 1] == ")?")

    def _spelled(self, word: str) -> Phrase:
        words = self._spell(word)
        if not words:
            raise ValueError(f"{word!r} is not a word.")
        return tuple(Element(frozenset({one})) for one in words)


def _merged(choices: list[Phrase], maybe: bool) -> list[Phrase]:
    """One step for all choices of a single word, and each longer choice of its own; with nothing if `maybe`."""
    if not all(choices):
        raise ValueError("One of its choices is empty.")
    single = [choice[0].words for choice in choices if len(choice) == 1 and choice[0].words]
    longer = [choice for choice in choices if len(choice) > 1 or not choice[0].words]
    if single:
        return [(Element(frozenset().union(*single), maybe),), *longer]
    return [*longer, *([()] if maybe else [])]


def _ends_kept(phrase: Phrase) -> list[Phrase]:
    """The phrase with what may be missing at its ends present, and absent."""
    for end, rest in ((0, phrase[1:]), (-1, phrase[:-1])):
        if phrase and phrase[end].optional and phrase[end].words:
            sure = (Element(phrase[end].words),)
            return [*_ends_kept((*sure, *rest) if end == 0 else (*rest, *sure)), *_ends_kept(rest)]
    return [phrase]


_FEW, _RAREST = 12, 4


class Matcher:
    """Finds all of many phrases in a sentence's words; immutable once built.

    A sentence is first asked which phrases have their rarest words in it, in any order: mostly none, sometimes a few,
    which are then looked for one by one. A text made to awaken many is read by all of them at once, so that no text
    costs more than a few operations for each word.
    """

    def __init__(self, phrases: Sequence[Phrase], common: Mapping[str, int] | None = None) -> None:
        """`common` says how frequent words are: a phrase is sought by its rarest words."""
        self._phrases = tuple(phrases)
        self._singles = tuple(_Bits([phrase]) for phrase in self._phrases)
        self._all = _Bits(self._phrases)
        self._shows: dict[str, int] = {}
        self._needed = self._tops = self._lows = 0
        self._at_top: dict[int, int] = {}
        base = 0
        for index, phrase in enumerate(self._phrases):
            rare = _rarest(phrase, common or {})
            top = 1 << (base + len(rare) - 1)
            self._at_top[top] = index
            self._tops |= top
            self._lows |= top - (1 << base)
            self._needed |= 2 * top - (1 << base)
            for at, words in enumerate(rare):
                for word in words:
                    self._shows[word] = self._shows.get(word, 0) | 1 << (base + at)
            base += len(rare)

    def find(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """(index of the phrase, index of its last word) of every occurrence, by where it ends."""
        tops = self._possible(words)
        if tops.bit_count() > _FEW:
            return self._all.find(words)
        found: list[tuple[int, int]] = []
        while tops:
            lowest = tops & -tops
            index = self._at_top[lowest]
            found += [(index, end) for _, end in self._singles[index].find(words)]
            tops ^= lowest
        return sorted(found, key=lambda hit: (hit[1], hit[0])) if len(found) > 1 else found

    def _possible(self, words: Sequence[str]) -> int:
        """The top bits of the phrases whose rarest words are all there; each phrase has one bit for each of them."""
        seen, shows = 0, self._shows
        for word in shows.keys() & words:
            seen |= shows[word]
        if not seen:
            return 0
        missing = self._needed & ~seen
        # Within a phrase's bits, adding all lower ones carries into the top bit exactly if one is missing.
        lacking = ((missing & self._lows) + self._lows) | missing
        return self._tops & ~lacking

    def without(self, words: list[str]) -> list[str]:
        """`words` with each occurrence's own words emptied (words inside gaps stay); the places stay the same."""
        found = self.find(words)
        if not found:
            return words
        emptied = list(words)
        for index, end in found:
            for at in _places(self._phrases[index], words, end):
                if words[at] not in (BEGIN, END, QUESTION):
                    emptied[at] = NOTHING
        return emptied


class _Bits:
    """Phrases side by side in one number, read word by word."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self.accepts: dict[str, int] = {}
        self._owner: dict[int, int] = {}
        self._any = self._first = self._final = self._optional = self._before = self._last = 0
        base = 0
        for index, phrase in enumerate(phrases):
            self._add(phrase, base, index)
            base += len(phrase)
        self.accepts = {word: bits | self._any for word, bits in self.accepts.items()}

    def _add(self, phrase: Phrase, base: int, index: int) -> None:
        self._first |= 1 << base
        self._final |= 1 << (base + len(phrase) - 1)
        self._owner[base + len(phrase)] = index
        for offset, element in enumerate(phrase):
            bit = 1 << (base + offset)
            if element.words is None:
                self._any |= bit
            else:
                for word in element.words:
                    self.accepts[word] = self.accepts.get(word, 0) | bit
            if element.optional:
                self._optional |= bit
                if not phrase[offset - 1].optional:
                    self._before |= bit >> 1
                if not phrase[offset + 1].optional:
                    self._last |= bit

    def find(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Extended Shift-And: after each word, the set bits are the steps at which some phrase may have arrived."""
        accepts, otherwise, first, final = self.accepts, self._any, self._first, self._final
        optional, before, last = self._optional, self._before, self._last
        state, found = 0, []
        for at, word in enumerate(words):
            state = (state << 1 | first) & accepts.get(word, otherwise)
            if not state:
                continue
            filled = state | last
            state |= optional & (~(filled - before) ^ filled)
            hits = state & final
            while hits:
                lowest = hits & -hits
                found.append((self._owner[lowest.bit_length()], at))
                hits ^= lowest
        return found


def _rarest(phrase: Phrase, common: Mapping[str, int]) -> list[frozenset[str]]:
    """The words of up to four steps that the phrase cannot do without, the rarest first."""
    needed = [element.words for element in phrase if element.words and not element.optional]
    marks = {BEGIN, END, QUESTION}
    ranked = sorted(needed, key=lambda words: (bool(words & marks), sum(common.get(word, 0) for word in words)))
    return [words for words in ranked if not words & marks][:_RAREST] or ranked[:1]


def _places(phrase: Phrase, words: Sequence[str], end: int) -> list[int]:
    """Where the phrase's own words stand, for an occurrence that ends at `end`; the shortest reading."""
    beginnings: dict[int, tuple[int, ...]] = {end + 1: ()}  # next word's index -> places taken so far
    for element in reversed(phrase):
        earlier: dict[int, tuple[int, ...]] = dict(beginnings) if element.optional else {}
        for after, taken in beginnings.items():
            at = after - 1
            if at >= 0 and (element.words is None or words[at] in element.words):
                earlier.setdefault(at, taken if element.words is None else (at, *taken))
        beginnings = earlier
    return list(beginnings[max(beginnings)])
