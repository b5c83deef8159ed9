"""People's names: what their parts are and whether two of them can be one person's.

Names are compared in folded form (no accents, lower case). A name never proves who somebody is; it can only agree or
speak against.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from triage.matching.near import one_slip, slip, spelling
from triage.matching.nicknames import FORMAL_NAMES, KNOWN_FIRST_NAMES, related
from triage.matching.vocabulary import DEGREES, NOT_A_PERSON, PARTICLES, TITLES

_LONGEST = 200
_MOST_TOKENS = 8
_SUFFIXES = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}
_UNFOLDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})


class FirstName(IntEnum):
    """How two first names compare; higher agrees more."""

    DIFFERENT = 0
    UNKNOWN = 1
    INITIAL = 2
    SPELLING = 3
    NICKNAME = 4
    SAME = 5


class Surname(IntEnum):
    """How two sets of surnames compare; higher agrees more."""

    DIFFERENT = 0
    UNKNOWN = 1
    INITIAL = 2
    NEAR = 3
    SHARED = 4
    SAME = 5


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name as folded tokens, given name first; `suffix` is jr, sr, ii, iii, iv or "".

    `ordered` tells that the order is sure ("Last, First" was written with its comma).
    """

    tokens: tuple[str, ...]
    suffix: str = ""
    ordered: bool = False

    @property
    def first(self) -> str:
        """The first given name (or a lone token, which may be a surname)."""
        return self.tokens[0]

    @property
    def surnames(self) -> tuple[str, ...]:
        """Everything behind the first token: middle names and surnames, not told apart."""
        return self.tokens[1:]

    @property
    def full(self) -> bool:
        """Whether it holds a first name and a surname, each more than an initial."""
        return len(self.tokens) > 1 and len(self.first) > 1 and len(self.tokens[-1]) > 1

    def turned(self) -> Name:
        """The same name read as "Last First"."""
        return Name((self.tokens[-1], *self.tokens[:-1]), self.suffix, self.ordered)


@dataclass(frozen=True, slots=True)
class NameMatch:
    """How two names compare; `turned` when they agree only with one read as "Last First"."""

    first: FirstName
    surname: Surname
    turned: bool = False
    suffixes_differ: bool = False

    @property
    def conflict(self) -> bool:
        """Whether these can hardly be one person's names; who changed surname kept the first name."""
        another_surname = self.surname is Surname.DIFFERENT and self.first < FirstName.SAME
        return self.first is FirstName.DIFFERENT or self.suffixes_differ or another_surname

    @property
    def full(self) -> bool:
        """Whether both a first name and a surname agree, an initial not being enough."""
        return not self.conflict and self.first >= FirstName.SPELLING and self.surname >= Surname.NEAR

    @property
    def very_same(self) -> bool:
        """Whether it is the same full name, letter by letter but for middle names."""
        return not self.conflict and self.first is FirstName.SAME and self.surname is Surname.SAME and not self.turned


NOTHING_KNOWN = NameMatch(FirstName.UNKNOWN, Surname.UNKNOWN)


def fold(text: str) -> str:
    """Lower case without accents; letters of other scripts stay. Idempotent."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_UNFOLDED))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return unicodedata.normalize("NFKC", plain.casefold().translate(_UNFOLDED))


@lru_cache(maxsize=4096)
def parse_name(text: str) -> Name | None:
    """The name in a form field, display name or signature line; None if there is none (see `is_a_person`).

    Understands "Last, First", titles, degrees, suffixes, particles, hyphens and initials. Reads 200 characters at most.
    """
    text = text[:_LONGEST].strip(" \t\r\n'\"<>()")
    if not text or "@" in text or any(letter.isdigit() for letter in text):
        return None
    head, comma, tail = text.partition(",")
    tokens, suffix = _tokens(head)
    if comma and not _is_ending(tail):
        given, late_suffix = _tokens(tail)
        suffix = suffix or late_suffix
        ordered = bool(given and tokens)
        tokens = given + tokens
    else:
        ordered = False
        suffix = suffix or _SUFFIXES.get(fold(tail).strip(" ."), "")
    if not tokens:
        return None
    return Name(tuple(tokens[:_MOST_TOKENS]), suffix, ordered)


def _is_ending(tail: str) -> bool:
    """Whether only degrees and suffixes stand behind the comma ("Susan Miller, MD, PhD")."""
    words = fold(tail).replace(".", "").replace(",", " ").split()
    return all(word in DEGREES or word in _SUFFIXES for word in words)


def _tokens(text: str) -> tuple[list[str], str]:
    for mark in "’'`´":
        text = text.replace(mark, "")
    spaced = "".join(letter if letter.isalpha() else " " for letter in fold(text))
    words = spaced.split()
    while words and words[0] in TITLES and len(words) > 1:
        words.pop(0)
    suffix = ""
    while words and (words[-1] in _SUFFIXES or (words[-1] in DEGREES and len(words) > 2)):
        suffix = _SUFFIXES.get(words.pop(), suffix)
    last = len(words) - 1
    return [word for place, word in enumerate(words) if word not in PARTICLES or place in {0, last}], suffix


def is_a_person(name: Name) -> bool:
    """Whether a name is a person's, not a family's or a company's ("Denise Sales" is one, "Med Sales" is not)."""
    return NOT_A_PERSON.isdisjoint(name.tokens) or name.first in KNOWN_FIRST_NAMES


