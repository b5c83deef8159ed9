"""What is no form mail: patients' own mails, however much they look like one."""

from __future__ import annotations

import pytest

from tests.support.emails import PERSON, PRACTICE, address, email, rules
from triage.core.email import Email
from triage.forms.forwards import is_conversation, original
from triage.forms.registry import is_allowed, read_form

SITE = "website@lakeside.example.com"
FORM = f"Name: Maria Lopez\nEmail: {PERSON}\nPhone: 202-555-0143\nMessage: Do you take evening visits?\nConsent: Yes\n"
CF7 = (
    f"From: Maria Lopez <{PERSON}>\nSubject: Hello\n\nMessage Body:\nDo you take evening visits?\n\n-- \n"
    "This e-mail was sent from a contact form on Lakeside (https://lakeside.example.com)\n"
)
BELOW = "> " + FORM.replace("\n", "\n> ")


def from_patient(text: str, **more: object) -> Email:
    return email(text=text, **more)


PATIENTS = {
    "a signature with labels": from_patient(
        f"Hello,\n\nDo you treat migraine?\n\nMaria Lopez\nPhone: 202-555-0143\nEmail: {PERSON}\nFax: 202-555-0144"
    ),
    "answers written like a form": from_patient(FORM, subject="My details"),
    "details of a husband": from_patient(
        "Name: Bob Lopez\nEmail: bob@example.org\nPhone: 202-555-0143\nMessage: he would like to come",
        subject="For Bob",
    ),
    "colons everywhere": from_patient(
        "Name: Ketamine 0.5 mg/kg?\nPhone: I prefer email\nMessage: please call my husband"
    ),
    "a reply that quotes a form": from_patient(
        f"Yes please!\n\nOn Tue, Lakeside wrote:\n{BELOW}", subject="Re: Your message", references=("<1@example.com>",)
    ),
    "a reply in Outlook's way": from_patient(
        f"Thank you.\n\nFrom: Lakeside\nSent: Tuesday\nTo: Maria\nSubject: Your message\n\n{CF7}",
        subject="RE: Your message",
    ),
    "a reply without its header fields": from_patient(f"Thank you.\n\n{CF7}", subject="Aw: Your message"),
    "her own copy forwarded": from_patient(
        f"Did you get this?\n\n---------- Forwarded message ---------\nFrom: Lakeside <{SITE}>\nSubject: C\n\n{FORM}",
        subject="Fwd: Copy of your message",
    ),
    "her own copy forwarded, layout and all": from_patient(
        f"---------- Forwarded message ---------\nFrom: Lakeside <{SITE}>\nSubject: Copy\n\n{CF7}", subject="Fw: Copy"
    ),
    "a husband's form forwarded": from_patient(
        f"---------- Forwarded message ---------\nFrom: X <{SITE}>\n\n{FORM.replace(PERSON, 'bob@example.org')}",
        subject="Fwd: contact form",
    ),
    "a form's layout pasted": from_patient(CF7, subject="I filled in your form"),
    "brackets": from_patient(f"[Name]\nMaria\n\n[Email]\n{PERSON}\n\n[Message]\nHi"),
    "double colons": from_patient(f"Name :: Maria\nEmail :: {PERSON}\nMessage :: Hi"),
    "a list of questions": from_patient(
        "What is the price?\nIs it safe?\n\nWhat is your phone number?\nThanks\n\nMaria"
    ),
    "a table of her own": from_patient(
        "see table",
        html=f"<table><tr><td>Name</td><td>Maria</td></tr><tr><td>Email</td><td>{PERSON}</td></tr></table>",
    ),
    "JSON for some reason": from_patient(f'{{"Name": ["Maria"], "Email": ["{PERSON}"]}}'),
    "nothing": from_patient(""),
}


@pytest.mark.parametrize("any_sender", [False, True], ids=["allowed senders only", "any sender"])
@pytest.mark.parametrize("situation", PATIENTS)
def test_a_patients_own_mail_is_no_form_mail(situation: str, any_sender: bool) -> None:
    """It goes on its way to matching, whatever it holds."""
    assert read_form(PATIENTS[situation], rules(form_senders=(SITE,)), any_sender=any_sender) is None


