"""Where a message's words lie: in its first 64 KiB, or in a part further in that must be asked for by number.

Pure. Never raises on a hostile message: what cannot be made out has no text here, and such mail goes to staff.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message

CAP = 65_536
"""Octets of a message, and of each text part behind them, that are ever read."""

_TEXTS = ("text/plain", "text/html")
_MOST_PARTS = 200


@dataclass(frozen=True, slots=True)
class TextPart:
    """One text part as BODYSTRUCTURE tells it: its part number ("1.2"), media type in lower case, size in octets."""

    number: str
    media_type: str
    size: int


def shows_text(head: bytes) -> bool:
    """Whether the first part of a message already holds words: a text part, not an attachment, that is not blank."""
    try:
        message = message_from_bytes(head, policy=policy.compat32)
        return any(_is_text(part) and _has_words(part) for part in _leaves(message))
    except (RecursionError, ValueError, TypeError, LookupError, AttributeError):
        return False


def text_entities(content: bytes) -> tuple[bytes, ...]:
    """The text parts `text_parts` would choose, cut from a whole message: for mail that did not come by IMAP."""
    try:
        message = message_from_bytes(content, policy=policy.compat32)
        found = {part.get_content_type(): part for part in _leaves(message) if _is_text(part) and _has_words(part)}
    except (RecursionError, ValueError, TypeError, LookupError, AttributeError):
        return ()
    return tuple(_cut(found[kind].as_bytes()) for kind in _TEXTS if kind in found)


def entity(mime: bytes, body: bytes) -> bytes:
    """A complete MIME entity from `BODY[n.MIME]` and `BODY[n]`: headers, one empty line, body (at most `CAP`)."""
    return mime.rstrip(b"\r\n") + b"\r\n\r\n" + body[:CAP]


def text_parts(structure: object) -> tuple[TextPart, ...]:
    """The first text/plain and the first text/html part of a parsed BODYSTRUCTURE (RFC 9051 section 7.5.2).

    `structure` is nested tuples; a multipart's first element is the list of its parts. Attachments, empty parts and
    what lies inside attached messages are left out; so is a message that is one single part.
    """
    try:
        parts = [part for part in _walk(structure, "") if part.size > 2]
    except (RecursionError, ValueError, TypeError, LookupError, AttributeError):
        return ()
    firsts = (next((part for part in parts if part.media_type == kind), None) for kind in _TEXTS)
    return tuple(part for part in firsts if part is not None)


def _walk(node: object, number: str) -> Iterator[TextPart]:
    if not isinstance(node, tuple) or not node:
        return
    if isinstance(node[0], list):
        for index, child in enumerate(node[0][:_MOST_PARTS], start=1):
            yield from _walk(child, f"{number}.{index}" if number else str(index))
        return
    media_type = f"{_word(node[0])}/{_word(node[1])}"
    if number and media_type in _TEXTS and not _attached(node) and isinstance(node[6], int):
        yield TextPart(number, media_type, node[6])


def _attached(leaf: tuple[object, ...]) -> bool:
    """Whether a text leaf's disposition, which follows its lines and MD5, says attachment."""
    disposition = leaf[9] if len(leaf) > 9 else None
    return isinstance(disposition, tuple) and bool(disposition) and _word(disposition[0]) == "attachment"


def _word(value: object) -> str:
    return value.decode("ascii", "replace").lower() if isinstance(value, bytes) else ""


def _leaves(message: Message) -> Iterator[Message]:
    """Parts in order, not descending into attached messages."""
    waiting = [message]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            waiting = [child for child in part.get_payload() if isinstance(child, Message)] + waiting
        else:
            yield part


def _is_text(part: Message) -> bool:
    return part.get_content_type() in _TEXTS and part.get_content_disposition() != "attachment"


def _has_words(part: Message) -> bool:
    payload = part.get_payload()
    return isinstance(payload, str) and bool(payload.strip())


def _cut(whole: bytes) -> bytes:
    """An entity whose body is at most `CAP` octets, with the line ends of the wire."""
    head, _, body = whole.replace(b"\r\n", b"\n").partition(b"\n\n")
    return entity(head.replace(b"\n", b"\r\n"), body.replace(b"\n", b"\r\n"))
