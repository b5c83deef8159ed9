"""Layouts nobody gave us a sample of: each system of the table and the long tail, in English and in Spanish."""

from __future__ import annotations

import html
from dataclasses import dataclass

import pytest

from tests.support.emails import address, email, rules
from triage.core.email import Email
from triage.forms.reading import CONFIRMATION, FormReading
from triage.forms.registry import read_form

SITE = "website@lakeside.example.com"
ALLOWED = rules(form_senders=(SITE, "desk@lakeside.example.com", "wordpress@lakeside.example.com"))
MESSAGE = "I was told about infusions.\n\nEmail: prefer phone\nInsurance: is it taken?\nThank you, Ann"
ENGLISH = ("Name", "Email", "Phone", "Message", "Consent")
SPANISH = ("Nombre", "Correo electrónico", "Teléfono", "Mensaje", "Acepto la política de privacidad")


@dataclass(frozen=True)
class Answers:
    name: str = "Ann O'Lee"
    email: str = "ann.lee@example.com"
    phone: str = "(202) 555-0143"
    message: str = MESSAGE
    consent: str = "Yes"

    def rows(self, labels: tuple[str, ...]) -> list[tuple[str, str]]:
        return list(zip(labels, (self.name, self.email, self.phone, self.message, self.consent), strict=True))


ANN = Answers()


def escaped(text: str) -> str:
    return html.escape(text).replace("\n", "<br />\n")


def html_of(rows: list[tuple[str, str]], pattern: str, frame: str = "{}") -> str:
    return frame.format(
        "".join(pattern.format(label=html.escape(label), value=escaped(value)) for label, value in rows)
    )


def from_site(
    *, text: str = "", source: str = "", sender: str = SITE, subject: str = "Website", **more: object
) -> Email:
    shown = text or "A form was filled in."
    return email(from_=(address(sender, "Lakeside"),), subject=subject, text=shown, html=source, **more)


def assert_is(reading: FormReading | None, answers: Answers = ANN, system: str = "generic") -> None:
    assert reading is not None
    got = Answers(reading.name, reading.email, reading.phone, reading.message, reading.consent)
    assert got == answers
    assert (reading.system, reading.problem) == (system, "")


HTML_LAYOUTS = {
    "two-column table": ("<tr><td>{label}</td><td>{value}</td></tr>", "<table>{}</table>"),
    "two-column table with colons": ("<tr><td>{label}:</td><td>{value}</td></tr>", "<table>{}</table>"),
    "th and td, striped": (
        '<tr style="background:#f7f7f7"><th>{label}</th><td>{value}</td></tr>',
        "<table><tbody>{}</tbody></table>",
    ),
    "label row above value row": (
        "<tr><td><b>{label}</b></td></tr><tr><td>{value}</td></tr>",
        "<table><tr><td>You have mail</td></tr></table><table>{}</table>",
    ),
    "table in a frame of tables": (
        "<tr><td><strong>{label}</strong></td><td>{value}</td></tr>",
        "<table><tr><td><table><tr><td><h1>New message</h1><table>{}</table></td></tr></table></td></tr></table>",
    ),
    "paragraphs in a framed cell": (
        "<p><strong>{label}:</strong> {value}</p>",
        "<table><tr><td><h2>New lead</h2>{}<p>Regards, your website</p></td></tr></table>",
    ),
    "definition list": ("<dt>{label}</dt><dd>{value}</dd>", "<dl>{}</dl>"),
    "bold labels behind an introduction": ("<b>{label}:</b> {value}<br>", "<div>You have a new lead.<br><br>{}</div>"),
    "bold label, break, value": ("<b>{label}</b><br>{value}<br><br>", "<div>{}</div>"),
    "bold label in one paragraph each": ("<p><b>{label}</b><br />{value}</p>", "<h3>New enquiry</h3>{}"),
    "bold label and colon outside": ("<p><strong>{label}</strong>: {value}</p>", "{}"),
    "bold paragraph above paragraph": ("<p><strong>{label}</strong></p><p>{value}</p>", "{}"),
    "heading above paragraph": ("<h4>{label}</h4><p>{value}</p>", "<h1>Contact</h1>{}"),
    "list items": ("<li>{label}: {value}</li>", "<p>New message:</p><ul>{}</ul>"),
    "list items with bold labels": ("<li><b>{label}:</b> {value}</li>", "<ul>{}</ul>"),
    "plain paragraphs": ("<p>{label}: {value}</p>", "<p>Somebody wrote to you.</p>{}"),
    "div pairs": ("<div>{label}</div><div>{value}</div>", "<div><div>New message</div>{}</div>"),
    "div pairs with classes": ('<div class="label">{label}</div><div class="value">{value}</div>', "<div>{}</div>"),
    "spans on lines": ("<div><span>{label}: </span><span>{value}</span></div>", "{}"),
    "label, break, value in paragraphs of a framed cell": (
        "<p>{label}:<br>{value}</p>",
        "<table><tr><td>Submission summary:</td></tr><tr><td>{}</td></tr><tr><td><a>View it</a></td></tr></table>",
    ),
    "headings in a framed cell": (
        "<h3>{label}</h3><p>{value}</p>",
        "<table><tr><td>{}</td></tr></table><p><a>View submission</a></p>",
    ),
    "label, break, value without colons": ("<p>{label}<br>{value}</p>", "{}"),
    "a span and a span": ("<div><span>{label}</span> <span>{value}</span></div>", "{}"),
    "list items with slanted labels": ("<li><em>{label}</em> {value}</li>", "<ul>{}</ul>"),
    "spans with bold style": ('<p><span style="font-weight: bold">{label}</span> <span>{value}</span></p>', "{}"),
}


