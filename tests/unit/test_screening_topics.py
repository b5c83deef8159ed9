"""Topics a letter must not answer, read in the writer's own words only."""

from __future__ import annotations

import pytest

from tests.support.emails import email
from tests.support.lexicon import kinds, screened


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("My son is 15 and very depressed. Do you treat teens?", "minor"),
        ("I am 16 years old and want help", "minor"),
        ("for my 14 year old daughter", "minor"),
        ("Mi hija tiene 15 años", "minor"),
        ("I am an attorney and request a deposition", "legal"),
        ("I want to file a formal complaint", "legal"),
        ("Please delete all my data", "legal"),
        ("I am a journalist writing a story about ketamine", "legal"),
        ("Quiero poner una queja", "legal"),
        ("Please send my medical records to Dr. Smith", "clinical"),
        ("I need a refill", "clinical"),
        ("Should I stop taking my lithium before the infusion?", "clinical"),
        ("I am pregnant, is that a problem?", "clinical"),
        ("¿Puedo dejar de tomar mi sertralina?", "clinical"),
        ("I need to reschedule my appointment tomorrow", "existing_patient"),
        ("Please cancel my infusion on Friday", "existing_patient"),
        ("Necesito cambiar mi cita", "existing_patient"),
        ("Please send me a superbill", "billing"),
        ("Do you take Aetna insurance?", "billing"),
        ("¿Aceptan seguro?", "billing"),
        ("We help clinics rank higher on Google with our SEO agency", "vendor"),
        ("Ofrecemos marketing digital para su clínica", "vendor"),
        ("Please unsubscribe me", "stop_request"),
    ],
)
def test_a_topic_is_recognised(text: str, kind: str) -> None:
    """Each with its route; the topic names it."""
    found = screened(email(subject="", text=text))
    assert kind in {signal.kind.value for signal in found.signals}
    assert found.topic == kind


@pytest.mark.parametrize("subject", ["STOP", "Stop", "stop.", "ALTO", "Re: STOP", "RE: alto"])
def test_stop_or_alto_as_the_whole_subject_is_a_request_to_stop(subject: str) -> None:
    """Our notice promises it."""
    assert "stop_request" in kinds(email(subject=subject, text="Please.\n"))


def test_stop_inside_a_sentence_is_no_request() -> None:
    """I want this pain to stop."""
    assert "stop_request" not in kinds(email(subject="I want the pain to stop", text="Can you help me?"))


@pytest.mark.parametrize(
    "text",
    [
        "I am 52 years old and interested in ketamine infusions for depression.",
        "My daughter, who is 32, can drive me home after the infusion.",
        "I have depression and would like to know the cost of an infusion, do you take insurance?",
        "I filled in the form on your website. What are the next steps?",
        "Soy Rosa, tengo 45 años y sufro de depresión. Quisiera información.",
    ],
)
def test_a_plain_inquiry_is_no_topic(text: str) -> None:
    """Insurance beside the wish for treatment is no bill."""
    found = screened(email(text=text))
    assert found.topic == "inquiry"
    assert found.signals == ()


def test_quoted_words_are_no_topic() -> None:
    """Our own letter says STOP and speaks of medicines; whoever answers it does not."""
    quoted = "> Do not start, stop or change any medicine. If you are under 18, ask a parent. STOP\n> reschedule"
    assert screened(email(text=f"Thank you, I filled it in.\n\nOn Monday, the clinic wrote:\n{quoted}\n")).signals == ()
