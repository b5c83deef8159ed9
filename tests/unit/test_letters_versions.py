"""Notices cannot change unnoticed: versions, the record of their words, and who approved them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.letters import FACTS, LANGUAGES, copy_templates, edit, problems_of
from triage.letters.check import check_folder
from triage.letters.problem import Severity

ELECTIVE = "notices/en/elective.md"
VERSIONS = "notices/versions.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_templates(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "sentence", "line"),
    [
        ("purely elective", "elective", "The notice changed, but is still version 1.", 0),
        ("title: Your choice", "title: It is yours", "The notice changed, but is still version 1.", 0),
        ("id: elective", "id: electve", "The notice's id is not the name of its file.", 2),
        ("version: 1", "version: 0", "The notice has no version.", 3),
        ("version: 1\n", "", "The notice has no version.", 1),
        ("title: Your choice\n", "", "The notice has no title.", 1),
        ("required_for: all", "required_for: [received]", "Every letter must carry this notice.", 5),
        ("required_for: all\n", "", "Every letter must carry this notice.", 1),
        ("purely", "**purely**", "There is formatting in", 7),
        ("This treatment", "- This treatment", "There is formatting in", 7),
        ("purely", "[purely](https://www.fda.gov)", "There is formatting in", 7),
        ("purely elective", "{{ first_name }}", "`{{ first_name }}` is not a field", 7),
        ("purely elective", "guaranteed", "`guaranteed` promises something", 7),
        ("purely elective", "{{ practice.phone", "are left open", 7),
        ("purely", "<b>purely</b>", "HTML in the text", 7),
        ("purely", "x" * 2100, "longer than 2,000 characters", 0),
    ],
)
def test_a_slip_in_a_notice_is_told(folder: Path, old: str, new: str, sentence: str, line: int) -> None:
    """Each slip in a notice is an error at its line, and no letter but the crisis letter leaves without that notice."""
    edit(folder / ELECTIVE, lambda text: text.replace(old, new))
    found = [problem for problem in problems_of(folder, ELECTIVE) if sentence in problem.sentence]
    assert [(problem.line, problem.severity) for problem in found] == [(line, Severity.ERROR)], found
    assert "without its notices: elective" in problems_of(folder, "letters/en/received.md")[0].sentence
    assert problems_of(folder, "letters/en/crisis.md") == []


@pytest.mark.parametrize("words", ["", "\n\n", "{% if practice.phone %}{% endif %}\n"])
def test_an_emptied_notice_is_told(folder: Path, words: str) -> None:
    """A notice cannot be emptied, not even by an if."""
    edit(folder / ELECTIVE, lambda text: text[: text.index("This treatment")] + words)
    assert "The notice is empty." in [problem.sentence for problem in problems_of(folder, ELECTIVE)]


def test_a_missing_notice_is_told(folder: Path) -> None:
    """A required notice whose file is gone is an error for it and for each letter that needs it."""
    (folder / ELECTIVE).unlink()
    assert problems_of(folder, ELECTIVE)[0].sentence == "The required notice `elective` is missing."


def test_a_changed_notice_with_a_new_version_is_used_and_asks_to_be_recorded(folder: Path) -> None:
    """A new version is no error; the warning holds the very line that records it."""
    edit(folder / ELECTIVE, lambda text: text.replace("version: 1", "version: 2").replace("purely", "entirely"))
    (problem,) = problems_of(folder, ELECTIVE)
    assert problem.severity is Severity.WARNING
    assert problem.sentence == "Version 2 of the notice `elective` is not recorded yet."
    entry = problem.advice.rpartition("elective.2")[2]
    edit(folder / VERSIONS, lambda text: text.replace("[en]\n", f"[en]\nelective.2{entry}\n"))
    assert problems_of(folder, ELECTIVE) == []
    edit(folder / ELECTIVE, lambda text: text.replace("entirely", "wholly"))
    assert problems_of(folder, ELECTIVE)[0].advice.startswith("Write `version: 3`")


def test_approvals_that_nobody_recorded_are_one_warning(folder: Path) -> None:
    """The drafts say that nobody approved them, until somebody writes down who did."""
    (problem,) = problems_of(folder, VERSIONS)
    assert problem.severity is Severity.WARNING
    assert "who approved 28 of the notices (en/crisis, en/automated, en/elective ...)" in problem.sentence
    edit(folder / VERSIONS, lambda text: text.replace('approved_by = ""', 'approved_by = "A. Clinician, 2026-01-02"'))
    assert check_folder(folder, FACTS, LANGUAGES) == ()


def test_a_broken_or_missing_record_is_told(folder: Path) -> None:
    """Without the record nothing stops, but everybody is told."""
    (folder / VERSIONS).write_text("[en\n")
    assert problems_of(folder, VERSIONS)[0].sentence == "The record of the notices' versions cannot be read."
    (folder / VERSIONS).write_text('en = 1\n[es]\nelective = 2\nrisks.x = {}\nmeds.1 = "abc"\n')
    assert "approved 28" in problems_of(folder, VERSIONS)[0].sentence
    (folder / VERSIONS).unlink()
    assert problems_of(folder, VERSIONS)[0].sentence == "The record of the notices' versions is missing."


def test_a_notice_of_the_practices_own_needs_letters_and_a_twin(folder: Path) -> None:
    """A further notice says which letters carry it; its missing translation is a warning; its name is an id."""
    own = "---\nid: parking\nversion: 1\ntitle: Parking\nrequired_for: {}\n---\nPark behind the house.\n"
    (folder / "notices/en/parking.md").write_text(own.format("[received, nobody]"))
    (folder / "notices/en/Bad Name.md").write_text(own.format("all"))
    found = [problem.sentence for problem in problems_of(folder, "notices/en/parking.md")]
    assert "It is not clear which letters carry this notice." in found
    assert "another language has it" in problems_of(folder, "notices/es/parking.md")[0].sentence
    assert problems_of(folder, "notices/en/Bad Name.md")[0].sentence == "The file's name is no id."
