"""The lexicon files: each entry is signed with a reason and a source, and a slip names file and entry."""

from __future__ import annotations

import pytest

from tests.support.lexicon import lexicon, lexicon_texts
from triage.core.signal import Level
from triage.errors import OperatorError
from triage.screening import assess, parse_lexicon
from triage.screening.lexicon import FILES, Tier

ENTRY = '[[entry]]\nid = "own_words"\ntier = "urgent"\nwhy = "w"\nsource = "s"\npatterns = ["blue horse"]\n'


def test_every_file_that_is_named_ships_and_no_other() -> None:
    """`FILES` is the table of contents."""
    assert set(FILES) == set(lexicon_texts())


def test_every_tier_has_entries_and_every_entry_a_reason_and_a_source() -> None:
    """A clinician can read why each is there."""
    entries = {*lexicon().danger.owners, *lexicon().topics.owners, *lexicon().machines.owners}
    assert {entry.tier for entry in entries} == set(Tier)
    assert all(entry.why.endswith(".") and entry.source for entry in entries)


def test_every_file_says_its_version_and_who_signed_it() -> None:
    """Files of phrases carry `[about]`."""
    assert all("version" in line for line in lexicon().versions)
    assert len(lexicon().versions) >= 8


def test_a_practice_extends_the_lexicon_without_code() -> None:
    """One more file with one entry is found like any other."""
    extended = parse_lexicon(lexicon_texts() | {"practice.toml": ENTRY})
    found = assess("", "I saw the blue horse.", extended)
    assert found.level is Level.URGENT
    assert found.signals[0].because == "practice: own_words"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[entry", "practice.toml is not valid TOML"),
        ('[[entry]]\nid = "x"\n', "entry 'x', needs 'why'"),
        (ENTRY.replace('"urgent"', '"loud"'), "entry 'own_words', has tier = 'loud'"),
        (ENTRY.replace('["blue horse"]', '["blue ("]'), "entry 'own_words', has the phrase 'blue ('"),
        (ENTRY.replace('["blue horse"]', "[]"), "entry 'own_words', needs patterns"),
        (ENTRY.replace('["blue horse"]', '["{nobody}"]'), "There is no set named 'nobody'"),
        (ENTRY + "unles = []\n", "entry 'own_words', has 'unles'"),
        (ENTRY + 'unless = ["never"]\n', "has unless = 'never'"),
        ('[entry]\nid = "x"\n', "must be written [[entry]]"),
        ("[colour]\n", "knows no section 'colour'"),
        ('[sets]\nself = ["x"]\n', "is a set that another file has already"),
    ],
)
def test_a_slip_names_the_file_and_the_entry(text: str, said: str) -> None:
    """Nothing is used in part: the operator gets a sentence and a remedy."""
    with pytest.raises(OperatorError) as error:
        parse_lexicon(lexicon_texts() | {"practice.toml": text})
    assert said in error.value.problem
    assert "practice.toml" in error.value.problem
    assert error.value.advice
