"""The letters' small language: Jinja2 in its immutable sandbox, with fields, `if`/`else` and three filters. No more.

The syntax tree is checked against a short list before anything of it runs, so that no template can loop, call, compute
or reach anything but the documented fields. What a letter can cost is bounded by the size of its file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from triage.letters.context import NAME, NAME_TITLED, TODAY, titled
from triage.letters.problem import LetterProblem, error, quoted
from triage.letters.source import LARGEST_FILE

_DEEPEST = 20
_LONGEST_CONSTANT = 200
_TESTS = nodes.Not | nodes.And | nodes.Or
_FILE = "<template>"

Values = Mapping[str, str | Mapping[str, str]]
"""What a template may see: `first_name`, `today` ... and `practice` as a mapping of its own."""


class AbsentField(Exception):  # noqa: N818 - a state of the world, not a fault of the program
    """A template shows a field that has no value; `field` is its last word, `line` where it stands (from 1)."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.line = 0
        super().__init__(field)


class _Absent(StrictUndefined):
    """Like StrictUndefined, but may be asked for in an `if`, and says which field it is."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # may be asked for, unlike StrictUndefined
        return False

    def __str__(self) -> str:  # type: ignore[override]  # the base class says that it never returns
        raise AbsentField(self._undefined_name or "")


def _default(value: object, fallback: str) -> object:
    return fallback if isinstance(value, Undefined) else value


def _title(value: object) -> object:
    if isinstance(value, str):
        return NAME_TITLED if value == NAME else titled(value)
    return value


def _date(value: object) -> object:
    return value


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=_Absent, autoescape=False, keep_trailing_newline=True, cache_size=0
    )
    environment.filters = {"default": _default, "title": _title, "date": _date}
    environment.tests = {}
    environment.globals = {}
    return environment


_ENVIRONMENT = _environment()
_ARGUMENTS = {"default": 1, "title": 0, "date": 0}


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """A template that passed the checks: `tree` for reading it, `compiled` for filling it in."""

    tree: nodes.Template
    compiled: Template

    def fill(self, values: Values) -> str:
        """The template's text with these values.

        Raises:
            AbsentField: the template shows a field that `values` does not hold, and gives no default.
        """
        try:
            return self.compiled.render(dict(values))
        except AbsentField as absent:
            absent.line = _line_in_template(absent.__traceback__)
            raise

    def flat(self, values: Values) -> str:
        """All that the template may ever say, line by line as in its source: both sides of each `if`.

        Fields show the value given, else their default. For the checks only.
        """
        return "".join(_flat(self.tree.body, values))


def compile_template(source: str, fields: Mapping[str, str]) -> LetterTemplate | tuple[LetterProblem, ...]:
    """The compiled template, or the problems that forbid it. `fields` are the dotted names it may use."""
    if len(source) > LARGEST_FILE:
        return (error(0, f"The text is longer than {LARGEST_FILE:,} characters.", "Shorten it."),)
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as fault:
        return (error(fault.lineno, f"The template language stops here: {fault.message}", _LANGUAGE),)
    except RecursionError:
        return (error(0, "The fields are nested too deeply.", _LANGUAGE),)
    problems = tuple(_check(tree, fields))
    return problems or LetterTemplate(tree, _ENVIRONMENT.from_string(tree))


_LANGUAGE = (
    'Use fields, {% if first_name %} ... {% else %} ... {% endif %}, and the filters default("..."), title, date.'
)


def _check(tree: nodes.Template, fields: Mapping[str, str]) -> Iterator[LetterProblem]:
    """Walk over the whole tree without recursion; every node must be on the list, in a place where it may stand."""
    waiting: list[tuple[nodes.Node, int]] = [(node, 1) for node in reversed(tree.body)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            yield error(node.lineno, "The fields are nested too deeply.", _LANGUAGE)
            return
        if isinstance(node, nodes.Output):
            for shown in node.nodes:
                yield from _check_shown(shown, fields)
        elif isinstance(node, nodes.If):
            yield from _check_test(node.test, fields)
            waiting.extend((inner, depth + 1) for inner in reversed([*node.body, *node.elif_, *node.else_]))
        else:
            kind = type(node).__name__.lower()
            yield error(node.lineno, f"The instruction `{kind}` is not part of the letters' language.", _LANGUAGE)


def _check_shown(node: nodes.Node, fields: Mapping[str, str]) -> Iterator[LetterProblem]:
    """What stands in double braces: words, a field, or a field with filters."""
    filters = 0
    while isinstance(node, nodes.Filter) and node.node is not None and filters <= _DEEPEST:
        filters += 1
        yield from _check_filter(node)
        node = node.node
    if isinstance(node, nodes.TemplateData) or _is_text(node):
        return
    yield from _check_field(node, fields)


def _check_test(node: nodes.Node, fields: Mapping[str, str]) -> Iterator[LetterProblem]:
    """What stands behind `if`: fields, joined by not, and, or."""
    waiting = [(node, 1)]
    while waiting:
        part, depth = waiting.pop()
        if depth > _DEEPEST:
            yield error(part.lineno, "The fields are nested too deeply.", _LANGUAGE)
            return
        if isinstance(part, _TESTS):
            waiting.extend((inner, depth + 1) for inner in part.iter_child_nodes())
        else:
            yield from _check_field(part, fields)


def _check_filter(node: nodes.Filter) -> Iterator[LetterProblem]:
    count = _ARGUMENTS.get(node.name)
    if count is None:
        yield error(node.lineno, f"There is no filter {quoted(node.name)}.", _LANGUAGE)
    elif (
        len(node.args) != count or node.kwargs or node.dyn_args or node.dyn_kwargs or not all(map(_is_text, node.args))
    ):
        needs = 'one text, as in default("there")' if count else "nothing in brackets"
        yield error(node.lineno, f"The filter {quoted(node.name)} takes {needs}.", _LANGUAGE)
    elif node.name == "date" and dotted(node.node) != "today":
        yield error(node.lineno, "The filter `date` is for the field `today` only.", "Write {{ today | date }}.")


def _check_field(node: nodes.Node, fields: Mapping[str, str]) -> Iterator[LetterProblem]:
    name = dotted(node)
    if name in fields:
        return
    if not name:
        kind = type(node).__name__.lower()
        yield error(node.lineno, f"`{kind}` is not part of the letters' language.", _LANGUAGE)
        return
    near = difflib.get_close_matches(name, fields, n=1, cutoff=0.5)
    hint = f": did you mean `{near[0]}`?" if near else "."
    advice = f"The fields are {', '.join(fields)}."
    yield error(node.lineno, f"{quoted(f'{{{{ {name} }}}}')} is not a field{hint}", advice)


def _is_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and isinstance(node.value, str) and len(node.value) <= _LONGEST_CONSTANT


def dotted(node: nodes.Node | None) -> str:
    """The dotted name of a field ("practice.name"), or "" if the node is anything else or longer than two words."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return f"{node.node.name}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else ""


def _line_in_template(trace: TracebackType | None) -> int:
    """The template's line in a traceback, which Jinja2 rewrote to speak of the template."""
    line = 1
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _flat(body: list[nodes.Node], values: Values) -> Iterator[str]:
    for node in body:
        if isinstance(node, nodes.Output):
            for shown in node.nodes:
                yield shown.data if isinstance(shown, nodes.TemplateData) else _flat_shown(shown, values)
        elif isinstance(node, nodes.If):
            yield from _flat([*node.body, *node.elif_, *node.else_], values)


def _flat_shown(node: nodes.Node, values: Values) -> str:
    fallback = ""
    while isinstance(node, nodes.Filter) and node.node is not None:
        if node.name == "default" and isinstance(node.args[0], nodes.Const):
            fallback = str(node.args[0].value)
        node = node.node
    if isinstance(node, nodes.Const):
        return str(node.value)
    first, _, second = dotted(node).partition(".")
    value: Any = values.get(first, "")
    value = value.get(second, "") if isinstance(value, Mapping) else value
    return value if isinstance(value, str) and value and not (fallback and value in {NAME, TODAY}) else fallback
