"""Trouble inside a transaction: full disk, busy or damaged database, our own mistakes. All or nothing, plain words."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError, StatementError

from tests.support.store import NOW, new_entry, open_store
from triage.errors import OperatorError, TransientError
from triage.store import Store


def add_emails(store: Store, count: int) -> None:
    """One batch of emails in one transaction."""
    with store.begin() as tx:
        for uid in range(1, count + 1):
            tx.emails.add(new_entry(uid), NOW)


def test_a_damaged_database_is_found_by_the_check(tmp_path: Path) -> None:
    """Pages overwritten behind our back are found by `check`, with a sentence about the backup."""
    store = open_store(tmp_path)
    add_emails(store, 400)
    store.close()
    file = tmp_path / "triage.db"
    content = bytearray(file.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4 * 4096] = b"\xa5" * (4 * 4096)
    file.write_bytes(bytes(content))
    store = open_store(tmp_path)
    with pytest.raises(OperatorError, match="damaged"):
        store.check()
    store.close()


def test_a_full_disk_is_a_sentence_and_nothing_is_half_written(tmp_path: Path) -> None:
    """When the disk has no page left, the batch is rolled back whole and the store goes on once there is room."""
    store = open_store(tmp_path)
    with store._writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(OperatorError, match="is full") as caught:
        add_emails(store, 200)
    assert "Make room" in caught.value.advice
    with store.read() as tx:
        assert sum(tx.emails.counts().values()) == 0
    with store._writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    with store.begin() as tx:
        tx.emails.add(new_entry(), NOW)
    store.close()


def test_a_busy_database_is_tried_again_later(tmp_path: Path) -> None:
    """Another process that holds the write lock too long makes a transient error, and readers are not stopped."""
    store = open_store(tmp_path, busy_seconds=0.05)
    raw = sqlite3.connect(tmp_path / "triage.db", isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match="busy"), store.begin() as tx:
        tx.meta.set("a", "b")
    with store.read() as tx:
        assert tx.meta.get("a") is None
    raw.execute("ROLLBACK")
    raw.close()
    with store.begin() as tx:
        tx.meta.set("a", "b")
    with pytest.raises(TransientError, match="busy"), store.begin(), store.begin():
        pass
    store.close()


def test_a_reading_transaction_cannot_write(tmp_path: Path) -> None:
    """A write inside `read()` fails instead of being forgotten."""
    store = open_store(tmp_path)
    with pytest.raises(OperatorError, match="only be read"), store.read() as tx:
        tx.meta.set("a", "b")
    store.close()


def _fail_half_way(store: Store) -> None:
    with store.begin() as tx:
        tx.emails.add(new_entry(), NOW)
        tx.audit.add("email_answered", NOW, email_id=1)
        raise ZeroDivisionError


def test_an_exception_inside_a_transaction_undoes_all_of_it(tmp_path: Path) -> None:
    """Nothing of a batch stays when the flow that made it fails."""
    store = open_store(tmp_path)
    with pytest.raises(ZeroDivisionError):
        _fail_half_way(store)
    with store.read() as tx:
        assert list(tx.emails.ledger()) == []
        assert tx.audit.story(1) == []
    store.close()


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    """A naive datetime never reaches the database, and what comes back is aware UTC."""
    store = open_store(tmp_path)
    naive = datetime(2026, 3, 2, 15, 30)  # noqa: DTZ001 - the mistake itself
    with pytest.raises(StatementError, match="time zone"), store.begin() as tx:
        tx.cursors.set("INBOX", 1, 1, naive)
    store.close()


def test_errors_never_show_a_patients_values(tmp_path: Path) -> None:
    """A broken constraint names columns, never the address or the text that was being written."""
    store = open_store(tmp_path)
    with store.begin() as tx:
        tx.emails.add(new_entry(), NOW)
    with pytest.raises(DatabaseError) as caught, store.begin() as tx:
        tx.emails.add(new_entry(sender_key="secret.patient@example.com"), NOW)
    assert "secret.patient" not in str(caught.value)
    store.close()
