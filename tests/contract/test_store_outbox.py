"""The outbox: every transition that is allowed, every one that is refused, and bytes that nobody can change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from tests.support.store import NOTICES, NOW, new_entry, new_reply, new_submission, open_store, put_reply
from triage.core.decision import Ignore, IgnoreReason
from triage.core.ledger import EmailState
from triage.core.letter import LetterName, Notice
from triage.core.outbox import ReplyState, Settlement
from triage.core.rules import Mode
from triage.store import Session, Store
from triage.store.transitions import FIRST

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = open_store(tmp_path)
    yield store
    store.close()


def state_of(tx: Session, row_id: int) -> ReplyState:
    row = tx.outbox.get(row_id)
    assert row is not None
    return row.state


def test_a_reply_comes_back_with_its_bytes_and_its_notices_texts(store: Store) -> None:
    """A stored reply carries everything that is proven again before the wire."""
    content = bytes(range(256)) * 40
    with store.begin() as tx:
        row_id = put_reply(tx, ReplyState.READY, content=content, sha256="abc")
    with store.read() as tx:
        row = tx.outbox.get(row_id)
        assert row is not None
        assert (row.content, row.sha256, row.notices) == (content, "abc", NOTICES)
        assert tx.outbox.by_email(row.email_id) == [row]
        assert tx.outbox.by_state(ReplyState.READY) == [row]
        assert tx.outbox.by_state(ReplyState.SENT) == []
        assert tx.outbox.get(99) is None


def test_a_notice_edited_under_its_old_version_keeps_both_texts(store: Store) -> None:
    """Each reply shows the very words it carried, even when somebody forgot to raise the version."""
    edited = (Notice("elective", "en", 1, "Treatment is elective."),)
    with store.begin() as tx:
        first = put_reply(tx, ReplyState.READY, 1)
    with store.begin() as tx:
        second = put_reply(tx, ReplyState.READY, 2, notices=edited)
    with store.read() as tx:
        rows = [tx.outbox.get(row_id) for row_id in (first, second)]
    assert [row.notices for row in rows if row] == [NOTICES, edited]


def test_the_bytes_of_a_reply_cannot_be_changed(store: Store, tmp_path: Path) -> None:
    """The database itself refuses to change or remove frozen bytes."""
    with store.begin() as tx:
        put_reply(tx, ReplyState.READY)
    raw = sqlite3.connect(tmp_path / "triage.db")
    for act in ("UPDATE outbox_content SET content = x'00'", "DELETE FROM outbox_content"):
        with pytest.raises(sqlite3.IntegrityError, match="frozen"):
            raw.execute(act)
    raw.close()


def test_an_email_gets_each_letter_once(store: Store) -> None:
    """Planning the same letter for the same email again is refused, whatever became of the first."""
    with store.begin() as tx:
        row_id = put_reply(tx, ReplyState.CANCELLED)
        row = tx.outbox.get(row_id)
        assert row is not None
        assert tx.outbox.plan(new_reply(row.email_id, message_id="<other@x>"), NOW) is None
        other = new_reply(row.email_id, letter=LetterName.BOTH_RECEIVED, message_id="<third@x>")
        assert tx.outbox.plan(other, NOW) is not None


def test_a_form_without_an_email_gets_each_letter_once(store: Store) -> None:
    """A reply to a form alone is unique by form and letter; one that answers nothing is refused."""
    with store.begin() as tx:
        ids = [tx.submissions.add(new_submission(number), [], NOW, address_key="")[0] for number in ("1", "2")]
        to_form = new_reply(0, letter=LetterName.EMAIL_MISSING, submission_id=ids[0])
        assert tx.outbox.plan(to_form, NOW) is not None
        assert tx.outbox.plan(replace(to_form, message_id="<b@x>"), NOW) is None
        assert tx.outbox.plan(replace(to_form, message_id="<c@x>", submission_id=ids[1]), NOW) is not None
        with pytest.raises(ValueError, match="answers an email or a form"):
            tx.outbox.plan(new_reply(0), NOW)


def test_a_message_id_is_used_once_and_an_unknown_email_is_not_answered(store: Store) -> None:
    """The database refuses a second reply with one Message-ID, and a reply to an email that is not in the ledger."""
    with store.begin() as tx:
        put_reply(tx, ReplyState.PLANNED, 1, message_id="<same@x>")
    with pytest.raises(IntegrityError), store.begin() as tx:
        put_reply(tx, ReplyState.PLANNED, 2, message_id="<same@x>")
    with pytest.raises(IntegrityError), store.begin() as tx:
        tx.outbox.plan(new_reply(99), NOW)


@pytest.mark.parametrize("state", sorted(set(ReplyState) - FIRST))
def test_a_reply_begins_planned_ready_or_observed(store: Store, state: ReplyState) -> None:
    """No reply enters the outbox as if an attempt had already been made."""
    with store.begin() as tx:
        email_id = tx.emails.add(new_entry(), NOW)
        with pytest.raises(ValueError, match="begins"):
            tx.outbox.plan(new_reply(email_id, state=state), NOW)


def test_the_undo_window_ends_at_its_time(store: Store) -> None:
    """A planned reply becomes ready at `not_before`, not a second earlier, and can be taken back until then."""
    with store.begin() as tx:
        row_id = put_reply(tx, ReplyState.PLANNED, not_before=NOW + timedelta(seconds=30))
        assert tx.outbox.promote(NOW + timedelta(seconds=29)) == 0
        assert tx.outbox.claim(Mode.SEND, NOW + timedelta(seconds=29), 9) == []
        assert tx.outbox.promote(NOW + timedelta(seconds=30)) == 1
        assert not tx.outbox.cancel(row_id, NOW)


def test_claiming_takes_only_what_is_due_for_its_channel(store: Store) -> None:
    """Drafts, observed replies, replies past their deadline and deferred ones before their time are left alone."""
    with store.begin() as tx:
        draft = put_reply(tx, ReplyState.READY, 1, channel=Mode.DRAFT)
        put_reply(tx, ReplyState.READY, 3, channel=Mode.OBSERVE)
        put_reply(tx, ReplyState.READY, 4, deadline=NOW)
        send = put_reply(tx, ReplyState.READY, 2)
        put_reply(tx, ReplyState.OBSERVED, 5)
        assert [row.id for row in tx.outbox.claim(Mode.SEND, NOW, 9)] == [send]
        assert [row.id for row in tx.outbox.claim(Mode.DRAFT, NOW, 9)] == [draft]
        tx.outbox.settle(Settlement(send, ReplyState.DEFERRED, "451 later", NOW + timedelta(minutes=5)), NOW)
        assert tx.outbox.claim(Mode.SEND, NOW + timedelta(minutes=4), 9) == []
        (again,) = tx.outbox.claim(Mode.SEND, NOW + timedelta(minutes=5), 9)
    assert (again.attempts, again.server_words, again.state) == (2, "451 later", ReplyState.SENDING)


def test_a_claim_takes_the_longest_due_first_and_not_more_than_asked(store: Store) -> None:
    """Old replies do not starve behind new ones."""
    with store.begin() as tx:
        ids = [
            put_reply(tx, ReplyState.READY, uid, not_before=NOW - timedelta(minutes=minutes))
            for uid, minutes in ((1, 1), (2, 3), (3, 2))
        ]
        assert [row.id for row in tx.outbox.claim(Mode.SEND, NOW, 2)] == [ids[1], ids[2]]
        assert [row.id for row in tx.outbox.claim(Mode.SEND, NOW, 2)] == [ids[0]]


def test_a_released_reply_has_not_been_tried(store: Store) -> None:
    """Giving a claim back takes the attempt back too; one wrong id gives none back."""
    with store.begin() as tx:
        row_id = put_reply(tx, ReplyState.SENDING)
    with pytest.raises(ValueError, match="cannot become ready"), store.begin() as tx:
        tx.outbox.release([row_id, 99], NOW)
    with store.begin() as tx:
        assert state_of(tx, row_id) == ReplyState.SENDING
        tx.outbox.release([row_id], NOW)
        (row,) = tx.outbox.claim(Mode.SEND, NOW, 1)
    assert row.attempts == 1


def test_after_a_crash_sending_is_sent_again_and_closing_is_unknown(store: Store) -> None:
    """Before the dot nothing was accepted; after it nobody can know. Everything else is left alone."""
    with store.begin() as tx:
        sending, closing = put_reply(tx, ReplyState.SENDING, 1), put_reply(tx, ReplyState.CLOSING, 2)
        sent, deferred = put_reply(tx, ReplyState.SENT, 3), put_reply(tx, ReplyState.DEFERRED, 4)
    with store.begin() as tx:
        assert tx.outbox.recover(LATER) == ([sending], [closing])
        assert tx.outbox.recover(LATER) == ([], [])
        assert [state_of(tx, row) for row in (sending, closing, sent, deferred)] == [
            ReplyState.READY,
            ReplyState.UNKNOWN,
            ReplyState.SENT,
            ReplyState.DEFERRED,
        ]


def test_expired_replies_are_handed_to_staff(store: Store) -> None:
    """What was not handed over before its deadline is returned once; what is being sent is left alone."""
    with store.begin() as tx:
        late = [put_reply(tx, state, uid) for uid, state in enumerate((ReplyState.READY, ReplyState.PLANNED), 1)]
        sending = put_reply(tx, ReplyState.SENDING, 9, not_before=NOW - timedelta(hours=1))
        end = NOW + timedelta(hours=24)
        assert tx.outbox.expire(end - timedelta(seconds=1)) == []
        assert sorted(row.id for row in tx.outbox.expire(end)) == sorted(late)
        assert tx.outbox.expire(end) == []
        assert state_of(tx, sending) == ReplyState.SENDING


def test_the_servers_words_are_kept_short(store: Store) -> None:
    """A server that talks for pages fills 500 characters, and a deferral without a time is refused."""
    with store.begin() as tx:
        row_id = put_reply(tx, ReplyState.CLOSING)
        with pytest.raises(ValueError, match="next attempt"):
            tx.outbox.settle(Settlement(row_id, ReplyState.DEFERRED), NOW)
        for state in (ReplyState.PLANNED, ReplyState.READY, ReplyState.CANCELLED, ReplyState.CLOSING):
            with pytest.raises(ValueError, match="no attempt ends as"):
                tx.outbox.settle(Settlement(row_id, state), NOW)
        tx.outbox.settle(Settlement(row_id, ReplyState.REJECTED, "5" * 5000), LATER)
        row = tx.outbox.get(row_id)
    assert row is not None
    assert (row.server_words, row.updated_at) == ("5" * 500, LATER)


def test_a_thread_leads_to_the_forms_we_wrote_about(store: Store) -> None:
    """Message-IDs of our replies give their submissions; others and replies without one give nothing."""
    with store.begin() as tx:
        submission_id, _ = tx.submissions.add(new_submission(), [], NOW, address_key="")
        put_reply(tx, ReplyState.SENT, 1, message_id="<one@x>", submission_id=submission_id)
        put_reply(tx, ReplyState.SENT, 2, message_id="<two@x>")
        assert tx.outbox.thread_submissions(["<one@x>", "<two@x>", "<three@x>"]) == {submission_id}
        assert tx.outbox.thread_submissions([]) == frozenset()


def test_states_are_told_by_email_and_counted(store: Store) -> None:
    """The newest reply speaks for its email; states without replies count 0."""
    with store.begin() as tx:
        first = tx.outbox.get(put_reply(tx, ReplyState.SENT, 1))
        second = tx.outbox.get(put_reply(tx, ReplyState.CANCELLED, 2))
        assert first is not None
        assert second is not None
        newer = new_reply(first.email_id, letter=LetterName.BOTH_RECEIVED, message_id="<n@x>")
        tx.outbox.plan(newer, NOW)
        assert tx.outbox.states_of([first.email_id, second.email_id, 99]) == {
            first.email_id: ReplyState.PLANNED,
            second.email_id: ReplyState.CANCELLED,
        }
        counts = tx.outbox.counts()
    assert {state: count for state, count in counts.items() if count} == {
        ReplyState.SENT: 1,
        ReplyState.CANCELLED: 1,
        ReplyState.PLANNED: 1,
    }
    assert set(counts) == set(ReplyState)


def test_a_person_gives_an_uncertain_reply_a_new_deadline_and_nothing_else(store: Store) -> None:
    """Sent again, the reply is due at once until the new deadline, with the bytes and the Message-ID it had."""
    with store.begin() as tx:
        row_id = put_reply(tx, ReplyState.UNKNOWN)
        before = tx.outbox.get(row_id)
        assert before is not None
        later = before.deadline + timedelta(days=2)
        assert tx.outbox.send_again_by_person(row_id, later + timedelta(hours=1), later)
        assert tx.outbox.expire(later) == []
        (again,) = tx.outbox.claim(Mode.SEND, later, 9)
        assert (again.content, again.sha256, again.message_id) == (before.content, before.sha256, before.message_id)
        assert (again.attempts, again.deadline) == (before.attempts + 1, later + timedelta(hours=1))
        assert not tx.outbox.send_again_by_person(row_id, later, later)


def test_replies_are_found_by_their_message_ids_and_copies_by_both(store: Store) -> None:
    """Only an email kept as the practice's own mail, with the Message-ID of a reply, is a copy of that reply."""
    own = {"state": EmailState.NOT_ANSWERED, "decision": Ignore(IgnoreReason.OWN_MAIL), "reason": "own_mail"}
    with store.begin() as tx:
        row_id = put_reply(tx, ReplyState.SENT, 1, message_id="<one@x>")
        copy = tx.emails.add(new_entry(2, message_id="<one@x>", **own), NOW)
        other = tx.emails.add(new_entry(3, message_id="<other@x>", **own), NOW)
        foreign = tx.emails.add(new_entry(4, message_id="<one@x>"), NOW)
        assert [row.id for row in tx.outbox.by_message_ids(["<one@x>", "<none@x>"])] == [row_id]
        assert tx.outbox.by_message_ids([]) == []
        assert tx.outbox.own_copies([copy, other, foreign]) == {copy}
