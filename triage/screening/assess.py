"""What the words of one mail say: danger, topics, language. The same for a mail, a form's message and a line of text.

Danger is sought in everything there is (subject, body, quoted text, form message); topics and language only in what
the writer wrote. It must never keep or return the words themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from triage.core.signal import Level, Signal, SignalKind
from triage.core.words import Words, split_words
from triage.screening.distress import danger_in
from triage.screening.language import Guess, language_of
from triage.screening.lexicon import Lexicon
from triage.screening.spelling import Sentence, fold
from triage.screening.topics import topics_in

READ_CAP = 256 * 1024
"""Characters of one text that are read; the mailbox keeps 64 KiB, a form's message is far shorter."""

_LISTENED_TO = frozenset({"en", "es", ""})
"""Languages of the lexicon; "" is a mail too short to tell."""

_URGENT = (SignalKind.DISTRESS_URGENT, SignalKind.EMERGENCY)


@dataclass(frozen=True, slots=True)
class Assessment:
    """`level` is the danger, `signals` say why, `topic` is one word, `language` is ISO 639-1 or "" when unsure."""

    level: Level
    signals: tuple[Signal, ...]
    topic: str
    language: str
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A mail's words, mended and split into sentences once for all detectors; `text` is for telling the language."""

    subject: tuple[Sentence, ...]
    own: tuple[Sentence, ...]
    other: tuple[Sentence, ...]
    text: tuple[str, str]


def assess(subject: str, text: str, lexicon: Lexicon, *, form_message: str = "") -> Assessment:
    """The assessment of one mail or text."""
    return judge(hear(subject, split_words(text[:READ_CAP]), lexicon, form_message), lexicon)


def hear(subject: str, words: Words, lexicon: Lexicon, form_message: str = "") -> Heard:
    """The sentences of a mail: its subject, its writer's own, and all others (quoted, signature, form message)."""
    sentences = lexicon.speller.sentences
    others = (_unquoted(words.quoted), words.signature, form_message)
    return Heard(
        subject=tuple(sentences(fold(subject[:READ_CAP]))),
        own=tuple(sentences(fold(words.own[:READ_CAP]))),
        other=tuple(sentence for text in others for sentence in sentences(fold(text[:READ_CAP]))),
        text=(subject[:READ_CAP], words.own[:READ_CAP]),
    )


def judge(heard: Heard, lexicon: Lexicon) -> Assessment:
    """The assessment of what was heard."""
    guess = _language(*heard.text, lexicon)
    foreign = guess.foreign or guess.code not in _LISTENED_TO
    danger = danger_in([*heard.subject, *heard.own, *heard.other], lexicon, foreign=foreign)
    topics, topic = topics_in([*heard.subject, *heard.own], lexicon)
    return Assessment(level_of(danger), (*danger, *topics), topic, guess.code, guess.foreign)


def level_of(signals: tuple[Signal, ...]) -> Level:
    """The highest level among signals of danger."""
    kinds = {signal.kind for signal in signals}
    if kinds.intersection(_URGENT):
        return Level.URGENT
    return Level.REVIEW if SignalKind.DISTRESS_REVIEW in kinds else Level.NONE


def _unquoted(quoted: str) -> str:
    """Quoted lines without their marks, so that a sentence wrapped inside a quote is one sentence."""
    return "\n".join(line.lstrip("> \t|") for line in quoted.split("\n"))


def _language(subject: str, own: str, lexicon: Lexicon) -> Guess:
    guess = language_of(own, lexicon)
    return guess if guess.code or guess.foreign else language_of(f"{subject}\n{own[:500]}", lexicon)
