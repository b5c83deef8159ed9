"""`triage check`: one plain finding for each thing the service needs, with what to do about it.

Looks and logs in, but sends nothing, marks nothing and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from triage.app import build_mailbox, build_sender, facts_of, load_lexicon, open_store, templates_folder
from triage.commands.letters import gathered, place_of
from triage.core.rules import Mode
from triage.errors import OperatorError, TriageError
from triage.events import EventLog
from triage.letters.check import check_folder
from triage.letters.problem import Severity
from triage.mailbox.account import MarkStyle
from triage.selftest import run_selftest
from triage.settings import Settings

_FIRST_SANE_YEAR = 2026


class Grade(StrEnum):
    """How a finding stands."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check-up."""

    grade: Grade
    subject: str
    sentence: str
    advice: str = ""


def check_up(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at everything in turn; one fault never hides the next."""
    yield Finding(Grade.GOOD, "settings", f"Complete. Mode: {settings.mode.value}.")
    yield from _senders(settings)
    yield _clock(settings, now)
    yield _database(settings)
    yield from _mailbox(settings)
    yield from _sending(settings)
    yield from _letters(settings)
    yield from _safety(settings)


def _fault(subject: str, error: TriageError) -> Finding:
    if isinstance(error, OperatorError):
        return Finding(Grade.BAD, subject, error.problem, error.advice)
    return Finding(Grade.BAD, subject, str(error))


def _senders(settings: Settings) -> Iterator[Finding]:
    if not settings.authserv_id:
        yield Finding(
            Grade.WARNING,
            "authenticity",
            "TRIAGE_AUTHSERV_ID is not set, so no sender counts as genuine: patients get the neutral letter only.",
            "Set it to the name your mail server writes first in Authentication-Results.",
        )
    if not settings.form_senders:
        yield Finding(
            Grade.WARNING,
            "forms",
            "TRIAGE_FORM_SENDERS is empty, so no form notification of your own website is believed.",
            "Set it to the address your website sends them from.",
        )


def _clock(settings: Settings, now: datetime) -> Finding:
    local = now.astimezone(ZoneInfo(settings.timezone))
    if now.year < _FIRST_SANE_YEAR:
        return Finding(Grade.BAD, "clock", f"It says {local:%Y-%m-%d %H:%M}.", "Set the machine's clock.")
    return Finding(Grade.GOOD, "clock", f"It is {local:%Y-%m-%d %H:%M} in {settings.timezone}.")


def _database(settings: Settings) -> Finding:
    try:
        store = open_store(settings)
    except TriageError as error:
        return _fault("database", error)
    try:
        store.check()
    except TriageError as error:
        return _fault("database", error)
    finally:
        store.close()
    return Finding(Grade.GOOD, "database", "It can be read and written, and is intact.")


def _mailbox(settings: Settings) -> Iterator[Finding]:
    mailbox = build_mailbox(settings, EventLog())
    try:
        folder = mailbox.open()
        facts = mailbox.describe()
    except TriageError as error:
        yield _fault("mailbox", error)
        return
    finally:
        mailbox.close()
    yield Finding(Grade.GOOD, "mailbox", f"Signed in; {folder.folder} holds {folder.exists} messages.")
    if settings.mark is MarkStyle.KEYWORD and not facts.keywords_allowed:
        yield Finding(Grade.WARNING, "marks", "This server keeps no keywords.", "Set TRIAGE_MARK to folder or none.")
    if settings.idle and not facts.idle:
        advice = f"New mail is seen within {settings.poll_seconds} seconds."
        yield Finding(Grade.WARNING, "waking", "This server does not announce new mail (no IDLE).", advice)
    if settings.mode is Mode.DRAFT and not facts.drafts:
        yield Finding(Grade.BAD, "drafts", "No Drafts folder was found.", "Create one, or use another TRIAGE_MODE.")
    if not facts.sent:
        advice = "Create one, so that uncertain sends can be settled."
        yield Finding(Grade.WARNING, "sent", "No Sent folder was found.", advice)


def _sending(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_host:
        yield Finding(Grade.WARNING, "sending", "TRIAGE_SMTP_HOST is not set; nothing can be sent.")
        return
    sender = build_sender(settings)
    try:
        sender.check()
    except TriageError as error:
        yield _fault("sending", error)
        return
    yield Finding(Grade.GOOD, "sending", "The mail server lets us in.")


def _letters(settings: Settings) -> Iterator[Finding]:
    folder = templates_folder(settings)
    try:
        problems = check_folder(folder, facts_of(settings), settings.languages)
    except TriageError as error:
        yield _fault("letters", error)
        return
    for problem, others in gathered(problems, folder):
        grade = Grade.BAD if problem.severity is Severity.ERROR else Grade.WARNING
        more = f" (and {others} more like it: see `triage letters check`)" if others else ""
        yield Finding(grade, "letters", f"{place_of(problem)}{more}: {problem.sentence}", problem.advice)
    if not problems:
        yield Finding(Grade.GOOD, "letters", "Every letter and notice is usable.")


def _safety(settings: Settings) -> Iterator[Finding]:
    try:
        load_lexicon()
    except TriageError as error:
        yield _fault("lexicon", error)
    else:
        yield Finding(Grade.GOOD, "lexicon", "The words of distress and emergency are loaded.")
    through = run_selftest(settings.sender)
    for problem in through:
        yield Finding(Grade.BAD, "self-test", problem, "Nothing is sent while this is so.")
    if not through:
        yield Finding(Grade.GOOD, "self-test", "No known trick gets a forged header or a missing notice through.")
