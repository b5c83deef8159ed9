"""Machines without machine headers are known by their words, and people's mail from every client is clean."""

from __future__ import annotations

import pytest

from tests.support.emails import PRACTICE, email
from tests.support.lexicon import kinds
from tests.support.raw_mail import read

NOT_A_PERSON = {"auto_submitted", "bulk", "mailing_list", "out_of_office", "bounce", "newsletter", "role_sender"}


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Undelivered Mail Returned to Sender",
            (
                "This is the mail system at host mail.example.org.\n\nI'm sorry to have to inform"
                " you that your message could not\nbe delivered to one or more recipients."
            ),
        ),
        (
            "failure notice",
            (
                "Hi. This is the qmail-send program at example.org.\nI'm afraid I wasn't able to "
                "deliver your message to the following addresses."
            ),
        ),
        (
            "Mail delivery failed: returning message to sender",
            (
                "This message was created automatically by mail delivery software.\n\nA message "
                "that you sent could not be delivered to one or more of its recipients."
            ),
        ),
        (
            "Undeliverable: Your inquiry",
            (
                "Delivery has failed to these recipients or groups:\n\nann@example.org\nThe email"
                " address you entered couldn't be found."
            ),
        ),
        (
            "Delivery Status Notification (Failure)",
            (
                "Address not found\n\nYour message wasn't delivered to ann@example.org because "
                "the address couldn't be found."
            ),
        ),
        (
            "Hello",
            "Final-Recipient: rfc822; ann@example.org\nAction: failed\nDiagnostic-Code: smtp; 550 5.1.1 User unknown",
        ),
        ("No se puede entregar: Su consulta", "No se pudo entregar el mensaje a ann@example.org."),
        ("Unzustellbar: Ihre Anfrage", "Ihre Nachricht an ann@example.org konnte nicht zugestellt werden."),
        ("Non remis : Votre demande", "Votre message n'a pas pu être remis à ann@example.org."),
        ("Não entregue: Sua consulta", "Não foi possível entregar a mensagem."),
        ("Mancato recapito: richiesta", "Impossibile recapitare il messaggio a ann@example.org."),
    ],
)
def test_a_bounce_without_headers_is_known_by_its_words(subject: str, text: str) -> None:
    """18 of 952 bounces in public corpora carry no machine header at all."""
    assert "bounce" in kinds(email(subject=subject, text=text))


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Automatic reply: Your inquiry", "I am currently out of the office and will return on Monday."),
        ("Out of Office", "Thank you for your email. I am on vacation with limited access to email."),
        ("Re: Your inquiry", "I will be out of the office until May 5. For urgent matters please contact Ann."),
        ("Respuesta automática: Su consulta", "Estoy fuera de la oficina hasta el lunes."),
        ("Re: consulta", "Me encuentro de vacaciones. En caso de urgencia, favor de llamar a Ana."),
        ("Automatische Antwort: Anfrage", "Ich bin bis Montag nicht im Büro."),
        ("Abwesenheitsnotiz", "Ich bin im Urlaub und ab dem 5. Mai wieder erreichbar."),
        ("Réponse automatique : demande", "Je suis actuellement absent du bureau."),
        ("Absence", "Je suis en congé. En cas d'urgence, contactez Anne."),
        ("Resposta automática: consulta", "Estou fora do escritório até segunda-feira."),
        ("Risposta automatica: richiesta", "Sono fuori ufficio fino a lunedì."),
        ("Fuori sede", "Sono in ferie. Per urgenze scrivere ad Anna."),
    ],
)
def test_an_out_of_office_note_without_headers_is_known_by_its_words(subject: str, text: str) -> None:
    """Six languages; RFC 5230 section 5 asks for headers that many leave out."""
    assert "out_of_office" in kinds(email(subject=subject, text=text))


def test_a_person_who_mentions_being_away_is_held_not_dropped() -> None:
    """One phrase, and otherwise a person."""
    mail = email(
        text="Hi, I am interested in infusions. I will be out of the office until Tuesday, please call my cell."
    )
    assert kinds(mail) == {"marked_automatic"}


@pytest.mark.parametrize(
    "text",
    [
        (
            "News of the week\nhttps://example.org/1\nhttps://example.org/2\nClick here to "
            "unsubscribe: https://example.org/u"
        ),
        "View this email in your browser\n\nBig sale!\n\nYou are receiving this email because you signed up.",
        "Ver en el navegador\nOfertas\nSi desea darse de baja haga clic https://example.org/u https://example.org/v",
        "URL: http://example.org/story\nDate: Not supplied\n\nToday in tech",
    ],
)
def test_a_newsletter_without_headers_is_known_by_its_words(text: str) -> None:
    """322 newsletters in public corpora carry no machine header."""
    assert kinds(email(subject="News", text=text)) & {"newsletter", "bulk"}


