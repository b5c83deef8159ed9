"""Where a message's words lie, told from its head or from its BODYSTRUCTURE."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage.mailbox.structure import CAP, TextPart, entity, shows_text, text_entities, text_parts

PLAIN = (b"TEXT", b"PLAIN", (b"CHARSET", b"utf-8"), None, None, b"7BIT", 120, 4, None, None, None)
HTML = (b"text", b"html", (b"CHARSET", b"utf-8"), None, None, b"BASE64", 900, 12, None, (b"inline", None), None)
NOTES = (b"TEXT", b"PLAIN", None, None, None, b"7BIT", 50, 1, None, (b"ATTACHMENT", (b"FILENAME", b"a.txt")), None)
EMPTY = (b"TEXT", b"PLAIN", None, None, None, b"7BIT", 2, 1, None, None, None)
PICTURE = (b"IMAGE", b"JPEG", None, None, None, b"BASE64", 100_000, None, None, None)


def many(*parts: object) -> tuple[object, ...]:
    """A multipart as the parser gives it."""
    return ([*parts], b"MIXED", None, None)


def test_the_first_plain_and_the_first_html_part_are_chosen() -> None:
    """Numbers follow the nesting; later text parts are left alone."""
    structure = many(PICTURE, many(PLAIN, HTML), PLAIN)
    assert text_parts(structure) == (TextPart("2.1", "text/plain", 120), TextPart("2.2", "text/html", 900))


def test_attached_and_empty_text_is_passed_over() -> None:
    """A text file is an attachment, and an empty part holds no words."""
    assert text_parts(many(NOTES, EMPTY, HTML)) == (TextPart("3", "text/html", 900),)


def test_what_lies_in_an_attached_message_is_not_the_senders_words() -> None:
    """message/rfc822 is one leaf."""
    attached = (b"MESSAGE", b"RFC822", None, None, None, b"7BIT", 500, (None,) * 10, PLAIN, 20)
    assert text_parts(many(PICTURE, attached)) == ()


def test_a_single_part_needs_no_part() -> None:
    """Its text begins in the head already."""
    assert text_parts(PLAIN) == ()


def test_nonsense_has_no_text() -> None:
    """What is no structure gives nothing and raises nothing."""
    for structure in (None, (), (b"TEXT",), many(None, (b"TEXT", b"PLAIN")), many(3), 5):
        assert text_parts(structure) == ()


def test_an_endless_nesting_has_no_text() -> None:
    """A hostile depth ends in nothing, not in a crash."""
    structure: object = PLAIN
    for _ in range(5000):
        structure = many(structure)
    assert text_parts(structure) == ()


def test_words_in_the_head_are_seen() -> None:
    """Plain mail, HTML mail, and text before an attachment that is cut off."""
    assert shows_text(b"Subject: x\r\n\r\nHello.")
    assert shows_text(b"Content-Type: text/html\r\n\r\n<p>Hello.</p>")
    assert shows_text(
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nHello.\r\n'
        b"--b\r\nContent-Type: image/png\r\n\r\nAAAA"
    )


def test_a_head_without_words_is_seen() -> None:
    """An attachment first, blank text, or headers only."""
    assert not shows_text(b"Subject: x\r\n\r\n \r\n")
    assert not shows_text(b"Subject: x\r\n")
    assert not shows_text(
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\n' + b"AAAA\r\n" * 50
    )
    assert not shows_text(
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Disposition: attachment\r\n\r\nnotes\r\n'
    )


def test_a_head_of_nested_boundaries_ends_in_an_answer() -> None:
    """A thousand nested multiparts neither crash nor take long."""
    levels = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (level, level) for level in range(1200)
    )
    assert shows_text(levels[:CAP]) in (True, False)


@given(st.binary(max_size=600))
def test_no_head_makes_it_fail(head: bytes) -> None:
    """Whatever the bytes, there is an answer."""
    assert shows_text(head) in (True, False)
    assert isinstance(text_entities(head), tuple)


def test_an_entity_has_one_empty_line_and_a_cap() -> None:
    """Headers, one empty line, body."""
    whole = entity(b"Content-Type: text/plain\r\n\r\n", b"x" * (CAP + 10))
    assert whole.startswith(b"Content-Type: text/plain\r\n\r\nx")
    assert len(whole) == CAP + len(b"Content-Type: text/plain\r\n\r\n")
