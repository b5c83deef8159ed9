"""Own words against quotes, signatures and disclaimers, in the shapes that mail programs give them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.words import split_words

ATTRIBUTIONS = {
    "gmail_en": "On Mon, Mar 3, 2025 at 4:12\u202fPM Clinic <hello@clinic.example.org> wrote:",
    "gmail_en_folded": "On Mon, Mar 3, 2025 at 4:12 PM Clinic <\nhello@clinic.example.org> wrote:",
    "folded_over_three": "On Monday, 3 March 2025 at 16:12,\nThe Clinic\n<hello@clinic.example.org> wrote:",
    "apple_en": "On Mar 3, 2025, at 4:12 PM, Clinic <hello@clinic.example.org> wrote:",
    "thunderbird_en": "On 03/03/2025 16:12, Clinic wrote:",
    "gmail_es": "El lun, 3 mar 2025 a las 16:12, Clinic (<hello@clinic.example.org>) escribió:",
    "apple_es": "El 3 mar 2025, a las 16:12, Clinic <hello@clinic.example.org> escribió:",
    "gmail_de": "Am Mo., 3. März 2025 um 16:12 Uhr schrieb Clinic <hello@clinic.example.org>:",
    "thunderbird_de": "Am 03.03.25 um 16:12 schrieb hello@clinic.example.org:",
    "gmail_fr": "Le lun. 3 mars 2025 à 16:12, Clinic <hello@clinic.example.org> a écrit :",
    "gmail_pt": "Em seg., 3 de mar. de 2025 às 16:12, Clinic <hello@clinic.example.org> escreveu:",
    "gmail_it": "Il giorno lun 3 mar 2025 alle ore 16:12 Clinic <hello@clinic.example.org> ha scritto:",
}
OUTLOOK = {
    "en": "From: Clinic\nSent: Monday, March 3, 2025 4:12 PM\nTo: Ann\nSubject: Your message",
    "es": "De: Clinic\nEnviado el: lunes, 3 de marzo de 2025 16:12\nPara: Ann\nAsunto: Su mensaje",
    "de": "Von: Clinic\nGesendet: Montag, 3. März 2025 16:12\nAn: Ann\nBetreff: Ihre Nachricht",
    "fr": "De : Clinic\nEnvoyé : lundi 3 mars 2025 16:12\nÀ : Ann\nObjet : Votre message",
    "bold": "*From:* Clinic\n*Date:* Monday, March 3, 2025\n*To:* Ann\n*Subject:* Your message",
}


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
@pytest.mark.parametrize("mark", ["> ", ""], ids=["marked", "unmarked"])
def test_an_answer_above_a_quote(attribution: str, mark: str) -> None:
    """Attributions of many programs and languages open the quote, whether its lines are marked or not."""
    words = split_words(f"My own words.\n\nAnn\n\n{attribution}\n\n{mark}Your letter.\n{mark}Kind regards")
    assert words.own == "My own words.\n\nAnn"
    assert words.quoted == f"{attribution}\n\n{mark}Your letter.\n{mark}Kind regards"


@pytest.mark.parametrize("block", OUTLOOK.values(), ids=OUTLOOK)
@pytest.mark.parametrize("line", ["", "________________________________\n", "-----Original Message-----\n"])
def test_an_answer_above_outlooks_block(block: str, line: str) -> None:
    """Outlook puts labels above the old message and marks nothing: all below is quoted."""
    words = split_words(f"My own words.\n\n{line}{block}\n\nYour letter.")
    assert words.own == "My own words."
    assert words.quoted == f"{line}{block}\n\nYour letter."


@pytest.mark.parametrize(
    "opening",
    [
        "---------- Forwarded message ---------",
        "-----Mensaje original-----",
        "-------- Ursprüngliche Nachricht --------",
        "-------- Message d'origine --------",
        "Begin forwarded message:",
        "Inicio del mensaje reenviado:",
    ],
)
def test_a_forwarded_message_is_quoted(opening: str) -> None:
    """What somebody else wrote is not the forwarder's own."""
    words = split_words(f"Please see below.\n\n{opening}\n\nWords of somebody else.")
    assert words.own == "Please see below."
    assert words.quoted.startswith(opening)


def test_an_answer_below_the_quote() -> None:
    """Bottom-posting: the words after the marked lines are own."""
    words = split_words("On 03/03/2025 16:12, Clinic wrote:\n> When?\n> Where?\n\nOn Monday, at home.")
    assert words.own == "On Monday, at home."


def test_answers_between_the_quotes() -> None:
    """Inline answers are own, in their order."""
    words = split_words("Hello,\n\nOn 03/03/2025 16:12, Clinic wrote:\n> When?\nOn Monday.\n> Where?\nAt home.\n\nAnn")
    assert words.own == "Hello,\n\nOn Monday.\nAt home.\n\nAnn"


def test_an_answer_below_an_outlook_block_with_marked_lines() -> None:
    """Programs that mark the lines below their block leave room for an answer underneath."""
    words = split_words(f"-----Original Message-----\n{OUTLOOK['en']}\n\n> Your letter.\n\nMy answer.")
    assert words.own == "My answer."


