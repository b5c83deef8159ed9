"""Names: their parts, how two compare, and that nobody's name crashes the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.matching.names import compare, compatible_first_names, fold, parse_name, same_full_name
from triage.matching.near import one_deletions, one_slip
from triage.matching.nicknames import related, roots


def _full(one: str, other: str) -> bool:
    first, second = parse_name(one), parse_name(other)
    assert first is not None
    assert second is not None
    return compare(first, second).full


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Susan Miller", "SUSAN MILLER"),
        ("Susan Miller", "Miller, Susan"),
        ("Susan Miller", "Susan J. Miller"),
        ("Łukasz Müller", "lukasz muller"),
        ("Pat O'Brien", "pat obrien"),
        ("Dr. Susan Miller, MD", "Susan Miller"),
        ("Ana-María Ruiz", "Ana Maria Ruiz"),
    ],
)
def test_the_very_same_full_name_written_otherwise(one: str, other: str) -> None:
    """Case, accents, commas, titles and middle initials do not make another name."""
    assert same_full_name(one, other)
    assert same_full_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob Miller", "Robert J Miller"),
        ("Miller Susan", "Susan Miller"),
        ("José García López", "Jose Garcia"),
        ("María de la Cruz", "Maria Delacruz"),
        ("Susan Baker-Miller", "Susan Baker"),
        ("Mary Susan Miller", "Susan Miller"),
        ("Steffie Frey", "Stephanie Frey"),
        ("Micheal Thomas", "Michael Thomas"),
        ("Erika Schmidt", "Erica Schmitt"),
        ("Pepe Ruiz", "José Ruiz"),
    ],
)
def test_full_names_that_one_person_may_bear(one: str, other: str) -> None:
    """Nicknames, turned order, double surnames, particles and spelling variants agree, though not letter by letter."""
    assert _full(one, other)
    assert not same_full_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane Miller", "Susan Miller"),
        ("Mario Rossi", "Maria Rossi"),
        ("James Lee", "Jacob Lee"),
        ("John Mason Jr", "John Mason Sr."),
        ("Daniel Ortiz", "Daniela Ortiz"),
        ("Paul Hill", "Paula Hill"),
        ("T. Miller", "Susan Miller"),
    ],
)
def test_names_of_two_people(one: str, other: str) -> None:
    """Relatives' names, generations and other initials speak against one person."""
    first, second = parse_name(one), parse_name(other)
    assert first is not None
    assert second is not None
    assert compare(first, second).conflict


@pytest.mark.parametrize(("one", "other"), [("S. Miller", "Susan Miller"), ("Susan M.", "Susan Miller")])
def test_an_initial_agrees_but_is_no_full_name(one: str, other: str) -> None:
    """An initial neither proves nor contradicts."""
    first, second = parse_name(one), parse_name(other)
    assert first is not None
    assert second is not None
    assert not compare(first, second).conflict
    assert not compare(first, second).full


def test_spelling_variants_are_no_very_same_name() -> None:
    """Ann and Anna, Mark and Marc are often two people, so they are never the very same."""
    assert not same_full_name("Ann Perez", "Anna Perez")
    assert not same_full_name("Mark Smith", "Marc Smith")


@pytest.mark.parametrize("text", ["", "  ", "x@example.org", "user123", "12"])
def test_what_is_no_persons_name(text: str) -> None:
    """Addresses, user names, families and companies are not read as people."""
    assert parse_name(text) is None


@pytest.mark.parametrize(
    ("text", "last"), [("Minh Do", "do"), ("Lan Ma", "ma"), ("Anh Le", "le"), ("Don Hill", "hill")]
)
def test_short_surnames_are_not_lost(text: str, last: str) -> None:
    """A surname that looks like a degree or a particle stays."""
    name = parse_name(text)
    assert name is not None
    assert (len(name.tokens), name.tokens[-1]) == (2, last)


def test_first_names_that_go_together() -> None:
    """Nicknames in both languages, initials and accents are compatible; two formal names are not."""
    assert compatible_first_names("Bob", "Robert")
    assert compatible_first_names("Pancho", "Francisco")
    assert compatible_first_names("J.", "José")
    assert not compatible_first_names("James", "Jacob")
    assert not compatible_first_names("", "Jacob")


def test_a_pet_form_nobody_listed() -> None:
    """An unlisted ending of a listed short form is understood, a listed formal name is never one."""
    assert related("steffie", "stephanie")
    assert not related("marie", "mark")
    assert not related("stephan", "stephanie")
    assert "robert" in roots("bob")


def test_a_name_of_5000_characters() -> None:
    """A hostile name is read in part and stays small."""
    name = parse_name("Susan " * 5_000)
    assert name is not None
    assert len(name.tokens) <= 8
    assert parse_name("x" * 5_000) is not None


@given(st.text(max_size=80))
def test_folding_is_idempotent(text: str) -> None:
    """Folding twice is folding once."""
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_comparing_is_symmetric(one: str, other: str) -> None:
    """Neither side of a comparison is special, whatever the text."""
    first, second = parse_name(one), parse_name(other)
    if first and second:
        assert compare(first, second) == compare(second, first)
        assert not compare(first, first).conflict


_WORD = st.text(alphabet="abc1", max_size=8)


@given(_WORD, _WORD)
def test_one_slip_always_shares_a_variant(one: str, other: str) -> None:
    """Whatever differs by one slip meets in a one-deletion variant, so the index finds it."""
    assert one_slip(one, other) == one_slip(other, one)
    if one_slip(one, other):
        assert set(one_deletions(one, 64)) & set(one_deletions(other, 64))
