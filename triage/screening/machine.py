"""Was it sent by a machine? Headers, structure, sender, and the words machines use even without headers.

Mail marked as automatic that otherwise looks like a person's becomes MARKED_AUTOMATIC, for staff; only what no person
sends (bounces, lists, receipts, answers of autoresponders) stays certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.core.email import Email
from triage.core.rules import Rules
from triage.core.signal import Signal, SignalKind
from triage.core.words import Words
from triage.screening.assess import Heard
from triage.screening.lexicon import Lexicon, Tier
from triage.screening.machine_headers import Mark, header_marks
from triage.screening.senders import machine_sender
from triage.screening.spelling import fold

_S = SignalKind
_LINKS_OF_A_PERSON = 3
_WORDS_OF_A_PERSON = 1500
_BODY_CAP = 12_000
_SENTENCES_CAP = 400
_LINK = re.compile(r"https?://", re.IGNORECASE)
_REPORTS = {
    "delivery-status": _S.BOUNCE,
    "disposition-notification": _S.READ_RECEIPT,
    "feedback-report": _S.ABUSE_REPORT,
}
_PARTS = {
    "message/delivery-status": _S.BOUNCE,
    "message/global-delivery-status": _S.BOUNCE,
    "message/disposition-notification": _S.READ_RECEIPT,
    "message/global-disposition-notification": _S.READ_RECEIPT,
    "message/feedback-report": _S.ABUSE_REPORT,
}
_PERSONAL = frozenset(
    {
        *("i", "my", "me", "we", "our", "you", "your", "please", "thanks", "hello", "hi"),
        *("yo", "mi", "mis", "me", "nos", "quiero", "quisiera", "usted", "gracias", "hola", "tengo", "favor", "soy"),
    }
)


def machine_signals(email: Email, words: Words, heard: Heard, rules: Rules, lexicon: Lexicon) -> tuple[Signal, ...]:
    """Every sign of a machine, the first rule for each kind."""
    marks = [
        *header_marks(email, rules),
        *_structure_marks(email),
        *_sender_marks(email),
        *_word_marks(heard, words.own, lexicon),
    ]
    person = looks_human(email, words) if any(not mark.certain for mark in marks) else False
    found: dict[SignalKind, str] = {}
    for mark in marks:
        kind = _S.MARKED_AUTOMATIC if person and not mark.certain else mark.kind
        found.setdefault(kind, mark.rule)
    return tuple(Signal(kind, rule) for kind, rule in found.items())


def looks_human(email: Email, words: Words) -> bool:
    """Whether somebody may have typed this: own words in the first or second person, few links, a person's address."""
    own = words.own[:_BODY_CAP]
    typed = re.findall(r"[a-z']+", fold(own))
    if not typed or len(typed) > _WORDS_OF_A_PERSON or len(_LINK.findall(own)) > _LINKS_OF_A_PERSON:
        return False
    if machine_sender(email.sender.local) is not None:
        return False
    return len(typed) < 6 or not _PERSONAL.isdisjoint(typed)


def _structure_marks(email: Email) -> Iterator[Mark]:
    for part in email.parts:
        if part.media_type == "multipart/report":
            kind = _REPORTS.get(part.parameter("report-type").lower(), _S.BOUNCE)
            yield Mark(kind, "multipart/report: RFC 6522; RFC 3834 section 2")
        elif part.media_type in _PARTS:
            yield Mark(_PARTS[part.media_type], f"{part.media_type}: RFC 3464, RFC 8098, RFC 5965")
        elif part.media_type == "text/calendar" and part.parameter("method"):
            yield Mark(_S.CALENDAR, "text/calendar with METHOD: RFC 6047 section 2.4")


def _sender_marks(email: Email) -> Iterator[Mark]:
    kind = machine_sender(email.sender.local) if email.from_ else None
    if kind is not None:
        yield Mark(kind, "sender: RFC 3834 section 2, RFC 5230 section 4.6")
    if machine_sender((email.return_path or "").rpartition("@")[0]) is _S.MAILING_LIST:
        yield Mark(_S.MAILING_LIST, "return path: RFC 3834 section 2")


def _word_marks(heard: Heard, own: str, lexicon: Lexicon) -> Iterator[Mark]:
    titles = {entry.tier: entry.name for words in heard.subject[:1] for entry in lexicon.machines.entries(words)}
    phrases = {
        entry.name: entry.tier for words in heard.own[:_SENTENCES_CAP] for entry in lexicon.machines.entries(words)
    }
    yield from _bounce_marks(titles, phrases)
    yield from _away_marks(titles, phrases)
    robots = [name for name, tier in phrases.items() if tier is Tier.AUTOMATED]
    if robots:
        yield Mark(_S.AUTO_SUBMITTED, robots[0])
    bulk = [name for name, tier in phrases.items() if tier is Tier.NEWSLETTER]
    if bulk:
        links = len(_LINK.findall(own[:_BODY_CAP]))
        yield Mark(_S.NEWSLETTER, bulk[0], certain=len(bulk) > 1 or links > 1)


def _bounce_marks(titles: dict[Tier, str], phrases: dict[str, Tier]) -> Iterator[Mark]:
    body = [name for name, tier in phrases.items() if tier is Tier.BOUNCE_BODY]
    if body:
        yield Mark(_S.BOUNCE, body[0])
    elif Tier.BOUNCE_SUBJECT in titles:
        yield Mark(_S.BOUNCE, titles[Tier.BOUNCE_SUBJECT], certain=False)


def _away_marks(titles: dict[Tier, str], phrases: dict[str, Tier]) -> Iterator[Mark]:
    body = [name for name, tier in phrases.items() if tier is Tier.AWAY_BODY]
    title = titles.get(Tier.AWAY_SUBJECT, "")
    if title or body:
        yield Mark(_S.OUT_OF_OFFICE, title or body[0], certain=bool(title and body) or len(body) > 1)