@pytest.mark.parametrize("labels", [ENGLISH, SPANISH], ids=["english", "spanish"])
@pytest.mark.parametrize("layout", HTML_LAYOUTS)
def test_an_html_layout_of_the_long_tail_is_read(layout: str, labels: tuple[str, ...]) -> None:
    """Each answer as it was given, label-like lines of the message included."""
    pattern, frame = HTML_LAYOUTS[layout]
    assert_is(read_form(from_site(source=html_of(ANN.rows(labels), pattern, frame)), ALLOWED))


TEXT_LAYOUTS = {
    "label: value lines": "{label}: {value}\n",
    "label: value paragraphs": "{label}: {value}\n\n",
    "label above value": "{label}:\n{value}\n\n",
    "padded labels": "{label:<36}: {value}\n",
    "double colon": "{label} :: {value}\n\n",
    "brackets": "[{label}]\n{value}\n\n",
    "dashes": "--- {label} ---\n\n{value}\n\n",
    "stars": "*{label}:* {value}\n",
    "equals": "{label} = {value}\n",
    "arrows": "{label} => {value}\n",
    "tabs": "{label}\t{value}\n",
    "bars": "| {label} | {value}\n",
    "leaders": "{label} ......... {value}\n",
    "bullets": "- {label}: {value}\n",
    "stars above value": "**{label}**\n{value}\n\n",
    "capitals above value": "{label}\n{value}\n\n",
    "rules between": "{label}: {value}\n--------------------\n",
}


@pytest.mark.parametrize("labels", [ENGLISH, SPANISH], ids=["english", "spanish"])
@pytest.mark.parametrize("layout", TEXT_LAYOUTS)
def test_a_text_layout_of_the_long_tail_is_read(layout: str, labels: tuple[str, ...]) -> None:
    """The same answers from lines, whichever way they are labelled."""
    lines = "".join(TEXT_LAYOUTS[layout].format(label=label, value=value) for label, value in ANN.rows(labels))
    reading = read_form(from_site(text=lines), ALLOWED)
    assert reading is not None
    assert_is(reading, system=reading.system)
    assert reading.system in {"generic", "google-forms"}


def test_the_message_may_stand_anywhere() -> None:
    """First, in the middle, last: the other answers are found on both sides of it."""
    for order in ((3, 0, 1, 2, 4), (0, 3, 1, 2, 4), (0, 1, 2, 4, 3)):
        rows = [ANN.rows(ENGLISH)[i] for i in order]
        text = "".join(f"{label}: {value}\n" for label, value in rows)
        assert_is(read_form(from_site(text=text), ALLOWED))


