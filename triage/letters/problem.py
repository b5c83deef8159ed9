"""What is wrong with a letter, as a value: where, how bad, a plain sentence, and what to do about it.

It quotes what staff wrote in a template, never anything of a patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from triage.core.told import Told


class Severity(Told):
    """How bad a problem is."""

    ERROR = "error", "The file cannot be used; its last good version stays in use."
    WARNING = "warning", "The file is used, but somebody should look at it."


@dataclass(frozen=True, slots=True)
class LetterProblem:
    """One problem of a file. `path` is relative to the templates folder; `line` counts from 1, 0 is the whole file."""

    path: str
    line: int
    severity: Severity
    sentence: str
    advice: str

    def at(self, path: str, lines_before: int = 0) -> LetterProblem:
        """The same problem in the file `path`, `lines_before` lines further down."""
        return replace(self, path=path, line=self.line + lines_before if self.line else 0)

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.severity}: {self.sentence} {self.advice}"


def error(line: int, sentence: str, advice: str) -> LetterProblem:
    """A problem that keeps a file from being used; its path is filled in by whoever knows it (`at`)."""
    return LetterProblem("", line, Severity.ERROR, sentence, advice)


def warning(line: int, sentence: str, advice: str) -> LetterProblem:
    """A problem that does not keep a file from being used; its path is filled in by whoever knows it (`at`)."""
    return LetterProblem("", line, Severity.WARNING, sentence, advice)


def has_errors(problems: Iterable[LetterProblem]) -> bool:
    """Whether any of the problems keeps its file from being used."""
    return any(problem.severity is Severity.ERROR for problem in problems)


def quoted(text: str, cap: int = 60) -> str:
    """A piece of a template for a sentence: on one line, cut, in backticks."""
    line = " ".join(text.split())
    return f"`{line if len(line) <= cap else line[: cap - 1] + '…'}`"
