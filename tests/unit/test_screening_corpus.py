"""The corpus of tests/data/corpus: no machine in it is answered, no person in it is dropped, few are held for nothing.

Judged as `triage screen --assume-addressed --assume-authentic` and `triage decide` do; figures are in its README.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.support.corpus import write
from tests.support.service import Service
from triage.cli import app

# Mails of people that staff would rather have seen answered; each is a known price of answering no machine.
HELD_NEEDLESSLY = frozenset(
    {
        *("edges-pasted-bounce-gmail", "english-checking-form-gmail"),
        *("later-a18-gmail", "later-a5-yahoo"),
    }
)
# What a person would agree to see first.
AGREED = frozenset(
    {
        *("billing", "clinical", "existing_patient", "legal", "language_unknown", "reply_to_differs", "no_text"),
        *("nothing_asked", "vendor", "distress_urgent", "distress_review"),
    }
)
# Marked as automatic in their headers, or worded so closely to a robot's note that a look is right.
LIKE_A_MACHINE = frozenset(
    {
        *("edges-marked-auto-human-outlook365", "edges-suppress-marked-outlook365", "edges-x-loop-human-roundcube"),
        *("english-feedback-id-gmail", "english-medical-leave-word-outlook365", "edges-opt-out-word-gmail"),
        *("later-a19-gmail", "edges-request-name-gmail"),
    }
)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """For each kind of mail: one line per file, with `verdict` and `reasons` of screen and `decision` of decide."""
    folder = tmp_path_factory.mktemp("corpus")
    config = str(Service.between(folder, 1, "office", 1).config)
    found = {}
    for kind in ("machines", "humans", "forms"):
        place = str(write(kind, folder))
        screened = _lines("screen", place, "--assume-addressed", "--assume-authentic", "--json", "--config", config)
        decided = {line["file"]: line for line in _lines("decide", place, "--json", "--config", config)}
        found[kind] = [decided[line["file"]] | line | {"name": Path(line["file"]).stem} for line in screened]
    return found


def _lines(*words: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def test_no_machine_is_answered(judged: dict[str, list[dict[str, Any]]]) -> None:
    """Bounces, notes, lists, shops, receipts, robots of all kinds, most of them without a header that says so."""
    assert len(judged["machines"]) >= 240
    answered = [
        line["name"] for line in judged["machines"] if "eligible" in line["verdict"] or line["decision"] == "reply"
    ]
    assert answered == []


def test_no_person_is_dropped(judged: dict[str, list[dict[str, Any]]]) -> None:
    """What somebody typed is never ignored, whatever words of machines stand in it."""
    assert len(judged["humans"]) >= 225
    dropped = [line["name"] for line in judged["humans"] if "ignore" in (line["verdict"], line["decision"])]
    assert dropped == []


def test_nearly_every_person_is_answered_or_held_for_a_good_reason(judged: dict[str, list[dict[str, Any]]]) -> None:
    """Fewer than one in fifty is held as automatic although nothing of it is."""
    needless = {
        line["name"]
        for line in judged["humans"]
        if line["verdict"] == "hold" and line["name"] not in LIKE_A_MACHINE and not AGREED & set(line["reasons"])
    }
    assert needless <= HELD_NEEDLESSLY
    assert len(needless) < len(judged["humans"]) / 50
    eligible = sum(line["verdict"] == "eligible" for line in judged["humans"])
    assert eligible > 0.8 * len(judged["humans"])


def test_no_stranger_s_form_is_answered(judged: dict[str, list[dict[str, Any]]]) -> None:
    """A lead, a directory's mail or another site's form is no patient's own mail."""
    assert [line["name"] for line in judged["forms"] if line["decision"] == "reply"] == []
