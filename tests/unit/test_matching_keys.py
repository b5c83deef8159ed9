"""Keys and the index: who meets whom, how many keys there may be, and what a crowded key means."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.emails import RECEIVED, email
from triage.core.email import Address
from triage.core.submission import Door, Submission
from triage.matching.author import read_author
from triage.matching.index import MemoryIndex
from triage.matching.keys import LONGEST_KEY, MOST_KEYS, TEXT_CAP, Key, KeyKind, email_keys, submission_keys


def _form(number: int = 1, **answers: str) -> Submission:
    return Submission("test", f"form-{number}", Door.FILE, RECEIVED - timedelta(hours=number), id=number, **answers)


def _keys_of(sender: str = "bird77@example.org", display: str = "", text: str = "Hi") -> tuple[Key, ...]:
    return email_keys(read_author(email(from_=(Address(display, sender),), text=text)))


def _meet(form: Submission, **mail: str) -> set[str]:
    return {key.kind.value for key in set(submission_keys(form)) & set(_keys_of(**mail))}


def test_each_kind_of_key_can_meet() -> None:
    """A form is found by address, local part, slips, phone, name in any order, nickname, sound and its own words."""
    assert "address" in _meet(_form(email="A.B@gmail.com"), sender="ab+x@googlemail.com")
    assert "local" in _meet(_form(email="bluebird@yahoo.com"), sender="bluebird@gmail.com")
    assert "local_near" in _meet(_form(email="blubird@gmail.com"), sender="bluebird@gmail.com")
    assert "local_near" in _meet(_form(email="bulebird@gmail.com"), sender="bluebird@gmail.com")
    assert "phone" in _meet(_form(phone="(305) 555-0101"), text="call 305.555.0101")
    assert "phone_near" in _meet(_form(phone="305-555-0110"), text="call 305.555.0101")
    assert "name" in _meet(_form(name="MILLER, SUSAN"), display="Susan Miller")
    assert "first_surname" in _meet(_form(name="Robert Miller"), display="Bob Miller-Reed")
    assert "sound" in _meet(_form(name="Robert Mueller"), display="R. Miller")
    words = "for eleven years I have tried one tablet after the other and now I wonder about your infusions"
    assert "text" in _meet(_form(message=words), text=f"As I wrote: {words}!")


def test_strangers_do_not_meet() -> None:
    """Nothing in common, no key in common."""
    form = _form(name="Susan Miller", email="smiller@example.org", phone="305-555-0101", message="short words")
    assert _meet(form, sender="ghill@example.net", display="George Hill", text="I am new. 305-555-0188") == set()


def test_an_empty_form_has_no_keys() -> None:
    """Without answers there is nothing to file under, and nothing breaks."""
    assert submission_keys(_form()) == ()
    assert submission_keys(_form(name=" ", email="@", phone="n/a", message="?")) == ()


def test_hostile_answers_give_few_short_keys() -> None:
    """Five thousand characters in each answer stay within the bounds of number and length."""
    form = _form(
        name="Ab Cd " * 900,
        email="x" * 4_900 + "@example.org",
        phone="3" * 5_000,
        message="one two three four five " * 900,
    )
    keys = submission_keys(form)
    assert len(keys) <= MOST_KEYS
    assert all(0 < len(key.value) <= LONGEST_KEY for key in keys)


@given(st.text(max_size=300), st.text(max_size=90), st.text(max_size=40), st.text(max_size=300))
def test_keys_are_bounded_for_any_answers(name: str, address: str, phone: str, message: str) -> None:
    """No answer, however odd, gives an empty, repeated or long key."""
    keys = submission_keys(_form(name=name, email=address, phone=phone, message=message))
    assert len(keys) == len(set(keys)) <= MOST_KEYS
    assert all(0 < len(key.value) <= LONGEST_KEY for key in keys)


def test_strong_keys_are_asked_first() -> None:
    """The address comes before everything, so that a crowd of namesakes cannot crowd it out."""
    kinds = [key.kind for key in _keys_of(display="Susan Miller", text="305-555-0101")]
    assert kinds[0] is KeyKind.ADDRESS
    assert kinds == sorted(kinds, key=list(KeyKind).index)


def test_thousands_of_forms_from_one_address() -> None:
    """A crowded key is reported as common, its newest forms are returned, and the answer stays capped."""
    index = MemoryIndex()
    for number in range(1, 3_001):
        index.add(_form(number, name=f"Susan Miller{chr(97 + number % 26)}", email="shared@example.org"))
    found, common = index.candidates(_keys_of(sender="shared@example.org"), cap=200)
    assert len(index) == 3_000
    assert (len(found), max(form.id for form in found)) == (200, 3_000)
    assert Key(KeyKind.ADDRESS, "shared@example.org") in common


def test_words_that_many_forms_share_find_nobody() -> None:
    """A sentence of the form's own template does not drag in everybody."""
    words = "I would like to make an appointment for an infusion and ask about the price of it please"
    index = MemoryIndex()
    for number in range(1, TEXT_CAP + 20):
        index.add(_form(number, message=words))
    assert index.candidates(_keys_of(text=words))[0] == []


def test_forms_without_an_id_are_told_apart() -> None:
    """Forms that are not stored yet have no id, and still are two."""
    index = MemoryIndex()
    for source_id in ("a", "b"):
        index.add(Submission("test", source_id, Door.FILE, RECEIVED, email="one@example.org"))
    assert len(index.candidates(_keys_of(sender="one@example.org"))[0]) == 2


def test_frequencies_count_the_emails_own_keys() -> None:
    """The index tells how many forms lie under each key that the email asks for."""
    index = MemoryIndex()
    for number in range(1, 4):
        index.add(_form(number, name="Susan Miller"))
    keys = _keys_of(display="Susan Miller")
    counted = index.frequencies(keys)
    assert counted.submissions == 3
    assert counted.counts[Key(KeyKind.NAME, "miller susan")] == 3
