"""Telephone numbers: the forms one number takes, and the numbers that are not the author's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.matching.phones import find_phones, near_phones, phone_of

NUMBER = "+13055550123"


@pytest.mark.parametrize(
    "written",
    [
        "(305) 555-0123",
        "305.555.0123",
        "305\u2013555\u20130123",
        "305\u2014555\u20140123",
        "305\u00a0555\u00a00123",
        "305 555 01 23",
        "(305)5550123",
        "305 / 555 0123",
        "+1 (305) 555.0123",
        "1-305-555-0123",
        "001 305 555 0123",
        "tel:+1-305-555-0123",
        "305-555-0123 ext. 12",
        "305-555-0123 x12",
        "3055550123",
        "\u202a305-555-0123\u202c",
    ],
)
def test_one_number_in_many_forms(written: str) -> None:
    """Each way of writing gives the same E.164 number, in a form and in a text."""
    assert phone_of(written) == NUMBER
    assert find_phones(f"Thanks,\nAnn\nCell {written}") == (NUMBER,)


@pytest.mark.parametrize(
    "line",
    [
        "Fax: 305-555-0123",
        "Office 305-555-0123",
        "My pharmacy is the one on Main St, 305-555-0123.",
        "Member ID 3055550123",
        "Póliza 3055550123",
        "305-555-0123 (fax)",
        "555-0123",
        "12/14/2026 10:30",
    ],
)
def test_numbers_that_are_not_the_authors(line: str) -> None:
    """Fax, office, pharmacy, membership and half numbers say nothing about the author."""
    assert find_phones(line) == ()


def test_own_numbers_beside_others() -> None:
    """Each number is judged by its own words, not by its neighbours'."""
    assert find_phones("Office: 305-555-0100 Cell: 305-555-0101") == ("+13055550101",)
    assert find_phones("305-555-0199 (fax), 305-555-0198") == ("+13055550198",)
    assert find_phones("When is the doctor in? Call 305-555-0123") == (NUMBER,)


def test_the_practices_numbers_are_skipped() -> None:
    """A number of ours in the author's words is ours."""
    assert find_phones("I called 305-555-0123", frozenset({NUMBER})) == ()


def test_a_slip_in_a_number() -> None:
    """One digit or two swapped neighbours are near, more is another number, nothing is not near."""
    assert near_phones(NUMBER, "+13055550132")
    assert near_phones(NUMBER, "+13055550124")
    assert not near_phones(NUMBER, "+13055550210")
    assert not near_phones(NUMBER, NUMBER)
    assert not near_phones("", "")


@pytest.mark.parametrize("field", ["", "n/a", "none", "00000", "call me", "+", "1" * 500, "٣٠٥"])
def test_invalid_numbers_are_no_numbers(field: str) -> None:
    """What cannot be a number becomes nothing."""
    assert phone_of(field) == ""


def test_many_numbers_are_capped() -> None:
    """A page of numbers gives eight at most."""
    assert len(find_phones("\n".join(f"305-555-{number:04d}" for number in range(500)))) == 8


@given(st.text(max_size=80))
def test_e164_is_canonical(text: str) -> None:
    """A number found is its own canonical form; no text crashes the reader."""
    found = phone_of(text)
    assert not found or phone_of(found) == found
