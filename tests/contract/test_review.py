"""The two decisions of staff about an uncertain reply, as flows, as commands, and as the only way out of `unknown`."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.support.practice import Practice
from tests.support.service import Service
from tests.support.smtp_script import Drop, say, scripted
from tests.support.store import open_store
from tests.test_architecture import modules
from triage.cli import app
from triage.core.ledger import EmailState
from triage.core.outbox import ReplyState, Settlement
from triage.errors import OperatorError
from triage.events import EventLog
from triage.review import Review
from triage.store import Store

HOURS = timedelta(hours=24)
UNCERTAIN = (EmailState.WITH_STAFF, "reply_uncertain")
RESTS = (EmailState.NOT_ANSWERED, "left_uncertain")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def uncertain(practice: Practice, number: int = 1) -> int:
    """A reply whose outcome nobody knows, and about which staff were asked."""
    row_id = practice.plan(number)
    with practice.store.begin() as tx:
        tx.outbox.claim(practice.mode, practice.now, 1)
        tx.outbox.settle(Settlement(row_id, ReplyState.UNKNOWN, "no answer"), practice.now)
    practice.pass_minutes(20)
    practice.delivery.settle(practice.now)
    assert practice.email(row_id) == UNCERTAIN
    return row_id


def test_sent_again_it_is_the_same_letter_with_the_same_message_id(store: Store) -> None:
    """A person asks for it, hours later: the same bytes go out once more, and the email counts as answered."""
    with scripted() as server:
        practice = Practice(store, server.port)
        row_id = uncertain(practice)
        practice.pass_minutes(600)
        before = practice.row(row_id)
        Review(store, practice.log, HOURS).send_again(row_id, "Kim", practice.now)
        assert practice.row(row_id).state is ReplyState.READY
        assert practice.row(row_id).deadline == practice.now + HOURS
        practice.delivery.deliver(practice.clock)
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert server.accepted == [before.content]
    after = practice.row(row_id)
    assert (after.state, after.message_id, after.sha256) == (ReplyState.SENT, before.message_id, before.sha256)
    assert practice.email(row_id) == (EmailState.ANSWERED, "")
    assert practice.story(row_id)["reply_sent_again"] == {"who": "Kim", "attempt": 1}


def test_uncertain_once_more_staff_are_asked_once_more(store: Store) -> None:
    """The second attempt ends in silence too: it is not repeated by itself, and staff hear of it again."""
    with scripted({"DOT": [Drop()]}) as server:
        practice = Practice(store, server.port)
        row_id = uncertain(practice)
        Review(store, practice.log, HOURS).send_again(row_id, "Kim", practice.now)
        practice.delivery.deliver(practice.clock)
        assert practice.email(row_id) == (EmailState.ANSWERED, "")
        for _ in range(3):
            practice.pass_minutes(20)
            practice.delivery.settle(practice.now)
            practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert practice.row(row_id).state is ReplyState.UNKNOWN
    assert practice.email(row_id) == UNCERTAIN
    assert practice.log.counts()["email_held"] == 2
    assert server.commands.count("DATA") == 1


def test_bytes_that_fail_their_proof_are_not_sent_again_either(store: Store) -> None:
    """A person's wish passes the same guards as any other reply."""
    with scripted() as server:
        practice = Practice(store, server.port)
        sample = practice.row(practice.plan(1))
        bad = replace(sample).content.replace(b"purely elective", b"purely optional")
        row_id = practice.plan(2, content=bad)
        with store.begin() as tx:
            tx.outbox.claim(practice.mode, practice.now, 2)
            tx.outbox.settle(Settlement(sample.id, ReplyState.SENT), practice.now)
            tx.outbox.settle(Settlement(row_id, ReplyState.UNKNOWN), practice.now)
        Review(store, practice.log, HOURS).send_again(row_id, "Kim", practice.now)
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert practice.row(row_id).state is ReplyState.FAILED
    assert server.accepted == []


