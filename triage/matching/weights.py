"""How much each piece of evidence weighs, in bits: log2 of how much likelier it is for the same person than by chance.

The only place with such numbers. They rank candidates and decide between `probable` and `none`; `certain` never rests
on a sum alone (see `verdict`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import log2

from triage.matching.addresses import AddressAgreement
from triage.matching.keys import Key, KeyKind
from triage.matching.names import FirstName, NameMatch, Surname
from triage.matching.near import sound

PROBABLE = 14.0
MARGIN = 8.0

ADDRESS = {
    AddressAgreement.SAME: 30.0,
    AddressAgreement.DOMAIN_TYPO: 24.0,
    AddressAgreement.LETTER_TYPO: 15.0,
    AddressAgreement.DIGIT_TYPO: 1.0,
    AddressAgreement.SHORT_TYPO: 1.0,
    AddressAgreement.SEPARATOR: 1.0,
    AddressAgreement.LOCAL_PART: 6.0,
    AddressAgreement.NOTHING_TOLD: 0.0,
    AddressAgreement.DIFFERENT: 0.0,
}
DISTINCTIVE_LOCAL_PART = 15.0
SENDER_ONLY = 22.0
THREAD = 30.0
PHONE_SAME = 22.0
PHONE_NEAR = 12.0
PHONE_DIFFERS = -3.0
NAME_CONFLICT = -20.0
NAME_CONFLICT_ON_ADDRESS = -10.0
SPOKEN_ABOUT = 16.0
TEXT_PER_RUN = 0.6
TEXT_MOST = 20.0

_FIRST = {
    FirstName.SAME: 7.0,
    FirstName.NICKNAME: 6.5,
    FirstName.SPELLING: 6.0,
    FirstName.INITIAL: 3.0,
    FirstName.UNKNOWN: 0.0,
    FirstName.DIFFERENT: 0.0,
}
_SURNAME = {
    Surname.SAME: 9.0,
    Surname.SHARED: 8.5,
    Surname.NEAR: 6.0,
    Surname.INITIAL: 3.0,
    Surname.UNKNOWN: 0.0,
    Surname.DIFFERENT: 0.0,
}
_USUAL_SURNAME = 9.0


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many of `submissions` forms on file lie under each of an email's keys (as far as counted)."""

    submissions: int
    counts: Mapping[Key, int]

    def surname_bits(self, initial: str, surname: str) -> float:
        """How rare people with this initial and a surname that sounds so are, on file; between 4 and 12 bits."""
        count = self.counts.get(Key(KeyKind.SOUND, f"{initial} {sound(surname)}"), 1)
        return min(12.0, max(4.0, log2(max(self.submissions, 2) / max(count, 1)) - 2.0))


def name_bits(agreement: NameMatch, initial: str, surname: str, frequencies: Frequencies | None) -> float:
    """What agreeing names weigh; a conflict is weighed on its own."""
    if agreement.conflict:
        return 0.0
    rare = 1.0
    if frequencies is not None and surname and frequencies.submissions >= 1_000:
        rare = frequencies.surname_bits(initial, surname) / _USUAL_SURNAME
    return _FIRST[agreement.first] + _SURNAME[agreement.surname] * rare


def text_bits(runs: int, share: float) -> float:
    """What repeating a form's message weighs: only a large share of a long message says anything."""
    return min(TEXT_MOST, TEXT_PER_RUN * runs) if share >= 0.6 else 0.0


def time_bits(received_at: datetime, submitted_at: datetime) -> float:
    """What the time between form and email weighs: people write around the time they fill in the form.

    Never makes a match certain; it keeps a mere name from reaching over months.
    """
    days = (received_at - submitted_at).total_seconds() / 86_400
    if days < -14:
        return -8.0
    for most, bits in ((3, 3.0), (14, 2.0), (45, 0.0), (120, -3.0), (365, -6.0)):
        if days <= most:
            return bits if days >= -3 else min(bits, 0.0)
    return -8.0
