"""Composing: a rendered letter becomes frozen bytes for the wire, proven before anybody gets them.

`compose` is the only way to a `FrozenReply`, and the notices are a required argument. It must never write anything into
a reply that is not the practice's own: of the email answered only its message ids are used, and its cleaned subject
where the practice asked for that. The serializer is our own because CPython's writes decoded line ends into headers
(CVE-2024-6923) and takes five times as long.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterable
from dataclasses import InitVar, dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from triage.core.address import wire_form
from triage.core.clean import one_line
from triage.core.email import Address
from triage.core.letter import LetterName, Notice, RenderedLetter
from triage.core.proof import is_message_id, is_plain_address, prove
from triage.errors import PermanentError

_MADE_HERE = object()
_FOLD_AT = 76
_WORD_OCTETS = 45  # in base64 60 characters: an encoded word of 72, below the 75 of RFC 2047 section 2
_MOST_REFERENCES = 20
_LONGEST_SUBJECT = 150
_LONGEST_NAME = 78


@dataclass(frozen=True, slots=True)
class FrozenReply:
    """A reply as it goes to the wire, and nothing about it can change any more. Only `compose` makes one.

    `content` is the whole message (ASCII, CRLF), `sha256` its hex digest, `recipient` the bare address in To, in its
    form for the wire (a Unicode domain as A-labels): use it for the envelope too.
    """

    content: bytes
    sha256: str
    message_id: str
    recipient: str
    letter: LetterName
    language: str
    letter_version: str
    notices: tuple[Notice, ...]
    made_by: InitVar[object]

    def __post_init__(self, made_by: object) -> None:
        """Refuse every maker but `compose`."""
        if made_by is not _MADE_HERE:
            raise TypeError("a FrozenReply is made by triage.core.reply.compose only")


def reply_message_id(secret: bytes, email_fingerprint: str, letter: LetterName, domain: str) -> str:
    """The Message-ID of the one reply with this letter to this email: always the same, and not to be guessed.

    `domain` is the practice's own. Without the installation's `secret` nobody can forge an answer to it.
    """
    digest = hmac.new(secret, f"{email_fingerprint}\0{letter.value}".encode(), hashlib.sha256)
    return f"<triage.{digest.hexdigest()[:32]}@{domain}>"


def compose(
    letter: RenderedLetter,
    notices: tuple[Notice, ...],
    *,
    sender: Address,
    recipient: str,
    message_id: str,
    date: datetime,
    in_reply_to: str,
    references: tuple[str, ...],
    loop_id: str,
    subject: str = "",
) -> FrozenReply:
    """Freeze a letter into bytes and prove them.

    `in_reply_to` and `references` are message ids as the email answered wrote them; what is not a plain message id is
    left out. `loop_id` names this installation. `subject` replaces the letter's own one.

    Raises:
        PermanentError: with a sentence: the letter, an address or a header is not fit to be sent.
    """
    if not notices or notices != letter.notices:
        raise PermanentError("The letter does not carry the notices that its reply must carry.")
    recipient = wire_form(recipient)
    _check(sender, recipient, message_id, date)
    head = _head(
        _folded("From:", (*_phrase(sender.display), f"<{sender.spec}>")),
        f"To: {recipient}",
        f"Date: {format_datetime(date)}",
        _folded("Subject:", _subject(subject or letter.subject)),
        f"Message-ID: {message_id}",
        *_thread(in_reply_to, references),
        f"X-Triage-Loop: {_token(loop_id)}",
        f'Content-Type: multipart/alternative;\r\n boundary="{_boundary(message_id)}"',
    )
    content = head + _body(letter, _boundary(message_id))
    prove(content, recipient=recipient, sender=sender, message_id=message_id, notices=notices)
    digest, name, version = hashlib.sha256(content).hexdigest(), letter.letter, letter.version
    return FrozenReply(content, digest, message_id, recipient, name, letter.language, version, notices, _MADE_HERE)


def _check(sender: Address, recipient: str, message_id: str, date: datetime) -> None:
    """Refuse what could never become a right header, before anything is written."""
    if not is_plain_address(recipient):
        raise PermanentError("The address to answer is not one that a reply can safely be sent to.")
    if not is_plain_address(sender.spec):
        raise PermanentError("The practice's own address is not a plain address: check TRIAGE_FROM.")
    if not is_message_id(message_id):
        raise PermanentError("The reply's Message-ID is not a valid one: check the domain of TRIAGE_FROM.")
    if date.tzinfo is None:
        raise PermanentError("The reply's date has no time zone.")


def _boundary(message_id: str) -> str:
    """The parts' boundary; no part can hold it, as quoted-printable never holds "=_" (RFC 2045 section 6.7)."""
    return "=_triage_" + hashlib.sha256(message_id.encode()).hexdigest()[:24]


