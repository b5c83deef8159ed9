"""Files of contact-form submissions: CSV exports of the form systems, JSON lines, a JSON array.

Streams: a file of any length costs the memory of one row. A row that cannot be used is a value with its line and a
sentence that never quotes the row, and the rest goes on. Nothing is ever guessed for an address.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path

from triage.core.address import canonical
from triage.core.clean import many_lines
from triage.core.submission import Door, Submission
from triage.errors import OperatorError
from triage.forms.answers import Pair, address_in, collect
from triage.forms.csv_dialect import MAX_CELL, OverlongLineError, delimiter_of, rows_of, text_lines, unguarded
from triage.forms.dates import read_date
from triage.forms.export_columns import Columns, columns_of
from triage.forms.json_rows import Item, items_of_array, items_of_lines
from triage.forms.labels import Field
from triage.forms.reading import digest

JSON_LINES = "json-lines"
"""The source of submissions from JSON files."""

NO_DATE = ("triage: submitted at", "The file gives no date that could be read, so the time of the import stands here.")
"""Added to the raw fields of a submission whose date is the import's."""

_TOO_LONG = "A line of the file is longer than any form's answer."
_ADVICE = "Export the submissions again as CSV, with a header row and a column for the email address."


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is no submission: the physical line it starts on, and why, without its contents."""

    line: int
    problem: str


def read_export(path: Path, now: datetime) -> Iterator[Submission | RejectedRow]:
    """The submissions of a file, one by one, and each row that cannot be one.

    `now` is aware: it stands for a missing date, and its zone is meant where a date has none.

    Raises:
        OperatorError: the file cannot be read, is empty, or has no header row or no column for an email address.
    """
    try:
        with closing(text_lines(path)) as lines:
            yield from _rows(lines, now)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise OperatorError(f"The file {path.name} cannot be read: {reason}.", "Check its path and rights.") from error


def _rows(lines: Iterator[str], now: datetime) -> Iterator[Submission | RejectedRow]:
    try:
        blank, first = _first_line(lines)
        everything = chain(["\n"] * blank, [first], lines)
        if first.lstrip().startswith("["):
            yield from _from_json(items_of_array(everything), now)
        elif first.lstrip().startswith("{"):
            yield from _from_json(items_of_lines(everything), now)
        else:
            yield from _from_csv(first, chain([first], lines), blank + 1, now)
    except OverlongLineError as error:
        yield RejectedRow(error.line, f"{_TOO_LONG} Nothing behind it was read.")


def _first_line(lines: Iterator[str]) -> tuple[int, str]:
    """How many blank lines come first, and the first other line."""
    for blank, line in enumerate(lines):
        if line.strip("\x00 \t\r\n,;"):
            return blank, line
        if blank > 1000:
            break
    raise OperatorError("The file holds no submissions.", _ADVICE)


def _from_csv(first: str, lines: Iterator[str], number: int, now: datetime) -> Iterator[Submission | RejectedRow]:
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        # Excel's own way of naming the separator
        next(lines)
        delimiter, number = first.strip()[4], number + 1
    else:
        delimiter = delimiter_of(first)
    rows = rows_of(lines, delimiter, number)
    header = next(rows, None)
    if header is None or header.problem:
        raise OperatorError("The file's first row cannot be read as a header row.", _ADVICE)
    columns = columns_of(header.cells)
    for row in rows:
        if row.problem:
            yield RejectedRow(row.line, row.problem)
            continue
        yield _submission(row.line, columns, [unguarded(cell) for cell in row.cells], now, day_first=delimiter == ";")


def _from_json(items: Iterator[Item], now: datetime) -> Iterator[Submission | RejectedRow]:
    known: dict[tuple[str, ...], Columns | None] = {}
    for item in items:
        if item.problem:
            yield RejectedRow(item.line, item.problem)
            continue
        keys = tuple(key for key, _ in item.values)
        if keys not in known and len(known) < 100:
            known[keys] = _json_columns(keys)
        columns = known[keys] if keys in known else _json_columns(keys)
        if columns is None:
            yield RejectedRow(item.line, "The entry has no email address.")
        else:
            yield _submission(item.line, columns, [value for _, value in item.values], now, day_first=False)


def _json_columns(keys: tuple[str, ...]) -> Columns | None:
    try:
        return replace(columns_of(keys), source=JSON_LINES)
    except OperatorError:
        return None


def _submission(
    line: int, columns: Columns, answers: list[str], now: datetime, *, day_first: bool
) -> Submission | RejectedRow:
    """One row as a submission, or why it is none."""
    written = answers[columns.email].strip()
    if not address_in(written):
        place = "of the entry" if columns.source == JSON_LINES else f"in column {columns.email + 1}"
        return RejectedRow(line, f"The email address {place} is {'not valid' if written else 'empty'}.")
    pairs: list[Pair] = list(zip(columns.labels, answers, strict=True))
    found = collect(pairs)
    address = address_in(written)
    submitted = _date(columns, answers, now, day_first=day_first)
    kept = tuple((label, many_lines(answer, MAX_CELL)) for label, answer in pairs if answer)
    return Submission(
        source=columns.source,
        source_id=_source_id(columns, answers, address),
        door=Door.FILE,
        submitted_at=submitted or now,
        name=found.get(Field.NAME, ""),
        email=address,
        phone=found.get(Field.PHONE, ""),
        message=found.get(Field.MESSAGE, ""),
        consent=found.get(Field.CONSENT, ""),
        language=found.get(Field.LANGUAGE, ""),
        page=found.get(Field.PAGE, ""),
        fields=kept if submitted else (*kept, NO_DATE),
    )


def _date(columns: Columns, answers: list[str], now: datetime, *, day_first: bool) -> datetime | None:
    for at in columns.dates:
        if (found := read_date(answers[at], now, day_first=day_first)) is not None:
            return found
    return None


def _source_id(columns: Columns, answers: list[str], address: str) -> str:
    """The row's own id, else a digest of the row.

    A bare "ID" counts from 1 in every form, so it is told apart by the address: two forms' first rows are two people.
    """
    own = answers[columns.id].strip() if columns.id is not None else ""
    if not own or len(own) > 200:
        return digest(*answers)
    return own if columns.id_is_unique else f"{own}-{digest(canonical(address))[:12]}"
