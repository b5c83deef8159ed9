"""Mail to the practice as people write it and as our own mail server, mx.example.com, delivers it. All invented."""

from __future__ import annotations

import email
import email.header
import email.policy
import re
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime, getaddresses

from tests.support.service import AUTHSERV, OFFICE

_PLACEHOLDER = re.compile(r"\{\{(date|minutes_ago (\d{1,6}))\}\}")


def filled(template: str, now: datetime) -> bytes:
    """A mail file with CRLF line ends, and `{{date}}` and `{{minutes_ago 5}}` replaced by moments before `now`."""

    def moment(found: re.Match[str]) -> str:
        return format_datetime(now - timedelta(minutes=int(found[2] or 0)))

    return _PLACEHOLDER.sub(moment, template).replace("\r\n", "\n").replace("\n", "\r\n").encode()


def patient(
    number: int = 1,
    name: str = "Nadia Brandt",
    address: str = "",
    *,
    subject: str = "First steps at your clinic",
    body: str = "Hello,\n\nI would like to know how I can begin. Could you tell me more?\n\nThank you",
) -> bytes:
    """One ordinary genuine mail; `number` makes its Message-ID, and its sender's address unless one is given."""
    address = address or f"nadia.brandt{number}@example.org"
    return mail(name, address, subject, body, f"<patient-{number}@example.org>")


def notification(number: int, name: str, address: str, phone: str = "(202) 555-0143") -> bytes:
    """The website's notification of one filled-in form."""
    body = (
        f"Name: {name}\nEmail: {address}\nPhone: {phone}\nMessage: I would like to hear more about the first visit.\n"
    )
    return mail("Lakeside", "wordpress@example.com", "Website contact", body, f"<form-{number}@example.com>")


def mail(name: str, address: str, subject: str, body: str, message_id: str) -> bytes:
    """One genuine mail with these words."""
    domain = address.rpartition("@")[2]
    now = format_datetime(datetime.now(UTC))
    vouched = f"spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"
    lines = [
        f"Return-Path: <{address}>",
        f"Authentication-Results: {AUTHSERV}; {vouched}",
        f"Received: from mail.{domain} (mail.{domain} [127.0.0.1]) by {AUTHSERV}; {now}",
        f"Date: {now}",
        f"From: {_phrase(name)} <{address}>",
        f"To: {OFFICE}",
        f"Subject: {_phrase(subject)}",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        body,
        "",
    ]
    return "\n".join(lines).replace("\n", "\r\n").encode()


def message_id_of(content: bytes) -> str:
    """The Message-ID, or ""."""
    found = re.search(rb"^message-id:\s*(<[^>\r\n]{1,300}>)", content[:100_000], re.IGNORECASE | re.MULTILINE)
    return found[1].decode() if found else ""


def private_words(content: bytes) -> set[str]:
    """What of a mail no log may ever hold: names, addresses (but the practice's), the subject, lines of the body."""
    head, _, rest = content.partition(b"\r\n\r\n")
    message = email.message_from_bytes(head, policy=email.policy.compat32)
    found: set[str] = set()
    for field in ("From", "Reply-To", "Return-Path"):
        for name, address in getaddresses([_decoded(message.get(field, ""))[:300]]):
            found |= {name, address, *(word for word in name.split() if len(word) > 4)}
    found.add(_decoded(message.get("Subject", "")))
    body = rest[:100_000].decode("utf-8", "replace")
    found |= {line.strip() for line in body.split("\r\n") if len(line.strip()) > 11}
    ours = {OFFICE, "Lakeside", "Lakeside Infusion Clinic"}
    return {word for word in found if len(word) > 3} - ours


def _phrase(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8").encode()


def _decoded(value: object) -> str:
    parts = email.header.decode_header(str(value))
    return "".join(
        part if isinstance(part, str) else part.decode(charset or "utf-8", "replace") for part, charset in parts
    )
