"""The same judging without mailbox, store or network: files in, one plain value per file out, nothing kept.

Every value is a dictionary ready for one JSON line; its shape is given at each function. A file that cannot be read is
a value too ("hold"), never an exception, so that one bad file does not hide the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from triage.core.decision import Decision, Hold, HoldReason, Ignore, Reply
from triage.core.email import Email
from triage.core.history import NO_HISTORY, History
from triage.core.match import NO_MATCH, Match, Verdict
from triage.core.parsing import parse
from triage.core.rules import MatchPolicy, Rules
from triage.core.signal import NOT_SCREENED, Screening
from triage.core.submission import Submission
from triage.errors import OperatorError
from triage.forms.reading import FormReading
from triage.forms.registry import read_form
from triage.forms.trust import is_trusted
from triage.intake_forms import FormJudge
from triage.judgement import Judge, match_email
from triage.mailbox.files import mail_files, read_mail_file
from triage.matching.author import read_author
from triage.matching.index import MemoryIndex
from triage.matching.keys import Key
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

    def history(self, sender_key: str, domain: str, thread: Sequence[str], now: datetime) -> History:  # noqa: ARG002 - there is no past
        """Nothing was ever sent."""
        return NO_HISTORY


def screen_files(paths: Iterable[Path], screener: Screener, now: datetime) -> Iterator[Line]:
    """`{"file", "verdict": "eligible|hold|ignore", "reasons": [...]}` for each file."""

    def one(path: Path, email: Email) -> Line:
        screening = screener.screen(email)
        decision = screened(screening)
        verdict = "ignore" if isinstance(decision, Ignore) else "hold" if decision else "eligible"
        return {"file": str(path), "verdict": verdict, "reasons": [kind.value for kind in screening.kinds]}

    def unread(path: Path, why: str) -> Line:
        return {"file": str(path), "verdict": "hold", "reasons": [why]}

    return _each(paths, now, one, unread)


def assess_files(paths: Iterable[Path], lexicon: Lexicon, now: datetime) -> Iterator[Line]:
    """`{"file", "level", "signals": [{"signal", "because"}], "topic", "language"}` for each file."""

    def one(path: Path, email: Email) -> Line:
        return {"file": str(path)} | _assessed(email.subject, email.text, lexicon)

    def unread(path: Path, why: str) -> Line:
        signals = [{"signal": "unreadable", "because": why}]
        return {"file": str(path), "level": "review", "signals": signals, "topic": "unreadable", "language": ""}

    return _each(paths, now, one, unread)


def assess_lines(lines: Iterable[str], lexicon: Lexicon) -> Iterator[Line]:
    """The same for each line of plain text; `"line"` counts from 1."""
    for number, text in enumerate(lines, 1):
        yield {"line": number} | _assessed("", text.rstrip("\r\n"), lexicon)


def read_forms(paths: Iterable[Path], screener: Screener, now: datetime) -> Iterator[Line]:
    """`{"file", "system", "confidence", "fields": {...}, "problem"}`; `system` is null for what is not a form mail."""
    authentic = screener.assume.authentic

    def one(path: Path, email: Email) -> Line:
        form = read_form(email, screener.rules, any_sender=authentic)
        if form is None:
            return unread(path, "")
        problem = form.problem
        if not authentic and not _trusted(email, form, screener):
            problem = HoldReason.FORM_NOT_TRUSTED.sentence
        fields = {name: getattr(form, name) for name in ("name", "email", "phone", "message", "consent")}
        found = {"system": form.system, "confidence": form.confidence, "fields": fields, "problem": problem}
        return {"file": str(path)} | found

    def unread(path: Path, why: str) -> Line:
        return {"file": str(path), "system": None, "confidence": 0.0, "fields": {}, "problem": why}

    return _each(paths, now, one, unread)


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

    def one(path: Path, email: Email) -> Line:
        sent = replace(email, received_at=email.date or email.received_at)
        verdict, _ = match_email(sent, read_author(sent), past, policy)
        return {"message_id": email.message_id, "file": str(path)} | _matched(verdict, shelf.names)

    def unread(path: Path, why: str) -> Line:
        return {"message_id": "", "file": str(path)} | _matched(NO_MATCH, shelf.names) | {"problem": why}

    return _each(paths, now, one, unread)


def decide_files(
    paths: Iterable[Path], submissions: Iterable[Submission], judge: Judge, screener: Screener, now: datetime
) -> Iterator[Line]:
    """`{"file", "decision", "letter", "urgent", "reason", "match", "submission_id", "signals"}` for each email."""
    shelf = _shelve(submissions)
    past, names = FilePast(shelf.index), shelf.names
    forms = FormJudge(screener.rules, screener.lexicon, screener.organisational_domain)
    assume = screener.assume

    def one(path: Path, email: Email) -> Line:
        form = forms.recognise(email)
        if form is not None:
            decision, screening = forms.judge(email, form, assume_authentic=assume.authentic)
            return _decided(path, decision, NO_MATCH, screening, names)
        found = judge.judge(email, past, now, assume_addressed=assume.addressed, assume_authentic=assume.authentic)
        return _decided(path, found.decision, found.match, found.screening, names)

    def unread(path: Path, why: str) -> Line:
        held = _decided(path, Hold(HoldReason.CHECK_FAILED), NO_MATCH, NOT_SCREENED, names)
        return held | {"reason": "unreadable", "problem": why}

    return _each(paths, now, one, unread)


def _each(
    paths: Iterable[Path], now: datetime, one: Callable[[Path, Email], Line], unread: Callable[[Path, str], Line]
) -> Iterator[Line]:
    """One line per mail file, parsed as if it had arrived now; what fails on one file is told and the next is read."""
    for path in mail_files(paths):
        try:
            email = parse(read_mail_file(path, now))
            line = one(path, email) if isinstance(email, Email) else unread(path, email.reason.value)
        except OperatorError as error:
            line = unread(path, str(error))
        except Exception as error:  # noqa: BLE001 - the one guard: a fault of ours on one file must not hide the others
            line = unread(path, f"{HoldReason.CHECK_FAILED.sentence} ({type(error).__name__})")
        yield line


def _trusted(email: Email, form: FormReading, screener: Screener) -> bool:
    vouched = authenticity(email, screener.rules.authserv_id, screener.organisational_domain)
    return is_trusted(email, form, screener.rules, vouched, screener.organisational_domain)


def _decided(path: Path, decision: Decision, found: Match, screening: Screening, names: Mapping[int, str]) -> Line:
    words = {Reply: "reply", Hold: "hold", Ignore: "ignore"}
    return {
        "file": str(path),
        "decision": words[type(decision)],
        "letter": decision.letter.value if isinstance(decision, Reply) else None,
        "urgent": isinstance(decision, Hold) and decision.urgent,
        "reason": None if isinstance(decision, Reply) else decision.reason.value,
        "match": found.verdict.value,
        "submission_id": names.get(found.submission_id),
        "signals": [kind.value for kind in screening.kinds],
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