def _head(*fields: str) -> bytes:
    """The header block with its empty line: `fields`, and what every automatic reply says of itself (RFC 3834)."""
    own = ("Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "MIME-Version: 1.0")
    try:
        return "\r\n".join((*fields[:-1], *own, fields[-1], "\r\n")).encode("ascii")
    except UnicodeEncodeError as error:
        raise PermanentError("A header of the reply holds a character that cannot go over the wire.") from error


def _body(letter: RenderedLetter, boundary: str) -> bytes:
    """The text part and the HTML part between their boundaries (RFC 2046 section 5.1.4)."""
    text, html = _quoted(letter.text), _quoted(letter.html)
    line = f"--{boundary}".encode("ascii")
    return b"".join((line, _part("text/plain"), text, line, _part("text/html"), html, line, b"--\r\n"))


def _part(media_type: str) -> bytes:
    """The headers of one part, with the line end of its boundary before them."""
    return (
        f"\r\nContent-Type: {media_type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode("ascii")


def _quoted(text: str) -> bytes:
    """`text` in UTF-8 as quoted-printable with CRLF line ends, lines of at most 76 (RFC 2045 section 6.7)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    return b"\r\n".join(map(_quoted_line, lines)) + b"\r\n"


@lru_cache(maxsize=1024)
def _quoted_line(line: str) -> bytes:
    """One line; most lines are the same in every letter, and encoding costs more than remembering."""
    return b2a_qp(line.encode("utf-8", "replace"), istext=True).replace(b"=\n", b"=\r\n")


def _subject(text: str) -> tuple[str, ...]:
    """The subject's words as they may stand in a header."""
    cleaned = one_line(text, _LONGEST_SUBJECT)
    if not cleaned:
        raise PermanentError("The letter has no subject.")
    words = tuple(cleaned.split(" "))
    return words if _is_plain(cleaned) and max(map(len, words)) < _FOLD_AT else _encoded_words(cleaned)


def _phrase(display: str) -> tuple[str, ...]:
    """A display name as one quoted string, or as encoded words when it is not plain ASCII; nothing when it is empty."""
    cleaned = one_line(display, _LONGEST_NAME)
    if not cleaned:
        return ()
    if not _is_plain(cleaned):
        return _encoded_words(cleaned)
    return ('"' + cleaned.replace("\\", "\\\\").replace('"', '\\"') + '"',)


def _is_plain(text: str) -> bool:
    """Whether a reader will show `text` as it is: what looks like an encoded word must itself be encoded."""
    return text.isascii() and text.isprintable() and "=?" not in text


def _encoded_words(text: str) -> tuple[str, ...]:
    """`text` as encoded words in UTF-8 and base64, none of which cuts a character (RFC 2047 section 5)."""
    chunks = [b""]
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(chunks[-1]) + len(octets) > _WORD_OCTETS:
            chunks.append(b"")
        chunks[-1] += octets
    return tuple(f"=?utf-8?b?{b64encode(chunk).decode('ascii')}?=" for chunk in chunks)


def _thread(in_reply_to: str, references: tuple[str, ...]) -> tuple[str, ...]:
    """The headers that put the reply into its thread (RFC 5322 section 3.6.4), as far as the ids are usable."""
    parent = (in_reply_to,) if is_message_id(in_reply_to) else ()
    ids = tuple(dict.fromkeys(one for one in (*references, *parent) if is_message_id(one)))
    if len(ids) > _MOST_REFERENCES:
        ids = (ids[0], *ids[1 - _MOST_REFERENCES :])
    lines = tuple(f"In-Reply-To: {one}" for one in parent)
    return (*lines, _folded("References:", ids)) if ids else lines


def _token(loop_id: str) -> str:
    """The installation's name, which must be one word of plain characters."""
    if not loop_id or len(loop_id) > 200 or not _is_plain(loop_id) or " " in loop_id:
        raise PermanentError("The name of this installation cannot stand in a header.")
    return loop_id


def _folded(name: str, words: Iterable[str]) -> str:
    """A header of `words` with one space between, broken where a line would grow too long."""
    lines, length = [name], len(name)
    for word in words:
        if length + 1 + len(word) > _FOLD_AT and length > len(name):
            lines.append("\r\n")
            length = 0
        lines.append(" " + word)
        length += 1 + len(word)
    return "".join(lines)
