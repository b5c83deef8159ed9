"""The verdict: each cell, each veto, and the properties that hold whatever the forms are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.emails import RECEIVED, email
from triage.core.email import Address, Email
from triage.core.match import EvidenceKind, Match, Verdict
from triage.core.rules import MatchPolicy
from triage.core.submission import Door, Submission
from triage.matching.author import read_author
from triage.matching.cells import POSSESSION, Cell, cell_of
from triage.matching.evidence import compare_with
from triage.matching.index import MemoryIndex
from triage.matching.keys import Key, KeyKind, email_keys
from triage.matching.verdict import match
from triage.matching.weights import Frequencies, name_bits, time_bits

MESSAGE = "for eleven years I have tried one tablet after the other and now I wonder about your infusions"


def _form(number: int = 1, *, hours: float = 1, **answers: str) -> Submission:
    given = {"name": "Robert Keller", "email": "rkeller@gmail.com", "phone": "305-555-0101", "message": MESSAGE}
    submitted_at = RECEIVED - timedelta(hours=hours)
    return Submission("test", f"form-{number}", Door.FILE, submitted_at, id=number, **(given | answers))


def _mail(sender: str = "rkeller@gmail.com", display: str = "Robert Keller", text: str = "Hi", **more: Any) -> Email:
    return email(from_=(Address(display, sender),), text=text, **more)


def _decide(mail: Email, *forms: Submission, policy: MatchPolicy = MatchPolicy.STRICT, **more: Any) -> Match:
    return match(mail, read_author(mail), forms, policy=policy, **more)


def _kinds(decided: Match) -> set[EvidenceKind]:
    return {item.kind for item in decided.evidence}


CELLS: list[tuple[Cell, dict[str, str], dict[str, str]]] = [
    (Cell.ADDRESS, {}, {"sender": "R.Keller@Gmail.com", "display": ""}),
    (Cell.DOMAIN_TYPO, {"email": "rkeller@gmail.con"}, {"display": "Bob Keller"}),
    (Cell.LETTER_TYPO, {"email": "rkleler@gmail.com"}, {}),
    (Cell.TYPO_PHONE, {"email": "rkeller7@gmail.com"}, {"text": "305-555-0101"}),
    (Cell.PHONE_NAME, {}, {"sender": "bird@example.org", "text": "305-555-0101"}),
    (Cell.PHONE_NEAR_NAME, {}, {"sender": "bird@example.org", "text": "305-555-0110"}),
    (Cell.TEXT_NAME, {}, {"sender": "bird@example.org", "text": MESSAGE}),
    (Cell.LOCAL_PART_NAME, {"email": "bluemarlin_x@aol.com"}, {"sender": "bluemarlin_x@gmail.com"}),
]


@pytest.mark.parametrize(("cell", "answers", "mail"), CELLS, ids=[cell for cell, _, _ in CELLS])
def test_each_cell(cell: Cell, answers: dict[str, str], mail: dict[str, str]) -> None:
    """Each kind of certainty is recognised; knowledge is certain under standard only, possession under both."""
    form, written = _form(**answers), _mail(**mail)
    assert cell_of(compare_with(read_author(written), form, RECEIVED)) is cell
    strict = _decide(written, form).verdict
    assert strict is (Verdict.CERTAIN if cell in POSSESSION else Verdict.PROBABLE)
    assert _decide(written, form, policy=MatchPolicy.STANDARD).verdict is Verdict.CERTAIN


def test_our_own_thread_is_a_cell() -> None:
    """An answer to our message in the person's name is certain from any address."""
    mail = _mail(sender="bird@example.org", display="Rob Keller")
    assert _decide(mail, _form(), thread_submission_ids=frozenset({1})).verdict is Verdict.CERTAIN
    nameless = _mail(sender="bird@example.org", display="")
    assert _decide(nameless, _form(), thread_submission_ids=frozenset({1})).verdict is Verdict.PROBABLE


