"""Delivering from a real SQLite outbox: at most once, honest about the rest, and nobody forgotten."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port
from tests.support.practice import Practice
from tests.support.replies import NOW, SENDER
from tests.support.sink import accepting_server
from tests.support.smtp_script import Act, Drop, ScriptedServer, say, scripted
from triage.core.ledger import EmailState
from triage.core.outbox import OutboxRow, ReplyState
from triage.core.rules import Mode
from triage.delivery import Delivery
from triage.errors import OperatorError, TransientError
from triage.mailbox.account import Security, SmtpAccount
from triage.mailbox.port import NotTakenError
from triage.mailbox.smtp import SmtpSender
from triage.store import Session, Store

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'triage.db'}", "harbor")
    yield opened
    opened.close()


Script = dict[str, list[Act | None]]
WITH_STAFF_FAILED = (EmailState.WITH_STAFF, "reply_failed")


def test_a_burst_arrives_once_each_with_the_frozen_bytes(store: Store) -> None:
    """Every ready reply reaches its own recipient once, byte for byte; a second run sends nothing."""
    with accepting_server() as sink:
        practice = Practice(store, sink.port)
        rows = [practice.row(practice.plan(number)) for number in range(60)]
        report = practice.delivery.deliver(practice.clock)
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert report.states == {ReplyState.SENT: 60}
    assert practice.states() == {ReplyState.SENT: 60}
    assert sorted((*one.recipients, one.content) for one in sink.messages) == sorted(
        (row.recipient, row.content) for row in rows
    )
    assert practice.row(rows[0].id).server_words == "250 kept"
    assert practice.log.counts()["reply_sent"] == 60


def test_inside_the_undo_window_nothing_leaves(store: Store) -> None:
    """A planned reply waits until its time has come, and one taken back never leaves."""
    with accepting_server() as sink:
        practice = Practice(store, sink.port)
        kept, undone = practice.plan(1, wait=MINUTE), practice.plan(2, wait=MINUTE)
        practice.delivery.deliver(practice.clock)
        assert sink.messages == []
        with store.begin() as tx:
            assert tx.outbox.cancel(undone, practice.now)
        practice.now += MINUTE
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert practice.row(kept).state is ReplyState.SENT
    assert [one.recipients for one in sink.messages] == [("person1@example.org",)]


@pytest.mark.parametrize("script", [{"RCPT": [say(b"550 no\r\n"), None]}, {"DOT": [say(b"554 spam\r\n"), None]}])
def test_a_rejected_reply_goes_to_staff_and_the_others_go_on(store: Store, script: Script) -> None:
    """5xx is final: the email waits for a person, and the next reply is sent."""
    with scripted(script) as server:
        practice = Practice(store, server.port)
        first, second = practice.plan(1), practice.plan(2)
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert practice.row(first).state is ReplyState.REJECTED
    assert practice.email(first) == WITH_STAFF_FAILED
    assert practice.row(second).state is ReplyState.SENT
    assert practice.email(second) == (EmailState.ANSWERED, "")


def test_a_deferred_reply_is_tried_again_when_its_time_comes(store: Store) -> None:
    """4xx waits a minute, then two; the reply arrives once."""
    with scripted({"DOT": [say(b"451 later\r\n"), say(b"451 later\r\n"), None]}) as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        for pause, state in (
            (MINUTE, ReplyState.DEFERRED),
            (2 * MINUTE, ReplyState.DEFERRED),
            (MINUTE, ReplyState.SENT),
        ):
            practice.delivery.deliver(practice.clock)
            assert practice.row(row_id).state is state
            practice.delivery.deliver(practice.clock)
            practice.now += pause
        practice.sender.close()
    assert practice.row(row_id).attempts == 3
    assert len(server.accepted) == 1


def test_what_is_not_accepted_before_its_deadline_goes_to_staff(store: Store) -> None:
    """A reply deferred for too long fails, and its email waits for a person."""
    with scripted({"RCPT": [say(b"450 full\r\n")]}) as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        for _ in range(20):
            practice.delivery.deliver(practice.clock)
            practice.now += timedelta(minutes=30)
        practice.sender.close()
    assert practice.row(row_id).state is ReplyState.FAILED
    assert practice.email(row_id) == WITH_STAFF_FAILED
    assert server.accepted == []


def test_in_observe_mode_nothing_is_handed_over(store: Store) -> None:
    """Observe sends nothing, but a reply from before that passes its deadline still reaches staff."""
    with accepting_server() as sink:
        practice = Practice(store, sink.port, mode=Mode.OBSERVE)
        row_id = practice.plan(1)
        practice.delivery.deliver(practice.clock)
        assert practice.row(row_id).state is ReplyState.READY
        practice.now += timedelta(hours=5)
        practice.delivery.deliver(practice.clock)
        assert sink.messages == []
    assert practice.email(row_id) == WITH_STAFF_FAILED


@pytest.mark.parametrize("act", [Drop(accepts=True), Drop(), say(b"garbage\r\n", accepts=True)], ids=repr)
def test_an_uncertain_reply_is_never_sent_again_by_itself(store: Store, act: Act) -> None:
    """Whatever happens after the dot, the reply stays unknown through many runs, and staff are told once, late."""
    with scripted({"DOT": [act, None]}) as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        for _ in range(4):
            practice.delivery.deliver(practice.clock)
            practice.delivery.settle(practice.now)
            practice.now += 4 * MINUTE
        assert practice.email(row_id) == (EmailState.ANSWERED, "")
        for _ in range(3):
            practice.delivery.settle(practice.now)
            practice.delivery.deliver(practice.clock)
            practice.now += MINUTE
        practice.sender.close()
    assert practice.row(row_id).state is ReplyState.UNKNOWN
    assert practice.email(row_id) == (EmailState.WITH_STAFF, "reply_uncertain")
    assert practice.log.counts()["email_held"] == 1
    assert len(server.accepted) <= 1


def test_staff_are_not_asked_again_after_they_dealt_with_it(store: Store) -> None:
    """An email that staff put right after an uncertain reply is left alone."""
    with scripted({"DOT": [Drop()]}) as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        practice.delivery.deliver(practice.clock)
    practice.delivery.settle(practice.now + 15 * MINUTE)
    with store.begin() as tx:
        tx.emails.set_state(practice.row(row_id).email_id, EmailState.ANSWERED, "", practice.now)
    practice.delivery.settle(practice.now + 30 * MINUTE)
    assert practice.email(row_id) == (EmailState.ANSWERED, "")


@pytest.mark.parametrize("minutes", [1, 20])
def test_evidence_in_the_mailbox_settles_an_uncertain_reply(store: Store, minutes: int) -> None:
    """Our Message-ID found in Sent proves it was sent, before and after staff were asked."""
    with scripted({"DOT": [Drop(accepts=True)]}) as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        practice.delivery.deliver(practice.clock)
    later = practice.now + minutes * MINUTE
    assert practice.delivery.settle(later) == 0
    row = practice.row(row_id)
    practice.mailbox.sent.append(row.content)
    assert practice.delivery.settle(later + MINUTE) == 1
    assert practice.row(row_id).state is ReplyState.SENT
    assert practice.email(row_id) == (EmailState.ANSWERED, "")


def test_staff_are_told_even_when_the_mailbox_cannot_be_searched(store: Store) -> None:
    """A mailbox that is down hides no uncertain reply from staff."""
    with scripted({"DOT": [Drop()]}) as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        practice.delivery.deliver(practice.clock)
    practice.mailbox.fail_next(TransientError("The mailbox is away."))
    with pytest.raises(TransientError):
        practice.delivery.settle(practice.now + 15 * MINUTE)
    assert practice.email(row_id) == (EmailState.WITH_STAFF, "reply_uncertain")


def test_an_unreachable_server_costs_no_attempt(store: Store) -> None:
    """Nothing is blamed on the replies: they are ready again, the next run rests, a later one sends them."""
    port = free_port()
    practice = Practice(store, port)
    rows = [practice.plan(number) for number in range(3)]
    with pytest.raises(TransientError):
        practice.delivery.deliver(practice.clock)
    assert practice.states() == {ReplyState.READY: 3}
    assert {practice.row(row_id).attempts for row_id in rows} == {0}
    assert practice.delivery.deliver(practice.clock).states == {}
    with scripted() as server:
        practice.sender = SmtpSender(SmtpAccount("127.0.0.1", server.port, Security.PLAIN, "", ""))
        again = Delivery(store, practice.sender, practice.log, Mode.SEND, from_address=SENDER)
        again.deliver(practice.clock)
        practice.sender.close()
    assert practice.states() == {ReplyState.SENT: 3}


def test_a_server_lost_in_a_burst_keeps_what_is_known(store: Store) -> None:
    """Sent stays sent, the one in flight is deferred, and what was not begun is ready again."""
    with scripted({"RCPT": [None, Drop()], "GREET": [None, Drop()]}) as server:
        practice = Practice(store, server.port)
        rows = [practice.plan(number) for number in range(4)]
        with pytest.raises(TransientError):
            practice.delivery.deliver(practice.clock)
    states = [practice.row(row_id).state for row_id in rows]
    assert states == [ReplyState.SENT, ReplyState.DEFERRED, ReplyState.READY, ReplyState.READY]
    assert len(server.accepted) == 1


def test_a_wrong_password_is_raised_and_nothing_is_lost(store: Store) -> None:
    """The operator is told; the replies wait; the same wrong password is not tried at every tick."""
    with scripted({"AUTH": [say(b"535 wrong\r\n")]}) as server:
        practice = Practice(store, server.port, user="hello@clinic.example.com")
        practice.plan(1)
        with pytest.raises(OperatorError):
            practice.delivery.deliver(practice.clock)
        practice.delivery.deliver(practice.clock)
    assert server.connections == 1
    assert practice.states() == {ReplyState.READY: 1}


def test_a_clock_set_back_does_not_prolong_the_rest(store: Store) -> None:
    """The rest after a failed connection is measured in time that goes by, whatever the wall clock says."""
    with scripted({"GREET": [Drop(), None]}) as server:
        practice = Practice(store, server.port)
        practice.plan(1)
        with pytest.raises(TransientError):
            practice.delivery.deliver(practice.clock)
        practice.now += timedelta(hours=1)
        practice.monotonic += 4
        practice.delivery.deliver(practice.clock)
        assert server.connections == 1
        practice.now -= timedelta(hours=1)
        practice.monotonic += 2
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert practice.states() == {ReplyState.SENT: 1}


@pytest.mark.parametrize("code", [530, 535])
def test_one_recipient_refused_like_a_login_stops_nobody_else(store: Store, code: int) -> None:
    """An answer that at MAIL would mean the password is, at RCPT, about this one reply: staff get it, others go on."""
    with scripted({"RCPT": [say(b"%d no\r\n" % code), None]}) as server:
        practice = Practice(store, server.port)
        first, second = practice.plan(1), practice.plan(2)
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert practice.row(first).state is ReplyState.REJECTED
    assert practice.email(first) == WITH_STAFF_FAILED
    assert practice.row(second).state is ReplyState.SENT


def test_asked_to_stop_it_ends_between_two_replies(store: Store) -> None:
    """What was not begun is given back; what was sent is recorded."""
    with scripted() as server:
        practice = Practice(store, server.port)
        for number in range(5):
            practice.plan(number)
        report = practice.delivery.deliver(practice.clock, lambda: len(server.accepted) >= 2)
        practice.sender.close()
    assert (report.states, report.released) == ({ReplyState.SENT: 2}, 3)
    assert practice.states() == {ReplyState.SENT: 2, ReplyState.READY: 3}


def _tampered(row: OutboxRow) -> dict[str, dict[str, Any]]:
    other = row.content.replace(b"purely elective", b"purely optional")
    return {
        "changed bytes": {"content": other},
        "changed bytes and digest": {"content": other, "sha256": sha256(other).hexdigest()},
        "another recipient": {"recipient": "somebody@example.net"},
        "no notices": {"notices": ()},
        "another Message-ID": {"message_id": "<other@clinic.example.com>"},
    }


@pytest.mark.parametrize(
    "what", ["changed bytes", "changed bytes and digest", "another recipient", "no notices", "another Message-ID"]
)
def test_bytes_that_fail_their_last_proof_never_leave(store: Store, what: str) -> None:
    """Whatever was changed in the outbox is seen before the wire; the email goes to staff."""
    with scripted() as server:
        practice = Practice(store, server.port)
        sample = practice.row(practice.plan(1))
        bad = practice.plan(2, **_tampered(replace(sample))[what])
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert practice.row(sample.id).state is ReplyState.SENT
    assert practice.row(bad).state is ReplyState.FAILED
    assert practice.email(bad) == WITH_STAFF_FAILED
    assert len(server.accepted) == 1


def test_drafts_are_put_down_once(store: Store) -> None:
    """In draft mode each reply lies in Drafts once, even when a run is repeated after a crash; nothing is sent."""
    with scripted() as server:
        practice = Practice(store, server.port, mode=Mode.DRAFT)
        row_id = practice.plan(1, channel=Mode.DRAFT)
        row = practice.row(row_id)
        practice.mailbox.save_draft(row.content, row.message_id)
        with store.begin() as tx:
            tx.outbox.claim(Mode.DRAFT, practice.now, 10)
        assert practice.delivery.recover(practice.now) == (1, 0)
        practice.delivery.deliver(practice.clock)
        practice.delivery.deliver(practice.clock)
    assert practice.row(row_id).state is ReplyState.DRAFTED
    assert [row.content] == list(practice.mailbox.drafts)
    assert server.connections == 0


def test_a_refused_draft_is_tried_again_later_and_the_others_are_put_down(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One draft that the server will not have waits longer each time and at last goes to staff; nobody waits for it."""
    practice = Practice(store, free_port(), mode=Mode.DRAFT)
    rows = [practice.plan(number, channel=Mode.DRAFT) for number in range(3)]
    real = practice.mailbox.save_draft

    def refuse(content: bytes, message_id: str) -> bool:
        if b"person0@example.org" in content:
            raise NotTakenError("The mail server did not take this draft.")
        return real(content, message_id)

    monkeypatch.setattr(practice.mailbox, "save_draft", refuse)
    practice.delivery.deliver(practice.clock)
    states = [practice.row(row_id).state for row_id in rows]
    assert states == [ReplyState.DEFERRED, ReplyState.DRAFTED, ReplyState.DRAFTED]
    assert practice.row(rows[0]).attempts == 1
    practice.now += MINUTE
    practice.delivery.deliver(practice.clock)
    assert (practice.row(rows[0]).state, practice.row(rows[0]).attempts) == (ReplyState.DEFERRED, 2)
    for _ in range(10):
        practice.now += 30 * MINUTE
        practice.delivery.deliver(practice.clock)
    assert practice.row(rows[0]).state is ReplyState.FAILED
    assert practice.email(rows[0]) == WITH_STAFF_FAILED


