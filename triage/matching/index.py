"""Which submissions lie under which keys, in memory: for offline runs and tests; the store keeps the same in SQL.

One look-up costs as much with a million submissions as with ten, because posting lists are read up to a cap only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from triage.core.submission import Submission
from triage.matching.keys import TEXT_CAP, Key, KeyKind, submission_keys
from triage.matching.weights import Frequencies

CAP = 200


class MemoryIndex:
    """Submissions by key. Not for the daemon: everything stays in memory."""

    def __init__(self) -> None:
        self._lists: dict[Key, list[Submission]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, submission: Submission) -> None:
        """File a submission under all its keys; later ones are found first."""
        self._count += 1
        for key in submission_keys(submission):
            self._lists.setdefault(key, []).append(submission)

    def candidates(self, keys: Sequence[Key], cap: int = CAP) -> tuple[list[Submission], frozenset[Key]]:
        """The newest submissions under each key in the order asked, at most `cap` in all, and the keys over the cap.

        Runs of words that many forms share find nobody: a `TEXT` key with more than `TEXT_CAP` submissions is skipped.
        """
        found: dict[tuple[int, str, str], Submission] = {}
        common = set()
        for key in keys:
            listed = self._lists.get(key, [])
            if len(listed) > cap:
                common.add(key)
            if key.kind is KeyKind.TEXT and len(listed) > TEXT_CAP:
                continue
            for submission in islice(reversed(listed), max(0, cap - len(found))):
                found[submission.id, submission.source, submission.source_id] = submission
        return list(found.values()), frozenset(common)

    def frequencies(self, keys: Sequence[Key], cap: int = 10_000) -> Frequencies:
        """How many submissions lie under each key, counted up to `cap`."""
        return Frequencies(self._count, {key: min(len(self._lists.get(key, ())), cap) for key in keys})