VETOES: list[tuple[str, dict[str, Any], EvidenceKind]] = [
    ("a relative", {"text": "It is for my wife."}, EvidenceKind.THIRD_PARTY),
    ("another first name", {"text": "Is Thomas booked?"}, EvidenceKind.THIRD_PARTY),
    ("another name signed", {"text": "Hi there.\n\nThanks,\nRuth Keller"}, EvidenceKind.NAME_CONFLICT),
    ("another display name", {"display": "Ruth Keller"}, EvidenceKind.NAME_CONFLICT),
    ("Reply-To", {"reply_to": (Address("", "elsewhere@example.net"),)}, EvidenceKind.REPLY_TO_DIFFERS),
]


@pytest.mark.parametrize("policy", list(MatchPolicy))
@pytest.mark.parametrize(("change", "kind"), [veto[1:] for veto in VETOES], ids=[veto[0] for veto in VETOES])
def test_each_veto_beats_the_exact_address(change: dict[str, Any], kind: EvidenceKind, policy: MatchPolicy) -> None:
    """With every other evidence at its best, one veto leaves the match to staff, and says so."""
    change = {"text": "Call 305-555-0101"} | change
    decided = _decide(_mail(**change), _form(), policy=policy)
    assert decided.verdict is Verdict.PROBABLE
    assert kind in _kinds(decided)


def test_two_people_on_one_address() -> None:
    """Only a full name tells two people of one address apart."""
    forms = (_form(1), _form(2, name="Ruth Keller", phone="305-555-0102"))
    assert _decide(_mail(display=""), *forms).verdict is Verdict.PROBABLE
    assert _decide(_mail(display="Ruth"), *forms).verdict is Verdict.PROBABLE
    named = _decide(_mail(display="Ruth Keller"), *forms)
    assert (named.verdict, named.submission_id) == (Verdict.CERTAIN, 2)


def test_two_people_on_one_phone() -> None:
    """Father and son on one phone are not told apart by it."""
    forms = (_form(1, name="Robert Keller Sr"), _form(2, name="Robert Keller Jr", email="junior@example.org"))
    mail = _mail(sender="bird@example.org", text="305-555-0101")
    assert _decide(mail, *forms, policy=MatchPolicy.STANDARD).verdict is Verdict.PROBABLE


@pytest.mark.parametrize(
    ("one", "other"),
    [("Chris Keller", "Christine Keller"), ("Stephan Keller", "Stephanie Keller"), ("Al Sales", "Denise Sales")],
)
def test_similar_names_on_one_address_are_two_people(one: str, other: str) -> None:
    """A nickname with another phone, a spelling variant, or a surname that is also a word does not join two forms."""
    forms = (_form(1, name=one), _form(2, name=other, phone="305-555-0102"))
    assert _decide(_mail(display=""), *forms).verdict is Verdict.PROBABLE


def test_a_similar_first_name_with_another_surname_is_another_person() -> None:
    """Chris Gabrieli on Christina Keller's address is not her; Christina Gabrieli may have married."""
    form = _form(name="Christina Keller")
    assert _decide(_mail(display="Chris Gabrieli"), form).verdict is Verdict.PROBABLE
    assert _decide(_mail(display="Christina Gabrieli"), form).verdict is Verdict.CERTAIN


def test_a_dash_is_no_slip_even_with_the_phone() -> None:
    """Somebody who knows name and phone may pick the form's address with a dash more."""
    mail = _mail(sender="r_keller@gmail.com", text="305-555-0101")
    assert _decide(mail, _form()).verdict is Verdict.PROBABLE


def test_another_persons_token() -> None:
    """Whoever answers a message about another person's form is not certain by the own address."""
    forms = (_form(1), _form(2, name="Ruth Keller", email="ruth@example.org", phone="305-555-0102"))
    assert _decide(_mail(), *forms, thread_submission_ids=frozenset({2})).verdict is Verdict.PROBABLE


