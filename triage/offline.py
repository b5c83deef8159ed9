"""The same judging without mailbox, store or network: files in, one plain value per file out, nothing kept.

Every value is a dictionary ready for one JSON line; its shape is given at each function. A file that cannot be read is
a value too ("hold"), never an exception, so that one bad file does not hide the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from triage.core.decision import Decision, Hold, HoldReason, Ignore, IgnoreReason, Reply
from triage.core.email import Email, RawEmail, Unreadable
from triage.core.history import NO_HISTORY, History
from triage.core.match import Match, Verdict
from triage.core.parsing import parse
from triage.core.rules import MatchPolicy, Rules
from triage.core.signal import Screening
from triage.core.submission import Submission
from triage.errors import OperatorError
from triage.forms.reading import FormReading
from triage.forms.registry import read_form
from triage.forms.trust import is_trusted
from triage.judgement import Judge
from triage.mailbox.files import mail_files, read_mail_file
from triage.matching.author import read_author
from triage.matching.index import MemoryIndex
from triage.matching.keys import Key, email_keys
from triage.matching.verdict import match
from triage.policy import screened
from triage.screening.assess import assess
from triage.screening.authenticity import authenticity
from triage.screening.lexicon import Lexicon
from triage.screening.screener import screen

Line = dict[str, object]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a file from disk cannot show, taken as given."""

    addressed: bool = False
    authentic: bool = False


@dataclass(frozen=True, slots=True)
class Screener:
    """What screening needs besides the mail."""

    rules: Rules
    lexicon: Lexicon
    organisational_domain: Callable[[str], str]
    assume: Assumptions = Assumptions()

    def screen(self, email: Email) -> Screening:
        """Screen one email by these rules."""
        return screen(
            email,
            self.rules,
            self.lexicon,
            self.organisational_domain,
            assume_addressed=self.assume.addressed,
            assume_authentic=self.assume.authentic,
        )


class FilePast:
    """A past that holds submissions but no earlier mail: every email is the first of its sender."""

    def __init__(self, index: MemoryIndex, ours: Mapping[str, Submission] | None = None) -> None:
        self._index = index
        self._ours = ours or {}

    def candidates(self, keys: Sequence[Key]) -> tuple[list[Submission], frozenset[Key]]:
        """Submissions that share a key, and the keys too common to mean anything."""
        return self._index.candidates(keys)

    def thread_submissions(self, message_ids: Sequence[str]) -> list[Submission]:
        """Submissions that messages of ours with these Message-IDs were about."""
        return [self._ours[message_id] for message_id in message_ids if message_id in self._ours]

    def history(self, sender_key: str, domain: str, now: datetime) -> History:  # noqa: ARG002 - there is no past
        """Nothing was ever sent."""
        return NO_HISTORY


def screen_files(paths: Iterable[Path], screener: Screener, now: datetime) -> Iterator[Line]:
    """`{"file", "verdict": "eligible|hold|ignore", "reasons": [...]}` for each file."""
    for path, email in _emails(paths, now):
        if not isinstance(email, Email):
            yield {"file": str(path), "verdict": "hold", "reasons": [_unread(email)]}
            continue
        screening = screener.screen(email)
        decision = screened(screening)
        verdict = "ignore" if isinstance(decision, Ignore) else "hold" if decision else "eligible"
        yield {"file": str(path), "verdict": verdict, "reasons": [kind.value for kind in screening.kinds]}


def assess_files(paths: Iterable[Path], lexicon: Lexicon, now: datetime) -> Iterator[Line]:
    """`{"file", "level", "signals": [{"signal", "because"}], "topic", "language"}` for each file."""
    for path, email in _emails(paths, now):
        if isinstance(email, Email):
            yield {"file": str(path)} | _assessed(email.subject, email.text, lexicon)
        else:
            signals = [{"signal": "unreadable", "because": _unread(email)}]
            yield {"file": str(path), "level": "review", "signals": signals, "topic": "unreadable", "language": ""}


def assess_lines(lines: Iterable[str], lexicon: Lexicon) -> Iterator[Line]:
    """The same for each line of plain text; `"line"` counts from 1."""
    for number, text in enumerate(lines, 1):
        yield {"line": number} | _assessed("", text.rstrip("\r\n"), lexicon)


def read_forms(paths: Iterable[Path], screener: Screener, now: datetime) -> Iterator[Line]:
    """`{"file", "system", "confidence", "fields": {...}, "problem"}`; `system` is null for what is not a form mail."""
    for path, email in _emails(paths, now):
        any_sender = screener.assume.authentic
        form = read_form(email, screener.rules, any_sender=any_sender) if isinstance(email, Email) else None
        if form is None or not isinstance(email, Email):
            problem = "" if isinstance(email, Email) else _unread(email)
            yield {"file": str(path), "system": None, "confidence": 0.0, "fields": {}, "problem": problem}
            continue
        problem = form.problem
        if not screener.assume.authentic and not _trusted(email, form, screener):
            problem = HoldReason.FORM_NOT_TRUSTED.sentence
        fields = {name: getattr(form, name) for name in ("name", "email", "phone", "message", "consent")}
        yield {
            "file": str(path),
            "system": form.system,
            "confidence": form.confidence,
            "fields": fields,
            "problem": problem,
        }