def test_labels_in_the_head_of_a_table_are_read() -> None:
    """One row of labels, one row of answers."""
    head = html_of(ANN.rows(ENGLISH), "<th>{label}</th>")
    body = html_of(ANN.rows(ENGLISH), "<td>{value}</td>")
    source = f"<table><tr>{head}</tr><tr>{body}</tr></table>"
    assert_is(read_form(from_site(source=source), ALLOWED))


def test_first_and_last_name_are_joined_and_neighbours_left_alone() -> None:
    """A partner's, a doctor's or an emergency contact's answers are not the patient's."""
    rows = [
        ("First Name", "Ann"),
        ("Last Name", "O'Lee"),
        ("Emergency contact name", "Bob Roe"),
        ("Emergency contact phone", "202-555-0199"),
        ("Doctor's name", "Dr. Fine"),
        ("Confirm email", "ann.lee@example.com"),
        ("Preferred contact method", "Phone"),
        ("What is the best email for you?", ANN.email),
        ("Phone (mobile)", ANN.phone),
        ("How can we help you?", MESSAGE),
        ("May we email you?", "Yes"),
    ]
    source = html_of(rows, "<tr><td>{label}</td><td>{value}</td></tr>", "<table>{}</table>")
    assert_is(read_form(from_site(source=source), ALLOWED))


def test_an_empty_answer_is_empty() -> None:
    """`(empty)` and a missing value are no answers."""
    rows = [("Name", ""), ("Email", ANN.email), ("Phone", "(empty)"), ("Message", "Hello"), ("Consent", "")]
    source = html_of(rows, "<tr><td>{label}</td><td>{value}</td></tr>", "<table>{}</table>")
    assert_is(read_form(from_site(source=source), ALLOWED), Answers("", ANN.email, "", "Hello", ""))


CF7_FOOTERS = (
    "This e-mail was sent from a contact form on Lakeside (https://lakeside.example.com/contact)",
    "This is a notification that a contact form was submitted on your website (Lakeside https://lakeside.example.com).",
    "Este mensaje se ha enviado desde un formulario de contacto en Lakeside (https://lakeside.example.com)",
)


@pytest.mark.parametrize("footer", CF7_FOOTERS)
def test_contact_form_7_in_its_own_words(footer: str) -> None:
    """The default template in English, its newer footer, and Spanish; the page is taken from the footer."""
    spanish = footer.startswith("Este")
    head = (
        "De: {} <{}>\nAsunto: Hola\n\nCuerpo del mensaje:\n"
        if spanish
        else "From: {} <{}>\nSubject: Hi\n\nMessage Body:\n"
    )
    text = head.format(ANN.name, ANN.email) + MESSAGE + "\n\n-- \n" + footer
    reading = read_form(from_site(text=text, sender="wordpress@lakeside.example.com"), ALLOWED)
    assert_is(reading, Answers(phone="", consent=""), "contact-form-7")
    assert reading is not None
    assert reading.page.startswith("https://lakeside.example.com")


def test_contact_form_7_with_an_owners_template() -> None:
    """Other labels, fields behind the message, no signature line."""
    text = (
        f"Full Name: {ANN.name}\nE-mail: {ANN.email}\nBest time to call: morning\n\nMessage Body:\n{MESSAGE}\n\n"
        f"Tel: {ANN.phone}\nI agree: Yes\n\nThis e-mail was sent from a contact form on Lakeside (https://lakeside.example.com)"
    )
    assert_is(read_form(from_site(text=text), ALLOWED), system="contact-form-7")


def test_contact_form_7s_receipt_to_the_visitor_is_no_submission() -> None:
    """The site's own auto-reply in the mailbox goes to staff, not to matching."""
    text = (
        f"Message Body:\n{MESSAGE}\n\n-- \nThis email is a receipt for your contact form submission on our website "
        "(Lakeside https://lakeside.example.com) in which your email address was used."
    )
    reading = read_form(from_site(text=text, sender="wordpress@lakeside.example.com"), ALLOWED)
    assert reading is not None
    assert reading.problem == CONFIRMATION


def test_elementor_ends_its_answers_with_three_dashes() -> None:
    """The technical lines below are fields of the mail, not of the message."""
    lines = "".join(f"{label}: {value}\n" for label, value in ANN.rows(ENGLISH))
    meta = "Date: June 2, 2026\nTime: 2:30 pm\nPage URL: https://lakeside.example.com/contact\nRemote IP: 192.0.2.7\n"
    mail = from_site(text=f"{lines}\n---\n\n{meta}Powered by: Elementor\n", subject='New message from "Lakeside"')
    reading = read_form(mail, ALLOWED)
    assert_is(reading, system="elementor")
    assert reading is not None
    assert reading.page == "https://lakeside.example.com/contact"


