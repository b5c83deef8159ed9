"""The letters and notices that were ever in use, by version, so that what went out can be shown for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from triage.core.letter import Notice
from triage.store.schema import letter as letter_table
from triage.store.schema import notice as notice_table
from triage.store.statements import chunked

NoticeRef = tuple[str, str, int, str]
"""Which notice exactly: id, language, version and the SHA-256 (hex) of its text."""


@lru_cache(maxsize=256)
def reference(notice: Notice) -> NoticeRef:
    """How an outbox row refers to a notice."""
    return notice.id, notice.language, notice.version, sha256(notice.text.encode()).hexdigest()


class Letters:
    """Letters and notices of one practice, inside one transaction."""

    def __init__(self, connection: Connection, practice: int) -> None:
        self._connection = connection
        self._practice = practice
        self._written: set[NoticeRef] = set()

    def remember(self, letter: str, language: str, version: str, text: str, now: datetime) -> None:
        """This source text passed every check at `now` and is the letter's last good version."""
        key = {"practice": self._practice, "letter": letter, "language": language, "version": version}
        same = [letter_table.c[name] == value for name, value in key.items()]
        changed = self._connection.execute(update(letter_table).where(*same).values(text=text, good_at=now))
        if not changed.rowcount:
            self._connection.execute(insert(letter_table).values(**key, text=text, good_at=now))

    def last_good(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        """(letter, language) -> (version, source text) of the newest good version of each."""
        rows = self._connection.execute(
            select(letter_table).where(letter_table.c.practice == self._practice).order_by(letter_table.c.good_at)
        )
        return {(row.letter, row.language): (row.version, row.text) for row in rows}

    def remember_notices(self, notices: Sequence[Notice], now: datetime) -> None:
        """Keep these notices' texts, each version once; a text that changed under one version is kept beside it."""
        wanted = {reference(notice): notice for notice in notices}
        new = wanted.keys() - self._written
        if not new:
            return
        stored = self.texts(new)
        missing = [ref for ref in wanted if ref in new and ref not in stored]
        if missing:
            self._connection.execute(
                insert(notice_table),
                [
                    {
                        "practice": self._practice,
                        "notice": ref[0],
                        "language": ref[1],
                        "version": ref[2],
                        "sha256": ref[3],
                        "text": wanted[ref].text,
                        "first_used_at": now,
                    }
                    for ref in missing
                ],
            )
        self._written |= new

    def texts(self, references: Iterable[NoticeRef]) -> dict[NoticeRef, str]:
        """The text of each notice that is stored."""
        wanted = set(references)
        found: dict[NoticeRef, str] = {}
        for digests in chunked(sorted({ref[3] for ref in wanted})):
            rows = self._connection.execute(
                select(notice_table).where(
                    notice_table.c.practice == self._practice, notice_table.c.sha256.in_(digests)
                )
            )
            found.update(((row.notice, row.language, row.version, row.sha256), row.text) for row in rows)
        return {ref: text for ref, text in found.items() if ref in wanted}
