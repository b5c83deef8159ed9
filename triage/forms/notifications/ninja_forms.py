"""Ninja Forms: header `X-Ninja-Forms: ninja-forms`, a table of two-cell rows `Label:` and value."""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.layouts import read_mail
from triage.forms.reading import FormReading

SYSTEM = "ninja-forms"


def recognise(email: Email) -> bool:
    """Its own header field."""
    return email.header("x-ninja-forms") is not None


def read(email: Email) -> FormReading:
    """The rows of its table, or the labelled lines where an owner chose plain text."""
    return read_mail(SYSTEM, email)
