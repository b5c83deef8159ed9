"""The measures of reading ease, against figures worked out by hand."""

from __future__ import annotations

import pytest

from triage.letters.reading import check_reading, fernandez_huerta_ease, flesch_kincaid_grade


def test_the_english_grade() -> None:
    """Six words of one syllable in one sentence: 0.39 * 6 + 11.8 - 15.59."""
    assert flesch_kincaid_grade("The cat sat on the mat.") == pytest.approx(-1.45)


def test_the_spanish_ease() -> None:
    """Four words with eight syllables in two sentences: 206.84 - 60 * 2 - 1.02 * 2."""
    assert fernandez_huerta_ease("Mi casa blanca. Venga.") == pytest.approx(206.84 - 60 * 7 / 4 - 1.02 * 2)


def test_short_texts_and_other_languages_are_not_measured() -> None:
    """A few words say nothing about how hard a text is, and other languages have no measure here."""
    assert check_reading("Interdisciplinary considerations.", "en") == ()
    assert check_reading("Interdisciplinary considerations. " * 40, "fr") == ()
