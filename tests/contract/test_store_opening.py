"""Opening the store: new, known, newer, foreign, damaged and unwritable databases each get their sentence."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
import tempfile
from datetime import datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DatabaseError, IntegrityError, StatementError
from sqlalchemy.schema import CreateIndex, CreateTable

from tests.support.store import NOW, new_entry, new_submission, open_store, url_of
from triage.errors import OperatorError, TransientError
from triage.store import Store, migrate, schema

_FORK = multiprocessing.get_context("fork")


def refusal(url: str) -> OperatorError:
    """The error that opening `url` must raise."""
    with pytest.raises(OperatorError) as caught:
        Store.open(url, "practice")
    return caught.value


def add_emails(store: Store, count: int) -> None:
    """One batch of emails in one transaction."""
    with store.begin() as tx:
        for uid in range(1, count + 1):
            tx.emails.add(new_entry(uid), NOW)


def test_a_new_database_is_made_with_its_folder_and_is_private(tmp_path: Path) -> None:
    """The first start makes folder and file, readable by the service's own user only."""
    store = open_store(tmp_path / "var" / "deep")
    store.check()
    store.close()
    file = tmp_path / "var" / "deep" / "triage.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_migrations_lead_to_exactly_the_schema_that_the_code_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Migrating from nothing, from any working folder, gives the tables of schema.py; HEAD names the last migration."""
    monkeypatch.chdir(tmp_path)
    open_store(tmp_path).close()
    engine = create_engine(url_of(tmp_path))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": schema.VERSION_TABLE, "compare_type": False}
        )
        assert context.get_current_revision() == schema.HEAD
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()
    assert schema.HEAD in migrate.known_versions()


def test_the_database_waits_for_the_disk_and_checks_references(tmp_path: Path) -> None:
    """Every connection runs in WAL mode with synchronous=FULL and foreign keys on."""
    store = open_store(tmp_path)
    for engine in (store._writer, store._reader):
        with engine.connect() as connection:
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert found == ["wal", 2, 1]
    with pytest.raises(IntegrityError), store.begin() as tx:
        tx.submissions._note_source(new_submission(), 99, NOW)
    store.close()


def test_the_schema_compiles_for_postgresql() -> None:
    """Every table and index is valid PostgreSQL too, with times that keep their zone and big ids."""
    dialect = postgresql.dialect()
    made = "".join(str(CreateTable(table).compile(dialect=dialect)) for table in schema.metadata.sorted_tables)
    indexes = "".join(
        str(CreateIndex(index).compile(dialect=dialect))
        for table in schema.metadata.sorted_tables
        for index in table.indexes
    )
    assert "TIMESTAMP WITH TIME ZONE" in made
    assert "BIGSERIAL" in made
    assert "WHERE marked IS false" in indexes
    assert "ROWID" not in made


def test_a_database_is_opened_again_with_what_it_held(tmp_path: Path) -> None:
    """What one run committed, the next run reads; practices in one file do not see each other."""
    store = open_store(tmp_path)
    with store.begin() as tx:
        email_id = tx.emails.add(new_entry(), NOW)
        tx.meta.set("secret", "one")
    store.close()
    store, other = open_store(tmp_path), open_store(tmp_path, "other practice")
    with store.read() as tx:
        assert tx.emails.get(email_id) is not None
    with other.read() as tx:
        assert tx.emails.get(email_id) is None
        assert tx.meta.get("secret") is None
        assert list(tx.emails.ledger()) == []
    store.close()
    other.close()


def test_a_database_of_a_newer_triage_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A schema version this program does not know means that a newer one wrote it."""
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "triage.db") as raw:
        raw.execute("UPDATE triage_version SET version_num = '9999'")
    raw.close()
    error = refusal(url_of(tmp_path))
    assert "newer triage" in error.problem
    assert error.advice


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A database with tables but without our version is somebody else's."""
    with sqlite3.connect(tmp_path / "triage.db") as raw:
        raw.execute("CREATE TABLE invoices (id INTEGER)")
    assert "another program" in refusal(url_of(tmp_path)).problem
    assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("invoices",)]
    raw.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Garbage in place of the database is named, not overwritten."""
    garbage = b"this is not a database at all " * 400
    (tmp_path / "triage.db").write_bytes(garbage)
    error = refusal(url_of(tmp_path))
    assert "damaged or is not a database" in error.problem
    assert (tmp_path / "triage.db").read_bytes() == garbage


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


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("not a url", "not a database URL"),
        ("sqlite:////proc/nowhere/triage.db", "cannot be made or opened"),
    ],
)
def test_a_place_that_cannot_keep_a_database_is_refused(url: str, sentence: str) -> None:
    """Memory, nonsense and a folder that cannot be made are refused with advice."""
    error = refusal(url)
    assert sentence in error.problem
    assert error.advice


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """A path that names a folder cannot be opened, and the sentence says so."""
    (tmp_path / "triage.db").mkdir()
    assert "cannot be" in refusal(url_of(tmp_path)).problem


def test_a_database_opened_for_reading_only_is_refused(tmp_path: Path) -> None:
    """SQLite's own read-only answer becomes a sentence about rights."""
    open_store(tmp_path).close()
    store = Store.open(f"sqlite:///file:{tmp_path}/triage.db?uri=true", "practice")
    store.close()
    with sqlite3.connect(tmp_path / "triage.db") as raw:
        raw.execute("UPDATE practice SET name = 'other'")
    raw.close()
    assert "may only be read" in refusal(f"sqlite:///file:{tmp_path}/triage.db?mode=ro&uri=true").problem


def _try_as_ordinary_user(url: str, pipe: Pipe) -> None:
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        store = Store.open(url, "practice")
        store.check()
    except OperatorError as error:
        pipe.send((error.problem, error.advice))
    else:
        pipe.send(("", ""))


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o755), (0o444, 0o777), (0o000, 0o777)])
def test_a_file_or_folder_without_rights_is_a_sentence(file_mode: int, folder_mode: int) -> None:
    """An ordinary user without the right to write the file or its folder is told which database and what to do."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_store(folder).close()
        (folder / "triage.db").chmod(file_mode)
        folder.chmod(folder_mode)
        ours, theirs = _FORK.Pipe(duplex=False)
        child = _FORK.Process(target=_try_as_ordinary_user, args=(url_of(folder), theirs))
        child.start()
        assert ours.poll(30)
        problem, advice = ours.recv()
        child.join()
        folder.chmod(0o755)
    assert "triage.db" in problem
    assert "user who runs triage" in advice


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
