"""FormMail.pl and its clones: From is the visitor, the body opens with `Below is the result of your feedback form.`,
the answers stand between two lines of 75 dashes.

Because its sender is the visitor, such a mail proves nothing by itself; `trust` says so.
"""

from __future__ import annotations

from triage.core.clean import one_line
from triage.core.email import Email
from triage.forms.answers import Pair, address_in, assemble
from triage.forms.lines import colon, read_lines, split_lines
from triage.forms.reading import FormReading

SYSTEM = "formmail-pl"
_OPENING = "below is the result of your feedback form"
_DRAWN = "-" * 60


def recognise(email: Email) -> bool:
    """Its opening words as the first of the text, and its drawn lines."""
    return email.text.lstrip()[:80].lower().startswith(_OPENING) and _DRAWN in email.text


def read(email: Email) -> FormReading:
    """The answers between the first and the last drawn line; name and address from the line above them."""
    lines = split_lines(email.text)
    drawn = [i for i, line in enumerate(lines) if line.strip().startswith(_DRAWN)]
    first = drawn[0] if drawn else 0
    last = drawn[-1] if len(drawn) > 1 else len(lines)
    opening = one_line(" ".join(lines[:first]), 1000)
    pairs = [*_submitted_by(opening), *read_lines("\n".join(lines[first + 1 : last]), colon)]
    return assemble(SYSTEM, 0.9, email, pairs)


def _submitted_by(opening: str) -> list[Pair]:
    """`... It was submitted by Name (address) on DAY`."""
    _, _, rest = opening.partition("submitted by")
    name, opened, behind = rest.partition("(")
    inside, closed, _ = behind.partition(")")
    if not opened or not closed:
        return []
    if address_in(name) and not address_in(inside):
        name, inside = inside, name
    return [("Name", name.strip()), ("Email", inside.strip())]
