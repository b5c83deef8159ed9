"""Reads the bytes of one message into an `Email`, or says as a value why that cannot be done.

Never raises, whatever the bytes; never trusts a charset, a length or a name; lets no CR or LF that was hidden in an
encoded word into any field (CVE-2024-6923). Time is linear in what is read (the first MiB at most), and bounded by the
limits in `mime`. Pure: the clock of the message is its INTERNALDATE, given with it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from triage.core.address_fields import read_addresses
from triage.core.body_text import readable_text
from triage.core.clean import field_value, one_line
from triage.core.email import Address, Email, Part, RawEmail, Unreadable, UnreadableReason
from triage.core.encoded import words_decoded
from triage.core.mime import BeyondReadingError, Entity, read_entities, typed

READ_CAP = 1024 * 1024
_SUBJECT_CAP = 1000
_REFERENCES_CAP = 200
_PARAMETER_CAP = 200
_FINGERPRINT_TEXT = 512
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{1,900})>")
_RAW_MESSAGE_ID = re.compile(rb"(?:^|\n)message-id:[ \t]*(?:\r?\n[ \t]+)?(<[!-;=?-~]{1,900}>)", re.IGNORECASE)
# What reading a hostile message could raise in spite of every limit: then it is quarantined, and the batch goes on.
_READING_ERRORS = (ArithmeticError, LookupError, MemoryError, RecursionError, TypeError, ValueError)


def parse(raw: RawEmail) -> Email | Unreadable:
    """The message as a value. `text_parts` are read only if no text lies in `content`."""
    if not raw.content.strip():
        return _unreadable(raw, UnreadableReason.EMPTY)
    try:
        return _read(raw)
    except BeyondReadingError as error:
        return _unreadable(raw, error.reason)
    except _READING_ERRORS:
        return _unreadable(raw, UnreadableReason.BROKEN)


def _read(raw: RawEmail) -> Email:
    """The message as an `Email`.

    Raises:
        BeyondReadingError: it passes a limit.
    """
    content = raw.content[:READ_CAP]
    entities = read_entities(content, len(content) < raw.size)
    text, html = readable_text(entities)
    if not text and raw.text_parts:
        text, html = readable_text(_further(raw.text_parts))
    fields = _Fields(entities[0].fields)
    subject = one_line(words_decoded(fields.first("subject")), _SUBJECT_CAP)
    message_id = next(iter(_message_ids(fields.first("message-id"))), "")
    senders = fields.addresses("from")
    return Email(
        message_id=message_id,
        from_=senders,
        to=fields.addresses("to"),
        cc=fields.addresses("cc"),
        resent=fields.addresses("resent-to", "resent-cc"),
        reply_to=fields.addresses("reply-to"),
        return_path=_return_path(fields),
        subject=subject,
        date=_date(fields.first("date")),
        received_at=raw.received_at,
        in_reply_to=_message_ids(fields.first("in-reply-to")),
        references=_message_ids(fields.first("references"))[-_REFERENCES_CAP:],
        headers=tuple((name, field_value(value)) for name, value in entities[0].fields),
        text=text,
        html=html,
        parts=tuple(map(_part, entities)),
        size=raw.size,
        fingerprint=_recognition(message_id, senders, fields.first("date"), subject, text, raw.size),
        truncated=raw.truncated or len(content) < len(raw.content),
        place=raw.place,
    )


class _Fields:
    """The message's own header fields by name."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in fields:
            self._values.setdefault(name, []).append(value)

    def first(self, name: str) -> str:
        """The topmost value, or ""."""
        return self._values.get(name, [""])[0]

    def has(self, name: str) -> bool:
        """Whether there is such a field."""
        return name in self._values

    def addresses(self, *names: str) -> tuple[Address, ...]:
        """The mailboxes of all fields with these names."""
        return tuple(
            address for name in names for value in self._values.get(name, ()) for address in read_addresses(value)
        )


def _further(parts: Sequence[bytes]) -> list[Entity]:
    """Parts fetched on their own: taken as forms of the same text, so that plain goes before HTML."""
    entities = [entity for part in parts for entity in read_entities(part[:READ_CAP], False)]
    return [Entity(entity.fields, entity.media_type, entity.parameters, entity.body, 1, 1) for entity in entities]


def _message_ids(value: str) -> tuple[str, ...]:
    """Each `<...>` of a field (RFC 5322 section 3.6.4), printable ASCII only, so that it may be written back."""
    return tuple(f"<{found}>" for found in _MESSAGE_ID.findall(value))


def _return_path(fields: _Fields) -> str | None:
    """None when there is no such field, "" for the null path (RFC 5321 section 4.5.5), else the address."""
    if not fields.has("return-path"):
        return None
    value = one_line(fields.first("return-path"), 320)
    if value in {"", "<>"}:
        return ""
    found = read_addresses(value)
    return (found[0].spec if found else "") or value


def _date(value: str) -> datetime | None:
    """The Date field as an aware datetime that can be turned into any zone; without a zone it counts as UTC."""
    if not value:
        return None
    try:
        date = parsedate_to_datetime(value[:100])
        aware = date if date.tzinfo else date.replace(tzinfo=UTC)
        utc = aware.astimezone(UTC)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return aware if 1970 <= utc.year < 9000 else None


def _part(entity: Entity) -> Part:
    """One MIME part as screening sees it."""
    disposition, parameters = typed(entity.field("content-disposition"), "")
    filename = parameters.get("filename", "") or entity.parameters.get("name", "")
    return Part(
        one_line(entity.media_type, _PARAMETER_CAP),
        one_line(disposition, _PARAMETER_CAP),
        one_line(words_decoded(filename), _PARAMETER_CAP),
        tuple(
            (one_line(name, 80), one_line(value, _PARAMETER_CAP).lower())
            for name, value in entity.parameters.items()
            if name not in {"boundary", "name"}
        ),
    )


def _recognition(message_id: str, senders: Sequence[Address], date: str, subject: str, text: str, size: int) -> str:
    """What stays the same when a message is delivered twice or moved; its size only where it has no Message-ID."""
    return _fingerprint(
        message_id,
        senders[0].spec if senders else "",
        one_line(date, 100),
        subject,
        one_line(text[: 4 * _FINGERPRINT_TEXT], _FINGERPRINT_TEXT),
        "" if message_id else str(size),
    )


def _unreadable(raw: RawEmail, reason: UnreadableReason) -> Unreadable:
    """The value for what was not read; recognised again by its bytes."""
    found = _RAW_MESSAGE_ID.search(raw.content, 0, READ_CAP)
    message_id = found[1].decode("ascii") if found else ""
    digest = hashlib.sha256(raw.content).hexdigest()
    return Unreadable(
        reason=reason,
        received_at=raw.received_at,
        size=raw.size,
        fingerprint=_fingerprint("unreadable", message_id, digest, str(raw.size)),
        message_id=message_id,
        place=raw.place,
    )


def _fingerprint(*parts: str) -> str:
    """A SHA-256 over the parts, each with its length before it, so that no two lists of parts give one text."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "replace")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()
