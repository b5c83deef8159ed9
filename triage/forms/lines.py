"""Labelled answers in plain text: `Label: value`, `Label :: v`, `[Label]`, `--- Label ---`, a question above an answer.

The message is what a patient wrote, and patients write lines such as "Email: prefer phone". So the text before the
message is read downwards, the text behind it upwards from the end, and the message is everything between: a line inside
it ends it only if, from there to the end, every line is a known label that has not been answered yet, with an answer
that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from triage.forms.answers import Pair, address_in, is_name, is_phone
from triage.forms.labels import Field, known_field, likely_field

MAX_TEXT = 64 * 1024
_MAX_LINES = 3_000
MAX_PAIRS = 200
_RULE = frozenset("-=_*~#\u2013\u2014\u2500\u2501")
_MESSAGES = frozenset({Field.MESSAGE, Field.REASON})


@dataclass(frozen=True, slots=True)
class Mark:
    """A label found at the start of a line, and the answer's first words if they stand on the same line."""

    label: str
    answer: str
    field: Field | None


Marker = Callable[[Sequence[str], int], Mark | None]
"""Says whether line number `i` of the lines starts with a label of one layout."""


def colon(lines: Sequence[str], i: int) -> Mark | None:
    """`Label: value`, `Label : value` or a lone `Label:`."""
    return _separated(lines[i], ":")


def double_colon(lines: Sequence[str], i: int) -> Mark | None:
    """`Label :: value`."""
    return _separated(lines[i], "::")


def equals(lines: Sequence[str], i: int) -> Mark | None:
    """`name = value` or `name => value`."""
    return _separated(lines[i], "=>") or _separated(lines[i], "=")


def leaders(lines: Sequence[str], i: int) -> Mark | None:
    """`Label ...... value`."""
    mark = _separated(lines[i], "..")
    return None if mark is None else Mark(mark.label, mark.answer.lstrip(". "), mark.field)


def columns(lines: Sequence[str], i: int) -> Mark | None:
    """A label and a value in columns parted by a tab or a bar."""
    return _separated(lines[i], "\t") or _separated(lines[i].strip("| "), "|")


def bracket(lines: Sequence[str], i: int) -> Mark | None:
    """`[Label]` on a line of its own."""
    line = lines[i].strip()
    return _alone(line[1:-1]) if line[:1] == "[" and line[-1:] == "]" else None


def dashes(lines: Sequence[str], i: int) -> Mark | None:
    """`--- Label ---` on a line of its own."""
    line = lines[i].strip()
    if not (line.startswith("---") and line.endswith("---")) or not line.strip("- "):
        return None
    return _alone(line.strip("-"))


def bare(lines: Sequence[str], i: int) -> Mark | None:
    """A label without a colon, at the start of a paragraph or below another label's answer, its answer below it."""
    line = lines[i].strip()
    if not line or ":" in line or i + 1 >= len(lines) or not lines[i + 1].strip():
        return None
    field = likely_field(line) if line.endswith("?") and len(line) <= 150 else known_field(line)
    starts_paragraph = i == 0 or not lines[i - 1].strip()
    return Mark(line, "", field) if field is not None or (starts_paragraph and line.endswith("?")) else None


def split_lines(text: str) -> list[str]:
    """The lines of a text as the readers take them, capped. A line itself is never cut: it may be a whole message."""
    return text[:MAX_TEXT].split("\n")[:_MAX_LINES]


def is_rule(line: str) -> bool:
    """Whether a line is drawn rather than written (`-----`, `=====`)."""
    drawn = line.strip()
    return len(drawn) >= 3 and set(drawn) <= _RULE


def read_lines(text: str, marker: Marker, *, distinct: bool = False) -> list[Pair]:
    """The labelled answers of a text in one layout, in order; text before the first label is dropped.

    `distinct` layouts have labels that nobody types (`[Label]`, `--- Label ---`, `::`): there any label ends an
    answer, known or not.
    """
    lines = split_lines(text)
    marks = [marker(lines, i) for i in range(len(lines))]
    start = _message_line(marks)
    if start is None:
        return _downwards(lines, marks, 0, len(lines))
    head = _downwards(lines, marks, 0, start)
    seen = _fields_of(marks[:start]) - {None, Field.OTHER}
    end = _next_distinct(marks, start, seen) if distinct else _tail(lines, marks, start, set(seen))
    if not distinct and Field.EMAIL not in seen | _fields_of(marks[end:]):
        end = _last_address(lines, marks, start, end)
    mark = marks[start]
    label, answer = (mark.label, mark.answer) if mark else ("", "")
    message = _joined([answer, *lines[start + 1 : end]])
    return [*head, (label, message), *_downwards(lines, marks, end, len(lines))]


