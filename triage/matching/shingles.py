"""Whether an email repeats a form's message: runs of five words, and a small sketch of them for finding it.

Keeps digests, never the words, so that keys in the store hold no health information one could read.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from triage.matching.names import fold

_RUN = 5
_MOST_WORDS = 1_500
_LONGEST = 16_384
_ONE_IN = 4
_FEWEST = 6
_ASCII_GAPS = {code: " " for code in range(128) if not chr(code).isalnum()}


def plain(text: str) -> str:
    """Folded words parted by one space; punctuation and numbers' separators gone."""
    folded = fold(text[:_LONGEST])
    if folded.isascii():
        return " ".join(folded.translate(_ASCII_GAPS).split())
    return " ".join("".join([letter if letter.isalnum() else " " for letter in folded]).split())


def shingles(text: str) -> frozenset[int]:
    """Digests of all runs of five words of `plain` text, of its first 1,500 words."""
    words = text.split()[:_MOST_WORDS]
    return frozenset(_digest(" ".join(words[place : place + _RUN])) for place in range(len(words) - _RUN + 1))


def sketch(runs: frozenset[int], size: int) -> tuple[str, ...]:
    """A sample of a text's `shingles` that two texts with the same words share: hexadecimal digests, at most `size`.

    Empty for texts too short to tell anything.
    """
    if len(runs) < _FEWEST:
        return ()
    return tuple(f"{run:016x}" for run in sorted(run for run in runs if run % _ONE_IN == 0)[:size])


@lru_cache(maxsize=512)
def _message(message: str) -> frozenset[int]:
    return shingles(plain(message))


def repeated(message: str, own_words: frozenset[str], own_shingles: frozenset[int]) -> tuple[int, float]:
    """How many of a form message's runs the author's words hold, and which share of them that is.

    `own_words` are the author's plain words; they rule out most messages before any digest is made.
    """
    if len(message) < 30 or not own_shingles:
        return 0, 0.0
    first = message[:200].casefold().split()[:12]
    if 3 * sum(word in own_words for word in first) < len(first):
        return 0, 0.0
    runs = _message(message)
    if not runs:
        return 0, 0.0
    shared = len(runs & own_shingles)
    return shared, shared / len(runs)


def _digest(run: str) -> int:
    return int.from_bytes(blake2b(run.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