def test_a_mailbox_that_breaks_costs_no_draft_an_attempt(store: Store) -> None:
    """A broken connection is no refusal: everything is given back, and put down after a rest."""
    practice = Practice(store, free_port(), mode=Mode.DRAFT)
    rows = [practice.plan(number, channel=Mode.DRAFT) for number in range(2)]
    practice.mailbox.fail_next(TransientError("The mailbox is away."))
    with pytest.raises(TransientError):
        practice.delivery.deliver(practice.clock)
    assert {(practice.row(each).state, practice.row(each).attempts) for each in rows} == {(ReplyState.READY, 0)}
    practice.monotonic += 60
    practice.delivery.deliver(practice.clock)
    assert practice.states() == {ReplyState.DRAFTED: 2}


def test_a_store_that_fails_before_the_dot_stops_the_dot(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the commit that says `closing` the server never gets a whole message; the reply waits."""
    with scripted() as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        real: Callable[..., None] = practice.delivery._write

        def fail(*args: object, **options: object) -> None:
            if "closing" in options:
                raise OperatorError("The disk is full.", "Make room.")
            real(*args, **options)

        monkeypatch.setattr(practice.delivery, "_write", fail)
        with pytest.raises(OperatorError):
            practice.delivery.deliver(practice.clock)
    assert practice.row(row_id).state is ReplyState.READY
    assert server.accepted == []


@pytest.mark.parametrize("acts", [[None], [None, None]], ids=["one reply", "two replies"])
def test_what_a_full_disk_left_behind_is_found_without_a_restart(
    store: Store, monkeypatch: pytest.MonkeyPatch, acts: list[Act | None]
) -> None:
    """No commit works after the first dot; once the disk has room, sent is known as sent and the rest is sent, once."""
    with scripted() as server:
        practice = Practice(store, server.port)
        rows = [practice.plan(number) for number in range(len(acts))]
        real: Callable[..., None] = practice.delivery._write
        full = True

        def write(*args: object, **options: object) -> None:
            if full and server.accepted:
                raise OperatorError("The disk is full.", "Make room.")
            real(*args, **options)

        monkeypatch.setattr(practice.delivery, "_write", write)
        with pytest.raises(OperatorError):
            practice.delivery.deliver(practice.clock)
        assert practice.row(rows[0]).state is ReplyState.CLOSING
        full = False
        practice.now += MINUTE
        practice.monotonic += 60
        practice.delivery.deliver(practice.clock)
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert practice.states() == {ReplyState.SENT: len(rows)}
    assert practice.row(rows[0]).server_words == "250 queued as A1"
    assert len(server.accepted) == len(rows)
    assert practice.log.counts()["reply_sent"] == len(rows)


def test_what_an_internal_fault_left_behind_is_found_without_a_restart(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that nobody foresaw, after the claim: the next run gives the reply back and sends it."""
    with scripted() as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        with monkeypatch.context() as patched:
            patched.setattr(practice.delivery, "_hand_over", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                practice.delivery.deliver(practice.clock)
        assert practice.row(row_id).state is ReplyState.SENDING
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    assert practice.row(row_id).state is ReplyState.SENT


def test_a_process_that_lost_the_mailbox_recovers_nothing(store: Store) -> None:
    """What another process claimed meanwhile is not taken for left behind."""
    with scripted() as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        with store.begin() as tx:
            tx.outbox.claim(Mode.SEND, practice.now, 1)

        def lost(_: Session) -> None:
            raise OperatorError("Another triage has taken over this mailbox.")

        late = Delivery(store, practice.sender, practice.log, Mode.SEND, from_address=SENDER, fence=lost)
        for _ in range(2):
            with pytest.raises(OperatorError):
                late.deliver(practice.clock)
    assert practice.row(row_id).state is ReplyState.SENDING


_CHILD = """
import sys
from datetime import datetime
from triage.core.email import Address
from triage.core.rules import Mode
from triage.delivery import Delivery
from triage.events import EventLog
from triage.mailbox.account import Security, SmtpAccount
from triage.mailbox.smtp import SmtpSender
from triage.store import Store
url, port, spec, now = sys.argv[1:]
sender = SmtpSender(SmtpAccount("127.0.0.1", int(port), Security.PLAIN, "", "", spec))
store = Store.open(url, "harbor")
delivery = Delivery(store, sender, EventLog(), Mode.SEND, from_address=Address("Harbor Clinic", spec))
delivery.deliver(lambda: datetime.fromisoformat(now))
"""
_POINTS = {
    "after_claim": 0,
    "after_mail_from": 0,
    "after_rcpt": 0,
    "after_data": 0,
    "before_closing": 0,
    "after_closing": 1,
    "after_dot": 1,
    "after_accepted": 1,
    "after_settled": 0,
}


@pytest.mark.parametrize(("point", "uncertain"), _POINTS.items())
def test_killed_at_any_step_nobody_gets_it_twice(store: Store, tmp_path: Path, point: str, uncertain: int) -> None:
    """SIGKILL at the step, then recovery and a whole new run: each reply is accepted once, or is known as uncertain."""
    with scripted() as server:
        practice = Practice(store, server.port)
        rows = [practice.plan(number) for number in range(3)]
        _killed_at(point, tmp_path, server)
        assert practice.delivery.recover(practice.now)[1] == uncertain
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    counted = practice.states()
    assert counted == {
        state: count
        for state, count in {ReplyState.SENT: 3 - uncertain, ReplyState.UNKNOWN: uncertain}.items()
        if count
    }
    assert len(server.accepted) == len(set(server.accepted))
    assert len(server.accepted) >= len(rows) - uncertain


def _killed_at(point: str, tmp_path: Path, server: ScriptedServer) -> None:
    arguments = [f"sqlite:///{tmp_path / 'triage.db'}", str(server.port), SENDER.spec, NOW.isoformat()]
    environment = {"TRIAGE_FAILPOINT": point, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])}
    child = subprocess.run([sys.executable, "-c", _CHILD, *arguments], env=environment, timeout=60, check=False)
    assert child.returncode == -9