def _separated(line: str, separator: str) -> Mark | None:
    label, found, answer = line.partition(separator) if separator in line[:120] else ("", "", "")
    bold = label.lstrip().startswith("*")
    label = label.strip().strip("*\u2022- ").strip()
    if not found or not label or len(label) > 100 or answer.startswith("//"):
        return None
    field = known_field(label)
    if field is None and (len(label) > 60 or len(label.split()) > 8 or not label[0].isalnum()):
        return None
    return Mark(label, (answer.lstrip("* ") if bold else answer).strip(), field)


def _alone(label: str) -> Mark | None:
    label = label.strip()
    return Mark(label, "", likely_field(label)) if label and len(label) <= 150 else None


def _fields_of(marks: Sequence[Mark | None]) -> set[Field | None]:
    return {mark.field for mark in marks if mark is not None}


def _message_line(marks: Sequence[Mark | None]) -> int | None:
    """Where the message's label stands: the table's message labels first, then its second-best ones."""
    for wanted in (Field.MESSAGE, Field.REASON):
        for i, mark in enumerate(marks):
            if mark is not None and mark.field is wanted:
                return i
    unknown = (i for i, mark in enumerate(marks) if mark is not None and mark.field is None)
    for i in islice(unknown, MAX_PAIRS):
        mark = marks[i]
        if mark is not None and likely_field(mark.label) in _MESSAGES:
            return i
    return None


def _downwards(lines: Sequence[str], marks: Sequence[Mark | None], begin: int, end: int) -> list[Pair]:
    pairs: list[Pair] = []
    label, answer = "", list[str]()
    for i in range(begin, end):
        mark = marks[i]
        if mark is None:
            answer.append(lines[i])
            continue
        if label:
            pairs.append((label, _joined(answer)))
        label, answer = mark.label, [mark.answer]
    if label:
        pairs.append((label, _joined(answer)))
    return pairs


def _next_distinct(marks: Sequence[Mark | None], start: int, seen: set[Field | None]) -> int:
    for i in range(start + 1, len(marks)):
        mark = marks[i]
        if mark is not None and mark.field not in seen and mark.field not in _MESSAGES:
            return i
    return len(marks)


def _tail(lines: Sequence[str], marks: Sequence[Mark | None], start: int, seen: set[Field | None]) -> int:
    """The first line behind the message: from there on every line is a known label with a fitting answer."""
    spaced = _is_spaced(lines, marks, start)
    cut = len(lines)
    below = ""
    for i in range(len(lines) - 1, start, -1):
        line = lines[i].strip()
        if not line or is_rule(line):
            continue
        mark = marks[i]
        if mark is not None and _fits(mark, below, seen) and (not spaced or not lines[i - 1].strip()):
            if mark.field is not Field.OTHER:
                seen.add(mark.field)
            cut, below = i, ""
        elif mark is None and not below:
            below = line
        else:
            break
    return cut


def _is_spaced(lines: Sequence[str], marks: Sequence[Mark | None], start: int) -> bool:
    """Whether this layout sets a blank line before each of its labels."""
    labelled = [i for i in range(1, start + 1) if marks[i] is not None]
    return bool(labelled) and all(not lines[i - 1].strip() for i in labelled)


def _fits(mark: Mark, below: str, seen: set[Field | None]) -> bool:
    if mark.field is None or mark.field in seen or mark.field in {Field.MESSAGE, Field.REASON, Field.SENDER}:
        return False
    if mark.answer and below:
        return False
    answer = mark.answer or below
    match mark.field:
        case Field.EMAIL:
            return bool(address_in(answer))
        case Field.PHONE:
            return not answer or is_phone(answer)
        case Field.NAME | Field.FIRST_NAME | Field.LAST_NAME:
            return is_name(answer)
        case _:
            return len(answer) <= 300


def _last_address(lines: Sequence[str], marks: Sequence[Mark | None], start: int, end: int) -> int:
    """The last email label with a real address, when neither the head nor the tail has one; else `end`."""
    for i in range(end - 1, start, -1):
        mark = marks[i]
        below = lines[i + 1] if i + 1 < len(lines) else ""
        if mark is not None and mark.field is Field.EMAIL and address_in(mark.answer or below):
            return i
    return end


def _joined(lines: Sequence[str]) -> str:
    """An answer's lines without drawn rules and blank lines around it."""
    kept = [line.rstrip() for line in lines]
    while kept and (not kept[-1].strip() or is_rule(kept[-1])):
        kept.pop()
    first = 0
    while first < len(kept) and (not kept[first].strip() or is_rule(kept[first])):
        first += 1
    return "\n".join(kept[first:])