def test_formidable_and_drupal_and_ninja_in_their_own_layouts() -> None:
    """Three systems without a sample in two lines each."""
    striped = html_of(
        ANN.rows(ENGLISH),
        '<tr style="background-color:#f7f7f7"><th>{label}</th><td>{value}</td></tr>',
        "<table>{}</table>",
    )
    formidable = from_site(source=striped, subject="Contact Us Form submitted on Lakeside")
    assert_is(read_form(formidable, ALLOWED), system="formidable")
    values = html_of(ANN.rows(SPANISH), "<b>{label}</b><br />{value}<br /><br />")
    drupal = from_site(
        text=f"Submitted on Tue\n\nSubmitted values are:\n\n{values}", subject="Webform submission from: Contact"
    )
    assert_is(read_form(drupal, ALLOWED), system="drupal-webform")
    plain = "".join(f"{label}: {value}\n" for label, value in ANN.rows(ENGLISH))
    ninja = from_site(text=plain, headers=(("X-Ninja-Forms", "ninja-forms"),))
    assert_is(read_form(ninja, ALLOWED), system="ninja-forms")


TABLE = (
    "<tr><td>{label}</td><td>{value}</td></tr>",
    "<p>Hello,</p><table>{}</table><p>You are receiving this mail.</p>",
)
HOSTED = {
    "wix": (
        "notifications@wix-forms.com",
        "You got a new form submission.\n\nSubmission summary:\n{}\nTo edit your email settings, go to your Inbox.",
        "{label}:\n{value}\n",
    ),
    "netlify": (
        "formresponses@netlify.com",
        "New form submission\n\n{}\nYou can manage this form.",
        "{label}: {value}\n",
    ),
    "tally": ("notifications@tally.so", "New submission for Contact\n\n{}View submission", "{label}\n{value}\n\n"),
    "webflow": (
        "no-reply-forms@webflow.com",
        "You just received one.\n\n{}\nView all submissions",
        "{label}: {value}\n",
    ),
    "hubspot": (
        "noreply@notifications.hubspot.com",
        "New submission on HubSpot Form\n\n{}View contact",
        "{label}:\n{value}\n",
    ),
    "cognito-forms": ("notifications@cognitoforms.com", "Entry Details\n\n{}", "{label}: {value}\n"),
    "basin": ("noreply@usebasin.com", "You have a new submission\n\n{}View submission", "{label}: {value}\n\n"),
    "formsubmit": ("submissions@formsubmit.co", "Someone just submitted your form\n\n{}", "{label}: {value}\n"),
    "jotform": ("noreply@jotform.com", "{}\nYou can edit this submission easily.", "{label} {value}\n"),
    "squarespace": ("form-submission@squarespace.info", "{}\nManage Submissions", "{label}: {value}\n\n"),
    "formspree": (
        "noreply@formspree.io",
        "Someone just submitted your form.\n\n{}Submitted 02:30 PM",
        "{label}:\n{value}\n\n",
    ),
    "typeform": (
        "notifications@followups.typeform.io",
        "Your typeform has a response:\n\n{}Log in to view",
        "{label}\n{value}\n\n",
    ),
}


@pytest.mark.parametrize("labels", [ENGLISH, SPANISH], ids=["english", "spanish"])
@pytest.mark.parametrize("system", HOSTED)
def test_a_hosted_platforms_table_is_read(system: str, labels: tuple[str, ...]) -> None:
    """The HTML version of each platform, in both languages."""
    sender = HOSTED[system][0]
    mail = from_site(source=html_of(ANN.rows(labels), *TABLE), sender=sender)
    assert_is(read_form(mail, rules()), system=system)


