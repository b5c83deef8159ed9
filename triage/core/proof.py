"""The proof of a finished reply: reads the very bytes that go to the wire and refuses what is not exactly as promised.

It must never share code with the serializer in `reply`, nor believe anything that the caller says about the bytes. Its
grammar is far narrower than RFC 5322: whatever it does not expect is refused, so that no two readers can differ about
what a reply says. The names of the headers are read a second time by Python's own parser.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import a2b_qp
from email.errors import MultipartInvariantViolationDefect
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from triage.core.email import Address
from triage.core.letter import Notice
from triage.core.visible import squeeze, visible_text
from triage.errors import PermanentError

LONGEST_LINE = 998
"""Octets in a line without its CRLF (RFC 5322 section 2.1.1)."""

_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t"
_FIXED = {
    "auto-submitted": "auto-replied",
    "x-auto-response-suppress": "All",
    "mime-version": "1.0",
}
_REQUIRED = frozenset({"from", "to", "date", "subject", "message-id", "x-triage-loop", "content-type", *_FIXED})
_ALLOWED = _REQUIRED | {"in-reply-to", "references"}
_MAY_BE_ENCODED = frozenset({"from", "subject"})

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}"
_SPEC = re.compile(rf"{_ATOM}(?:\.{_ATOM}){{0,32}}@[A-Za-z0-9](?:[A-Za-z0-9.-]{{0,252}}[A-Za-z0-9])?")
_MESSAGE_ID = re.compile(r"<[!#-;=?A-Z^-~]{1,240}@[!#-;=?A-Z\[\]^-~]{1,240}>")
_WORD = re.compile(r"=\?utf-8\?b\?([A-Za-z0-9+/]{0,60}={0,2})\?=")
_QUOTED = re.compile(r'"(?:[^"\\]|\\["\\])*"')
_MULTIPART = re.compile(r'multipart/alternative; boundary="([A-Za-z0-9_=]{8,70})"')
# C0, DEL, C1, line and paragraph separators, and what turns the direction of writing
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_BROKEN_ESCAPE = re.compile(r"=(?![0-9A-F]{2}|\r\n)")
_PART_HEADERS = "Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"


class ProofError(PermanentError):
    """A finished reply is not as promised; it must not leave. The sentence says why, without anybody's data."""


def prove(content: bytes, *, recipient: str, sender: Address, message_id: str, notices: tuple[Notice, ...]) -> None:
    """Prove a finished reply: header names, one recipient, our sender, both parts, and every notice in each of them.

    `content` is the whole message with CRLF line ends; `recipient` the bare address it must go to, and nobody else.

    Raises:
        ProofError: with a sentence; nothing may be sent then.
    """
    text = _wire_text(content)
    head, blank, body = text.partition("\r\n\r\n")
    if not blank:
        raise ProofError("The reply has no body.")
    headers = _headers(head)
    _check_headers(headers)
    _check_addresses(headers, recipient, sender)
    if headers["message-id"] != message_id or not is_message_id(message_id):
        raise ProofError("The reply does not carry the Message-ID that was chosen for it.")
    plain, html = _parts(body, headers["content-type"])
    _check_notices(plain, html, notices)


def is_message_id(value: str) -> bool:
    """Whether `value` is one plain message id in angle brackets (RFC 5322 section 3.6.4), safe to write to a header."""
    return _MESSAGE_ID.fullmatch(value) is not None and "=?" not in value


def is_plain_address(value: str) -> bool:
    """Whether `value` is a bare dot-atom address that no reader can take for anything else (CVE-2023-27043)."""
    if _SPEC.fullmatch(value) is None or ".." in value or "=?" in value:
        return False
    local, _, domain = value.rpartition("@")
    return len(local) <= 64 and len(domain) <= 253


def _wire_text(content: bytes) -> str:
    """The bytes as text, once they are ASCII without control characters, with CRLF ends and no long line."""
    lines = content.split(b"\r\n")
    ends = content.translate(None, _PRINTABLE)
    if ends.strip(b"\r\n"):
        raise ProofError("The reply holds a byte that may not go over the wire.")
    if ends != b"\r\n" * (len(lines) - 1) or lines[-1]:
        raise ProofError("The reply has a line end that is not CR LF.")
    if max(map(len, lines)) > LONGEST_LINE:
        raise ProofError("The reply has a line that is too long.")
    return content.decode("ascii")


