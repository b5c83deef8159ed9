"""What the columns of an export hold, and which system wrote it, by its header row alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triage.core.clean import one_line
from triage.errors import OperatorError
from triage.forms.answers import address_in
from triage.forms.labels import Field, known_field, likely_field, normalise

MAX_COLUMNS = 200
_FILE = "file"
_SIGNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("gravity-forms", frozenset({"entry id", "entry date", "source url"})),
    ("wpforms", frozenset({"entry id", "entry date"})),
    ("formidable", frozenset({"timestamp", "last updated", "id", "key"})),
    ("microsoft-forms", frozenset({"id", "start time", "completion time"})),
    ("tally", frozenset({"submission id", "respondent id"})),
    ("jotform", frozenset({"submission date", "submission id"})),
    ("typeform", frozenset({"start date utc", "submit date utc"})),
    ("ninja-forms", frozenset({"date submitted"})),
    ("jotform", frozenset({"submission date"})),
    ("squarespace", frozenset({"submitted on"})),
)
"""Systems by the headers (as `normalise` leaves them) that only their exports have together; first match wins."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The labels in order, and where the address, the dates (best first) and the row's own id stand (from 0)."""

    source: str
    labels: tuple[str, ...]
    email: int
    dates: tuple[int, ...]
    id: int | None
    id_is_unique: bool


def columns_of(header: Sequence[str]) -> Columns:
    """What a header row says.

    Raises:
        OperatorError: it is no header row, has too many columns, or none of them is for an email address.
    """
    if len(header) > MAX_COLUMNS:
        raise OperatorError(
            f"The file has {len(header)} columns, more than {MAX_COLUMNS}.", "Export only the form's own fields."
        )
    if any(address_in(cell) for cell in header):
        raise OperatorError(
            "The file has no header row: its first row holds answers.", "Add a first row that names the columns."
        )
    labels = tuple(one_line(cell, 200) for cell in header)
    email = _first(labels, Field.EMAIL)
    if email is None or (len(labels) == 1 and known_field(labels[0]) is not Field.EMAIL):
        raise OperatorError(
            "The file has no column for an email address.",
            'Name that column "Email", and separate the columns by commas, semicolons or tabs.',
        )
    named = [normalise(label) for label in labels]
    unique = _first(labels, Field.SOURCE_ID)
    return Columns(
        source=_source(header, named),
        labels=labels,
        email=email,
        dates=_dates(labels, named),
        id=unique if unique is not None else _first(labels, Field.ROW_ID),
        id_is_unique=unique is not None,
    )


def _first(labels: Sequence[str], wanted: Field) -> int | None:
    """The column whose header is this field's in the table, else the first whose header speaks of it."""
    for look_up in (known_field, likely_field):
        for at, label in enumerate(labels):
            if look_up(label) is wanted:
                return at
    return None


def _dates(labels: Sequence[str], named: Sequence[str]) -> tuple[int, ...]:
    """The date columns, those that say "submitted" before a bare "date", and Typeform's unnamed first column last."""
    found = [at for at, label in enumerate(labels) if known_field(label) is Field.SUBMITTED]
    found.sort(key=lambda at: named[at] in {"date", "fecha", "created"})
    if labels[0].strip() == "#":
        found.append(0)
    return tuple(found)


def _source(header: Sequence[str], named: Sequence[str]) -> str:
    have = set(named)
    if any(cell.strip().startswith("your-") for cell in header):
        return "contact-form-7"
    for system, signs in _SIGNS:
        if signs <= have:
            return system
    if header[0].strip() == "#":
        return "typeform"
    return "google-forms" if named[0] in {"timestamp", "marca temporal"} else _FILE
