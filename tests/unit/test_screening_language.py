"""Which language a mail is in, from one line on, without a model."""

from __future__ import annotations

import pytest

from tests.support.emails import email, rules
from tests.support.lexicon import kinds, lexicon, screened
from triage.screening.language import language_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hi, please send info", "en"),
        ("Thanks!", "en"),
        ("Gracias", "es"),
        ("¿Cuánto cuesta?", "es"),
        ("Buenas tardes, quisiera una cita", "es"),
        ("Bonjour, je voudrais des renseignements sur le traitement", "fr"),
        ("Guten Tag, ich habe eine Frage zur Behandlung", "de"),
        ("Buongiorno, vorrei informazioni sul trattamento", "it"),
        ("Olá, gostaria de saber quanto custa o tratamento", "pt"),
        ("Здравствуйте, сколько стоит лечение?", "ru"),
        ("你好，请问治疗费用是多少？", "zh"),
        ("こんにちは、治療について教えてください", "ja"),
        ("مرحبا، كم تكلفة العلاج؟", "ar"),
        ("안녕하세요 치료 비용이 궁금합니다", "ko"),
        ("", ""),
        ("555-0134", ""),
        ("Maria Lopez", ""),
    ],
)
def test_short_mail_shows_its_language(text: str, code: str) -> None:
    """Function words, letters and scripts are enough; names and numbers say nothing."""
    assert language_of(text, lexicon()).code == code


def test_when_unsure_the_practice_s_first_language_is_used() -> None:
    """A name and a number hold nobody up."""
    found = screened(email(subject="", text="Maria Lopez 555-0134"), rules=rules(languages=("es", "en")))
    assert found.language == "es"
    assert found.signals == ()


@pytest.mark.parametrize(
    "text", ["Bonjour, je voudrais des renseignements s'il vous plaît", "Здравствуйте, мне нужна помощь"]
)
def test_a_language_without_letters_is_a_signal(text: str) -> None:
    """A person answers it."""
    assert "language_unknown" in kinds(email(subject="", text=text))


def test_an_unknown_script_is_a_signal_too() -> None:
    """Even without a name for the language."""
    assert "language_unknown" in kinds(email(subject="", text="ᚠᛇᚻ᛫ᛒᛦᚦ᛫ᚠᚱᚩᚠᚢᚱ᛫ᚠᛁᚱᚪ"))


def test_spanish_is_foreign_where_there_are_no_spanish_letters() -> None:
    """The rules say which letters exist."""
    mail = email(subject="Hola", text="Quisiera información sobre el tratamiento, gracias")
    assert "language_unknown" in kinds(mail, rules=rules(languages=("en",)))
    assert kinds(mail) == set()
