"""Reads a template file: the short front matter on top, and the words below it with their line numbers.

Front matter is YAML read by its safe loader and believed in nothing: every key and type is checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from triage.letters.problem import LetterProblem, error, quoted

LARGEST_FILE = 20_000
"""Characters in a template file; an ordinary letter has about 1,000."""
_LARGEST_FRONT = 2_000

Scalar = str | int | bool
Front = Mapping[str, Scalar | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LetterSource:
    """A template file's text and its `version`, the hex SHA-256 of that text in UTF-8."""

    version: str
    text: str

    @staticmethod
    def of(text: str) -> LetterSource:
        """The source with its digest."""
        return LetterSource(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), text)


@dataclass(frozen=True, slots=True)
class Document:
    """A template file taken apart: `front` matter, `body`, and how many lines stand before the body."""

    front: Front
    body: str
    lines_before: int
    lines: Mapping[str, int]
    problems: tuple[LetterProblem, ...] = ()

    def text(self, key: str) -> str:
        """A front matter value that is text, without surrounding white space; "" if absent."""
        value = self.front.get(key, "")
        return value.strip() if isinstance(value, str) else ""

    def line_of(self, key: str) -> int:
        """The line of a front matter key; 1 if absent."""
        return self.lines.get(key, 1)


def take_apart(text: str, expected: Mapping[str, tuple[type, ...]]) -> Document:
    """Split a template file; `expected` names the front matter keys and the types each may have.

    Never raises: what is wrong stands in `problems`, and the document is then not to be used.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LARGEST_FILE:
        return _broken(error(0, f"The file is longer than {LARGEST_FILE:,} characters.", "Shorten it."))
    if not text.startswith("---\n"):
        return _broken(error(1, "The file does not begin with front matter.", _SHAPE))
    head, fence, body = text[4:].partition("\n---\n")
    if not fence or len(head) > _LARGEST_FRONT:
        return _broken(error(1, "The front matter does not end.", _SHAPE))
    front, problems = _read_front(head, expected)
    lines = {key: _line_of_key(head, key) for key in front}
    return Document(front, body, head.count("\n") + 3, lines, problems)


_SHAPE = "Begin the file with a line ---, then lines such as `subject: We received your message`, then a line ---."


def _broken(problem: LetterProblem) -> Document:
    return Document({}, "", 0, {}, (problem,))


def _read_front(head: str, expected: Mapping[str, tuple[type, ...]]) -> tuple[Front, tuple[LetterProblem, ...]]:
    """The front matter's keys and what is wrong with them."""
    try:
        if any(isinstance(token, yaml.AnchorToken | yaml.AliasToken) for token in yaml.scan(head)):
            return {}, (error(1, "The front matter uses anchors or aliases, which could swell.", _QUOTES),)
        read: object = yaml.safe_load(head)
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        mark = getattr(fault, "problem_mark", None)
        return {}, (error(mark.line + 2 if mark else 1, "The front matter cannot be read.", _QUOTES),)
    if not isinstance(read, dict):
        return {}, (error(1, "The front matter holds no `key: value` lines.", _SHAPE),)
    front: dict[str, Scalar | tuple[str, ...]] = {}
    problems: list[LetterProblem] = []
    for key, value in read.items():
        line = _line_of_key(head, str(key))
        if key not in expected:
            known = ", ".join(expected)
            problems.append(error(line, f"{quoted(str(key))} is not a key of this file.", f"Use only: {known}."))
        elif isinstance(value, list) and list in expected[key] and all(isinstance(item, str) for item in value):
            front[key] = tuple(value)
        elif isinstance(value, list) or type(value) not in expected[key]:
            problems.append(error(line, f"The value of {quoted(key)} is not of the right kind.", _QUOTES))
        else:
            front[key] = value
    return front, tuple(problems)


_QUOTES = 'Put a value that holds a colon, a brace or a number sign in double quotes: subject: "..."'


def _line_of_key(head: str, key: str) -> int:
    for number, line in enumerate(head.split("\n"), start=2):
        if line.startswith(f"{key}:"):
            return number
    return 1
