"""Elementor Pro: subject `New message from "SITE"`, `Label: value` lines, `---`, then Date, Time, Page URL, Remote IP
and `Powered by: Elementor`.
"""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.answers import assemble
from triage.forms.lines import colon, read_lines, split_lines
from triage.forms.reading import FormReading

SYSTEM = "elementor"
_SUBJECTS = ("new message from", "nuevo mensaje de")
_POWERED = "powered by: elementor"
_META = ("date:", "time:", "page url:", "user agent:", "remote ip:", "powered by:", "fecha:", "hora:", "url de la p")


def recognise(email: Email) -> bool:
    """Its last line, or its subject above the block of technical lines."""
    text = email.text.lower()
    if _POWERED in text[-600:]:
        return True
    return email.subject.strip().lower().startswith(_SUBJECTS) and "remote ip:" in text[-1500:]


def read(email: Email) -> FormReading:
    """The labelled lines above the last `---`; the page is named below it."""
    lines = split_lines(email.text)
    cut = next((i for i in range(len(lines) - 1, -1, -1) if _opens_meta(lines, i)), len(lines))
    meta = read_lines("\n".join(lines[cut + 1 :]), colon)
    pairs = [*read_lines("\n".join(lines[:cut]), colon), *meta]
    return assemble(SYSTEM, 0.95, email, pairs)


def _opens_meta(lines: list[str], i: int) -> bool:
    """Whether line `i` is the `---` between the answers and the technical lines."""
    if lines[i].strip() != "---":
        return False
    below = (line.strip().lower() for line in lines[i + 1 :] if line.strip())
    return next(below, "").startswith(_META)
