"""The lexicon: everything screening looks for in words, as clinicians wrote and signed it in TOML files.

Reading files is the caller's work: `parse_lexicon` takes texts and returns one frozen value. A file that cannot be
used is an `OperatorError` naming the file and the entry; a lexicon is never used in part.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from triage.core.told import Told
from triage.errors import OperatorError
from triage.screening.patterns import Matcher, Phrase, parse_phrase
from triage.screening.spelling import Speller, fold

FILES = (
    "words.toml",
    "languages.toml",
    *("distress.en.toml", "distress.es.toml", "emergency.en.toml", "emergency.es.toml"),
    *("idioms.en.toml", "idioms.es.toml", "topics.en.toml", "topics.es.toml", "machine.toml"),
)
"""The files of `triage/screening/lexicon/`, in the order they are read; a practice's own file may follow."""


class Tier(Told):
    """What an entry of the lexicon says when it is found."""

    URGENT = "urgent", "Somebody may be in danger: people are called now."
    EMERGENCY = "emergency", "It may be a medical emergency: people are called now."
    REVIEW = "review", "Staff read it the same day; no automatic letter."
    MINOR = "minor", "It seems to be about somebody under 18."
    LEGAL = "legal", "A legal matter, a complaint, the media or a privacy request."
    CLINICAL = "clinical", "Records, a prescription, or a question for the clinician."
    EXISTING_PATIENT = "existing_patient", "It is about an existing appointment or a treatment under way."
    BILLING = "billing", "It is about a bill, or insurance only."
    VENDOR = "vendor", "It offers something for sale."
    OFFER = "offer", "It uses a word of offers, as somebody who read one may too."
    STOP_REQUEST = "stop_request", "It asks for no more automatic replies."
    INQUIRY = "inquiry", "It asks about treatment: the mail the letters are for."
    BOUNCE_SUBJECT = "bounce_subject", "A subject that mail servers give to reports of undelivered mail."
    BOUNCE_BODY = "bounce_body", "Words with which mail servers report undelivered mail."
    AWAY_SUBJECT = "away_subject", "A subject of automatic out-of-office notes."
    AWAY_BODY = "away_body", "Words of automatic out-of-office notes."
    AUTOMATED_DOUBT = "automated_doubt", "Words of programs that a person may write too, or a person's behind them."
    AUTOMATED = "automated", "Words with which programs say that they wrote the message."
    NEWSLETTER = "newsletter", "Words of bulk mail: unsubscribe, view in browser."


DANGER = frozenset({Tier.URGENT, Tier.EMERGENCY, Tier.REVIEW})
MACHINES = frozenset(tier for tier in Tier if tier.name.startswith(("BOUNCE", "AWAY", "AUTO", "NEWS")))
TOPICS = frozenset(Tier) - DANGER - MACHINES


class Frame(StrEnum):
    """What a sentence says about the time or the sense of what is found in it; `present` overrules past and general.

    `foreign` is no sentence's: the mail is in another language, where a lone word may only look like ours ("die").
    """

    PAST = "past"
    GENERAL = "general"
    PRESENT = "present"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Entry:
    """One signed entry: `name` is "file: id"; frames in `unless` lower urgent to review and drop an emergency.

    `Frame.FOREIGN` in `unless` drops it from mail in another language.
    """

    name: str
    tier: Tier
    why: str
    source: str
    unless: frozenset[Frame] = frozenset()


@dataclass(frozen=True, slots=True)
class Finder:
    """Entries and the phrases that show them."""

    matcher: Matcher
    owners: tuple[Entry, ...]

    def entries(self, words: Sequence[str]) -> tuple[Entry, ...]:
        """The entries found in one sentence, each once, in the order they end."""
        found = self.matcher.find(words)
        return tuple(dict.fromkeys(self.owners[index] for index, _ in found)) if found else ()


