"""What settles an uncertain reply: its copy, an answer, a bounce; and what only looks like it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.practice import Practice
from tests.support.raw_mail import raw, read
from tests.support.smtp_script import Act, Drop, scripted
from tests.support.store import open_store
from triage.core.decision import Hold, HoldReason, Ignore, IgnoreReason
from triage.core.ledger import EmailState, NewEntry
from triage.core.outbox import OutboxRow, ReplyState
from triage.evidence import Learned, enclosed_in, learn, settle_as_sent
from triage.recording import NOWHERE
from triage.store import Store

BOUNCE, OWN, ANSWER = Ignore(IgnoreReason.BOUNCE), Ignore(IgnoreReason.OWN_MAIL), Hold(HoldReason.ADDRESS_BUDGET)
ANSWERED = (EmailState.ANSWERED, "")
FAILED = (EmailState.WITH_STAFF, "reply_failed")
UNCERTAIN = (EmailState.WITH_STAFF, "reply_uncertain")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def one_reply(store: Store, act: Act | None, minutes: int = 0) -> tuple[Practice, OutboxRow]:
    """A practice whose one reply met `act` at its final dot; `minutes` later its uncertainty was looked at."""
    with scripted({"DOT": [act]}) as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        practice.delivery.deliver(practice.clock)
        practice.sender.close()
    if minutes:
        practice.pass_minutes(minutes)
        practice.delivery.settle(practice.now)
    return practice, practice.row(row_id)


def arrives(practice: Practice, content: bytes | str, decision: Ignore | Hold) -> tuple[Learned, ...]:
    """What a message teaches that intake decided on so."""
    data = content.encode() if isinstance(content, str) else content
    email = read(data)
    state = EmailState.NOT_ANSWERED if isinstance(decision, Ignore) else EmailState.WITH_STAFF
    entry = NewEntry(
        NOWHERE, email.message_id, email.fingerprint, "", email.received_at, state, decision, decision.reason.value
    )
    with practice.store.begin() as tx:
        return learn(tx, email, enclosed_in(raw(data).content), entry, practice.now)


def bounce(message_id: str, action: str = "failed", *, folded: bool = False) -> str:
    """A report in the form of RFC 3464 that returns the headers of our message only."""
    named = f"Message-ID:\n {message_id}" if folded else f"Message-ID: {message_id}"
    return (
        "From: MAILER-DAEMON@mail.example.org\nTo: hello@clinic.example.com\nSubject: Undelivered Mail\n"
        'Message-ID: <b1@mail.example.org>\nContent-Type: multipart/report; report-type=delivery-status; boundary="x"\n'
        "\n--x\nContent-Type: text/plain\n\nSorry.\n"
        f"--x\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@example.org\nAction: {action}\n"
        f"--x\nContent-Type: text/rfc822-headers\n\nSubject: ours\n{named}\n--x--\n"
    )


def letter_with(headers: str) -> str:
    """A person's mail with further headers."""
    return f"From: Ann <ann@example.org>\nMessage-ID: <a1@example.org>\n{headers}\n\nThank you for writing.\n"


HEADERS = ["In-Reply-To: {id}", "References: <x@y> {id}\n <z@y>", "In-Reply-To: <x@y>\nReferences: {id}"]


@pytest.mark.parametrize("minutes", [0, 20])
@pytest.mark.parametrize("headers", HEADERS)
def test_an_answer_settles_an_uncertain_reply(store: Store, headers: str, minutes: int) -> None:
    """Whoever answers our letter has it; the email counts as answered again, asked about or not."""
    practice, row = one_reply(store, Drop(), minutes)
    assert practice.email(row.id) == (UNCERTAIN if minutes else ANSWERED)
    learned = arrives(practice, letter_with(headers.format(id=row.message_id)), ANSWER)
    assert learned == (Learned(row.id, row.email_id, settled=True, failed=False),)
    assert practice.row(row.id).state is ReplyState.SENT
    assert practice.row(row.id).server_words == "Settled by an email that answers it."
    assert practice.email(row.id) == ANSWERED
    assert practice.story(row.id)["reply_settled"] == {"by": "answer"}


def test_our_own_copy_settles_an_uncertain_reply(store: Store) -> None:
    """The blind copy to ourselves is the very message, and it arrives only if the server took the message."""
    practice, row = one_reply(store, Drop(), 20)
    arrives(practice, row.content, OWN)
    assert practice.row(row.id).state is ReplyState.SENT
    assert practice.email(row.id) == ANSWERED
    assert practice.story(row.id)["reply_settled"] == {"by": "copy"}


@pytest.mark.parametrize("state", [ReplyState.UNKNOWN, ReplyState.SENT])
@pytest.mark.parametrize("folded", [False, True])
def test_a_bounce_tells_staff_that_the_letter_did_not_arrive(store: Store, state: ReplyState, folded: bool) -> None:
    """A bounce proves that the reply was accepted, and that the patient has nothing: a person must write."""
    practice, row = one_reply(store, Drop() if state is ReplyState.UNKNOWN else None)
    assert row.state is state
    content = bounce(row.message_id, folded=folded)
    learned = arrives(practice, content, BOUNCE)
    assert learned == (Learned(row.id, row.email_id, settled=state is ReplyState.UNKNOWN, failed=True),)
    assert practice.row(row.id).state is ReplyState.SENT
    assert practice.email(row.id) == FAILED
    assert arrives(practice, content, BOUNCE) == ()


