"""The frame around the letters: it cannot hide a notice, load anything, or be set in tiny letters."""

from __future__ import annotations

import dataclasses

import pytest

from tests.support.letters import FACTS, TEMPLATES
from triage.letters.layout import read_layout

SHIPPED = (TEMPLATES / "layout.html").read_text(encoding="utf-8")
NOTICES = '<div class="notices">'


def sentences(source: str) -> list[str]:
    layout, problems = read_layout(source, FACTS, "en")
    assert (layout is None) == bool(problems)
    return [problem.sentence for problem in problems]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("{{ notices }}", "", "must hold {{ notices }} exactly once; it has it 0 times"),
        ("{{ body }}", "{{ body }} {{ body }}", "must hold {{ body }} exactly once; it has it 2 times"),
        (NOTICES, '<div class="notices" style="display:none">', "can hide text: `display:none`"),
        (NOTICES, '<div class="notices" style="visibility: hidden">', "can hide text: `visibility: hidden`"),
        (NOTICES, '<div class="notices" style="opacity:0.01">', "can hide text: `opacity:0.01`"),
        (NOTICES, '<div class="notices" style="font-size:0">', "can hide text: `font-size:0`"),
        (NOTICES, '<div class="notices" style="font-size: 1px">', "can hide text: `font-size: 1px`"),
        (NOTICES, '<div class="notices" style="max-height:0;overflow:hidden">', "can hide text: `max-height:0`"),
        (NOTICES, '<div class="notices" style="position:absolute;left:-999px">', "can hide text: `position:`"),
        (NOTICES, '<div class="notices" style="text-indent:-999px">', "can hide text: `text-indent`"),
        (NOTICES, '<div class="notices" style="color:transparent">', "can hide text: `transparent`"),
        (NOTICES, '<div class="notices" hidden>', "can hide text: `hidden>`"),
        (
            NOTICES,
            '<div class="notices" style="overflow:hidden;height:1px">',
            "could hide what stands in {{ notices }}",
        ),
        (NOTICES, '<div class="notices" style="margin-left:-2000px">', "could hide what stands in {{ notices }}"),
        (NOTICES, '<div class="notices" style="filter: blur(9px)">', "could hide what stands in {{ notices }}"),
        ("{{ notices }}", "<details>{{ notices }}</details>", "can hide text: `<details`"),
        ("{{ notices }}", "<!-- {{ notices }} -->", "can hide text: `<!--`"),
        ("{{ notices }}", "<template>{{ notices }}</template>", "can hide text: `<template`"),
        ("{{ notices }}", "<select>{{ notices }}</select>", "does not belong into a letter: <select>"),
        ("{{ body }}", "<textarea>{{ body }}</textarea>", "does not belong into a letter: <textarea>"),
        (
            ".notices p { margin: 0; font-size: 16px;",
            ".notices p { margin: 0; font-size: 11px;",
            "in letters of 11 pixels",
        ),
        (
            ".notices p { margin: 0; font-size: 16px;",
            ".notices p { margin: 0; font-size: 80%;",
            "in letters of 0 pixels",
        ),
        (".notices p { color: #d6e0dd", ".notices p { display: none; color: #d6e0dd", "can hide text: `display: none`"),
        ("{{ body }}", '<img src="https://example.net/a.png">{{ body }}', "loads or runs something: `<img`"),
        ("{{ body }}", "<script>x()</script>{{ body }}", "loads or runs something: `<script`"),
        (
            "<style>",
            '<link rel="stylesheet" href="https://example.net/a.css"><style>',
            "loads or runs something: `<link`",
        ),
        ("<style>", "<style>@import 'https://example.net/a.css';", "loads or runs something: `@import`"),
        (".page {", ".page { background-image: url(https://example.net/a);", "loads or runs something: `url(`"),
        ("{{ body }}", "{{ first_name }} {{ body }}", "`{{ first_name }}` is not a field"),
        ("{{ body }}", "{% for x in body %}{{ body }}{% endfor %}", "`for` is not part of the letters' language"),
    ],
)
def test_a_frame_that_could_hide_or_load_something_is_refused(old: str, new: str, sentence: str) -> None:
    """Every known way to hide a slot or to fetch something from elsewhere is an error with a sentence."""
    assert old in SHIPPED
    found = sentences(SHIPPED.replace(old, new, 1))
    assert any(sentence in told for told in found), found


def test_a_fact_that_the_frame_needs_is_told_with_its_line() -> None:
    """A frame that shows an unset fact without an if is refused."""
    layout, problems = read_layout("<p>\n{{ practice.website }}", dataclasses.replace(FACTS, website=""), "en")
    assert layout is None
    assert (problems[-1].line, problems[-1].sentence) == (2, "The settings do not say the practice's website.")


def test_facts_cannot_break_the_frame() -> None:
    """HTML in the practice's own name is shown as words."""
    facts = dataclasses.replace(FACTS, name='<b>A&B</b> "Clinic"')
    layout, problems = read_layout(SHIPPED, facts, "en")
    assert problems == []
    assert layout is not None
    assert "<b>" not in layout.page
    assert "<script" not in layout.page
    assert '<b>A&B</b> "Clinic"' in layout.text


def test_a_website_that_could_break_its_link_is_refused() -> None:
    """An address that would end the link's attribute makes the frame unusable, with a sentence."""
    facts = dataclasses.replace(FACTS, website='https://x.example/"><script>')
    layout, problems = read_layout(SHIPPED, facts, "en")
    assert layout is None
    assert [problem.sentence for problem in problems] == ["The HTML part has a tag that is not written plainly."]


def test_the_frame_says_the_same_as_text() -> None:
    """The text part has the practice's name on top, a heading over the notices, and the footer, in its language."""
    layout, _ = read_layout(SHIPPED, FACTS, "es")
    assert layout is not None
    assert layout.text_of("BODY", "NOTICES") == (
        f"Lakeside Infusion Clinic\n\nBODY\n\n{'-' * 40}\n\nPor favor, lea esto\n\nNOTICES\n\n{'-' * 40}\n\n"
        "Lakeside Infusion Clinic\n12 Lake Street, Springfield, IL 62701\nTeléfono: (555) 555-0123\n"
        "Correo: hello@lakeside.example.com\nhttps://www.lakeside.example.com"
    )


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *[("#1d2b2a", "#ffffff"), ("#1b655d", "#ffffff"), ("#40504d", "#ffffff"), ("#22544f", "#f6f9f8")],
        *[("#33423f", "#f6f9f8"), ("#3a2a1c", "#fff6ec"), ("#8a3d05", "#fff6ec")],
        *[("#edf3f1", "#18211f"), ("#8fd3c8", "#18211f"), ("#c3cfcc", "#18211f"), ("#9fd8cf", "#1d2826")],
        *[("#d6e0dd", "#1d2826"), ("#f7e9dc", "#33241a"), ("#ffc48f", "#33241a")],
    ],
)
def test_the_shipped_colours_can_be_read_by_day_and_by_night(text: str, ground: str) -> None:
    """Each pair of colours of the shipped frame has a contrast of at least 4.5 (WCAG 2.1, 1.4.3)."""
    assert text in SHIPPED
    assert ground in SHIPPED
    brighter, darker = sorted((luminance(text), luminance(ground)), reverse=True)
    assert (brighter + 0.05) / (darker + 0.05) >= 4.5