@pytest.mark.parametrize(
    "text",
    [
        "This is an automated message, please do not reply to this email.",
        "##- Please type your reply above this line -##\nYour request (4711) has been received.",
        "Your ticket has been created. Ticket number 4711.",
        "This mailbox is not monitored.",
        "Este es un mensaje automático, por favor no responda a este correo.",
        "Dies ist eine automatisch generierte Nachricht. Bitte nicht auf diese E-Mail antworten.",
        "This is an automatic reply. A member of our staff will read your email.",
    ],
)
def test_a_program_that_says_so_is_believed(text: str) -> None:
    """Ticket systems, shops, another instance of triage."""
    assert "auto_submitted" in kinds(email(text=text))


PEOPLE = {
    "outlook": "X-MS-Has-Attach:\nX-MS-TNEF-Correlator:\nx-ms-publictraffictype: "
    "Email\nImportance: high\nX-Priority: 1\n"
    "X-MS-Exchange-CrossTenant-OriginalArrivalTime: 04 Mar 2025\nThread-Topic: Infusions\nAccept-Language: en-US\n",
    "gmail": "X-Gm-Message-State: AOJu0Y\nX-Google-Smtp-Source: AGHT\nX-Received: by 2002:a05 with SMTP id x\n",
    "iphone": "X-Mailer: iPhone Mail (21E236)\nContent-Transfer-Encoding: 7bit\n",
    "yahoo": "X-YMail-OSG: abc\nX-Sonic-MF: <maria.lopez@example.org>\nX-Mailer: WebService/1.1 YMailNorrin\n",
    "thunderbird": "User-Agent: Mozilla Thunderbird\nContent-Language: en-US\n",
    "reply to our letter": "In-Reply-To: <triage.01@lakeside.example.com>\nReferences: "
    "<triage.01@lakeside.example.com>\n",
}
BODIES = {
    "short": "Hi, please send info about ketamine.\n",
    "signature": "Hello,\n\nI would like to learn more about infusions for depression.\n\n-- "
    "\nMaria Lopez\nLopez LLC\n555-0134\n",
    "disclaimer": "Hello, I would like to schedule a consultation.\n\nMaria\n\nCONFIDENTIALITY "
    "NOTICE: This e-mail is intended "
    "solely for the intended recipient and may be confidential. If you received this "
    "email in error, please notify the "
    "sender, delete it, and do not disclose it. Unauthorized use is prohibited.\n",
    "quoted newsletter": "I saw your letter and filled in the form today.\n\nOn Mon, Mar 3, 2025, Clinic "
    "wrote:\n> This is an "
    "automatic reply. A member of our staff will read your email.\n> To unsubscribe "
    "click here: https://example.org/u\n> "
    "View in browser\n> Do not reply to this email.\n",
    "phone": "Yes I filled it out this morning. Please call 555-0134\n\nSent from my iPhone\n",
    "spanish": "Buenas tardes, ya llené el formulario. ¿Cuánto cuesta la infusión?\n\nGracias\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("headers", PEOPLE.values(), ids=PEOPLE.keys())
def test_people_s_mail_from_every_client_is_clean(headers: str, body: str) -> None:
    """Read from real bytes: no signal at all."""
    content = (
        "Return-Path: <maria.lopez@example.org>\n"
        "Received: from mail.example.org by mx.lakeside.example.com; Tue, 4 Mar 2025 15:30:00 +0000\n"
        "From: Maria Lopez <maria.lopez@example.org>\n"
        f"To: {PRACTICE}\nSubject: Infusions\nMessage-ID: <1@example.org>\n"
        f"Date: Tue, 4 Mar 2025 15:29:00 +0000\nMIME-Version: 1.0\nContent-Type: "
        f"text/plain; charset=utf-8\n{headers}\n{body}"
    )
    assert kinds(read(content.replace("\n", "\r\n"))) == set()


def test_a_person_who_forwards_a_bounce_is_not_a_bounce() -> None:
    """The report stands in the quoted part, and the subject begins with Fwd."""
    text = (
        "I tried to write to you and got this back, what is the right address?\n\nOn "
        "Monday, Mail Delivery wrote:\n> This is the mail system at host x.\n"
    )
    assert not kinds(email(subject="Fwd: Undelivered Mail Returned to Sender", text=text)) & NOT_A_PERSON
