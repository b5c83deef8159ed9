"""An invented practice's facts, and copies of the shipped templates that tests may break."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from triage.letters.check import check_folder
from triage.letters.context import PracticeFacts
from triage.letters.problem import LetterProblem

TEMPLATES = Path(__file__).parents[2] / "templates"
LANGUAGES = ("en", "es")
FACTS = PracticeFacts(
    name="Lakeside Infusion Clinic",
    email="hello@lakeside.example.com",
    phone="(555) 555-0123",
    website="https://www.lakeside.example.com",
    postal_address="12 Lake Street, Springfield, IL 62701",
    form_url="https://lakeside.example.com/contact",
)


def copy_templates(folder: Path) -> Path:
    """A copy of the shipped templates inside `folder`."""
    return Path(shutil.copytree(TEMPLATES, folder / "templates"))


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Replace a file's text by what `change` makes of it; the change must be one."""
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


def problems_of(folder: Path, path: str, facts: PracticeFacts = FACTS) -> list[LetterProblem]:
    """What the check says of one file of a folder."""
    return [problem for problem in check_folder(folder, facts, LANGUAGES) if problem.path == path]
