"""The decision table: each row by a named situation, and what no combination of signals may ever do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.emails import email
from triage.core.decision import Decision, Hold, HoldReason, Ignore, IgnoreReason, Reply
from triage.core.history import NO_HISTORY, History, PastReply
from triage.core.letter import LetterName
from triage.core.match import NO_MATCH, Match, Verdict
from triage.core.rules import Rules
from triage.core.signal import Authenticity, Screening, Signal, SignalKind
from triage.policy import decide, screened

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULES = Rules(own_addresses=("office@example.com",), go_live=NOW - timedelta(days=30))
CERTAIN = Match(Verdict.CERTAIN, submission_id=7)
PROBABLE = Match(Verdict.PROBABLE, submission_id=7)


def seen(*kinds: SignalKind, authenticity: Authenticity = Authenticity.PASS) -> Screening:
    """A screening that found these kinds."""
    return Screening(signals=tuple(Signal(kind) for kind in kinds), authenticity=authenticity, language="en")


def past(*letters: LetterName, ago: timedelta = timedelta(days=2)) -> History:
    """A history of automatic letters."""
    return History(replies=tuple(PastReply(letter, NOW - ago) for letter in letters))


def decided(
    match: Match = NO_MATCH,
    screening: Screening | None = None,
    history: History = NO_HISTORY,
    age: timedelta = timedelta(minutes=5),
) -> Decision:
    """The decision for a plain email that arrived `age` ago."""
    return decide(email(received_at=NOW - age), match, screening or seen(), history, RULES, NOW)


@pytest.mark.parametrize(
    ("situation", "decision"),
    [
        (decided(CERTAIN), Reply(LetterName.BOTH_RECEIVED, 7)),
        (decided(), Reply(LetterName.FORM_MISSING)),
        (decided(PROBABLE), Hold(HoldReason.PROBABLE_MATCH)),
        (decided(CERTAIN, seen(authenticity=Authenticity.NONE)), Reply(LetterName.RECEIVED)),
        (decided(NO_MATCH, seen(authenticity=Authenticity.NONE)), Reply(LetterName.RECEIVED)),
        (decided(CERTAIN, age=timedelta(hours=73)), Hold(HoldReason.TOO_OLD)),
        (decided(CERTAIN, age=timedelta(days=31)), Hold(HoldReason.BEFORE_GO_LIVE)),
        (decided(CERTAIN, history=past(LetterName.FORM_MISSING)), Reply(LetterName.BOTH_RECEIVED, 7)),
        (decided(CERTAIN, history=past(LetterName.BOTH_RECEIVED)), Hold(HoldReason.FIRST_LETTER_ALREADY_SENT)),
        (decided(history=past(LetterName.FORM_MISSING)), Hold(HoldReason.FIRST_LETTER_ALREADY_SENT)),
        (decided(history=past(LetterName.BOTH_RECEIVED)), Hold(HoldReason.FIRST_LETTER_ALREADY_SENT)),
        (decided(history=History(answered_by_staff=True)), Hold(HoldReason.ANSWERED_BY_STAFF)),
        (decided(CERTAIN, history=History(thread_had_machine=True)), Hold(HoldReason.MACHINE_THREAD)),
        (decided(CERTAIN, history=History(danger_waits=True)), Hold(HoldReason.DANGER_BEFORE)),
        (decided(history=History(replies_last_hour=500)), Hold(HoldReason.BREAKER_OPEN)),
        (decided(history=History(domain_replies_last_hour=400)), Hold(HoldReason.DOMAIN_BUDGET)),
        (
            decided(CERTAIN, history=past(*[LetterName.RECEIVED] * 3, ago=timedelta(hours=2))),
            Hold(HoldReason.ADDRESS_BUDGET),
        ),
    ],
)
def test_who_gets_which_letter(situation: Decision, decision: Decision) -> None:
    """Match, history and age choose the letter, or the person who must look."""
    assert situation == decision


def test_the_neutral_letter_pauses_for_a_week() -> None:
    """A sender nobody vouches for gets the neutral letter at most once in seven days."""
    unknown = seen(authenticity=Authenticity.NONE)
    soon, later = past(LetterName.RECEIVED), past(LetterName.RECEIVED, ago=timedelta(days=8))
    assert decided(screening=unknown, history=soon) == Hold(HoldReason.FIRST_LETTER_ALREADY_SENT)
    assert decided(screening=unknown, history=later) == Reply(LetterName.RECEIVED)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (SignalKind.OWN_LOOP, IgnoreReason.OWN_MAIL),
        (SignalKind.OWN_ADDRESS, IgnoreReason.OWN_MAIL),
        (SignalKind.BOUNCE, IgnoreReason.BOUNCE),
        (SignalKind.READ_RECEIPT, IgnoreReason.READ_RECEIPT),
        (SignalKind.ABUSE_REPORT, IgnoreReason.MAIL_REPORT),
        (SignalKind.CALENDAR, IgnoreReason.CALENDAR),
        (SignalKind.OUT_OF_OFFICE, IgnoreReason.OUT_OF_OFFICE),
        (SignalKind.MAILING_LIST, IgnoreReason.MAILING_LIST),
        (SignalKind.BULK, IgnoreReason.BULK),
        (SignalKind.NEWSLETTER, IgnoreReason.BULK),
        (SignalKind.AUTO_SUBMITTED, IgnoreReason.MACHINE),
        (SignalKind.ROLE_SENDER, IgnoreReason.MACHINE),
        (SignalKind.NULL_RETURN_PATH, IgnoreReason.MACHINE),
    ],
)
def test_machines_are_not_answered(kind: SignalKind, reason: IgnoreReason) -> None:
    """Each certain sign of a machine ends in silence with a reason, even with a certain match."""
    assert decided(CERTAIN, seen(kind)) == Ignore(reason)


@pytest.mark.parametrize(
    ("kind", "hold"),
    [
        (SignalKind.DISTRESS_URGENT, Hold(HoldReason.URGENT, urgent=True)),
        (SignalKind.EMERGENCY, Hold(HoldReason.EMERGENCY, urgent=True)),
        (SignalKind.DISTRESS_REVIEW, Hold(HoldReason.DISTRESS)),
        (SignalKind.DETECTOR_FAILED, Hold(HoldReason.CHECK_FAILED)),
        (SignalKind.MINOR, Hold(HoldReason.MINOR)),
        (SignalKind.STOP_REQUEST, Hold(HoldReason.STOP_REQUEST)),
        (SignalKind.LEGAL, Hold(HoldReason.LEGAL)),
        (SignalKind.CLINICAL, Hold(HoldReason.CLINICAL)),
        (SignalKind.EXISTING_PATIENT, Hold(HoldReason.EXISTING_PATIENT)),
        (SignalKind.BILLING, Hold(HoldReason.BILLING)),
        (SignalKind.VENDOR, Hold(HoldReason.VENDOR)),
        (SignalKind.MARKED_AUTOMATIC, Hold(HoldReason.MARKED_AUTOMATIC)),
        (SignalKind.FROM_MISSING, Hold(HoldReason.SENDER_UNCLEAR)),
        (SignalKind.FROM_MULTIPLE, Hold(HoldReason.SENDER_UNCLEAR)),
        (SignalKind.FROM_INVALID, Hold(HoldReason.SENDER_UNCLEAR)),
        (SignalKind.AUTHENTICITY_FAIL, Hold(HoldReason.NOT_AUTHENTIC)),
        (SignalKind.LOOKALIKE, Hold(HoldReason.NOT_AUTHENTIC)),
        (SignalKind.REPLY_TO_DIFFERS, Hold(HoldReason.REPLY_TO_DIFFERS)),
        (SignalKind.RETURN_PATH_MISSING, Hold(HoldReason.RETURN_PATH)),
        (SignalKind.RETURN_PATH_DIFFERS, Hold(HoldReason.RETURN_PATH)),
        (SignalKind.NOT_ADDRESSED, Hold(HoldReason.NOT_ADDRESSED)),
        (SignalKind.MANY_RECIPIENTS, Hold(HoldReason.MANY_RECIPIENTS)),
        (SignalKind.ENCRYPTED, Hold(HoldReason.NO_TEXT)),
        (SignalKind.NO_TEXT, Hold(HoldReason.NO_TEXT)),
        (SignalKind.LANGUAGE_UNKNOWN, Hold(HoldReason.LANGUAGE)),
    ],
)
def test_what_a_person_must_see_is_held(kind: SignalKind, hold: Hold) -> None:
    """Each signal that forbids a letter sends the email to staff with its reason, even with a certain match."""
    assert decided(CERTAIN, seen(kind)) == hold


def test_thanks_alone_are_answered_only_with_a_form() -> None:
    """An email that asks for nothing is held, unless it certainly belongs to a form: then both steps are done."""
    nothing = seen(SignalKind.NOTHING_ASKED)
    assert decided(screening=nothing) == Hold(HoldReason.NOTHING_ASKED)
    assert decided(PROBABLE, nothing) == Hold(HoldReason.NOTHING_ASKED)
    assert decided(CERTAIN, nothing) == Reply(LetterName.BOTH_RECEIVED, 7)


def test_every_signal_has_a_route() -> None:
    """No kind of signal can be seen and then let an automatic letter through."""
    assert [kind for kind in SignalKind if screened(seen(kind)) is None] == []


def test_danger_is_seen_before_any_other_reason() -> None:
    """Urgent words outrank old age, a broken sender, an empty budget and every topic."""
    everything = seen(SignalKind.LEGAL, SignalKind.FROM_MULTIPLE, SignalKind.DISTRESS_URGENT)
    found = decided(history=History(replies_last_hour=9999), screening=everything, age=timedelta(days=40))
    assert found == Hold(HoldReason.URGENT, urgent=True)


def test_danger_relayed_by_a_machine_reaches_staff() -> None:
    """A person's cry passed on by a list or a relay is held; a bounce that quotes one is not."""
    assert decided(screening=seen(SignalKind.MAILING_LIST, SignalKind.DISTRESS_URGENT)) == Hold(HoldReason.DISTRESS)
    assert decided(screening=seen(SignalKind.BOUNCE, SignalKind.DISTRESS_URGENT)) == Ignore(IgnoreReason.BOUNCE)


