"""Contact Form 7: a plain-text template that owners edit; its last line says which contact form sent it.

From `Site <wordpress@domain>`, `From: Name <address>`, `Subject:`, `Message Body:`, a signature line, the footer. The
plugin's second mail, the receipt to the visitor, has a footer of its own and is no submission.
"""

from __future__ import annotations

from dataclasses import replace

from triage.core.email import Email
from triage.forms.answers import assemble
from triage.forms.layouts import best_pairs, between
from triage.forms.lines import colon, split_lines
from triage.forms.reading import CONFIRMATION, FormReading, sent_at

SYSTEM = "contact-form-7"
_FOOTERS = (
    "this e-mail was sent from a contact form on",
    "this email was sent from a contact form on",
    "this is a notification that a contact form was submitted on your website",
    "este mensaje se ha enviado desde un formulario de contacto",
    "este mensaje fue enviado desde un formulario de contacto",
    "este correo electr\u00f3nico ha sido enviado desde un formulario de contacto",
    "este correo electr\u00f3nico fue enviado desde un formulario de contacto",
    "este correo se ha enviado desde un formulario de contacto",
    "este correo ha sido enviado desde un formulario de contacto",
    "este correo fue enviado desde un formulario de contacto",
    "este e-mail fue enviado desde un formulario de contacto",
    "este e-mail se ha enviado desde un formulario de contacto",
    "esta es una notificaci\u00f3n de que se ha enviado un formulario de contacto",
    "esto es una notificaci\u00f3n de que se ha enviado un formulario de contacto",
)
_RECEIPTS = (
    "this email is a receipt for your contact form submission",
    "este correo electr\u00f3nico es un acuse de recibo",
    "este correo electr\u00f3nico es un recibo de tu env\u00edo",
    "este correo electr\u00f3nico es un comprobante",
)
_DEFAULT_LABELS = ("message body:", "cuerpo del mensaje:")


def recognise(email: Email) -> bool:
    """Its footer among the last lines, or WordPress as the sender of its default template without the footer."""
    last = [line.strip().lower() for line in email.text[-4000:].splitlines() if line.strip()][-4:]
    if any(line.startswith((*_FOOTERS, *_RECEIPTS)) for line in last):
        return True
    lines = (line.strip().lower() for line in email.text[:4000].splitlines())
    return email.sender.local.lower() == "wordpress" and any(line.startswith(_DEFAULT_LABELS) for line in lines)


def read(email: Email) -> FormReading:
    """The labelled lines before `Message Body:`, and the message up to the signature line of the footer."""
    if between(email.text, (), _RECEIPTS) != "\n".join(split_lines(email.text)):
        return FormReading(SYSTEM, 0.0, submitted_at=sent_at(email), problem=CONFIRMATION)
    text = between(email.text, (), _FOOTERS)
    body = text.rstrip()
    text = body.removesuffix("--").rstrip() if body.endswith("\n--") else text
    reading = assemble(SYSTEM, 0.95, email, best_pairs(text, email.html, ((colon, False),)))
    return replace(reading, page=reading.page or _page(email.text))


def _page(text: str) -> str:
    """The address in parentheses at the end of the footer."""
    last = text.rstrip()[-400:].rstrip(".")
    opened = last.rfind("(")
    inside = last[opened + 1 : -1] if opened >= 0 and last.endswith(")") else ""
    address = inside.rpartition(" ")[2]
    return address if address.startswith(("http://", "https://")) else ""
