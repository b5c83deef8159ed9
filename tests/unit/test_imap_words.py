"""The words of our IMAP commands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.ledger import EmailState
from triage.mailbox.imap_words import (
    KEYWORDS,
    batches,
    message_id_of,
    quoted_message_id,
    search_date,
    searches,
    uid_sets,
)

UIDS = st.lists(st.integers(min_value=1, max_value=2**32 - 1), max_size=60)


def spelled(uid_set: str) -> list[int]:
    """The UIDs that a set names."""
    found: list[int] = []
    for part in uid_set.split(","):
        first, _, last = part.partition(":")
        found += range(int(first), int(last or first) + 1)
    return found


@given(UIDS, st.integers(min_value=25, max_value=200))
def test_sets_name_exactly_the_uids_given_and_stay_short(uids: list[int], longest: int) -> None:
    """No UID is lost, none is added, and no set is longer than allowed by more than one part."""
    sets = list(uid_sets(uids, longest))
    assert [uid for each in sets for uid in spelled(each)] == sorted(set(uids))
    assert all(len(each) <= longest + 22 for each in sets)


def test_neighbours_become_a_range_and_others_do_not() -> None:
    """A gap is never bridged."""
    assert list(uid_sets([5, 1, 2, 3, 7, 2])) == ["1:3,5,7"]
    assert list(uid_sets([])) == []


@pytest.mark.parametrize(("exists", "most"), [(0, 5), (3, 2**32), (10, 2**32), (200_000, 10)])
def test_an_answer_that_cannot_be_long_is_asked_for_at_once(exists: int, most: int) -> None:
    """Few messages, or few that can match, cost one command however far apart their UIDs lie."""
    assert list(searches("SINCE 4-Mar-2025", exists, most, width=10)) == ["SINCE 4-Mar-2025"]


@given(st.integers(min_value=11, max_value=200))
def test_slices_name_every_message_once_from_the_newest_down(exists: int) -> None:
    """No slice is wider than allowed, none is empty, and the first one is open for what arrives meanwhile."""
    slices = [each.removesuffix(" ALL") for each in searches("ALL", exists, exists, width=10)]
    assert slices[0] == f"{exists - 9}:*"
    named = [spelled(each.replace("*", str(exists))) for each in slices]
    assert sorted(number for each in named for number in each) == list(range(1, exists + 1))
    assert all(1 <= len(each) <= 10 for each in named)
    assert named == sorted(named, reverse=True)


def test_batches_keep_order_and_size() -> None:
    """Slices in order, the last one shorter."""
    assert list(batches([3, 1, 2], 2)) == [[3, 1], [2]]
    assert list(batches([], 2)) == []


def test_a_date_is_english_whatever_the_locale() -> None:
    """The month's name is IMAP's, not the machine's."""
    assert search_date(datetime(2025, 3, 4, tzinfo=UTC)) == "4-Mar-2025"


@given(st.text(max_size=40))
def test_no_text_can_leave_the_quotes(text: str) -> None:
    """Whatever is accepted holds no quote, backslash, line end or foreign character between its quotes."""
    try:
        quoted = quoted_message_id(f"<{text}>")
    except ValueError:
        return
    assert quoted == f'"<{text}>"'
    assert text.isascii()
    assert text.isprintable()
    assert not set('"\\<> ') & set(text)


@pytest.mark.parametrize("header", [b"Message-ID: <a@example.org>\r\n\r\n", b"message-id:\r\n <a@example.org>\r\n"])
def test_a_folded_message_id_is_read(header: bytes) -> None:
    """The value counts, not its layout."""
    assert message_id_of(header) == "<a@example.org>"


def test_each_state_has_a_keyword_of_its_own() -> None:
    """A new state without a keyword would be marked as nothing."""
    assert set(KEYWORDS) == set(EmailState)
    assert len(set(KEYWORDS.values())) == len(EmailState)