@pytest.mark.parametrize("labels", [ENGLISH, (*SPANISH[:4], "Consentimiento")], ids=["english", "spanish"])
@pytest.mark.parametrize("system", [name for name in HOSTED if name != "jotform"])
def test_a_hosted_platforms_text_is_read(system: str, labels: tuple[str, ...]) -> None:
    """The text version of each platform; its closing words are not part of the last answer."""
    sender, frame, pattern = HOSTED[system]
    lines = "".join(pattern.format(label=label, value=value) for label, value in ANN.rows(labels))
    assert_is(read_form(from_site(text=frame.format(lines), sender=sender), rules()), system=system)


def test_a_platforms_other_mail_is_a_reading_with_a_problem() -> None:
    """A recognised sender whose mail holds no answers is held, never treated as a patient."""
    reading = read_form(from_site(text="Please verify your account.", sender="noreply@jotform.com"), rules())
    assert reading is not None
    assert reading.problem


def test_an_allowed_senders_other_mail_is_a_reading_with_a_problem() -> None:
    """The generic reader does not wave a mail through because it found nothing."""
    reading = read_form(from_site(text="Your site was updated."), ALLOWED)
    assert reading is not None
    assert reading.problem


def test_the_visitor_in_reply_to_stands_in_for_a_missing_address() -> None:
    """Owners' templates often print no address; a Reply-To of the site's own domain is no visitor."""
    text = "Name: Ann O'Lee\nPhone: (202) 555-0143\nMessage: Hello\n"
    visitor = from_site(text=text, reply_to=(address(ANN.email),))
    reading = read_form(visitor, ALLOWED)
    assert reading is not None
    assert (reading.email, reading.problem) == (ANN.email, "")
    assert reading.confidence < 0.8
    own = read_form(from_site(text=text, reply_to=(address("info@lakeside.example.com"),)), ALLOWED)
    assert own is not None
    assert (own.email, bool(own.problem)) == ("", True)


FORM = "".join(f"{label}: {value}\n" for label, value in ANN.rows(ENGLISH))
QUOTED = "".join(f"> {line}\n" for line in FORM.splitlines())
FORWARDS = {
    "apple": f"Please call.\n\nBob Desk\nPhone: 202-555-0100\n\nBegin forwarded message:\n\n> From: Site <{SITE}>\n"
    f"> Subject: New\n"
    f"> To: hello@lakeside.example.com\n> \n{QUOTED}",
    "gmail": f"FYI\n\n---------- Forwarded message ---------\nFrom: Site <{SITE}>\nDate: Tue, Jun 2, 2026 at 2:30 PM\n"
    f"Subject: New\nTo: <hello@lakeside.example.com>\n\n\n{FORM}",
    "gmail in Spanish": f"Para ti\n\n---------- Mensaje reenviado ---------\nDe: Site <{SITE}>\nFecha: mar, 2 jun\n"
    f"Asunto: New\nPara: <hello@lakeside.example.com>\n\n{FORM}",
    "outlook": f"See below.\nBob\nPhone: 202-555-0100\n\nFrom: Site <{SITE}>\nSent: Tuesday, June 2, 2026 2:30 PM\n"
    f"To: Desk\nSubject: New\n\n{FORM}",
}


@pytest.mark.parametrize("program", FORWARDS)
def test_a_form_forwarded_by_staff_is_read_without_the_forwarders_own_words(program: str) -> None:
    """Name and phone of the person at the desk stand above the original and are not the patient's."""
    mail = from_site(text=FORWARDS[program], sender="desk@lakeside.example.com", subject="Fwd: New")
    reading = read_form(mail, ALLOWED)
    assert_is(reading)
    assert reading is not None
    assert reading.forwarded


def test_a_forward_in_html_is_read_below_its_headers() -> None:
    """Gmail's quoted block with a table inside."""
    table = html_of(ANN.rows(ENGLISH), "<tr><td>{label}</td><td>{value}</td></tr>", "<table>{}</table>")
    source = (
        '<div>FYI, Bob<br>Phone: 202-555-0100</div><div class="gmail_quote"><div>---------- Forwarded message '
        "---------<br>From: <b>Site</b> &lt;website@lakeside.example.com&gt;<br>Date: Tue, Jun 2, 2026 at 2:30 PM<br>"
        f"Subject: New<br>To: &lt;hello@lakeside.example.com&gt;<br></div><br>{table}</div>"
    )
    mail = from_site(source=source, sender="desk@lakeside.example.com", subject="Fwd: New")
    assert_is(read_form(mail, ALLOWED))
