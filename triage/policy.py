"""What do we do? The whole decision table, pure: signals, match and history in, one decision out.

Read it from top to bottom: the first rule that applies decides. A letter is the last resort, never the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from triage.core.decision import Decision, Hold, HoldReason, Ignore, IgnoreReason, Reply
from triage.core.email import Email
from triage.core.history import History
from triage.core.letter import LetterName
from triage.core.match import Match, Verdict
from triage.core.rules import Rules
from triage.core.signal import Authenticity, Screening, SignalKind

_DAY = timedelta(days=1)

# Certainly written by a machine, even if words of a person are quoted in it.
_MACHINES: Mapping[SignalKind, IgnoreReason] = {
    SignalKind.OWN_LOOP: IgnoreReason.OWN_MAIL,
    SignalKind.OWN_ADDRESS: IgnoreReason.OWN_MAIL,
    SignalKind.BOUNCE: IgnoreReason.BOUNCE,
    SignalKind.READ_RECEIPT: IgnoreReason.READ_RECEIPT,
    SignalKind.ABUSE_REPORT: IgnoreReason.MAIL_REPORT,
    SignalKind.CALENDAR: IgnoreReason.CALENDAR,
}

# Sent by a machine, but a person's words may have passed through it: danger in them is still shown to staff.
_RELAYS: Mapping[SignalKind, IgnoreReason] = {
    SignalKind.OUT_OF_OFFICE: IgnoreReason.OUT_OF_OFFICE,
    SignalKind.MAILING_LIST: IgnoreReason.MAILING_LIST,
    SignalKind.BULK: IgnoreReason.BULK,
    SignalKind.NEWSLETTER: IgnoreReason.BULK,
    SignalKind.AUTO_SUBMITTED: IgnoreReason.MACHINE,
    SignalKind.ROLE_SENDER: IgnoreReason.MACHINE,
    SignalKind.NULL_RETURN_PATH: IgnoreReason.MACHINE,
}

_DANGER: Mapping[SignalKind, HoldReason] = {
    SignalKind.DISTRESS_URGENT: HoldReason.URGENT,
    SignalKind.EMERGENCY: HoldReason.EMERGENCY,
}

# In this order: the first that is present is the reason staff see.
_HOLDS: Mapping[SignalKind, HoldReason] = {
    SignalKind.DETECTOR_FAILED: HoldReason.CHECK_FAILED,
    SignalKind.DISTRESS_REVIEW: HoldReason.DISTRESS,
    SignalKind.MINOR: HoldReason.MINOR,
    SignalKind.STOP_REQUEST: HoldReason.STOP_REQUEST,
    SignalKind.LEGAL: HoldReason.LEGAL,
    SignalKind.CLINICAL: HoldReason.CLINICAL,
    SignalKind.EXISTING_PATIENT: HoldReason.EXISTING_PATIENT,
    SignalKind.MARKED_AUTOMATIC: HoldReason.MARKED_AUTOMATIC,
    SignalKind.FROM_MISSING: HoldReason.SENDER_UNCLEAR,
    SignalKind.FROM_MULTIPLE: HoldReason.SENDER_UNCLEAR,
    SignalKind.FROM_INVALID: HoldReason.SENDER_UNCLEAR,
    SignalKind.AUTHENTICITY_FAIL: HoldReason.NOT_AUTHENTIC,
    SignalKind.LOOKALIKE: HoldReason.NOT_AUTHENTIC,
    SignalKind.REPLY_TO_DIFFERS: HoldReason.REPLY_TO_DIFFERS,
    SignalKind.RETURN_PATH_MISSING: HoldReason.RETURN_PATH,
    SignalKind.RETURN_PATH_DIFFERS: HoldReason.RETURN_PATH,
    SignalKind.NOT_ADDRESSED: HoldReason.NOT_ADDRESSED,
    SignalKind.MANY_RECIPIENTS: HoldReason.MANY_RECIPIENTS,
    SignalKind.BILLING: HoldReason.BILLING,
    SignalKind.VENDOR: HoldReason.VENDOR,
    SignalKind.ENCRYPTED: HoldReason.NO_TEXT,
    SignalKind.NO_TEXT: HoldReason.NO_TEXT,
    SignalKind.LANGUAGE_UNKNOWN: HoldReason.LANGUAGE,
    SignalKind.NOTHING_ASKED: HoldReason.NOTHING_ASKED,
}


def decide(email: Email, match: Match, screening: Screening, history: History, rules: Rules, now: datetime) -> Decision:
    """The decision for one email. `now` is aware; nothing is read but the arguments."""
    return (
        screened(screening, certain=match.verdict is Verdict.CERTAIN)
        or _age(email, rules, now)
        or _staff_first(match, history)
        or _budget(history, rules, now)
        or _letter(match, screening, history, rules, now)
    )


def screened(screening: Screening, *, certain: bool = False) -> Hold | Ignore | None:
    """What the email itself forbids, whoever wrote it; None when an automatic answer is not excluded.

    `certain`: it certainly belongs to a form. Its sender has done both things that the practice asks for, so the email
    need not ask for anything itself.
    """
    seen = set(screening.kinds) - ({SignalKind.NOTHING_ASKED} if certain else set())
    machine = next((reason for kind, reason in _MACHINES.items() if kind in seen), None)
    if machine:
        return Ignore(machine)
    relay = next((reason for kind, reason in _RELAYS.items() if kind in seen), None)
    danger = next((reason for kind, reason in _DANGER.items() if kind in seen), None)
    if danger:
        return Hold(HoldReason.DISTRESS) if relay else Hold(danger, urgent=True)
    if relay:
        return Ignore(relay)
    return next((Hold(reason) for kind, reason in _HOLDS.items() if kind in seen), None)


def _age(email: Email, rules: Rules, now: datetime) -> Hold | None:
    """Old mail is a person's: the first start and a long outage must not send yesterday's answers."""
    if rules.go_live is not None and email.received_at < rules.go_live:
        return Hold(HoldReason.BEFORE_GO_LIVE)
    return Hold(HoldReason.TOO_OLD) if now - email.received_at > rules.max_age else None


def _staff_first(match: Match, history: History) -> Hold | None:
    """What a person has begun, must answer first, or must confirm."""
    if history.danger_waits:
        return Hold(HoldReason.DANGER_BEFORE)
    if history.thread_had_machine:
        return Hold(HoldReason.MACHINE_THREAD)
    if history.answered_by_staff:
        return Hold(HoldReason.ANSWERED_BY_STAFF)
    return Hold(HoldReason.PROBABLE_MATCH) if match.verdict is Verdict.PROBABLE else None


def _budget(history: History, rules: Rules, now: datetime) -> Hold | None:
    """The brakes: per address and day, per domain and hour, and for the whole service (RFC 3834 section 2)."""
    if history.replies_last_hour >= rules.breaker_replies_per_hour:
        return Hold(HoldReason.BREAKER_OPEN)
    today = sum(1 for reply in history.replies if now - reply.planned_at < _DAY)
    if today >= rules.replies_per_address_per_day:
        return Hold(HoldReason.ADDRESS_BUDGET)
    if history.domain_replies_last_hour >= rules.replies_per_domain_per_hour:
        return Hold(HoldReason.DOMAIN_BUDGET)
    return None


def _letter(match: Match, screening: Screening, history: History, rules: Rules, now: datetime) -> Reply | Hold:
    """Which letter, if this person has not had it already.

    A sender nobody vouches for gets the neutral letter only: it reveals nothing, whoever reads it.
    """
    certain = match.verdict is Verdict.CERTAIN
    if screening.authenticity is not Authenticity.PASS:
        letter = LetterName.RECEIVED
    elif certain:
        letter = LetterName.BOTH_RECEIVED
    else:
        letter = LetterName.FORM_MISSING
    if _had(letter, history, rules, now):
        return Hold(HoldReason.FIRST_LETTER_ALREADY_SENT)
    disclosed = match.submission_id if certain and letter is LetterName.BOTH_RECEIVED else 0
    return Reply(letter, disclosed)


def _had(letter: LetterName, history: History, rules: Rules, now: datetime) -> bool:
    """Whether this letter would be one too many, or a step back in the conversation."""
    had = {reply.letter for reply in history.replies}
    if letter is LetterName.BOTH_RECEIVED:
        return LetterName.BOTH_RECEIVED in had
    if letter is LetterName.FORM_MISSING:
        return bool(had & {LetterName.FORM_MISSING, LetterName.BOTH_RECEIVED})
    return any(now - reply.planned_at < rules.same_letter_pause for reply in history.replies)
