"""Cleaning: whatever goes in, one line is one line and nothing invisible comes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.clean import field_value, is_clean, many_lines, one_line


def test_a_line_break_of_any_kind_becomes_a_space() -> None:
    """CR, LF, NEL, form feed and Unicode's own line ends cannot start a new header line."""
    assert one_line("a\r\nBcc: b\x85c\x0cd\u2028e\u2029f", 99) == "a Bcc: b c d e f"


def test_what_cannot_be_seen_vanishes() -> None:
    """Zero-width characters, direction marks, soft hyphens and tags leave no trace, so that words read as they look."""
    assert one_line("su\u200bi\u00adci\u2060de \u202egnp.exe\u202c \U000e0041x", 99) == "suicide gnp.exe x"


def test_runs_of_white_space_are_one_space() -> None:
    """Tabs, no-break spaces and the like too, and none at the ends."""
    assert one_line(" \t a \u00a0\u3000 b\x00c ", 99) == "a b c"


@pytest.mark.parametrize(("cap", "expected"), [(3, "abc"), (4, "abc"), (5, "abc d"), (0, ""), (-1, "")])
def test_the_cap_holds(cap: int, expected: str) -> None:
    """Never longer than asked for, and no space left at the end by the cut."""
    assert one_line("abc def", cap) == expected


def test_many_lines_keeps_lines_and_tabs() -> None:
    """Every kind of line end becomes one line feed; indentation and blank lines stay."""
    assert many_lines("a\r\nb\rc\n\n\td\u2028e\x0bf", 99) == "a\nb\nc\n\n\td\ne\nf"


def test_many_lines_drops_controls_and_caps() -> None:
    """Escape sequences, NUL, bidi marks and lone surrogates go; the length is bounded."""
    assert many_lines("a\x1b[31mb\x00\u202ec\ud800d\ufeff", 99) == "a[31mbcd"
    assert many_lines("abcdef", 3) == "abc"


def test_a_field_value_keeps_its_spacing() -> None:
    """Header values are shown as they were, only without controls."""
    assert field_value("a  b\tc\x00d") == "a  b c d"


@given(st.text(alphabet=st.characters(), max_size=200), st.integers(0, 100))
def test_one_line_is_clean_and_cleaning_it_again_changes_nothing(text: str, cap: int) -> None:
    """Any text, surrogates included, gives a line that can be encoded and is within its cap."""
    line = one_line(text, cap)
    assert is_clean(line)
    assert len(line) <= cap
    assert one_line(line, cap) == line
    line.encode("utf-8")


@given(st.text(alphabet=st.characters(), max_size=200))
def test_many_lines_again_changes_nothing(text: str) -> None:
    """Cleaning is idempotent and leaves only line feeds as line ends."""
    lines = many_lines(text, 1000)
    assert many_lines(lines, 1000) == lines
    assert lines.count("\n") + 1 == len(lines.splitlines() or [""]) + lines.endswith("\n")
    lines.encode("utf-8")
