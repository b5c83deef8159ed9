"""Alembic's environment: runs migrations on the connection and in the transaction that `migrate.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from triage.store import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    version_table=schema.VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
