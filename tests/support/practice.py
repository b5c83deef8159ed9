"""A practice with replies in a real outbox, a mailbox in memory and a mail server on loopback, at a movable time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.support.replies import LOOP_ID, NOW, SENDER, composed, letter
from triage.core.decision import Reply
from triage.core.email import Place
from triage.core.ledger import EmailState, NewEntry
from triage.core.letter import LetterName
from triage.core.outbox import NewReply, OutboxRow, ReplyState, Settlement
from triage.core.reply import reply_message_id
from triage.core.rules import Mode
from triage.delivery import Delivery
from triage.events import EventLog
from triage.mailbox.account import Security, SmtpAccount
from triage.mailbox.memory import MemoryMailbox
from triage.mailbox.smtp import SmtpSender
from triage.store import Store


class Practice:
    """A store with replies in its outbox, and a delivery to a server on loopback at a time that tests move."""

    def __init__(self, store: Store, port: int, *, mode: Mode = Mode.SEND, user: str = "") -> None:
        self.store = store
        self.mode = mode
        self.now = NOW
        self.monotonic = 0.0
        self.mailbox = MemoryMailbox()
        account = SmtpAccount("127.0.0.1", port, Security.PLAIN, user, "secret", SENDER.spec, 5.0, 5.0)
        self.sender = SmtpSender(account)
        self.log = EventLog()
        self.delivery = Delivery(
            store,
            self.sender,
            self.log,
            mode,
            mailbox=self.mailbox,
            from_address=SENDER,
            copy_to_self="",
            monotonic=lambda: self.monotonic,
        )

    def clock(self) -> datetime:
        return self.now

    def plan(self, number: int, *, channel: Mode = Mode.SEND, wait: timedelta = timedelta(0), **changes: Any) -> int:
        """An answered email with its reply in the outbox; the reply's id."""
        reply = composed(
            letter(),
            recipient=f"person{number}@example.org",
            message_id=reply_message_id(b"secret", str(number), LetterName.BOTH_RECEIVED, "clinic.example.com"),
            loop_id=LOOP_ID,
        )
        entry = NewEntry(
            Place("INBOX", 1, number),
            f"<{number}@example.org>",
            str(number),
            reply.recipient,
            self.now,
            EmailState.ANSWERED,
            Reply(reply.letter),
            "",
        )
        with self.store.begin() as tx:
            new = NewReply(
                email_id=tx.emails.add(entry, self.now),
                submission_id=0,
                letter=reply.letter,
                language=reply.language,
                letter_version=reply.letter_version,
                notices=reply.notices,
                channel=channel,
                state=ReplyState.PLANNED if wait else ReplyState.READY,
                recipient=reply.recipient,
                recipient_key=reply.recipient,
                message_id=reply.message_id,
                content=reply.content,
                sha256=reply.sha256,
                not_before=self.now + wait,
                deadline=self.now + timedelta(hours=4),
            )
            row_id = tx.outbox.plan(replace(new, **changes), self.now)
        assert row_id is not None
        return row_id

    def row(self, row_id: int) -> OutboxRow:
        with self.store.read() as tx:
            row = tx.outbox.get(row_id)
        assert row is not None
        return row

    def pass_minutes(self, minutes: int) -> None:
        """Time passes."""
        self.now += timedelta(minutes=minutes)

    def defer(self, row_id: int) -> None:
        """An attempt was made, and the server said "later"."""
        with self.store.begin() as tx:
            tx.outbox.claim(self.mode, self.now, 1)
            later = self.now + timedelta(minutes=1)
            tx.outbox.settle(Settlement(row_id, ReplyState.DEFERRED, "451 later", later), self.now)

    def story(self, row_id: int) -> dict[str, Any]:
        """What the audit trail tells of the reply's email: each event's name with its detail."""
        with self.store.read() as tx:
            return {event.name: dict(event.detail) for event in tx.audit.story(self.row(row_id).email_id)}

    def states(self) -> dict[ReplyState, int]:
        with self.store.read() as tx:
            return {state: count for state, count in tx.outbox.counts().items() if count}

    def email(self, row_id: int) -> tuple[EmailState, str]:
        with self.store.read() as tx:
            entry = tx.emails.get(self.row(row_id).email_id)
        assert entry is not None
        return entry.state, entry.reason
