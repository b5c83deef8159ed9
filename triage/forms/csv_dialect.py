"""CSV as form systems and spreadsheets write it: which separator, which encoding, which rows, at which line.

Reads one row at a time with flat memory. A row that cannot be read is a value with its line number, and reading goes on
behind it; an unclosed quotation mark costs its own row, not the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

DELIMITERS = ",;\t"
MAX_LINE = 1024 * 1024
MAX_CELL = 128 * 1024
MAX_ROW_LINES = 2_000
_MAX_RETRIES = 100
_GUARDED = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Row:
    """One row and the physical line (from 1) that it starts on; `problem` is a sentence if it cannot be read."""

    line: int
    cells: tuple[str, ...]
    problem: str = ""


class OverlongLineError(Exception):
    """A physical line is longer than `MAX_LINE`; `line` is its number."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line} is too long")


def text_lines(path: Path) -> Generator[str, None, None]:
    """The lines of a file in UTF-8, UTF-16 or Windows-1252 (also mixed line by line), each with "\\n".

    Raises:
        OSError: the file cannot be read.
        OverlongLineError: a line is longer than any form's answer.
    """
    with path.open("rb") as source:
        encoding = _encoding_of(source.read(4))
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    with path.open(encoding=encoding, errors=errors, newline=None) as text:
        number = 0
        while line := text.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise OverlongLineError(number)
            yield line if line.isascii() else _as_windows_1252(line)


def _encoding_of(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(start) == 4 and start[1] == start[3] == 0:
        return "utf-16-le"
    if len(start) == 4 and start[0] == start[2] == 0:
        return "utf-16-be"
    return "utf-8-sig"


def rows_of(lines: Iterator[str], delimiter: str, first_line: int = 1) -> Iterator[Row]:
    """The rows, the header row first, blank ones left out; `first_line` is the number of the first line given.

    Each row has as many cells as the header row. One that has not and goes over several lines is most likely a cell
    whose quotation mark never closes: its further lines are read again as rows of their own.

    Raises:
        OverlongLineError: from the lines.
    """
    feed = _Feed(lines, first_line)
    csv.field_size_limit(MAX_CELL)
    retries = width = 0
    while (row := _next_row(feed, delimiter, width)) is not None:
        if row.problem and retries < _MAX_RETRIES and feed.push_back():
            retries += 1
        if row.problem or any(cell.strip() for cell in row.cells):
            width = width or len(row.cells)
            yield row


def _next_row(feed: _Feed, delimiter: str, width: int) -> Row | None:
    feed.begin_row()
    try:
        cells = next(csv.reader(feed, delimiter=delimiter), None)
    except csv.Error:
        return Row(feed.row_line, (), "The row could not be read as CSV; a quotation mark may be missing.")
    if cells is None:
        return None
    if problem := feed.fault():
        return Row(feed.row_line, (), problem)
    while len(cells) > width > 0 and not cells[-1].strip():
        cells.pop()
    if width and len(cells) != width and any(cell.strip() for cell in cells):
        return Row(feed.row_line, (), f"The row has {len(cells)} columns, the header row has {width}.")
    return Row(feed.row_line, tuple(cells))


def delimiter_of(header: str) -> str:
    """The separator of a header line: the one that makes most columns of it."""
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter), [])))


def unguarded(cell: str) -> str:
    """A cell without what exports put before = + - @ to keep a spreadsheet from running it as a formula."""
    text = cell.strip()
    if text.startswith("(Security Alert:"):
        _, closed, rest = text.partition(")")
        text = rest.lstrip() if closed else text
    if text.startswith("'") and text[1:2] in _GUARDED and len(text) > 1:
        text = text[1:]
    return text


def _as_windows_1252(line: str) -> str:
    """The line, if some of its bytes were no UTF-8, decoded as Windows-1252."""
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return line


class _Feed:
    """Hands lines to the csv reader, remembers those of the current row, and can take all but the first back."""

    def __init__(self, lines: Iterator[str], first_line: int) -> None:
        self._lines = lines
        self._waiting: deque[str] = deque()
        self._row: list[str] = []
        self._next_line = first_line
        self._ended = False
        self.row_line = first_line

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if len(self._row) >= MAX_ROW_LINES:
            raise StopIteration
        line = self._waiting.popleft() if self._waiting else next(self._lines, None)
        if line is None:
            self._ended = True
            raise StopIteration
        self._row.append(line)
        self._next_line += 1
        return line

    def begin_row(self) -> None:
        self._row.clear()
        self.row_line = self._next_line

    def fault(self) -> str:
        """What is wrong with the row just read although the reader took it: a quotation mark that never closes."""
        if len(self._row) >= MAX_ROW_LINES or (self._ended and "".join(self._row).count('"') % 2):
            return "The row is not complete: a quotation mark is never closed."
        return ""

    def push_back(self) -> bool:
        """Read the row's further lines again as rows of their own; whether there were any."""
        self._waiting.extendleft(reversed(self._row[1:]))
        self._next_line -= len(self._row) - 1
        return len(self._row) > 1
