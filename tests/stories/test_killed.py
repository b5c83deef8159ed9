"""SIGKILL at every named step, then a start as if nothing had been: nothing lost, nothing twice, nothing guessed."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.service import wait_until
from tests.support.stage import Stage
from tests.support.written import notification, patient
from triage.failpoints import Failpoint

DRAFTING = (Failpoint.BEFORE_DRAFT, Failpoint.AFTER_DRAFT)
UNCERTAIN = (Failpoint.AFTER_CLOSING, Failpoint.AFTER_DOT, Failpoint.AFTER_ACCEPTED)
PROVABLE = tuple(point for point in Failpoint if point not in {*DRAFTING, *UNCERTAIN})

FORM = notification(1, "Dana Whitfield", "dana.whitfield@example.org")
MATCHED = patient(1, "Dana Whitfield", "dana.whitfield@example.org", body="Hello,\n\nI sent the form today.\n\nDana")
UNMATCHED = patient(2)
IDS = {"<patient-1@example.org>", "<patient-2@example.org>"}


def killed_at(stage: Stage, point: Failpoint) -> None:
    """A form and two emails arrive; the service dies at `point` and at nothing else."""
    stage.deliver(FORM, MATCHED, UNMATCHED)
    done = stage.service.run_once(failpoint=point.value, check=False)
    stage.told.append(done.stderr)
    assert done.returncode == -signal.SIGKILL, f"{point} was not reached:\n{done.stderr}"


def run_again(stage: Stage) -> list[dict[str, Any]]:
    """The next start carries on, and the one after it finds nothing left to do; returns the ledger."""
    stage.run()
    ledger, sunk, drafts = stage.service.ledger(), stage.answers(), stage.drafts()
    stage.run()
    assert stage.service.ledger() == ledger
    assert stage.answers() == sunk
    assert stage.drafts() == drafts
    return ledger


@pytest.mark.parametrize("point", PROVABLE)
def test_a_kill_before_the_outcome_is_in_doubt_costs_nothing(stage: Stage, point: Failpoint) -> None:
    """Every email is in the ledger once and answered once, wherever the process died."""
    killed_at(stage, point)
    ledger = run_again(stage)
    assert Counter(answer.answers for answer in stage.answers()) == Counter(IDS)
    assert {line["reply_state"] for line in ledger} == {None, "sent"}
    assert [flags for _, flags in stage.mailbox()] == [{"$TriageIgnored"}, {"$TriageAnswered"}, {"$TriageAnswered"}]


@pytest.mark.parametrize("point", UNCERTAIN)
def test_a_kill_around_the_final_dot_is_never_repeated(stage: Stage, point: Failpoint) -> None:
    """The reply in doubt stays `unknown` and reaches the patient at most once; the other one goes out."""
    killed_at(stage, point)
    ledger = run_again(stage)
    states = {line["message_id"]: line["reply_state"] for line in ledger if line["message_id"] in IDS}
    assert sorted(states.values()) == ["sent", "unknown"]
    arrived = Counter(answer.answers for answer in stage.answers())
    doubtful = next(message_id for message_id, state in states.items() if state == "unknown")
    certain = next(message_id for message_id, state in states.items() if state == "sent")
    assert arrived[certain] == 1
    if point is not Failpoint.AFTER_DOT:
        assert arrived[doubtful] == (1 if point is Failpoint.AFTER_ACCEPTED else 0)
    assert arrived[doubtful] <= 1


def test_a_reply_in_doubt_that_lies_in_sent_is_settled(stage: Stage) -> None:
    """Found by its Message-ID in the Sent folder, the uncertain reply counts as sent, and nothing is sent again."""
    killed_at(stage, Failpoint.AFTER_ACCEPTED)
    assert wait_until(lambda: len(stage.sink.messages) == 1)
    stage.dovecot.deliver(stage.sink.messages[0].content, stage.user, folder="Sent")
    ledger = run_again(stage)
    assert {line["reply_state"] for line in ledger} == {None, "sent"}
    assert Counter(answer.answers for answer in stage.answers()) == Counter(IDS)


@pytest.mark.parametrize("point", DRAFTING)
def test_a_kill_beside_a_draft_leaves_exactly_one(staged: Callable[..., Stage], point: Failpoint) -> None:
    """Each email has one draft, although the process died between putting the first one there and knowing it."""
    stage = staged(MODE="draft")
    killed_at(stage, point)
    ledger = run_again(stage)
    assert Counter(draft.answers for draft in stage.drafts()) == Counter(IDS)
    assert {line["reply_state"] for line in ledger} == {None, "drafted"}
    assert not stage.answers()
    stage.check_promises()


def test_a_kill_at_every_step_in_turn_still_answers_once(stage: Stage) -> None:
    """The same mailbox survives one kill after another."""
    stage.deliver(FORM, MATCHED, UNMATCHED)
    for point in (Failpoint.AFTER_FETCH, Failpoint.BEFORE_COMMIT, Failpoint.AFTER_COMMIT, Failpoint.AFTER_RCPT):
        done = stage.service.run_once(failpoint=point.value, check=False)
        assert done.returncode == -signal.SIGKILL, f"{point} was not reached:\n{done.stderr}"
    run_again(stage)
    assert Counter(answer.answers for answer in stage.answers()) == Counter(IDS)
