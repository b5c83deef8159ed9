"""Telephone numbers in E.164 form: the one in a form, and those an author gives as their own.

Numbers of a pharmacy, an office, a fax or a membership say nothing about who writes, so they are never returned.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from triage.matching.names import fold
from triage.matching.near import one_slip
from triage.matching.vocabulary import NOT_THEIR_PHONE

REGION = "US"
_LONGEST_FIELD = 60
_LONGEST_TEXT = 16_384
_MOST = 8
_SHORTEST = 8
_POSSIBLE = phonenumbers.Leniency.POSSIBLE
_E164 = phonenumbers.PhoneNumberFormat.E164
_SENTENCE_END = re.compile(r"[a-z\d][.!?;] ")
_DIALLED_ABROAD = re.compile(r"(?<![\d+])00(?=[1-9])")
_DASHES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\uff0d", "-")
    | dict.fromkeys("\u00a0\u2007\u2009\u202f", " ")
    | dict.fromkeys("\u200b\u200e\u200f\u2060\ufeff\u202a\u202c", "")
)


@lru_cache(maxsize=4096)
def phone_of(field: str) -> str:
    """The E.164 form of one written number, "" when it cannot be one (RFC 3966 calls it a global number)."""
    found = _numbers(_clean(field[:_LONGEST_FIELD]))
    return found[0][2] if found else ""


def find_phones(text: str, own_phones: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """E.164 numbers that the author of `text` gives as their own, in order, at most eight.

    `own_phones` are the practice's numbers (E.164). A number whose own sentence names an office, a fax, a
    pharmacy or a membership is left out.
    """
    found: dict[str, None] = {}
    for line in _clean(text[:_LONGEST_TEXT]).splitlines():
        if sum(map(str.isdigit, line)) < _SHORTEST:
            continue
        before = 0
        for start, end, number in _numbers(line):
            remark = line[end : end + 16].lstrip()
            behind = remark.partition(")")[0] if remark.startswith("(") else ""
            around = f"{_SENTENCE_END.split(line[before:start])[-1]} {behind}"
            before = end + len(behind)
            if number not in own_phones and NOT_THEIR_PHONE.isdisjoint(_words(around)):
                found[number] = None
        if len(found) >= _MOST:
            break
    return tuple(found)[:_MOST]


def near_phones(one: str, other: str) -> bool:
    """Whether two E.164 numbers differ by one slip of the fingers."""
    return bool(one and other) and one_slip(one, other)


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalpha() else " " for letter in fold(text)).split()


def _clean(text: str) -> str:
    return _DIALLED_ABROAD.sub("+", text.translate(_DASHES))


def _numbers(line: str) -> list[tuple[int, int, str]]:
    """Start, end and E.164 form of each number in a line."""
    hits = phonenumbers.PhoneNumberMatcher(line, REGION, leniency=_POSSIBLE, max_tries=200)
    return [
        (hit.start, hit.end, phonenumbers.format_number(hit.number, _E164))
        for hit in hits
        if len(str(hit.number.national_number)) >= _SHORTEST
    ]
