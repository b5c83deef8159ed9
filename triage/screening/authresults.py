"""Reads Authentication-Results fields (RFC 8601 section 2.2): comments, folding and quoted values included.

Says what is written, never whether to believe it: that is `authenticity`'s. Linear in the length of the field.
"""

from __future__ import annotations

from dataclasses import dataclass

_CAP = 8192
_RESULTS_CAP = 40


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result: `method` "dkim", `value` "pass", `properties` such as ("header.d", "example.org")."""

    method: str
    value: str
    properties: tuple[tuple[str, str], ...] = ()

    def of(self, name: str) -> str:
        """The value of a property in lower case, or ""."""
        return next((value.lower() for key, value in self.properties if key == name), "")


@dataclass(frozen=True, slots=True)
class AuthResults:
    """One field: who says so (`authserv_id` in lower case, "" if the field has none), and what."""

    authserv_id: str
    results: tuple[Result, ...]


def read_auth_results(value: str) -> AuthResults:
    """The field as a value; what does not fit the grammar is left out, and nothing is ever raised."""
    segments = [_pairs(segment) for segment in _segments(value[:_CAP])]
    first = segments[0] if segments else []
    has_id = bool(first) and not first[0][1]
    results = [_result(segment) for segment in (segments[1:] if has_id else segments)]
    return AuthResults(first[0][0].lower() if has_id else "", tuple(one for one in results if one)[:_RESULTS_CAP])


def _segments(value: str) -> list[list[str]]:
    """Tokens of each part between semicolons: words, quoted strings without quotes, and "=" on its own."""
    segments: list[list[str]] = [[]]
    word: list[str] = []
    depth, at = 0, 0

    def end_word() -> None:
        if word:
            segments[-1].append("".join(word))
            word.clear()

    while at < len(value):
        char = value[at]
        if char == "\\" and at + 1 < len(value):
            at += 1
            if not depth:
                word.append(value[at])
        elif char == "(":
            depth += 1
        elif depth:
            depth -= char == ")"
        elif char == '"':
            end_word()
            text, at = _quoted(value, at + 1)
            segments[-1].append(text)
        elif char in ";=" or char.isspace():
            end_word()
            if char == ";":
                segments.append([])
            elif char == "=":
                segments[-1].append("=")
        else:
            word.append(char)
        at += 1
    end_word()
    return segments


def _quoted(value: str, at: int) -> tuple[str, int]:
    """(text of a quoted string, index of its closing quote)."""
    text: list[str] = []
    while at < len(value) and value[at] != '"':
        if value[at] == "\\" and at + 1 < len(value):
            at += 1
        text.append(value[at])
        at += 1
    return "".join(text), at


def _pairs(tokens: list[str]) -> list[tuple[str, str]]:
    """`name = value` pairs of one part; a token without "=" has the value ""."""
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(tokens):
        if tokens[at] != "=" and at + 2 < len(tokens) and tokens[at + 1] == "=" and tokens[at + 2] != "=":
            pairs.append((tokens[at], tokens[at + 2]))
            at += 3
        else:
            if tokens[at] != "=":
                pairs.append((tokens[at], ""))
            at += 1
    return pairs


def _result(pairs: list[tuple[str, str]]) -> Result | None:
    if not pairs or not pairs[0][1]:
        return None
    (method, value), rest = pairs[0], pairs[1:]
    properties = tuple((name.lower(), text) for name, text in rest if text)
    return Result(method.partition("/")[0].strip().lower(), value.lower(), properties)
