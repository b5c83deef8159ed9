"""Loads all templates at once: what is good becomes letters, what is broken stays at its last good version.

Nothing in here remembers anything: the same files, facts and last good sources always give the same letters.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from triage.core.letter import LetterName
from triage.letters.context import WORDS, PracticeFacts
from triage.letters.folder import Files, SourceKey, path_of
from triage.letters.layout import Layout, read_layout
from triage.letters.letter_text import LetterText, read_block, read_letter
from triage.letters.markdown import Page
from triage.letters.notices import REQUIRED, NoticeText, missing_for, missing_twin, notices_for, read_notice
from triage.letters.problem import LetterProblem, error, has_errors, quoted, warning
from triage.letters.proofread import proofread
from triage.letters.render import CompiledLetter, compile_letter
from triage.letters.source import LetterSource
from triage.letters.versions import PATH as VERSIONS
from triage.letters.versions import Recorded, VersionKey, check_approvals, check_version, read_versions

Sources = Mapping[SourceKey, LetterSource]
NO_SOURCES: Sources = MappingProxyType({})

_Read = TypeVar("_Read")
_LAYOUT: SourceKey = ("layout", "")
_ID = re.compile(r"[a-z][a-z0-9_-]{0,40}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """All letters in use. `broken` ones exist, but never were good; `sources` are the good texts in use."""

    letters: Mapping[tuple[LetterName, str], CompiledLetter]
    broken: frozenset[tuple[LetterName, str]]
    sources: Sources
    problems: tuple[LetterProblem, ...]


def load(files: Files, facts: PracticeFacts, languages: tuple[str, ...], last_good: Sources = NO_SOURCES) -> Loaded:
    """Every letter of the practice in each of its languages; the first language must have all of them."""
    return _Loading(files, facts, languages, last_good).run()


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the letters of one language share."""

    language: str
    notices: Mapping[str, NoticeText]
    layout: Layout | None
    block: Page | None


