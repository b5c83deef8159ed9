"""The quick reader of FETCH answers says exactly what the general parser says, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.response_parser import parse_fetch_response

from triage.mailbox.imap_fetched import quickly

ORDERS = [
    b'UID 7 RFC822.SIZE 5 INTERNALDATE "04-Mar-2025 15:30:00 -0500" ',
    b'INTERNALDATE " 4-Mar-2025 15:30:00 +0530" UID 7 FLAGS (\\Seen $x) RFC822.SIZE 5 ',
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("section", [b"BODY[]<0>", b"BODY[]"])
def test_it_agrees_with_the_general_parser(order: bytes, section: bytes) -> None:
    """Size, date and content are the same, whatever order the server chose."""
    data = [(b"3 (" + order + section + b" {5}", b"Hello"), b")"]
    slow = parse_fetch_response(data, normalise_times=False)[7]
    quick = (quickly(data) or {})[7]
    assert quick[b"RFC822.SIZE"] == slow[b"RFC822.SIZE"] == 5
    assert quick[b"FLAGS"] == slow.get(b"FLAGS", ())
    assert quick[b"INTERNALDATE"] == slow[b"INTERNALDATE"]
    assert quick[b"BODY[]<0>"] == slow[section] == b"Hello"


def test_dates_come_in_utc() -> None:
    """A zone west of Greenwich is behind UTC."""
    data = [(b"3 (" + ORDERS[0] + b"BODY[] {5}", b"Hello"), b")"]
    assert (quickly(data) or {})[7][b"INTERNALDATE"] == datetime(2025, 3, 4, 20, 30, tzinfo=UTC)


def test_no_message_at_all_is_an_answer() -> None:
    """imaplib says [None] when nothing came."""
    assert quickly([None]) == {}


@pytest.mark.parametrize(
    "data",
    [
        [(b"3 (" + ORDERS[0] + b"BODY[] {5}", b"Hello"), b" UID 7)"],  # something follows the literal
        [(b"3 (UID 7 RFC822.SIZE 5 BODY[] {5}", b"Hello"), b")"],  # no date
        [(b'3 (UID 7 RFC822.SIZE 5 INTERNALDATE "31-Feb-2025 15:30:00 +0000" BODY[] {5}', b"Hello"), b")"],
        [(b"3 (" + ORDERS[0] + b"BODY[HEADER] {5}", b"Hello"), b")"],
        [b"3 (FLAGS (\\Seen))"],
        [b"3 (FLAGS (\\Seen))", b"4 (FLAGS ())"],
    ],
)
def test_another_shape_is_left_to_the_general_parser(data: list[object]) -> None:
    """It never guesses."""
    assert quickly(data) is None


@given(st.binary(max_size=300))
def test_no_answer_makes_it_fail(head: bytes) -> None:
    """Whatever a server sends, it answers or passes."""
    found = quickly([(head, b""), b")"])
    assert found is None or isinstance(found, dict)
