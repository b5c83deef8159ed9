"""What shows that an uncertain reply was sent: our own copy of it, an answer to it, a bounce that names it.

A reply's Message-ID holds a token that nobody can guess (`core.reply`), so whoever names it has seen the reply, and the
mail server must have accepted it. Not finding it proves nothing: that is for staff. A bounce proves one thing more:
the patient did not get the letter. This module never makes a reply ready to be sent again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.decision import HoldReason, Ignore, IgnoreReason
from triage.core.email import Email
from triage.core.ledger import EmailState, NewEntry
from triage.core.outbox import OutboxRow, ReplyState
from triage.errors import OperatorError, TransientError
from triage.events import Event, EventLog
from triage.mailbox.port import Mailbox
from triage.store import Session, Store

_SEARCHED_FOR = timedelta(days=3)
_MOST_NAMED = 50
_MARK = b"<triage."
_NAMED = re.compile(r"<triage\.[0-9a-f]{32}@[!-;=?-~]{1,255}>")
_NAMED_IN_BYTES = re.compile(_NAMED.pattern.encode("ascii"))
_ACTION = re.compile(rb"^action:[ \t]{0,20}([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)

_WORDS = {
    "copy": "Settled by our own copy of it in the mailbox.",
    "answer": "Settled by an email that answers it.",
    "bounce": "Settled by a bounce that names it.",
}
_UNDER_WAY = frozenset({ReplyState.SENDING, ReplyState.CLOSING})
_WENT_OUT = _UNDER_WAY | {ReplyState.SENT}
_OPEN = frozenset(
    {
        (EmailState.WITH_STAFF, HoldReason.REPLY_UNCERTAIN.value),
        (EmailState.NOT_ANSWERED, IgnoreReason.LEFT_UNCERTAIN.value),
    }
)
"""How an email stands whose reply is an open question."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What the bytes of a message say of our replies, should it be a bounce.

    `message_ids` are the ones of our shape, wherever they stand. `failed` is False when the report speaks only of a
    delay or a success (RFC 3464 section 2.3.3).
    """

    message_ids: tuple[str, ...] = ()
    failed: bool = True


NOTHING = Enclosed()


@dataclass(frozen=True, slots=True)
class Learned:
    """What one message taught us about one reply: it was sent after all, its delivery failed, or both."""

    reply_id: int
    email_id: int
    settled: bool
    failed: bool


def enclosed_in(content: bytes) -> Enclosed:
    """Look through the first bytes of a message once; one pass, whatever the bytes."""
    if _MARK not in content:
        return NOTHING
    content = content.replace(b"\r\n", b"\n").replace(b"=\n", b"")  # quoted-printable breaks long lines (RFC 2045 6.7)
    found = (named.decode("ascii") for named in _NAMED_IN_BYTES.findall(content))
    actions = {action.lower() for action in _ACTION.findall(content)}
    return Enclosed(_first_ones(found), not actions or b"failed" in actions)


def learn(tx: Session, email: Email, enclosed: Enclosed, entry: NewEntry, now: datetime) -> tuple[Learned, ...]:
    """Settle, in the transaction that records a message, every reply it gives evidence of.

    Of an ordinary message only the threading headers count; of a bounce also what it encloses.
    """
    bounced = entry.decision == Ignore(IgnoreReason.BOUNCE)
    named = _headers_name(email)
    if bounced:
        named = _first_ones((*named, *enclosed.message_ids, *_NAMED.findall(email.text)))
    if not named:
        return ()
    learned = []
    for row in tx.outbox.by_message_ids(named):
        by = "copy" if row.message_id == email.message_id else "bounce" if bounced else "answer"
        settled = settle_as_sent(tx, row, by, _WORDS[by], now)
        if row.state in _UNDER_WAY:  # the server may still be silent: should it stay so, this is remembered
            tx.meta.set(_named_key(row.id), by)
        failed = bounced and enclosed.failed and (settled or row.state in _WENT_OUT) and _undelivered(tx, row, now)
        if settled or failed:
            learned.append(Learned(row.id, row.email_id, settled, failed))
    return tuple(learned)


def tell(log: EventLog, learned: Iterable[Learned]) -> None:
    """Tell the log, after the commit."""
    for one in learned:
        if one.settled:
            log.tell(Event.REPLY_SETTLED, reply=one.reply_id, email=one.email_id)
        if one.failed:
            log.tell(Event.REPLY_FAILED, reply=one.reply_id, email=one.email_id, reason=IgnoreReason.BOUNCE.value)


def settle_as_sent(tx: Session, row: OutboxRow, by: str, words: str, now: datetime) -> bool:
    """An open reply was sent after all; if staff were asked about it, they need not answer any more."""
    if not tx.outbox.prove_sent(row.id, words, now):
        return False
    tx.audit.add(Event.REPLY_SETTLED.value, now, email_id=row.email_id, reply_id=row.id, detail={"by": by})
    if _stands(tx, row.email_id) in _OPEN:
        tx.emails.set_state(row.email_id, EmailState.ANSWERED, "", now)
    return True


def search_mailbox(store: Store, mailbox: Mailbox | None, log: EventLog, now: datetime, ask_after: timedelta) -> int:
    """Look for evidence of every uncertain reply; tell staff, once, of those that stay so. How many were settled.

    Raises:
        TransientError, OperatorError: the mailbox could not be searched; staff have been told nevertheless.
    """
    with store.read() as tx:
        rows = tx.outbox.by_state(ReplyState.UNKNOWN)
    settled = 0
    failure: TransientError | OperatorError | None = None
    for row in rows:
        age = now - row.updated_at
        try:
            if age < _SEARCHED_FOR and _was_found(store, mailbox, row):
                settled += _settle_found(store, log, row, now)
                continue
        except (TransientError, OperatorError) as error:
            failure = error
        if age >= ask_after:
            _ask_staff(store, log, row, now)
    if failure is not None:
        raise failure
    return settled


def asked_key(row: OutboxRow) -> str:
    """Under which key the store remembers that staff know of this attempt's uncertainty."""
    return f"uncertain_reply_{row.id}_{row.attempts}"


