"""Who wrote this? Candidates in, one `Match` out.

Certain = a cell holds + a clear margin over the next person + no veto; vetoes come before weights, always. Without
certainty, what is likely goes to staff as `probable`. The order of candidates never matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from triage.core.email import Email
from triage.core.match import NO_MATCH, Evidence, EvidenceKind, Match, Verdict
from triage.core.rules import MatchPolicy
from triage.core.submission import Submission
from triage.matching.addresses import AddressAgreement
from triage.matching.author import Author
from triage.matching.cells import POSSESSION, Cell, cell_of
from triage.matching.evidence import Comparison, PhoneAgreement, compare_with
from triage.matching.keys import Key, KeyKind
from triage.matching.names import FirstName
from triage.matching.persons import Person, latest, persons
from triage.matching.weights import MARGIN, PROBABLE, Frequencies

_MOST_CONTENDERS = 60
_MOST_OFFERED = 5
_WORTH_A_LOOK = 6.0
_BY_PHONE = frozenset({Cell.PHONE_NAME, Cell.PHONE_NEAR_NAME, Cell.TYPO_PHONE})
_NAME_KINDS = frozenset({KeyKind.NAME, KeyKind.FIRST_SURNAME})


def match(
    email: Email,
    author: Author,
    candidates: Sequence[Submission],
    *,
    policy: MatchPolicy,
    thread_submission_ids: frozenset[int] = frozenset(),
    common_keys: frozenset[Key] = frozenset(),
    frequencies: Frequencies | None = None,
) -> Match:
    """Decide which candidate, if any, the email's author filled in.

    `author` is `read_author(email)`; `candidates` are what the index returned for `email_keys(author)`, together with
    the submissions of `thread_submission_ids` (those our own messages, which this email answers, were about).
    `common_keys` are keys over the index's cap: no certainty comes from them. Never raises on any candidate.
    """
    unique = {(found.id, found.source, found.source_id): found for found in candidates}.values()
    compared = (compare_with(author, form, email.received_at, thread_submission_ids, frequencies) for form in unique)
    contenders = sorted((form for form in compared if form.score >= _WORTH_A_LOOK), key=_rank, reverse=True)
    people = persons(contenders[:_MOST_CONTENDERS])
    if not people:
        return NO_MATCH
    cell, chosen = _certain_form(people[0], email, policy)
    against = tuple(_vetoes(people, author, cell, common_keys)) if cell else tuple(_standing_vetoes(people, author))
    if cell and chosen and not against:
        return _result(Verdict.CERTAIN, chosen, people, email)
    return _probable(people, email, against)


def _rank(form: Comparison) -> tuple[float, object, int, str]:
    return form.score, form.submission.submitted_at, form.submission.id, form.submission.source_id


def _certain_form(person: Person, email: Email, policy: MatchPolicy) -> tuple[Cell | None, Comparison | None]:
    """The strongest cell that the person's forms fill, and the latest form that fills it."""
    filled: dict[Cell, list[Comparison]] = {}
    for form in person.forms:
        cell = cell_of(form)
        if cell and (policy is MatchPolicy.STANDARD or cell in POSSESSION):
            filled.setdefault(cell, []).append(form)
    for cell in Cell:
        if cell in filled:
            return cell, latest(filled[cell], email.received_at)
    return None, None


def _vetoes(people: Sequence[Person], author: Author, cell: Cell, common_keys: frozenset[Key]) -> Iterator[Evidence]:
    """Everything that forbids certainty although a cell holds."""
    best, others = people[0], people[1:]
    yield from _standing_vetoes(people, author)
    if _is_common(author, cell, common_keys):
        yield Evidence(EvidenceKind.COMMON_KEY, 0.0, "So many forms share this that it cannot tell people apart.")
    if author.reply_to_differs and cell is not Cell.ADDRESS:
        yield Evidence(
            EvidenceKind.REPLY_TO_DIFFERS, 0.0, "Answers are asked for at another address than the sender's."
        )
    if _shares_address(best, others) and not _only_full_name(best, others):
        yield Evidence(EvidenceKind.SHARED_ADDRESS, 0.0, "Several people used this address; the full name is missing.")
    if others and best.score - others[0].score < MARGIN:
        yield Evidence(EvidenceKind.COMMON_KEY, 0.0, "Another person's form fits nearly as well.")
    namesakes = any(form.name.full for person in others for form in person.forms)
    if cell is Cell.LETTER_TYPO and namesakes and not best.best.distinctive_local:
        yield Evidence(EvidenceKind.COMMON_KEY, 0.0, "Another person with a form bears this name.")
    if cell in _BY_PHONE and _unclear_phone(best, others):
        yield Evidence(EvidenceKind.COMMON_KEY, 0.0, "More than one person may use this phone number.")


