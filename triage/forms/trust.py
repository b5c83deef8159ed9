"""May a form mail be believed? A forged one would make us write to whomever it names.

The practice's own site is believed by an allow-list, a hosted platform by our own mail server's word that the platform
sent it. A sender of the practice's own domain is not believed for that alone.
"""

from __future__ import annotations

from collections.abc import Callable

from triage.core.email import Email
from triage.core.rules import Rules
from triage.core.signal import Authenticity
from triage.forms.reading import FormReading
from triage.forms.registry import PLATFORM_SENDERS, is_allowed


def is_trusted(
    email: Email,
    reading: FormReading,
    rules: Rules,
    authenticity: Authenticity,
    organisational_domain: Callable[[str], str],
) -> bool:
    """Whether the reading of this email may become a submission.

    A sender in `rules.form_senders` is trusted unless its authenticity fails; where our server says anything about the
    message (`rules.authserv_id`), it must say pass. A hosted platform's mail is trusted from the platform's domain
    (compared by `organisational_domain`, which maps a domain to its registrable one) with a pass. Everything else,
    and whatever a person who is not in the list has forwarded, is not.
    """
    if authenticity is Authenticity.FAIL or len(email.from_) != 1:
        return False
    if is_allowed(email, rules):
        return authenticity is Authenticity.PASS or not _has_word_of_ours(email, rules.authserv_id)
    platform = PLATFORM_SENDERS.get(reading.system, ())
    if reading.forwarded or not platform or authenticity is not Authenticity.PASS:
        return False
    sender = organisational_domain(email.sender.domain)
    return bool(sender) and sender in {organisational_domain(entry.rpartition("@")[2]) for entry in platform}


def _has_word_of_ours(email: Email, authserv_id: str) -> bool:
    """Whether an Authentication-Results field of our own server stands in the message (RFC 8601 section 2.2)."""
    if not authserv_id:
        return False
    return any(_authserv_id(value) == authserv_id.lower() for value in email.all_headers("authentication-results"))


def _authserv_id(value: str) -> str:
    before = value.partition(";")[0]
    while "(" in before and ")" in before.partition("(")[2]:
        head, _, rest = before.partition("(")
        before = f"{head} {rest.partition(')')[2]}"
    words = before.split()
    return words[0].strip('"').lower() if words else ""
