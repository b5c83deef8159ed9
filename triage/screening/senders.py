"""Addresses that no person reads, by the part before the @. `info@` and `office@` are persons.

A list of names is never proof that somebody else is a person; it only finds machines.
"""

from __future__ import annotations

import re

from triage.core.signal import SignalKind

_SEPARATORS = str.maketrans(dict.fromkeys("-_.+=", " "))
# RFC 3834 section 2; RFC 5230 section 4.6; RFC 2142 names that answer for mail systems
_BOUNCES = frozenset({"mailer daemon", "mailerdaemon", "mail daemon", "maildaemon", "mdaemon", "daemon", "mailerd"})
_BOUNCES_FIRST = frozenset({"bounce", "bounces", "bounced", "mailerdaemon", "prvs", "srs0", "srs1", "verp", "msprvs1"})
_ROLES = frozenset(
    {
        *("noreply", "no reply", "donotreply", "do not reply", "dontreply", "dont reply", "do notreply", "no response"),
        *("noresponse", "neverreply", "never reply", "nobody", "noanswer", "no answer", "norespond", "unmonitored"),
        *(
            "noresponder",
            "no responder",
            "no contestar",
            "nocontestar",
            "nicht antworten",
            "nichtantworten",
            "keineantwort",
        ),
        *("keine antwort", "nepasrepondre", "ne pas repondre", "naoresponda", "nao responda", "nonrispondere"),
        *("non rispondere", "ne pas repondre", "postmaster", "root", "cron", "anacron", "www data", "apache", "nagios"),
        *("listserv", "listproc", "majordomo", "mailman", "sympa", "ezmlm", "lists", "autoreply", "auto reply"),
        *("autoresponder", "autoresponse", "automated", "automatic", "automailer", "robot", "bot", "mailbot", "mailer"),
        *("notification", "notifications", "notify", "notifier", "alert", "alerts", "alerting", "monitoring"),
        *("newsletter", "newsletters", "rssfeeds", "rss", "feeds", "feedblitz", "rss2email", "digest", "mailing"),
        *("system", "sysadmin daemon", "mail system", "abuse report", "dmarc", "dmarc reports", "dmarc noreply"),
        *(
            "dmarcreport",
            "feedback loop",
            "fbl",
            "arf",
            "calendar notification",
            "calendar server",
            "microsoftexchange",
        ),
    }
)
_ROLE_PARTS = (
    *("noreply", "donotreply", "do not reply", "no reply", "dontreply", "neverreply", "notreply", "noresponder"),
    *("autoreply", "autorespond", "mailerdaemon", "mailer daemon"),
)
_LIST_FIRST = frozenset({"owner"})
_LIST_LAST = frozenset({"request", "owner", "bounces", "bounce", "unsubscribe", "subscribe"})
_DIGITS = re.compile(r"[0-9]+")


def machine_sender(local: str) -> SignalKind | None:
    """BOUNCE, MAILING_LIST or ROLE_SENDER for the local part of an address, None for what may be a person."""
    plain = " ".join(local.lower().strip('"').translate(_SEPARATORS).split())
    words = plain.split()
    if not words:
        return None
    if plain in _BOUNCES or words[0] in _BOUNCES_FIRST or (words[-1] in ("bounce", "bounces") and len(words) > 1):
        return SignalKind.BOUNCE
    if plain.startswith(("mailer daemon", "mail daemon")):
        return SignalKind.BOUNCE
    if list_robot(local):
        return SignalKind.MAILING_LIST
    undigited = _DIGITS.sub("", plain).strip()
    if undigited in _ROLES or any(part in plain for part in _ROLE_PARTS):
        return SignalKind.ROLE_SENDER
    return SignalKind.ROLE_SENDER if plain.startswith("microsoftexchange") else None


def list_robot(local: str) -> bool:
    """Whether it is a list's own address: owner-x, x-request, x-bounces+you=example.com (RFC 3834 section 2).

    Only behind a hyphen or underscore: sue.owner@ is somebody's name.
    """
    words = local.lower().strip('"').partition("+")[0].replace("_", "-").split("-")
    return len(words) > 1 and (words[0] in _LIST_FIRST or words[-1] in _LIST_LAST)


def campaign_path(local: str) -> bool:
    """Whether a return path was made for one recipient of many: bounces+123@, bounce-123@."""
    first, mark, _ = local.lower().strip('"').replace("+", "-").replace("=", "-").partition("-")
    return bool(mark) and first in ("bounce", "bounces")
