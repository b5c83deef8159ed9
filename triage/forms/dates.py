"""When a form was filled in, as its export writes it.

The rule: ISO 8601 first; then a month's name; then numbers, read day first when they are separated by dots or when the
file is a European one (separated by semicolons), else month first. If that reading is impossible or lies in the
future, the other one is taken. A date without a zone is in the zone of the clock that is given. What fits nothing is
None: the caller says so and takes its own time.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

_NUMBERS = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:,?[ T]+(.{1,30}))?")
_NAMED_DAY_FIRST = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|\.)?(?: de)? ([a-z]{3,12})\.?,?(?: de)? (\d{4})(?:,?[ T]+(.{1,30}))?"
)
_NAMED_MONTH_FIRST = re.compile(r"([a-z]{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?:,?[ T]+(.{1,30}))?")
_TIME = re.compile(
    r"(?:at |a las )?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)? ?([ap])?\.? ?(?:m\.?)? ?(?:utc|gmt|z)?", re.IGNORECASE
)
_MONTHS = (
    "january enero", "february febrero", "march marzo", "april abril", "may mayo", "june junio", "july julio",
    "august agosto", "september septiembre setiembre", "october octubre", "november noviembre", "december diciembre",
)  # fmt: skip
_AHEAD = timedelta(days=2)


def read_date(text: str, now: datetime, *, day_first: bool = False) -> datetime | None:
    """The aware date and time that `text` says, or None. `now` is aware; its zone is meant where none is written."""
    text = " ".join(text.split())
    if not 8 <= len(text) <= 60:
        return None
    zone = now.tzinfo
    iso = _iso(text, zone)
    if iso is not None:
        return iso
    lowered = text.lower().removesuffix(" utc").removesuffix(" gmt")
    _, comma, rest = lowered.partition(", ")
    for candidate in (lowered, rest) if comma else (lowered,):
        found = _named(candidate, zone) or _numbers(candidate, now, day_first=day_first)
        if found is not None:
            return found
    return None


def _iso(text: str, zone: tzinfo | None) -> datetime | None:
    for written in (text, text.removesuffix(" UTC") + "+00:00" if text.endswith(" UTC") else text):
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            continue
        if moment.tzinfo is not None:
            return moment
        if written == text and text.endswith(" UTC"):
            continue
        return moment.replace(tzinfo=zone)
    return None


def _named(text: str, zone: tzinfo | None) -> datetime | None:
    if (match := _NAMED_MONTH_FIRST.fullmatch(text)) is not None:
        month, day, year, time = match.groups()
    elif (match := _NAMED_DAY_FIRST.fullmatch(text)) is not None:
        day, month, year, time = match.groups()
    else:
        return None
    number = _month(month)
    return _moment(int(year), number, int(day), time, zone) if number else None


def _month(written: str) -> int:
    """A month by its English or Spanish name or the beginning of it; 0 if it is none."""
    for number, names in enumerate(_MONTHS, start=1):
        if any(name.startswith(written) for name in names.split()):
            return number
    return 0


def _numbers(text: str, now: datetime, *, day_first: bool) -> datetime | None:
    match = _NUMBERS.fullmatch(text)
    if match is None:
        return None
    first, second, third, time = match.groups()
    zone = now.tzinfo
    if len(first) == 4:
        return _moment(int(first), int(second), int(third), time, zone)
    year = int(third) + 2000 if len(third) == 2 else int(third)
    a, b = int(first), int(second)
    orders = [(a, b), (b, a)]  # month, day
    if day_first or "." in text[:3]:
        orders.reverse()
    readings = [_moment(year, month, day, time, zone) for month, day in orders]
    possible = [reading for reading in readings if reading is not None]
    return next((reading for reading in possible if reading <= now + _AHEAD), possible[0] if possible else None)


def _moment(year: int, month: int, day: int, time: str | None, zone: tzinfo | None) -> datetime | None:
    hour = minute = second = 0
    if time is not None:
        match = _TIME.fullmatch(time)
        if match is None:
            return None
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        if match[4]:
            hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
