"""Small distances between short strings: one slip of the fingers, and what a name sounds like.

Every function is linear in its input and never guesses beyond one slip.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

_SAID = (("ph", "f"), ("ck", "k"), ("c", "k"), ("z", "s"), ("ey", "i"), ("ie", "i"), ("y", "i"), ("h", ""))


def one_slip(one: str, other: str) -> bool:
    """Whether the strings differ by exactly one inserted, missing or changed character, or two swapped neighbours."""
    return slip(one, other) is not None


def slip(one: str, other: str) -> tuple[str, str] | None:
    """What one slip changed: the differing pieces of both strings ("" for an inserted character), or None."""
    if one == other or abs(len(one) - len(other)) > 1:
        return None
    start = 0
    shorter = min(len(one), len(other))
    while start < shorter and one[start] == other[start]:
        start += 1
    rest_one, rest_other = one[start:], other[start:]
    if len(one) == len(other):
        if rest_one[1:] == rest_other[1:]:
            return rest_one[0], rest_other[0]
        if rest_one[:2] == rest_other[1::-1] and rest_one[2:] == rest_other[2:]:
            return rest_one[:2], rest_other[:2]
        return None
    if len(one) > len(other):
        return (rest_one[0], "") if rest_one[1:] == rest_other else None
    return ("", rest_other[0]) if rest_other[1:] == rest_one else None


def one_deletions(text: str, limit: int) -> Iterator[str]:
    """The text itself and each variant with one character left out, at most `limit`: one slip shares at least one."""
    yield text
    seen = {text}
    for place in range(min(len(text), limit - 1)):
        variant = text[:place] + text[place + 1 :]
        if variant not in seen:
            seen.add(variant)
            yield variant


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """What stays of a folded word without spelling choices and inner vowels (Miller and Mueller are "mlr")."""
    said = spelling(word[:40])
    return said[:1] + "".join(letter for letter in said[1:] if letter not in "aeiou")


@lru_cache(maxsize=8192)
def spelling(word: str) -> str:
    """A folded word without the spelling choices that do not change how it is said (Erica, Erika; Sara, Sarah)."""
    for written, said in _SAID:
        word = word.replace(written, said)
    said_once = "".join(letter for place, letter in enumerate(word) if place == 0 or letter != word[place - 1])
    return said_once[:-1] if len(said_once) > 3 and said_once.endswith("e") else said_once