def test_a_stranger_with_a_forms_layout_is_a_reading_that_nobody_trusts_yet() -> None:
    """Another person's address inside: it is not a patient's own mail, so it must not be answered as one."""
    mail = from_patient(CF7.replace(PERSON, "bob@example.org"), subject="Hi")
    reading = read_form(mail, rules())
    assert reading is not None
    assert reading.system == "contact-form-7"


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        (SITE, True),
        (SITE.upper(), True),
        ("@lakeside.example.com", True),
        ("lakeside.example.com", True),
        ("example.com", False),
        ("side.example.com", False),
        ("other@lakeside.example.com", False),
        ("", False),
    ],
)
def test_an_entry_of_the_allow_list_is_an_address_or_one_very_domain(entry: str, allowed: bool) -> None:
    """No suffix is enough."""
    assert is_allowed(email(from_=(address(SITE),)), rules(form_senders=(entry,))) is allowed


def test_several_senders_or_none_are_never_allowed() -> None:
    """An allowed address beside another one proves nothing."""
    listed = rules(form_senders=(SITE,))
    assert not is_allowed(email(from_=(address(SITE), address(PERSON))), listed)
    assert not is_allowed(email(from_=()), listed)


def test_an_allowed_site_may_write_as_if_it_replied() -> None:
    """Some sites thread their notifications; the allow-list decides."""
    mail = email(from_=(address(SITE),), text=FORM, subject="Re: form", references=("<1@example.com>",))
    reading = read_form(mail, rules(form_senders=(SITE,)))
    assert reading is not None
    assert reading.email == PERSON


@pytest.mark.parametrize("subject", ["Re: x", "RE:x", "Fwd: x", "FW: x", "RV: x", "Re[2]: x", " AW : x"])
def test_replies_and_forwards_are_known_by_their_subjects(subject: str) -> None:
    """In the languages of mail programs."""
    assert is_conversation(email(subject=subject))


@pytest.mark.parametrize("subject", ["Request", "Fwdx", "New Entry: Contact", "Regarding: x", 'Lakeside "Re: x"'])
def test_other_subjects_are_no_conversation(subject: str) -> None:
    """Also those of a form whose visitor wrote a reply's subject."""
    assert not is_conversation(email(subject=subject))


def test_a_mail_without_an_original_inside_is_no_forward() -> None:
    """The word alone is not enough."""
    assert original(email(text="I forwarded message 1 to you", subject="Fwd: x")) is None


def test_the_signature_of_a_person_who_may_forward_forms_is_no_submission() -> None:
    """Her ordinary mail goes to staff; neither she nor an address in her signature becomes a patient."""
    listed = rules(form_senders=("desk@lakeside.example.com",))
    desk = (address("desk@lakeside.example.com"),)
    own = "Email: desk@lakeside.example.com"
    for signature in (own, f"Name: Bob\n{own}", "Email: b@example.org"):
        reading = read_form(email(from_=desk, text=f"Lunch?\n\nBob\nPhone: 202-555-0100\n{signature}"), listed)
        assert reading is not None
        assert (reading.email, bool(reading.problem)) == ("", True)
    elsewhere = email(from_=desk, text="Note: lunch\nBring: salad", reply_to=(address("bob@example.org"),))
    reading = read_form(elsewhere, listed)
    assert reading is not None
    assert reading.email == ""


def test_a_form_filled_in_with_the_practices_own_address_is_held() -> None:
    """A test by the web designer must not make triage write to itself."""
    text = FORM.replace(PERSON, PRACTICE)
    for sender in (SITE, "noreply@jotform.com"):
        reading = read_form(email(from_=(address(sender),), text=text), rules(form_senders=(SITE,)))
        assert reading is not None
        assert (reading.email, bool(reading.problem)) == ("", True)


def test_the_practices_address_matters_to_nobody_here() -> None:
    """A mail from the practice's own address is allowed only if it is in the list."""
    mail = email(from_=(address(PRACTICE),), text=FORM)
    assert read_form(mail, rules()) is None
    assert read_form(mail, rules(form_senders=(PRACTICE,))) is not None
