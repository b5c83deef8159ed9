"""Submissions: stored once whichever doors they come through, and found again by their keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.store import NOW, new_submission, open_store
from triage.core.submission import Door, Submission
from triage.store import Session, Store
from triage.store.submissions import Key

ANN = "ann@example.com"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = open_store(tmp_path)
    yield store
    store.close()


def add(tx: Session, submission: Submission, keys: tuple[Key, ...] = (), address_key: str = ANN) -> tuple[int, bool]:
    return tx.submissions.add(submission, keys, NOW, address_key=address_key)


def test_a_submission_comes_back_as_it_was_stored(store: Store) -> None:
    """Every answer survives, with the raw labels in their order, and the store's id."""
    submission = new_submission(consent="yes", language="es", page="/contacto")
    with store.begin() as tx:
        submission_id, is_new = add(tx, submission)
    assert is_new
    with store.read() as tx:
        assert tx.submissions.get(submission_id) == submission.with_id(submission_id)
        assert tx.submissions.get(99) is None


def test_the_same_form_twice_from_one_source_is_stored_once(store: Store) -> None:
    """A source's own id decides, even when the answers look different; another source may use the same id."""
    with store.begin() as tx:
        first, _ = add(tx, new_submission("7"), address_key="")
        assert add(tx, new_submission("7", message="edited"), address_key="") == (first, False)
        other, is_new = add(tx, new_submission("7", source="gravity"), address_key="")
    assert is_new
    assert other != first


def test_one_form_through_two_doors_is_stored_once(store: Store) -> None:
    """Notification, webhook and export of one form become one submission, white space and clocks differing a little."""
    webhook = new_submission("w1", source="webhook", door=Door.WEBHOOK, message="I would  like to\r\nknow more.")
    export = new_submission("f1", source="csv", door=Door.FILE, submitted_at=NOW)
    with store.begin() as tx:
        first, _ = add(tx, new_submission())
        assert add(tx, webhook) == (first, False)
        assert add(tx, export) == (first, False)
        assert add(tx, webhook) == (first, False)
        assert tx.submissions.count() == 1
        stored = tx.submissions.get(first)
    assert stored is not None
    assert (stored.source, stored.door) == ("wpforms", Door.NOTIFICATION)


def test_a_form_sent_twice_by_its_person_stays_two_at_every_door(store: Store) -> None:
    """Two notifications are two forms; their two webhooks each join one of them."""
    with store.begin() as tx:
        notifications = [add(tx, new_submission(number))[0] for number in ("1", "2")]
        webhooks = [add(tx, new_submission(number, source="webhook", door=Door.WEBHOOK))[0] for number in ("a", "b")]
    assert notifications == webhooks


@pytest.mark.parametrize(
    "changes",
    [
        {"submitted_at": NOW - timedelta(minutes=10) + timedelta(minutes=10, seconds=1)},
        {"submitted_at": NOW - timedelta(minutes=10) - timedelta(minutes=10, seconds=1)},
        {"message": "Something else."},
        {"address_key": "bob@example.com"},
        {"address_key": ""},
    ],
)
def test_what_differs_is_another_form(store: Store, changes: dict[str, object]) -> None:
    """More than ten minutes apart, other words, another address or none at all: two submissions."""
    address_key = str(changes.pop("address_key", ANN))
    second = replace(new_submission("w", source="webhook", door=Door.WEBHOOK), **changes)  # type: ignore[arg-type]  # a test's table
    with store.begin() as tx:
        add(tx, new_submission(), address_key=address_key if not address_key else ANN)
        assert add(tx, second, address_key=address_key)[1]
        assert tx.submissions.count() == 2


