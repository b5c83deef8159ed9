"""One row of the outbox: how a new reply is written, and how a stored one is read back with its notices' texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from triage.core.letter import LetterName, Notice
from triage.core.outbox import NewReply, OutboxRow, ReplyState
from triage.core.rules import Mode
from triage.store.letters import NoticeRef, reference


def values_of(reply: NewReply, practice: int, now: datetime) -> dict[str, Any]:
    """The columns of a new reply, but for its content."""
    return {
        "practice": practice,
        "email_id": reply.email_id,
        "submission_id": reply.submission_id,
        "letter": reply.letter,
        "language": reply.language,
        "letter_version": reply.letter_version,
        "notices": json.dumps([reference(notice) for notice in reply.notices]),
        "channel": reply.channel,
        "state": reply.state,
        "recipient": reply.recipient,
        "recipient_key": reply.recipient_key,
        "recipient_domain": reply.recipient_key.rpartition("@")[2].lower(),
        "message_id": reply.message_id,
        "sha256": reply.sha256,
        "not_before": reply.not_before,
        "deadline": reply.deadline,
        "attempts": 0,
        "next_attempt_at": reply.not_before,
        "server_words": "",
        "planned_at": now,
        "updated_at": now,
    }


def references_of(row: Row[Any]) -> list[NoticeRef]:
    """Which notices the reply must carry."""
    return [(name, language, version, digest) for name, language, version, digest in json.loads(row.notices)]


def reply_of(row: Row[Any], references: Sequence[NoticeRef], texts: Mapping[NoticeRef, str]) -> OutboxRow:
    """The stored reply; KeyError if a notice's text is missing, for then nothing could be proven."""
    return OutboxRow(
        id=row.id,
        email_id=row.email_id,
        submission_id=row.submission_id,
        letter=LetterName(row.letter),
        language=row.language,
        letter_version=row.letter_version,
        notices=tuple(Notice(ref[0], ref[1], ref[2], texts[ref]) for ref in references),
        channel=Mode(row.channel),
        state=ReplyState(row.state),
        recipient=row.recipient,
        message_id=row.message_id,
        content=row.content,
        sha256=row.sha256,
        not_before=row.not_before,
        deadline=row.deadline,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        server_words=row.server_words,
        updated_at=row.updated_at,
    )
