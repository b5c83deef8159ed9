"""WPForms: HTML with `field-name` and `field-value` cells (classic: one above the other; compact: one row), or plain
text with `--- Label ---` lines; subject `New Entry: FORM`; the last line is `Sent from SITE`.
"""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.answers import assemble
from triage.forms.layouts import best_pairs, between
from triage.forms.lines import colon, dashes
from triage.forms.reading import FormReading

SYSTEM = "wpforms"
_SUBJECTS = ("new entry", "nueva entrada")
_FOOTERS = ("sent from", "enviado desde")


def recognise(email: Email) -> bool:
    """Its cell classes in the HTML, or its subject above `--- Label ---` lines."""
    if "field-name" in email.html and "field-value" in email.html:
        return True
    if not email.subject.strip().lower().startswith(_SUBJECTS):
        return False
    return any(line.startswith("--- ") and line.rstrip().endswith(" ---") for line in email.text.splitlines()[:20])


def read(email: Email) -> FormReading:
    """Label and value cells or lines; the footer is cut only where it is the mail's last line."""
    last = email.text.rstrip().rpartition("\n")[2].strip().lower()
    text = between(email.text, (), _FOOTERS) if last.startswith(_FOOTERS) else email.text
    return assemble(SYSTEM, 0.95, email, best_pairs(text, email.html, ((dashes, True), (colon, False))))
