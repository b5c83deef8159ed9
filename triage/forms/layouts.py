"""Tries the layouts that form mails come in and keeps the one that explains the mail best.

The tools that the systems' modules are made of. Nothing here decides whether a mail is a form mail at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from triage.core.email import Email
from triage.forms.answers import Pair, assemble, score
from triage.forms.blocks import blocks_of
from triage.forms.labels import Field, likely_field
from triage.forms.lines import (
    MAX_PAIRS,
    Marker,
    bare,
    bracket,
    colon,
    columns,
    dashes,
    double_colon,
    equals,
    leaders,
    read_lines,
    split_lines,
)
from triage.forms.markup import read_blocks
from triage.forms.reading import FormReading

TEXT_LAYOUTS: tuple[tuple[Marker, bool], ...] = (
    (dashes, True),
    (double_colon, True),
    (bracket, True),
    (colon, False),
    (bare, False),
    (equals, False),
    (columns, False),
    (leaders, False),
)
"""Every text layout and whether its labels are distinct, the most telling first."""

_FULL = 16
"""`score` of a mail whose email, name and message were found: no other layout can be better."""


def best_pairs(text: str, html: str, layouts: Iterable[tuple[Marker, bool]] = TEXT_LAYOUTS) -> list[Pair]:
    """The labelled answers of a mail by the layout that yields most: its HTML first, then its text."""
    best: list[Pair] = read_blocks(blocks_of(html))[:MAX_PAIRS] if html else []
    reached = score(best)
    if reached >= _FULL:
        return best
    for marker, distinct in layouts:
        pairs = read_lines(text, marker, distinct=distinct)[:MAX_PAIRS]
        if (points := score(pairs)) > reached:
            best, reached = pairs, points
    return best


def read_mail(
    system: str,
    email: Email,
    *,
    starts: Sequence[str] = (),
    ends: Sequence[str] = (),
    layouts: Iterable[tuple[Marker, bool]] = TEXT_LAYOUTS,
    confidence: float = 0.95,
) -> FormReading:
    """Read a system's mail: its HTML as it is, its text between the system's fixed first and last lines."""
    text = between(email.text, starts, ends)
    return assemble(system, confidence, email, best_pairs(text, email.html, layouts))


def between(text: str, starts: Sequence[str], ends: Sequence[str]) -> str:
    """The text behind the first line that begins like one of `starts` and before the last that begins like `ends`.

    Beginnings are given in lower case; a text without them stays whole.
    """
    lines = split_lines(text)
    first, last = 0, len(lines)
    lowered = [line.strip().lower() for line in lines]
    if starts:
        first = next((i + 1 for i, line in enumerate(lowered) if line.startswith(tuple(starts))), 0)
    if ends:
        found = (i for i in range(len(lines) - 1, first - 1, -1) if lowered[i].startswith(tuple(ends)))
        last = next(found, len(lines))
        # closing words often take several lines: "View submission", "Unsubscribe"
        while (
            last < len(lines) and last > first and (not lowered[last - 1] or lowered[last - 1].startswith(tuple(ends)))
        ):
            last -= 1
    return "\n".join(lines[first:last])


def fields_found(pairs: Sequence[Pair]) -> set[Field]:
    """Which known fields have a label among these pairs, answered or not."""
    return {field for label, _ in pairs if (field := likely_field(label)) is not None and field is not Field.OTHER}


def is_from(email: Email, *senders: str) -> bool:
    """Whether the From address is one of these addresses, or at one of these domains or below it."""
    spec, domain = email.sender.spec.lower(), email.sender.domain
    return any(
        spec == sender if "@" in sender else domain == sender or domain.endswith(f".{sender}") for sender in senders
    )
