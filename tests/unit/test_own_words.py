"""Our own notices inside somebody's answer are not that person's words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage.core.own_words import OwnWords

NOTICE = "If you may hurt yourself, or you feel unsafe, call or text 988 now. It is free."
OURS = OwnWords.of([NOTICE, "Adults only", "We can only reply to adults."])


def test_a_quoted_notice_is_taken_out_however_it_was_wrapped() -> None:
    """Quote marks and line breaks of mail programs do not hide that the words are ours."""
    quoted = (
        "Thank you!\n\n> If you may hurt yourself, or\n> you feel unsafe, call or text\n> > 988 now. It is free.\n> Bye"
    )
    assert OURS.removed_from(quoted).split() == ["Thank", "you!", ">", ">", "Bye"]


def test_a_changed_notice_is_the_writers() -> None:
    """A single other word makes the sentence somebody's own."""
    changed = NOTICE.replace("If you may", "I may")
    assert OURS.removed_from(changed) == changed


def test_words_around_and_between_notices_stay() -> None:
    """Nothing but the notice goes, even when two stand side by side and one begins like the other."""
    text = f"one {NOTICE} two {NOTICE} We can only reply to adults. three. If you may hurt yourself, or not"
    assert OURS.removed_from(text).split() == [
        "one",
        "two",
        "three.",
        "If",
        "you",
        "may",
        "hurt",
        "yourself,",
        "or",
        "not",
    ]


def test_short_texts_are_nobodys() -> None:
    """A title of two words is too common to be known as ours."""
    assert OURS.removed_from("Adults only") == "Adults only"


@given(st.text(alphabet="ab \n>", max_size=200))
def test_other_text_is_unchanged(text: str) -> None:
    """Text without a notice comes back to the letter."""
    assert OURS.removed_from(text) == text
