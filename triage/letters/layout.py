"""The frame around every letter: `layout.html`, checked so that it can neither hide a notice nor load anything.

Its styles are written into the elements when letters are loaded, since many mail programs drop style sheets; only
rules such as dark mode stay in the head.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import css_inline
from selectolax.lexbor import LexborHTMLParser, LexborNode

from triage.core.visible import visible_text
from triage.letters.context import BODY, FIELDS, NOTICES, WORDS, PracticeFacts
from triage.letters.markdown import address_behind
from triage.letters.problem import LetterProblem, error, has_errors, quoted
from triage.letters.template import AbsentField, LetterTemplate, compile_template

PATH = "layout.html"
_SLOTS = MappingProxyType({"body": "the letter's own words", "notices": "the notices"})
_FIELDS = MappingProxyType(
    {
        **{name: told for name, told in FIELDS.items() if name.startswith("practice.")},
        **{f"words.{word}": "a word of the frame in the letter's language" for word in WORDS["en"]},
        **_SLOTS,
    }
)
_LARGEST_CSS_PIXEL = re.compile(r"(\d{1,4}(?:\.\d{0,4})?)px")
_SMALLEST_NOTICE = 14.0
_FOREIGN = re.compile(
    r"<(?:img|script|link|iframe|object|embed|video|audio|base|form)\b|@import|url\s{0,3}\(|src\s{0,3}=", re.IGNORECASE
)
_HIDING = re.compile(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}(?:hidden|collapse)|opacity\s{0,3}:\s{0,3}0(?:\.[0-4]\d{0,3})?(?!\.?\d)"
    r"|font-size\s{0,3}:\s{0,3}[0-6](?:\.\d{0,3})?(?:px|pt)?(?![\d.%er])|max-height\s{0,3}:\s{0,3}0|text-indent|clip|mso-hide"
    r"|transparent|position\s{0,3}:|transform|<details|<template|<noscript|\shidden[\s>=]|<!--|-webkit-text-fill",
    re.IGNORECASE,
)
_PROBE = '<p>{0}body</p>|<div class="notice notice-crisis"><h3>{0}title</h3><p>{0}notice</p></div>'
_BREAKS = {"br": "\n", "div": "\n", "tr": "\n", "li": "\n", "hr": "\n\n", "table": "\n\n", "address": "\n\n"}
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "header", "footer", "main", "section", "ul", "ol"})


@dataclass(frozen=True, slots=True)
class Layout:
    """The checked frame for one language: `page` with both slots as marks, and the same frame as plain text."""

    page: str
    text: str

    def html_of(self, body: str, notices: str) -> str:
        """The finished HTML of a letter, with all styles in its elements."""
        return _INLINER.inline(self.page.replace(BODY, body).replace(NOTICES, notices))

    def text_of(self, body: str, notices: str) -> str:
        """The finished text of a letter."""
        return self.text.replace(BODY, body).replace(NOTICES, notices)


_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def read_layout(source: str, facts: PracticeFacts, language: str) -> tuple[Layout | None, list[LetterProblem]]:
    """The frame for letters in `language`, and its problems; no frame if one of them is an error."""
    problems = list(_check_source(source))
    compiled = compile_template(source, _FIELDS)
    if not isinstance(compiled, LetterTemplate):
        return None, [*problems, *compiled]
    try:
        page = compiled.fill(_values(facts, language))
    except AbsentField as absent:
        advice = f"Fill in the settings, or write {{% if practice.{absent.field} %}} ... {{% endif %}} around it."
        sentence = f"The settings do not say the practice's {absent.field.replace('_', ' ')}."
        return None, [*problems, error(absent.line, sentence, advice)]
    problems.extend(_check_slots(page))
    if has_errors(problems):
        return None, problems
    layout = Layout(page, _as_text(page))
    problems.extend(_check_shown(layout))
    return (None if has_errors(problems) else layout), problems


def _values(facts: PracticeFacts, language: str) -> Mapping[str, str | Mapping[str, str]]:
    """The frame's fields, safe to stand in HTML and in attributes."""
    said = {name: getattr(facts, name) for name in ("name", "email", "phone", "website", "postal_address")}
    return {
        "practice": {name: html.escape(value) for name, value in said.items() if value},
        "words": WORDS.get(language, WORDS["en"]),
        "body": BODY,
        "notices": NOTICES,
    }


