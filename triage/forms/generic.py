"""The reader for form mails of no known system, for senders that the practice allows: whichever layout fits.

It must not be given a stranger's mail: patients sign with "Phone:" and "Email:" lines. `looks_like_form` is the extra
caution for files whose senders nobody has vouched for.
"""

from __future__ import annotations

from dataclasses import replace

from triage.core.address import canonical
from triage.core.email import Email
from triage.forms.answers import assemble
from triage.forms.labels import Field
from triage.forms.layouts import TEXT_LAYOUTS, best_pairs, between, fields_found
from triage.forms.reading import NOT_READ, FormReading

SYSTEM = "generic"
_MACHINES = frozenset(
    {"noreply", "no-reply", "donotreply", "do-not-reply", "wordpress", "www-data", "nobody", "apache", "cgi-mailer"}
    | {
        "website",
        "webmaster",
        "web",
        "forms",
        "form",
        "webform",
        "notification",
        "notifications",
        "mailer",
        "postmaster",
    }
)
_SHARED = frozenset(
    {"gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com"}
    | {"aol.com", "msn.com", "comcast.net", "att.net", "verizon.net", "proton.me", "protonmail.com", "gmx.com"}
)
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
    """The labelled answers of the layout that yields most; without a name and a message nothing was read."""
    pairs = best_pairs(between(email.text, (), _ENDS), email.html, TEXT_LAYOUTS)
    reading = assemble(SYSTEM, 0.8, email, pairs)
    if reading.name or reading.message:
        return reading
    # an address and a phone alone are anybody's signature
    return replace(reading, email="", confidence=0.0, problem=NOT_READ)


def looks_like_form(email: Email, reading: FormReading) -> bool:
    """Whether a mail of a sender nobody vouched for is a form's beyond doubt.

    It has a labelled address, name and message, and it comes as a website's mail comes: from the practice's own
    domain, from an address that no person writes from, or with the visitor in Reply-To.
    """
    if not _comes_like_a_websites(email, reading):
        return False
    labelled = fields_found(reading.fields)
    named = labelled & {Field.NAME, Field.FIRST_NAME, Field.SENDER}
    return bool(reading.email and reading.message and named and labelled & {Field.EMAIL, Field.SENDER})


def _comes_like_a_websites(email: Email, reading: FormReading) -> bool:
    if is_inside(email) or email.sender.local.lower() in _MACHINES:
        return True
    return any(canonical(one.spec) == canonical(reading.email) for one in email.reply_to)


def is_inside(email: Email) -> bool:
    """Whether sender and recipient share a domain that is not a public mail provider's."""
    domain = email.sender.domain
    return domain not in _SHARED and any(one.domain == domain for one in (*email.to, *email.cc))
