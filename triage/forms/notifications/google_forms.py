"""Google Forms by an owner's Apps Script, in the four shapes that circulate: `Label :: value`, `[Label]` above its
value, a JSON object of lists, `<h3>` above `<p>`. It comes from the owner's own account, so only the shape tells.
"""

from __future__ import annotations

import json

from triage.core.email import Email
from triage.forms.answers import Pair, assemble
from triage.forms.blocks import blocks_of
from triage.forms.labels import Field
from triage.forms.layouts import fields_found
from triage.forms.lines import bracket, double_colon, read_lines, split_lines
from triage.forms.markup import read_blocks
from triage.forms.reading import FormReading

SYSTEM = "google-forms"
_NEEDED = frozenset({Field.EMAIL})
_TELLING = frozenset({Field.NAME, Field.FIRST_NAME, Field.PHONE, Field.MESSAGE, Field.REASON, Field.SUBMITTED})


def recognise(email: Email) -> bool:
    """One of the four shapes from the mail's first line on, with an email field and one more known field."""
    found = fields_found(_pairs(email))
    return found >= _NEEDED and bool(found & _TELLING)


def read(email: Email) -> FormReading:
    """Whichever of the four shapes the mail has."""
    return assemble(SYSTEM, 0.85, email, _pairs(email))


def _pairs(email: Email) -> list[Pair]:
    text = email.text.strip()
    if text.startswith("{"):
        return _json_pairs(text)
    lines = split_lines(text)
    if not lines:
        return []
    for marker in (double_colon, bracket):
        if marker(lines, 0) is not None:
            return read_lines(text, marker, distinct=True)
    blocks = blocks_of(email.html) if email.html else []
    shape = [block.tag for block in blocks[:4]]
    return read_blocks(blocks) if shape == ["h3", "p", "h3", "p"] else []


def _json_pairs(text: str) -> list[Pair]:
    """`{"Label": ["answer", ...], ...}`, as `JSON.stringify(e.namedValues)` writes it."""
    try:
        answers = json.loads(text[: text.rfind("}") + 1])
    except (ValueError, RecursionError):
        return []
    if not isinstance(answers, dict):
        return []
    return [(str(label), _words(answer)) for label, answer in answers.items()]


def _words(answer: object) -> str:
    if isinstance(answer, list):
        return ", ".join(str(one) for one in answer if one not in ("", None))
    return answer if isinstance(answer, str) else ""
