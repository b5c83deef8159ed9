"""Kill -9 at any moment of writing, and writers side by side: what was committed is there, all or nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest

from tests.support.store import NOW, new_entry, new_reply, open_store, url_of
from triage.core.email import Place
from triage.core.outbox import ReplyState, Settlement
from triage.core.rules import Mode
from triage.store import Store

_SPAWN = multiprocessing.get_context("spawn")
PATIENCE = 60.0


def _write_batches(folder: str, pipe: Pipe) -> None:
    """Commit batches of ten emails with their replies for ever; say each committed batch."""
    store = open_store(Path(folder))
    for batch in range(10_000):
        with store.begin() as tx:
            for uid in range(batch * 10 + 1, batch * 10 + 11):
                email_id = tx.emails.add(new_entry(uid), NOW)
                tx.outbox.plan(new_reply(email_id), NOW)
                tx.audit.add("email_answered", NOW, email_id=email_id)
            tx.cursors.set("INBOX", 7, batch * 10 + 10, NOW)
        pipe.send(batch)


@pytest.mark.parametrize("batches", [1, 3])
def test_a_killed_writer_leaves_whole_batches_only(tmp_path: Path, batches: int) -> None:
    """After SIGKILL every batch that was reported is there, and none is there in part."""
    ours, theirs = _SPAWN.Pipe(duplex=False)
    writer = _SPAWN.Process(target=_write_batches, args=(str(tmp_path), theirs))
    writer.start()
    assert writer.pid
    for _ in range(batches):
        assert ours.poll(PATIENCE)
        ours.recv()
    os.kill(writer.pid, signal.SIGKILL)
    writer.join(PATIENCE)
    reported = batches
    while ours.poll(0):
        try:
            ours.recv()
        except EOFError:
            break
        reported += 1
    store = open_store(tmp_path)
    store.check()
    with store.read() as tx:
        entries = list(tx.emails.ledger())
        cursor = tx.cursors.get("INBOX")
        assert cursor is not None
        assert cursor.last_uid == len(entries) >= reported * 10
        assert len(entries) % 10 == 0
        assert {entry.reply_state for entry in entries} == {"planned"}
        assert all(len(tx.audit.story(entry.id)) == 1 for entry in entries[-10:])
        assert tx.outbox.get(len(entries)) is not None
    store.close()


def _die_inside(folder: str) -> None:
    """Write half a batch and die before the commit."""
    store = open_store(Path(folder))
    with store.begin() as tx:
        tx.emails.add(new_entry(2), NOW)
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_writer_killed_inside_a_transaction_leaves_nothing_and_no_lock(tmp_path: Path) -> None:
    """The next process reads the old state and writes at once."""
    store = open_store(tmp_path)
    with store.begin() as tx:
        tx.emails.add(new_entry(1), NOW)
    writer = _SPAWN.Process(target=_die_inside, args=(str(tmp_path),))
    writer.start()
    writer.join(PATIENCE)
    assert writer.exitcode == -signal.SIGKILL
    with store.begin() as tx:
        assert [entry.place.uid for entry in tx.emails.ledger()] == [1]
        tx.emails.add(new_entry(2), NOW)
    store.close()


def _claim_one_by_one(folder: str, pipe: Pipe) -> None:
    store = open_store(Path(folder), busy_seconds=PATIENCE)
    claimed = []
    while True:
        with store.begin() as tx:
            rows = tx.outbox.claim(Mode.SEND, NOW, 1)
            for row in rows:
                tx.outbox.begin_closing(row.id, NOW)
                tx.outbox.settle(Settlement(row.id, ReplyState.SENT), NOW)
        if not rows:
            break
        claimed += [row.id for row in rows]
    pipe.send(claimed)
    store.close()


def test_two_processes_never_claim_the_same_reply(tmp_path: Path) -> None:
    """Each reply is claimed exactly once, however the two are interleaved."""
    store = open_store(tmp_path)
    with store.begin() as tx:
        for uid in range(1, 121):
            tx.outbox.plan(new_reply(tx.emails.add(new_entry(uid), NOW), state=ReplyState.READY), NOW)
    pipes, workers = [], []
    for _ in range(2):
        ours, theirs = _SPAWN.Pipe(duplex=False)
        worker = _SPAWN.Process(target=_claim_one_by_one, args=(str(tmp_path), theirs))
        worker.start()
        pipes.append(ours)
        workers.append(worker)
    claimed = []
    for pipe, worker in zip(pipes, workers, strict=True):
        assert pipe.poll(PATIENCE)
        claimed += pipe.recv()
        worker.join(PATIENCE)
    assert sorted(claimed) == list(range(1, 121))
    store.close()


def _open_and_close(folder: str, pipe: Pipe) -> None:
    store = Store.open(url_of(Path(folder)), "practice", busy_seconds=PATIENCE)
    store.check()
    store.close()
    pipe.send("opened")


def test_two_first_starts_at_once_make_one_database(tmp_path: Path) -> None:
    """Both wait for each other: one migrates, both open."""
    pipes = []
    for _ in range(3):
        ours, theirs = _SPAWN.Pipe(duplex=False)
        _SPAWN.Process(target=_open_and_close, args=(str(tmp_path), theirs)).start()
        theirs.close()
        pipes.append(ours)
    for pipe in pipes:
        assert pipe.poll(PATIENCE)
        assert pipe.recv() == "opened"


def test_threads_share_one_store(tmp_path: Path) -> None:
    """Writers of one process queue up, readers see only whole batches."""
    store = open_store(tmp_path, busy_seconds=PATIENCE)

    def write(number: int) -> None:
        for turn in range(15):
            with store.begin() as tx:
                for half in (1, 2):
                    tx.emails.add(new_entry(place=Place(f"folder-{number}", 1, turn * 2 + half)), NOW)

    def read() -> set[int]:
        seen = set()
        for _ in range(40):
            with store.read() as tx:
                seen.add(sum(tx.emails.counts().values()) % 2)
        return seen

    with ThreadPoolExecutor(6) as threads:
        writing = [threads.submit(write, number) for number in range(4)]
        reading = [threads.submit(read) for _ in range(2)]
        assert [work.result(PATIENCE) for work in writing] == [None] * 4
        assert [work.result(PATIENCE) for work in reading] == [{0}, {0}]
    with store.read() as tx:
        assert sum(tx.emails.counts().values()) == 4 * 15 * 2
    store.close()


def test_a_store_that_was_closed_while_another_is_open_stays_whole(tmp_path: Path) -> None:
    """Closing one of two stores on a file takes nothing from the other."""
    first, second = open_store(tmp_path), open_store(tmp_path)
    with first.begin() as tx:
        tx.meta.set("a", "b")
    first.close()
    with second.read() as tx:
        assert tx.meta.get("a") == "b"
    second.close()
