"""parse -> decide -> render -> serialise with hostile mail: whatever strangers write, replies are as promised."""

from __future__ import annotations

import email as stdlib_email
import email.policy
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.app import load_lexicon, organisational_domains
from triage.core.email import Address, Email, RawEmail
from triage.core.parsing import parse
from triage.core.proof import prove
from triage.core.rules import Rules
from triage.core.submission import Door, Submission
from triage.events import EventLog
from triage.judgement import Judge, Judgement, Voice
from triage.letters.context import PracticeFacts
from triage.letters.library import LetterLibrary
from triage.matching.index import MemoryIndex
from triage.offline import FilePast

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OFFICE = Address("Lakeside Infusion Clinic", "office@example.com")
TEMPLATES = Path(__file__).parents[2] / "templates"
HEADERS = {
    *("from", "to", "date", "subject", "message-id", "in-reply-to", "references", "auto-submitted"),
    *("x-auto-response-suppress", "x-triage-loop", "mime-version", "content-type"),
}
PIECES = (
    *("\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\u202e", "\ufeff", "\r\nBcc: thief@example.net\r\n"),
    *("=?utf-8?q?a=0D=0ABcc:thief=40example.net?=", "=?utf-8?b?DQpCY2M6IHRoaWVm?=", "=?unknown-8bit?q?=FF?=", "=?"),
    *(
        "{{ practice.phone }}",
        "{% for x in y %}",
        "<script>alert(1)</script>",
        "</div><!--",
        "**bold**",
        "[x](http://y)",
    ),
    *('"', "\\", "<", ">", "@", ",", ";", "(", ")", "Ana", "José", "李", "محمد", "😀", " ", "x" * 70, "hello", "&amp;"),
)
hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join)


@cache
def judge() -> Judge:
    """A judge with the shipped letters and lexicon; every sender counts as genuine."""
    facts = PracticeFacts(
        name="Lakeside Infusion Clinic",
        email=OFFICE.spec,
        phone="(202) 555-0100",
        website="https://www.example.com",
        postal_address="12 Lakeside Road",
        form_url="https://www.example.com/contact",
    )
    letters = LetterLibrary(TEMPLATES, facts, ("en", "es"), EventLog())
    rules = Rules(own_addresses=(OFFICE.spec,), languages=("en", "es"), go_live=NOW - timedelta(days=1))
    voice = Voice(OFFICE, ZoneInfo("America/New_York"), b"s" * 32, "instance")
    return Judge(rules, letters, load_lexicon(), organisational_domains(), voice)


def judged(raw: bytes, form_name: str = "", *, assume: bool = True) -> tuple[Email | None, Judgement | None]:
    """What the daemon would do with these bytes, if `form_name` had filled in the form from dana@example.org."""
    index = MemoryIndex()
    if form_name:
        form = Submission("test", "1", Door.FILE, NOW, name=form_name, email="dana@example.org", message="Hi", id=1)
        index.add(form)
    parsed = parse(RawEmail(raw, len(raw), NOW))
    if not isinstance(parsed, Email):
        return None, None
    found = judge().judge(parsed, FilePast(index), NOW, assume_addressed=assume, assume_authentic=assume)
    return parsed, found


def check(parsed: Email, found: Judgement) -> None:
    """The reply has our headers only, goes to the sender only, and carries every notice in both parts."""
    reply = found.reply
    assert reply is not None
    prove(
        reply.content,
        recipient=parsed.sender.spec,
        sender=OFFICE,
        message_id=reply.message_id,
        notices=reply.notices,
    )
    for policy in (stdlib_email.policy.compat32, stdlib_email.policy.default):
        message = stdlib_email.message_from_bytes(reply.content, policy=policy)
        assert {name.lower() for name in message.keys()} <= HEADERS  # noqa: SIM118 - a message is no dictionary
        assert message["To"] == parsed.sender.spec
        assert message.get_content_type() == "multipart/alternative"
    assert b"thief" not in reply.content
    assert b"<script" not in reply.content.lower()


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(subject=hostile, display=hostile, message_id=hostile, references=hostile, body=hostile)
def test_hostile_headers_and_bodies_never_reach_the_reply(
    subject: str, display: str, message_id: str, references: str, body: str
) -> None:
    """Raw text in subject, name, ids and body makes no header, no recipient and no markup of the reply."""
    raw = (
        f"From: {display} <dana@example.org>\r\nTo: office@example.com\r\nSubject: {subject}\r\n"
        f"Message-ID: <{message_id}@example.org>\r\nReferences: {references}\r\nReturn-Path: <dana@example.org>\r\n"
        f"\r\nHello, how do I begin? {body}\r\n"
    ).encode("utf-8", "surrogatepass")
    parsed, found = judged(raw)
    if parsed and found and found.reply:
        check(parsed, found)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(name=hostile)
def test_a_hostile_name_in_the_form_stays_a_name_or_is_left_out(name: str) -> None:
    """A form's name may greet its certain sender, and can do nothing else."""
    raw = (
        b"From: <dana@example.org>\r\nTo: office@example.com\r\nSubject: Hello\r\nMessage-ID: <1@example.org>\r\n"
        b"Return-Path: <dana@example.org>\r\n\r\nHello, I sent the form. What happens now?\r\n"
    )
    parsed, found = judged(raw, name)
    if parsed and found and found.reply:
        check(parsed, found)
        assert b"{{" not in found.reply.content


def test_the_ordinary_email_is_answered() -> None:
    """The properties above are about real replies: the plain case has one."""
    raw = (
        b"From: Dana Whitfield <dana@example.org>\r\nTo: office@example.com\r\nSubject: Hello\r\n"
        b"Message-ID: <1@example.org>\r\nReturn-Path: <dana@example.org>\r\n\r\nHello, I sent the form.\r\n"
    )
    parsed, found = judged(raw, "Dana Whitfield")
    assert parsed is not None
    assert found is not None
    check(parsed, found)
    assert found.reply is not None
    assert found.reply.letter == "both_received"


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(raw=st.one_of(st.binary(max_size=2000), hostile.map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_judged(raw: bytes) -> None:
    """No message, however broken, raises on its way; without proof of a genuine, addressed sender none is answered."""
    _, found = judged(raw, assume=False)
    assert found is None or found.reply is None
