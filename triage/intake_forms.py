"""Contact-form notifications inside intake: recognise, trust, store the submission, listen for danger in its words.

A form notification is never answered itself. One that cannot be trusted or read goes to staff; it is never treated as
a patient's own email.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from triage.core.address import canonical
from triage.core.decision import STOPS_LETTERS, Hold, HoldReason, Ignore, IgnoreReason
from triage.core.email import Email
from triage.core.ledger import EmailState, NewEntry
from triage.core.rules import Rules
from triage.core.signal import Authenticity, Level, Screening, SignalKind
from triage.core.submission import Submission
from triage.forms.reading import FormReading, to_submission
from triage.forms.registry import read_form
from triage.forms.trust import is_trusted
from triage.matching.keys import submission_keys
from triage.policy import screened
from triage.recording import NOWHERE
from triage.screening.assess import assess
from triage.screening.authenticity import authenticity
from triage.screening.lexicon import Lexicon
from triage.store import Session

_DANGER = frozenset({SignalKind.DISTRESS_URGENT, SignalKind.EMERGENCY, SignalKind.DISTRESS_REVIEW})
_NOT_BELIEVED = frozenset({HoldReason.FORM_NOT_TRUSTED, HoldReason.FORM_UNREADABLE})


class FormJudge:
    """Recognises form notifications and judges them. Changes nothing."""

    def __init__(self, rules: Rules, lexicon: Lexicon, organisational_domain: Callable[[str], str]) -> None:
        self._rules = rules
        self._lexicon = lexicon
        self._organisational_domain = organisational_domain

    def recognise(self, email: Email) -> FormReading | None:
        """What the form notification says, or None for any other mail."""
        return read_form(email, self._rules)

    def judge(
        self, email: Email, form: FormReading, *, assume_authentic: bool = False
    ) -> tuple[Hold | Ignore, Screening]:
        """What becomes of the notification. `FORM_NOTIFICATION` or danger in the message mean: it may be believed."""
        vouched = authenticity(email, self._rules.authserv_id, self._organisational_domain)
        trusted = is_trusted(email, form, self._rules, vouched, self._organisational_domain)
        if not trusted and not assume_authentic:
            return Hold(HoldReason.FORM_NOT_TRUSTED), Screening(authenticity=vouched)
        if form.problem:
            return Hold(HoldReason.FORM_UNREADABLE), Screening(authenticity=vouched)
        words = self._listen(form, vouched)
        return screened(words) or Ignore(IgnoreReason.FORM_NOTIFICATION), words

    def _listen(self, form: FormReading, vouched: Authenticity) -> Screening:
        """Only danger in the form's message matters here; its topic is judged with the patient's email."""
        heard = assess("", form.message, self._lexicon)
        signals = tuple(signal for signal in heard.signals if signal.kind in _DANGER)
        return Screening(signals, vouched, heard.level if signals else Level.NONE, language=heard.language)


class FormIntake:
    """Turns form notifications into stored submissions."""

    def __init__(self, judge: FormJudge) -> None:
        self._judge = judge

    def recognise(self, email: Email) -> FormReading | None:
        """What the form notification says, or None for any other mail."""
        return self._judge.recognise(email)

    def record(self, tx: Session, email: Email, form: FormReading, now: datetime) -> NewEntry:
        """Store the submission if it may be believed; the entry says what became of the notification."""
        decision, screening = self._judge.judge(email, form)
        if decision.reason not in _NOT_BELIEVED:
            store_submission(tx, to_submission(form, email), now)
        return NewEntry(
            place=email.place or NOWHERE,
            message_id=email.message_id,
            fingerprint=email.fingerprint,
            sender_key=canonical(form.email) if decision.reason in STOPS_LETTERS else "",
            received_at=email.received_at,
            state=EmailState.WITH_STAFF if isinstance(decision, Hold) else EmailState.NOT_ANSWERED,
            decision=decision,
            reason=decision.reason.value,
            urgent=isinstance(decision, Hold) and decision.urgent,
            screening=screening,
        )


def store_submission(tx: Session, submission: Submission, now: datetime) -> tuple[int, bool]:
    """Store a submission with its keys; (id, whether it is new)."""
    keys = [(key.kind.value, key.value) for key in submission_keys(submission)]
    submission_id, is_new = tx.submissions.add(submission, keys, now, address_key=canonical(submission.email))
    name = "form_stored" if is_new else "form_repeated"
    tx.audit.add(name, now, submission_id=submission_id, detail={"source": submission.source})
    return submission_id, is_new
