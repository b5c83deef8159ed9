"""In which language somebody wrote, from small words and letters; no model, good for one short line.

Being unsure is an answer: a few words without a sign of any other language say nothing, and nobody is held for that.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from triage.screening.lexicon import Lexicon
from triage.screening.spelling import fold

_READ = 1500
_WORD = re.compile(r"[a-z]+")
# Scripts that name a language, or at least show that it is none written in Latin letters.
_SCRIPTS = {
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "DEVANAGARI": "hi",
    "THAI": "th",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "ETHIOPIC": "am",
}
_LETTER_WEIGHT = 2
_SURE_MARGIN, _FOREIGN_MARGIN = 1, 2
# One word that another language shares ("die", "a", "no") must not make a neighbour's mail foreign.
_LIKELY = frozenset({"en", "es"})
_DISTINCT = 2


@dataclass(frozen=True, slots=True)
class Guess:
    """`code` is ISO 639-1 or "" when unsure; `foreign` says that it is certainly none of the Latin-script ones."""

    code: str = ""
    foreign: bool = False


def language_of(text: str, lexicon: Lexicon) -> Guess:
    """The language of a text's first 1,500 characters."""
    sample = text[:_READ]
    script = _script(sample)
    if script is not None:
        return Guess(script, foreign=True)
    counts = Counter(_WORD.findall(fold(sample)))
    lowered = sample.lower()
    scores = {
        marks.code: sum(counts[word] for word in marks.words & counts.keys())
        + _LETTER_WEIGHT * sum(letter in lowered for letter in marks.letters)
        for marks in lexicon.languages
    }
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    if not ranked or ranked[0][1] == 0:
        return Guess()
    (code, best), second = ranked[0], ranked[1][1] if len(ranked) > 1 else 0
    distinct = sum(1 for marks in lexicon.languages if marks.code == code for word in marks.words if counts[word])
    if code not in _LIKELY and (distinct < _DISTINCT or best - second < _FOREIGN_MARGIN):
        return Guess()
    return Guess(code) if best - second >= _SURE_MARGIN and _enough(best, counts.total()) else Guess()


def _enough(score: int, words: int) -> bool:
    """A language shows in one of every eight words at least; less is names and numbers."""
    return score * 8 >= words


def _script(sample: str) -> str | None:
    """The language of a script other than Latin if most letters are of it ("" if unknown), else None."""
    if sample.isascii():
        return None
    letters = [char for char in sample if char.isalpha()][:400]
    others = Counter(
        unicodedata.name(char, "UNKNOWN").split(" ")[0] for char in letters if ord(char) > 0x24F and not _latin(char)
    )
    if others.total() * 2 <= len(letters):
        return None
    if others["HIRAGANA"] + others["KATAKANA"] > 0 and others["CJK"] > 0:
        return "ja"
    return _SCRIPTS.get(others.most_common(1)[0][0], "")


def _latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("LATIN", "FULLWIDTH LATIN", "MATHEMATICAL"))
