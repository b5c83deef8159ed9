"""The tables, as SQLAlchemy Core sees them; `migrations/` builds them. No table holds the body of a patient's email.

Rules that must hold for every table: it belongs to one practice; times are UTC; an id is never used again. The same
definitions must compile for SQLite and PostgreSQL. No index but a primary key begins with the practice: SQLite, knowing
no figures, would take it for a selective one and read a whole practice to find one row. A change in here needs a new
migration (a test compares the two).
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

HEAD = "0001"
"""The newest migration: a database at another version is upgraded, or refused if it is newer."""

VERSION_TABLE = "triage_version"

Id = BigInteger().with_variant(Integer, "sqlite")


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. A naive datetime is refused: nobody could say what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """To UTC; raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time for the store must have a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - as above
        """Always aware, always UTC; SQLite forgets the zone, PostgreSQL does not."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Link(TypeDecorator[int]):
    """A reference that may be absent: 0 in our values, NULL in the database (so that foreign keys can be checked)."""

    impl = BigInteger().with_variant(Integer, "sqlite")
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """0 becomes NULL."""
        return value or None

    def process_result_value(self, value: int | None, dialect: Dialect) -> int:  # noqa: ARG002 - as above
        """NULL becomes 0."""
        return value or 0


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _practice(*, primary_key: bool = False) -> Column[int]:
    return Column("practice", Id, ForeignKey("practice.id"), nullable=False, primary_key=primary_key)


practice = Table(
    "practice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

submission = Table(
    "submission",
    metadata,
    Column("id", Id, primary_key=True),
    _practice(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("submitted_at", UtcTime, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("consent", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("message_digest", Text, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Index("ix_submission_same", "address_key", "message_digest", "submitted_at"),
    Index("ix_submission_newest", "submitted_at"),
    sqlite_autoincrement=True,
)

submission_source = Table(
    "submission_source",
    metadata,
    _practice(primary_key=True),
    Column("source", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("submission_id", Id, ForeignKey("submission.id"), nullable=False, index=True),
    Column("door", Text, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

submission_key = Table(
    "submission_key",
    metadata,
    _practice(primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("submission_id", Id, ForeignKey("submission.id"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

email = Table(
    "email",
    metadata,
    Column("id", Id, primary_key=True),
    _practice(),
    Column("folder", Text, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("sender_key", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_at", UtcTime, nullable=False),
    Column("decision", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("letter", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("submission_id", Link, ForeignKey("submission.id")),
    Column("evidence", Text, nullable=False),
    Column("signals", Text, nullable=False),
    Column("marked", Boolean, nullable=False),
    UniqueConstraint("folder", "uidvalidity", "uid", "practice"),
    Index("ix_email_fingerprint", "fingerprint"),
    Index("ix_email_message_id", "message_id"),
    Index("ix_email_sender", "sender_key", "received_at"),
    Index("ix_email_state", "state", "received_at"),
    sqlite_autoincrement=True,
)
Index(
    "ix_email_unmarked",
    email.c.folder,
    email.c.uidvalidity,
    email.c.uid,
    sqlite_where=email.c.marked.is_(false()),
    postgresql_where=email.c.marked.is_(false()),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    _practice(),
    Column("email_id", Link, ForeignKey("email.id")),
    Column("submission_id", Link, ForeignKey("submission.id")),
    Column("letter", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("letter_version", Text, nullable=False),
    Column("notices", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("recipient_key", Text, nullable=False),
    Column("recipient_domain", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcTime, nullable=False),
    Column("server_words", Text, nullable=False),
    Column("planned_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    UniqueConstraint("email_id", "letter", "practice"),
    UniqueConstraint("message_id", "practice"),
    Index("ix_outbox_state", "state", "next_attempt_at"),
    Index("ix_outbox_recipient", "recipient_key", "planned_at"),
    Index("ix_outbox_hour", "planned_at", "practice", "state", "recipient_domain"),
    sqlite_autoincrement=True,
)
Index(
    "uq_outbox_submission_letter",
    outbox.c.submission_id,
    outbox.c.letter,
    outbox.c.practice,
    unique=True,
    sqlite_where=outbox.c.email_id.is_(None),
    postgresql_where=outbox.c.email_id.is_(None),
)

outbox_content = Table(
    "outbox_content",
    metadata,
    Column("outbox_id", Id, ForeignKey("outbox.id"), primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)

notice = Table(
    "notice",
    metadata,
    _practice(primary_key=True),
    Column("notice", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("first_used_at", UtcTime, nullable=False),
)

letter = Table(
    "letter",
    metadata,
    _practice(primary_key=True),
    Column("letter", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("good_at", UtcTime, nullable=False),
)

audit_event = Table(
    "audit_event",
    metadata,
    Column("id", Id, primary_key=True),
    _practice(),
    Column("at", UtcTime, nullable=False),
    Column("name", Text, nullable=False),
    Column("email_id", Id, nullable=False),
    Column("reply_id", Id, nullable=False),
    Column("submission_id", Id, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_audit_event_email", "email_id"),
    Index("ix_audit_event_reply", "reply_id"),
    sqlite_autoincrement=True,
)

mailbox_cursor = Table(
    "mailbox_cursor",
    metadata,
    _practice(primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    _practice(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("mailbox_key", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Text, nullable=False),
    Column("ttl_seconds", Float, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)
