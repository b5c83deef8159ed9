"""The letters in use: loaded once, loaded again when a file changes, and never worse than their last good version.

A broken edit is told to staff and has no other effect. Rendering is safe from any thread at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock

from triage.core.letter import LetterName, Notice, RenderedLetter
from triage.errors import PermanentError
from triage.events import Event, EventLog
from triage.letters.context import PracticeFacts
from triage.letters.folder import SourceKey, read_files, stamp_of
from triage.letters.loader import NO_SOURCES, Loaded, Sources, load
from triage.letters.problem import LetterProblem, Severity
from triage.letters.source import LetterSource


class LetterLibrary:
    """Renders letters from the templates in `folder`.

    `languages` are ISO 639-1 codes, the practice's first one first. `last_good` holds the sources that the store kept
    from before, so that a file that is broken at the start still has its last good version.
    """

    def __init__(
        self,
        folder: Path,
        facts: PracticeFacts,
        languages: tuple[str, ...],
        log: EventLog,
        last_good: Sources = NO_SOURCES,
    ) -> None:
        self._folder, self._facts, self._languages, self._log = folder, facts, languages, log
        self._lock = Lock()
        self._good: dict[SourceKey, LetterSource] = dict(last_good)
        self._told: frozenset[LetterProblem] = frozenset()
        self._stamp = stamp_of(folder, languages)
        self._loaded = self._load()
        self._notices: tuple[Notice, ...] = ()
        self._notices_of: Loaded | None = None

    def reload_if_changed(self) -> bool:
        """Load the templates again if any file changed since; whether that was so. Costs microseconds if not."""
        with self._lock:
            stamp = stamp_of(self._folder, self._languages)
            if stamp == self._stamp:
                return False
            self._stamp = stamp
            self._loaded = self._load()
            return True

    def render(self, name: LetterName, language: str, first_name: str, now: datetime) -> RenderedLetter:
        """One letter for one person; a language without this letter falls back to the practice's first one.

        `first_name` may be "" and may be anything a stranger wrote. `now` (aware) should be in the practice's zone.

        Raises:
            PermanentError: this letter never was good; the sentence says where to look.
        """
        loaded = self._loaded
        first = self._languages[0]
        wanted = language if language in self._languages else first
        if (name, wanted) not in loaded.letters and (name, wanted) not in loaded.broken:
            wanted = first
        compiled = loaded.letters.get((name, wanted))
        if compiled is None:
            raise PermanentError(f"The letter {name.value} ({wanted}) cannot be used: see `triage letters check`.")
        return compiled.render(first_name, now)

    def problems(self) -> tuple[LetterProblem, ...]:
        """What is wrong with the templates as they were last loaded."""
        return self._loaded.problems

    def notices(self) -> tuple[Notice, ...]:
        """Every notice that any letter carries now, each once."""
        loaded = self._loaded
        if self._notices_of is not loaded:
            self._notices = tuple({notice: None for letter in loaded.letters.values() for notice in letter.notices})
            self._notices_of = loaded
        return self._notices

    def sources(self) -> Mapping[SourceKey, LetterSource]:
        """Every good source in use, to be kept by the store and handed back as `last_good` at the next start."""
        return dict(self._loaded.sources)

    def _load(self) -> Loaded:
        """Load, remember what is good, and tell staff about each new error once."""
        loaded = load(read_files(self._folder, self._languages), self._facts, self._languages, self._good)
        self._good.update(loaded.sources)
        errors = frozenset(problem for problem in loaded.problems if problem.severity is Severity.ERROR)
        for problem in sorted(errors - self._told, key=lambda one: (one.path, one.line)):
            fields = {"path": problem.path, "problem": problem.sentence, "advice": problem.advice}
            self._log.tell(Event.LETTER_PROBLEM, line=problem.line, **fields)
        self._told = errors
        self._log.tell(Event.LETTERS_LOADED, count=len(loaded.letters))
        return loaded
