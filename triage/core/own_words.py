"""Takes our own notices out of somebody's email before anybody listens to it.

Every answer to a letter quotes its notices: 988, "if you may hurt yourself", "adults only". Those are our words, not
the patient's. Only a notice that stands there whole and unchanged is taken out; anything else is the writer's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\s>|]+")
_HEAD = 4


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Texts of ours as word sequences, found by their first four words; line breaks and quote marks do not matter."""

    by_head: dict[tuple[str, ...], tuple[tuple[str, ...], ...]]

    @classmethod
    def of(cls, texts: Iterable[str]) -> OwnWords:
        """From the texts as they stand in letters; those of fewer than four words are too common to be ours."""
        by_head: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
        for text in texts:
            words = tuple(_TOKEN.findall(text))
            if len(words) >= _HEAD:
                by_head[words[:_HEAD]] = (*by_head.get(words[:_HEAD], ()), words)
        return cls(by_head)

    def removed_from(self, text: str) -> str:
        """`text` without our own; its other characters unchanged. Linear in the length of `text`."""
        if not any(head[0] in text and head[1] in text and head[2] in text for head in self.by_head):
            return text
        found = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
        words = tuple(word for word, _, _ in found)
        kept: list[str] = []
        copied = place = 0
        while place + _HEAD <= len(words):
            ours = self._at(words, place)
            if not ours:
                place += 1
                continue
            kept.append(text[copied : found[place][1]])
            place += ours
            copied = found[place - 1][2]
        return "".join((*kept, text[copied:]))

    def _at(self, words: tuple[str, ...], place: int) -> int:
        """How many words of ours begin here; 0 if none do."""
        for ours in self.by_head.get(words[place : place + _HEAD], ()):
            if words[place : place + len(ours)] == ours:
                return len(ours)
        return 0