class _Loading:
    """One load in progress: collects letters, sources and problems."""

    def __init__(self, files: Files, facts: PracticeFacts, languages: tuple[str, ...], last_good: Sources) -> None:
        self.files, self.facts, self.languages, self.last_good = files, facts, languages, last_good
        self.problems = list(files.problems)
        self.sources: dict[SourceKey, LetterSource] = {}
        self.letters: dict[tuple[LetterName, str], CompiledLetter] = {}
        self.broken: set[tuple[LetterName, str]] = set()
        self.recorded: dict[VersionKey, Recorded] = {}

    def run(self) -> Loaded:
        self._read_versions()
        in_use: list[VersionKey] = []
        for language in self.languages:
            if language not in WORDS:
                known = ", ".join(WORDS)
                self._tell(f"letters/{language}", error(0, f"triage cannot check {quoted(language)}.", f"Use {known}."))
                continue
            notices = self._read_notices(language)
            in_use.extend((language, one.notice.id, one.notice.version) for one in notices.values())
            self._read_letters(language, notices)
        self.problems.extend(check_approvals(in_use, self.recorded))
        return Loaded(self.letters, frozenset(self.broken), self.sources, tuple(dict.fromkeys(self.problems)))

    def _tell(self, path: str, *problems: LetterProblem) -> None:
        self.problems.extend(problem.at(path) for problem in problems)

    def _best(
        self,
        key: SourceKey,
        read: Callable[[LetterSource], tuple[_Read | None, list[LetterProblem]]],
        check: Callable[[_Read], tuple[LetterProblem, ...]] = lambda _: (),
    ) -> _Read | None:
        """What the file says, or what its last good version said. `check` is only for a file that is new."""
        path = path_of(key)
        text = self.files.texts.get(path)
        if text is not None:
            source = LetterSource.of(text)
            value, problems = read(source)
            more = () if value is None else check(value)
            self._tell(path, *problems, *more)
            if value is not None and not has_errors(more):
                self.sources[key] = source
                return value
        if key not in self.last_good:
            return None
        value, _ = read(self.last_good[key])
        if value is not None:
            self.sources[key] = self.last_good[key]
        return value

    def _read_versions(self) -> None:
        """What is recorded of the notices' versions; the last good files' own words are a record too."""
        text = self.files.texts.get(VERSIONS)
        if text is None:
            self._tell(VERSIONS, warning(0, "The record of the notices' versions is missing.", "Restore the file."))
        recorded, problems = read_versions(text or "")
        self.problems.extend(problems)
        self.recorded.update(recorded)
        for (name, language), source in self.last_good.items():
            if name.startswith("notice:"):
                old, _ = self._read_notice(source, name.removeprefix("notice:"), language)
                if old is not None:
                    key = (language, old.notice.id, old.notice.version)
                    self.recorded.setdefault(key, Recorded(old.digest))

    def _read_notice(
        self, source: LetterSource, notice_id: str, language: str
    ) -> tuple[NoticeText | None, list[LetterProblem]]:
        return read_notice(source.text, notice_id, language, self.facts)

    def _read_notices(self, language: str) -> dict[str, NoticeText]:
        """The notices of one language that can be used, by id."""
        names = self.files.names("notices", language)
        notices: dict[str, NoticeText] = {}
        for notice_id in dict.fromkeys((*REQUIRED, *names)):
            path = path_of((f"notice:{notice_id}", language))
            if _ID.fullmatch(notice_id) is None:
                self._tell(path, error(0, "The file's name is no id.", "Use small letters a-z, digits, - and _ only."))
                continue
            if notice_id not in names and path not in {problem.path for problem in self.files.problems}:
                advice = "Put the file back: no letter may leave without it."
                self._tell(path, error(0, f"The required notice {quoted(notice_id)} is missing.", advice))
            notice = self._best(
                (f"notice:{notice_id}", language),
                lambda source, notice_id=notice_id: self._read_notice(source, notice_id, language),  # type: ignore[misc]
                lambda read: check_version((language, read.notice.id, read.notice.version), read.digest, self.recorded),
            )
            if notice is not None:
                notices[notice_id] = notice
        self._compare_notices(language, names)
        return notices

    def _compare_notices(self, language: str, names: tuple[str, ...]) -> None:
        """Warn of a notice of the practice's own that another language has, but not this one."""
        for other in self.languages:
            for name in self.files.names("notices", other):
                if name not in names and name not in REQUIRED and _ID.fullmatch(name):
                    self._tell(path_of((f"notice:{name}", language)), missing_twin(language))

    def _read_letters(self, language: str, notices: dict[str, NoticeText]) -> None:
        if path_of(_LAYOUT) not in self.files.texts:
            self._tell(path_of(_LAYOUT), error(0, "The layout is missing.", "Put the file layout.html back."))
        layout = self._best(_LAYOUT, lambda source: read_layout(source.text, self.facts, language))
        block = self._best(("facts", language), lambda source: read_block(source.text, language, self.facts))
        names = self.files.names("letters", language)
        for name in sorted(set(names) - set(LetterName)):
            near = difflib.get_close_matches(name, list(LetterName), n=1)
            hint = f"Did you mean {near[0]}.md?" if near else f"The letters are {', '.join(LetterName)}."
            self._tell(f"letters/{language}/{name}.md", warning(0, "No letter has this name; it is not used.", hint))
        surroundings = _Surroundings(language, notices, layout, block)
        for letter in LetterName:
            self._read_one(letter, surroundings)

    def _read_one(self, letter: LetterName, around: _Surroundings) -> None:
        """Load one letter, or say why it cannot be used."""
        key = (letter.value, around.language)
        path = path_of(key)
        if path not in self.files.texts and path not in {problem.path for problem in self.files.problems}:
            if around.language != self.languages[0]:
                self._tell(path, missing_twin(around.language))
                return
            self._tell(path, error(0, "The letter is missing.", "Put it back: the first language needs every letter."))
        compiled = self._best(key, lambda source: self._read_letter(source, letter, around))
        if compiled is None:
            self.broken.add((letter, around.language))
        else:
            self.letters[(letter, around.language)] = compiled

    def _read_letter(
        self, source: LetterSource, letter: LetterName, around: _Surroundings
    ) -> tuple[CompiledLetter | None, list[LetterProblem]]:
        text, problems = read_letter(source.text, source.version, letter, around.language, self.facts)
        if text is None:
            return None, problems
        compiled, more = self._compile(text, around)
        return compiled, [*problems, *more]

    def _compile(
        self, text: LetterText, around: _Surroundings
    ) -> tuple[CompiledLetter | None, tuple[LetterProblem, ...]]:
        """The letter with all that it must carry, or why it cannot leave like that."""
        if around.layout is None:
            return None, (error(0, "The letter cannot be used without the layout.", "Mend layout.html first."),)
        if missing := missing_for(text.letter, around.notices):
            sentence = f"The letter cannot be used without its notices: {', '.join(missing)}."
            return None, (error(0, sentence, "Mend these notices first."),)
        if unknown := sorted(set(text.extra) - set(around.notices)):
            return None, (error(1, f"There is no notice {quoted(unknown[0])}.", "Mend the line `notices:` on top."),)
        if text.wants_facts and around.block is None:
            advice = f"Mend {path_of(('facts', text.language))}, or take `facts: yes` away."
            return None, (error(1, "The letter asks for the block of facts, which cannot be used.", advice),)
        carried = notices_for(text.letter, around.notices, self.languages, text.extra)
        compiled = compile_letter(text, around.block if text.wants_facts else None, carried, around.layout)
        problems = proofread(compiled)
        return (None if problems else compiled), problems
