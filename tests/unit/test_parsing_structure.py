"""The parts of a message: found as the standard library finds them on honest mail, and as RFC 2046 says on odd mail."""

from __future__ import annotations

import email
from email.message import Message
from pathlib import Path

import pytest

from tests.support.raw_mail import FILES, read
from triage.core.encoded import transfer_decoded
from triage.core.mime import Entity, read_entities, typed


def leaves(message: Message) -> list[tuple[str, bytes]]:
    """The standard library's parts in order, attached messages as leaves."""
    payload = message.get_payload()
    if isinstance(payload, list) and message.get_content_maintype() == "multipart":
        return [(message.get_content_type(), b""), *(leaf for part in payload for leaf in leaves(part))]
    if isinstance(payload, list):
        return [(message.get_content_type(), b"".join(part.as_bytes() for part in payload))]
    decoded = message.get_payload(decode=True)
    assert isinstance(decoded, bytes)
    return [(message.get_content_type(), decoded)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_honest_mail_has_the_parts_the_standard_library_finds(path: Path) -> None:
    """Types, order, decoded bodies and header fields agree with `email` on each message in tests/data/mail."""
    content = path.read_bytes().replace(b"\r\n", b"\n")
    theirs = email.message_from_bytes(content)
    ours = read_entities(content, False)
    squeezed = [(entity.media_type, b"".join(body_of(entity).split())) for entity in ours]
    assert squeezed == [(media_type, b"".join(body.split())) for media_type, body in leaves(theirs)]
    assert [name for name, _ in ours[0].fields] == [name.lower() for name in theirs.keys()]  # noqa: SIM118 - in order, with repeats


def body_of(entity: Entity) -> bytes:
    """Our part without its transfer encoding."""
    return transfer_decoded(entity.body, entity.field("content-transfer-encoding"))


def multipart(boundary: str, body: str) -> list[str]:
    content = f"Content-Type: multipart/mixed; boundary={boundary}\n\n{body}".encode()
    return [entity.body.decode() for entity in read_entities(content, False)[1:]]


def test_a_longer_boundary_with_the_same_beginning_is_no_delimiter() -> None:
    """`--bb` does not end a part of `--b`, nor does a delimiter in the middle of a line."""
    assert multipart("b", "--b\n\none\n--bb\nx --b\n--b  \n\ntwo\n--b--\nepilogue") == ["one\n--bb\nx --b", "two"]


def test_an_outer_boundary_ends_inner_parts_that_were_never_closed() -> None:
    """A multipart without its end does not swallow what follows it (RFC 2046 section 5.1.2)."""
    inner = "Content-Type: multipart/alternative; boundary=i\n\n--i\n\nin\n"
    assert multipart("o", f"--o\n{inner}--o\n\nafter\n--o--") == ["", "in", "after"]


def test_a_part_without_type_in_a_digest_is_a_message() -> None:
    """The default type depends on the container (RFC 2046 section 5.1.5)."""
    content = b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nwords\n--b--"
    assert [entity.media_type for entity in read_entities(content, False)] == ["multipart/digest", "message/rfc822"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text/plain; charset=utf-8", {"charset": "utf-8"}),
        ('TEXT/Plain ; charset="a;b\\"c"', {"charset": 'a;b"c'}),
        ("text/plain; name*=utf-8''%e2%82%ac", {"name": "€"}),
        ("text/plain; name*0=a; name*1=b; name*2*=%20c", {"name": "ab c"}),
        ("text/plain; name*0*=iso-8859-1''%e9; name*1=t", {"name": "ét"}),
        ("text/plain; charset=a; charset=b", {"charset": "a"}),
        ("text/plain; ;; =x; broken", {}),
        ("text/plain (comment)", {}),
    ],
)
def test_parameters_are_read(value: str, expected: dict[str, str]) -> None:
    """Quoted, continued and percent-encoded parameters (RFC 2045, RFC 2231); the first of two wins."""
    assert typed(value, "text/plain") == ("text/plain", expected)


@pytest.mark.parametrize("value", ["", "nonsense", "/", "text/", "/plain"])
def test_a_type_that_is_none_counts_as_plain_text(value: str) -> None:
    """RFC 2045 section 5.2."""
    assert typed(value, "text/plain")[0] == "text/plain"


def test_a_filename_in_an_encoded_word_is_shown() -> None:
    """Many programs write names so, against RFC 2231."""
    part = read('Content-Disposition: attachment; filename="=?utf-8?q?=C3=A9.pdf?="\n\nx').parts[0]
    assert (part.disposition, part.filename) == ("attachment", "é.pdf")
