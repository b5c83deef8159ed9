"""The phrase language and its matcher: what each sign means, and that all phrases at once read like one by one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.screening.patterns import Element, Matcher, Phrase, parse_phrase

SETS = {"self": ("myself", "me"), "two": ("one word", "word")}


def words_of(text: str) -> list[str]:
    return text.split()


def matches(pattern: str, text: str) -> bool:
    matcher = Matcher(parse_phrase(pattern, SETS, words_of))
    return bool(matcher.find(["^", *text.split(), "$"]))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("want to die", "i want to die now", True),
        ("want to die", "i want a die", False),
        ("(want|wish) to die", "i wish to die", True),
        ("want * die", "want to just die", True),
        ("want * die", "want to a b c die", False),
        ("want *5 die", "want to a b c die", True),
        ("kill {self}", "kill myself", True),
        ("kill {two}", "kill one word", True),
        ("want to just? die", "want to die", True),
        ("want to just? die", "want to just die", True),
        ("(do|did|do away with) it", "do away with it", True),
        ("^ stop $", "stop", True),
        ("^ stop $", "please stop", False),
        ("help ?", "help ?", True),
        ("(so|very)? tired", "tired", True),
        ("want (to (be|feel) dead|death)", "want to feel dead", True),
        ("a b? c? d", "a d", True),
        ("a b? c? d", "a c d", True),
        ("a * b? c", "a x y b c", True),
    ],
)
def test_each_sign_of_the_language_means_what_its_table_says(pattern: str, text: str, expected: bool) -> None:
    """Words, choices, sets, gaps, optional words, ends of the sentence and the question mark."""
    assert matches(pattern, text) is expected


@pytest.mark.parametrize(
    "pattern",
    ["", "* die", "die *", "die *20", "kill {nobody}", "(a|b", "a|b)", "()", "(a||b)", "((((((a))))))", "a\\b(", "{X}"],
)
def test_a_phrase_that_cannot_be_read_is_a_sentence_not_a_crash(pattern: str) -> None:
    """A clinician's slip names itself."""
    with pytest.raises(ValueError, match=r"^(It|There|A gap|Its|One)"):
        parse_phrase(pattern, SETS, words_of)


def test_a_phrase_of_too_many_choices_is_refused() -> None:
    """Choices of several words multiply; one line may not become thousands of phrases."""
    with pytest.raises(ValueError, match="more than"):
        parse_phrase(" ".join(["(a b|c d|e f|g h)"] * 6), SETS, words_of)


def test_taking_words_out_leaves_what_stands_in_a_gap() -> None:
    """An idiom may not hide the words of somebody in danger that stand inside it."""
    matcher = Matcher(parse_phrase("my * killing me", SETS, words_of))
    assert matcher.without(["my", "bad", "back", "killing", "me", "now"]) == ["", "bad", "back", "", "", "now"]


def test_taking_words_out_of_a_text_without_them_changes_nothing() -> None:
    """The same list comes back."""
    words = ["nothing", "here"]
    assert Matcher(parse_phrase("my back", SETS, words_of)).without(words) is words


ELEMENTS = st.builds(
    Element,
    st.one_of(st.none(), st.frozensets(st.sampled_from("abc"), min_size=1)),
    st.booleans(),
).map(lambda one: Element(one.words, one.optional or one.words is None))
NEEDED = st.frozensets(st.sampled_from("abc"), min_size=1).map(Element)
PHRASES = st.tuples(NEEDED, st.lists(ELEMENTS, max_size=4), NEEDED).map(lambda parts: (parts[0], *parts[1], parts[2]))


def read_plainly(phrase: Phrase, words: list[str], at: int) -> set[int]:
    """Every place where a reading from `at` may end, by trying all ways."""
    if not phrase:
        return {at - 1}
    element, rest = phrase[0], phrase[1:]
    ends = read_plainly(rest, words, at) if element.optional else set()
    if at < len(words) and (element.words is None or words[at] in element.words):
        ends |= read_plainly(rest, words, at + 1)
    return ends


@given(st.lists(PHRASES, min_size=1, max_size=30), st.lists(st.sampled_from("abcd"), max_size=8))
def test_all_phrases_at_once_find_what_a_plain_reading_finds(phrases: list[Phrase], words: list[str]) -> None:
    """The bits, few or many, agree with trying every phrase at every word."""
    plain = {
        (index, end)
        for index, phrase in enumerate(phrases)
        for start in range(len(words))
        for end in read_plainly(phrase, words, start)
    }
    assert set(Matcher(phrases).find(words)) == plain


def test_the_time_does_not_depend_on_what_the_words_say() -> None:
    """A text made of near misses of a long gap costs a few operations for each word."""
    matcher = Matcher(parse_phrase("a *12 b *12 c *12 d", SETS, words_of))
    started = time.process_time()
    assert matcher.find(["a", "b"] * 20_000) == []
    assert time.process_time() - started < 2