def test_a_report_of_a_delay_is_evidence_but_no_failure(store: Store) -> None:
    """ "Delayed" means that the mail server has the letter and goes on trying."""
    practice, row = one_reply(store, Drop(), 20)
    arrives(practice, bounce(row.message_id, "delayed"), BOUNCE)
    assert practice.row(row.id).state is ReplyState.SENT
    assert practice.email(row.id) == ANSWERED


@pytest.mark.parametrize(
    "quoted",
    [
        "This is the mail system.\n\n--- The header of the original message is following. ---\n\nMessage-ID: {id}\n",
        "   ----- Original message -----\n> Message-Id: {id}\n",
    ],
)
def test_a_bounce_of_plain_text_is_understood(store: Store, quoted: str) -> None:
    """Old mail systems quote the returned message in plain text, perhaps with its lines broken for the wire."""
    practice, row = one_reply(store, Drop())
    text = quoted.format(id=row.message_id).replace("triage.", "triage=2E").replace("clinic.", "clinic.=\n")
    head = "From: MAILER-DAEMON@example.org\nContent-Transfer-Encoding: quoted-printable\n\n"
    arrives(practice, head + text, BOUNCE)
    assert practice.email(row.id) == FAILED


def test_a_message_that_only_quotes_the_message_id_proves_nothing(store: Store) -> None:
    """Staff may write the Message-ID to each other; only a bounce's body and threading headers count."""
    practice, row = one_reply(store, Drop(), 20)
    assert arrives(practice, letter_with("Subject: about") + f"\nWhat of {row.message_id}?\n", ANSWER) == ()
    assert arrives(practice, bounce(row.message_id), ANSWER) == ()
    assert practice.row(row.id).state is ReplyState.UNKNOWN
    assert practice.email(row.id) == UNCERTAIN


@pytest.mark.parametrize(
    "named",
    ["<triage.{token}@other.example.com>", "<triage.0123456789abcdef0123456789abcdef@clinic.example.com>", "<x@y>"],
)
def test_a_message_id_that_is_not_exactly_ours_proves_nothing(store: Store, named: str) -> None:
    """A guessed token or another domain settles nothing."""
    practice, row = one_reply(store, Drop())
    token = row.message_id.partition(".")[2].partition("@")[0]
    message_id = named.format(token=token)
    assert arrives(practice, letter_with(f"In-Reply-To: {message_id}"), ANSWER) == ()
    assert arrives(practice, bounce(message_id), BOUNCE) == ()
    assert practice.row(row.id).state is ReplyState.UNKNOWN


def test_evidence_that_comes_before_the_outcome_is_remembered(store: Store) -> None:
    """The copy arrives while the server is still silent; when it stays so, the reply is settled without a search."""
    with scripted({"DOT": [Drop()]}) as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        with store.begin() as tx:
            (row,) = tx.outbox.claim(practice.mode, practice.now, 1)
            tx.outbox.begin_closing(row_id, practice.now)
        arrives(practice, row.content, OWN)
        assert practice.row(row_id).state is ReplyState.CLOSING
        assert practice.delivery.recover(practice.now) == (0, 1)
        assert practice.delivery.settle(practice.now) == 1
    assert practice.row(row_id).state is ReplyState.SENT


def test_a_bounce_that_comes_before_the_outcome_keeps_its_word(store: Store) -> None:
    """Staff know that it did not arrive; nobody tells them later that it may have been sent."""
    practice = Practice(store, 1)
    row_id = practice.plan(1)
    with store.begin() as tx:
        (row,) = tx.outbox.claim(practice.mode, practice.now, 1)
        tx.outbox.begin_closing(row_id, practice.now)
    arrives(practice, bounce(row.message_id), BOUNCE)
    practice.delivery.recover(practice.now)
    practice.pass_minutes(20)
    practice.delivery.settle(practice.now)
    assert practice.email(row_id) == FAILED


def test_a_server_that_refused_and_sent_nevertheless_is_found_out(store: Store) -> None:
    """An answer to a deferred reply proves that it went out, so it is not tried again."""
    with scripted({"DOT": [Drop(accepts=True)]}) as server:
        practice = Practice(store, server.port)
        row_id = practice.plan(1)
        practice.defer(row_id)
        arrives(practice, letter_with(f"In-Reply-To: {practice.row(row_id).message_id}"), ANSWER)
        practice.pass_minutes(60)
        practice.delivery.deliver(practice.clock)
        assert server.connections == 0
    assert practice.row(row_id).state is ReplyState.SENT


def test_what_staff_did_with_the_email_is_not_undone(store: Store) -> None:
    """A bounce leaves an email alone that staff hold for another reason, and evidence settles nothing twice."""
    practice, row = one_reply(store, None)
    with store.begin() as tx:
        tx.emails.set_state(row.email_id, EmailState.WITH_STAFF, "distress", practice.now)
    assert arrives(practice, bounce(row.message_id), BOUNCE) == ()
    assert practice.email(row.id) == (EmailState.WITH_STAFF, "distress")
    with store.begin() as tx:
        assert not settle_as_sent(tx, row, "answer", "again", practice.now)


def test_hostile_bytes_are_searched_in_one_pass() -> None:
    """64 KiB of almost-Message-IDs take no longer than 64 KiB of anything."""
    start = time.perf_counter()
    for piece in (b"<triage.", b"<triage." + b"a" * 32 + b"@", b"action:" + b" " * 30 + b"\n", b"=\n"):
        enclosed_in(b"<triage." + piece * (65536 // len(piece)))
    assert time.perf_counter() - start < 2
    many = b"".join(b"<triage.%032x@example.com>" % number for number in range(1000))
    assert len(enclosed_in(many).message_ids) == 50
