"""The ledger: one row per email, found again by place, fingerprint and Message-ID, counted without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from tests.support.store import NOW, new_entry, new_reply, new_submission, open_store
from triage.core.decision import Hold, HoldReason, Ignore, IgnoreReason, Reply
from triage.core.email import Place
from triage.core.ledger import EmailState
from triage.core.letter import LetterName
from triage.core.match import Evidence, EvidenceKind, Match, Verdict
from triage.core.outbox import ReplyState
from triage.core.signal import Screening, Signal, SignalKind
from triage.store import DayCount, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = open_store(tmp_path)
    yield store
    store.close()


def test_an_entry_comes_back_as_it_was_written(store: Store) -> None:
    """Every field of a decided email survives, times in UTC, with its evidence and signals as sentences."""
    received = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=-6)))
    evidence = Evidence(EvidenceKind.PHONE, 12.5, "The phone number is the same.")
    with store.begin() as tx:
        submission_id, _ = tx.submissions.add(new_submission(), [], NOW, address_key="")
        entry = new_entry(
            received_at=received,
            state=EmailState.WITH_STAFF,
            decision=Hold(HoldReason.MINOR, urgent=True),
            reason=HoldReason.MINOR.value,
            urgent=True,
            match=Match(Verdict.PROBABLE, submission_id, 12.5, (evidence,)),
            screening=Screening((Signal(SignalKind.MINOR, "age"),)),
        )
        email_id = tx.emails.add(entry, NOW)
        found = tx.emails.get(email_id)
    assert found is not None
    assert found.received_at == received
    assert found.received_at.tzinfo is UTC
    assert (found.decision, found.reason, found.letter, found.urgent) == ("hold", "minor", "", True)
    assert (found.verdict, found.submission_id) == ("probable", submission_id)
    assert found.evidence == (("phone", "The phone number is the same."),)
    assert found.signals == (("minor", SignalKind.MINOR.sentence),)
    assert (found.place, found.recorded_at, found.marked, found.reply_state) == (entry.place, NOW, False, "")


@pytest.mark.parametrize(
    ("decision", "word", "letter"),
    [
        (Reply(LetterName.RECEIVED), "reply", "received"),
        (Hold(HoldReason.LEGAL), "hold", ""),
        (Ignore(IgnoreReason.BULK), "ignore", ""),
        (None, "quarantine", ""),
    ],
)
def test_each_kind_of_decision_has_its_word(
    store: Store, decision: Reply | Hold | Ignore | None, word: str, letter: str
) -> None:
    """The ledger names the decision, and the letter when there is one."""
    with store.begin() as tx:
        found = tx.emails.get(tx.emails.add(new_entry(decision=decision), NOW))
    assert found is not None
    assert (found.decision, found.letter) == (word, letter)


def test_one_place_holds_one_email(store: Store) -> None:
    """The same folder, UIDVALIDITY and UID cannot be recorded twice; another UIDVALIDITY is another place."""
    with store.begin() as tx:
        tx.emails.add(new_entry(1), NOW)
        tx.emails.add(new_entry(1, place=Place("INBOX", 8, 1)), NOW)
        assert list(tx.emails.at_places("INBOX", 7, [1, 2])) == [1]
        assert list(tx.emails.at_places("INBOX", 8, [1])) == [1]
        assert tx.emails.at_places("INBOX", 9, [1]) == {}
        assert tx.emails.at_places("Archive", 7, [1]) == {}
    with pytest.raises(IntegrityError), store.begin() as tx:
        tx.emails.add(new_entry(1), NOW)


def test_known_fingerprints_give_the_first_entry(store: Store) -> None:
    """Of several copies the oldest entry counts, and a thousand fingerprints can be asked for at once."""
    with store.begin() as tx:
        first = tx.emails.add(new_entry(1, fingerprint="same"), NOW)
        tx.emails.add(new_entry(2, fingerprint="same"), NOW)
        third = tx.emails.add(new_entry(3), NOW)
        found = tx.emails.known(["same", "fingerprint-3", *(f"unknown-{number}" for number in range(1200))])
    assert {fingerprint: entry.id for fingerprint, entry in found.items()} == {"same": first, "fingerprint-3": third}


def test_a_message_id_finds_every_copy(store: Store) -> None:
    """Two copies of one message are both found, oldest first; an unknown Message-ID finds none."""
    with store.begin() as tx:
        ids = [tx.emails.add(new_entry(uid, message_id="<same@example.com>"), NOW) for uid in (1, 2)]
        assert [entry.id for entry in tx.emails.by_message_id("<same@example.com>")] == ids
        assert tx.emails.by_message_id("<other@example.com>") == []


def test_a_moved_email_keeps_its_mark_unless_the_folder_was_rebuilt(store: Store) -> None:
    """Another folder keeps the mark; a new UIDVALIDITY of the same folder may have lost it."""
    with store.begin() as tx:
        email_id = tx.emails.add(new_entry(1), NOW)
        tx.emails.set_marked([email_id])
        tx.emails.move(email_id, Place("Archive", 3, 9))
        moved = tx.emails.get(email_id)
        assert moved is not None
        assert (moved.place, moved.marked) == (Place("Archive", 3, 9), True)
        tx.emails.move(email_id, Place("Archive", 4, 1))
        moved = tx.emails.get(email_id)
        assert moved is not None
        assert (moved.place, moved.marked) == (Place("Archive", 4, 1), False)


def test_a_new_state_is_shown_in_the_mailbox_again(store: Store) -> None:
    """An email whose outcome changed is unmarked until the mailbox shows the new one."""
    with store.begin() as tx:
        ids = [tx.emails.add(new_entry(uid), NOW) for uid in (3, 1, 2)]
        assert tx.emails.unmarked("INBOX", 7, 2) == [
            (ids[1], 1, EmailState.ANSWERED),
            (ids[2], 2, EmailState.ANSWERED),
        ]
        tx.emails.set_marked(ids)
        assert tx.emails.unmarked("INBOX", 7, 10) == []
        tx.emails.set_state(ids[0], EmailState.WITH_STAFF, HoldReason.REPLY_FAILED.value, NOW)
        assert tx.emails.unmarked("INBOX", 7, 10) == [(ids[0], 3, EmailState.WITH_STAFF)]
        assert tx.emails.unmarked("INBOX", 8, 10) == []
        changed = tx.emails.get(ids[0])
    assert changed is not None
    assert (changed.state, changed.reason, changed.decision) == (EmailState.WITH_STAFF, "reply_failed", "reply")


def test_changing_an_email_that_does_not_exist_is_an_error(store: Store) -> None:
    """A wrong id is a mistake of ours and never passes silently."""
    for change in (
        lambda tx: tx.emails.move(99, Place("INBOX", 1, 1)),
        lambda tx: tx.emails.set_state(99, EmailState.WITH_STAFF, "", NOW),
    ):
        with pytest.raises(ValueError, match="no email 99"), store.begin() as tx:
            change(tx)


def test_the_ledger_streams_everything_with_the_newest_replys_state(store: Store) -> None:
    """More entries than one page of the stream come in order, each with the state of its newest reply."""
    with store.begin() as tx:
        ids = [tx.emails.add(new_entry(uid), NOW) for uid in range(1, 1103)]
        tx.outbox.plan(new_reply(ids[0]), NOW)
        newest = new_reply(ids[0], letter=LetterName.RECEIVED, message_id="<b@x>", state=ReplyState.READY)
        tx.outbox.plan(newest, NOW)
    with store.read() as tx:
        entries = list(tx.emails.ledger())
    assert [entry.id for entry in entries] == ids
    assert [entry.reply_state for entry in entries[:2]] == ["ready", ""]


def test_the_counts_add_up_to_what_arrived(store: Store) -> None:
    """arrived = answered + not answered + with staff + quarantined, also for states without emails."""
    states = [EmailState.ANSWERED, EmailState.ANSWERED, EmailState.NOT_ANSWERED, EmailState.QUARANTINED]
    with store.begin() as tx:
        assert set(tx.emails.counts().values()) == {0}
        for uid, state in enumerate(states, 1):
            tx.emails.add(new_entry(uid, state=state), NOW)
        assert tx.emails.counts() == {
            EmailState.ANSWERED: 2,
            EmailState.NOT_ANSWERED: 1,
            EmailState.WITH_STAFF: 0,
            EmailState.QUARANTINED: 1,
        }


def test_days_are_the_practices_days(store: Store) -> None:
    """An email that arrives late in the evening counts on the practice's day, not on the day in UTC."""
    late = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)
    with store.begin() as tx:
        tx.emails.add(new_entry(1, received_at=late), NOW)
        tx.emails.add(new_entry(2, received_at=late), NOW)
        assert tx.emails.counts_by_day("America/Chicago") == [DayCount(date(2026, 3, 2), EmailState.ANSWERED, "", 2)]
        assert tx.emails.counts_by_day("UTC")[0].day == date(2026, 3, 3)