def match_files(
    paths: Iterable[Path],
    submissions: Iterable[Submission],
    ours: Mapping[str, str],
    policy: MatchPolicy,
    now: datetime,
) -> Iterator[Line]:
    """`{"message_id", "decision", "submission_id", "score", "candidates", "evidence"}` for each email.

    `ours` maps a Message-ID that we sent to the submission id it was about. Ids are the file's own.
    """
    shelf = _shelve(submissions)
    past = FilePast(shelf.index, {key: shelf.by_name[name] for key, name in ours.items() if name in shelf.by_name})
    names = shelf.names
    for path, read in _emails(paths, now):
        if not isinstance(read, Email):
            yield {
                "file": str(path),
                "message_id": "",
                "decision": "none",
                "submission_id": None,
                "score": 0.0,
                "candidates": [],
                "evidence": [],
                "problem": _unread(read),
            }
            continue
        email = replace(read, received_at=read.date or read.received_at)
        author = read_author(email)
        candidates, common = past.candidates(email_keys(author))
        thread = past.thread_submissions((*email.in_reply_to, *email.references))
        known = {submission.id: submission for submission in (*candidates, *thread)}
        verdict = match(
            email,
            author,
            tuple(known.values()),
            policy=policy,
            thread_submission_ids=frozenset(item.id for item in thread),
            common_keys=common,
        )
        yield {"message_id": email.message_id, "file": str(path)} | _matched(verdict, names)


def decide_files(
    paths: Iterable[Path], submissions: Iterable[Submission], judge: Judge, screener: Screener, now: datetime
) -> Iterator[Line]:
    """`{"file", "decision", "letter", "urgent", "reason", "match", "submission_id", "signals"}` for each email."""
    shelf = _shelve(submissions)
    past, names = FilePast(shelf.index), shelf.names
    for path, email in _emails(paths, now):
        if not isinstance(email, Email):
            yield _decided(path, Hold(HoldReason.NO_TEXT), None, (), names) | {"reason": "unreadable"}
            continue
        form = read_form(email, screener.rules)
        if form is not None:
            yield _decided(path, _form_decision(email, form, screener), None, (), names)
            continue
        judgement = judge.judge(
            email, past, now, assume_addressed=screener.assume.addressed, assume_authentic=screener.assume.authentic
        )
        signals = tuple(kind.value for kind in judgement.screening.kinds)
        yield _decided(path, judgement.decision, judgement.match, signals, names)


def _form_decision(email: Email, form: FormReading, screener: Screener) -> Decision:
    if not screener.assume.authentic and not _trusted(email, form, screener):
        return Hold(HoldReason.FORM_NOT_TRUSTED)
    if form.problem:
        return Hold(HoldReason.FORM_UNREADABLE)
    danger = screened(Screening(signals=assess("", form.message, screener.lexicon).signals))
    return danger if isinstance(danger, Hold) and danger.urgent else Ignore(IgnoreReason.FORM_NOTIFICATION)


def _trusted(email: Email, form: FormReading, screener: Screener) -> bool:
    vouched = authenticity(email, screener.rules.authserv_id, screener.organisational_domain)
    return is_trusted(email, form, screener.rules, vouched, screener.organisational_domain)


def _decided(
    path: Path, decision: Decision, found: Match | None, signals: tuple[str, ...], names: Mapping[int, str]
) -> Line:
    words = {Reply: "reply", Hold: "hold", Ignore: "ignore"}
    return {
        "file": str(path),
        "decision": words[type(decision)],
        "letter": decision.letter.value if isinstance(decision, Reply) else None,
        "urgent": isinstance(decision, Hold) and decision.urgent,
        "reason": None if isinstance(decision, Reply) else decision.reason.value,
        "match": found.verdict.value if found else "none",
        "submission_id": names.get(found.submission_id) if found else None,
        "signals": list(signals),
    }


def _matched(verdict: Match, names: Mapping[int, str]) -> Line:
    return {
        "decision": verdict.verdict.value,
        "submission_id": names.get(verdict.submission_id) if verdict.verdict is not Verdict.NONE else None,
        "score": round(verdict.score, 2),
        "candidates": [names[number] for number in verdict.candidates if number in names],
        "evidence": [
            {"kind": item.kind.value, "weight": round(item.weight, 2), "sentence": item.sentence}
            for item in verdict.evidence
        ],
    }


def _assessed(subject: str, text: str, lexicon: Lexicon) -> Line:
    found = assess(subject, text, lexicon)
    signals = [{"signal": item.kind.value, "because": item.because} for item in found.signals]
    return {"level": found.level.value, "signals": signals, "topic": found.topic, "language": found.language}


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Submissions of a file, numbered from 1: how to find them, and each one's own id in the file."""

    index: MemoryIndex
    names: dict[int, str]
    by_name: dict[str, Submission]


def _shelve(submissions: Iterable[Submission]) -> _Shelf:
    shelf = _Shelf(MemoryIndex(), {}, {})
    for number, submission in enumerate(submissions, 1):
        numbered = submission.with_id(number)
        shelf.index.add(numbered)
        shelf.names[number] = submission.source_id
        shelf.by_name[submission.source_id] = numbered
    return shelf


def _emails(paths: Iterable[Path], now: datetime) -> Iterator[tuple[Path, Email | Unreadable | OperatorError]]:
    """Each mail file, parsed as if it had arrived now."""
    for path in mail_files(paths):
        try:
            raw: RawEmail = read_mail_file(path, now)
        except OperatorError as error:
            yield path, error
            continue
        yield path, parse(raw)


def _unread(problem: Unreadable | OperatorError) -> str:
    return problem.reason.value if isinstance(problem, Unreadable) else str(problem)
