"""Writes one judged email into the store: ledger entry, outbox row, letter versions, audit trail.

Runs inside the caller's transaction, so that an email and its reply are recorded together or not at all. In `observe`
and `draft` mode the decision is the same and so are the frozen bytes; only what may happen to them differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.address import canonical
from triage.core.decision import Hold, HoldReason, Ignore, IgnoreReason, Reply
from triage.core.email import Email, Place, Unreadable
from triage.core.ledger import EmailState, NewEntry
from triage.core.letter import LetterName
from triage.core.outbox import NewReply, ReplyState
from triage.core.reply import FrozenReply
from triage.core.rules import Mode
from triage.judgement import Judgement
from triage.store import Session

NOWHERE = Place("", 0, 0)
_WAITS = {Mode.OBSERVE: HoldReason.OBSERVE_MODE, Mode.DRAFT: HoldReason.DRAFT_READY}


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What may happen to replies: the mode, the undo window, and how long delivery may be tried."""

    mode: Mode
    send_delay: timedelta
    deadline: timedelta

    @property
    def waits_for(self) -> HoldReason | None:
        """Why an answered email still waits for a person's hand; None when triage sends by itself."""
        return _WAITS.get(self.mode)

    @property
    def first_state(self) -> ReplyState:
        """Where a reply begins its life."""
        if self.mode is Mode.OBSERVE:
            return ReplyState.OBSERVED
        return ReplyState.PLANNED if self.mode is Mode.SEND and self.send_delay else ReplyState.READY


def entry_for(email: Email, judgement: Judgement, mode: Mode) -> NewEntry:
    """The ledger entry of a judged email. Unless the mode sends, an answer still needs a person's hand."""
    decision = judgement.decision
    if isinstance(decision, Hold):
        state, reason, urgent = EmailState.WITH_STAFF, decision.reason.value, decision.urgent
    elif isinstance(decision, Ignore):
        state, reason, urgent = EmailState.NOT_ANSWERED, decision.reason.value, False
    else:
        waits = _WAITS.get(mode)
        state = EmailState.WITH_STAFF if waits else EmailState.ANSWERED
        reason, urgent = waits.value if waits else "", False
    return NewEntry(
        place=email.place or NOWHERE,
        message_id=email.message_id,
        fingerprint=email.fingerprint,
        sender_key=judgement.sender_key,
        received_at=email.received_at,
        state=state,
        decision=decision,
        reason=reason,
        urgent=urgent,
        match=judgement.match,
        screening=judgement.screening,
    )


def duplicate_of(email: Email | Unreadable, sender_key: str) -> NewEntry:
    """The entry of a second copy: counted, never judged again, never answered."""
    return NewEntry(
        place=email.place or NOWHERE,
        message_id=email.message_id,
        fingerprint=email.fingerprint,
        sender_key=sender_key,
        received_at=email.received_at,
        state=EmailState.NOT_ANSWERED,
        decision=Ignore(IgnoreReason.DUPLICATE),
        reason=IgnoreReason.DUPLICATE.value,
    )


def handled_before(email: Email) -> NewEntry:
    """The entry of an email that an earlier triage marked, though this ledger does not know it: a person looks."""
    return NewEntry(
        place=email.place or NOWHERE,
        message_id=email.message_id,
        fingerprint=email.fingerprint,
        sender_key=canonical(email.sender.spec),
        received_at=email.received_at,
        state=EmailState.WITH_STAFF,
        decision=Hold(HoldReason.HANDLED_BEFORE),
        reason=HoldReason.HANDLED_BEFORE.value,
    )


def withdraw_planned(tx: Session, sender_key: str, now: datetime) -> None:
    """Take back what is still inside its undo window for this address, and give those emails to staff."""
    for row in tx.outbox.by_state(ReplyState.PLANNED) if sender_key else ():
        if canonical(row.recipient) == sender_key and tx.outbox.cancel(row.id, now):
            tx.emails.set_state(row.email_id, EmailState.WITH_STAFF, HoldReason.DANGER_BEFORE.value, now)
            tx.audit.add("reply_cancelled", now, email_id=row.email_id, reply_id=row.id)


def quarantined(email: Unreadable) -> NewEntry:
    """The entry of a message nobody could read."""
    return NewEntry(
        place=email.place or NOWHERE,
        message_id=email.message_id,
        fingerprint=email.fingerprint,
        sender_key="",
        received_at=email.received_at,
        state=EmailState.QUARANTINED,
        decision=None,
        reason=email.reason.name.lower(),
    )


def record(tx: Session, entry: NewEntry, reply: FrozenReply | None, dispatch: Dispatch, now: datetime) -> int:
    """Write the entry, and its reply if there is one. Returns the email's id in the ledger."""
    email_id = tx.emails.add(entry, now)
    tx.audit.add(f"email_{entry.state.value}", now, email_id=email_id, detail={"reason": entry.reason})
    if reply is not None and isinstance(entry.decision, Reply):
        plan_reply(tx, email_id, entry.decision, entry.sender_key, reply, dispatch, now, is_first=True)
    return email_id


def plan_reply(
    tx: Session,
    email_id: int,
    decision: Reply,
    recipient_key: str,
    reply: FrozenReply,
    dispatch: Dispatch,
    now: datetime,
    *,
    is_first: bool = False,
) -> int | None:
    """Put a frozen reply into the outbox; None if this email already had this letter."""
    not_before = now + dispatch.send_delay if dispatch.mode is Mode.SEND else now
    reply_id = tx.outbox.plan(
        NewReply(
            email_id=email_id,
            submission_id=decision.submission_id,
            letter=LetterName(reply.letter),
            language=reply.language,
            letter_version=reply.letter_version,
            notices=reply.notices,
            channel=dispatch.mode,
            state=dispatch.first_state,
            recipient=reply.recipient,
            recipient_key=recipient_key,
            message_id=reply.message_id,
            content=reply.content,
            sha256=reply.sha256,
            not_before=not_before,
            deadline=not_before + dispatch.deadline,
        ),
        now,
        is_first=is_first,
    )
    if reply_id is not None:
        detail = {"letter": reply.letter.value, "mode": dispatch.mode.value}
        tx.audit.add("reply_planned", now, email_id=email_id, reply_id=reply_id, detail=detail)
    return reply_id
