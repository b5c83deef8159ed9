"""Reads a finished letter as each of the sample people would get it: nothing open, no notice missing in either part.

This looks at the letters when they are loaded; `core.proof` looks again at the very bytes of each reply.
"""

from __future__ import annotations

from datetime import UTC, datetime

from triage.core.letter import RenderedLetter
from triage.core.visible import squeeze, visible_text
from triage.letters.context import MARKS, SamplePerson, sample_people
from triage.letters.problem import LetterProblem, error
from triage.letters.render import CompiledLetter

_SAMPLE_DAY = datetime(2026, 1, 31, 12, tzinfo=UTC)


def proofread(compiled: CompiledLetter) -> tuple[LetterProblem, ...]:
    """What is wrong with a letter once it is rendered; nothing if it is fit for everybody."""
    for person in sample_people():
        sentence = _fault(compiled.render(person.first_name, _SAMPLE_DAY), person)
        if sentence:
            return (error(0, sentence, "Take back the last changes of this letter or of layout.html."),)
    return ()


def _fault(rendered: RenderedLetter, person: SamplePerson) -> str:
    """What is wrong with a letter rendered for somebody, as a sentence; "" if nothing."""
    if any(mark in part for mark in MARKS for part in (rendered.subject, rendered.text, rendered.html)):
        return f"For {person.label}, the letter shows an unfilled field."
    try:
        shown = visible_text(rendered.html)
    except ValueError as fault:
        return str(fault)
    text = squeeze(rendered.text)
    for notice in rendered.notices:
        words = squeeze(notice.text)
        if not words or words not in text or words not in shown:
            return f"For {person.label}, the letter does not show the notice {notice.id} in both parts."
    return "" if rendered.notices else "The letter carries no notice at all."
