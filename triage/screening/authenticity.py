"""Whether the sender's domain vouches for a mail, by our own mail server's word alone (RFC 8601).

Only the topmost Authentication-Results field of the configured authserv-id counts, and only above the first Received
field of a foreign host; everything below may be the sender's invention. Without configuration the answer is NONE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from triage.core.address import domain_of
from triage.core.email import Email
from triage.core.signal import Authenticity
from triage.screening.authresults import AuthResults, Result, read_auth_results

OrganisationalDomain = Callable[[str], str]

EXCHANGE_ONLINE = frozenset({"exchange-online", "microsoft365", "microsoft-365"})
"""Values of TRIAGE_AUTHSERV_ID for servers that write their field without an id: then the topmost one counts."""

_PRIVATE = (".internal", ".local", ".lan", ".localdomain", ".home.arpa", ".prod.outlook.com")


def authenticity(email: Email, authserv_id: str, organisational_domain: OrganisationalDomain) -> Authenticity:
    """PASS only for exactly one From mailbox that DMARC, or an aligned DKIM or SPF result, vouches for.

    A second field with our id below the one that counts is a forgery: FAIL (RFC 8601 section 5).
    """
    if not authserv_id:
        return Authenticity.NONE
    fields = list(_fields(email, authserv_id.lower()))
    if not fields:
        return Authenticity.NONE
    if sum(ours for _, ours, _ in fields) > 1:
        return Authenticity.FAIL
    results = next((field for field, ours, foreign_above in fields if ours and not foreign_above), None)
    if results is None:
        return Authenticity.NONE
    verdict = _verdict(results.results, email.sender.domain, organisational_domain)
    if verdict is Authenticity.PASS and (len(email.from_) != 1 or len(email.all_headers("from")) > 1):
        return Authenticity.NONE
    return verdict


def dmarc_passed(email: Email, authserv_id: str, organisational_domain: OrganisationalDomain) -> bool:
    """Whether the field that counts says so for the From domain."""
    if authenticity(email, authserv_id, organisational_domain) is not Authenticity.PASS:
        return False
    fields = (field for field, ours, foreign_above in _fields(email, authserv_id.lower()) if ours and not foreign_above)
    counted = next(fields, None)
    return counted is not None and any(one.method == "dmarc" and one.value == "pass" for one in counted.results)


def _fields(email: Email, authserv_id: str) -> Iterator[tuple[AuthResults, bool, bool]]:
    """(field, whether it carries our id, whether a foreign Received stands above it), topmost first."""
    foreign = False
    by_position = authserv_id in EXCHANGE_ONLINE
    for name, value in email.headers:
        if name == "received":
            foreign = foreign or _is_foreign(value, authserv_id)
        elif name == "authentication-results":
            field = read_auth_results(value)
            if by_position:
                yield field, not field.authserv_id and not foreign, foreign
            else:
                yield field, field.authserv_id == authserv_id, foreign


def _is_foreign(received: str, authserv_id: str) -> bool:
    """Whether a Received field was written by somebody else's server (RFC 5321 section 4.4: its "by" clause).

    Hops inside one's own house have no "from", or a name that nobody outside could have.
    """
    words = received.lower().split()
    if "by" not in words[:-1] or "from" not in words:
        return False
    host = words[words.index("by") + 1].strip("[]();,")
    if "." not in host or ":" in host or host.replace(".", "").isdigit() or host.endswith(_PRIVATE):
        return False
    return not _same_house(host, authserv_id)


def _same_house(host: str, authserv_id: str) -> bool:
    """One under the other, or siblings under a name of at least two labels below the top."""
    if host == authserv_id or host.endswith("." + authserv_id) or authserv_id.endswith("." + host):
        return True
    ours, theirs = authserv_id.split("."), host.split(".")
    shared = 0
    while shared < min(len(ours), len(theirs)) and ours[-1 - shared] == theirs[-1 - shared]:
        shared += 1
    return shared >= min(3, len(ours) - 1) and shared >= 2


def _verdict(
    results: tuple[Result, ...], from_domain: str, organisational_domain: OrganisationalDomain
) -> Authenticity:
    values = {(one.method, one.value) for one in results}
    if ("dmarc", "fail") in values or ("compauth", "fail") in values:
        return Authenticity.FAIL
    dmarc = [one for one in results if one.method == "dmarc" and one.value == "pass"]
    if dmarc:
        named = {one.of("header.from") for one in dmarc} - {""}
        mismatch = any(not _aligned(name, from_domain, organisational_domain) for name in named)
        return Authenticity.FAIL if mismatch else Authenticity.PASS
    if any(_aligned_pass(one, from_domain, organisational_domain) for one in results):
        return Authenticity.PASS
    return Authenticity.FAIL if ("spf", "fail") in values else Authenticity.NONE


def _aligned_pass(result: Result, from_domain: str, organisational_domain: OrganisationalDomain) -> bool:
    """A DKIM or SPF pass for the From domain's own organisation (relaxed alignment, RFC 7489 section 3.1)."""
    if result.value != "pass":
        return False
    if result.method == "dkim":
        claimed = result.of("header.d") or result.of("header.i")
    elif result.method == "spf":
        claimed = result.of("smtp.mailfrom")
    else:
        return False
    return bool(claimed) and _aligned(claimed, from_domain, organisational_domain)


def _aligned(claimed: str, from_domain: str, organisational_domain: OrganisationalDomain) -> bool:
    domain = domain_of(claimed) if "@" in claimed else domain_of(f"@{claimed}")
    own = domain_of(f"@{from_domain}")
    return bool(domain and own) and organisational_domain(domain) == organisational_domain(own)
