"""Invented mail as it would lie in the practice's mailbox: patients, form notifications, machines.

Nobody in here exists: example.com addresses and 555-01xx numbers only. Deterministic: the same arguments give the same
bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

OFFICE = "office@lakeside.example.com"
AUTHSERV = "mx.lakeside.example.com"
WEBSITE_SENDER = "wordpress@lakeside.example.com"


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to the practice. `genuine` is what our own mail server found: pass, fail, or None for silence."""

    name: str
    address: str
    subject: str
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    genuine: str | None = "pass"
    return_path: str | None = None
    content_type: str = "text/plain; charset=utf-8"
    to: str = OFFICE
    message_id: str = field(default="")

    @property
    def id(self) -> str:
        """The Message-ID, with its angle brackets."""
        digest = hashlib.sha256(f"{self.address}\0{self.subject}\0{self.body}".encode()).hexdigest()[:20]
        return self.message_id or f"<{digest}@{self.address.rpartition('@')[2]}>"

    def to_bytes(self, when: datetime) -> bytes:
        """The message with the headers that a mail server adds on arrival; `when` is aware."""
        domain = self.address.rpartition("@")[2]
        path = self.address if self.return_path is None else self.return_path
        lines = [f"Return-Path: <{path}>"]
        if self.genuine:
            lines.append(
                f"Authentication-Results: {AUTHSERV}; spf={self.genuine} smtp.mailfrom={domain};"
                f" dkim={self.genuine} header.d={domain}; dmarc={self.genuine} header.from={domain}"
            )
        lines += [
            f"Received: from mail.{domain} (mail.{domain} [127.0.0.1]) by {AUTHSERV}; {format_datetime(when)}",
            f"Date: {format_datetime(when)}",
            f"From: {_phrase(self.name)} <{self.address}>",
            f"To: {self.to}",
            f"Subject: {_phrase(self.subject)}",
            f"Message-ID: {self.id}",
            "MIME-Version: 1.0",
            f"Content-Type: {self.content_type}",
            "Content-Transfer-Encoding: 8bit",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        text = "\n".join([*lines, "", self.body, ""])
        return text.replace("\n", "\r\n").encode()


def _phrase(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8").encode()


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody typed into the contact form."""

    name: str
    email: str
    phone: str
    message: str


def _form_mail(subject: str, filled: Filled, body: str, content_type: str = "text/plain; charset=utf-8") -> Mail:
    return Mail(
        name="Lakeside Infusion Clinic",
        address=WEBSITE_SENDER,
        subject=subject,
        body=body,
        headers=(("Reply-To", f"{_phrase(filled.name)} <{filled.email}>"),),
        content_type=content_type,
    )


def contact_form_7(filled: Filled) -> Mail:
    """A notification as Contact Form 7 sends it."""
    body = (
        f"From: {filled.name} <{filled.email}>\nSubject: Contact\n\nPhone: {filled.phone}\n\nMessage Body:\n"
        f"{filled.message}\n\n-- \nThis e-mail was sent from a contact form on Lakeside Infusion Clinic"
        " (https://lakeside.example.com)"
    )
    return _form_mail('Lakeside Infusion Clinic "Contact"', filled, body)


def wpforms(filled: Filled) -> Mail:
    """A notification as WPForms sends it, in plain text."""
    answers = (("Name", filled.name), ("Email", filled.email), ("Phone", filled.phone), ("Message", filled.message))
    blocks = "\n\n".join(f"--- {label} ---\n\n{answer}" for label, answer in answers)
    body = f"{blocks}\n\n--\nSent from Lakeside Infusion Clinic (https://lakeside.example.com)"
    return _form_mail("New Entry: Contact Form", filled, body)


def gravity_forms(filled: Filled) -> Mail:
    """A notification as Gravity Forms sends it: label rows and value rows."""
    answers = (("Name", filled.name), ("Email", filled.email), ("Phone", filled.phone), ("Message", filled.message))
    font = '<font style="font-family: sans-serif; font-size:12px;">'
    rows = "\n".join(
        f'<tr bgcolor="#EAF2FA"><td colspan="2">{font}<strong>{label}</strong></font></td></tr>\n'
        f'<tr bgcolor="#FFFFFF"><td width="20">&nbsp;</td><td>{font}{answer}</font></td></tr>'
        for label, answer in answers
    )
    body = (
        "<html><head><title>New submission from Contact</title></head><body>"
        '<table width="99%" border="0" cellpadding="1" cellspacing="0" bgcolor="#EAEAEA"><tr><td>'
        f'<table width="100%" border="0" cellpadding="5" cellspacing="0" bgcolor="#FFFFFF">\n{rows}\n</table>'
        "</td></tr></table></body></html>"
    )
    return _form_mail("New submission from Contact", filled, body, "text/html; charset=utf-8")


def labelled(filled: Filled) -> Mail:
    """A notification of a small form program: one label and answer a line."""
    body = f"Name: {filled.name}\nEmail: {filled.email}\nPhone: {filled.phone}\nMessage: {filled.message}\n"
    return _form_mail("Website contact", filled, body)
