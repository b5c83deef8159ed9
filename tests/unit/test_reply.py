"""Composing a reply: what it carries, what it refuses, and what hostile words cannot do to it."""

from __future__ import annotations

import email
import email.policy
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.replies import LOOP_ID, MESSAGE_ID, NOTICES, NOW, RECIPIENT, SENDER, composed, letter
from triage.core.email import Address
from triage.core.letter import LetterName
from triage.core.reply import FrozenReply, compose, reply_message_id
from triage.errors import PermanentError

HEADERS = [
    *("From", "To", "Date", "Subject", "Message-ID", "In-Reply-To", "References", "X-Triage-Loop"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"),
]


def read(reply: FrozenReply) -> Message:
    """The reply as Python's oldest and simplest parser sees it."""
    return email.message_from_bytes(reply.content, policy=email.policy.compat32)


def shown(message: Message, name: str) -> str:
    """A header as a mail program shows it."""
    return str(make_header(decode_header("".join(message[name].splitlines()))))


def body(message: Message, number: int) -> str:
    """The decoded text of one part, with plain line ends."""
    part: Any = message.get_payload()[number]  # type: ignore[index]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode("utf-8").replace("\r\n", "\n")


def test_a_reply_carries_exactly_these_headers() -> None:
    """Every header once, in this order, with the values that keep machines from answering."""
    message = read(composed())
    assert message.keys() == HEADERS
    assert message["From"] == '"Harbor Clinic" <hello@clinic.example.com>'
    assert message["To"] == RECIPIENT
    assert message["Date"] == "Mon, 02 Mar 2026 15:30:00 +0000"
    assert message["Message-ID"] == MESSAGE_ID
    assert message["In-Reply-To"] == "<question@example.org>"
    assert message["References"] == "<first@example.org> <question@example.org>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Triage-Loop"] == LOOP_ID


def test_both_parts_say_what_the_letter_says() -> None:
    """Text and HTML arrive as they were rendered, in UTF-8."""
    rendered = letter(text=letter().text + "Grüße, 你好 . \n.\nFrom here on\n")
    message = read(composed(rendered))
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    # the last line end belongs to the boundary (RFC 2046 section 5.1.1)
    assert (body(message, 0) + "\n", body(message, 1) + "\n") == (rendered.text, rendered.html)


def test_the_same_letter_gives_the_same_bytes() -> None:
    """Nothing random is in a reply, so that its digest can be compared for ever."""
    first, second = composed(), composed()
    assert (first.content, first.sha256) == (second.content, second.sha256)


def test_only_compose_makes_a_frozen_reply() -> None:
    """No other code can call something a reply that was not proven."""
    made = composed()
    with pytest.raises(TypeError, match="compose"):
        FrozenReply(b"x", "x", "x", "x", made.letter, "en", "1", NOTICES, made_by=object())
    with pytest.raises((TypeError, ValueError)):
        replace(made, content=b"x")  # type: ignore[call-arg]


@pytest.mark.parametrize("notices", [(), NOTICES[:-1], NOTICES[::-1]], ids=["none", "one less", "another order"])
def test_notices_other_than_the_letters_are_refused(notices: tuple[object, ...]) -> None:
    """A reply is composed with exactly the notices its letter was rendered with."""
    with pytest.raises(PermanentError, match="notices"):
        compose(
            letter(),
            notices,  # type: ignore[arg-type]
            sender=SENDER,
            recipient=RECIPIENT,
            message_id=MESSAGE_ID,
            date=NOW,
            in_reply_to="",
            references=(),
            loop_id=LOOP_ID,
        )


def test_a_notice_lost_on_the_way_is_refused() -> None:
    """If the text or the HTML lost a notice, there is no reply."""
    whole = letter()
    with pytest.raises(PermanentError, match="guarantee"):
        composed(replace(whole, text=whole.text.replace("whatsoever", "")))
    with pytest.raises(PermanentError, match="guarantee"):
        composed(replace(whole, html=whole.html.replace("whatsoever", "")))


@pytest.mark.parametrize(
    "recipient",
    ["", "jane", "jane@", "@example.org", "a b@example.org", "jane@example.org, joe@example.org", "<jane@example.org>",
     "jane@example.org\r\nBcc: joe@example.org", '"jane doe"@example.org', "=?utf-8?q?x?=@example.org",
     "jane@[127.0.0.1]", "jane(x)@example.org", "jane@example.org\0"],
)  # fmt: skip
def test_an_address_that_could_be_misread_is_refused(recipient: str) -> None:
    """A recipient is a plain address or there is no reply."""
    with pytest.raises(PermanentError):
        composed(recipient=recipient)


def test_a_unicode_domain_is_written_for_the_wire() -> None:
    """The header and the envelope name the same ASCII form."""
    reply = composed(recipient="jane@bücher.example")
    assert reply.recipient == "jane@xn--bcher-kva.example" == read(reply)["To"]


@pytest.mark.parametrize(
    "change",
    [{"date": NOW.replace(tzinfo=None)}, {"loop_id": "a b"}, {"loop_id": ""}, {"message_id": "no brackets"},
     {"message_id": "<a@b>\r\nBcc: x@example.org"}, {"sender": Address("Harbor", "not an address")}],
)  # fmt: skip
def test_what_the_practice_set_wrongly_is_refused(change: dict[str, Any]) -> None:
    """A sentence, never a broken header."""
    with pytest.raises(PermanentError):
        composed(**change)


