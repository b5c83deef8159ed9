"""Opening the store: new, known, newer, foreign, damaged and unwritable databases each get their sentence."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
import tempfile
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable

from tests.support.store import NOW, new_entry, new_submission, open_store, url_of
from triage.errors import OperatorError
from triage.store import Store, migrate, schema

_FORK = multiprocessing.get_context("fork")


def refusal(url: str) -> OperatorError:
    """The error that opening `url` must raise."""
    with pytest.raises(OperatorError) as caught:
        Store.open(url, "practice")
    return caught.value


def test_a_new_database_is_made_with_its_folder_and_is_private(tmp_path: Path) -> None:
    """The first start makes folder and file, readable by the service's own user only."""
    store = Store.open(url_of(tmp_path / "var" / "deep"), "practice")
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
    Store.open(url_of(tmp_path), "practice").close()
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


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("not a url", "not a database URL"),
        ("nonsense://host/triage", "driver for nonsense"),
        ("postgresql+unheard_of://host/triage", "driver for postgresql+unheard_of"),
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
