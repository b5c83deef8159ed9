"""The first schema: ledger, submissions and their keys, outbox, letters and notices used, audit trail, lease.

Frozen: a later change of a table is a later migration, never an edit of this one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _practice()
    _submission()
    _submission_source()
    _submission_key()
    _email()
    _outbox()
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
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("submitted_at", TIME, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("message_digest", sa.Text(), nullable=False),
        sa.Column("stored_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_submission_practice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_submission_newest", "submission", ["practice", "submitted_at"], unique=False)
    op.create_index(
        "ix_submission_same", "submission", ["practice", "address_key", "message_digest", "submitted_at"], unique=False
    )


def _submission_source() -> None:
    op.create_table(
        "submission_source",
        sa.Column("practice", ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
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
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
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
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("sender_key", sa.Text(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", TIME, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("submission_id", ID, nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("signals", sa.Text(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_email_practice")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_email_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email")),
        sa.UniqueConstraint(
            "practice", "folder", "uidvalidity", "uid", name=op.f("uq_email_practice_folder_uidvalidity_uid")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_email_fingerprint", "email", ["practice", "fingerprint"], unique=False)
    op.create_index("ix_email_message_id", "email", ["practice", "message_id"], unique=False)
    op.create_index("ix_email_sender", "email", ["practice", "sender_key", "received_at"], unique=False)
    op.create_index("ix_email_state", "email", ["practice", "state", "received_at"], unique=False)
    op.create_index(
        "ix_email_unmarked",
        "email",
        ["practice", "folder", "uidvalidity", "uid"],
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
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("letter_version", sa.Text(), nullable=False),
        sa.Column("notices", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("recipient_key", sa.Text(), nullable=False),
        sa.Column("recipient_domain", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
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
        sa.UniqueConstraint("practice", "email_id", "letter", name=op.f("uq_outbox_practice_email_id_letter")),
        sa.UniqueConstraint("practice", "message_id", name=op.f("uq_outbox_practice_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_email", "outbox", ["email_id"], unique=False)
    op.create_index("ix_outbox_hour", "outbox", ["practice", "planned_at", "state", "recipient_domain"], unique=False)
    op.create_index("ix_outbox_recipient", "outbox", ["practice", "recipient_key", "planned_at"], unique=False)
    op.create_index("ix_outbox_state", "outbox", ["practice", "state", "next_attempt_at"], unique=False)
    op.create_index(
        "uq_outbox_submission_letter",
        "outbox",
        ["practice", "submission_id", "letter"],
        unique=True,
        sqlite_where=sa.text("email_id IS NULL"),
        postgresql_where=sa.text("email_id IS NULL"),
    )


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("practice", ID, nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_used_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_notice_practice")),
        sa.PrimaryKeyConstraint("practice", "notice", "language", "version", "sha256", name=op.f("pk_notice")),
    )


def _letter() -> None:
    op.create_table(
        "letter",
        sa.Column("practice", ID, nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
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
    op.create_index("ix_audit_event_email", "audit_event", ["practice", "email_id"], unique=False)
    op.create_index("ix_audit_event_reply", "audit_event", ["practice", "reply_id"], unique=False)


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
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name=op.f("fk_meta_practice")),
        sa.PrimaryKeyConstraint("practice", "key", name=op.f("pk_meta")),
    )


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("mailbox_key", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started", sa.Text(), nullable=False),
        sa.Column("ttl_seconds", sa.Float(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("mailbox_key", name=op.f("pk_lease")),
    )


def _append_only() -> None:
    """SQLite itself refuses to change or remove what the audit trail says."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_event_no_{act.lower()} BEFORE {act} ON audit_event "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append only'); END"
        )