@given(
    kinds=st.lists(st.sampled_from(sorted(set(SignalKind) - {SignalKind.NOTHING_ASKED})), min_size=1, max_size=6),
    match=st.sampled_from([NO_MATCH, PROBABLE, CERTAIN]),
    authenticity=st.sampled_from(Authenticity),
    letters=st.lists(st.sampled_from(LetterName), max_size=4),
)
def test_no_signal_is_ever_answered(
    kinds: list[SignalKind], match: Match, authenticity: Authenticity, letters: list[LetterName]
) -> None:
    """Whatever else is true, an email with any signal gets no automatic letter."""
    screening = seen(*kinds, authenticity=authenticity)
    assert not isinstance(decided(match, screening, past(*letters)), Reply)


@given(match=st.sampled_from([NO_MATCH, PROBABLE, CERTAIN]), authenticity=st.sampled_from(Authenticity))
def test_the_form_is_spoken_of_only_to_its_certain_and_genuine_sender(match: Match, authenticity: Authenticity) -> None:
    """A submission is disclosed only when the match is certain and the mail server vouches for the sender."""
    found = decided(match, seen(authenticity=authenticity))
    if isinstance(found, Reply) and (found.submission_id or found.letter is LetterName.BOTH_RECEIVED):
        assert match.verdict is Verdict.CERTAIN
        assert authenticity is Authenticity.PASS
