"""The practice's settings that a decision depends on: the part of the configuration `policy` may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Mode(StrEnum):
    """What the service may do with a reply it has decided on."""

    OBSERVE = "observe"
    DRAFT = "draft"
    SEND = "send"


class MatchPolicy(StrEnum):
    """What may make a match certain: possession only (`strict`), or strong knowledge too (`standard`)."""

    STRICT = "strict"
    STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a decision needs to know about the practice.

    `own_addresses` are lower-case addresses of the practice (the first is the one that answers); `authserv_id` is ""
    when authenticity is not configured; `languages` are those with letters, the first is the fallback; `go_live` is
    the watermark: email received before it is never answered automatically. The caps count automatic replies.
    """

    own_addresses: tuple[str, ...]
    languages: tuple[str, ...] = ("en",)
    authserv_id: str = ""
    form_senders: tuple[str, ...] = ()
    match_policy: MatchPolicy = MatchPolicy.STRICT
    go_live: datetime | None = None
    max_age: timedelta = timedelta(hours=72)
    same_letter_pause: timedelta = timedelta(days=7)
    replies_per_address_per_day: int = 3
    replies_per_domain_per_hour: int = 30
    breaker_replies_per_hour: int = 120
    max_recipients: int = 10

    def is_own(self, address: str) -> bool:
        """Whether an address (in any case) belongs to the practice."""
        return address.lower() in self.own_addresses
