"""The audit trail: what happened, when, to which ids; append only. It must never hold a patient's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from triage.store.schema import audit_event, outbox

Detail = Mapping[str, str | int | float | bool]
_INSERT = insert(audit_event)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that happened; ids are 0 where they do not apply."""

    id: int
    at: datetime
    name: str
    email_id: int
    reply_id: int
    submission_id: int
    detail: Detail


class Audit:
    """The audit trail of one practice, inside one transaction.

    Events are collected and written together by `flush`, which the store calls before it commits.
    """

    def __init__(self, connection: Connection, practice: int) -> None:
        self._connection = connection
        self._practice = practice
        self._waiting: list[dict[str, Any]] = []

    def add(
        self,
        name: str,
        now: datetime,
        *,
        email_id: int = 0,
        reply_id: int = 0,
        submission_id: int = 0,
        detail: Detail = MappingProxyType({}),
    ) -> None:
        """Note that `name` happened at `now`; `detail` is words of our own, counts and states only."""
        self._waiting.append(
            {
                "practice": self._practice,
                "at": now,
                "name": name,
                "email_id": email_id,
                "reply_id": reply_id,
                "submission_id": submission_id,
                "detail": json.dumps(dict(detail)),
            }
        )

    def flush(self) -> None:
        """Write what was collected."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._connection.execute(_INSERT, waiting)

    def story(self, email_id: int) -> list[AuditEvent]:
        """Everything that happened to one email and its replies, in order."""
        self.flush()
        replies = select(outbox.c.id).where(outbox.c.practice == self._practice, outbox.c.email_id == email_id)
        rows = self._connection.execute(
            select(audit_event)
            .where(
                audit_event.c.practice == self._practice,
                or_(audit_event.c.email_id == email_id, audit_event.c.reply_id.in_(replies)),
            )
            .order_by(audit_event.c.id)
        )
        return [
            AuditEvent(row.id, row.at, row.name, row.email_id, row.reply_id, row.submission_id, json.loads(row.detail))
            for row in rows
        ]
