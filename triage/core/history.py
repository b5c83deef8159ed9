"""What the store knows about earlier mail to and from one address: the past, as a value `policy` can read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.letter import LetterName


@dataclass(frozen=True, slots=True)
class PastReply:
    """One automatic reply to an address, counted from the moment it was planned (before it was sent)."""

    letter: LetterName
    planned_at: datetime
    submission_id: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """Earlier automatic replies to this address, and how busy its domain and the whole service were.

    `domain_replies_last_hour` and `replies_last_hour` count planned replies; `thread_had_machine` says that an
    automatic message was already seen in this email's thread; `danger_waits` that an earlier message of this address is
    about danger, or asks us to stop, and waits for staff.
    """

    replies: tuple[PastReply, ...] = ()
    domain_replies_last_hour: int = 0
    replies_last_hour: int = 0
    thread_had_machine: bool = False
    answered_by_staff: bool = False
    danger_waits: bool = False


NO_HISTORY = History()
