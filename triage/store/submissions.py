"""Contact-form submissions and the keys that find them again. A form that came through two doors is stored once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Row,
    Select,
    TextualSelect,
    bindparam,
    exists,
    func,
    insert,
    select,
    text,
)

from triage.core.submission import Door, Submission
from triage.store.schema import submission as table
from triage.store.schema import submission_key, submission_source
from triage.store.statements import chunked, insert_one

Key = tuple[str, str]
"""A kind of key and its value, such as ("phone", "+12125550101")."""

SAME_FORM = timedelta(minutes=10)
"""How far apart two doors may say the same form was sent."""

_KEYS_AT_ONCE = 96
_NO_CAPS: Mapping[str, int] = {}

_COLUMNS = (
    table.c.source,
    table.c.source_id,
    table.c.door,
    table.c.submitted_at,
    table.c.name,
    table.c.email,
    table.c.phone,
    table.c.message,
    table.c.consent,
    table.c.language,
    table.c.page,
    table.c.fields,
    table.c.id,
)
_STORED: Select[Any] = select(*_COLUMNS).where(table.c.practice == bindparam("practice"))
_BY_IDS = _STORED.where(table.c.id.in_(bindparam("wanted", expanding=True))).order_by(table.c.id)
_BY_SOURCE = select(submission_source.c.submission_id).where(
    submission_source.c.practice == bindparam("practice"),
    submission_source.c.source == bindparam("source"),
    submission_source.c.source_id == bindparam("source_id"),
)
_SAME_FORM = (
    select(table.c.id)
    .where(
        table.c.practice == bindparam("practice"),
        table.c.address_key == bindparam("address_key"),
        table.c.message_digest == bindparam("message_digest"),
        table.c.submitted_at.between(bindparam("earliest"), bindparam("latest")),
        ~exists().where(submission_source.c.submission_id == table.c.id, submission_source.c.door == bindparam("door")),
    )
    .order_by(table.c.id)
    .limit(1)
)
_INSERT = insert(table)
_INSERT_SOURCE = insert(submission_source)
_INSERT_KEYS = insert(submission_key)


class Submissions:
    """The submissions of one practice, inside one transaction."""

    def __init__(self, connection: Connection, practice: int) -> None:
        self._connection = connection
        self._practice = practice

    def add(self, submission: Submission, keys: Sequence[Key], now: datetime, *, address_key: str) -> tuple[int, bool]:
        """Store a submission with its keys: (id, whether it is new).

        It is known already when its source and source id are, or when the same canonical address (`address_key`)
        sent the same message through another door within ten minutes; that door is then noted beside the first.
        """
        known = self._known(submission)
        if known:
            return known, False
        digest = _digest(submission.message)
        same = self._same_form(submission, address_key, digest)
        if same:
            self._note_source(submission, same, now)
            return same, False
        values = _values(submission) | {
            "practice": self._practice,
            "address_key": address_key,
            "message_digest": digest,
            "stored_at": now,
        }
        submission_id = insert_one(self._connection, _INSERT, values)
        self._note_source(submission, submission_id, now)
        rows = [
            {"practice": self._practice, "kind": kind, "key": key, "submission_id": submission_id}
            for kind, key in sorted(set(keys))
        ]
        if rows:
            self._connection.execute(_INSERT_KEYS, rows)
        return submission_id, True

    def get(self, submission_id: int) -> Submission | None:
        """The submission with this id."""
        return next(iter(self._by_ids([submission_id])), None)

    def candidates(
        self, keys: Sequence[Key], cap: int = 200, kind_caps: Mapping[str, int] = _NO_CAPS
    ) -> tuple[list[Submission], frozenset[Key]]:
        """Submissions that share a key, at most `cap` in all, and the keys that more than `cap` share (too common).

        Keys are followed in the order given, the newest submission of each first, so give the strongest kind first. A
        key of a kind in `kind_caps` that more submissions share than its cap finds nobody. The same as
        `triage.matching.index.MemoryIndex.candidates`; the cost does not grow with the store.
        """
        distinct = list(dict.fromkeys(keys))
        postings: dict[Key, list[int]] = {}
        for start in range(0, len(distinct), _KEYS_AT_ONCE):
            postings |= self._postings(distinct[start : start + _KEYS_AT_ONCE], cap + 1)
        found: dict[int, None] = {}
        for key in distinct:
            ids = postings.get(key, [])
            if len(ids) <= kind_caps.get(key[0], len(ids)):
                found |= dict.fromkeys(ids[: max(0, cap - len(found))])
        common = frozenset(key for key, ids in postings.items() if len(ids) > cap)
        return self._by_ids(sorted(found)), common

    def count(self) -> int:
        """How many submissions there are."""
        query = select(func.count()).where(table.c.practice == self._practice)
        return self._connection.execute(query).scalar_one()

    def newest_at(self) -> datetime | None:
        """When the newest form was filled in."""
        query = select(table.c.submitted_at).where(table.c.practice == self._practice)
        return self._connection.execute(query.order_by(table.c.submitted_at.desc()).limit(1)).scalar()

    def after(self, submission_id: int, limit: int = 500) -> list[Submission]:
        """Submissions stored after this one, in the order they were stored."""
        query = _STORED.where(table.c.id > submission_id).order_by(table.c.id).limit(limit)
        return [_submission(row) for row in self._connection.execute(query, {"practice": self._practice})]

    def recent(self, limit: int) -> list[Submission]:
        """The newest submissions, newest first."""
        query = _STORED.order_by(table.c.submitted_at.desc(), table.c.id.desc()).limit(limit)
        return [_submission(row) for row in self._connection.execute(query, {"practice": self._practice})]

    def _known(self, submission: Submission) -> int:
        values = {"practice": self._practice, "source": submission.source, "source_id": submission.source_id}
        return self._connection.execute(_BY_SOURCE, values).scalar() or 0

    def _same_form(self, submission: Submission, address_key: str, digest: str) -> int:
        if not address_key:
            return 0
        values = {
            "practice": self._practice,
            "address_key": address_key,
            "message_digest": digest,
            "earliest": submission.submitted_at - SAME_FORM,
            "latest": submission.submitted_at + SAME_FORM,
            "door": submission.door,
        }
        return self._connection.execute(_SAME_FORM, values).scalar() or 0

    def _note_source(self, submission: Submission, submission_id: int, now: datetime) -> None:
        values = {
            "practice": self._practice,
            "source": submission.source,
            "source_id": submission.source_id,
            "submission_id": submission_id,
            "door": submission.door,
            "seen_at": now,
        }
        self._connection.execute(_INSERT_SOURCE, values)

    def _postings(self, keys: Sequence[Key], most: int) -> dict[Key, list[int]]:
        values: dict[str, Any] = {"practice": self._practice, "most": most}
        for place, (kind, key) in enumerate(keys):
            values |= {f"kind{place}": kind, f"key{place}": key}
        postings: dict[Key, list[int]] = {}
        for place, submission_id in self._connection.execute(_postings_query(len(keys)), values):
            postings.setdefault(keys[place], []).append(submission_id)
        return postings

    def _by_ids(self, ids: Sequence[int]) -> list[Submission]:
        return [
            _submission(row)
            for wanted in chunked(ids)
            for row in self._connection.execute(_BY_IDS, {"practice": self._practice, "wanted": wanted})
        ]


@lru_cache(maxsize=_KEYS_AT_ONCE)
def _postings_query(keys: int) -> TextualSelect:
    """One statement for that many keys. Written as text, for SQLAlchemy takes longer to build it than SQLite to run."""
    one = (
        "SELECT * FROM (SELECT {place} AS place, submission_id FROM submission_key "
        "WHERE practice = :practice AND kind = :kind{place} AND key = :key{place} "
        "ORDER BY submission_id DESC LIMIT :most) AS posting{place}"
    )
    whole = text(" UNION ALL ".join(one.format(place=place) for place in range(keys)))
    return whole.columns(place=Integer, submission_id=BigInteger)  # else each execution describes its result anew


def _digest(message: str) -> str:
    """The same words, whatever a mail program or an export did to white space."""
    return sha256(" ".join(message.split()).encode()).hexdigest()


def _values(submission: Submission) -> dict[str, Any]:
    return {
        "source": submission.source,
        "source_id": submission.source_id,
        "door": submission.door,
        "submitted_at": submission.submitted_at,
        "name": submission.name,
        "email": submission.email,
        "phone": submission.phone,
        "message": submission.message,
        "consent": submission.consent,
        "language": submission.language,
        "page": submission.page,
        "fields": json.dumps(submission.fields),
    }


def _submission(row: Row[Any]) -> Submission:
    """By position (`_COLUMNS`): a row's attributes are slow, and a common name brings hundreds of rows."""
    source, source_id, door, at, name, address, phone, message, consent, language, page, fields, number = tuple(row)
    answers = tuple((label, answer) for label, answer in json.loads(fields))
    return Submission(
        source, source_id, Door(door), at, name, address, phone, message, consent, language, page, answers, number
    )
