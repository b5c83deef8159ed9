"""The demonstration's invented mailbox: who writes, and what should become of it.

Each scene is one email with the outcome that the practice would expect; `triage demo --once` compares.
"""

from __future__ import annotations

from dataclasses import dataclass

from triage.demo.mails import OFFICE, Filled, Mail, contact_form_7, gravity_forms, labelled, wpforms


@dataclass(frozen=True, slots=True)
class Scene:
    """One email and its expected end: (ledger state, letter or reason)."""

    title: str
    mail: Mail
    state: str
    outcome: str


DANA = Filled("Dana Whitfield", "dana.whitfield@example.com", "(202) 555-0143", "Nothing has helped me for nine years.")
OMAR = Filled("Omar Haddad", "omar.haddad@example.org", "202-555-0117", "My psychiatrist suggested that I ask you.")
LUCIA = Filled("Lucía Fernández", "lucia.fernandez@example.net", "202 555 0161", "Quisiera saber más del tratamiento.")
PRIYA = Filled("Priya Raman", "priya.raman@example.com", "(202) 555-0188", "What would the first visit look like?")
MARCUS = Filled("Marcus Bell", "bell.family@example.com", "202.555.0102", "I would like to hear more, please.")
JUNE = Filled("June Okafor", "j.okafor@example.org", "(202) 555-0129", "How long does each visit take?")
TOMAS = Filled("Tomás Rivera", "t.rivera@example.net", "202-555-0134", "¿Atienden por las tardes?")
HELEN = Filled(
    "Helen Park", "helen.park@example.com", "(202) 555-0170", "I feel unsafe tonight, I want to end my life."
)
RUTH = Filled("Ruth Abrams", "ruth.abrams@example.org", "202-555-0155", "Please tell me what I should read first.")


def _form(title: str, mail: Mail) -> Scene:
    return Scene(title, mail, "not_answered", "form_notification")


def _answered(title: str, mail: Mail, letter: str) -> Scene:
    return Scene(title, mail, "answered", letter)


def _held(title: str, mail: Mail, reason: str) -> Scene:
    return Scene(title, mail, "with_staff", reason)


def _ignored(title: str, mail: Mail, reason: str) -> Scene:
    return Scene(title, mail, "not_answered", reason)


FORMS = (
    _form("form of Dana (Contact Form 7)", contact_form_7(DANA)),
    _form("form of Omar (WPForms)", wpforms(OMAR)),
    _form("form of Lucía (Gravity Forms)", gravity_forms(LUCIA)),
    _form("form of Priya (label lines)", labelled(PRIYA)),
    _form("form of Marcus (shared address)", contact_form_7(MARCUS)),
    _form("form of June (Gravity Forms)", gravity_forms(JUNE)),
    _form("form of Tomás (WPForms)", wpforms(TOMAS)),
    _form("form of Ruth, no email yet", contact_form_7(RUTH)),
    Scene("form of Helen, in danger", contact_form_7(HELEN), "with_staff", "urgent"),
)

PATIENTS = (
    _answered(
        "Dana: form and email",
        Mail(DANA.name, DANA.email, "Next steps", "Hello,\n\nI filled in your form today. What happens now?\n\nDana"),
        "both_received",
    ),
    _answered(
        "Omar: writes in capitals",
        Mail("omar haddad", "Omar.Haddad@Example.org", "HELLO", "I SENT THE FORM. PLEASE CALL ME.\n\nOmar Haddad"),
        "both_received",
    ),
    _answered(
        "Lucía: in Spanish",
        Mail(
            LUCIA.name,
            LUCIA.email,
            "Información",
            "Buenos días:\n\nYa llené el formulario en su página. ¿Qué sigue ahora?\n\nGracias,\nLucía",
        ),
        "both_received",
    ),
    _answered(
        "June: from her phone",
        Mail("June Okafor", JUNE.email, "Re: form", "Hi, I sent the form. Thank you!\n\nSent from my iPhone"),
        "both_received",
    ),
    _answered(
        "Tomás: short and in Spanish",
        Mail(TOMAS.name, TOMAS.email, "Formulario", "Hola, ya envié el formulario. Gracias."),
        "both_received",
    ),
    _answered(
        "Grace: no form yet",
        Mail("Grace Lin", "grace.lin@example.com", "Question", "Hello, how do I begin? I would like to know more."),
        "form_missing",
    ),
    _answered(
        "Andrés: no form, in Spanish",
        Mail("Andrés Molina", "andres.molina@example.org", "Consulta", "Buenas tardes, quisiera saber cómo empezar."),
        "form_missing",
    ),
    _answered(
        "Peter: nobody vouches for his server",
        Mail("Peter Novak", "peter@tiny.example.net", "Hello", "Hello, could you send me details? Peter", genuine=None),
        "received",
    ),
    _answered(
        "Wendy: idioms are not danger",
        Mail(
            "Wendy Cho",
            "wendy.cho@example.com",
            "Info",
            "My commute is killing me, but I am dying to hear from you. How do I begin?",
        ),
        "form_missing",
    ),
    _answered(
        "Sam: thinks about the cost",
        Mail("Sam Ortiz", "sam.ortiz@example.org", "Cost", "Hi, I would like to start. What does one visit cost?"),
        "form_missing",
    ),
)

