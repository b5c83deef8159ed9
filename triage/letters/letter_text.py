"""Reads one letter file: its subject and its words, in the form for somebody whose first name we know and for others.

All checks of a single letter happen here; what a letter says is fixed when it is loaded, but for the name and the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from triage.core.letter import LetterName
from triage.letters.claims import claims_in, health_word_in
from triage.letters.context import FIELDS, NAME, PracticeFacts, letter_values
from triage.letters.links import check_links
from triage.letters.markdown import Block, Page, convert, escape_markdown
from triage.letters.mistakes import find_mistakes
from triage.letters.notices import absent_fact
from triage.letters.problem import LetterProblem, error, has_errors, quoted, warning
from triage.letters.reading import check_reading
from triage.letters.source import Document, take_apart
from triage.letters.template import AbsentField, LetterTemplate, compile_template

NAMELESS = frozenset({LetterName.RECEIVED, LetterName.CONFIRM_ADDRESS, LetterName.CRISIS})
"""Letters that must reveal nothing: they may reach somebody else, so they never name anybody."""

_WITH_FORM_LINK = frozenset({LetterName.FORM_MISSING, LetterName.REMINDER_FORM})
_FRONT: Mapping[str, tuple[type, ...]] = MappingProxyType({"subject": (str,), "facts": (bool,), "notices": (list,)})
_BLOCK_FRONT: Mapping[str, tuple[type, ...]] = MappingProxyType({"title": (str,)})
_LONGEST_SUBJECT = 78
_SAMPLE = "Maria"


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter's own words: `named` for a known first name (a mark stands for it), `nameless` for everybody else.

    `wants_facts` asks for the block of facts about the treatment, `extra` for notices beside the required ones.
    """

    letter: LetterName
    language: str
    version: str
    subject: str
    named: Page
    nameless: Page
    wants_facts: bool
    extra: tuple[str, ...]


def read_letter(
    text: str, version: str, letter: LetterName, language: str, facts: PracticeFacts
) -> tuple[LetterText | None, list[LetterProblem]]:
    """A letter file's text as a letter, and its problems; no letter if one of them is an error."""
    document = take_apart(text, _FRONT)
    problems = list(document.problems)
    if has_errors(problems):
        return None, problems
    fields = {name: told for name, told in FIELDS.items() if name != "first_name" or letter not in NAMELESS}
    subject, found = _read_subject(document, facts)
    problems.extend(found)
    pages, found = _read_body(document.body, fields, letter, language, facts)
    problems.extend(problem.at("", document.lines_before) for problem in found)
    if letter is LetterName.CRISIS and (document.front.get("facts") or document.front.get("notices")):
        problems.append(
            error(1, "The crisis letter asks for more than help.", "Take facts and notices out of its top.")
        )
    if pages is None or has_errors(problems):
        return None, problems
    extra = document.front.get("notices", ())
    extra = extra if isinstance(extra, tuple) else ()
    wants_facts = document.front.get("facts") is True
    return LetterText(letter, language, version, subject, *pages, wants_facts, extra), problems


def read_block(text: str, language: str, facts: PracticeFacts) -> tuple[Page | None, list[LetterProblem]]:
    """The block of facts as a page with its title as a heading, and its problems; it names nobody."""
    document = take_apart(text, _BLOCK_FRONT)
    problems = list(document.problems)
    fields = {name: told for name, told in FIELDS.items() if name.startswith("practice.")}
    if has_errors(problems):
        return None, problems
    pages, found = _read_body(document.body, fields, None, language, facts)
    problems.extend(problem.at("", document.lines_before) for problem in found)
    if not document.text("title"):
        problems.append(error(1, "The block of facts has no title.", "Write `title: What studies have shown`."))
    if pages is None or has_errors(problems):
        return None, problems
    title = convert(f"## {escape_markdown(document.text('title'))}")
    page = pages[1]
    return Page(f"{title.text}\n\n{page.text}", f"{title.html}\n{page.html}", page.links, page.blocks), problems