@lru_cache(maxsize=8192)
def compare_first(one: str, other: str) -> FirstName:
    """How two folded first names compare; symmetric."""
    if one == other:
        return FirstName.SAME if len(one) > 1 else FirstName.INITIAL
    if not one or not other:
        return FirstName.UNKNOWN
    if len(one) == 1 or len(other) == 1:
        return FirstName.INITIAL if one[0] == other[0] else FirstName.DIFFERENT
    if related(one, other):
        return FirstName.SPELLING if one_slip(one, other) else FirstName.NICKNAME
    short, long = sorted((one, other), key=lambda name: (len(name), name))
    changed = slip(one, other)
    swapped = changed is not None and len(changed[0]) == len(changed[1]) == 2
    if swapped or spelling(one) == spelling(other):
        return FirstName.SPELLING
    if len(short) >= 3 and len(long) >= len(short) + 2 and long.startswith(short) and short not in FORMAL_NAMES:
        return FirstName.SPELLING
    return FirstName.DIFFERENT


def compatible_first_names(one: str, other: str) -> bool:
    """Whether two first names, written in any way, can be one person's (equal, nickname, spelling, initial)."""
    return compare_first(fold(one).strip(" ."), fold(other).strip(" .")) not in {FirstName.DIFFERENT, FirstName.UNKNOWN}


def compare(one: Name, other: Name) -> NameMatch:
    """How two names compare, in the better of both orders; symmetric."""
    straight = _compare_in_order(one, other)
    written_in_order = one.ordered and other.ordered
    if not straight.conflict or written_in_order or len(one.tokens) < 2 or len(other.tokens) < 2:
        return straight
    for turned in (_compare_in_order(one.turned(), other), _compare_in_order(one, other.turned())):
        if turned.full and turned.first is not FirstName.SPELLING and turned.surname is not Surname.NEAR:
            return NameMatch(turned.first, turned.surname, True, turned.suffixes_differ)
    return straight


def _compare_in_order(one: Name, other: Name) -> NameMatch:
    suffixes_differ = bool(one.suffix and other.suffix and one.suffix != other.suffix)
    if "".join(one.tokens) == "".join(other.tokens) and len(one.tokens) > 1 and len(other.tokens) > 1:
        return NameMatch(FirstName.SAME, Surname.SAME, False, suffixes_differ)
    first, surname = compare_first(one.first, other.first), _compare_surnames(one.surnames, other.surnames)
    if len(one.tokens) == 1 or len(other.tokens) == 1:
        lone, whole = (one, other) if len(one.tokens) == 1 else (other, one)
        if first is FirstName.DIFFERENT and lone.first in whole.surnames:
            return NameMatch(FirstName.UNKNOWN, Surname.SHARED, False, suffixes_differ)
    if first in {FirstName.DIFFERENT, FirstName.INITIAL} and surname >= Surname.SHARED:
        first = max(first, _middle(one, other), _middle(other, one))
    return NameMatch(first, surname, False, suffixes_differ)


def _middle(one: Name, other: Name) -> FirstName:
    """A person who goes by the middle name: "Mary Susan Miller" and "Susan Miller"."""
    return FirstName.NICKNAME if len(one.first) > 1 and one.first in other.tokens[1:-1] else FirstName.DIFFERENT


def _compare_surnames(one: tuple[str, ...], other: tuple[str, ...]) -> Surname:
    if not one or not other:
        return Surname.UNKNOWN
    if "".join(one) == "".join(other):
        return Surname.SAME if len(one[-1]) > 1 else Surname.INITIAL
    long_one, long_other = ({token for token in tokens if len(token) > 1} for tokens in (one, other))
    if one[-1] == other[-1] and len(one[-1]) > 1:
        return Surname.SAME
    if (one[-1] in long_other or other[-1] in long_one) and long_one & long_other:
        return Surname.SHARED
    if len(one[-1]) == 1 or len(other[-1]) == 1:
        return Surname.INITIAL if one[-1][0] == other[-1][0] else Surname.DIFFERENT
    if one[-1][-2:] == other[-1][-2:] and _bare(one[-1]) == _bare(other[-1]):
        return Surname.SHARED
    if abs(len(one[-1]) - len(other[-1])) > 2 or min(len(one[-1]), len(other[-1])) < 5:
        return Surname.DIFFERENT
    alike = one_slip(one[-1], other[-1]) or spelling(one[-1]) == spelling(other[-1])
    return Surname.NEAR if alike else Surname.DIFFERENT


def _bare(surname: str) -> str:
    """The surname without a particle written onto it: "delacruz" and "de la Cruz"."""
    for particle in ("dela", "delos", "delas", "vander", "vande", "van", "von", "del", "de", "di", "da"):
        if surname.startswith(particle) and len(surname) >= len(particle) + 4:
            return surname[len(particle) :]
    return surname


def same_full_name(one: str, other: str) -> bool:
    """Whether two written names are the very same full name (case, accents, comma and middle names aside)."""
    first, second = parse_name(one), parse_name(other)
    return first is not None and second is not None and compare(first, second).very_same
