"""The start-up self-test: known tricks are played on composing and proving; if one gets through, nothing may be sent.

It uses the very functions that make real replies, and a reader of its own: Python's email package, both its policies.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from functools import partial
from html import escape

from triage.core.email import Address
from triage.core.letter import LetterName, Notice, RenderedLetter
from triage.core.proof import prove
from triage.core.reply import FrozenReply, compose
from triage.errors import PermanentError

_NOTICE = Notice("selftest", "en", 1, "This is a notice: it isn't to be lost <in any part> & everybody sees it.")
_RECIPIENT = "person@example.org"
_ID = "<selftest.1@example.com>"
_DATE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_KNOWN = """
from to date subject message-id in-reply-to references auto-submitted x-auto-response-suppress x-triage-loop
mime-version content-type
"""
_NAMES = frozenset(_KNOWN.split())
_HEADER_PROBES = (
    "x\r\nBcc: thief@example.net",
    "x\nBcc: thief@example.net",
    "x\rBcc: thief@example.net",
    "x\r\n\r\nbody",
    "=?utf-8?q?x=0D=0ABcc=3A_thief=40example=2Enet?=",  # CVE-2024-6923
    "=?utf-8?b?eA0KQmNjOiB0aGllZkBleGFtcGxlLm5ldA==?=",
    "=?utf-8?q?x=0ABcc:thief@example.net?= =?utf-8?q?=0D?=",
    "x\u2028Bcc: thief@example.net",
    "x\x85Bcc: thief@example.net",
    "x\x0bBcc: thief@example.net",
    "x\x00y",
    "\u202ethief\u202c",
    '"x" <thief@example.net>, "y',
)
_ADDRESS_PROBES = (  # CVE-2023-27043 and its relatives
    "alice@example.org)bob@example.net",
    "alice@example.org(bob@example.net",
    "alice@example.org<bob@example.net>",
    '"alice@example.org" <bob@example.net>',
    "alice@example.org,bob@example.net",
    "alice@example.org;bob@example.net",
    "alice@example.org bob@example.net",
    "alice@example.org\r\nBcc: bob@example.net",
    "=?utf-8?q?alice=40example=2Eorg=0D=0ABcc=3Abob?=@example.net",
    "alice@example.org>\r\nRCPT TO:<bob@example.net",
    "",
    "alice",
    "@example.org",
)


def run_selftest(sender: Address) -> list[str]:
    """Play every known trick; the sentences of those that got through. Nothing may be sent unless it is empty."""
    return [
        *_plain_reply(sender),
        *_header_tricks(sender),
        *_address_tricks(sender),
        *_tampering(sender),
    ]


def _plain_reply(sender: Address) -> Iterator[str]:
    """An ordinary reply must pass, or the other tests would prove nothing."""
    try:
        problem = _seen_through(_compose(sender))
    except PermanentError as error:
        problem = str(error)
    if problem:
        yield f"An ordinary reply could not be composed: {problem}"


def _header_tricks(sender: Address) -> Iterator[str]:
    """Line ends and encoded words where a header is made of somebody's words."""
    for number, probe in enumerate(_HEADER_PROBES, start=1):
        fake_id = f"<{probe}@example.org>"
        named = Address(probe, sender.spec)
        for place, make in (
            ("the subject", partial(_compose, sender, subject=probe)),
            ("the message id answered", partial(_compose, sender, in_reply_to=fake_id)),
            ("the references", partial(_compose, sender, references=(fake_id, probe))),
            ("the sender's name", partial(_compose, named)),
        ):
            try:
                problem = _seen_through(make())
            except PermanentError:
                continue  # refusing is as good as taming
            if problem:
                yield f"Header probe {number} in {place} got through: {problem}."


def _address_tricks(sender: Address) -> Iterator[str]:
    """Addresses that two readers take for different people must be refused, not repaired."""
    for number, probe in enumerate(_ADDRESS_PROBES, start=1):
        try:
            _compose(sender, recipient=probe)
        except PermanentError:
            continue
        yield f"Address probe {number} was accepted as a recipient."


def _tampering(sender: Address) -> Iterator[str]:
    """Bytes changed after composing must fail their proof."""
    try:
        reply = _compose(sender)
    except PermanentError:
        return
    whole, lost = reply.content, b"nothing"
    for what, content in (
        ("a blind copy", b"Bcc: thief@example.net\r\n" + whole),
        ("a second recipient", b"To: thief@example.net\r\n" + whole),
        ("another recipient", whole.replace(_RECIPIENT.encode(), b"thief@example.net", 1)),
        ("a notice missing from the text", whole.replace(b"This is a notice", lost, 1)),
        ("a notice missing from the HTML", lost.join(whole.rsplit(b"This is a notice", 1))),
        ("a notice that is hidden", whole.replace(b"<p>This", b'<p style=3D"display:none">This', 1)),
        ("a lone line feed", whole.replace(b"\r\n\r\n", b"\n\n", 1)),
        ("a third part", whole.replace(b"--\r\n", b"\r\n\r\nmore\r\n", 1)),
    ):
        try:
            prove(content, recipient=_RECIPIENT, sender=sender, message_id=_ID, notices=(_NOTICE,))
        except PermanentError:
            continue
        yield f"The proof did not see {what}."


def _compose(
    sender: Address,
    *,
    recipient: str = _RECIPIENT,
    subject: str = "",
    in_reply_to: str = "<question@example.org>",
    references: tuple[str, ...] = (),
) -> FrozenReply:
    letter = RenderedLetter(
        letter=LetterName.RECEIVED,
        language="en",
        version="selftest",
        subject="Self-test",
        text=f"Hello.\n\n{_NOTICE.text}\n",
        html=f"<!DOCTYPE html>\n<html><body><p>Hello.</p>\n<p>{escape(_NOTICE.text)}</p></body></html>\n",
        notices=(_NOTICE,),
    )
    return compose(
        letter,
        letter.notices,
        sender=sender,
        recipient=recipient,
        message_id=_ID,
        date=_DATE,
        in_reply_to=in_reply_to,
        references=references,
        loop_id="selftest",
        subject=subject,
    )


def _seen_through(reply: FrozenReply) -> str:
    """What Python's own readers find wrong in a composed reply, or ""."""
    for policy in (email.policy.compat32, email.policy.default):
        message: Message = email.message_from_bytes(reply.content, policy=policy)
        try:
            headers = [(name.lower(), str(value).replace("\r\n ", "")) for name, value in message.items()]
        except (ValueError, LookupError, AttributeError, TypeError):
            return "a header that Python's own reader stumbles over"
        names = {name for name, _ in headers}
        if not names <= _NAMES or len(names) != len(headers):
            return "a header that does not belong there"
        if any(ord(character) < 32 for _, value in headers for character in value):
            return "a control character in a header"
        if dict(headers)["to"] != _RECIPIENT or len(message.get_payload()) != 2:
            return "another recipient, or another number of parts"
    return ""
