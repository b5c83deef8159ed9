"""Screening one email: every signal that decides who may answer it. Silent unless positively eligible.

A detector that fails never hides what the others found: it adds DETECTOR_FAILED, and a person looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from triage.core.email import Email
from triage.core.rules import Rules
from triage.core.signal import Authenticity, Level, Screening, Signal, SignalKind
from triage.core.words import Words, split_words
from triage.screening import eligibility
from triage.screening.assess import READ_CAP, Assessment, Heard, hear, judge
from triage.screening.authenticity import authenticity
from triage.screening.lexicon import Lexicon
from triage.screening.machine import machine_signals
from triage.screening.topics import INQUIRY

# What a hostile message could raise in a detector; anything else is a fault of ours and must be seen.
DETECTOR_ERRORS = (
    ValueError,
    KeyError,
    IndexError,
    RecursionError,
    OverflowError,
    UnicodeError,
    AttributeError,
    TypeError,
)


class _Findings:
    """Collects signals, each kind once, and survives a detector that fails."""

    def __init__(self) -> None:
        self._found: dict[tuple[SignalKind, str], Signal] = {}

    def take(self, name: str, detector: Callable[[], Iterable[Signal]]) -> None:
        try:
            found = list(detector())
        except DETECTOR_ERRORS:
            found = [Signal(SignalKind.DETECTOR_FAILED, name)]
        for signal in found:
            self._found.setdefault((signal.kind, signal.because), signal)

    def fail(self, name: str) -> None:
        self._found.setdefault((SignalKind.DETECTOR_FAILED, name), Signal(SignalKind.DETECTOR_FAILED, name))

    def signals(self) -> tuple[Signal, ...]:
        return tuple(self._found.values())


def screen(
    email: Email,
    rules: Rules,
    lexicon: Lexicon,
    organisational_domain: Callable[[str], str],
    *,
    form_message: str = "",
    assume_addressed: bool = False,
    assume_authentic: bool = False,
) -> Screening:
    """Everything screening says of one email. `organisational_domain` maps a domain to the one its owner registered.

    `form_message` is what the same person wrote into the form: danger in it counts as danger in the mail. The two
    assumptions take the mail as addressed to us, and as vouched for (a null return path still shows a machine).
    """
    findings = _Findings()
    words = _words(email, findings)
    heard = _heard(email, words, lexicon, form_message, findings)
    said = _judged(heard, lexicon, findings)
    verdict = _authenticity(email, rules, organisational_domain, findings, assume_authentic)
    findings.take("machine", lambda: machine_signals(email, words, heard, rules, lexicon))
    findings.take("addressing", lambda: eligibility.addressing(email, rules, assume_addressed=assume_addressed))
    findings.take("sender", lambda: eligibility.sender(email, rules))
    findings.take(
        "return path",
        lambda: eligibility.return_path(email, rules, organisational_domain, assume_authentic=assume_authentic),
    )
    findings.take("authenticity", lambda: eligibility.genuine(verdict))
    findings.take("text", lambda: eligibility.readable(email, words, said, rules))
    findings.take("words", lambda: said.signals)
    signals = findings.signals()
    if any(signal.kind is SignalKind.LOOKALIKE for signal in signals) and verdict is Authenticity.PASS:
        verdict = Authenticity.NONE
    return Screening(signals, verdict, said.level, said.topic, _answer_language(said, rules))


def _answer_language(said: Assessment, rules: Rules) -> str:
    """What was found; if nothing speaks for any language, the practice's first one."""
    if said.language or said.foreign:
        return said.language
    return rules.languages[0] if rules.languages else ""


def _words(email: Email, findings: _Findings) -> Words:
    try:
        return split_words(email.text[:READ_CAP])
    except DETECTOR_ERRORS:
        findings.fail("own words")
        return Words(email.text[:READ_CAP])


def _heard(email: Email, words: Words, lexicon: Lexicon, form_message: str, findings: _Findings) -> Heard:
    try:
        return hear(email.subject, words, lexicon, form_message)
    except DETECTOR_ERRORS:
        findings.fail("words")
        return Heard((), (), (), ("", ""))


def _judged(heard: Heard, lexicon: Lexicon, findings: _Findings) -> Assessment:
    try:
        return judge(heard, lexicon)
    except DETECTOR_ERRORS:
        findings.fail("danger, topics or language")
        return Assessment(Level.NONE, (), INQUIRY, "")


def _authenticity(
    email: Email, rules: Rules, organisational_domain: Callable[[str], str], findings: _Findings, assumed: bool
) -> Authenticity:
    if assumed:
        return Authenticity.PASS
    try:
        return authenticity(email, rules.authserv_id, organisational_domain)
    except DETECTOR_ERRORS:
        findings.fail("authenticity")
        return Authenticity.FAIL
