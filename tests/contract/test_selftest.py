"""The start-up self-test: content with our own code, and loud when a guard is missing."""

from __future__ import annotations

import pytest

from triage import selftest
from triage.core import proof, reply
from triage.core.email import Address
from triage.selftest import run_selftest

SENDER = Address('Clínica "Harbor", Inc.', "hello@clinic.example.com")


def _believe(*_: object, **__: object) -> bool:
    """A guard that lets everything pass."""
    return True


def test_nothing_gets_through() -> None:
    """With every guard in place no known trick works."""
    assert run_selftest(SENDER) == []


def test_a_missing_proof_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the proof let everything pass, the self-test would say so, and nothing would be sent."""
    monkeypatch.setattr(selftest, "prove", _believe)
    assert any("blind copy" in problem for problem in run_selftest(SENDER))


def test_missing_cleaning_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If names and subjects were neither cleaned nor proven, the probes would be seen to get through."""
    monkeypatch.setattr(reply, "one_line", lambda text, cap: text[:cap])
    monkeypatch.setattr(reply, "prove", _believe)
    monkeypatch.setattr(reply, "_subject", lambda text: (text,))
    assert any("the subject got through" in problem for problem in run_selftest(SENDER))


def test_a_lax_address_check_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If any address were taken for a plain one, the probes of CVE-2023-27043 would be reported."""
    for module in (reply, proof):
        monkeypatch.setattr(module, "is_plain_address", _believe)
    monkeypatch.setattr(reply, "wire_form", lambda spec: spec)
    assert any(problem.startswith("Address probe") for problem in run_selftest(SENDER))


def test_a_practice_that_cannot_send_is_told() -> None:
    """A sender with which no reply can be composed is a problem of its own."""
    assert "could not be composed" in run_selftest(Address("Harbor", "nonsense"))[0]
