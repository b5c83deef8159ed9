"""Mail that wants to break its reader: each is made here, since no editor would keep it in a file."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

_HEAD = (
    b"Return-Path: <trouble@example.net>\r\n"
    b"Received: from mail.example.net by mx.example.com; Mon, 02 Nov 2026 10:00:00 +0000\r\n"
    b"From: Trouble Maker <trouble@example.net>\r\nTo: office@example.com\r\n"
)


def _garbage() -> bytes:
    """Random bytes without NUL, which no IMAP server takes."""
    source = random.Random(7)  # noqa: S311 - the same garbage each time, not a secret
    return bytes(source.choice(range(1, 256)) for _ in range(20_000))


def _nested() -> bytes:
    """1,000 multiparts, each inside the one before."""
    opened = b"".join(
        b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (depth, depth + 1) for depth in range(1000)
    )
    head = _HEAD + b"Message-ID: <nested@example.net>\r\nSubject: A nested present\r\nMIME-Version: 1.0\r\n"
    return head + b'Content-Type: multipart/mixed; boundary="b0"\r\n\r\n' + opened + b"\r\nat the bottom\r\n"


def _huge_headers() -> bytes:
    """A megabyte of header fields."""
    head = _HEAD + b"Message-ID: <huge@example.net>\r\nSubject: Longer than long\r\n"
    return head + b"".join(b"X-Filler-%d: %b\r\n" % (number, b"z" * 900) for number in range(1200)) + b"\r\nhello\r\n"


def _parentheses() -> bytes:
    """A sender in 20,000 nested comments."""
    head = b"Message-ID: <comments@example.net>\r\nTo: office@example.com\r\nSubject: Deep comments\r\n"
    return head + b"From: " + b"(" * 20_000 + b"x" + b")" * 20_000 + b" <trouble@example.net>\r\n\r\nhello\r\n"


def _spaces() -> bytes:
    """One line of 60,000 blanks, which freezes a regular expression that backtracks."""
    return _HEAD + b"Message-ID: <blanks@example.net>\r\nSubject: Blanks\r\n\r\n" + b" " * 60_000 + b"x\r\n"


POISON: Mapping[str, Callable[[], bytes]] = {
    "garbage": _garbage,
    "nested": _nested,
    "huge_headers": _huge_headers,
    "parentheses": _parentheses,
    "blanks": _spaces,
}
