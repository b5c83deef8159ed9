"""What our IMAP commands are made of: sets of UIDs, dates, quoted Message-IDs. Pure; takes no text of strangers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from triage.core.ledger import EmailState

KEYWORDS = {
    EmailState.ANSWERED: "$TriageAnswered",
    EmailState.WITH_STAFF: "$TriageHeld",
    EmailState.NOT_ANSWERED: "$TriageIgnored",
    EmailState.QUARANTINED: "$TriageQuarantined",
}
FOLDERS = {
    EmailState.ANSWERED: "Answered",
    EmailState.NOT_ANSWERED: "Ignored",
    EmailState.QUARANTINED: "Quarantined",
}
"""Below "Triage"; mail that waits for staff stays where it is."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MESSAGE_ID = re.compile(r'<[^\x00-\x20\x7f-\U0010ffff"\\<>]{1,980}>')


def batches(uids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """The UIDs in order, in slices of at most `size`."""
    for start in range(0, len(uids), size):
        yield uids[start : start + size]


def uid_sets(uids: Iterable[int], longest: int = 7000) -> Iterator[str]:
    """UIDs as sequence sets ("1:3,7") of at most about `longest` characters; only consecutive UIDs become a range."""
    parts: list[str] = []
    length = 0
    for first, last in _runs(sorted(set(uids))):
        part = str(first) if first == last else f"{first}:{last}"
        if parts and length + len(part) > longest:
            yield ",".join(parts)
            parts, length = [], 0
        parts.append(part)
        length += len(part) + 1
    if parts:
        yield ",".join(parts)


def searches(criteria: str, exists: int, most: int, width: int = 50_000) -> Iterator[str]:
    """SEARCH criteria, in slices if both the folder and the `most` that can match are wider than one answer may be.

    The slices go by message number, since UIDs may lie far apart, and from the newest down: when messages vanish
    meanwhile, others slide into a slice still to come, so one may be named twice but none is passed over.
    """
    if min(exists, most) <= width:
        yield criteria
        return
    last = "*"
    for first in range(exists - width + 1, 1 - width, -width):
        yield f"{max(first, 1)}:{last} {criteria}"
        last = str(first - 1)


def search_date(day: datetime) -> str:
    """A day as SEARCH wants it (RFC 9051 `date`), whatever the locale."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04d}"


def quoted_message_id(message_id: str) -> str:
    """A Message-ID as a quoted string.

    Raises:
        ValueError: it is not one `<...>` of printable ASCII without quotes, so it might change the command.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("not a Message-ID that can be searched for")
    return f'"{message_id}"'


def message_id_of(header: bytes) -> str:
    """The value of the Message-ID field in a header block that holds nothing else."""
    return header.decode("ascii", "replace").partition(":")[2].strip()


def _runs(ascending: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for index, uid in enumerate(ascending):
        if index + 1 == len(ascending) or ascending[index + 1] != uid + 1:
            yield ascending[start], uid
            start = index + 1
