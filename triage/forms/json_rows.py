"""JSON exports: one object per line, or one array of objects, read one object at a time with flat memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

MAX_OBJECT = 1024 * 1024
_DECODER = json.JSONDecoder()
_BLANK = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Item:
    """One object's keys and values as text, and the physical line it starts on; `problem` if it cannot be read."""

    line: int
    values: tuple[tuple[str, str], ...]
    problem: str = ""


def items_of_lines(lines: Iterator[str]) -> Iterator[Item]:
    """The objects of a JSON lines file; blank lines are left out."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _decoded(line, number)


def items_of_array(lines: Iterator[str]) -> Iterator[Item]:
    """The objects of one JSON array, however it is laid out. Behind a broken object nothing can be told any more."""
    stream = _Stream(lines)
    stream.skip(_BLANK)
    stream.take("[")
    while True:
        stream.skip(_BLANK + ",")
        start = stream.line
        if stream.at_end():
            yield Item(start, (), "The file ends in the middle; its last part is missing.")
            return
        if stream.take("]"):
            return
        try:
            found = stream.value()
        except (ValueError, RecursionError):
            yield Item(start, (), "From this line on the file is not valid JSON; the rest was not read.")
            return
        yield _item(found, start)


def _decoded(line: str, number: int) -> Item:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return Item(number, (), "The line is not valid JSON.")
    return _item(found, number)


def _item(found: object, line: int) -> Item:
    if not isinstance(found, dict):
        return Item(line, (), "The entry is not a JSON object.")
    return Item(line, tuple((str(key), _as_text(value)) for key, value in found.items()))


def _as_text(value: object) -> str:
    """A value as a person would write it: names given in parts are joined, lists are separated by commas."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return str(value)[:100] if not isinstance(value, int) or abs(value) < 10**50 else ""
    if isinstance(value, list):
        return ", ".join(one for one in value if isinstance(one, str) and one)
    if isinstance(value, dict):
        return " ".join(one for one in value.values() if isinstance(one, str) and one)
    return ""


class _Stream:
    """A window over the text of a file that grows only as far as one object needs."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._window = ""
        self.line = 1

    def at_end(self) -> bool:
        return not self._window and not self._grow(1)

    def skip(self, characters: str) -> None:
        while not self.at_end():
            rest = self._window.lstrip(characters)
            self._drop(len(self._window) - len(rest))
            if rest:
                return

    def take(self, character: str) -> bool:
        if self.at_end() or self._window[0] != character:
            return False
        self._drop(1)
        return True

    def value(self) -> object:
        """The next JSON value.

        Raises:
            ValueError: it is not valid, not complete, or longer than `MAX_OBJECT`.
        """
        wanted = 4096
        while True:
            complete = not self._grow(wanted)
            try:
                found, end = _DECODER.raw_decode(self._window)
            except ValueError:
                if complete or len(self._window) > MAX_OBJECT:
                    raise
                wanted = len(self._window) * 2
                continue
            self._drop(end)
            return found

    def _grow(self, size: int) -> bool:
        """Have at least `size` characters in the window; False when the file ends before."""
        if len(self._window) >= size:
            return True
        pieces = [self._window]
        length = len(self._window)
        while length < size:
            line = next(self._lines, None)
            if line is None:
                break
            pieces.append(line)
            length += len(line)
        self._window = "".join(pieces)
        return length >= size

    def _drop(self, count: int) -> None:
        self.line += self._window.count("\n", 0, count)
        self._window = self._window[count:]
