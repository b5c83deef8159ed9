"""The mandatory texts: reads them, insists on them, and decides which letter carries which, in which order.

No letter can leave a notice out, and no edit of a file can: the list of what every letter must carry stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import nh3

from triage.core.letter import LetterName, Notice
from triage.letters.claims import claims_in
from triage.letters.context import FIELDS, PracticeFacts, letter_values
from triage.letters.markdown import Block, Page, convert
from triage.letters.mistakes import find_mistakes
from triage.letters.problem import LetterProblem, error, has_errors, quoted, warning
from triage.letters.reading import check_reading
from triage.letters.source import Document, take_apart
from triage.letters.template import AbsentField, LetterTemplate, compile_template
from triage.letters.versions import digest_of

REQUIRED = (
    *("crisis", "automated", "elective", "guarantee", "fda", "risks", "research"),
    *("notadvice", "meds", "privacy", "adult", "wrong", "stop"),
)
"""The notices that must exist in each language, in the order in which letters carry them."""

IN_CRISIS = frozenset({"crisis", "automated"})
"""All that the crisis letter carries: a person in danger must not have to read past anything else."""

_ALL = "all"
_FRONT: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {"id": (str,), "version": (int,), "title": (str,), "required_for": (str, list), "offers": (str,)}
)
_FIELDS = MappingProxyType({name: told for name, told in FIELDS.items() if name.startswith("practice.")})
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A notice ready to be put under letters: `notice` (id, language, version, plain words), title and HTML.

    `digest` tells its words from those of another version. `required_for` are the letters that carry it by themselves.
    `offers` is a language that it offers to the reader, or "": it is carried only where the practice has that language.
    """

    notice: Notice
    title: str
    html: str
    digest: str
    required_for: frozenset[LetterName]
    offers: str

    @property
    def text(self) -> str:
        """Title and words for the text part."""
        return f"{self.title}\n{self.notice.text}"


def read_notice(
    text: str, notice_id: str, language: str, facts: PracticeFacts
) -> tuple[NoticeText | None, list[LetterProblem]]:
    """A notice file's text as a notice, and its problems; no notice if one of them is an error."""
    document = take_apart(text, _FRONT)
    problems = list(document.problems)
    if has_errors(problems):
        return None, problems
    problems.extend(_check_front(document, notice_id))
    body, found = _words(document, facts)
    problems.extend(found)
    if has_errors(problems):
        return None, problems
    page = convert(body)
    title = document.text("title")
    found = list(_check_words(title, page, notice_id, language, facts))
    problems.extend(problem.at("", document.lines_before) for problem in found)
    if has_errors(problems):
        return None, problems
    version = document.front["version"]
    notice = Notice(notice_id, language, version if isinstance(version, int) else 0, page.text)
    html = f'<div class="notice notice-{notice_id}"><h3>{nh3.clean_text(title)}</h3>\n{page.html}</div>'
    digest = digest_of(title, document.body)
    return NoticeText(notice, title, html, digest, _letters(document), document.text("offers")), problems


def notices_for(
    letter: LetterName, notices: Mapping[str, NoticeText], languages: tuple[str, ...], extra: tuple[str, ...] = ()
) -> tuple[NoticeText, ...]:
    """The notices a letter carries, in order; `extra` are ids that the letter's front matter adds."""
    order = {notice_id: place for place, notice_id in enumerate(REQUIRED)}
    ids = sorted(notices, key=lambda notice_id: (order.get(notice_id, len(order)), notice_id))
    return tuple(notices[notice_id] for notice_id in ids if _carries(letter, notices[notice_id], languages, extra))


def missing_for(letter: LetterName, notices: Mapping[str, NoticeText]) -> tuple[str, ...]:
    """The required notices that a letter cannot do without and that are not there."""
    needed = IN_CRISIS if letter is LetterName.CRISIS else REQUIRED
    return tuple(notice_id for notice_id in REQUIRED if notice_id in needed and notice_id not in notices)


