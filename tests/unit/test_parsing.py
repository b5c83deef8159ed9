"""Reading one email: what becomes of its fields, its text and its parts."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.raw_mail import RECEIVED, read, read_file
from triage.core.email import Address

HEAD = "From: ann@example.com\r\nTo: hello@clinic.example.org\r\n"


def strings(value: object) -> list[str]:
    """Every string anywhere in a value."""
    if isinstance(value, str):
        return [value]
    if is_dataclass(value) and not isinstance(value, type):
        return [text for field in fields(value) for text in strings(getattr(value, field.name))]
    return [text for item in value for text in strings(item)] if isinstance(value, tuple) else []


def test_an_ordinary_email_is_read_whole() -> None:
    """Names, addresses, date, ids and words of a plain UTF-8 message come out as written."""
    email = read_file("plain.eml")
    assert email.sender == Address("Ana López", "ana.lopez@example.com")
    assert [to.spec for to in email.to] == ["hello@clinic.example.org"]
    assert email.subject == "Question about the infusion"
    assert email.message_id == "<plain-1@example.com>"
    assert email.return_path == "ana.lopez@example.com"
    assert email.date == datetime(2025, 3, 3, 10, 15, tzinfo=UTC)
    assert email.received_at == RECEIVED
    assert email.text.startswith("Hello,\n\nI filled in your form")
    assert not email.truncated


def test_header_values_are_unfolded_with_one_space() -> None:
    """A folded field becomes one line, its name in lower case, in the message's order."""
    email = read_file("plain.eml")
    assert [name for name, _ in email.headers[:3]] == ["return-path", "delivered-to", "received"]
    assert email.header("Authentication-Results") == (
        "mail.clinic.example.org; dkim=pass header.d=example.com header.s=s1; "
        "spf=pass smtp.mailfrom=ana.lopez@example.com; dmarc=pass header.from=example.com"
    )


def test_the_plain_alternative_is_read_and_the_html_kept() -> None:
    """Of two forms of the same words the plain one is the text; the source of the other stays available."""
    email = read_file("gmail_reply.eml")
    assert email.subject == "Re: Información"
    assert email.text.startswith("Thank you, I have completed the form now — Ana\n")
    assert email.html.startswith('<div dir="ltr">Thank you')
    assert email.in_reply_to == email.references == ("<letter-1@clinic.example.org>",)


def test_html_only_mail_is_read_as_text_without_what_is_hidden() -> None:
    """An Outlook mail without a plain part gives its visible words."""
    email = read_file("outlook_html_only.eml")
    assert email.sender.display == "Smith, John"
    assert email.text.startswith("Good morning,\n\nmy café is beside your office.")
    assert "nobody sees" not in email.text


def test_text_around_an_attachment_is_read_but_the_attachment_is_not() -> None:
    """Apple Mail cuts a text around an attachment: both halves are the author's words, the attached file is not."""
    email = read_file("apple_with_attachment.eml")
    assert "Here is my letter." in email.text
    assert "It is attached above." in email.text
    assert "attached file" not in email.text
    assert [part.filename for part in email.parts if part.disposition == "attachment"] == ["référence.txt"]


def test_flowed_lines_are_joined() -> None:
    """Soft breaks vanish, stuffed spaces too, quotes stay quotes and the signature stays a signature (RFC 3676)."""
    assert read_file("flowed.eml").text == (
        "I write long lines that my program folds at a soft break.\nFrom here on it is a new line.\n\n"
        "> You wrote a long quoted line.\n-- \nAnn"
    )


def test_a_latin_1_message_in_base64_is_read() -> None:
    """Accents survive an old charset in fields and body."""
    email = read_file("latin1_base64.eml")
    assert (email.sender.display, email.subject) == ("José Muñoz", "Información")
    assert "¿Cuánto dura la sesión?" in email.text


def test_a_bounce_shows_its_report_type_and_null_return_path() -> None:
    """What screening needs to know a bounce: the parameters of the report and the empty return path."""
    email = read_file("bounce.eml")
    assert email.return_path == ""
    assert email.parts[0].media_type == "multipart/report"
    assert email.parts[0].parameter("report-type") == "delivery-status"
    assert "message/delivery-status" in [part.media_type for part in email.parts]