def test_a_letter_without_a_subject_is_refused() -> None:
    """White space and control characters alone are no subject."""
    with pytest.raises(PermanentError, match="subject"):
        composed(letter(subject=" \r\n\u200b "))


def test_names_and_subjects_in_any_script_are_shown_as_they_are() -> None:
    """Encoded words carry what ASCII cannot, and long ones are folded."""
    name, subject = 'Clínica "Zürich", 東京 & Söhne', "Hemos recibido su formulario y su correo: " + "ñandú " * 9
    message = read(composed(sender=Address(name, SENDER.spec), subject=subject))
    assert shown(message, "Subject") == subject.strip()
    assert shown(message, "From") == f"{name} <{SENDER.spec}>"


def test_a_plain_name_with_special_characters_is_quoted() -> None:
    """Commas, quotes and brackets in the practice's name make no second address."""
    message = read(composed(sender=Address('Dr. "X" \\ <y@z>, Inc.', SENDER.spec)))
    assert email.utils.getaddresses([message["From"]])[0][1] == SENDER.spec
    assert len(email.utils.getaddresses([message["From"]])) == 1


def test_a_long_thread_keeps_its_first_and_newest_ids() -> None:
    """References are capped and folded; broken ids are left out."""
    ids = tuple(f"<{number}@example.org>" for number in range(50))
    message = read(
        composed(references=(*ids, "broken", "<a b@c>", "<=?utf-8?q?x?=@y>"), in_reply_to="<49@example.org>")
    )
    assert message["References"].split() == [ids[0], *ids[31:]]
    assert max(map(len, composed(references=ids).content.split(b"\r\n"))) <= 78


def test_an_email_without_a_message_id_is_answered_without_a_thread() -> None:
    """No In-Reply-To and no References rather than invented ones."""
    message = read(composed(in_reply_to="", references=()))
    assert "In-Reply-To" not in message
    assert "References" not in message


def test_a_message_id_is_stable_and_depends_on_everything() -> None:
    """The same email and letter always give the same id; another secret, email or letter another one."""
    make = reply_message_id
    first = make(b"secret", "fingerprint", LetterName.RECEIVED, "clinic.example.com")
    assert first == make(b"secret", "fingerprint", LetterName.RECEIVED, "clinic.example.com")
    assert first.startswith("<triage.")
    assert first.endswith("@clinic.example.com>")
    others = {
        make(b"other", "fingerprint", LetterName.RECEIVED, "clinic.example.com"),
        make(b"secret", "another", LetterName.RECEIVED, "clinic.example.com"),
        make(b"secret", "fingerprint", LetterName.CRISIS, "clinic.example.com"),
        first,
    }
    assert len(others) == 4


HOSTILE = st.text(max_size=200) | st.lists(
    st.sampled_from(
        ["\r\n", "\n", "\r", "\0", "Bcc: x@example.net", "=?utf-8?q?=0D=0ABcc:x?=", "=?utf-8?b?DQpCY2M6eA==?=", " ",
         "\t", "\u2028", "\x85", "\u202e", "<", ">", "@", '"', "\\", ",", ";", "(", ")", "ü", "😀", "\udc80", "a" * 80]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(name=HOSTILE, subject=HOSTILE, reply_to=HOSTILE, references=st.lists(HOSTILE, max_size=4))
def test_no_words_make_another_header_or_recipient(
    name: str, subject: str, reply_to: str, references: list[str]
) -> None:
    """With any name, subject and ids a reply is refused or has only its own headers, for both of Python's parsers."""
    try:
        reply = composed(
            sender=Address(name, SENDER.spec), subject=subject, in_reply_to=reply_to, references=tuple(references)
        )
    except PermanentError:
        return
    modern: Message = email.message_from_bytes(reply.content, policy=email.policy.default)
    simple = read(reply)
    for message, title in ((modern, str(modern["Subject"])), (simple, shown(simple, "Subject"))):
        assert [key for key in HEADERS if key in message] == message.keys()
        assert message["To"] == RECIPIENT
        assert not set(title) & set("\r\n\0\u2028\u202e")
    assert [spec for _, spec in email.utils.getaddresses([read(reply)["From"]])] == [SENDER.spec]


@settings(max_examples=60, deadline=None)
@given(words=st.text(max_size=300), tail=st.text(alphabet=string.printable, max_size=300))
def test_any_letter_text_survives_the_wire(words: str, tail: str) -> None:
    """Whatever a letter says arrives as it was, as ASCII lines of at most 76 with CRLF ends."""
    text = letter().text + words + "\n" + tail
    reply = composed(letter(text=text))
    assert reply.content.isascii()
    assert max(map(len, reply.content.split(b"\r\n"))) <= 78
    expected = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8").rstrip("\n")
    assert body(read(reply), 0).rstrip("\n") == expected


@settings(max_examples=30, deadline=None)
@given(minutes=st.integers(-14 * 60, 14 * 60), seconds=st.integers(0, 3_000_000_000))
def test_any_date_is_written_so_that_it_can_be_read(minutes: int, seconds: int) -> None:
    """The date is the moment given, in its own zone."""
    date = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    reply = composed(date=date.astimezone(timezone(timedelta(minutes=minutes))))
    assert email.utils.parsedate_to_datetime(read(reply)["Date"]) == date