def _headers(head: str) -> dict[str, str]:
    """The header fields, names in lower case, unfolded; each may come once, and Python's parser must agree."""
    headers: dict[str, str] = {}
    name = ""
    for line in head.split("\r\n"):
        if line.startswith(" ") and name and line.strip():
            headers[name] += line
            continue
        written, colon, value = line.partition(": ")
        name = written.lower()
        if not colon or name not in _ALLOWED:
            raise ProofError("The reply has a header that is not on the list of allowed ones.")
        if name in headers:
            raise ProofError(f"The reply has the header {name} more than once.")
        headers[name] = value
    second = HeaderParser(policy=compat32).parsestr(head + "\r\n\r\n")
    # Before 3.11.4 the parser of headers alone missed the parts of a multipart; that says nothing of the headers.
    defects = [one for one in second.defects if not isinstance(one, MultipartInvariantViolationDefect)]
    if defects or {key.lower(): "".join(value.splitlines()) for key, value in second.items()} != headers:
        raise ProofError("Two readers do not agree on the reply's headers.")
    return headers


def _check_headers(headers: dict[str, str]) -> None:
    """Each required header is there, the fixed ones say what they must, and none hides another one in encoded words."""
    if not headers.keys() >= _REQUIRED:
        raise ProofError("The reply lacks a header that every reply must carry.")
    if any(headers[name] != value for name, value in _FIXED.items()):
        raise ProofError("The reply is not marked as an automatic one.")
    for name, value in headers.items():
        decoded = _decoded(value) if name in _MAY_BE_ENCODED else value
        if "=?" in value and name not in _MAY_BE_ENCODED:
            raise ProofError(f"The reply has encoded words in the header {name}.")
        if not decoded.strip() or _CONTROL.search(decoded):
            raise ProofError(f"The reply's header {name} is empty or holds control characters.")
    ids = [*headers.get("references", "").split(), *headers.get("in-reply-to", "").split()]
    if not all(map(is_message_id, ids)) or " " in headers.get("in-reply-to", ""):
        raise ProofError("The reply refers to something that is not a message id.")
    try:
        parsedate_to_datetime(headers["date"])
    except ValueError as error:
        raise ProofError("The reply's date cannot be read.") from error


def _check_addresses(headers: dict[str, str], recipient: str, sender: Address) -> None:
    """One recipient, the one intended; and the practice as the one sender."""
    if headers["to"] != recipient or not is_plain_address(recipient):
        raise ProofError("The reply is not addressed to exactly the one person it is for.")
    phrase, _, spec = headers["from"].rpartition("<")
    if spec != f"{sender.spec}>" or not is_plain_address(sender.spec):
        raise ProofError("The reply does not come from the practice's address.")
    phrase = phrase.removesuffix(" ")
    if phrase and not _QUOTED.fullmatch(phrase) and _WORD.sub("", phrase).strip(" "):
        raise ProofError("The sender's name in the reply could be read as an address.")


def _decoded(value: str) -> str:
    """A header value with its encoded words decoded (RFC 2047); only base64 in UTF-8 is expected."""
    if "=?" not in value:
        return value
    if "=?" in _WORD.sub("", value):
        raise ProofError("The reply has an encoded word of an unexpected kind.")
    try:
        return _WORD.sub(lambda word: b64decode(word[1], validate=True).decode("utf-8"), value)
    except ValueError as error:
        raise ProofError("The reply has an encoded word that cannot be decoded.") from error


def _parts(body: str, content_type: str) -> tuple[str, str]:
    """The text part and the HTML part, decoded: exactly these two, with nothing before, between or behind them."""
    match = _MULTIPART.fullmatch(content_type)
    if match is None:
        raise ProofError("The reply is not made of a text part and an HTML part.")
    line = f"--{match[1]}"
    pieces = body.split(line)
    if len(pieces) != 4 or pieces[0] or pieces[3] != "--\r\n":
        raise ProofError("The reply's parts are not separated as they should be.")
    return _part(pieces[1], "text/plain"), _part(pieces[2], "text/html")


def _part(piece: str, media_type: str) -> str:
    """One part's text; its two headers must be exactly ours."""
    head, _, content = piece.partition("\r\n\r\n")
    if (
        head != "\r\n" + _PART_HEADERS.format(media_type)
        or not content.endswith("\r\n")
        or _BROKEN_ESCAPE.search(content)
    ):
        raise ProofError(f"The reply's {media_type} part is not as it should be.")
    try:
        return a2b_qp(content).decode("utf-8")
    except ValueError as error:
        raise ProofError(f"The reply's {media_type} part cannot be decoded.") from error


def _check_notices(plain: str, html: str, notices: tuple[Notice, ...]) -> None:
    """Every notice stands in the text part and can be seen in the HTML part."""
    try:
        shown = visible_text(html)
    except ValueError as error:
        raise ProofError(str(error)) from error
    text = squeeze(plain)
    if not notices:
        raise ProofError("The reply names no notice, and every reply must carry some.")
    for notice in notices:
        words = squeeze(notice.text)
        if not words:
            raise ProofError(f"The notice {notice.id} is empty.")
        if words not in text:
            raise ProofError(f"The notice {notice.id} is missing from the reply's text part.")
        if words not in shown:
            raise ProofError(f"The notice {notice.id} is missing from, or hidden in, the reply's HTML part.")