def test_an_invitation_shows_its_method() -> None:
    """A calendar part keeps its method in lower case."""
    calendar = next(part for part in read_file("invitation.eml").parts if part.media_type == "text/calendar")
    assert calendar.parameter("method") == "request"


def test_a_forwarded_message_is_one_part_and_its_words_are_not_the_senders() -> None:
    """An attached message is a leaf: nobody is judged by the words of another."""
    email = read_file("forwarded_as_attachment.eml")
    assert email.text == "See the mail attached."
    assert [part.media_type for part in email.parts] == ["multipart/mixed", "text/plain", "message/rfc822"]


def test_a_plain_stub_gives_way_to_the_html() -> None:
    """A plain part that only says "view this in HTML" is not what the sender wrote."""
    email = read_file("signed_and_related.eml")
    assert email.text.startswith("I would like to come in")
    assert email.parts[0].parameter("protocol") == "application/pkcs7-signature"


def test_a_short_plain_text_that_mentions_html_stays() -> None:
    """A person may write about HTML; their words are kept when the HTML part says no more."""
    body = "I cannot read your HTML form."
    email = read(
        f"{HEAD}Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n{body}\r\n"
        f"--b\r\nContent-Type: text/html\r\n\r\n<p>{body}</p>\r\n--b--\r\n"
    )
    assert email.text == body


def test_plain_and_html_side_by_side_are_both_read() -> None:
    """Parts that are no alternatives of one another are all the sender's words."""
    email = read(
        f"{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst words\r\n"
        "--b\r\nContent-Type: text/html\r\n\r\n<p>second words</p>\r\n--b--\r\n"
    )
    assert email.text == "first words\n\nsecond words"


def test_a_truncated_base64_text_gives_what_is_there() -> None:
    """The first 64 KiB of a long message end in the middle of a base64 quantum: all words before it are read."""
    head = HEAD + "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    email = read(head + "SGVsbG8gZG9jdG9yLCB0aGlzIGlzIGEgbG9uZyBtZXNz", size=100_000)
    assert email.text == "Hello doctor, this is a long mess"
    assert email.truncated


def test_a_truncated_multipart_gives_the_part_that_was_cut_off() -> None:
    """A part without its closing boundary is read up to where the bytes end."""
    email = read(f"{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords so far", size=100_000)
    assert email.text == "words so far"


def test_text_parts_fetched_behind_the_cap_are_used_only_without_text() -> None:
    """Entities fetched by structure stand in when the beginning of the message held no words."""
    picture = f"{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\nxx"
    further = (b"Content-Type: text/html\r\n\r\n<p>the same</p>", b"Content-Type: text/plain\r\n\r\nwords far behind")
    assert read(picture, 100_000, further).text == "words far behind"
    assert read(f"{HEAD}\r\nnear words", 100_000, further).text == "near words"


def test_an_encoded_line_break_in_any_field_is_gone() -> None:
    """CVE-2024-6923: CR LF inside an encoded word reaches no field of the value, wherever it stands."""
    trick = "=?utf-8?q?a=0d=0aBcc:_x@example.com?="
    encoded = "=?utf-8?b?YQ0KQmNjOiB4QGV4YW1wbGUuY29t?="
    email = read(
        f"From: {trick} <ann@example.com>, {encoded} <b@example.com>\r\nTo: {trick}@example.com, {encoded}\r\n"
        f"Subject: {trick} {encoded}\r\nReply-To: {trick}: a@example.com;\r\nMessage-ID: <{trick}@example.com>\r\n"
        f"Content-Type: text/plain; name*=utf-8''a%0d%0aBcc%3a; charset*=utf-8''a%0d%0ab\r\n"
        f'Content-Disposition: inline; filename="{trick}"\r\nReturn-Path: <{trick}>\r\nReferences: {encoded}\r\n\r\nhi'
    )
    kept = [text for text in strings(email) if text != email.text]
    assert not [text for text in kept if "\r" in text or "\n" in text]
    assert email.subject == "a Bcc: x@example.coma Bcc: x@example.com"


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("utf-8", "José".encode("latin-1"), "José"),
        ("iso-8859-1", "José".encode(), "José"),
        ("us-ascii", "José".encode(), "José"),
        ("x-unheard-of", "José".encode(), "José"),
        ("base64", b"Jose", "Jose"),
        ("", "José".encode("cp1252"), "José"),
        ("iso-2022-jp", "日本語".encode("iso2022_jp"), "日本語"),
        ("utf-16", "José".encode("utf-16"), "José"),
        ("gb2312", "你好".encode("gb2312"), "你好"),
    ],
)
def test_a_charset_that_is_wrong_or_unknown_does_not_lose_the_words(charset: str, data: bytes, text: str) -> None:
    """Whatever the label says, the bytes are read as what they most certainly are."""
    head = f'{HEAD}Content-Type: text/plain; charset="{charset}"\r\n\r\n'.encode()
    assert read(head + data).text == text