def _check_source(source: str) -> Iterator[LetterProblem]:
    """What must not stand anywhere in a frame."""
    for number, line in enumerate(source.split("\n"), start=1):
        if found := _FOREIGN.search(line):
            advice = "A letter shows no pictures, runs nothing and loads nothing: take it away."
            yield error(number, f"The layout loads or runs something: {quoted(found[0])}.", advice)
        if found := _HIDING.search(line):
            advice = "Nothing in a letter may be hidden, or a notice could be: take it away."
            yield error(number, f"The layout holds something that can hide text: {quoted(found[0])}.", advice)


def _check_slots(page: str) -> Iterator[LetterProblem]:
    for slot, mark in (("body", BODY), ("notices", NOTICES)):
        if page.count(mark) != 1:
            sentence = f"The layout must hold {{{{ {slot} }}}} exactly once; it has it {page.count(mark)} times."
            yield error(0, sentence, f"Put {{{{ {slot} }}}} where {_SLOTS[slot]} should stand.")


def _check_shown(layout: Layout) -> Iterator[LetterProblem]:
    """Whether a reader certainly sees what stands in the slots, and large enough."""
    word = "zqprobe"
    body, notices = _PROBE.format(word).split("|")
    finished = layout.html_of(body, notices)
    try:
        shown = visible_text(finished)
    except ValueError as fault:
        yield error(0, str(fault), "Use only plain colours, borders, sizes and spacing in the styles.")
        return
    for slot, probe in (("body", f"{word}body"), ("notices", f"{word}notice")):
        if probe not in shown:
            advice = "Take it out of any element or style that could hide it."
            yield error(0, f"The layout could hide what stands in {{{{ {slot} }}}}.", advice)
    if (size := _font_size(finished, f"{word}notice")) < _SMALLEST_NOTICE:
        yield error(0, f"The layout shows the notices in letters of {size:g} pixels.", "Use 14px or more for them.")


def _font_size(page: str, words: str) -> float:
    """The size in pixels of the text that holds `words`, from the nearest element that sets one in pixels."""
    for node in LexborHTMLParser(page).css("p"):
        if words not in node.text():
            continue
        element: LexborNode | None = node
        while element is not None:
            for name, _, value in (one.partition(":") for one in (element.attributes.get("style") or "").split(";")):
                if name.strip() == "font-size":
                    size = _LARGEST_CSS_PIXEL.search(value)
                    return float(size[1]) if size else 0.0
            element = element.parent
    return 16.0


def _as_text(page: str) -> str:
    """What the frame says, as plain text with both marks in their places."""
    pieces: list[str] = []
    body = LexborHTMLParser(page).body
    if body is not None:
        _collect(body, pieces)
    text = "".join(pieces)
    lines = [" ".join(line.split()) for line in text.replace("\xa0", " ").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _collect(node: LexborNode, pieces: list[str]) -> None:
    """Add the text of a node's children; the depth of the frame is bounded by the size of its file."""
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == "-text":
            pieces.append(" ".join(f"|{child.text()}|".split())[1:-1] if child.text().strip() else " ")
            continue
        gap = "\n\n" if tag in _APART else _BREAKS.get(tag, "")
        pieces.append(gap)
        if tag == "hr":
            pieces.append("-" * 40)
        _collect(child, pieces)
        if tag == "a":
            pieces.append(address_behind(child.text().strip(), child.attributes.get("href") or ""))
        pieces.append("" if tag == "br" else gap)
