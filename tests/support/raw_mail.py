"""Raw messages for the tests that read bytes: the mail in tests/data/mail, and small ones made of lines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from triage.core.email import Email, RawEmail, Unreadable
from triage.core.parsing import parse

MAIL = Path(__file__).parent.parent / "data" / "mail"
FILES = sorted(MAIL.glob("*.eml"))
RECEIVED = datetime(2025, 3, 8, 12, 0, tzinfo=UTC)


def raw(content: bytes, size: int = 0, text_parts: tuple[bytes, ...] = ()) -> RawEmail:
    """Bytes as if just fetched; `size` makes them the beginning of a longer message."""
    return RawEmail(content, size or len(content), RECEIVED, None, text_parts)


def read(content: bytes | str, size: int = 0, text_parts: tuple[bytes, ...] = ()) -> Email:
    """The parsed message; fails the test if it could not be read."""
    data = content.encode() if isinstance(content, str) else content
    parsed = parse(raw(data, size, text_parts))
    assert not isinstance(parsed, Unreadable), parsed.reason
    return parsed


def read_file(name: str) -> Email:
    """One of the messages in tests/data/mail."""
    return read((MAIL / name).read_bytes())
