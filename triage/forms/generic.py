"""The reader for form mails of no known system, for senders that the practice allows: whichever layout fits.

It must not be given a stranger's mail: patients sign with "Phone:" and "Email:" lines. `looks_like_form` is the extra
caution for files whose senders nobody has vouched for.
"""

from __future__ import annotations

from triage.core.email import Email
from triage.forms.answers import assemble
from triage.forms.labels import Field
from triage.forms.layouts import TEXT_LAYOUTS, best_pairs, between, fields_found
from triage.forms.reading import FormReading

SYSTEM = "generic"
_ENDS = (
    "this e-mail was sent from",
    "this email was sent from",
    "this message was sent from",
    "this message was sent via",
    "sent from your website",
    "sent via your website",
    "este mensaje se ha enviado desde",
    "este mensaje fue enviado desde",
    "este correo ",
    "enviado desde el sitio",
    "enviado desde la web",
    "powered by",
)


def read(email: Email) -> FormReading:
    """The labelled answers of the layout that yields most; less sure than a system's own module."""
    return assemble(SYSTEM, 0.8, email, best_pairs(between(email.text, (), _ENDS), email.html, TEXT_LAYOUTS))


def looks_like_form(reading: FormReading) -> bool:
    """Whether a reading is a form's beyond doubt: an address, a message and a name, all of them labelled."""
    labelled = fields_found(reading.fields)
    named = labelled & {Field.NAME, Field.FIRST_NAME, Field.SENDER}
    return bool(reading.email and reading.message and named and labelled & {Field.EMAIL, Field.SENDER})
