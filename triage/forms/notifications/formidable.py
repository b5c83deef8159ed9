"""Formidable Forms: subject `FORM Form submitted on SITE`, a striped table (#f7f7f7) of th and td."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.labels import Field
from triage.forms.layouts import best_pairs, fields_found, read_mail
from triage.forms.reading import FormReading

SYSTEM = "formidable"
_SUBJECTS = ("form submitted on", "formulario enviado en", "formulario enviado desde")


def recognise(email: Email) -> bool:
    """Its subject, and its stripes or labelled lines in the body."""
    subject = email.subject.strip().lower()
    if not any(words in subject for words in _SUBJECTS):
        return False
    return "f7f7f7" in email.html.lower() or Field.EMAIL in fields_found(best_pairs(email.text, email.html))


def read(email: Email) -> FormReading:
    """The rows of its table, or `Label: value` lines."""
    return read_mail(SYSTEM, email)