@dataclass(frozen=True, slots=True)
class LanguageMarks:
    """How one language shows: frequent words, and letters that speak for it."""

    code: str
    words: frozenset[str]
    letters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All of it, compiled. `size` counts phrases; `versions` are (file, who signed, when, version) lines."""

    speller: Speller
    danger: Finder
    topics: Finder
    machines: Finder
    idioms: Matcher
    frames: Matcher
    frame_of: tuple[Frame, ...]
    languages: tuple[LanguageMarks, ...]
    size: int
    versions: tuple[str, ...] = ()

    def frames_in(self, words: Sequence[str]) -> frozenset[Frame]:
        """What a sentence says about time and sense."""
        return frozenset(self.frame_of[index] for index, _ in self.frames.find(words))


@dataclass(slots=True)
class _Draft:
    """What the files say, before it is compiled."""

    known: set[str] = field(default_factory=set)
    near: set[str] = field(default_factory=set)
    far: set[str] = field(default_factory=set)
    means: dict[str, str] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    sets: dict[str, Sequence[str]] = field(default_factory=dict)
    languages: list[LanguageMarks] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)


def parse_lexicon(texts: Mapping[str, str]) -> Lexicon:
    """The lexicon from TOML texts, by file name (`FILES`, and any file of the practice's own).

    Raises:
        OperatorError: a file is not TOML, or an entry of it cannot be used; names both.
    """
    draft = _Draft()
    files = {name: _toml(name, text) for name, text in texts.items()}
    for name, table in files.items():
        _gather(draft, name, table)
    speller = Speller(draft.known, draft.means, draft.near, draft.far)
    entries: list[tuple[Entry, Phrase]] = []
    frames: list[tuple[Frame, Phrase]] = []
    idioms: list[Phrase] = []
    for name, table in files.items():
        for row in _rows(name, table, "entry"):
            entry = _entry(name, row)
            entries += [(entry, phrase) for phrase in _phrases(name, row, draft, speller)]
        for row in _rows(name, table, "frame"):
            kind = _one_of(Frame, name, row, "kind")
            frames += [(kind, phrase) for phrase in _phrases(name, row, draft, speller)]
        for row in _rows(name, table, "idiom"):
            idioms += _phrases(name, row, draft, speller)
    common = draft.weights
    return Lexicon(
        speller=speller,
        danger=_finder(entries, DANGER, common),
        topics=_finder(entries, TOPICS, common),
        machines=_finder(entries, MACHINES, common),
        idioms=Matcher(idioms, common),
        frames=Matcher([phrase for _, phrase in frames], common),
        frame_of=tuple(kind for kind, _ in frames),
        languages=tuple(draft.languages),
        size=len(entries) + len(frames) + len(idioms),
        versions=tuple(draft.versions),
    )


def _finder(entries: Iterable[tuple[Entry, Phrase]], tiers: frozenset[Tier], common: Mapping[str, int]) -> Finder:
    chosen = [(entry, phrase) for entry, phrase in entries if entry.tier in tiers]
    return Finder(Matcher([phrase for _, phrase in chosen], common), tuple(entry for entry, _ in chosen))


def _toml(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OperatorError(f"The lexicon file {name} is not valid TOML: {error}.", _ADVICE) from error


_Kind = TypeVar("_Kind", bound=StrEnum)
_ADVICE = "Correct it; until then the last good lexicon, or none at all, is used and mail is held for staff."
_COMMON, _VERY_COMMON = 1, 4
_WORD = re.compile(r"[a-z0-9']+")


def _gather(draft: _Draft, name: str, table: dict[str, Any]) -> None:
    unknown = table.keys() - {"about", "sets", "spelling", "language", "entry", "frame", "idiom"}
    if unknown:
        raise _problem(name, "", f"knows no section {min(unknown)!r}")
    about = table.get("about", {})
    if about:
        draft.versions.append(f"{name}: version {about.get('version', '?')}, signed by {about.get('signed_by') or '-'}")
    spelling = table.get("spelling", {})
    for words, key in ((draft.known, "ordinary"), (draft.near, "near"), (draft.far, "far")):
        words.update(word for line in spelling.get(key, ()) for word in fold(line).split())
    everyday = (word for line in spelling.get("everyday", ()) for word in fold(line).split())
    draft.weights |= {word: draft.weights.get(word, _COMMON) for word in everyday}
    draft.means |= {fold(typed): fold(meant) for typed, meant in spelling.get("means", {}).items()}
    for key, words_of_set in table.get("sets", {}).items():
        if key in draft.sets:
            raise _problem(name, key, "is a set that another file has already")
        draft.sets[key] = tuple(word for line in words_of_set for word in line.split())
        draft.known.update(word for one in draft.sets[key] for word in _WORD.findall(fold(one)))
    for code, marks in table.get("language", {}).items():
        small = frozenset(fold(" ".join(marks["words"])).split())
        draft.languages.append(LanguageMarks(code, small, frozenset(marks.get("letters", ""))))
        draft.known |= small if code in ("en", "es") else set()
        draft.weights |= dict.fromkeys(small, _VERY_COMMON)
    for kind in ("entry", "frame", "idiom"):
        for row in _rows(name, table, kind):
            draft.known.update(word for line in row.get("patterns", ()) for word in _WORD.findall(fold(str(line))))


def _rows(name: str, table: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    rows = table.get(kind, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _problem(name, kind, f"must be written [[{kind}]]")
    return rows


def _entry(name: str, row: dict[str, Any]) -> Entry:
    for key in ("id", "why", "source"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise _problem(name, str(row.get("id", "")), f"needs {key!r}")
    extra = row.keys() - {"id", "tier", "why", "source", "patterns", "unless"}
    if extra:
        raise _problem(name, row["id"], f"has {min(extra)!r}, which means nothing here")
    unless = frozenset(
        _one_of(Frame, name, {"id": row["id"], "unless": one}, "unless") for one in row.get("unless", ())
    )
    tier = _one_of(Tier, name, row, "tier")
    return Entry(f"{name.removesuffix('.toml')}: {row['id']}", tier, row["why"], row["source"], unless)


def _one_of(kind: type[_Kind], name: str, row: dict[str, Any], key: str) -> _Kind:
    for member in kind:
        if member.value == row.get(key):
            return member
    choices = ", ".join(member.value for member in kind)
    raise _problem(name, str(row.get("id", "")), f"has {key} = {row.get(key)!r}; it must be one of {choices}")


def _phrases(name: str, row: dict[str, Any], draft: _Draft, speller: Speller) -> list[Phrase]:
    written = row.get("patterns")
    if not isinstance(written, list) or not written or not all(isinstance(line, str) for line in written):
        raise _problem(name, str(row.get("id", row.get("kind", ""))), "needs patterns, a list of phrases")
    phrases: list[Phrase] = []
    for line in written:
        try:
            phrases += parse_phrase(fold(line), draft.sets, speller.words)
        except ValueError as error:
            raise _problem(
                name, str(row.get("id", row.get("kind", ""))), f"has the phrase {line!r}: {error}"
            ) from error
    return phrases


def _problem(name: str, entry: str, what: str) -> OperatorError:
    where = f", entry {entry!r}," if entry else ""
    return OperatorError(f"The lexicon file {name}{where} {what}.", _ADVICE)