def test_the_oldest_waiting_email_is_the_one_staff_keep_waiting(store: Store) -> None:
    """Only emails with staff count, by their arrival."""
    waiting = new_entry(1, state=EmailState.WITH_STAFF)
    with store.begin() as tx:
        assert tx.emails.oldest_waiting() is None
        tx.emails.add(waiting, NOW)
        tx.emails.add(replace(waiting, place=Place("INBOX", 7, 2), received_at=NOW - timedelta(days=2)), NOW)
        tx.emails.add(new_entry(3, received_at=NOW - timedelta(days=9)), NOW)
        assert tx.emails.oldest_waiting() == NOW - timedelta(days=2)


def test_a_form_finds_the_answered_emails_that_wait_for_it(store: Store) -> None:
    """Only answered emails of these senders, young enough, whose letter did not know of a form."""
    letters = {
        1: new_entry(1),
        2: new_entry(2, decision=Reply(LetterName.RECEIVED)),
        3: new_entry(3, decision=Reply(LetterName.BOTH_RECEIVED)),
        4: new_entry(4, sender_key="bob@example.com"),
        5: new_entry(5, received_at=NOW - timedelta(days=40)),
        6: new_entry(6, state=EmailState.WITH_STAFF),
        7: new_entry(7, sender_key=""),
    }
    with store.begin() as tx:
        for entry in letters.values():
            tx.emails.add(entry, NOW)
        found = tx.emails.waiting_for_form(["ann@example.com", "", "nobody@example.com"], NOW - timedelta(days=30))
    assert [entry.place.uid for entry in found] == [1, 2]


def test_a_machine_in_the_conversation_is_remembered(store: Store) -> None:
    """By the message answered, or by its sender within the time; a first email has no conversation."""
    machine = new_entry(
        1,
        message_id="<robot@example.org>",
        sender_key="ann@example.com",
        state=EmailState.NOT_ANSWERED,
        decision=Ignore(IgnoreReason.OUT_OF_OFFICE),
        reason=IgnoreReason.OUT_OF_OFFICE.value,
        received_at=NOW,
    )
    day = timedelta(days=1)
    with store.begin() as tx:
        tx.emails.add(machine, NOW)
        assert tx.emails.had_machine("bob@example.com", ["<robot@example.org>"], NOW - day)
        assert tx.emails.had_machine("ann@example.com", ["<ours@example.com>"], NOW - day)
        assert not tx.emails.had_machine("ann@example.com", ["<ours@example.com>"], NOW + day)
        assert not tx.emails.had_machine("bob@example.com", ["<ours@example.com>"], NOW - day)
        assert not tx.emails.had_machine("ann@example.com", [], NOW - day)
        assert not tx.emails.had_machine("", ["<ours@example.com>"], NOW - day)
