"""Each situation of `tests/data/matching/stories.toml` gets its verdict, with the index between form and mail."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest

from tests.support.emails import RECEIVED, email
from triage.core.email import Address
from triage.core.match import Match, Verdict
from triage.core.rules import MatchPolicy
from triage.core.submission import Door, Submission
from triage.matching.author import read_author
from triage.matching.index import MemoryIndex
from triage.matching.keys import email_keys
from triage.matching.verdict import match

_FILE = Path(__file__).parents[1] / "data" / "matching" / "stories.toml"
STORIES: list[dict[str, Any]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))["story"]


def _forms(story: dict[str, Any]) -> list[Submission]:
    hours = story.get("hours", [])
    forms = []
    for number, written in enumerate(story["forms"], 1):
        name, address, phone, message = (part.strip() for part in written.split("|"))
        age = hours[number - 1] if hours else 1
        forms.append(
            Submission(
                *("test", f"form-{number}", Door.FILE, RECEIVED - timedelta(hours=age)),
                name=name,
                email=address,
                phone=phone,
                message=message,
                id=number,
            )
        )
    return forms


def _decide(story: dict[str, Any], policy: MatchPolicy) -> Match:
    forms = _forms(story)
    index = MemoryIndex()
    for form in forms:
        index.add(form)
    display, spec = parseaddr(story["from"]) if "," not in story["from"] else _with_comma(story["from"])
    replies = (Address("", story["reply_to"]),) if "reply_to" in story else ()
    mail = email(from_=(Address(display, spec),), reply_to=replies, text=story["text"])
    author = read_author(mail)
    found, common = index.candidates(email_keys(author))
    thread = frozenset({story["thread"]} if "thread" in story else ())
    found += [form for form in forms if form.id in thread]
    return match(mail, author, found, policy=policy, thread_submission_ids=thread, common_keys=common)


def _with_comma(written: str) -> tuple[str, str]:
    display, _, rest = written.partition(" <")
    return display, rest.rstrip(">")


@pytest.mark.parametrize("policy", list(MatchPolicy))
@pytest.mark.parametrize("story", STORIES, ids=[story["name"] for story in STORIES])
def test_story(story: dict[str, Any], policy: MatchPolicy) -> None:
    """The verdict is the story's, for the right form, and says why."""
    decided = _decide(story, policy)
    assert decided.verdict.value == story[policy.value], decided.evidence
    if decided.verdict is Verdict.NONE:
        assert (decided.submission_id, decided.candidates) == (0, ())
        return
    right = story.get("right", 1)
    assert decided.submission_id == right or (story.get("any") and right)
    assert decided.candidates[0] == decided.submission_id
    assert all(item.sentence.endswith(".") for item in decided.evidence)


def test_no_sentence_repeats_the_patient() -> None:
    """The sentences for staff hold no name, address or number of anybody."""
    for story in STORIES:
        told = " ".join(item.sentence for item in _decide(story, MatchPolicy.STANDARD).evidence).lower()
        for form in _forms(story):
            assert not any(part and part.lower() in told for part in (*form.name.split(), form.email, form.phone))