def test_a_namesake_on_file_forbids_the_letter_typo() -> None:
    """When another person with a form bears the name, one slip in the address is not enough."""
    typo = _form(1, email="rkleler@gmail.com")
    namesake = _form(2, email="robert.k@example.org", phone="305-555-0102")
    assert _decide(_mail(), typo).verdict is Verdict.CERTAIN
    assert _decide(_mail(), typo, namesake).verdict is Verdict.PROBABLE


def test_a_phone_that_disagrees_forbids_the_typo() -> None:
    """A slip in the address and another phone number is a neighbour, not a slip."""
    assert _decide(_mail(text="305-555-0188"), _form(email="rkleler@gmail.com")).verdict is Verdict.PROBABLE


def test_a_common_key_gives_no_certainty() -> None:
    """An address that crowds of forms share makes nobody certain."""
    common = frozenset({Key(KeyKind.ADDRESS, "rkeller@gmail.com")})
    decided = _decide(_mail(), _form(), common_keys=common)
    assert decided.verdict is Verdict.PROBABLE
    assert EvidenceKind.COMMON_KEY in _kinds(decided)


def test_a_name_alone_is_at_most_probable() -> None:
    """The same full name is never certain, and after months nothing at all."""
    mail = _mail(sender="bird@example.org")
    assert _decide(mail, _form(), policy=MatchPolicy.STANDARD).verdict is Verdict.PROBABLE
    assert _decide(mail, _form(hours=5_000), policy=MatchPolicy.STANDARD).verdict is Verdict.NONE


def test_the_latest_form_before_the_mail_is_chosen() -> None:
    """Several forms of one person are no conflict; without one before the mail, the first after it."""
    forms = [_form(1, hours=90), _form(2, hours=5, name="Bob Keller"), _form(3, hours=-4)]
    assert _decide(_mail(), *forms).submission_id == 2
    assert _decide(_mail(), _form(7, hours=-4), _form(8, hours=-9)).submission_id == 7


def test_possession_chooses_among_forms_with_that_address() -> None:
    """A later form of the same person under another address is not the one the reply may speak of."""
    forms = [_form(1, hours=90), _form(2, hours=5, email="robert.k@example.org")]
    decided = _decide(_mail(), *forms)
    assert (decided.verdict, decided.submission_id) == (Verdict.CERTAIN, 1)


def test_nobody_and_nothing() -> None:
    """Without candidates, or with empty forms only, there is no match."""
    empty = Submission("test", "empty", Door.FILE, RECEIVED, id=9)
    assert _decide(_mail()).verdict is Verdict.NONE
    assert _decide(_mail(), empty).verdict is Verdict.NONE
    assert _decide(email(from_=(), return_path=None, text=""), empty, _form()).verdict is Verdict.NONE


def test_time_and_rarity_are_weighed() -> None:
    """Nearer forms and rarer names weigh more."""
    near, far = (time_bits(RECEIVED, RECEIVED - timedelta(days=days)) for days in (1, 200))
    assert near > 0 > far
    author, form = read_author(_mail(sender="bird@example.org")), _form()
    key = Key(KeyKind.SOUND, "r klr")
    rare, usual = (Frequencies(10_000, {key: count}) for count in (1, 900))
    name = compare_with(author, form, RECEIVED).name
    assert name_bits(name, "r", "keller", rare) > name_bits(name, "r", "keller", usual)


