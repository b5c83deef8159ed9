"""Which words belong to which version of a notice: `notices/versions.toml`, so that no notice changes unnoticed.

One entry per language, notice and version: the SHA-256 of its words, and who approved them. It is written by people,
never by the service.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from triage.letters.problem import LetterProblem, error, quoted, warning

PATH = "notices/versions.toml"

VersionKey = tuple[str, str, int]
"""Language, notice id, version."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One version of a notice as recorded: the digest of its words, and who approved them ("" for nobody yet)."""

    digest: str
    approved_by: str = ""


def digest_of(title: str, body: str) -> str:
    """The hex SHA-256 of a notice's title and words as they stand in its file; white space does not count."""
    words = f"{title} {body}".split()
    return hashlib.sha256(" ".join(words).encode("utf-8", "surrogatepass")).hexdigest()


def read_versions(text: str) -> tuple[Mapping[VersionKey, Recorded], tuple[LetterProblem, ...]]:
    """The recorded versions, and what is wrong with the file."""
    try:
        read = tomllib.loads(text)
        return dict(_entries(read)), ()
    except (tomllib.TOMLDecodeError, RecursionError):
        problem = error(0, "The record of the notices' versions cannot be read.", "Restore the file; it is TOML.")
        return {}, (problem.at(PATH),)


def _entries(read: dict[str, object]) -> list[tuple[VersionKey, Recorded]]:
    """Every well-formed entry; others are as good as absent, and the check then asks for them."""
    return [
        ((language, notice_id, int(number)), Recorded(str(entry.get("sha256", "")), str(entry.get("approved_by", ""))))
        for language, notices in read.items()
        if isinstance(notices, dict)
        for notice_id, versions in notices.items()
        if isinstance(versions, dict)
        for number, entry in versions.items()
        if str(number).isdecimal() and isinstance(entry, dict)
    ]


def check_version(key: VersionKey, digest: str, recorded: Mapping[VersionKey, Recorded]) -> tuple[LetterProblem, ...]:
    """Whether words with this digest are those of this version; `recorded` also holds what the last good file said."""
    language, notice_id, version = key
    known = recorded.get(key)
    if known is None:
        line = f'{notice_id}.{version} = {{ sha256 = "{digest}", approved_by = "" }}'
        advice = f"Once it is approved, add this line to {PATH} under [{language}]: {line}"
        return (warning(0, f"Version {version} of the notice {quoted(notice_id)} is not recorded yet.", advice),)
    if known.digest != digest:
        advice = f"Write `version: {_next(key, recorded)}`, or put the old words back."
        return (error(0, f"The notice changed, but is still version {version}.", advice),)
    return ()


def check_approvals(keys: list[VersionKey], recorded: Mapping[VersionKey, Recorded]) -> tuple[LetterProblem, ...]:
    """One warning that counts the notices in use whose approval nobody recorded."""
    open_ = [f"{key[0]}/{key[1]}" for key in keys if key not in recorded or not recorded[key].approved_by.strip()]
    if not open_:
        return ()
    shown = ", ".join(open_[:3]) + (" ..." if len(open_) > 3 else "")
    advice = f"A clinician, a lawyer and a native speaker must review them; write who did into approved_by in {PATH}."
    return (warning(0, f"Nobody has recorded who approved {len(open_)} of the notices ({shown}).", advice).at(PATH),)


def _next(key: VersionKey, recorded: Mapping[VersionKey, Recorded]) -> int:
    return 1 + max(version for language, notice_id, version in recorded if (language, notice_id) == key[:2])
