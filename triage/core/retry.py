"""When to try again: a retry is a value, never a loop (RFC 5321 section 4.5.4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at `at` (aware)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The deadline would pass before another try: hand it to a person."""


def after_failure(attempts: int, now: datetime, deadline: datetime) -> Retry | GiveUp:
    """The next try after `attempts` (>= 1) failures: 1, 2, 4 ... minutes, at most an hour, never past `deadline`."""
    pause = min(_FIRST_PAUSE * 2 ** min(attempts - 1, 10), _LONGEST_PAUSE)
    at = now + pause
    return Retry(at) if at <= deadline else GiveUp()
