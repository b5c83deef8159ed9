"""Invented patients: their emails, and the export of the contact form that some of them filled in.

Everybody is eligible and gets an answer. Deterministic but for the dates; nobody in here exists.
"""

from __future__ import annotations

import base64
import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.support.service import AUTHSERV, OFFICE

# fmt: off
_FIRST = (
    "Dana", "Omar", "Priya", "Marcus", "June", "Helen", "Ruth", "Grace", "Peter", "Wendy", "Sam", "Iris", "Paul",
    "Nora", "Ken", "Lena", "Hugo", "Ada", "Felix", "Clara", "Ivan", "Maya", "Jonas", "Vera", "Theo", "Alma", "Rosa",
    "Bruno", "Edith", "Kurt",
)
_LAST = (
    "Whitfield", "Haddad", "Raman", "Bell", "Okafor", "Park", "Abrams", "Novak", "Cho", "Ortiz", "Cole", "Weber",
    "Quinn", "Ito", "Lindqvist", "Moreau", "Santos", "Brandt", "Keller", "Varga", "Doyle", "Hansen", "Petrov",
    "Silva", "Tanaka", "Farrell", "Osei", "Lund", "Castro", "Meyer", "Adler", "Byrne", "Conti", "Duran", "Elias",
)
# fmt: on
_WORDS = (
    "I read about the clinic and would like to know how a first visit goes. My doctor suggested that I ask you. "
    "Evenings suit me best because of my work. How long does each visit take, and what should I bring with me? "
    "I live about an hour away and would come by train. Thank you for taking the time to answer my questions. "
)
_SPANISH = "Buenas tardes, quisiera saber cómo es la primera visita y qué debo llevar. Vivo a una hora de distancia. "
_HTML_HEAD = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset="utf-8"><style><!-- p.MsoNormal'
    "{margin:0;font-size:11.0pt;font-family:Calibri,sans-serif;} --></style></head><body>"
)


@dataclass(frozen=True, slots=True)
class Patient:
    """One person; `filled_in` says whether the form came before the email."""

    number: int
    name: str
    address: str
    phone: str
    filled_in: bool
    content: bytes


def patients(count: int, seed: int = 7) -> list[Patient]:
    """`count` people, every other one with a form; short plain text, HTML beside text, and some with a picture."""
    dice = random.Random(seed)
    when = datetime.now(UTC) - timedelta(minutes=5)
    return [_patient(number, dice, when) for number in range(count)]


def export(people: Sequence[Patient]) -> str:
    """The form's CSV export, of those who filled it in."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(("Name", "Email", "Phone", "Message", "Entry Date"))
    day = datetime.now(UTC) - timedelta(hours=5)
    for patient in people:
        if patient.filled_in:
            message = "I would like to know more about the treatment, please."
            rows.writerow((patient.name, patient.address, patient.phone, message, f"{day:%Y-%m-%d %H:%M:%S}"))
    return file.getvalue()


def filler(number: int, size: int) -> bytes:
    """A plain message of about `size` octets for measurements that only read."""
    head = _head(number, "Ada Lund", f"ada{number}@example.org", "Question", datetime.now(UTC))
    body = (_WORDS[:70].strip() + "\n") * max(1, (size - 700) // 70)
    return _wire([*head, "Content-Type: text/plain; charset=utf-8", "", body])


def with_attachment(number: int, size: int) -> bytes:
    """A short message with an attachment of `size` octets before encoding."""
    when = datetime.now(UTC)
    head = _head(number, "Ada Lund", f"ada{number}@example.org", "My papers", when)
    block = random.Random(number).randbytes(57 * 64)
    lines = base64.encodebytes(block).decode() * (size // len(block) + 1)
    return _wire(_mixed(head, _WORDS, "application/pdf", lines))


def _patient(number: int, dice: random.Random, when: datetime) -> Patient:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST) % len(_LAST)]
    name = f"{first} {last}"
    address = f"{first}.{last}{number}@mail{number % 40}.example.org".lower()
    phone = f"202-555-{100 + number % 100:04d}"
    filled_in = number % 2 == 0
    text = _text(first, filled_in=filled_in, spanish=number % 10 == 9, sentences=dice.randint(1, 3))
    head = _head(number, name, address, dice.choice(("Question", "Next steps", "First visit", "Hello")), when)
    kind = dice.choices(("plain", "html", "picture"), (5, 4, 1))[0]
    if kind == "plain":
        lines = [*head, "Content-Type: text/plain; charset=utf-8", "", text]
    elif kind == "html":
        lines = _alternative(head, text)
    else:
        lines = _mixed(head, text, "image/png", base64.encodebytes(dice.randbytes(30_000)).decode())
    return Patient(number, name, address, phone, filled_in, _wire(lines))


def _text(first: str, *, filled_in: bool, spanish: bool, sentences: int) -> str:
    words = "Hello,\n\nI sent your contact form today. " if filled_in else "Hello,\n\n"
    body = _SPANISH * sentences if spanish else words + _WORDS * sentences
    return f"{body}\n\n{first}\n"


def _head(number: int, name: str, address: str, subject: str, when: datetime) -> list[str]:
    domain = address.rpartition("@")[2]
    hops = [
        f"Received: from relay{hop}.{domain} (relay{hop}.{domain} [192.0.2.{hop}])\n\tby {AUTHSERV} with ESMTPS id"
        f" {number:08x}{hop};\n\t{format_datetime(when)}"
        for hop in range(3)
    ]
    return [
        f"Return-Path: <{address}>",
        (
            f"Authentication-Results: {AUTHSERV};\n\tspf=pass smtp.mailfrom={domain};\n\tdkim=pass header.d={domain};"
            f"\n\tdmarc=pass header.from={domain}"
        ),
        *hops,
        (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1;\n\th=from:to:subject:date;"
            f"\n\tbh={'A' * 43}=;\n\tb={'B' * 70}\n\t {'C' * 70}=="
        ),
        f"Date: {format_datetime(when)}",
        f"From: {name} <{address}>",
        f"To: Lakeside Infusion Clinic <{OFFICE}>",
        f"Subject: {subject}",
        f"Message-ID: <{number:08d}.bench@{domain}>",
        "MIME-Version: 1.0",
    ]


def _alternative(head: list[str], text: str) -> list[str]:
    html = "".join(f'<p class="MsoNormal">{line}<o:p></o:p></p>' for line in text.splitlines())
    return [
        *head,
        'Content-Type: multipart/alternative; boundary="b1"',
        "",
        "--b1",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        "--b1",
        "Content-Type: text/html; charset=utf-8",
        "",
        f"{_HTML_HEAD}{html}</body></html>",
        "--b1--",
        "",
    ]


def _mixed(head: list[str], text: str, media_type: str, encoded: str) -> list[str]:
    return [
        *head,
        'Content-Type: multipart/mixed; boundary="b2"',
        "",
        "--b2",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        "--b2",
        f'Content-Type: {media_type}; name="file"',
        'Content-Disposition: attachment; filename="file"',
        "Content-Transfer-Encoding: base64",
        "",
        f"{encoded}--b2--",
        "",
    ]


def _wire(lines: list[str]) -> bytes:
    return "\n".join(lines).replace("\n", "\r\n").encode()
