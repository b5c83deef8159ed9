"""The first schema: ledger, submissions and their keys, outbox, letters and notices used, audit trail, lease.

Frozen: a later change of a table is a later migration, never an edit of this one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    _practice()
    _submission()
    _submission_source()
    _submission_key()
    _email()
    _outbox()
    _outbox_indexes()
    _outbox_content()
    _notice()
    _letter()
    _audit_event()
    _mailbox_cursor()
    _meta()
    _lease()
    _append_only()


def downgrade() -> None:
    raise RuntimeError("there is nothing before the first schema")


def _practice() -> None:
    op.create_table(
        "practice",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice")),
        sa.UniqueConstraint("name", name=op.f("uq_practice_name")),
    )


def _submission() -> None:
    op.create_table(
        "submission",
        sa.Column("id", ID, nullable=False),
        sa.Column("practice", ID, nullable=False),
        *_texts("source", "source_id", "door"),
        sa.Column("submitted_at", TIME, nullable=False),
        *_texts(
            "name",
            "email",
            "phone",
            "message",
            "consent",
            "language",
            "page",
            "fields",
            "address_key",
            "message_digest",
        ),
        sa.Column("stored_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_submission_practice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_submission_newest", "submission", ["submitted_at"], unique=False)
    op.create_index("ix_submission_same", "submission", ["address_key", "message_digest", "submitted_at"], unique=False)


def _submission_source() -> None:
    op.create_table(
        "submission_source",
        sa.Column("practice", ID, nullable=False),
        *_texts("source", "source_id"),
        sa.Column("submission_id", ID, nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_submission_source_practice")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_submission_source_submission_id")),
        sa.PrimaryKeyConstraint("practice", "source", "source_id", name=op.f("pk_submission_source")),
    )
    op.create_index(op.f("ix_submission_source_submission_id"), "submission_source", ["submission_id"], unique=False)


def _submission_key() -> None:
    op.create_table(
        "submission_key",
        sa.Column("practice", ID, nullable=False),
        *_texts("kind", "key"),
        sa.Column("submission_id", ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_submission_key_practice")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_submission_key_submission_id")),
        sa.PrimaryKeyConstraint("practice", "kind", "key", "submission_id", name=op.f("pk_submission_key")),
        sqlite_with_rowid=False,
    )


def _email() -> None:
    op.create_table(
        "email",
        sa.Column("id", ID, nullable=False),
        sa.Column("practice", ID, nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        *_texts("message_id", "fingerprint", "sender_key"),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", TIME, nullable=False),
        *_texts("decision", "reason", "letter"),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("submission_id", ID, nullable=True),
        *_texts("evidence", "signals"),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_email_practice")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_email_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email")),
        sa.UniqueConstraint(
            "folder", "uidvalidity", "uid", "practice", name=op.f("uq_email_folder_uidvalidity_uid_practice")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_email_fingerprint", "email", ["fingerprint"], unique=False)
    op.create_index("ix_email_message_id", "email", ["message_id"], unique=False)
    op.create_index("ix_email_sender", "email", ["sender_key", "received_at"], unique=False)
    op.create_index("ix_email_state", "email", ["state", "received_at"], unique=False)
    op.create_index(
        "ix_email_unmarked",
        "email",
        ["folder", "uidvalidity", "uid"],
        unique=False,
        sqlite_where=sa.text("marked IS 0"),
        postgresql_where=sa.text("marked IS false"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("practice", ID, nullable=False),
        sa.Column("email_id", ID, nullable=True),
        sa.Column("submission_id", ID, nullable=True),
        *_texts("letter", "language", "letter_version", "notices", "channel", "state", "recipient", "recipient_key"),
        *_texts("recipient_domain", "message_id", "sha256"),
        sa.Column("not_before", TIME, nullable=False),
        sa.Column("deadline", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", TIME, nullable=False),
        sa.Column("server_words", sa.Text(), nullable=False),
        sa.Column("planned_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["email_id"], ["email.id"], name=op.f("fk_outbox_email_id")),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_outbox_practice")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_outbox_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("email_id", "letter", "practice", name=op.f("uq_outbox_email_id_letter_practice")),
        sa.UniqueConstraint("message_id", "practice", name=op.f("uq_outbox_message_id_practice")),
        sqlite_autoincrement=True,
    )


def _outbox_indexes() -> None:
    op.create_index("ix_outbox_hour", "outbox", ["planned_at", "practice", "state", "recipient_domain"], unique=False)
    op.create_index("ix_outbox_recipient", "outbox", ["recipient_key", "planned_at"], unique=False)
    op.create_index("ix_outbox_state", "outbox", ["state", "next_attempt_at"], unique=False)
    op.create_index(
        "uq_outbox_submission_letter",
        "outbox",
        ["submission_id", "letter", "practice"],
        unique=True,
        sqlite_where=sa.text("email_id IS NULL"),
        postgresql_where=sa.text("email_id IS NULL"),
    )


def _outbox_content() -> None:
    op.create_table(
        "outbox_content",
        sa.Column("outbox_id", ID, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_outbox_content_outbox_id")),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox_content")),
    )


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("practice", ID, nullable=False),
        *_texts("notice", "language"),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        *_texts("sha256", "text"),
        sa.Column("first_used_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_notice_practice")),
        sa.PrimaryKeyConstraint("practice", "notice", "language", "version", "sha256", name=op.f("pk_notice")),
    )


def _letter() -> None:
    op.create_table(
        "letter",
        sa.Column("practice", ID, nullable=False),
        *_texts("letter", "language", "version", "text"),
        sa.Column("good_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_letter_practice")),
        sa.PrimaryKeyConstraint("practice", "letter", "language", "version", name=op.f("pk_letter")),
    )


def _audit_event() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("practice", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email_id", ID, nullable=False),
        sa.Column("reply_id", ID, nullable=False),
        sa.Column("submission_id", ID, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_audit_event_practice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_event_email", "audit_event", ["email_id"], unique=False)
    op.create_index("ix_audit_event_reply", "audit_event", ["reply_id"], unique=False)


def _mailbox_cursor() -> None:
    op.create_table(
        "mailbox_cursor",
        sa.Column("practice", ID, nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_mailbox_cursor_practice")),
        sa.PrimaryKeyConstraint("practice", "folder", name=op.f("pk_mailbox_cursor")),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("practice", ID, nullable=False),
        *_texts("key", "value"),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_meta_practice")),
        sa.PrimaryKeyConstraint("practice", "key", name=op.f("pk_meta")),
    )


def _lease() -> None:
    op.create_table(
        "lease",
        *_texts("mailbox_key", "holder", "host"),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started", sa.Text(), nullable=False),
        sa.Column("ttl_seconds", sa.Float(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("mailbox_key", name=op.f("pk_lease")),
    )


def _append_only() -> None:
    """SQLite itself refuses to change or remove what the audit trail says and what a reply's bytes are."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, sentence in (
        ("audit_event", "the audit trail is append only"),
        ("outbox_content", "the bytes of a reply are frozen"),
    ):
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