def give_to_staff(tx: Session, row: OutboxRow, reason: HoldReason, now: datetime) -> None:
    """The email answered waits for a person now; a reply to a form alone has no email."""
    if row.email_id:
        tx.emails.set_state(row.email_id, EmailState.WITH_STAFF, reason.value, now)


def _was_found(store: Store, mailbox: Mailbox | None, row: OutboxRow) -> bool:
    """Whether a message named it while the attempt was still under way, or its Message-ID lies in the mailbox."""
    with store.read() as tx:
        if tx.meta.get(_named_key(row.id)) is not None:
            return True
    return mailbox is not None and mailbox.holds_message_id(row.message_id)


def _named_key(reply_id: int) -> str:
    return f"named_reply_{reply_id}"


def _settle_found(store: Store, log: EventLog, row: OutboxRow, now: datetime) -> bool:
    with store.begin() as tx:
        settled = settle_as_sent(tx, row, "mailbox", "Found in the mailbox by its Message-ID.", now)
    if settled:
        tell(log, [Learned(row.id, row.email_id, settled=True, failed=False)])
    return settled


def _ask_staff(store: Store, log: EventLog, row: OutboxRow, now: datetime) -> None:
    """Say once for each attempt that this reply may or may not have been sent."""
    with store.begin() as tx:
        if tx.meta.get(asked_key(row)) is not None:
            return
        tx.meta.set(asked_key(row), now.isoformat())
        stands = _stands(tx, row.email_id)
        if stands and stands[0] is not EmailState.ANSWERED:
            return  # a bounce has told them more already
        give_to_staff(tx, row, HoldReason.REPLY_UNCERTAIN, now)
        tx.audit.add(HoldReason.REPLY_UNCERTAIN.value, now, email_id=row.email_id, reply_id=row.id)
    log.tell(Event.EMAIL_HELD, email=row.email_id, reply=row.id, reason=HoldReason.REPLY_UNCERTAIN.value)


def _undelivered(tx: Session, row: OutboxRow, now: datetime) -> bool:
    """A bounce came: the patient did not get the letter. False if staff have the email already."""
    stands = _stands(tx, row.email_id)
    if stands is None or (stands[0] is not EmailState.ANSWERED and stands not in _OPEN):
        return False
    give_to_staff(tx, row, HoldReason.REPLY_FAILED, now)
    tx.audit.add(Event.REPLY_FAILED.value, now, email_id=row.email_id, reply_id=row.id, detail={"by": "bounce"})
    return True


def _stands(tx: Session, email_id: int) -> tuple[EmailState, str] | None:
    """State and reason of an email; None where there is none."""
    entry = tx.emails.get(email_id) if email_id else None
    return (entry.state, entry.reason) if entry else None


def _headers_name(email: Email) -> tuple[str, ...]:
    """The Message-IDs of our shape in the threading headers (RFC 5322 section 3.6.4)."""
    ids = (email.message_id, *email.in_reply_to, *email.references)
    return _first_ones(one for one in ids if _NAMED.fullmatch(one))


def _first_ones(message_ids: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order, no more than an honest message names."""
    return tuple(dict.fromkeys(message_ids))[:_MOST_NAMED]
