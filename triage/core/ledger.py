"""The ledger's values: what became of each email, one entry per message, for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.decision import Decision
from triage.core.email import Place
from triage.core.match import NO_MATCH, Match
from triage.core.signal import NOT_SCREENED, Screening
from triage.core.told import Told


class EmailState(Told):
    """Where an email ended. `arrived = answered + not_answered + with_staff + quarantined`, always."""

    ANSWERED = "answered", "A reply was decided on and is on its way or out (see the reply's own state)."
    NOT_ANSWERED = "not_answered", "Deliberately not answered, with the reason."
    WITH_STAFF = "with_staff", "Waits for a person, with the reason."
    QUARANTINED = "quarantined", "Could not be read; a person must look at it in the mailbox."


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One email as intake decided it, before it has an id.

    `sender_key` is the canonical form of the address a reply would go to ("" if none). `decision` is None for
    quarantined mail, whose `reason` is the name of an `UnreadableReason`.
    """

    place: Place
    message_id: str
    fingerprint: str
    sender_key: str
    received_at: datetime
    state: EmailState
    decision: Decision | None
    reason: str
    urgent: bool = False
    match: Match = NO_MATCH
    screening: Screening = NOT_SCREENED


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the ledger as stored; `reason` is the stored value of a Hold, Ignore or Unreadable reason.

    `decision` is "reply", "hold", "ignore" or "quarantine"; `reply_state` is the newest reply's state, or "".
    `evidence` and `signals` are (kind, sentence) pairs.
    """

    id: int
    place: Place
    message_id: str
    fingerprint: str
    sender_key: str
    received_at: datetime
    recorded_at: datetime
    state: EmailState
    decision: str
    reason: str
    letter: str
    urgent: bool
    verdict: str
    submission_id: int
    evidence: tuple[tuple[str, str], ...]
    signals: tuple[tuple[str, str], ...]
    marked: bool
    reply_state: str = ""
