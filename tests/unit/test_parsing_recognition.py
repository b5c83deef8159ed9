"""Recognising a message again, and the value for one that could not be read."""

from __future__ import annotations

import pytest

from tests.support.raw_mail import raw, read
from triage.core import parsing
from triage.core.email import Email, Unreadable, UnreadableReason
from triage.core.parsing import parse


def test_the_same_message_twice_has_one_fingerprint() -> None:
    """Delivered twice over other servers, a message is recognised."""
    body = "Message-ID: <1@x>\r\nFrom: a@example.com\r\nSubject: s\r\n\r\nhello\r\n"
    first, second = read(f"Received: by one\r\n{body}"), read(f"Received: by another one\r\n{body}")
    assert first.fingerprint == second.fingerprint


def test_different_messages_have_different_fingerprints() -> None:
    """Text that moves from one field to its neighbour, another sender, other words or size make another message."""
    variants = [
        "From: a@example.com\r\nDate: 1\r\nSubject: 2\r\n\r\nx",
        "From: a@example.com\r\nDate: 12\r\nSubject: \r\n\r\nx",
        "From: a@example.com\r\nDate: 1\r\nSubject: \r\n\r\n2x",
        "From: b@example.com\r\nDate: 1\r\nSubject: 2\r\n\r\nx",
        "From: a@example.com\r\nDate: 1\r\nSubject: 2\r\nX: longer\r\n\r\nx",
        "Message-ID: <1@x>\r\nFrom: a@example.com\r\nDate: 1\r\nSubject: 2\r\n\r\nx",
    ]
    assert len({read(variant).fingerprint for variant in variants}) == len(variants)


def test_an_empty_message_is_unreadable() -> None:
    """Nothing, or nothing but white space, is a value that says so."""
    for content in (b"", b" \r\n\r\n"):
        parsed = parse(raw(content))
        assert isinstance(parsed, Unreadable)
        assert parsed.reason is UnreadableReason.EMPTY


def test_an_unreadable_message_keeps_its_id_and_is_recognised() -> None:
    """Quarantined mail can be found again by its Message-ID and its fingerprint."""
    content = b"Message-ID: <1@x>\r\n" + b"X: y\r\n" * 2000 + b"\r\nhi"
    parsed, again = parse(raw(content)), parse(raw(content))
    assert isinstance(parsed, Unreadable)
    assert parsed.message_id == "<1@x>"
    assert parsed == again


def test_a_header_that_goes_on_behind_the_fetch_is_unreadable() -> None:
    """Fields that were not fetched might say that a machine wrote: such a message is not judged."""
    parsed = parse(raw(b"From: a@example.com\r\nSubject: s\r\nX: y", size=100_000))
    assert isinstance(parsed, Unreadable)
    assert parsed.reason is UnreadableReason.HEADERS_TOO_LONG


def test_an_error_while_reading_becomes_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a reader ever fail in spite of every limit, the message goes to staff and the batch goes on."""

    def fails(*_: object) -> Email:
        raise RecursionError

    monkeypatch.setattr(parsing, "read_entities", fails)
    parsed = parse(raw(b"From: a@example.com\r\n\r\nx"))
    assert isinstance(parsed, Unreadable)
    assert parsed.reason is UnreadableReason.BROKEN
