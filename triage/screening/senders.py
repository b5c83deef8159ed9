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
_LIST_LAST = frozenset({"request", "owner", "bounces", "bounce", "admin list", "unsubscribe", "subscribe"})
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
    if len(words) > 1 and (words[0] in _LIST_FIRST or words[-1] in _LIST_LAST):
        return SignalKind.MAILING_LIST
    undigited = _DIGITS.sub("", plain).strip()
    if undigited in _ROLES or any(part in plain for part in _ROLE_PARTS):
        return SignalKind.ROLE_SENDER
    return SignalKind.ROLE_SENDER if plain.startswith("microsoftexchange") else None
