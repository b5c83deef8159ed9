"""One email compared with one submission: what agrees, what speaks against, each with a sentence for staff.

A sentence says what was compared, never what the patient wrote. Comparing decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from triage.core.address import canonical
from triage.core.match import Evidence, EvidenceKind
from triage.core.submission import Submission
from triage.matching import weights
from triage.matching.addresses import AddressAgreement, compare_addresses, distinctive
from triage.matching.author import Author
from triage.matching.names import NOTHING_KNOWN, FirstName, Name, NameMatch, Surname, compare, compare_first, parse_name
from triage.matching.phones import near_phones, phone_of
from triage.matching.shingles import repeated
from triage.matching.weights import Frequencies


class PhoneAgreement(StrEnum):
    """How the author's own numbers compare with the form's."""

    SAME = "same"
    NEAR = "near"
    DIFFERENT = "different"
    NOTHING_TOLD = "nothing_told"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything one submission has in common with the email; `score` is the sum of bits without the time's.

    `conflict`: the author's name is another one; `sender_only`: the From address is the form's, but the reply would
    go elsewhere; `elsewhere`: a first name in the author's words is neither the author's nor the form's;
    `spoken_about`: the author speaks about the form's person as somebody else.
    """

    submission: Submission
    form_name: Name | None
    address: AddressAgreement
    exact: bool
    distinctive_local: bool
    sender_only: bool
    thread: bool
    phone: PhoneAgreement
    name: NameMatch
    conflict: bool
    elsewhere: bool
    spoken_about: bool
    text_runs: int
    text_share: float
    score: float
    time_bits: float
    evidence: tuple[Evidence, ...]


def compare_with(
    author: Author,
    submission: Submission,
    received_at: datetime,
    thread_submission_ids: frozenset[int] = frozenset(),
    frequencies: Frequencies | None = None,
) -> Comparison:
    """Compare one email's author with one submission; pure, and the same for the same input."""
    form_name = parse_name(submission.name)
    form_address = canonical(submission.email[:320])
    address = compare_addresses(author.reply_address, form_address)
    sender_only = author.reply_to_differs and bool(form_address) and author.from_address == form_address
    name, conflict = _names(author, form_name)
    tokens = _all_tokens(author, form_name)
    runs, share = repeated(submission.message, author.plain_words, author.runs)
    facts = Comparison(
        submission=submission,
        form_name=form_name,
        address=address,
        exact=author.reply_spelling == submission.email.strip().lower(),
        distinctive_local=all(distinctive(one, tokens) for one in (form_address, author.reply_address)),
        sender_only=sender_only,
        thread=submission.id in thread_submission_ids,
        phone=_phones(author.phones, submission.phone),
        name=name,
        conflict=conflict,
        elsewhere=_somebody_else(author, form_name),
        spoken_about=form_name is not None and any(compare(name, form_name).full for name in author.about),
        text_runs=runs,
        text_share=share,
        score=0.0,
        time_bits=weights.time_bits(received_at, submission.submitted_at),
        evidence=(),
    )
    return _weighed(facts, frequencies)


def _names(author: Author, form: Name | None) -> tuple[NameMatch, bool]:
    """The best agreement of the author's names with the form's, and whether the author is somebody else by name.

    The author's own words outrank the display name: mail programs show the owner of an account, not who writes.
    """
    if form is None:
        return NOTHING_KNOWN, False
    claimed = [compare(name, form) for name in author.claimed]
    shown = [compare(author.display, form)] if author.display else []
    guessed = [compare(name, form) for name in author.guesses]
    agreeing = [found for found in (*claimed, *shown) if not found.conflict]
    agreeing += [NameMatch(found.first, Surname.NEAR) for found in guessed if found.full]
    best = max(agreeing, key=lambda found: (found.full, found.first + found.surname), default=NOTHING_KNOWN)
    contradicted = any(found.conflict for found in claimed)
    vouched = any(found.first >= FirstName.INITIAL for found in claimed if not found.conflict)
    shown_conflict = any(found.conflict for found in shown)
    conflict = contradicted or (shown_conflict and not vouched)
    if conflict and not agreeing:
        best = (claimed + shown)[0]
    return best, conflict


def _phones(given: tuple[str, ...], form_phone: str) -> PhoneAgreement:
    if not given:
        return PhoneAgreement.NOTHING_TOLD
    wanted = phone_of(form_phone)
    if not wanted:
        return PhoneAgreement.NOTHING_TOLD
    if wanted in given:
        return PhoneAgreement.SAME
    return PhoneAgreement.NEAR if any(near_phones(wanted, phone) for phone in given) else PhoneAgreement.DIFFERENT