@pytest.mark.parametrize(
    "text",
    [
        "On Monday my doctor wrote:\nketamine might help. What do you think?",
        "On the phone at 10:30 the nurse wrote:\nplease send an email. So I do.",
        "From: what I have read, it may help.\nTo: be honest, I am afraid.",
        "I wrote:\nplease call me",
        "El martes mi médico escribió:\npruebe la infusión. ¿Qué opina?",
        "--- what helps me ---\nrest and music",
        "______________\nI draw lines.",
        "From: Ann Perez\nPhone: 555-0101\n\nHello, please call me.",
    ],
)
def test_in_doubt_words_are_the_authors_own(text: str) -> None:
    """Sentences that only resemble an attribution or a block stay own words."""
    assert split_words(text).own == text


def test_a_signature_behind_its_delimiter() -> None:
    """ "-- " opens the signature, also without its space; it ends where a quote begins."""
    words = split_words("My words.\n--\nAnn Perez\n555-0101\n> old words")
    assert words.own == "My words."
    assert words.signature == "--\nAnn Perez\n555-0101"
    assert words.quoted == "> old words"


def test_a_long_text_behind_dashes_is_no_signature() -> None:
    """Somebody who uses dashes as a divider keeps their words."""
    text = "First.\n--\n" + "\n".join(f"line {number}" for number in range(30))
    assert split_words(text).own == text


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Enviado desde mi iPhone",
        "Sent from my Verizon, Samsung Galaxy smartphone",
        "Sent from Yahoo Mail on Android",
        "Get Outlook for iOS",
        "Obtener Outlook para Android",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
    ],
)
def test_a_phones_line_is_a_signature(line: str) -> None:
    """Only the line itself: what is written below it is own."""
    words = split_words(f"My words.\n\n{line}\n\nP.S. One more.")
    assert words.own.split() == ["My", "words.", "P.S.", "One", "more."]
    assert words.signature == line


@pytest.mark.parametrize(
    "line", ["Sent from the hospital, please help", "Von meinem Arzt empfohlen", "Enviado por mi hija"]
)
def test_a_sentence_that_begins_like_a_phones_line_is_own(line: str) -> None:
    """Without a device or program in it, the line is somebody's sentence."""
    assert line in split_words(f"Hello.\n\n{line}\n").own


def test_a_legal_disclaimer_is_no_own_word() -> None:
    """Boilerplate with an "intended recipient" is not the author's."""
    disclaimer = (
        "This e-mail and any attachments are confidential and intended solely for the intended recipient.\n"
        "If you have received this e-mail in error, please notify the sender and delete it."
    )
    words = split_words(f"My words.\n\n{disclaimer}\n\nMore words.")
    assert words.own.split("\n") == ["My words.", "", "", "More words."]
    assert words.signature == disclaimer


def test_a_spanish_disclaimer_is_no_own_word() -> None:
    """The same in Spanish."""
    words = split_words(
        "Mis palabras.\n\nAviso de confidencialidad: este mensaje y sus archivos adjuntos son para su destinatario."
    )
    assert words.own == "Mis palabras."


@pytest.mark.parametrize(
    "text",
    [
        "Is this confidential?\n\nWhat I say is confidential and privileged, and I want to die.",
        "This message is confidential. I have received this email in error from you, please delete my data.",
    ],
)
def test_a_wish_for_confidence_is_own_words(text: str) -> None:
    """A person who speaks of confidence, or opens with such words, is not taken for boilerplate."""
    assert split_words(text).own == text


def test_nothing_but_a_quote_leaves_no_own_words() -> None:
    """A message sent back as it came has no words of its own."""
    assert split_words("> Your letter.\n> Regards").own == ""


def test_an_empty_text() -> None:
    """Three empty parts."""
    assert split_words("") == split_words("\n\n")


LINES = [
    *("", "> q", "own", "-- ", "On 1/1/2025 10:00, a@b.example wrote:", "From: x", "Sent: y", "To: z"),
    *("Sent from my iPhone", "____________", "-----Original Message-----", "intended recipient confidential"),
]


@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_no_line_is_ever_lost(lines: list[str]) -> None:
    """Each line with words lies in exactly one of the three parts."""
    words = split_words("\n".join(lines))
    kept = [line for part in (words.own, words.quoted, words.signature) for line in part.split("\n") if line]
    assert sorted(kept) == sorted(line.rstrip() for line in lines if line)


@pytest.mark.parametrize(
    "line",
    [
        "> " * 100,
        "On ",
        "On x,\n",
        "From: x\n",
        "\n",
        "--\n",
        "On 1/1/2025 10:00 wrote:\n\n",
        "_" * 20 + "\n",
        "-",
        " ",
    ],
)
def test_a_hostile_text_is_split_in_time(line: str) -> None:
    """64 Ki characters of any of these take far less than a second."""
    began = time.process_time()
    split_words((line * 65_536)[:65_536])
    assert time.process_time() - began < 1.0
