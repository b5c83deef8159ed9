"""The lexicon that ships with triage, read once for all tests, and screening with it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tests.support.emails import rules
from triage.core.email import Email
from triage.core.signal import Screening
from triage.screening import Lexicon, parse_lexicon, screen

FOLDER = Path(__file__).parents[2] / "triage" / "screening" / "lexicon"


def lexicon_texts() -> dict[str, str]:
    """The files as they ship, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.toml"))}


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon, compiled."""
    return parse_lexicon(lexicon_texts())


def organisational_domain(domain: str) -> str:
    """The last two labels: enough for example.com and example.org."""
    return ".".join(domain.lower().split(".")[-2:])


def screened(email: Email, **overrides: Any) -> Screening:
    """The screening of a mail under the invented practice's rules; `rules` and screen's own options may be given."""
    given = overrides.pop("rules", None) or rules()
    return screen(email, given, lexicon(), organisational_domain, **overrides)


def kinds(email: Email, **overrides: Any) -> set[str]:
    """The stored values of the signals seen."""
    return {kind.value for kind in screened(email, **overrides).kinds}
