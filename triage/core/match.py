"""The verdict on who wrote an email, with the evidence a person can check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How sure we are. Only `certain` lets a letter speak of the form; it is a promise."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    NONE = "none"


class EvidenceKind(StrEnum):
    """What was compared. Possession kinds prove that the reply reaches the form's own person."""

    ADDRESS_EXACT = "address_exact"
    ADDRESS_CANONICAL = "address_canonical"
    ADDRESS_TYPO = "address_typo"
    ADDRESS_LOCAL_PART = "address_local_part"
    THREAD = "thread"
    PHONE = "phone"
    NAME_FULL = "name_full"
    NAME_FIRST = "name_first"
    NAME_CONFLICT = "name_conflict"
    TEXT = "text"
    SHARED_ADDRESS = "shared_address"
    REPLY_TO_DIFFERS = "reply_to_differs"
    THIRD_PARTY = "third_party"
    COMMON_KEY = "common_key"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One comparison between an email and a submission: weight in bits (log2 m/u; negative speaks against)."""

    kind: EvidenceKind
    weight: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Match:
    """The verdict: `submission_id` is the store's id, 0 when there is none; `candidates` best first."""

    verdict: Verdict
    submission_id: int = 0
    score: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    candidates: tuple[int, ...] = ()


NO_MATCH = Match(Verdict.NONE)