def test_at_rest_nobody_is_asked_again_and_evidence_still_counts(store: Store) -> None:
    """The reply stays uncertain and unsent; should it lie in Sent after all, the email counts as answered."""
    with scripted() as server:
        practice = Practice(store, server.port)
        row_id = uncertain(practice)
        Review(store, practice.log, HOURS).let_rest(row_id, "Kim", practice.now)
        for _ in range(3):
            practice.pass_minutes(20)
            practice.delivery.settle(practice.now)
            practice.delivery.deliver(practice.clock)
        assert practice.row(row_id).state is ReplyState.UNKNOWN
        assert practice.email(row_id) == RESTS
        assert practice.log.counts()["email_held"] == 1
        assert practice.story(row_id)["reply_left"] == {"who": "Kim"}
        practice.mailbox.sent.append(practice.row(row_id).content)
        practice.delivery.settle(practice.now)
        assert practice.email(row_id) == (EmailState.ANSWERED, "")
        assert server.connections == 0


def test_let_rest_before_staff_were_asked_they_never_are(store: Store) -> None:
    """Somebody decides within the first fifteen minutes."""
    practice = Practice(store, 1)
    row_id = practice.plan(1)
    with store.begin() as tx:
        tx.outbox.claim(practice.mode, practice.now, 1)
        tx.outbox.settle(Settlement(row_id, ReplyState.UNKNOWN), practice.now)
    Review(store, practice.log, HOURS).let_rest(row_id, "Kim", practice.now)
    practice.pass_minutes(60)
    practice.delivery.settle(practice.now)
    assert practice.email(row_id) == RESTS


@pytest.mark.parametrize("state", [each for each in ReplyState if each is not ReplyState.UNKNOWN])
def test_only_an_uncertain_reply_is_decided_on(store: Store, state: ReplyState) -> None:
    """Whatever is settled, planned or under way is refused with its sentence, and stays as it is."""
    practice = Practice(store, 1)
    first = state if state in {ReplyState.PLANNED, ReplyState.OBSERVED} else ReplyState.READY
    row_id = practice.plan(1, state=ReplyState.PLANNED if state is ReplyState.CANCELLED else first)
    with store.begin() as tx:
        if state is ReplyState.CANCELLED:
            tx.outbox.cancel(row_id, practice.now)
        elif state not in {ReplyState.PLANNED, ReplyState.OBSERVED, ReplyState.READY}:
            tx.outbox.claim(practice.mode, practice.now, 1)
            if state is ReplyState.CLOSING:
                tx.outbox.begin_closing(row_id, practice.now)
            elif state is not ReplyState.SENDING:
                tx.outbox.settle(Settlement(row_id, state, "", practice.now), practice.now)
    review = Review(store, practice.log, HOURS)
    for decide in (review.send_again, review.let_rest):
        with pytest.raises(OperatorError, match="is not uncertain"):
            decide(row_id, "Kim", practice.now)
        with pytest.raises(OperatorError, match="There is no reply 999"):
            decide(999, "Kim", practice.now)
    assert practice.row(row_id).state is state
    assert practice.email(row_id) == (EmailState.ANSWERED, "")


def test_a_reply_that_came_back_is_not_sent_again(store: Store) -> None:
    """After a bounce a person must find another way; sending the same again helps nobody."""
    practice = Practice(store, 1)
    row_id = uncertain(practice)
    with store.begin() as tx:
        tx.emails.set_state(practice.row(row_id).email_id, EmailState.WITH_STAFF, "reply_failed", practice.now)
    with pytest.raises(OperatorError, match="came back"):
        Review(store, practice.log, HOURS).send_again(row_id, "Kim", practice.now)


