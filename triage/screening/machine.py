"""Was it sent by a machine? Headers, structure, sender, and the words machines use even without headers.

Mail marked as automatic that otherwise looks like a person's becomes MARKED_AUTOMATIC, for staff; only what no person
sends (bounces, lists, receipts, answers of autoresponders) stays certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from triage.core.email import Email
from triage.core.rules import Rules
from triage.core.signal import Signal, SignalKind
from triage.core.words import Words
from triage.screening.assess import Heard
from triage.screening.lexicon import Lexicon, Tier
from triage.screening.machine_headers import Mark, header_marks
from triage.screening.person import (
    BODY_CAP,
    LINK,
    SENTENCES_CAP,
    asks,
    asks_for_itself,
    looks_human,
    names_itself,
    nobody_asks,
    tells_of_another,
)
from triage.screening.senders import campaign_path, list_robot, machine_sender
from triage.screening.spelling import Sentence, fold

_S = SignalKind
_ANSWERS = frozenset({"re", "aw", "sv", "rv", "fw", "fwd"})
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


def machine_signals(email: Email, words: Words, heard: Heard, rules: Rules, lexicon: Lexicon) -> tuple[Signal, ...]:
    """Every sign of a machine, the first rule for each kind."""
    asking = asks(heard)
    marks = [
        *header_marks(email, rules),
        *_structure_marks(email),
        *_sender_marks(email, asking=asking),
        *_word_marks(heard, words, lexicon, asking=asking),
    ]
    if not marks and nobody_asks(heard, words.own, lexicon):
        return (Signal(_S.NOTHING_ASKED, "no question, no wish and no word about treatment"),)
    if not marks and tells_of_another(email, words.own):
        return (Signal(_S.MARKED_AUTOMATIC, "a form's line names another email address"),)
    person = looks_human(email, words) if any(not mark.certain for mark in marks) else False
    found: dict[SignalKind, str] = {}
    for mark in marks:
        kind = _S.MARKED_AUTOMATIC if person and not mark.certain else mark.kind
        found.setdefault(kind, mark.rule)
    return tuple(Signal(kind, rule) for kind, rule in found.items())


def _structure_marks(email: Email) -> Iterator[Mark]:
    for part in email.parts:
        if part.media_type == "multipart/report":
            kind = _REPORTS.get(part.parameter("report-type").lower(), _S.BOUNCE)
            yield Mark(kind, "multipart/report: RFC 6522; RFC 3834 section 2")
        elif part.media_type in _PARTS:
            yield Mark(_PARTS[part.media_type], f"{part.media_type}: RFC 3464, RFC 8098, RFC 5965")
        elif part.media_type == "text/calendar" and part.parameter("method"):
            yield Mark(_S.CALENDAR, "text/calendar with METHOD: RFC 6047 section 2.4")


def _sender_marks(email: Email, *, asking: bool) -> Iterator[Mark]:
    kind = machine_sender(email.sender.local) if email.from_ else None
    if kind is not None:
        certain = not (asking and kind is _S.MAILING_LIST)
        yield Mark(kind, "sender: RFC 3834 section 2, RFC 5230 section 4.6", certain)
    path = (email.return_path or "").rpartition("@")[0]
    if list_robot(path) and path != email.sender.local:
        yield Mark(_S.MAILING_LIST, "return path: RFC 3834 section 2")
    elif campaign_path(path):
        yield Mark(_S.BULK, "return path: one for each recipient", certain=False)


def _word_marks(heard: Heard, words: Words, lexicon: Lexicon, *, asking: bool) -> Iterator[Mark]:
    """What the words say. A person who asks something is never silenced by words alone: staff look."""
    sure = asking and asks_for_itself(heard, lexicon)
    titles = {entry.tier: entry.name for title in heard.subject[:1] for entry in lexicon.machines.entries(title)}
    phrases = _phrases(heard.own, lexicon)
    yield from _bounce_marks(titles, phrases, asking=asking)
    yield from _away_marks(titles, phrases, asking=asking, sure=sure)
    yield from _robot_marks(heard, titles, phrases, sure=sure)
    bulk = [name for name, tier in phrases.items() if tier is Tier.NEWSLETTER]
    if bulk:
        links = len(LINK.findall(words.own[:BODY_CAP]))
        yield Mark(_S.NEWSLETTER, bulk[0], certain=(len(bulk) > 1 or links > 1) and not asking)
    below = lexicon.speller.sentences(fold(words.signature[:BODY_CAP]))
    for name, tier in _phrases(tuple(below), lexicon).items():
        if tier is Tier.NEWSLETTER:
            yield Mark(_S.NEWSLETTER, name, certain=False)


def _robot_marks(heard: Heard, titles: dict[Tier, str], phrases: dict[str, Tier], *, sure: bool) -> Iterator[Mark]:
    """What says that a program wrote it. The subject of an answer is the subject of what it answers."""
    robots = [name for name, tier in phrases.items() if tier is Tier.AUTOMATED]
    if robots:
        yield Mark(_S.AUTO_SUBMITTED, robots[0], certain=not names_itself(heard))
        return
    answered = any(_ANSWERS.intersection(title[1:2]) for title in heard.subject[:1])
    doubts = [name for name, tier in phrases.items() if tier is Tier.AUTOMATED_DOUBT and not sure]
    doubts += [titles[tier] for tier in (Tier.AUTOMATED, Tier.AUTOMATED_DOUBT) if tier in titles and not answered]
    if doubts:
        yield Mark(_S.AUTO_SUBMITTED, doubts[0], certain=False)


def _phrases(sentences: Sequence[Sentence], lexicon: Lexicon) -> dict[str, Tier]:
    return {entry.name: entry.tier for words in sentences[:SENTENCES_CAP] for entry in lexicon.machines.entries(words)}


def _bounce_marks(titles: dict[Tier, str], phrases: dict[str, Tier], *, asking: bool) -> Iterator[Mark]:
    body = [name for name, tier in phrases.items() if tier is Tier.BOUNCE_BODY]
    if body:
        yield Mark(_S.BOUNCE, body[0], certain=not asking)
    elif Tier.BOUNCE_SUBJECT in titles:
        yield Mark(_S.BOUNCE, titles[Tier.BOUNCE_SUBJECT], certain=False)


def _away_marks(titles: dict[Tier, str], phrases: dict[str, Tier], *, asking: bool, sure: bool) -> Iterator[Mark]:
    body = [name for name, tier in phrases.items() if tier is Tier.AWAY_BODY]
    title = titles.get(Tier.AWAY_SUBJECT, "")
    if not title and len(body) < 2 and sure:
        return
    if title or body:
        certain = (bool(title and body) or len(body) > 1) and not asking
        yield Mark(_S.OUT_OF_OFFICE, title or body[0], certain)