STAFF = (
    _held(
        "Marcus's wife, on the shared address",
        Mail("Anita Bell", MARCUS.email, "Hello", "Hello, this is Anita Bell. Could you tell me more?\n\nAnita Bell"),
        "probable_match",
    ),
    _held(
        "Priya, from another address",
        Mail(
            "Priya Raman",
            "praman@work.example.org",
            "Form",
            "I sent the form, my number is (202) 555-0188. Priya Raman",
        ),
        "probable_match",
    ),
    _held(
        "somebody in danger",
        Mail("C. Doyle", "c.doyle@example.com", "please", "I can't go on. I have the pills here and I want to die."),
        "urgent",
    ),
    _held(
        "somebody in danger, in Spanish",
        Mail("M. Soto", "m.soto@example.net", "ayuda", "Ya no quiero vivir. Pienso en quitarme la vida."),
        "urgent",
    ),
    _held(
        "an emergency after a visit",
        Mail("L. Grant", "l.grant@example.org", "help", "I had an infusion today and now I can't breathe, chest pain."),
        "emergency",
    ),
    _held(
        "a worried sister",
        Mail(
            "Nora Quinn",
            "nora.quinn@example.com",
            "My brother",
            "My brother attempted suicide two years ago. Can you help?",
        ),
        "distress",
    ),
    _held(
        "a parent of a teenager",
        Mail("Paul Weber", "paul.weber@example.org", "My daughter", "My daughter is 15 years old. Can she be treated?"),
        "minor",
    ),
    _held(
        "a lawyer",
        Mail("R. Stone", "rstone@law.example.com", "Subpoena", "Please find a subpoena for the medical records."),
        "legal",
    ),
    _held(
        "an existing patient",
        Mail(
            "Iris Cole", "iris.cole@example.net", "Tuesday", "I need to reschedule my appointment on Tuesday, please."
        ),
        "existing_patient",
    ),
    _held(
        "a forged sender",
        Mail(DANA.name, DANA.email, "My details", "Please resend what I wrote in my form.", genuine="fail"),
        "not_authentic",
    ),
    _held(
        "answers wanted elsewhere",
        Mail(
            OMAR.name,
            OMAR.email,
            "Hello",
            "Hello, please send me everything.",
            headers=(("Reply-To", "someone@else.example.org"),),
        ),
        "reply_to_differs",
    ),
    _held(
        "a language without letters",
        Mail(
            "Jürgen Vogt",
            "j.vogt@example.org",
            "Anfrage",
            "Guten Tag, ich möchte gern wissen, wie die Behandlung bei Ihnen abläuft und was ich mitbringen muss.",
        ),
        "language",
    ),
    _held(
        "a form from a stranger's server",
        Mail("Lakeside", "forms@cheap.example.org", 'Lakeside "Contact"', contact_form_7(DANA).body),
        "form_not_trusted",
    ),
    _held(
        "not addressed to the practice",
        Mail(
            "Ken Ito",
            "ken.ito@example.com",
            "Hello",
            "Hello, I would like to know more.",
            to="undisclosed-recipients:;",
        ),
        "not_addressed",
    ),
)

MACHINES = (
    _ignored(
        "an out-of-office note",
        Mail(
            "Grace Lin",
            "grace.lin@example.com",
            "Automatic reply: Question",
            "I am out of the office until Monday.",
            headers=(("Auto-Submitted", "auto-replied"),),
        ),
        "out_of_office",
    ),
    _ignored(
        "a bounce",
        Mail(
            "Mail Delivery System",
            "MAILER-DAEMON@mail.example.org",
            "Undelivered Mail Returned to Sender",
            "This is the mail system at host mail.example.org.\n\n<nobody@example.org>: user unknown",
            return_path="",
            genuine=None,
        ),
        "bounce",
    ),
    _ignored(
        "a mailing list",
        Mail(
            "Clinic Managers",
            "list@lists.example.org",
            "[managers] Meeting",
            "See you on Thursday.",
            headers=(("List-Id", "<managers.lists.example.org>"), ("Precedence", "list")),
        ),
        "mailing_list",
    ),
    _ignored(
        "a newsletter without list headers",
        Mail(
            "Clinic Supplies",
            "news@supplies.example.com",
            "Save 20% this week",
            "Great offers for your practice!\n\nView in browser: https://supplies.example.com/1\n"
            "Unsubscribe: https://supplies.example.com/u",
        ),
        "bulk",
    ),
    _ignored(
        "our own mail, back again",
        Mail("Lakeside Infusion Clinic", OFFICE, "Your message", "Thank you for writing to us."),
        "own_mail",
    ),
    _ignored(
        "another automatic system",
        Mail(
            "Ticket System",
            "support@tickets.example.com",
            "[#4711] We received your request",
            "Your request has been received.",
            headers=(("Auto-Submitted", "auto-generated"),),
        ),
        "machine",
    ),
    _ignored(
        "a no-reply address",
        Mail("Bank", "no-reply@bank.example.com", "Your statement", "Your statement is ready."),
        "machine",
    ),
)

SCENES = (*FORMS, *PATIENTS, *STAFF, *MACHINES)
