"""The whole check of the letters, as `triage letters check` shows it; without errors here a letter fits anybody."""

from __future__ import annotations

from pathlib import Path

from triage.letters.context import PracticeFacts
from triage.letters.folder import read_files
from triage.letters.loader import NO_SOURCES, Sources, load
from triage.letters.problem import LetterProblem


def check_folder(
    folder: Path, facts: PracticeFacts, languages: tuple[str, ...], last_good: Sources = NO_SOURCES
) -> tuple[LetterProblem, ...]:
    """Every problem of the templates in `folder`, in the order of their paths and lines. Reads, never writes."""
    found = load(read_files(folder, languages), facts, languages, last_good).problems
    return tuple(sorted(found, key=lambda problem: (problem.path, problem.line)))
