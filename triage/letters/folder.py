"""The templates folder: which files there are, whether they changed, and what they say. Reads, never writes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from triage.letters import layout, versions
from triage.letters.problem import LetterProblem, error
from triage.letters.source import LARGEST_FILE

SourceKey = tuple[str, str]
"""Names a source for the store: (letter, language), ("notice:<id>", language), ("facts", language), ("layout", "")."""

Stamp = tuple[tuple[str, int, int, int, int], ...]

_LARGEST_BYTES = 4 * LARGEST_FILE


@dataclass(frozen=True, slots=True)
class Files:
    """Every template file by its path below the folder, and what could not be read."""

    texts: Mapping[str, str]
    problems: tuple[LetterProblem, ...]

    def names(self, kind: str, language: str) -> tuple[str, ...]:
        """The names, without .md, of the files in `<kind>/<language>/`."""
        start = f"{kind}/{language}/"
        return tuple(sorted(path[len(start) : -3] for path in self.texts if path.startswith(start)))


def path_of(key: SourceKey) -> str:
    """Where a source lies below the templates folder."""
    name, language = key
    if name == "layout":
        return layout.PATH
    if name == "facts":
        return f"facts/{language}.md"
    kind, _, notice_id = name.rpartition(":")
    return f"notices/{language}/{notice_id}.md" if kind else f"letters/{language}/{name}.md"


def stamp_of(folder: Path, languages: tuple[str, ...]) -> Stamp:
    """What changes whenever a template file does; costs one look at each file's entry."""
    found = []
    for path in _paths(folder, languages):
        try:
            told = path.stat()
        except OSError:
            continue
        found.append((str(path), told.st_mtime_ns, told.st_ctime_ns, told.st_size, told.st_ino))
    return tuple(found)


def read_files(folder: Path, languages: tuple[str, ...]) -> Files:
    """Read every template file; one that cannot be read is a problem and counts as absent."""
    texts: dict[str, str] = {}
    problems: list[LetterProblem] = []
    if not folder.is_dir():
        advice = "Put it back, or mend TRIAGE_TEMPLATES."
        problems.append(error(0, "There is no such folder of letters and notices.", advice).at(str(folder)))
    for path in _paths(folder, languages):
        name = path.relative_to(folder).as_posix()
        try:
            with path.open("rb") as file:
                texts[name] = file.read(_LARGEST_BYTES).decode("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as fault:
            problems.append(error(0, f"The file cannot be read: {fault.strerror}.", "Check its rights.").at(name))
        except UnicodeDecodeError:
            problems.append(error(0, "The file is not UTF-8 text.", "Save it as UTF-8.").at(name))
    return Files(texts, tuple(problems))


def _paths(folder: Path, languages: tuple[str, ...]) -> Iterator[Path]:
    yield folder / layout.PATH
    yield folder / versions.PATH
    for language in languages:
        yield folder / "facts" / f"{language}.md"
        for kind in ("letters", "notices"):
            try:
                with os.scandir(folder / kind / language) as entries:
                    names = sorted(entry.name for entry in entries if entry.name.endswith(".md"))
            except OSError:
                continue
            for name in names:
                if not name.startswith("."):
                    yield folder / kind / language / name