def _read_subject(document: Document, facts: PracticeFacts) -> tuple[str, list[LetterProblem]]:
    """The finished subject; it is the same for everybody, since lock screens show it."""
    line = document.line_of("subject")
    source = document.text("subject")
    if not source:
        return "", [error(line, "The letter has no subject.", "Write `subject: We received your message` at the top.")]
    found = find_mistakes(source)
    compiled = found or compile_template(source, {name: FIELDS[name] for name in ("practice.name", "practice.phone")})
    if not isinstance(compiled, LetterTemplate):
        return "", [problem.at("", line - 1) for problem in compiled]
    said = {name: getattr(facts, name) for name in ("name", "phone") if getattr(facts, name)}
    try:
        subject = " ".join(compiled.fill({"practice": said}).split())
    except AbsentField as absent:
        return "", [absent_fact(absent).at("", line - 1)]
    return subject, list(_check_subject(subject, line, facts))


def _check_subject(subject: str, line: int, facts: PracticeFacts) -> Iterator[LetterProblem]:
    if word := health_word_in(subject):
        advice = "Anybody may see it on a lock screen. Write something neutral: We received your message."
        yield error(line, f"The subject names the treatment or health: {quoted(word)}.", advice)
    if len(subject) > _LONGEST_SUBJECT:
        yield error(line, f"The subject is longer than {_LONGEST_SUBJECT} characters.", "Shorten it.")
    yield from claims_in((Block(line, subject, is_plain=True),), facts)


def _read_body(
    body: str, fields: Mapping[str, str], letter: LetterName | None, language: str, facts: PracticeFacts
) -> tuple[tuple[Page, Page] | None, list[LetterProblem]]:
    """Both forms of the words, and what is wrong with them."""
    mistakes = find_mistakes(body)
    compiled = mistakes or compile_template(body, fields)
    if not isinstance(compiled, LetterTemplate):
        return None, list(compiled)
    values = letter_values(facts)
    try:
        nameless = convert(compiled.fill(values))
        named = convert(compiled.fill({**values, "first_name": NAME}))
    except AbsentField as absent:
        return None, [_absent_problem(absent)]
    flat = convert(compiled.flat({**values, "first_name": _SAMPLE}))
    problems = list(_check_pages(flat, named, nameless, facts))
    problems.extend(check_reading(named.text.replace(NAME, _SAMPLE), language))
    if letter is LetterName.CRISIS and not ("988" in nameless.text and "911" in nameless.text):
        advice = "A person in danger must find both numbers first."
        problems.append(error(1, "The crisis letter does not name 988 and 911.", advice))
    if letter in _WITH_FORM_LINK and facts.form_url not in {link.url for link in nameless.links}:
        advice = "Add [our contact form]({{ form_url }})."
        problems.append(warning(0, "The letter asks for the contact form, but does not link to it.", advice))
    return (named, nameless), problems


def _absent_problem(absent: AbsentField) -> LetterProblem:
    if absent.field == "first_name":
        advice = 'Write {{ first_name | default("there") }}, or {% if first_name %} ... {% endif %} around it.'
        return error(absent.line, "`{{ first_name }}` is often unknown and has no default here.", advice)
    if absent.field == "form_url":
        advice = "Set TRIAGE_FORM_URL, or write {% if form_url %} ... {% endif %} around it."
        return error(absent.line, "The settings do not say the address of the contact form.", advice)
    return absent_fact(absent)


def _check_pages(flat: Page, named: Page, nameless: Page, facts: PracticeFacts) -> Iterator[LetterProblem]:
    """Empty letters, claims and links: first by the source's lines, then in what would really go out."""
    if not nameless.text.strip() or not named.text.strip():
        yield error(1, "The letter is empty for some readers.", "Write its words below the front matter.")
    by_line = [*claims_in(flat.blocks, facts), *check_links(flat.links, facts)]
    yield from by_line
    seen = {problem.sentence for problem in by_line}
    for page in (named, nameless):
        for problem in (*claims_in(page.blocks, facts), *check_links(page.links, facts)):
            if problem.sentence not in seen:
                seen.add(problem.sentence)
                yield problem
