"""Single answers, the submission they become, and hostile mails that must neither crash nor hang a reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.emails import RECEIVED, address, email, rules
from triage.core.submission import Door
from triage.forms.answers import address_in, is_name, is_phone
from triage.forms.blocks import blocks_of, text_of
from triage.forms.labels import Field, known_field, likely_field
from triage.forms.lines import bare, bracket, colon, dashes, double_colon, equals, read_lines
from triage.forms.markup import read_blocks
from triage.forms.reading import NO_EMAIL, FormReading, to_submission
from triage.forms.registry import SYSTEMS, read_form

SITE = "website@lakeside.example.com"
ALLOWED = rules(form_senders=(SITE,))
READING = FormReading("wpforms", 0.95, name="Ann", email="Ann.Lee+x@example.com", message="Hi", submitted_at=RECEIVED)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("ann@example.com", "ann@example.com"),
        ("  <ann@example.com> ", "ann@example.com"),
        ("Ann Lee <ann@example.com>", "ann@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("ann@example.com <mailto:ann@example.com>", "ann@example.com"),
        ("ann@example.com (mailto:ann@example.com)", "ann@example.com"),
        ("prefer phone", ""),
        ("ann@example.com or bob@example.com", ""),
        ("ann@example.com, bob@example.com", ""),
        ("ann at example.com", ""),
        ("ann@localhost", ""),
        ("my address is ann@example.com", ""),
        ("", ""),
    ],
)
def test_an_answer_is_one_address_or_none(answer: str, found: str) -> None:
    """Never the first of two, never one out of a sentence."""
    assert address_in(answer) == found


def test_phones_and_names_are_told_from_sentences() -> None:
    """What a patient writes behind "Phone:" or "Name:" inside a message."""
    assert all(is_phone(one) for one in ("(202) 555-0143", "+1 202 555 0143 ext. 4", "2025550143"))
    assert not any(is_phone(one) for one in ("call after 5 only", "555", "I was born in 1980, in 2020 we moved", ""))
    assert all(is_name(one) for one in ("Ann", "José Ángel O'Neill-Ruiz", "Mary-Jane van der Berg"))
    assert not any(is_name(one) for one in ("", "is it on file?", "ann@example.com", "Ketamine 0.5 mg", "a: b"))


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Your Name *", Field.NAME),
        ("1. E-Mail Address (required):", Field.EMAIL),
        ("CORREO ELECTRÓNICO", Field.EMAIL),
        ("your-phone", Field.PHONE),
        ("Teléfono móvil", Field.PHONE),
        ("acceptance-123", Field.CONSENT),
        ("¿En qué podemos ayudarle?", Field.REASON),
        ("Delivery of care", None),
        ("x" * 500, None),
    ],
)
def test_a_label_is_looked_up_without_its_ornaments(label: str, field: Field | None) -> None:
    """Case, accents, stars, numbers and "your" do not matter."""
    assert known_field(label) is field


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("What is the best phone number to reach you at?", Field.PHONE),
        ("May we contact you by email?", Field.CONSENT),
        ("Emergency contact phone", Field.OTHER),
        ("Preferred contact method: phone or email", Field.OTHER),
        ("¿Cuál es su nombre completo?", Field.NAME),
        ("Please tell us what brings you here", Field.REASON),
        ("Favourite colour", None),
    ],
)
def test_a_question_is_understood_by_its_words(question: str, field: Field | None) -> None:
    """Consent and other people's data come before email, phone and name."""
    assert likely_field(question) is field


def test_a_reading_becomes_a_submission_with_the_forms_own_id() -> None:
    """The entry id if the mail shows one, else a digest that the same mail always has."""
    mail = email()
    with_id = to_submission(replace(READING, source_id="77"), mail)
    assert (with_id.source, with_id.source_id, with_id.door) == ("wpforms", "77", Door.NOTIFICATION)
    first = to_submission(READING, mail)
    assert first.source_id == to_submission(replace(READING, email="ann.lee@EXAMPLE.com"), mail).source_id
    assert first.source_id != to_submission(replace(READING, message="Ho"), mail).source_id
    assert first.source_id != to_submission(READING, email(message_id="<other@example.com>")).source_id