def _somebody_else(author: Author, form: Name | None) -> bool:
    known = _all_tokens(author, form)
    return any(
        all(compare_first(mentioned, token) is FirstName.DIFFERENT for token in known)
        for mentioned in author.others.first_names
    )


def _all_tokens(author: Author, form: Name | None) -> frozenset[str]:
    """Every word of the author's and the form's names."""
    return frozenset(token for name in (*author.names, *([form] if form else ())) for token in name.tokens)


def _weighed(facts: Comparison, frequencies: Frequencies | None) -> Comparison:
    found = tuple(
        item for part in (_address_evidence, _phone_evidence, _text_evidence) for item in part(facts)
    ) + tuple(_name_evidence(facts, frequencies))
    return replace(facts, evidence=found, score=sum(item.weight for item in found))


def _address_evidence(facts: Comparison) -> Iterable[Evidence]:
    weight = weights.ADDRESS[facts.address]
    match facts.address:
        case AddressAgreement.SAME if facts.exact:
            yield Evidence(EvidenceKind.ADDRESS_EXACT, weight, "The sender's address is the one in the form.")
        case AddressAgreement.SAME:
            yield Evidence(
                EvidenceKind.ADDRESS_CANONICAL, weight, "The sender's address is the form's mailbox, written otherwise."
            )
        case AddressAgreement.DOMAIN_TYPO:
            yield Evidence(
                EvidenceKind.ADDRESS_TYPO,
                weight,
                "The form's address is the sender's with a slip in the provider's name.",
            )
        case AddressAgreement.LETTER_TYPO:
            yield Evidence(EvidenceKind.ADDRESS_TYPO, weight, "The two addresses differ by one slip of the fingers.")
        case AddressAgreement.DIGIT_TYPO | AddressAgreement.SHORT_TYPO | AddressAgreement.SEPARATOR:
            yield Evidence(
                EvidenceKind.ADDRESS_TYPO,
                weight,
                "The two addresses differ only a little, as those of two people often do.",
            )
        case AddressAgreement.LOCAL_PART:
            bits = weights.DISTINCTIVE_LOCAL_PART if facts.distinctive_local else weight
            yield Evidence(
                EvidenceKind.ADDRESS_LOCAL_PART, bits, "The part before the @ is the form's, at another provider."
            )
    if facts.sender_only:
        yield Evidence(
            EvidenceKind.REPLY_TO_DIFFERS,
            weights.SENDER_ONLY,
            "The sender's address is the one in the form, but answers are asked for at another address.",
        )
    if facts.thread:
        yield Evidence(EvidenceKind.THREAD, weights.THREAD, "The email answers a message that we sent about this form.")


def _phone_evidence(facts: Comparison) -> Iterable[Evidence]:
    match facts.phone:
        case PhoneAgreement.SAME:
            yield Evidence(EvidenceKind.PHONE, weights.PHONE_SAME, "The phone number is the one in the form.")
        case PhoneAgreement.NEAR:
            yield Evidence(
                EvidenceKind.PHONE,
                weights.PHONE_NEAR,
                "The phone number is the form's but for one slip of the fingers.",
            )
        case PhoneAgreement.DIFFERENT:
            yield Evidence(EvidenceKind.PHONE, weights.PHONE_DIFFERS, "The phone number is not the one in the form.")


def _text_evidence(facts: Comparison) -> Iterable[Evidence]:
    bits = weights.text_bits(facts.text_runs, facts.text_share)
    if bits:
        yield Evidence(EvidenceKind.TEXT, bits, "The email repeats the message of the form.")


def _name_evidence(facts: Comparison, frequencies: Frequencies | None) -> Iterable[Evidence]:
    if facts.spoken_about:
        yield Evidence(
            EvidenceKind.THIRD_PARTY, weights.SPOKEN_ABOUT, "The email speaks about the person of this form by name."
        )
        return
    if facts.conflict:
        shared = facts.address is AddressAgreement.SAME
        kind = EvidenceKind.SHARED_ADDRESS if shared else EvidenceKind.NAME_CONFLICT
        bits = weights.NAME_CONFLICT_ON_ADDRESS if shared else weights.NAME_CONFLICT
        yield Evidence(kind, bits, "The author's name is not the one in the form.")
        return
    form = facts.form_name
    if form is None or facts.name is NOTHING_KNOWN:
        return
    bits = weights.name_bits(facts.name, form.first[0], form.tokens[-1] if len(form.tokens) > 1 else "", frequencies)
    if facts.name.full:
        written = "is the one in the form" if facts.name.very_same else "fits the one in the form"
        yield Evidence(EvidenceKind.NAME_FULL, bits, f"The author's full name {written}.")
    elif bits:
        yield Evidence(EvidenceKind.NAME_FIRST, bits, "A part of the author's name fits the one in the form.")
