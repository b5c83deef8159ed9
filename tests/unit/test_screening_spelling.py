"""From what people type to the words they mean: typos, leet, letters apart, look-alike letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.lexicon import lexicon
from triage.screening.spelling import Speller, fold


def heard(text: str) -> list[str]:
    return [" ".join(sentence[1:-1]) for sentence in lexicon().speller.sentences(fold(text))]


@pytest.mark.parametrize(
    "typed",
    [
        *("suicde", "suiside", "sucide", "SUICIDE", "su1cide", "5u1c1d3", "su!cide", "su*c*de", "s u i c i d e"),
        *("s.u.i.c.i.d.e", "s-u-i-c-i-d-e", "s_u_i_c_i_d_e", "sui cide", "suicidee", "suiccide", "s\u200buicide"),
        *("suіcide", "ｓｕｉｃｉｄｅ", "súicide", "𝓼𝓾𝓲𝓬𝓲𝓭𝓮", "sewerslide", "suicied", "suecide"),
    ],
)
def test_every_disguise_of_the_word_is_seen_through(typed: str) -> None:
    """Spelling never hides a person in danger."""
    assert heard(typed) == ["suicide"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("k i l l  m y s e l f", "kill myself"),
        ("k.i.l.l my self", "kill myself"),
        ("kil mysefl", "kill myself"),
        ("I dont wanna dieeee", "i do not want to die"),
        ("I can’t", "i can not"),
        ("un alive", "unalive"),
        ("over dose", "overdose"),
        ("gonna", "going to"),
        ("no kiero bibir", "no quiero vivir"),
        ("mamá", "mama"),
    ],
)
def test_what_people_type_becomes_what_they_mean(typed: str, meant: str) -> None:
    """Contractions, slang, doubled letters and the most common typos."""
    assert heard(typed) == [meant]


@pytest.mark.parametrize("word", ["subside", "overdue", "hunting", "outside", "seaside", "doing", "living", "exciting"])
def test_an_ordinary_word_is_never_corrected_into_a_dangerous_one(word: str) -> None:
    """Words one or two letters away from danger stay what they are."""
    assert heard(word) == [word]


def test_sentences_end_at_points_marks_and_blank_lines_not_at_line_ends() -> None:
    """A line that is only wrapped goes on."""
    assert heard("I want\nto go. Now!\n\nThen more") == ["i want to go", "now", "then more"]


def test_a_question_keeps_its_mark() -> None:
    """Phrases may ask for it."""
    assert list(Speller(["why"], {}).sentences("why?")) == [["^", "why", "?", "$"]]


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Any characters in; sentences with both ends out."""
    for sentence in lexicon().speller.sentences(fold(text)):
        assert sentence[0] == "^"
        assert sentence[-1] == "$"