def _carries(letter: LetterName, notice: NoticeText, languages: tuple[str, ...], extra: tuple[str, ...]) -> bool:
    if letter is LetterName.CRISIS:
        return notice.notice.id in IN_CRISIS
    if notice.offers and notice.offers not in languages:
        return False
    return letter in notice.required_for or notice.notice.id in extra


def _letters(document: Document) -> frozenset[LetterName]:
    named = document.front.get("required_for", ())
    if named == _ALL:
        return frozenset(LetterName)
    return frozenset(LetterName(name) for name in named) if isinstance(named, tuple) else frozenset()


def _check_front(document: Document, notice_id: str) -> Iterator[LetterProblem]:
    """What is wrong with a notice's front matter."""
    if document.text("id") != notice_id:
        advice = f"Write `id: {notice_id}`, or rename the file."
        yield error(document.line_of("id"), "The notice's id is not the name of its file.", advice)
    version = document.front.get("version")
    if not isinstance(version, int) or version < 1:
        yield error(document.line_of("version"), "The notice has no version.", "Write a whole number: `version: 1`.")
    if not document.text("title"):
        advice = "Write a few plain words: `title: Your choice`."
        yield error(document.line_of("title"), "The notice has no title.", advice)
    named = document.front.get("required_for", "")
    line = document.line_of("required_for")
    known = {letter.value for letter in LetterName}
    if notice_id in REQUIRED and named != _ALL:
        yield error(line, "Every letter must carry this notice.", "Write `required_for: all`.")
    elif named != _ALL and (isinstance(named, str) or not isinstance(named, tuple) or not set(named) <= known):
        advice = f"Write `required_for: all` or a list of {', '.join(sorted(known))}."
        yield error(line, "It is not clear which letters carry this notice.", advice)


def _words(document: Document, facts: PracticeFacts) -> tuple[str, list[LetterProblem]]:
    """The notice's Markdown with its fields filled in, and what is wrong with its source."""
    found = list(find_mistakes(document.body))
    compiled = () if found else compile_template(document.body, _FIELDS)
    if not isinstance(compiled, LetterTemplate):
        found.extend(compiled)
        return "", [problem.at("", document.lines_before) for problem in found]
    try:
        words = compiled.fill(letter_values(facts))
    except AbsentField as absent:
        return "", [absent_fact(absent).at("", document.lines_before)]
    if not convert(words).text.strip():
        advice = "Put its words back; it cannot be left out."
        return "", [error(document.lines_before + 1, "The notice is empty.", advice)]
    return words, []


def absent_fact(absent: AbsentField) -> LetterProblem:
    """The problem of a fact that the practice's settings do not say."""
    advice = f"Fill in the settings, or write {{% if practice.{absent.field} %}} ... {{% endif %}} around it."
    return error(absent.line, f"The settings do not say the practice's {absent.field.replace('_', ' ')}.", advice)


def _check_words(
    title: str, page: Page, notice_id: str, language: str, facts: PracticeFacts
) -> Iterator[LetterProblem]:
    """What is wrong with a notice's words, once they can be read."""
    for block in page.blocks:
        if not block.is_plain:
            advice = "A notice is plain paragraphs, so that every mail program shows it: take the formatting away."
            yield error(block.line, f"There is formatting in {quoted(block.words)}.", advice)
    if len(page.text) > _LONGEST:
        yield error(0, f"The notice is longer than {_LONGEST:,} characters.", "Nobody would read it: shorten it.")
    yield from claims_in((Block(0, title, is_plain=True), *page.blocks), facts, may_speak_of_fda=notice_id == "fda")
    yield from check_reading(page.text, language)


def missing_twin(language: str) -> LetterProblem:
    """The problem of a file that exists in another language of the practice, but not in this one."""
    advice = f"Write it in {quoted(language)} too; until then the practice's first language is used."
    return warning(0, "This file is missing, although another language has it.", advice)