def test_what_needs_looking_at_is_listed_without_the_rest(store: Store) -> None:
    """Uncertain first, then deferred, refused and failed; what went out or waits its turn is not in the list."""
    with scripted({"DOT": [None, say(b"554 no\r\n")], "RCPT": [None, None, say(b"450 later\r\n")]}) as server:
        practice = Practice(store, server.port)
        doubtful = uncertain(practice, 9)
        rows = [practice.plan(number) for number in range(3)]
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    review = Review(store, EventLog(), HOURS)
    listed = [(one.reply_id, one.state, one.at_rest) for one in review.open_replies()]
    assert listed == [
        (doubtful, ReplyState.UNKNOWN, False),
        (rows[2], ReplyState.DEFERRED, False),
        (rows[1], ReplyState.REJECTED, False),
    ]
    review.let_rest(doubtful, "Kim", practice.now)
    assert review.open_replies()[0].at_rest


def _command(service: Service, *words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, ["reply", *words, "--config", str(service.config)], input=answer)


def test_the_commands_say_what_they_mean_and_ask_first(tmp_path: Path) -> None:
    """Listed, declined, sent again, let rest: in plain words, with who decided, and without any address."""
    service = Service.between(tmp_path, 1, "office@example.com", 1)
    store = open_store(tmp_path)
    practice = Practice(store, 1)
    first, second = uncertain(practice, 1), uncertain(practice, 2)
    shown = _command(service, "list")
    assert [line.split()[0] for line in shown.stdout.splitlines()] == [str(first), str(second)]
    assert "may or may not have been sent" in shown.stdout
    assert "person1@example.org" not in shown.stdout
    lines = [json.loads(line) for line in _command(service, "list", "--json").stdout.splitlines()]
    assert [(line["reply"], line["state"]) for line in lines] == [(first, "unknown"), (second, "unknown")]
    declined = _command(service, "send-again", str(first), answer="n\n")
    assert declined.exit_code == 1
    assert "have it twice" in declined.stdout
    assert practice.row(first).state is ReplyState.UNKNOWN
    assert _command(service, "send-again", str(first), "--by", "Kim", answer="y\n").exit_code == 0
    assert practice.row(first).state is ReplyState.READY
    assert practice.story(first)["reply_sent_again"]["who"] == "Kim"
    rested = _command(service, "let-rest", str(second), "--yes")
    assert rested.exit_code == 0
    assert "may never have reached the patient" in rested.stdout
    assert practice.email(second) == RESTS
    assert practice.story(second)["reply_left"]["who"]
    assert "Staff let it rest." in _command(service, "list").stdout
    assert isinstance(_command(service, "let-rest", str(first), "--yes").exception, OperatorError)
    store.close()


ONLY_A_PERSON = {
    "send_again_by_person": {"triage/review.py"},
    "send_again": {"triage/commands/review.py"},
}


def callers(path: str, tree: ast.Module) -> list[str]:
    """Uses of what only a person may cause, outside the places where a person causes it; by name or as text."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute | ast.Constant):
            continue
        name = node.attr if isinstance(node, ast.Attribute) else node.value
        if isinstance(name, str) and path not in ONLY_A_PERSON.get(name, {path}):
            found.append(f"{path}:{node.lineno} {name}")
    return found


def importers(path: str, tree: ast.Module) -> list[str]:
    """Modules other than the command that import the flow of staff's decisions."""
    sources = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return [path] if "triage.review" in sources and path != "triage/commands/review.py" else []


def test_nothing_automatic_can_send_an_uncertain_reply_again() -> None:
    """Only a person's decision calls the method that makes an uncertain reply ready, and only a command decides."""
    assert [fault for path, tree, _ in modules() for fault in callers(path, tree)] == []
    assert [fault for path, tree, _ in modules() for fault in importers(path, tree)] == []


@pytest.mark.parametrize(
    "source",
    ["tx.outbox.send_again_by_person(1, a, b)", "getattr(tx.outbox, 'send_again_by_person')", "review.send_again(1)"],
)
def test_an_automatic_caller_would_be_found(source: str) -> None:
    """The rule can fail."""
    assert len(callers("triage/delivery.py", ast.parse(source))) == 1
    assert importers("triage/daemon.py", ast.parse("from triage.review import Review")) == ["triage/daemon.py"]
