"""Under which keys a submission is filed and an email asks: a few short strings, never a scan.

Two sides meet in a key when they may be one person; whether they are, the evidence decides. Whatever the input, a side
has at most `MOST_KEYS` keys of at most `LONGEST_KEY` characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from triage.core.address import canonical
from triage.core.submission import Submission
from triage.matching.addresses import skeleton
from triage.matching.author import Author
from triage.matching.names import Name, parse_name
from triage.matching.near import one_deletions, sound
from triage.matching.nicknames import roots
from triage.matching.phones import phone_of
from triage.matching.shingles import plain, shingles, sketch

MOST_KEYS = 160
LONGEST_KEY = 200
TEXT_CAP = 12
_MOST_VARIANTS = 32
_MOST_ROOTS = 8
_MOST_SURNAMES = 3
_MOST_NAMES = 8
_FORM_RUNS, _EMAIL_RUNS = 8, 32


class KeyKind(StrEnum):
    """What a key is made of; strongest first, which is the order in which an email asks."""

    ADDRESS = "address"
    PHONE = "phone"
    NAME = "name"
    LOCAL = "local"
    LOCAL_NEAR = "local_near"
    PHONE_NEAR = "phone_near"
    FIRST_SURNAME = "first_surname"
    TEXT = "text"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `value` holds at most 200 characters and is canonical, so equal keys are equal strings."""

    kind: KeyKind
    value: str


def submission_keys(submission: Submission) -> tuple[Key, ...]:
    """All keys under which a submission is filed, strongest kind first, without repeats."""
    name = parse_name(submission.name)
    phone = phone_of(submission.phone)
    return _bounded(
        _address_keys(canonical(submission.email[:LONGEST_KEY])),
        _phone_keys((phone,) if phone else ()),
        _name_keys((name,) if name else ()),
        (Key(KeyKind.TEXT, run) for run in sketch(shingles(plain(submission.message)), _FORM_RUNS)),
    )


def email_keys(author: Author) -> tuple[Key, ...]:
    """All keys under which the author's submission may be filed, strongest kind first, without repeats."""
    sender = author.from_address if author.from_address != author.reply_address else ""
    return _bounded(
        _address_keys(author.reply_address),
        [Key(KeyKind.ADDRESS, sender)] if sender else [],
        _phone_keys(author.phones),
        _name_keys((*author.names[:4], *author.guesses[:2], *author.about[:2])),
        (Key(KeyKind.TEXT, run) for run in sketch(author.runs, _EMAIL_RUNS)),
    )


def _bounded(*parts: Iterable[Key]) -> tuple[Key, ...]:
    unique = dict.fromkeys(
        Key(key.kind, key.value[:LONGEST_KEY]) for part in parts for key in islice(part, MOST_KEYS) if key.value
    )
    order = list(KeyKind)
    return tuple(sorted(unique, key=lambda key: order.index(key.kind))[:MOST_KEYS])


def _address_keys(address: str) -> Iterator[Key]:
    local_part, _, domain = address.rpartition("@")
    if not local_part or not domain:
        return
    yield Key(KeyKind.ADDRESS, address)
    local = skeleton(address)
    if local:
        yield Key(KeyKind.LOCAL, local)
        yield from (Key(KeyKind.LOCAL_NEAR, f"{part}@{domain}") for part in one_deletions(local, _MOST_VARIANTS))


def _phone_keys(phones: tuple[str, ...]) -> Iterator[Key]:
    for phone in phones[:3]:
        yield Key(KeyKind.PHONE, phone)
        digits = phone.removeprefix("+").removeprefix("1")
        yield from (Key(KeyKind.PHONE_NEAR, part) for part in one_deletions(digits, _MOST_VARIANTS))


def _name_keys(names: tuple[Name, ...]) -> Iterator[Key]:
    for name in names[:_MOST_NAMES]:
        whole = [token for token in name.tokens if len(token) > 1]
        if len(whole) > 1:
            yield Key(KeyKind.NAME, " ".join(sorted(whole)))
        for first, surnames in ((name.first, name.surnames), (name.tokens[-1], name.tokens[:-1])):
            for surname in (part for part in surnames[-_MOST_SURNAMES:] if len(part) > 1):
                if len(first) > 1:
                    yield from (
                        Key(KeyKind.FIRST_SURNAME, f"{root} {surname}") for root in sorted(roots(first))[:_MOST_ROOTS]
                    )
        for surname in (part for part in name.surnames[-2:] if len(part) > 1):
            yield Key(KeyKind.SOUND, f"{name.first[0]} {sound(surname)}")
