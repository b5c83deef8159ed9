"""Finds what goes wrong when people edit templates by hand or in a word processor, before the template language does.

Plain scanning in one pass over the source; each finding names its line and says what to do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from triage.letters.problem import LetterProblem, error, quoted

_CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_SMART_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
_FORMATTING = re.compile(r"[*`<>\\~]|&[a-z]{2,8};|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_STRING = re.compile(r'"[^"\n]{0,200}"|\'[^\'\n]{0,200}\'')
_LOOKS_LIKE_A_FIELD = re.compile(r"(?<![{%#])\{ {0,3}\{? {0,3}[a-z_.]{2,40} {0,3}\}? {0,3}\}(?![}%#])")
_HTML = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,15}(?=[\s/>])|<!--|&(?:nbsp|lt|gt|amp|quot|#\d{1,6});")


def find_mistakes(source: str) -> tuple[LetterProblem, ...]:
    """What is wrong with fields, braces, pasted HTML and strange characters in the body of a letter or notice."""
    problems: list[LetterProblem] = []
    words: list[str] = []
    position = 0
    while (opening := _next_opening(source, position)) >= 0:
        words.append(source[position:opening])
        line = source.count("\n", 0, opening) + 1
        mark = source[opening : opening + 2]
        closing = source.find(_CLOSERS[mark], opening + 2)
        inner = source[opening + 2 : closing]
        if closing < 0 or "{{" in inner or "{%" in inner:
            problems.append(_left_open(line, mark, source[opening : opening + 40].partition("\n")[0]))
            position = opening + 2
            continue
        if mark != "{#":
            problems.extend(_inside(line, source[opening : closing + 2], inner))
        words.append("\n" * inner.count("\n") or " ")
        position = closing + 2
    words.append(source[position:])
    problems.extend(_in_words("".join(words)))
    return tuple(problems)


def _next_opening(source: str, start: int) -> int:
    found = [place for mark in _CLOSERS if (place := source.find(mark, start)) >= 0]
    return min(found, default=-1)


def _left_open(line: int, mark: str, shown: str) -> LetterProblem:
    return error(
        line, f"The braces in {quoted(shown, 40)} are left open.", f"Close them with {_CLOSERS[mark]} on the same line."
    )


def _inside(line: int, whole: str, inner: str) -> Iterator[LetterProblem]:
    """What must not stand inside the braces of a field or an instruction."""
    if any(quote in inner for quote in _SMART_QUOTES):
        advice = 'Type straight quotes: "there".'
        yield error(line, f"{quoted(whole)} holds curly quotes from a word processor.", advice)
    elif _FORMATTING.search(_STRING.sub("", inner)):
        advice = "Put the formatting around the braces, as in **{{ first_name }}**, or take it away."
        yield error(line, f"There is formatting inside the braces of {quoted(whole)}.", advice)
    elif any(not character.isprintable() and character != "\n" for character in inner) or "\xa0" in inner:
        yield error(line, f"{quoted(whole)} holds an invisible character.", "Delete the field and type it anew.")


def _in_words(words: str) -> Iterator[LetterProblem]:
    """What must not stand in the words around the fields; `words` has the source's lines."""
    for number, line in enumerate(words.split("\n"), start=1):
        if found := _LOOKS_LIKE_A_FIELD.search(line):
            advice = "Write two braces on both sides without a space between them: {{ first_name }}."
            yield error(number, f"{quoted(found[0])} looks like a field, but would be shown as it is.", advice)
        elif "}}" in line or "%}" in line:
            yield error(number, "Braces are closed here that were never opened.", "Write {{ in front, or take }} away.")
        if found := _HTML.search(line):
            advice = "Letters are plain Markdown: paste without formatting, write **bold** or [a link](https://...)."
            yield error(number, f"There is HTML in the text: {quoted(found[0])}.", advice)
        if any(unicodedata.category(character) in {"Cc", "Co", "Cs", "Cf"} - _allowed(character) for character in line):
            advice = "Delete it and type the words anew; use `- ` for list items."
            sentence = "There is an invisible or unknown character, often pasted from a word processor."
            yield error(number, sentence, advice)


def _allowed(character: str) -> frozenset[str]:
    """Categories that are fine for this very character: a tab, and the joiners that some scripts need."""
    return frozenset({"Cc"}) if character == "\t" else frozenset({"Cf"}) if character in "\u200c\u200d" else frozenset()
