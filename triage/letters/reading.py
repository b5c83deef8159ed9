"""How hard a text is to read: a school grade in English, a score of ease in Spanish. A hint for authors, no more.

The only module that imports pyphen, which ships no types; its dictionaries come with it, nothing is downloaded.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pyphen

from triage.letters.problem import LetterProblem, warning

HIGHEST_GRADE = 8.0
"""Flesch-Kincaid: years of school a reader needs."""
LOWEST_EASE = 60.0
"""Fernandez-Huerta: 60 to 70 is what readers of the eighth grade manage."""
_FEWEST_WORDS = 30
_DICTIONARIES = {"en": "en_US", "es": "es"}
_WORD = re.compile(r"[^\W\d_]{1,60}(?:['\u2019-][^\W\d_]{1,60}){0,4}")
_SENTENCE_END = re.compile(r"[.!?:]+(?=\s|$)|\n{2,}")


def check_reading(words: str, language: str) -> tuple[LetterProblem, ...]:
    """A warning if `words` are harder than grade 8; nothing for short texts and for languages without a measure."""
    if len(_WORD.findall(words)) < _FEWEST_WORDS:
        return ()
    if language == "en" and (grade := flesch_kincaid_grade(words)) > HIGHEST_GRADE:
        return (warning(0, f"The text reads at school grade {grade:.1f}; it should be 8 or lower.", _ADVICE),)
    if language == "es" and (ease := fernandez_huerta_ease(words)) < LOWEST_EASE:
        return (warning(0, f"The text has a reading ease of {ease:.0f}; it should be 60 or higher.", _ADVICE),)
    return ()


_ADVICE = "Make the sentences shorter and use shorter, everyday words."


def flesch_kincaid_grade(text: str) -> float:
    """The Flesch-Kincaid grade level (Kincaid et al. 1975) of an English text with at least one word."""
    words, sentences, syllables = _counts(text, "en")
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59


def fernandez_huerta_ease(text: str) -> float:
    """The Fernandez-Huerta ease (1959, as corrected by Fernandez 2017) of a Spanish text with at least one word."""
    words, sentences, syllables = _counts(text, "es")
    return 206.84 - 60 * syllables / words - 1.02 * words / sentences


def _counts(text: str, language: str) -> tuple[int, int, int]:
    words = _WORD.findall(text)
    sentences = sum(1 for piece in _SENTENCE_END.split(text) if _WORD.search(piece))
    return len(words), max(sentences, 1), sum(_syllables(word.lower(), language) for word in words)


@lru_cache(maxsize=4096)
def _syllables(word: str, language: str) -> int:
    return len(_dictionary(language).positions(word)) + 1


@lru_cache(maxsize=len(_DICTIONARIES))
def _dictionary(language: str) -> pyphen.Pyphen:
    return pyphen.Pyphen(lang=_DICTIONARIES[language], left=1 if language == "es" else 2, right=2)
