"""Drupal Webform: `Submitted values are:` above `Label: value` lines, or `<b>Label</b><br />value`; subject `Webform
submission from: FORM`.
"""

from __future__ import annotations

from dataclasses import replace

from triage.core.email import Email
from triage.forms.layouts import between, read_mail
from triage.forms.reading import FormReading

SYSTEM = "drupal-webform"
_SUBJECTS = ("webform submission from", "env\u00edo de formulario web", "form submission from")
_VALUES = ("submitted values are", "los valores enviados son", "valores enviados")


def recognise(email: Email) -> bool:
    """The line above its values, or its subject."""
    lines = (line.strip().lower() for line in email.text[:3000].splitlines())
    return email.subject.strip().lower().startswith(_SUBJECTS[:2]) or any(line.startswith(_VALUES) for line in lines)


def read(email: Email) -> FormReading:
    """The values behind that line."""
    if "<b>" in email.text and "<br" in email.text:
        # some sites send the HTML as text/plain
        email = replace(email, html=between(email.text, _VALUES, ()))
    return read_mail(SYSTEM, email, starts=_VALUES, ends=("the results of this submission may be viewed at",))
