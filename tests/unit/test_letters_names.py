"""A first name is a stranger's text: what a letter shows of it, and what it leaves out."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.letters.context import LONGEST_NAME, MARKS, clean_first_name, long_date, sample_people, titled


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Maria", "Maria"),
        ("  Ana\tLuisa \r\n", "Ana Luisa"),
        ("Jörg-Ångström", "Jörg-Ångström"),
        ("O'Neil", "O'Neil"),
        ("D’Arcy", "D’Arcy"),
        ("J.R.", "J.R."),
        ("J.-P.", "J.-P."),
        ("Dr. Ana", "Dr. Ana"),
        ("美咲", "美咲"),
        ("שרה", "שרה"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("Ana María del Carmen de los Ángeles", "Ana María del Carmen"),
        ("Anna " + "b" * 60, "Anna"),
        ("b" * 60, ""),
        ("", ""),
        (" ", ""),
        ("---", ""),
        ("evil.com", ""),
        ("a.co", ""),
        ("Evil.Example", ""),
        ("a@b", ""),
        ("https://x", ""),
        ("<b>Bob</b>", ""),
        ("{{ x }}", ""),
        ("**Bob**", ""),
        ("Bob2", ""),
        ("Bob\u202eliame", "Bobliame"),
        ("Bob\ue000", ""),
        ("a" + "\u0301\u0302\u0303\u0304\u0305\u0306", ""),
        ("\u0301a", ""),
        ("x" * 5000, ""),
    ],
)
def test_a_name_is_shown_only_if_it_looks_like_one(written: str, shown: str) -> None:
    """Names of all scripts pass; markup, links, digits and piled accents make a name absent."""
    assert clean_first_name(written) == shown


@given(st.text(max_size=80))
def test_whatever_is_written_a_shown_name_is_harmless(written: str) -> None:
    """No input gives a name with anything but letters, accents, spaces and four plain signs."""
    name = clean_first_name(written)
    assert len(name) <= LONGEST_NAME
    assert all(character in " -'.\u2019\u2010" or unicodedata.category(character)[0] in "LM" for character in name)
    assert not set(name) & set(MARKS)
    assert clean_first_name(name) == name


def test_the_sample_people_cover_what_forms_bring() -> None:
    """Nobody's label repeats, and somebody with and somebody without a usable name are among them."""
    labels = [person.label for person in sample_people()]
    assert len(set(labels)) == len(labels) >= 7
    shown = [clean_first_name(person.first_name) for person in sample_people()]
    assert "" in shown
    assert "Maria" in shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [("MARIA", "Maria"), ("maria-luz de", "Maria-Luz De"), ("McDonald", "McDonald"), ("o'neil", "O'neil"), ("", "")],
)
def test_capitals_for_names(written: str, shown: str) -> None:
    """A name written in one case gets capitals; one with its own capitals keeps them."""
    assert titled(written) == shown


def test_a_day_in_words() -> None:
    """The day reads as people write it in each language."""
    assert long_date(date(2026, 3, 3), "en") == "March 3, 2026"
    assert long_date(date(2026, 3, 3), "es") == "3 de marzo de 2026"
