"""Gravity Forms: a table with a label row in #EAF2FA above each value row, or `Label: value` paragraphs; subject `New
submission from FORM`.
"""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.labels import Field
from triage.forms.layouts import best_pairs, fields_found, read_mail
from triage.forms.reading import FormReading

SYSTEM = "gravity-forms"
_SUBJECTS = ("new submission from", "nuevo env\u00edo de", "nuevo envio de", "nueva entrada de")


def recognise(email: Email) -> bool:
    """Its label rows in the HTML, or its subject above labelled lines with an address."""
    if "#eaf2fa" in email.html.lower():
        return True
    if not email.subject.strip().lower().startswith(_SUBJECTS):
        return False
    found = fields_found(best_pairs(email.text, email.html))
    return Field.EMAIL in found or len(found & {Field.NAME, Field.PHONE, Field.MESSAGE}) >= 2


def read(email: Email) -> FormReading:
    """Label row and value row, or the labelled paragraphs of the text version."""
    return read_mail(SYSTEM, email)
