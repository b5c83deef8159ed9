"""A store in a temporary folder, and ordinary ledger entries, replies and submissions to put into it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from triage.core.decision import Reply
from triage.core.email import Place
from triage.core.ledger import EmailState, NewEntry
from triage.core.letter import LetterName, Notice
from triage.core.outbox import NewReply, ReplyState, Settlement
from triage.core.rules import Mode
from triage.core.submission import Door, Submission
from triage.store import Session, Store
from triage.store.transitions import FIRST

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
NOTICES = (
    Notice("elective", "en", 1, "Treatment is purely elective."),
    Notice("no_guarantee", "en", 1, "There is no guarantee whatsoever of benefit."),
)


def url_of(folder: Path) -> str:
    """The URL of the database that `open_store` uses."""
    return f"sqlite:///{folder}/triage.db"


@lru_cache(maxsize=1)
def _migrated() -> bytes:
    """A new database as the migrations make it; copying it is ten times faster than migrating again."""
    with tempfile.TemporaryDirectory() as name:
        Store.open(url_of(Path(name)), "practice").close()
        return (Path(name) / "triage.db").read_bytes()


def open_store(folder: Path, practice: str = "practice", *, busy_seconds: float = 5.0) -> Store:
    """A store in `folder`, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "triage.db").exists():
        (folder / "triage.db").write_bytes(_migrated())
    return Store.open(url_of(folder), practice, busy_seconds=busy_seconds)


def new_entry(uid: int = 1, **changes: Any) -> NewEntry:
    """An answered email from ann@example.com; `changes` replaces fields."""
    entry = NewEntry(
        place=Place("INBOX", 7, uid),
        message_id=f"<{uid}@example.com>",
        fingerprint=f"fingerprint-{uid}",
        sender_key="ann@example.com",
        received_at=NOW - timedelta(minutes=5),
        state=EmailState.ANSWERED,
        decision=Reply(LetterName.FORM_MISSING),
        reason="",
    )
    return replace(entry, **changes)


def new_reply(email_id: int, **changes: Any) -> NewReply:
    """A planned reply to an email, due at once; `changes` replaces fields."""
    content = b"To: ann@example.com\r\n\r\nThank you.\r\n"
    reply = NewReply(
        email_id=email_id,
        submission_id=0,
        letter=LetterName.FORM_MISSING,
        language="en",
        letter_version="v1",
        notices=NOTICES,
        channel=Mode.SEND,
        state=ReplyState.PLANNED,
        recipient="ann@example.com",
        recipient_key="ann@example.com",
        message_id=f"<reply-{email_id}@practice.example>",
        content=content,
        sha256=sha256(content).hexdigest(),
        not_before=NOW,
        deadline=NOW + timedelta(hours=24),
    )
    return replace(reply, **changes)


def new_submission(source_id: str = "1", **changes: Any) -> Submission:
    """A form filled in by Ann Example ten minutes ago; `changes` replaces fields."""
    submission = Submission(
        source="wpforms",
        source_id=source_id,
        door=Door.NOTIFICATION,
        submitted_at=NOW - timedelta(minutes=10),
        name="Ann Example",
        email="Ann@example.com",
        phone="212-555-0101",
        message="I would like to know more.",
        fields=(("Name", "Ann Example"), ("Email", "Ann@example.com")),
    )
    return replace(submission, **changes)


def put_reply(tx: Session, state: ReplyState, uid: int = 1, **changes: Any) -> int:
    """A reply brought to `state` by the outbox's own means."""
    email_id = tx.emails.add(new_entry(uid), NOW)
    first = state if state in FIRST else ReplyState.PLANNED if state == ReplyState.CANCELLED else ReplyState.READY
    row_id = tx.outbox.plan(new_reply(email_id, **{"state": first, **changes}), NOW)
    assert row_id is not None
    if state in FIRST:
        return row_id
    if state == ReplyState.CANCELLED:
        assert tx.outbox.cancel(row_id, NOW)
        return row_id
    assert [row.id for row in tx.outbox.claim(Mode.SEND, NOW, 1)] == [row_id]
    if state == ReplyState.CLOSING:
        tx.outbox.begin_closing(row_id, NOW)
    elif state != ReplyState.SENDING:
        tx.outbox.settle(Settlement(row_id, state, "words", NOW), NOW)
    return row_id