def test_candidates_share_a_key(store: Store) -> None:
    """Whatever shares any key is found once, by id; a kind of key does not answer for another."""
    with store.begin() as tx:
        ids = [
            add(tx, new_submission(str(number)), keys, "")[0]
            for number, keys in enumerate(
                (
                    (("address", "ann@example.com"), ("phone", "+12125550101")),
                    (("phone", "+12125550101"), ("phone", "+12125550101")),
                    (("names", "+12125550101"),),
                )
            )
        ]
    with store.read() as tx:
        found, common = tx.submissions.candidates([("phone", "+12125550101"), ("address", "ann@example.com")])
        assert [submission.id for submission in found] == ids[:2]
        assert common == frozenset()
        assert tx.submissions.candidates([]) == ([], frozenset())
        assert tx.submissions.candidates([("phone", "unknown")]) == ([], frozenset())


def test_a_common_key_is_capped_and_named(store: Store) -> None:
    """Of a key that too many share the newest are looked at, and the key is said to be common."""
    with store.begin() as tx:
        ids = [
            add(tx, new_submission(str(number)), (("names", "ann smith"), ("phone", str(number))), "")[0]
            for number in range(12)
        ]
    with store.read() as tx:
        found, common = tx.submissions.candidates([("phone", "3"), ("names", "ann smith")], cap=5)
        assert [submission.id for submission in found] == [ids[3], *ids[-4:]]
        assert common == {("names", "ann smith")}
        assert tx.submissions.candidates([("names", "ann smith")], cap=12)[1] == frozenset()


def test_very_many_keys_are_asked_in_pieces(store: Store) -> None:
    """Two hundred keys of one email find what one of them would."""
    keys = tuple(("local", f"variant-{number}") for number in range(200))
    with store.begin() as tx:
        submission_id, _ = add(tx, new_submission(), keys[-1:], "")
        found, _ = tx.submissions.candidates(keys)
    assert [submission.id for submission in found] == [submission_id]


def test_practices_never_find_each_others_forms(store: Store, tmp_path: Path) -> None:
    """The same key in another practice's forms stays there, and so does the same form."""
    other = open_store(tmp_path, "other practice")
    with store.begin() as tx:
        submission_id, _ = add(tx, new_submission(), (("phone", "1"),))
    with other.begin() as tx:
        assert tx.submissions.candidates([("phone", "1")]) == ([], frozenset())
        assert tx.submissions.get(submission_id) is None
        assert add(tx, new_submission())[1]
        assert tx.submissions.count() == 1
    other.close()


def test_the_newest_forms_come_first(store: Store) -> None:
    """Lists show the newest form first, and the age of the newest is known."""
    with store.begin() as tx:
        assert tx.submissions.newest_at() is None
        ids = [
            add(tx, new_submission(str(age), submitted_at=NOW - timedelta(days=age)), (), "")[0] for age in (3, 1, 2)
        ]
        assert tx.submissions.newest_at() == NOW - timedelta(days=1)
        assert [submission.id for submission in tx.submissions.recent(2)] == [ids[1], ids[2]]


def test_finding_candidates_never_reads_a_whole_table(store: Store, tmp_path: Path) -> None:
    """SQLite answers every hot question from an index, with no figures about the data."""
    statements: list[str] = []
    with store.begin() as tx:
        add(tx, new_submission(), (("phone", "1"),))
        tx.submissions._connection.connection.driver_connection.set_trace_callback(statements.append)  # type: ignore[union-attr]  # sqlite3's own connection
        tx.submissions.candidates([("phone", "1")])
        add(tx, new_submission("w", source="webhook", door=Door.WEBHOOK))
        tx.outbox.history(ANN, "example.com", NOW)
        tx.emails.known(["fingerprint"])
        tx.emails.unmarked("INBOX", 7, 10)
        tx.outbox.thread_submissions(["<a@example.com>"])
        tx.submissions._connection.connection.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]  # as above
    raw = sqlite3.connect(tmp_path / "triage.db")
    for statement in statements:
        if statement.startswith("SELECT"):
            plan = [str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}")]
            assert not [step for step in plan if step.startswith("SCAN") and "posting" not in step], plan
    raw.close()
    assert len(statements) >= 8
