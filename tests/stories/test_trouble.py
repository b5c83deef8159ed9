"""Trouble with the machine underneath: each is a sentence and an exit code, nothing is guessed, nothing lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.service import wait_until
from tests.support.stage import Stage
from tests.support.written import patient


def test_a_database_that_cannot_be_made_is_told_and_costs_nothing(stage: Stage) -> None:
    """The folder cannot be made: the mailbox stays untouched, and once the place is right the email is answered."""
    stage.deliver(patient())
    right = stage.service.settings["DATABASE_URL"]
    (stage.service.folder / "blocked").write_text("a file where a folder should be")
    stage.service.settings["DATABASE_URL"] = f"sqlite:///{stage.service.folder}/blocked/triage.db"
    stage.run(code=5, says="TRIAGE_DATABASE_URL")
    stage.command("check", code=1, says="TRIAGE_DATABASE_URL")
    assert [flags for _, flags in stage.mailbox()] == [set()]
    stage.service.settings["DATABASE_URL"] = right
    stage.run()
    assert len(stage.answers()) == 1


def test_a_file_that_is_no_database_is_left_alone(stage: Stage) -> None:
    """Somebody else's file is named: the sentence says so, and not a byte of it changes."""
    stage.deliver(patient())
    right = stage.service.settings["DATABASE_URL"]
    letter = stage.service.folder / "letter.txt"
    letter.write_text("Dear diary, " * 1000)
    stage.service.settings["DATABASE_URL"] = f"sqlite:///{letter}"
    stage.run(code=5, says="is damaged or is not a database")
    assert letter.read_text() == "Dear diary, " * 1000
    stage.service.settings["DATABASE_URL"] = right
    stage.run()
    assert len(stage.answers()) == 1


def test_a_database_that_another_program_holds_is_tried_again(stage: Stage) -> None:
    """While a backup holds the write lock nothing is sent; afterwards the email is answered."""
    stage.run()
    stage.deliver(patient())
    with closing(sqlite3.connect(stage.service.folder / "triage.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        stage.run(code=4, says="busy")
        assert not stage.answers()
        other.execute("ROLLBACK")
    stage.run()
    assert len(stage.answers()) == 1


@pytest.mark.parametrize("what", ["removed", "replaced"])
def test_a_database_that_vanishes_stops_every_act(staged: Callable[..., Stage], tmp_path: Path, what: str) -> None:
    """The file is removed, or an empty one lies there instead: the daemon says so and acts only when it is back."""
    home = tmp_path / "home"
    stage = staged(DATABASE_URL=f"sqlite:///{home}/triage.db")
    with stage.service.running() as daemon:
        stage.deliver(patient(1))
        assert wait_until(lambda: len(stage.sink.messages) == 1)
        home.rename(tmp_path / "away")
        if what == "replaced":
            home.mkdir()
            (home / "triage.db").touch()
        stage.deliver(patient(2))
        assert wait_until(lambda: daemon.told("store_failed"), 15)
        assert daemon.process.poll() is None
        assert len(stage.sink.messages) == 1
        if what == "replaced":
            shutil.rmtree(home)
        (tmp_path / "away").rename(home)
        assert wait_until(lambda: len(stage.sink.messages) == 2)
        stage.told.append(daemon.log.read_text())
    stage.check_promises()


def test_settings_that_cannot_be_used_are_all_told_at_once(stage: Stage) -> None:
    """Each fault is named with its key in one list, and the exit code says that it is the settings."""
    good = dict(stage.service.settings)
    stage.service.settings |= {"POLL_SECONDS": "soon", "FORM_URL": "ftp://example.com", "MODDE": "send"}
    done = stage.command("run", "--once", code=3)
    assert all(key in done.stderr for key in ("TRIAGE_POLL_SECONDS", "TRIAGE_FORM_URL", "TRIAGE_MODE"))
    stage.service.settings = good
    stage.run()
