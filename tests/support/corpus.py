"""A corpus of mail as it arrives: short sources in tests/data/corpus, dressed as the programs that send mail do it.

A source holds many mails: `=== name [ways] `, header fields, an empty line, the text. What a receiving server adds
(Return-Path, Authentication-Results, Received, Message-ID ...) is added here unless the source says it. `+Attach: TYPE
FILE`, `+Html: only|table|styled`, `+Letter: NAME LANGUAGE quote|quoted|text|whole` and `+Other: PRACTICE` are not
header fields but wishes. `python -m tests.support.corpus FOLDER` writes every mail as a file, to look at.
"""

from __future__ import annotations

import email
import email.policy
import html
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import Header
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from typer.testing import CliRunner

from tests.support.service import AUTHSERV, OFFICE, ROOT, Service
from triage.cli import app

SOURCES = ROOT / "tests" / "data" / "corpus"
DATE = "Tue, 04 Mar 2025 10:11:12 -0500"
_POLICY = email.policy.SMTP

_SENT_FROM = {
    "iphone": "Sent from my iPhone",
    "iphone-es": "Enviado desde mi iPhone",
    "android": "Sent from my Galaxy",
    "android-es": "Enviado desde mi Samsung Galaxy",
    "yahoo": "Sent from Yahoo Mail for iPhone",
    "yahoo-es": "Enviado desde Yahoo Mail para Android",
    "outlook-mobile": "Get Outlook for iOS<https://aka.example/o0ukef>",
    "proton": "Sent with Proton Mail secure email.",
    "aol": "Sent from the all new AOL app for iOS",
    "zoho": "Sent using Zoho Mail",
}
_HEADERS = {
    "outlook": {"Thread-Topic": "x", "Thread-Index": "AduB6xJ", "Accept-Language": "en-US", "X-Mailer": "Outlook 16.0"},
    "outlook-es": {"Thread-Index": "AduB6xJ", "Content-Language": "es-MX", "X-Mailer": "Microsoft Outlook 16.0"},
    "outlook365": {
        "X-MS-Exchange-Organization-AuthAs": "Internal",
        "X-MS-Exchange-CrossTenant-OriginalArrivalTime": "04 Mar 2025 15:11:12.0000 (UTC)",
        "X-MS-Exchange-Transport-CrossTenantHeadersStamped": "DM6PR01MB1234",
        "X-Microsoft-Antispam": "BCL:0;ARA:13230040|366016;",
        "X-Forefront-Antispam-Report": "CIP:255.255.255.255;CTRY:;LANG:en;SCL:1;SFV:NSPM;CAT:NONE;",
        "X-OriginatorOrg": "corp.example.org",
    },
    "apple": {"X-Mailer": "Apple Mail (2.3826.400.131)"},
    "iphone": {"X-Mailer": "iPhone Mail (22D72)"},
    "thunderbird": {"User-Agent": "Mozilla Thunderbird", "Content-Language": "en-US"},
    "proton": {"Feedback-ID": "12345678:user:proton", "X-Pm-Message-ID": "abcdef"},
    "zoho": {"X-ZohoMail-Owner": "<x>", "Importance": "Medium", "User-Agent": "Zoho Mail"},
    "roundcube": {"User-Agent": "Roundcube Webmail/1.6.9"},
    "gmx": {"X-UI-Message-Type": "mail", "Importance": "normal", "Sensitivity": "Normal", "X-Priority": "3"},
    "fastmail": {"User-Agent": "Cyrus-JMAP/3.11", "Feedback-ID": "i1234:Fastmail", "X-ME-Proxy": "<xmx:abc>"},
    "android": {"X-Mailer": "Samsung Email"},
    "auto": {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
    "suppress": {"X-Auto-Response-Suppress": "DR, OOF, AutoReply", "X-MS-Exchange-Inbox-Rules-Loop": "k@example.org"},
    "vacation": {"Precedence": "bulk", "X-Autoreply": "yes"},
}
_HTML_CLIENTS = ("gmail", "outlook", "apple", "yahoo", "android", "aol", "proton", "zoho", "fastmail", "html", "gmx")
_PARTS = {
    "report": ("message", "delivery-status", "Reporting-MTA: dns; mx1.example.org\n\nAction: failed\nStatus: 5.1.1\n"),
    "mdn": ("message", "disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed\n"),
    "arf": ("message", "feedback-report", "Feedback-Type: abuse\nUser-Agent: FBL/1.0\nVersion: 1\n"),
}


@dataclass
class Source:
    """One mail as written: its header fields, its wishes and its text."""

    name: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    wishes: dict[str, str] = field(default_factory=dict)
    text: str = ""

    def get(self, name: str, default: str = "") -> str:
        """The first header field of this name."""
        return next((value for key, value in self.fields if key.lower() == name.lower()), default)

    def set(self, name: str, value: str) -> None:
        """Add a header field unless the source has one."""
        if not any(key.lower() == name.lower() for key, _ in self.fields):
            self.fields.append((name, value))


def corpus(kind: str) -> Iterator[tuple[str, bytes]]:
    """(file name, mail) of everything in tests/data/corpus/`kind`, each source once for every way it is sent."""
    for file in sorted((SOURCES / kind).glob("*.txt")):
        for block in re.split(r"^=== ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, rest = block.partition("\n")
            name, _, ways = title.partition(" ")
            for way in [way.strip(" []") for way in (ways or "bare").split(",")]:
                source = _parsed(f"{file.stem}-{name}-{way}", rest)
                yield f"{source.name}.eml", _mail(source, way)


def write(kind: str, folder: Path) -> Path:
    """Write this part of the corpus as files; the folder they are in."""
    place = folder / kind
    place.mkdir(parents=True, exist_ok=True)
    for name, content in corpus(kind):
        (place / name).write_bytes(content)
    return place


def _parsed(name: str, block: str) -> Source:
    head, _, text = block.partition("\n\n")
    source = Source(name, text=text.strip("\n") + "\n")
    for line in head.splitlines():
        key, _, value = line.partition(":")
        if key.startswith("+"):
            source.wishes[key[1:]] = value.strip()
        else:
            source.fields.append((key, value.strip()))
    return source


def _mail(source: Source, way: str) -> bytes:
    letter = source.wishes.get("Letter", "").split()
    content = _letter(letter[0], letter[1], source.wishes.get("Other", "")) if letter else b""
    if letter and letter[2] == "whole":
        return _returned(content, source)
    if letter:
        original = email.message_from_bytes(content, policy=email.policy.default)
        _answer(source, original, way, letter[2])
    for key, value in _HEADERS.get(way, {}).items():
        source.set(key, value)
    if way in _SENT_FROM:
        head, mark, quoted = source.text.partition("\nOn Tue, ")
        source.text = f"{head.rstrip()}\n\n{_SENT_FROM[way]}\n{mark}{quoted}"
    _received(source)
    body = _body(source, way).as_bytes(policy=_POLICY)
    fields = "".join(f"{key}: {_encoded(value)}\r\n" for key, value in source.fields if key != "Return-Path")
    return _arrived(source) + fields.encode("ascii") + body


def _answer(source: Source, original: EmailMessage, way: str, how: str) -> None:
    """Put a letter of ours into the mail: as its whole text, behind a bounce, or quoted as `way` quotes."""
    part = original.get_body(("plain",))
    assert part is not None
    text = part.get_content().replace("\r\n", "\n")
    source.set("Subject", f"Re: {original['subject']}")
    source.set("In-Reply-To", str(original["message-id"]))
    source.set("References", str(original["message-id"]))
    quoted = "".join(f"> {line}\n" for line in text.splitlines())
    by = "El mar, 4 mar 2025 a las 9:12, Lakeside Infusion Clinic (<office@example.com>) escribió:"
    if not way.endswith("-es"):
        by = "On Tue, Mar 4, 2025 at 9:12 AM Lakeside Infusion Clinic <office@example.com> wrote:"
    if how == "text":
        source.text = text
    elif how == "quoted":
        source.text += f"\n----- Original message -----\n\n{text}"
    elif way.startswith("outlook"):
        head = ("De", "Enviado", "Para", "Asunto") if way.endswith("-es") else ("From", "Sent", "To", "Subject")
        sender, subject = source.get("From"), str(original["subject"])
        values = ("Lakeside Infusion Clinic <office@example.com>", "Tuesday, March 4, 2025 9:12 AM", sender, subject)
        block = "".join(f"{key}: {value}\n" for key, value in zip(head, values, strict=True))
        source.text += f"\n{block}\n{text}"
    elif way.endswith("-bottom"):
        source.text = f"{by}\n{quoted}\n{source.text}"
    else:
        source.text += f"\n{by}\n\n{quoted}"


def _received(source: Source) -> None:
    """What every mail has."""
    source.set("From", "")
    source.set("Subject", "")
    source.set("To", OFFICE)
    source.set("Date", DATE)
    domain = _spec(source).partition("@")[2]
    source.set("Message-ID", f"<{source.name}.{len(source.text)}@mail.{domain}>")


def _arrived(source: Source) -> bytes:
    """The lines that the receiving server puts on top."""
    spec = _spec(source)
    path = next((value for key, value in source.fields if key == "Return-Path"), f"<{spec}>")
    domain = spec.partition("@")[2]
    lines = [
        f"Return-Path: {path}",
        f"Authentication-Results: {AUTHSERV}; spf=pass smtp.mailfrom={domain};",
        f" dkim=pass header.d={domain}; dmarc=pass header.from={domain}",
        f"Received: from mail.{domain} (mail.{domain} [192.0.2.7]) by {AUTHSERV} with ESMTPS; {DATE}",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _encoded(value: str) -> str:
    """A field's value with its foreign words encoded."""
    words = re.split(r"(?= <[^<>]*>$)", value)
    return "".join(word if word.isascii() else Header(word, "utf-8").encode(linesep="\r\n") for word in words)


def _spec(source: Source) -> str:
    """The address in From."""
    found = re.findall(r"[^\s<>\"()]+@[^\s<>\"()]+", source.get("From"))
    return found[0] if found else ""


def _body(source: Source, way: str) -> EmailMessage:
    """The text, in the parts that `way` sends."""
    message = EmailMessage(policy=_POLICY)
    wanted = source.wishes.get("Html", "")
    message.set_content(_html(source.text, wanted) if wanted == "only" else source.text)
    if wanted == "only":
        message.replace_header("Content-Type", 'text/html; charset="utf-8"')
    elif wanted or way.partition("-")[0] in _HTML_CLIENTS or way == "outlook365":
        message.add_alternative(_html(source.text, wanted), subtype="html")
    if "Attach" in source.wishes:
        kind, name = source.wishes["Attach"].split(" ", 1)
        main, _, sub = kind.partition("/")
        message.add_attachment(b"BEGIN:VCALENDAR\r\n" if main == "text" else b"%PDF-", main, sub, filename=name)
    if way == "zip":
        message.add_attachment(b"PK", "application", "zip", filename="mailco.example!example.com!1!2.zip")
    if way.startswith("calendar-"):
        method = {"request": "REQUEST", "reply": "REPLY", "cancel": "CANCEL"}[way.partition("-")[2]]
        message.add_alternative(f"BEGIN:VCALENDAR\nMETHOD:{method}\n", subtype="calendar", params={"method": method})
    if way == "smime":
        message.add_attachment(b"0", "application", "pkcs7-signature", filename="smime.p7s")
        message.replace_header("Content-Type", f'multipart/signed; protocol="x"; boundary="{source.name}"')
    if way in _PARTS:
        main, sub, text = _PARTS[way]
        message.make_mixed()
        message.attach(email.message_from_string(f"Content-Type: {main}/{sub}\n\n{text}", policy=_POLICY))
        kind = {"report": "delivery-status", "mdn": "disposition-notification", "arf": "feedback-report"}[way]
        message.replace_header("Content-Type", f'multipart/report; report-type={kind}; boundary="{source.name}"')
    if message.is_multipart():
        message.set_boundary(f"=_{source.name}")
    return message


def _html(text: str, wanted: str) -> str:
    """The text as a client writes HTML."""
    rows = [html.escape(line, quote=False) or "&nbsp;" for line in text.splitlines()]
    if wanted == "table":
        return "<html><body><table>" + "".join(f"<tr><td>{row}</td></tr>" for row in rows) + "</table></body></html>"
    style = "<style>body{background:#fef;color:#225}p{font-family:Papyrus}</style>" if wanted == "styled" else ""
    inner = "".join(f'<p class="MsoNormal">{row}</p>\n' for row in rows)
    return f"<html><head>{style}</head><body><div>{inner}</div></body></html>"


@cache
def _letter(name: str, language: str, other: str) -> bytes:
    """A letter as `triage letters preview` writes it; by another practice if `other` names one."""
    with TemporaryDirectory() as folder:
        config = Service.between(Path(folder), 1, "office", 1).config
        words = ["letters", "preview", name, "--lang", language, "--person", "Maria", "--out", folder]
        done = CliRunner().invoke(app, [*words, "--config", str(config)])
        assert done.exit_code == 0, done.output
        content = (Path(folder) / f"{name}.{language}.eml").read_bytes()
    if other:
        content = content.replace(b"Lakeside Infusion Clinic", other.encode())
        content = content.replace(b"example.com", b"hillside.example")
    return content


def _returned(content: bytes, source: Source) -> bytes:
    """A letter as it is, sent to us by somebody."""
    head, mark, body = content.partition(b"\r\n\r\n") if b"\r\n\r\n" in content else content.partition(b"\n\n")
    text = re.sub(rb"(?m)^From: .*$", f"From: {source.get('From')}".encode(), head, count=1)
    text = re.sub(rb"(?m)^To: .*$", f"To: {OFFICE}".encode(), text, count=1)
    text = re.sub(rb"(?m)^Date: .*$", f"Date: {DATE}".encode(), text, count=1)
    return _arrived(source) + text + mark + body


if __name__ == "__main__":
    for part in ("machines", "humans", "forms"):
        write(part, Path(sys.argv[1]))