_NAMES = st.sampled_from(["Robert Keller", "Bob Keller", "Ruth Keller", "R. Keller", "Keller, Robert", "", "Ann Perez"])
_ADDRESSES = st.sampled_from(
    ["rkeller@gmail.com", "r.keller@gmail.com", "rkleler@gmail.com", "rkeller@gmail.con", "", "x@y"]
)
_PHONES = st.sampled_from(["305-555-0101", "305-555-0110", "", "n/a"])
_TEXTS = st.sampled_from(["Hi", "305-555-0101", "for my wife", "Ruth here.", "Thanks,\nBob", MESSAGE])
_FORMS = st.lists(st.tuples(_NAMES, _ADDRESSES, _PHONES, st.integers(-9, 900)), max_size=6).map(
    lambda rows: [
        _form(number, name=name, email=address, phone=phone, hours=hours)
        for number, (name, address, phone, hours) in enumerate(rows, 1)
    ]
)
_POLICIES = st.sampled_from(list(MatchPolicy))


@given(_FORMS, _NAMES, _TEXTS, _POLICIES, st.randoms(use_true_random=False))
def test_the_order_of_forms_does_not_matter(
    forms: list[Submission], display: str, text: str, policy: MatchPolicy, random: Any
) -> None:
    """Shuffled candidates, or candidates given twice, lead to the very same match."""
    mail = _mail(display=display, text=text)
    shuffled = [*forms, *forms]
    random.shuffle(shuffled)
    assert _decide(mail, *forms, policy=policy) == _decide(mail, *shuffled, policy=policy)


@given(_FORMS, _NAMES, _TEXTS, _POLICIES)
def test_an_unrelated_form_never_makes_none_certain(
    forms: list[Submission], display: str, text: str, policy: MatchPolicy
) -> None:
    """A stranger's form changes nothing for the better."""
    mail = _mail(display=display, text=text)
    stranger = _form(77, name="Zoe Quist", email="zoe.q@example.net", phone="305-555-0177", message="")
    before, after = _decide(mail, *forms, policy=policy), _decide(mail, *forms, stranger, policy=policy)
    assert before.verdict is after.verdict
    assert 77 not in after.candidates


@given(_FORMS, _NAMES, _POLICIES)
def test_a_veto_always_wins(forms: list[Submission], display: str, policy: MatchPolicy) -> None:
    """Words about a relative, or a foreign Reply-To, never leave a certain match, whatever the forms."""
    about = _mail(display=display, text="305-555-0101 I write for my husband")
    elsewhere = _mail(display=display, reply_to=(Address("", "elsewhere@example.net"),))
    for mail in (about, elsewhere):
        assert _decide(mail, *forms, policy=policy).verdict is not Verdict.CERTAIN


@given(_FORMS, _NAMES, _TEXTS)
def test_strict_is_never_bolder_than_standard(forms: list[Submission], display: str, text: str) -> None:
    """What strict calls certain, standard does too, for the same form."""
    mail = _mail(display=display, text=text)
    strict = _decide(mail, *forms)
    if strict.verdict is Verdict.CERTAIN:
        standard = _decide(mail, *forms, policy=MatchPolicy.STANDARD)
        assert (standard.verdict, standard.submission_id) == (Verdict.CERTAIN, strict.submission_id)


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=40), st.text(max_size=300))
def test_no_answer_breaks_the_matcher(name: str, address: str, phone: str, words: str) -> None:
    """Any text in any answer and in the mail gives a verdict."""
    form = _form(name=name, email=address, phone=phone, message=words)
    mail = _mail(sender=address or "a@example.org", display=name, text=words)
    decided = _decide(mail, form, replace(form, id=2), policy=MatchPolicy.STANDARD)
    assert decided.verdict in Verdict


def test_thousands_of_forms_from_one_address_stay_probable() -> None:
    """A crowd on one address is found, capped, and nobody of it is certain."""
    index = MemoryIndex()
    for number in range(1, 1_001):
        index.add(_form(number, name=f"Robert Keller{chr(97 + number % 26)}", message=""))
    mail = _mail(display="")
    author = read_author(mail)
    found, common = index.candidates(email_keys(author))
    decided = match(mail, author, found, policy=MatchPolicy.STANDARD, common_keys=common)
    assert decided.verdict is Verdict.PROBABLE
    assert len(decided.candidates) <= 5
