"""People in danger are found, ordinary mail is not alarmed about, and nothing that could hide danger does.

The seven batches in tests/data/screening were each written before they were first run; see the README there.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.emails import email
from tests.support.lexicon import kinds, lexicon, screened
from triage.core.signal import Level, SignalKind
from triage.screening import assess

DATA = Path(__file__).parents[1] / "data" / "screening"
NOTICES = sorted((Path(__file__).parents[2] / "templates" / "notices").glob("*/*.md"))


def texts(kind: str) -> list[str]:
    files = sorted(DATA.glob(f"*/{kind}*.txt"))
    return [line for path in files for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def level(text: str, subject: str = "") -> Level:
    return assess(subject, text, lexicon()).level


def test_at_least_98_of_100_urgent_texts_are_urgent() -> None:
    """English and Spanish, direct, indirect, misspelt, about oneself and others."""
    urgent = texts("urgent") + texts("emergency")
    missed = [text for text in urgent if level(text) is not Level.URGENT]
    assert len(urgent) >= 750
    assert len(missed) <= len(urgent) * 0.02, missed


def test_fewer_than_10_of_100_ordinary_mails_are_called_urgent() -> None:
    """Depression, medicines, costs, grief and figures of speech."""
    ordinary = texts("ordinary")
    alarmed = [text for text in ordinary if level(text) is Level.URGENT]
    assert len(ordinary) >= 700
    assert len(alarmed) < len(ordinary) * 0.10, alarmed


def test_what_is_long_ago_or_asked_in_general_is_for_staff_the_same_day() -> None:
    """Review is neither a letter nor an alarm; alarm is the tolerated mistake, silence is not."""
    review = texts("review")
    levels = [level(text) for text in review]
    assert Level.NONE not in levels
    assert levels.count(Level.REVIEW) >= len(review) * 0.9


@pytest.mark.parametrize(
    "text",
    ["I am not suicidal.", "No, I don't want to die.", "I would never kill myself", "No quiero morir, pero lo pienso."],
)
def test_negation_never_clears(text: str) -> None:
    """Whoever denies it has thought of it: a person reads it."""
    assert level(text) is Level.URGENT


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("I tried to kill myself in 2015.", "I tried to kill myself in 2015 and I think of it again every night."),
        ("I was suicidal as a teenager.", "I was suicidal as a teenager and lately I am again."),
        ("Hace años intenté suicidarme.", "Hace años intenté suicidarme y anoche otra vez."),
        ("I had chest pain years ago.", "I had chest pain years ago and again since the infusion."),
    ],
)
def test_a_present_word_overrules_the_past(then: str, now: str) -> None:
    """Long ago lowers, but not if it is back."""
    assert level(then) is not Level.URGENT
    assert level(now) is Level.URGENT


def test_an_idiom_does_not_hide_what_stands_beside_it() -> None:
    """The figure of speech is taken out, the rest is read."""
    assert level("My back is killing me.") is Level.NONE
    assert level("My back is killing me and I want to kill myself.") is Level.URGENT


@pytest.mark.parametrize("where", ["subject", "own", "quoted", "form"])
def test_danger_is_found_in_subject_body_quoted_text_and_form(where: str) -> None:
    """A mail may carry it anywhere."""
    words = "I want to end my life."
    bodies = {"own": words, "quoted": f"Please see below.\n\nOn Monday, Ann wrote:\n> {words}\n> Ann\n"}
    mail = email(subject=words if where == "subject" else "Hello", text=bodies.get(where, "Hello, please call me."))
    found = screened(mail, form_message=words if where == "form" else "")
    assert found.level is Level.URGENT
    assert found.has(SignalKind.DISTRESS_URGENT)


def test_a_sentence_wrapped_inside_a_quote_is_one_sentence() -> None:
    """Quote marks at line beginnings do not cut it."""
    mail = email(text="See below\n\nOn Monday, Ann wrote:\n> I want to end\n> my life\n")
    assert screened(mail).level is Level.URGENT


@pytest.mark.parametrize("path", NOTICES, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.parametrize("quoted", [False, True])
def test_our_own_notices_never_alarm(path: Path, quoted: bool) -> None:
    """Every answer to our letters quotes them: 988, breathing, thoughts that upset."""
    body = path.read_text(encoding="utf-8").split("---")[-1].strip()
    text = f"Thanks!\n\nOn Monday, the clinic wrote:\n> {body}\n" if quoted else body
    assert level(text) is Level.NONE, assess("", text, lexicon()).signals


@pytest.mark.parametrize(
    "text",
    [
        "If you are having thoughts of suicide, call or text 988.",
        "If this is a medical emergency, call 911.",
        "If you or someone you know is in crisis, call the National Suicide Prevention Lifeline at 1-800-273-8255.",
        "Do not use email if you feel suicidal or want to harm yourself or others.",
        "Si está pensando en hacerse daño, llame al 988.",
    ],
)
def test_the_standing_texts_of_other_practices_do_not_alarm(text: str) -> None:
    """A therapist's footer is no patient in danger."""
    assert level(f"Please find my referral attached.\n\n{text}\n") is not Level.URGENT


def test_the_reason_names_the_entry_and_never_the_words() -> None:
    """Signals go into the ledger, patients' words do not."""
    found = assess("", "I want to die, says Maria", lexicon()).signals[0]
    assert found.because.startswith("distress.en: ")
    assert "maria" not in found.because.lower()


def test_an_emergency_after_an_infusion_is_its_own_signal() -> None:
    """911 first."""
    assert "emergency" in kinds(email(text="I can't breathe since the infusion this morning."))


@pytest.mark.parametrize(
    "text",
    ["What happens if somebody has chest pain during the infusion?", "I had a stroke in 2012, is that a problem?"],
)
def test_an_emergency_that_is_asked_about_or_long_ago_is_none(text: str) -> None:
    """Questions about risks are ordinary mail."""
    assert level(text) is Level.NONE