@pytest.mark.parametrize("date", [None, RECEIVED + timedelta(days=400), datetime(2025, 3, 4)])  # noqa: DTZ001 - a naive one on purpose
def test_a_date_nobody_can_believe_is_replaced_by_the_arrival(date: datetime | None) -> None:
    """`submitted_at` is always aware."""
    text = "Name: Ann\nEmail: ann@example.com\nMessage: Hi\n"
    mail = email(from_=(address(SITE),), text=text, date=date)
    reading = read_form(mail, ALLOWED)
    assert reading is not None
    assert to_submission(reading, mail).submitted_at == RECEIVED


def test_a_reading_with_a_problem_is_no_submission() -> None:
    """A caller who forgets to look gets an error, not a nameless submission."""
    for reading in (replace(READING, problem=NO_EMAIL), replace(READING, email="")):
        with pytest.raises(ValueError, match="no submission"):
            to_submission(reading, email())


def test_hidden_text_scripts_and_comments_are_never_read() -> None:
    """A preheader repeats the answers; only what is shown counts."""
    source = (
        '<style>p{}</style><div style="display:none">Email: hidden@example.com <div>x</div> y</div>'
        "<!-- Email: comment@example.com --><script>Email: script@example.com</script><p>shown</p>"
    )
    assert text_of(blocks_of(source)) == "shown"


_WRITTEN = (
    "Name|Email|Phone|Message|Consent|Mensaje|:| :: |[|]|---|\n|\n\n|?| |ann@example.com|202-555-0143|<b>|</b>|<tr>"
    "|<td>|</td>|<table>|</table>|<p>|<br>|<dt>|<dd>|<h3>|<div style='display:none'>|</div>|&nbsp;|<|>|<!--|-->|{|}|\""
    "|From|Fwd|> |Begin forwarded message:|Below is the result of your feedback form"
)
PIECES = st.sampled_from(_WRITTEN.split("|"))
LINES = st.sampled_from(["Email: by phone", "Phone: no", "Name: ask me?", "Message: hi", "", "words"])
BODIES = st.lists(PIECES | st.text(max_size=8), max_size=60).map("".join)


@settings(max_examples=150, deadline=None)
@given(text=BODIES, source=BODIES, subject=BODIES, any_sender=st.booleans())
def test_no_body_crashes_a_reader(text: str, source: str, subject: str, any_sender: bool) -> None:
    """Whatever stands in it, each system and the registry return a value, and an address only as a valid one."""
    for sender in (SITE, "noreply@jotform.com", "maria@example.org"):
        mail = email(from_=(address(sender),), text=text, html=source, subject=subject)
        reading = read_form(mail, ALLOWED, any_sender=any_sender)
        assert reading is None or bool(reading.problem) != bool(reading.email)
    for system in SYSTEMS:
        system.recognise(mail)
        assert address_in(system.read(mail).email) == system.read(mail).email


@settings(max_examples=150, deadline=None)
@given(text=BODIES)
def test_no_text_crashes_a_layout(text: str) -> None:
    """Each layout on its own, and no answer is longer than what was read."""
    for marker in (colon, double_colon, equals, bracket, dashes, bare):
        for distinct in (False, True):
            pairs = read_lines(text, marker, distinct=distinct)
            assert sum(len(answer) for _, answer in pairs) <= len(text)
    read_blocks(blocks_of(text))


@settings(max_examples=100, deadline=None)
@given(message=st.lists(LINES, min_size=1))
def test_label_like_lines_never_leave_a_message(message: list[str]) -> None:
    """Between a form's own labels every line of the message stays."""
    words = "\n".join(message).strip("\n")
    text = f"Name: Ann Lee\nEmail: ann@example.com\nPhone: 202-555-0143\nMessage: {words}\nConsent: Yes\n"
    reading = read_form(email(from_=(address(SITE),), text=text), ALLOWED)
    assert reading is not None
    assert (reading.message, reading.consent, reading.name) == (words, "Yes", "Ann Lee")
