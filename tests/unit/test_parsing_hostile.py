"""Messages made to break a reader: each gives a value, soon, and never an exception."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.raw_mail import FILES, raw
from triage.core.email import Email, Unreadable, UnreadableReason
from triage.core.parsing import parse

HEAD = b"From: ann@example.com\r\nTo: hello@clinic.example.org\r\nSubject: s\r\n"
HTML = HEAD + b"Content-Type: text/html\r\n\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
SECONDS = 2.0  # generous for a busy machine: most take some milliseconds, the prototypes took minutes


def nested(depth: int) -> bytes:
    """Multiparts inside one another, each opened and none closed."""
    levels = (
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth)
    )
    return HEAD + b"".join(levels) + b"\r\nhi"


REFUSED = {
    "a thousand nested multiparts": (nested(1000), UnreadableReason.TOO_DEEP),
    "a hundred thousand empty parts": (MIXED + b"--b\r\n\r\n" * 100_000, UnreadableReason.TOO_MANY_PARTS),
    "five megabytes of brackets in From": (b"From: " + b"(" * 5_000_000, UnreadableReason.LINE_TOO_LONG),
    "a field of 200,000 spaces": (HEAD[:-2] + b" " * 200_000 + b"x\r\n\r\nhi", UnreadableReason.LINE_TOO_LONG),
    "five thousand fields": (b"X: y\r\n" * 5000 + b"\r\nhi", UnreadableReason.TOO_MANY_HEADERS),
    "half a megabyte of fields": (b"X: %s\r\n" % (b"y" * 600) * 900 + b"\r\nhi", UnreadableReason.HEADERS_TOO_LONG),
}
READ = {
    "five megabytes of brackets": b"(" * 5_000_000,
    "a thousand nested comments in From": b"From: " + b"(" * 1000 + b")" * 1000 + b" a@example.com\r\n\r\nhi",
    "lines of 200,000 spaces": HEAD + b"\r\n" + (b" " * 200_000 + b"x\r\n") * 5,
    "a million empty lines": HEAD + b"\r\n" + b"\n" * 1_000_000,
    "boundaries that are nearly right": MIXED + b"--bx\r\n" * 150_000,
    "a field of unfinished encoded words": HEAD + b"X: " + b"=?a?q?" * 2500 + b"\r\n\r\nhi",
    "parameters without an end": HEAD + b"Content-Type: text/plain; " + b'a=";' * 3000 + b"\r\n\r\nhi",
    "references without an end": HEAD + b"References: " + b"<" * 16_000 + b"\r\n\r\nhi",
    "flowed quotes of changing depth": HEAD
    + b"Content-Type: text/plain; format=flowed\r\n\r\n"
    + b"> x \n>> y \n" * 90_000,
    "nested divs": HTML + b"<div>" * 60_000 + b"hi",
    "one tag with 80,000 attributes": HTML + b"<p " + b"a1 " * 80_000 + b">hi",
    "misnested formatting": HTML + b"<a><b><div></a>" * 16_000,
    "formatting that is opened again and again": HTML + b"<b><p>" * 490 + b"x<p>" * 50_000,
    "nested quotes": HTML + b"<div class=gmail_quote>" * 490 + b"<p>x" * 40_000,
    "nothing but angle brackets": HTML + b"<" * 250_000,
    "zeros": b"\x00" * 70_000,
}


def timed(content: bytes) -> Email | Unreadable:
    """What `parse` makes of it, in time."""
    began = time.process_time()
    parsed = parse(raw(content))
    assert time.process_time() - began < SECONDS
    return parsed


@pytest.mark.parametrize("name", REFUSED)
def test_what_passes_a_limit_is_unreadable_with_its_reason(name: str) -> None:
    """Each limit of `mime` is met in time and named."""
    content, reason = REFUSED[name]
    parsed = timed(content)
    assert isinstance(parsed, Unreadable)
    assert parsed.reason is reason


@pytest.mark.parametrize("name", READ)
def test_what_is_odd_but_within_the_limits_is_read_in_time(name: str) -> None:
    """No text, field or structure makes reading slow."""
    parsed = timed(READ[name])
    assert isinstance(parsed, Email)
    assert len(parsed.text) <= 64 * 1024


def test_honest_mail_with_a_hundred_signatures_and_hops_is_read() -> None:
    """A message that went through many lists and servers has about 70 KB of header: it passes."""
    hop = b"DKIM-Signature: v=1;\r\n\tb=" + b"\r\n\t".join([b"x" * 70] * 9) + b"\r\n"
    received = b"Received: from a.example.com\r\n\tby b.example.com; Mon, 3 Mar 2025 10:15:00 +0000\r\n"
    parsed = parse(raw((hop + received) * 100 + HEAD + b"\r\nhello"))
    assert isinstance(parsed, Email)
    assert parsed.text == "hello"


def test_twenty_levels_and_two_hundred_parts_are_read() -> None:
    """The limits themselves are still readable."""
    assert isinstance(parse(raw(nested(20))), Email)
    assert isinstance(parse(raw(nested(21))), Unreadable)
    assert isinstance(parse(raw(MIXED + b"--b\r\n\r\nx\r\n" * 199 + b"--b--")), Email)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_give_a_value(content: bytes) -> None:
    """Nothing raises, and nothing is so broken that the guard behind the limits is needed."""
    parsed = parse(raw(content))
    assert isinstance(parsed, Email) or parsed.reason is not UnreadableReason.BROKEN


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real message with bytes cut out, doubled, exchanged or replaced by what parsers trip over."""
    content = draw(st.sampled_from(FILES)).read_bytes()
    for _ in range(draw(st.integers(1, 6))):
        begin = draw(st.integers(0, len(content)))
        end = min(len(content), begin + draw(st.integers(0, 300)))
        piece = draw(
            st.one_of(
                st.binary(max_size=20),
                st.sampled_from([b"\r\n", b"\r", b"\x00", b'"', b"(", b"<", b"=?utf-8?q?=0d=0a?=", b"--", b"; a*0*=%"]),
                st.just(content[begin:end] * 2),
            )
        )
        content = content[:begin] + piece + content[end:]
    return content[: draw(st.integers(1, len(content)))] if content and draw(st.booleans()) else content


@settings(max_examples=300, deadline=None)
@given(mutated(), st.booleans())
def test_real_mail_with_damage_gives_a_clean_value(content: bytes, longer: bool) -> None:
    """However damaged or cut off, a message gives a value without CR, LF or NUL in any field but the texts."""
    parsed = parse(raw(content, len(content) + 1000 * longer))
    if isinstance(parsed, Unreadable):
        assert parsed.reason is not UnreadableReason.BROKEN
        return
    addresses = (*parsed.from_, *parsed.to, *parsed.cc, *parsed.resent, *parsed.reply_to)
    shown = [
        *(parsed.subject, parsed.message_id, parsed.return_path or "", *parsed.references, *parsed.in_reply_to),
        *(text for address in addresses for text in (address.display, address.spec)),
        *(text for pair in parsed.headers for text in pair),
        *(text for part in parsed.parts for text in (part.media_type, part.disposition, part.filename)),
        *(text for part in parsed.parts for pair in part.parameters for text in pair),
    ]
    assert all(text.isprintable() or not set(text) & set("\r\n\x00\u2028\u202e") for text in shown)
    assert "\r" not in parsed.text + parsed.html
    "".join([*shown, parsed.text, parsed.html]).encode("utf-8")
