"""The letters' language: nothing but fields, if and three filters; hostile templates cost nothing and reach nothing."""

from __future__ import annotations

import time

import pytest

from triage.letters.context import FIELDS
from triage.letters.template import AbsentField, LetterTemplate, compile_template

VALUES = {"first_name": "Maria", "today": "today", "practice": {"name": "Lakeside"}}

HOSTILE = [
    '{{ "x" * 10**9 }}',
    "{{ 9 ** 9 ** 9 }}",
    "{{ [1] * 99999999 }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ first_name.__class__ }}",
    "{{ first_name.upper() }}",
    "{{ practice.items }}",
    "{{ practice['name'] }}",
    "{{ practice }}",
    "{{ self }}",
    "{{ range(10) }}",
    "{{ cycler }}",
    "{{ lipsum() }}",
    "{{ namespace }}",
    "{{ config }}",
    "{{ first_name | attr('__class__') }}",
    "{{ first_name | format }}",
    "{{ first_name | default(first_name) }}",
    "{{ first_name | default(value='x') }}",
    "{{ first_name | default(*practice) }}",
    "{{ first_name | default('" + "x" * 300 + "') }}",
    "{{ first_name ~ first_name }}",
    "{{ 'a' if first_name else 'b' }}",
    "{{ first_name == 'a' }}",
    "{{ 12345 }}",
    "{{ {'a': 1} }}",
    "{% if first_name == 'a' %}x{% endif %}",
    "{% if first_name is defined %}x{% endif %}",
    "{% if range(9) %}x{% endif %}",
    "{% for x in first_name %}{{ x }}{% endfor %}",
    "{% set x = 1 %}",
    "{% macro m() %}x{% endmacro %}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% block b %}x{% endblock %}",
    "{% call x() %}y{% endcall %}",
    "{% filter title %}x{% endfilter %}",
    "{% raw %}x{% endraw %}{% with %}{% endwith %}",
    "{% autoescape true %}x{% endautoescape %}",
    "{% do x %}",
    "{% if " + "not " * 500 + "first_name %}x{% endif %}",
    "{{ " + "(" * 5000 + "first_name" + ")" * 5000 + " }}",
    "{{ first_name" + " | title" * 2000 + " | evil }}",
    "{% if first_name %}" * 900 + "{% endif %}" * 900,
    "{{ " * 6000,
    "{" * 19_000,
]


@pytest.mark.parametrize("source", HOSTILE, ids=[source[:40] for source in HOSTILE])
def test_a_hostile_template_is_refused_before_anything_of_it_runs(source: str) -> None:
    """Everything outside the short list is a problem with a sentence, found in a moment; lone braces are words."""
    started = time.perf_counter()
    compiled = compile_template(source, FIELDS)
    assert time.perf_counter() - started < 5
    if isinstance(compiled, LetterTemplate):
        assert compiled.fill(VALUES) == source
    else:
        assert all(problem.sentence and problem.advice for problem in compiled)


def test_only_braces_that_open_nothing_pass_among_the_hostile() -> None:
    """The list above holds attacks: none of them compiles, but for plain braces if the language takes them as words."""
    passed = [source for source in HOSTILE if isinstance(compile_template(source, FIELDS), LetterTemplate)]
    assert passed in ([], ["{" * 19_000])


def test_a_field_without_a_value_says_where_it_stands() -> None:
    """An absent field raises with its name and line, so that the author can find it."""
    compiled = compile_template("Hello,\n\nand {{ first_name }}", FIELDS)
    assert isinstance(compiled, LetterTemplate)
    with pytest.raises(AbsentField) as caught:
        compiled.fill({})
    assert (caught.value.field, caught.value.line) == ("first_name", 3)


def test_filters_and_branches_do_what_the_readme_says() -> None:
    """Defaults stand in for absent fields, title gives capitals, and an if asks whether a field is there."""
    source = '{{ first_name | title | default("there") }}{% if first_name %} a{% elif today %} b{% else %} c{% endif %}'
    compiled = compile_template(source, FIELDS)
    assert isinstance(compiled, LetterTemplate)
    assert compiled.fill({"first_name": "MARIA jo"}) == "Maria Jo a"
    assert compiled.fill({"today": "x"}) == "there b"
    assert compiled.fill({}) == "there c"


def test_the_flat_text_shows_both_branches_on_their_lines() -> None:
    """The checks read everything a letter may ever say, line by line."""
    compiled = compile_template(
        '{% if today %}\none\n{% else %}\ntwo {{ form_url | default("x") }}\n{% endif %}', FIELDS
    )
    assert isinstance(compiled, LetterTemplate)
    assert compiled.flat({}) == "\none\n\ntwo x\n"
