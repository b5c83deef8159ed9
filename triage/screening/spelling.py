"""From a stranger's text to plain words: case, accents, spacing tricks, leet, doubled letters and common misspellings.

The words are only for finding phrases: never show them to anybody as what the person wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from triage.screening.patterns import BEGIN, END, QUESTION

Sentence = list[str]

_DROPPED = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u00b4`"))
_PLAIN = _DROPPED | {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201b\u02bc\uff07"), "'"),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
    **dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u2028\u2029"), "\n"),
    # Cyrillic and Greek letters that pass for Latin ones; whole texts in those scripts match nothing anyway
    **str.maketrans("аеорсухіјѕԁӏкмнтв", "aeopcyxijsdlkmhtb"),
    **str.maketrans("αεοικνρτυχ", "aeoikvptux"),
}
_LETTERS_APART = re.compile(r"(?<![a-z0-9'])[a-z0-9](?:[ .\-_*]{1,3}[a-z0-9](?![a-z0-9'])){2,}")
_PIECES = re.compile(r"[a-z0-9$@](?:[a-z0-9'$@]|[!*#_](?=[a-z0-9!*#_]))*|[.!?;\u2026\u00bf]|\n[ \t>|]*\n")
_LEET = str.maketrans("013457@$!", "oieastasi")
_LEET_L = str.maketrans("013457@$!", "oleastasl")
_RUN = re.compile(r"(.)\1+")
_NEAR_FROM, _FAR_FROM, _LONGEST = 5, 7, 20


def fold(text: str) -> str:
    """Lower case without accents, invisible characters or typographic variants (Unicode NFKD)."""
    lowered = text.casefold()
    if lowered.isascii():
        return lowered
    apart = unicodedata.normalize("NFKD", lowered).casefold().translate(_PLAIN)
    return "".join(char for char in apart if char.isascii() or not unicodedata.combining(char))


class Speller:
    """Turns folded text into sentences of words, mending the words that matter; immutable once built.

    `known` are words to leave alone, `means` maps what people type to the words they mean ("cant" -> "can not"),
    `near` and `far` are dangerous words to recognise through one, or two, wrong letters.
    """

    def __init__(
        self, known: Iterable[str], means: Mapping[str, str], near: Iterable[str] = (), far: Iterable[str] = ()
    ) -> None:
        near, far = set(near) | set(far), set(far)
        self._known: dict[str, tuple[str, ...]] = {word: (word,) for word in {*known, *near}}
        self._known |= {typed: tuple(meant.split()) for typed, meant in means.items()}
        words = {word for meant in self._known.values() for word in meant}
        self._known |= {word: (word,) for word in words if word not in self._known}
        self._unrepeated = {_RUN.sub(r"\1", word): word for word in sorted(near, reverse=True)}
        self._core = frozenset(near)
        self._near = {gone: word for word in sorted(near) for gone in (word, *_one_less(word))}
        self._far = {gone: word for word in sorted(far) for gone in _two_less(word)}
        self._halves = {
            (word[:cut], word[cut:]): word for word in near if len(word) > 5 for cut in range(2, len(word) - 1)
        }
        self._starts = frozenset(word[0] for word in near)
        self._length = max(map(len, words), default=0)

    def sentences(self, folded: str) -> Iterator[Sentence]:
        """Each sentence's words between `^` and `$`; a question ends with `?` `$`."""
        words: Sentence = [BEGIN]
        known = self._known
        for piece in _PIECES.findall(_LETTERS_APART.sub(self._together, folded)):
            meant = known.get(piece)
            if meant is not None:
                words += meant
            elif piece[0] not in ".!?;…¿\n":
                words += self._slowly(piece)
            else:
                if len(words) > 1:
                    yield self._closed(words, question=piece == "?")
                words = [BEGIN]
        if len(words) > 1:
            yield self._closed(words, question=False)

    def words(self, written: str) -> tuple[str, ...]:
        """The words one written word stands for, without mending: how phrases are read."""
        pieces = (piece for piece in _PIECES.findall(fold(written)) if piece[0] not in ".!?;…¿\n")
        return tuple(word for piece in pieces for word in self._known.get(piece) or self._apart(piece))

    def _closed(self, words: Sentence, *, question: bool) -> Sentence:
        if not self._halves.keys().isdisjoint(pairwise(words)):
            words = self._joined(words)
        return [*words, QUESTION, END] if question else [*words, END]

    def _slowly(self, piece: str) -> Sequence[str]:
        if piece.isascii() and piece.isalpha():
            return (self._mended(piece),)
        if any(char in "'!_#*" for char in piece) and not self._disguised(piece):
            return self._apart(piece)
        plain = self._disguised(piece)
        return self._known.get(plain, (plain,)) if plain else (piece,)

    def _apart(self, piece: str) -> tuple[str, ...]:
        known = self._known
        if piece.endswith("'s") and piece[:-2] in known:
            return known[piece[:-2]]
        bare = piece.replace("'", "")
        if bare in known and "'" in piece:
            return known[bare]
        parts = (part for part in re.split(r"['!_#*]", piece) if len(part) > 1 or part in ("i", "a", "y", "o", "e"))
        return tuple(word for part in parts for word in known.get(part) or (self._mended(part),))

    def _disguised(self, piece: str) -> str:
        """The dangerous word behind digits, symbols or stars, or ""."""
        if len(piece) > _LONGEST or not any(char.isalpha() for char in piece):
            return ""
        for table in (_LEET, _LEET_L):
            plain = self._mended(piece.translate(table))
            if plain in self._core or plain in self._known:
                return plain
        if any(char in "*#_" for char in piece):
            hidden = re.compile("".join("." if char in "*#_" else re.escape(char) for char in piece))
            return min((word for word in self._core if hidden.fullmatch(word)), default="")
        return ""

    def _mended(self, word: str) -> str:
        if word in self._known or word[0] not in self._starts or len(word) > _LONGEST:
            return word
        single = _RUN.sub(r"\1", word)
        if single in self._unrepeated and len(single) > 2:
            return self._unrepeated[single]
        if single in self._known and single != word:
            return single
        if len(word) < _NEAR_FROM - 1:
            return word
        shorter = (word, *_one_less(word))
        for gone in shorter:
            meant = self._near.get(gone)
            if meant and meant[0] == word[0] and len(meant) >= _NEAR_FROM and _distance(word, meant) <= 1:
                return meant
        if len(word) >= _FAR_FROM - 1:
            for gone in shorter:
                meant = self._far.get(gone)
                if meant and meant[0] == word[0] and _distance(word, meant) <= 2:
                    return meant
        return word

    def _joined(self, words: Sentence) -> Sentence:
        """Words cut in two by a space put together again: "sui cide", "un alive", "my self"."""
        joined, at = [], 0
        while at < len(words):
            whole = self._halves.get((words[at], words[at + 1])) if at + 1 < len(words) else None
            joined.append(whole or words[at])
            at += 2 if whole else 1
        return joined

    def _together(self, match: re.Match[str]) -> str:
        """Letters written apart ("k i l l  m y s e l f") as the known words they make, or as they were."""
        letters = [char for char in match[0] if char.isalnum()]
        if len(letters) > 60:
            return match[0]
        text = "".join(letters)
        best: list[tuple[str, ...] | None] = [()] + [None] * len(text)
        for end in range(1, len(text) + 1):
            for start in range(max(0, end - self._length), end):
                before, word = best[start], text[start:end]
                if before is None or not (word in self._known and (len(word) > 1 or word in "iayoe")):
                    continue
                here = best[end]
                if here is None or len(before) + 1 < len(here):
                    best[end] = (*before, word)
        whole = best[-1]
        return match[0] if whole is None or all(len(word) < 3 for word in whole) else f" {' '.join(whole)} "


def _one_less(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


def _two_less(word: str) -> set[str]:
    ones = _one_less(word)
    return {word, *ones, *(gone for one in ones for gone in _one_less(one))}


def _distance(one: str, other: str) -> int:
    """Optimal string alignment distance: insertions, deletions, substitutions, neighbours swapped."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
