"""Screening as a whole: a detector that fails hides nothing, and hostile text costs little."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.emails import email, rules
from tests.support.lexicon import kinds, lexicon, screened
from triage.core.signal import Authenticity, Level, SignalKind
from triage.screening import assess, screen
from triage.screening.screener import DETECTOR_ERRORS


@pytest.mark.parametrize("error", DETECTOR_ERRORS)
def test_a_detector_that_fails_is_a_signal_and_hides_nothing(error: type[Exception]) -> None:
    """A person looks, and what the others found is still there."""

    def broken(_: str) -> str:
        raise error("broken")

    mail = email(text="I want to die.", return_path="other@mail.example.org")
    found = screen(mail, rules(), lexicon(), broken)
    assert found.has(SignalKind.DETECTOR_FAILED)
    assert found.has(SignalKind.DISTRESS_URGENT)
    assert found.level is Level.URGENT


def test_a_failing_check_of_authenticity_never_passes() -> None:
    """On the safe side: FAIL."""

    def broken(_: str) -> str:
        raise ValueError("broken")

    mail = email(all_headers=[("authentication-results", "mx; dmarc=pass header.from=example.org")])
    found = screen(mail, rules(authserv_id="mx"), lexicon(), broken)
    assert found.authenticity is Authenticity.FAIL
    assert found.has(SignalKind.DETECTOR_FAILED, SignalKind.AUTHENTICITY_FAIL)


def test_a_fault_of_ours_is_not_swallowed() -> None:
    """Only what a hostile message could raise is guarded."""

    def broken(_: str) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        screen(email(return_path="x@mail.example.org"), rules(), lexicon(), broken)


def test_a_mail_and_a_line_of_text_are_assessed_alike() -> None:
    """`triage assess` says what screening says."""
    text = "My sister wants to die. Please call."
    assert assess("", text, lexicon()).level is screened(email(subject="", text=text)).level is Level.URGENT


def test_danger_in_a_machine_s_mail_is_still_seen() -> None:
    """A web form relayed by a machine may carry it; policy decides."""
    found = kinds(email([("auto-submitted", "auto-replied")], text="I want to kill myself"))
    assert {"auto_submitted", "distress_urgent"} <= found


HOSTILE = {
    "spaces": " " * 200_000,
    "newlines": "\n " * 32_768,
    "brackets": "(" * 65_536,
    "letters apart": "k i l l " * 8_192,
    "letters": "a " * 32_768,
    "one word": "a" * 65_536,
    "stars": "k*" * 32_768,
    "exclamations": "!" * 65_536,
    "apostrophes": "a'" * 32_768,
    "leet": "5u1c1d3 " * 8_192,
    "misspelt": "suixide " * 8_192,
    "danger": "kill myself " * 5_461,
    "idioms": "my back is killing me " * 3_000,
    "near misses": "i do not want to " * 3_900,
    "many words": " ".join(f"suic{number}ide" for number in range(6_000)),
    "accents": "e\u0301" * 32_768,
    "quotes": "> " * 32_768,
    "dollars": "$" * 65_536,
    "other script": "ш" * 65_536,
    "signs": "-- \n" * 16_384,
    "links": "https://" * 8_192,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_costs_less_than_two_seconds(text: str) -> None:
    """Processor time, with room for a slow machine; here it is below 0.4 s."""
    started = time.process_time()
    screened(email(text=text, subject=text[:1000]), form_message=text[:4000])
    assert time.process_time() - started < 2


@given(st.text(max_size=400), st.text(max_size=80))
def test_no_text_makes_a_detector_fail(text: str, subject: str) -> None:
    """Any characters anywhere."""
    assert "detector_failed" not in kinds(email(text=text, subject=subject), form_message=text)


@given(
    st.lists(st.tuples(st.sampled_from(["received", "authentication-results", "auto-submitted"]), st.text(max_size=80)))
)
def test_no_header_makes_a_detector_fail(headers: list[tuple[str, str]]) -> None:
    """Any value of the fields that are parsed."""
    assert "detector_failed" not in kinds(email(headers), rules=rules(authserv_id="mx.example.com"))
