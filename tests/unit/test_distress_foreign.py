"""Danger in mail of another language: what is meant is held, what only looks like English is not urgent."""

from __future__ import annotations

import pytest

from tests.support.lexicon import lexicon
from triage.core.signal import Level
from triage.screening.assess import assess


@pytest.mark.parametrize(
    "text",
    [
        "Guten Tag, ich möchte gern wissen, wie die Behandlung bei Ihnen abläuft und was ich mitbringen muss.",
        "Können Sie mir bitte sagen, was die Sitzung kostet und ob die Krankenkasse das bezahlt?",
    ],
)
def test_a_german_article_is_not_dying(text: str) -> None:
    """The German word "die" alone makes nobody urgent; a person reads the mail because of its language."""
    assert assess("", text, lexicon()).level is Level.NONE


def test_english_words_of_danger_count_in_any_mail() -> None:
    """A whole sentence of danger inside a foreign mail is urgent all the same."""
    text = "Guten Tag, ich schreibe auf Deutsch, weil ich nicht anders kann. I want to kill myself tonight."
    assert assess("", text, lexicon()).level is Level.URGENT


def test_the_english_word_still_counts() -> None:
    """In English the same lone word is urgent: over-alert by design."""
    assert assess("", "I keep thinking that I will die here.", lexicon()).level is Level.URGENT
