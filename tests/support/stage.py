"""A stage for stories: the service as a process between a real mailbox and a real sink, and the promises it must keep.

The promises are checked after every story, whatever it tells: nothing lost, nobody answered twice, every letter proven,
the unread marks untouched, and no word of a patient in any log.
"""

from __future__ import annotations

import itertools
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.answers import Answer, read_answer
from tests.support.dovecot import DovecotServer, append
from tests.support.service import Service
from tests.support.sink import Sink
from tests.support.written import message_id_of, private_words

_numbers = itertools.count(1)
_STATES = ("answered", "not_answered", "with_staff", "quarantined")


@dataclass
class Stage:
    """One service, its mailbox and its sink. `told` collects whatever its processes said."""

    service: Service
    dovecot: DovecotServer
    sink: Sink
    user: str
    delivered: list[bytes] = field(default_factory=list)
    unseen: Counter[bool] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    @classmethod
    def between(cls, folder: Path, dovecot: DovecotServer, sink: Sink, **settings: str) -> Stage:
        """A stage whose service is set up as `Service.between` says."""
        user = f"story{next(_numbers)}@example.com"
        service = Service.between(folder, dovecot.imap_port, user, sink.port, **settings)
        return cls(service, dovecot, sink, user)

    @property
    def folder(self) -> str:
        """The watched folder."""
        return self.service.settings.get("IMAP_FOLDER", "INBOX")

    def deliver(self, *contents: bytes, minutes_ago: int = 0, seen: bool = False, counted: bool = True) -> list[int]:
        """Mail arrives; the UIDs. Staff may have `seen` it; what lies behind the watermark is not `counted`."""
        moment = datetime.now(UTC) - timedelta(minutes=minutes_ago) if minutes_ago else None
        with self.dovecot.client(self.user) as client:
            if not client.folder_exists(self.folder):
                client.create_folder(self.folder)
            uids = [append(client, self.folder, content, moment) for content in contents]
            if seen:
                client.select_folder(self.folder)
                client.add_flags(uids, ["\\Seen"])
        self.delivered += contents if counted else ()
        self.unseen[not seen] += len(contents)
        return uids

    def run(self, code: int = 0, says: str = "", *, failpoint: str = "") -> subprocess.CompletedProcess[str]:
        """`triage run --once`, which must end with `code` and say `says` on stderr."""
        return self.command("run", "--once", code=code, says=says, failpoint=failpoint)

    def command(
        self, *words: str, code: int = 0, says: str = "", failpoint: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """One command, which must end with `code` and say `says`."""
        done = self.service.command(*words, failpoint=failpoint, check=False)
        if words[0] == "run":
            self.told.append(done.stderr)
        said = f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == code, said
        assert "Traceback" not in done.stderr, said
        assert says in done.stdout + done.stderr, said
        return done

    def answers(self) -> list[Answer]:
        """The letters at the sink, in the order in which they came."""
        return [read_answer(message.content, message.recipients) for message in tuple(self.sink.messages)]

    def drafts(self) -> list[Answer]:
        """The letters in the Drafts folder, each marked as a draft."""
        held = self.mailbox("Drafts")
        assert all("\\Draft" in flags for _, flags in held)
        return [read_answer(content) for content, _ in held]

    def mailbox(self, folder: str = "") -> list[tuple[bytes, set[str]]]:
        """Each message of a folder with its flags, in the order of UIDs; nothing if there is no such folder."""
        with self.dovecot.client(self.user) as client:
            folder = folder or self.folder
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            fetched = client.fetch(client.search("ALL"), ["BODY.PEEK[]", "FLAGS"])
            return [
                (items[b"BODY[]"], {flag.decode() for flag in items[b"FLAGS"]} - {"\\Recent"})
                for _, items in sorted(fetched.items())
            ]

    def rebuild(self) -> None:
        """The server builds the watched folder anew: other UIDVALIDITY and UIDs, no keywords, the same mail."""
        kept = self.mailbox()
        with self.dovecot.client(self.user) as client:
            before = client.folder_status(self.folder, ["UIDVALIDITY"])
            deadline = time.monotonic() + 5
            # Dovecot counts UIDVALIDITY in seconds, so a folder made anew within one keeps it.
            while client.folder_status(self.folder, ["UIDVALIDITY"]) == before and time.monotonic() < deadline:
                client.delete_folder(self.folder)
                client.create_folder(self.folder)
            for content, _ in kept:
                append(client, self.folder, content)

    def pass_time(self, hours: int) -> None:
        """Replies that wait for their next attempt have waited that long."""
        path = self.service.folder / "triage.db"
        with closing(sqlite3.connect(path)) as database, database:
            for row_id, moment in database.execute("SELECT id, next_attempt_at FROM outbox").fetchall():
                earlier = datetime.fromisoformat(moment) - timedelta(hours=hours)
                changed = (earlier.isoformat(" ", "microseconds"), row_id)
                database.execute("UPDATE outbox SET next_attempt_at = ? WHERE id = ?", changed)

    def let_lease_expire(self) -> None:
        """Nobody has renewed the right to read the mailbox for ten minutes; OperationalError while it is locked."""
        earlier = (datetime.now(UTC) - timedelta(minutes=10)).strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(sqlite3.connect(self.service.folder / "triage.db", timeout=0.2)) as database, database:
            database.execute("UPDATE lease SET seen_at = ?", (earlier,))

    def check_promises(self, second_letters: Collection[str] = ()) -> list[dict[str, Any]]:
        """Assert all that must hold whatever happened; `second_letters` are the Message-IDs that may have two letters.

        Returns the ledger.
        """
        ledger = self.service.ledger()
        self._check_nothing_lost(ledger)
        self._check_letters(second_letters)
        self._check_flags()
        said = "\n".join(self.told)
        for content in self.delivered:
            leaked = {word for word in private_words(content) if word in said}
            assert not leaked, f"the log holds {leaked}"
        return ledger

    def _check_nothing_lost(self, ledger: list[dict[str, Any]]) -> None:
        states = Counter(line["state"] for line in ledger)
        assert set(states) <= set(_STATES)
        expected = Counter(message_id_of(content) for content in self.delivered)
        assert Counter(line["message_id"] for line in ledger) == expected, "mail was lost, or counted twice"

    def _check_letters(self, second_letters: Collection[str]) -> None:
        answers = self.answers()
        for answer in (*answers, *self.drafts()):
            answer.prove()
        pairs = Counter((answer.answers, answer.letter) for answer in answers)
        assert not [pair for pair, count in pairs.items() if count > 1], "one letter was sent twice"
        answered = Counter(answer.answers for answer in answers)
        twice = {message_id for message_id, count in answered.items() if count > 1}
        assert twice <= set(second_letters), f"answered twice: {twice}"
        assert len({answer.message_id for answer in answers}) == len(answers)

    def _check_flags(self) -> None:
        with self.dovecot.client(self.user) as client:
            ours = [name for _, _, name in client.list_folders() if name == self.folder or name.startswith("Triage/")]
        seen = [("\\Seen" in flags) for folder in ours for _, flags in self.mailbox(folder)]
        assert Counter(not one for one in seen) == self.unseen, "an unread mark was changed, or mail vanished"
