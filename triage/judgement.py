"""One email, judged: who wrote it, who may be answered, what we do, and the frozen reply if there is one.

Both flows that answer mail (`intake`, `followup`) and the offline command `decide` judge through this one place. It
reads the past through `Past`, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from triage.core.address import canonical, domain_of, wire_form
from triage.core.decision import Decision, Hold, HoldReason, Reply
from triage.core.email import Address, Email
from triage.core.history import History
from triage.core.letter import Notice
from triage.core.match import Match, Verdict
from triage.core.own_words import OwnWords
from triage.core.reply import FrozenReply, compose, reply_message_id
from triage.core.rules import MatchPolicy, Rules
from triage.core.signal import Screening
from triage.core.submission import Submission
from triage.errors import PermanentError
from triage.letters.library import LetterLibrary
from triage.matching.author import Author, read_author
from triage.matching.keys import TEXT_CAP, Key, KeyKind, email_keys
from triage.matching.verdict import match
from triage.policy import decide
from triage.screening.lexicon import Lexicon
from triage.screening.screener import screen
from triage.store import Session

_MACHINES_FOR = timedelta(days=7)


class Past(Protocol):
    """What judging may ask of earlier mail; the store and the offline index both answer it."""

    def candidates(self, keys: Sequence[Key]) -> tuple[list[Submission], frozenset[Key]]:
        """Submissions that share a key, and the keys too common to mean anything."""

    def thread_submissions(self, message_ids: Sequence[str]) -> list[Submission]:
        """Submissions that our own earlier messages with these Message-IDs were about."""

    def history(self, sender_key: str, domain: str, thread: Sequence[str], now: datetime) -> History:
        """Earlier automatic replies to this address; `thread` are the Message-IDs that the email answers."""


class StorePast:
    """The past as the store knows it, inside one transaction."""

    def __init__(self, tx: Session) -> None:
        self._tx = tx

    def candidates(self, keys: Sequence[Key]) -> tuple[list[Submission], frozenset[Key]]:
        """See `Past`."""
        wanted = [(key.kind.value, key.value) for key in keys]
        found, common = self._tx.submissions.candidates(wanted, kind_caps={KeyKind.TEXT.value: TEXT_CAP})
        return found, frozenset(key for key in keys if (key.kind.value, key.value) in common)

    def thread_submissions(self, message_ids: Sequence[str]) -> list[Submission]:
        """See `Past`."""
        ids = self._tx.outbox.thread_submissions(message_ids)
        return [found for found in map(self._tx.submissions.get, sorted(ids)) if found]

    def history(self, sender_key: str, domain: str, thread: Sequence[str], now: datetime) -> History:
        """See `Past`."""
        return replace(
            self._tx.outbox.history(sender_key, domain, now),
            danger_waits=self._tx.emails.danger_waits(sender_key),
            thread_had_machine=self._tx.emails.had_machine(sender_key, thread, now - _MACHINES_FOR),
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything decided about one email; `reply` is set exactly when the decision is to answer."""

    decision: Decision
    match: Match
    screening: Screening
    sender_key: str
    reply: FrozenReply | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """How replies are signed: whom they come from, in which time zone, and what marks them as this instance's own."""

    sender: Address
    zone: tzinfo
    secret: bytes
    loop_id: str


class Judge:
    """Judges emails by the practice's rules, letters and lexicon. Remembers nothing of one email for the next."""

    def __init__(
        self,
        rules: Rules,
        letters: LetterLibrary,
        lexicon: Lexicon,
        organisational_domain: Callable[[str], str],
        voice: Voice,
        own_phones: frozenset[str] = frozenset(),
    ) -> None:
        self.rules = rules
        self.letters = letters
        self._lexicon = lexicon
        self._organisational_domain = organisational_domain
        self._voice = voice
        self._own_phones = own_phones
        self._own: tuple[tuple[Notice, ...], OwnWords] = ((), OwnWords({}))

    def judge(
        self, email: Email, past: Past, now: datetime, *, assume_addressed: bool = False, assume_authentic: bool = False
    ) -> Judgement:
        """Decide on one email and freeze its reply. A letter that cannot be used becomes a Hold, never a silence."""
        email = replace(email, text=self._own_words().removed_from(email.text))
        author = read_author(email, self._own_phones)
        found = match_email(email, author, past, self.rules.match_policy)
        matched = found[1]
        screening = screen(
            email,
            self.rules,
            self._lexicon,
            self._organisational_domain,
            form_message=matched.message if matched else "",
            assume_addressed=assume_addressed,
            assume_authentic=assume_authentic,
        )
        sender_key = canonical(email.sender.spec)
        history = past.history(sender_key, domain_of(sender_key), (*email.in_reply_to, *email.references), now)
        decision = decide(email, found[0], screening, history, self.rules, now)
        if not isinstance(decision, Reply):
            return Judgement(decision, found[0], screening, sender_key)
        try:
            reply = self._compose(email, decision, screening, matched, now)
        except PermanentError:
            return Judgement(Hold(HoldReason.LETTER_BROKEN), found[0], screening, sender_key)
        return Judgement(decision, found[0], screening, sender_key, reply)

    def _own_words(self) -> OwnWords:
        """Our notices as they stand now; made anew only when staff changed them."""
        notices = self.letters.notices()
        if notices != self._own[0]:
            self._own = (notices, OwnWords.of(notice.text for notice in notices))
        return self._own[1]

    def _compose(
        self, email: Email, decision: Reply, screening: Screening, matched: Submission | None, now: datetime
    ) -> FrozenReply:
        """The reply's frozen bytes. The first name of the form is used only where the decision discloses it."""
        first_name = matched.first_name if matched and decision.submission_id == matched.id else ""
        letter = self.letters.render(decision.letter, screening.language, first_name, now.astimezone(self._voice.zone))
        return compose(
            letter,
            letter.notices,
            sender=self._voice.sender,
            recipient=wire_form(email.sender.spec),
            message_id=reply_message_id(
                self._voice.secret, email.fingerprint, decision.letter, self._voice.sender.domain
            ),
            date=now,
            in_reply_to=email.message_id,
            references=(*email.references, email.message_id) if email.message_id else email.references,
            loop_id=self._voice.loop_id,
        )


def match_email(email: Email, author: Author, past: Past, policy: MatchPolicy) -> tuple[Match, Submission | None]:
    """Who wrote it, from what the past holds; the submission is the one the verdict names, if it names one."""
    candidates, common = past.candidates(email_keys(author))
    ours = past.thread_submissions((*email.in_reply_to, *email.references))
    known = {submission.id: submission for submission in (*candidates, *ours)}
    verdict = match(
        email,
        author,
        tuple(known.values()),
        policy=policy,
        thread_submission_ids=frozenset(submission.id for submission in ours),
        common_keys=common,
    )
    return verdict, known.get(verdict.submission_id) if verdict.verdict is not Verdict.NONE else None
