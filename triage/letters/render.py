"""Puts a letter, its notices and the frame together once, so that rendering for a person only fills in name and day.

Template language, Markdown, cleaning and styling all ran when the letter was loaded, with private-use marks in place of
what only the moment knows. A first name is therefore never read as code, Markdown or HTML.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import datetime

from triage.core.letter import LetterName, Notice, RenderedLetter
from triage.letters.context import NAME, NAME_TITLED, TODAY, clean_first_name, long_date, titled
from triage.letters.layout import Layout
from triage.letters.letter_text import LetterText
from triage.letters.markdown import Page
from triage.letters.notices import NoticeText


@dataclass(frozen=True, slots=True)
class FinishedPage:
    """Text and HTML of a whole mail, marks still in it."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class CompiledLetter:
    """A letter of which only the name and the day are open."""

    letter: LetterName
    language: str
    version: str
    subject: str
    named: FinishedPage
    nameless: FinishedPage
    notices: tuple[Notice, ...]

    def render(self, first_name: str, now: datetime) -> RenderedLetter:
        """The letter for one person. `now` (aware) should be in the practice's time zone: its date is shown.

        Never raises: a first name that does not look like one is left out.
        """
        name = clean_first_name(first_name)
        page = self.named if name else self.nameless
        text, hypertext = page.text, page.html
        if name:
            text = text.replace(NAME, name).replace(NAME_TITLED, titled(name))
            hypertext = hypertext.replace(NAME, _isolated(name)).replace(NAME_TITLED, _isolated(titled(name)))
        if TODAY in text:
            day = long_date(now.date(), self.language)
            text, hypertext = text.replace(TODAY, day), hypertext.replace(TODAY, day)
        return RenderedLetter(self.letter, self.language, self.version, self.subject, text, hypertext, self.notices)


def compile_letter(
    text: LetterText, block: Page | None, notices: tuple[NoticeText, ...], layout: Layout
) -> CompiledLetter:
    """The letter with its notices inside the frame; `block` is shown between the two if given."""
    return CompiledLetter(
        text.letter,
        text.language,
        text.version,
        text.subject,
        _finish(text.named, block, notices, layout),
        _finish(text.nameless, block, notices, layout),
        tuple(notice.notice for notice in notices),
    )


def _finish(page: Page, block: Page | None, notices: tuple[NoticeText, ...], layout: Layout) -> FinishedPage:
    pages = [page] if block is None else [page, block]
    text = layout.text_of("\n\n".join(one.text for one in pages), "\n\n".join(notice.text for notice in notices))
    hypertext = layout.html_of("\n".join(one.html for one in pages), "\n".join(notice.html for notice in notices))
    return FinishedPage(text + "\n", hypertext)


def _isolated(name: str) -> str:
    """A name for HTML, kept from turning the direction of the words around it (HTML, the bdi element)."""
    return f"<bdi>{html.escape(name)}</bdi>"
