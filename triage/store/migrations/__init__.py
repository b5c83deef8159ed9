"""Alembic migrations of the store: run by `triage.store.migrate`, never by hand."""
