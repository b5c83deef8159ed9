"""Cursors, small facts, letters and the audit trail: what must survive a restart beside ledger and outbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.store import NOTICES, NOW, new_entry, new_reply, open_store
from triage.core.letter import Notice
from triage.store import Cursor, Store
from triage.store.letters import reference


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = open_store(tmp_path)
    yield store
    store.close()


def test_a_cursor_is_kept_per_folder(store: Store) -> None:
    """Each folder remembers its own UIDVALIDITY and last UID, and the newest values win."""
    with store.begin() as tx:
        assert tx.cursors.get("INBOX") is None
        tx.cursors.set("INBOX", 7, 10, NOW)
        tx.cursors.set("Archive", 1, 2, NOW)
        tx.cursors.set("INBOX", 8, 3, NOW)
    with store.read() as tx:
        assert tx.cursors.get("INBOX") == Cursor("INBOX", 8, 3)
        assert tx.cursors.get("Archive") == Cursor("Archive", 1, 2)


def test_a_secret_is_made_once(store: Store) -> None:
    """`get_or_set` makes a value the first time only; `set` replaces it."""
    made = iter(["first", "second"])
    with store.begin() as tx:
        assert tx.meta.get("secret") is None
        assert tx.meta.get_or_set("secret", lambda: next(made)) == "first"
    with store.begin() as tx:
        assert tx.meta.get_or_set("secret", lambda: next(made)) == "first"
        tx.meta.set("secret", "third")
        assert tx.meta.get("secret") == "third"


def test_the_last_good_version_of_each_letter_is_known(store: Store) -> None:
    """The version that passed its checks last is the good one, even when it had been in use before."""
    with store.begin() as tx:
        tx.letters.remember("received", "en", "v1", "One", NOW)
        tx.letters.remember("received", "en", "v2", "Two", NOW + timedelta(minutes=1))
        tx.letters.remember("received", "es", "v9", "Uno", NOW)
        assert tx.letters.last_good() == {("received", "en"): ("v2", "Two"), ("received", "es"): ("v9", "Uno")}
        tx.letters.remember("received", "en", "v1", "One", NOW + timedelta(minutes=2))
        assert tx.letters.last_good()["received", "en"] == ("v1", "One")


def test_notices_are_kept_once_by_their_words(store: Store) -> None:
    """Remembering again adds nothing; other words under the same version stand beside the first."""
    edited = Notice("elective", "en", 1, "Other words.")
    for _ in range(2):
        with store.begin() as tx:
            tx.letters.remember_notices(NOTICES, NOW)
            tx.letters.remember_notices([*NOTICES, edited], NOW)
    with store.read() as tx:
        texts = tx.letters.texts([*(reference(notice) for notice in NOTICES), reference(edited)])
    assert sorted(texts.values()) == sorted(notice.text for notice in (*NOTICES, edited))


def test_the_story_of_an_email_has_its_replies_events_too(store: Store) -> None:
    """Events that name the email or one of its replies come back in order, and nobody else's."""
    with store.begin() as tx:
        email_id, other_id = (tx.emails.add(new_entry(uid), NOW) for uid in (1, 2))
        reply_id = tx.outbox.plan(new_reply(email_id), NOW)
        assert reply_id
        tx.audit.add("email_answered", NOW, email_id=email_id, detail={"letter": "received", "tries": 2})
        tx.audit.add("email_held", NOW, email_id=other_id)
        assert [event.name for event in tx.audit.story(email_id)] == ["email_answered"]
    with store.begin() as tx:
        tx.audit.add("reply_sent", NOW + timedelta(minutes=1), reply_id=reply_id, submission_id=5)
    with store.read() as tx:
        first, second = tx.audit.story(email_id)
    assert (first.at, first.detail, first.reply_id) == (NOW, {"letter": "received", "tries": 2}, 0)
    assert (second.name, second.at, second.submission_id) == ("reply_sent", NOW + timedelta(minutes=1), 5)


def test_the_audit_trail_cannot_be_rewritten(store: Store, tmp_path: Path) -> None:
    """The database itself refuses to change or remove an event."""
    with store.begin() as tx:
        tx.audit.add("email_held", NOW, email_id=1)
    raw = sqlite3.connect(tmp_path / "triage.db")
    for act in ("UPDATE audit_event SET name = 'x'", "DELETE FROM audit_event"):
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            raw.execute(act)
    raw.close()