def test_raw_eight_bit_fields_are_read() -> None:
    """Fields with raw UTF-8 or windows-1252 bytes, against the rules but common, are shown rightly."""
    assert read(b"Subject: caf\xc3\xa9\r\n\r\nx").subject == "café"
    assert read(b"Subject: caf\xe9\r\n\r\nx").subject == "café"


def test_a_return_path_is_absent_null_or_an_address() -> None:
    """None, "" and an address are three different things."""
    assert read("From: a@example.com\r\n\r\nx").return_path is None
    assert read("Return-Path: <>\r\n\r\nx").return_path == ""
    assert read("Return-Path: <a@example.com>\r\n\r\nx").return_path == "a@example.com"
    assert read("Return-Path: nonsense words\r\n\r\nx").return_path == "nonsense words"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 3 Mar 2025 10:15:00 -0000", datetime(2025, 3, 3, 10, 15, tzinfo=UTC)),
        ("Mon, 3 Mar 2025 10:15:00 +0200", datetime(2025, 3, 3, 8, 15, tzinfo=UTC)),
        ("Mon, 3 Mar 2025 10:15:00 +9999", None),
        ("Fri, 31 Dec 9999 23:59:59 -0200", None),
        ("Mon, 32 Mar 2025 10:15:00 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_aware_or_none(value: str, expected: datetime | None) -> None:
    """A Date that names no time that every zone can show is no date."""
    email = read(f"Date: {value}\r\n\r\nx")
    assert email.date == expected
    assert email.date is None or email.date.astimezone(UTC) - email.date == timedelta(0)


def test_message_ids_are_tokens_that_may_be_written_back() -> None:
    """Only printable ASCII between angle brackets counts; comments and rubbish beside it do not."""
    email = read("References: <a@x> (comment) <b@y>\r\n <c d@z> <é@x> <d@w>\r\nMessage-ID: bare@x\r\n\r\nx")
    assert email.references == ("<a@x>", "<b@y>", "<d@w>")
    assert email.message_id == ""


def test_resent_recipients_are_recipients() -> None:
    """Resent-To and Resent-Cc are kept together."""
    email = read("Resent-To: a@example.com\r\nResent-Cc: b@example.com\r\n\r\nx")
    assert [address.spec for address in email.resent] == ["a@example.com", "b@example.com"]


def test_several_from_fields_give_several_senders() -> None:
    """A second From field cannot hide behind the first."""
    email = read("From: a@example.com\r\nFrom: b@example.com\r\n\r\nx")
    assert [address.spec for address in email.from_] == ["a@example.com", "b@example.com"]


def test_a_line_of_rubbish_does_not_hide_the_fields_behind_it() -> None:
    """A machine's mark behind one broken line is still seen."""
    email = read("From: a@example.com\r\nthis is no field\r\nAuto-Submitted: auto-replied\r\n\r\nx")
    assert email.header("auto-submitted") == "auto-replied"


def test_a_message_without_an_empty_line_still_has_its_words() -> None:
    """Where header and body run into each other, the words are kept."""
    email = read("From: a@example.com\r\nHello doctor\r\nI have a question\r\n")
    assert email.text == "Hello doctor\nI have a question"


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\r\n"])
def test_other_line_ends_are_understood(end: bytes) -> None:
    """Files that passed through other systems read the same."""
    email = read(end.join([b"From: a@example.com", b"Subject: s", b"", b"one", b"two"]))
    assert (email.sender.spec, email.subject, email.text) == ("a@example.com", "s", "one\ntwo")