def _standing_vetoes(people: Sequence[Person], author: Author) -> Iterator[Evidence]:
    """What speaks against certainty whatever the evidence is."""
    best = people[0]
    if author.others.spoken_for or all(form.elsewhere for form in best.forms):
        yield Evidence(EvidenceKind.THIRD_PARTY, 0.0, "The email speaks about, or for, somebody else.")
    if any(form.conflict for form in best.forms):
        yield Evidence(EvidenceKind.NAME_CONFLICT, 0.0, "The author signs with a name that is not the form's.")
    threads = any(form.thread for person in people for form in person.forms)
    if threads and not any(form.thread for form in best.forms):
        yield Evidence(EvidenceKind.THREAD, 0.0, "It answers a message that we sent about another person's form.")


def _is_common(author: Author, cell: Cell, common_keys: frozenset[Key]) -> bool:
    if cell in {Cell.ADDRESS, Cell.TYPO_PHONE}:
        return Key(KeyKind.ADDRESS, author.reply_address) in common_keys
    kinds: frozenset[KeyKind] = frozenset()
    if cell in {Cell.PHONE_NAME, Cell.PHONE_NEAR_NAME}:
        kinds = frozenset({KeyKind.PHONE, KeyKind.PHONE_NEAR})
    elif cell is Cell.DOMAIN_TYPO:
        kinds = frozenset({KeyKind.LOCAL})
    elif cell is not Cell.THREAD:
        kinds = _NAME_KINDS
    return any(key.kind in kinds for key in common_keys)


def _shares_address(best: Person, others: Sequence[Person]) -> bool:
    return any(form.address is AddressAgreement.SAME for person in others for form in person.forms) and any(
        form.address is AddressAgreement.SAME for form in best.forms
    )


def _only_full_name(best: Person, others: Sequence[Person]) -> bool:
    sharing = [person for person in others if any(form.address is AddressAgreement.SAME for form in person.forms)]
    return best.best.name.full and all(
        form.conflict or not form.name.full for person in sharing for form in person.forms
    )


def _unclear_phone(best: Person, others: Sequence[Person]) -> bool:
    same_phone = (
        form for person in others for form in person.forms if form.phone is PhoneAgreement.SAME and not form.conflict
    )
    return len(best.addresses) > 1 or any(form.name.first is not FirstName.DIFFERENT for form in same_phone)


def _probable(people: Sequence[Person], email: Email, against: tuple[Evidence, ...]) -> Match:
    """The likeliest persons for staff, or none when nothing is likely."""
    likely = [person for person in people if _likely(person)]
    if not likely:
        return NO_MATCH
    likely.sort(key=_offer_rank, reverse=True)
    return _result(Verdict.PROBABLE, latest(likely[0].forms, email.received_at), likely, email, against)


def _offer_rank(person: Person) -> tuple[bool, float]:
    """Whoever the author's names fit comes before the owner of a borrowed address."""
    return not person.best.conflict, max(form.score + form.time_bits for form in person.forms)


def _likely(person: Person) -> bool:
    """Whether staff should see this person. The form's own address always counts, whoever writes and whenever."""
    same = AddressAgreement.SAME
    return any(form.address is same or form.score + form.time_bits >= PROBABLE for form in person.forms)


def _result(
    verdict: Verdict, chosen: Comparison, people: Sequence[Person], email: Email, against: tuple[Evidence, ...] = ()
) -> Match:
    offered = [latest(person.forms, email.received_at).submission.id for person in people if _likely(person)]
    candidates = tuple(dict.fromkeys((chosen.submission.id, *offered)))[:_MOST_OFFERED]
    strongest = tuple(sorted(chosen.evidence, key=lambda item: (-item.weight, item.kind)))
    return Match(
        verdict=verdict,
        submission_id=chosen.submission.id,
        score=round(chosen.score, 2),
        evidence=tuple(replace(item, weight=round(item.weight, 2)) for item in (*strongest, *against)),
        candidates=candidates,
    )
