"""The same candidates, and so the same verdict, whether the keys are held in memory or in the store."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.store import open_store
from triage.core.address import canonical
from triage.core.submission import Door, Submission
from triage.judgement import StorePast
from triage.matching.index import MemoryIndex
from triage.matching.keys import Key, submission_keys

_FIRST = ("Ana", "Ann", "Anna", "Bob", "Robert", "Carla", "Dan")
_LAST = ("Smith", "Smyth", "Perez", "Pérez", "Jones")
_WORDS = "I would like to know more about the visit and what it costs, please call me in the evening."


def submissions(count: int) -> list[Submission]:
    """Invented forms that share names, numbers and words often enough to meet every cap."""
    dice = random.Random(7)  # noqa: S311 - the same forms each time
    start = datetime(2026, 10, 1, tzinfo=UTC)
    made = []
    for number in range(1, count + 1):
        first, last = dice.choice(_FIRST), dice.choice(_LAST)
        made.append(
            Submission(
                source="test",
                source_id=str(number),
                door=Door.FILE,
                submitted_at=start + timedelta(minutes=number),
                name=f"{first} {last}",
                email=f"{first}.{last}{dice.randrange(30)}@example.com".lower(),
                phone=f"(202) 555-01{dice.randrange(100):02}",
                message=f"{_WORDS} {dice.randrange(50)}",
                id=number,
            )
        )
    return made


def test_memory_and_store_find_the_same_candidates(tmp_path: Path) -> None:
    """For the keys of every tenth form, both hold the same people and call the same keys common."""
    forms = submissions(400)
    index = MemoryIndex()
    store = open_store(tmp_path)
    with store.begin() as tx:
        for form in forms:
            index.add(form)
            keys = [(key.kind.value, key.value) for key in submission_keys(form)]
            stored_id, _ = tx.submissions.add(form, keys, form.submitted_at, address_key=canonical(form.email))
            assert stored_id == form.id
    with store.read() as tx:
        past = StorePast(tx)
        for form in forms[::10]:
            keys: tuple[Key, ...] = submission_keys(form)
            in_memory, common_in_memory = index.candidates(keys)
            in_store, common_in_store = past.candidates(keys)
            assert {one.id for one in in_memory} == {one.id for one in in_store}
            assert common_in_memory == common_in_store
    store.close()
