"""What one address is: safe to write to or not, and the form in which two spellings of a mailbox are equal.

Nothing here repairs an address: what is not plainly right is not deliverable, and a person looks at it.
"""

from __future__ import annotations

import re

_ATEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_LOCAL_CAP, _DOMAIN_CAP = 64, 253  # RFC 5321 section 4.5.3.1, RFC 1035 section 2.3.4


def is_deliverable(spec: str) -> bool:
    """Whether `spec` may stand in a To field and an SMTP RCPT: dot-atom @ a domain with a dot (RFC 5321 4.1.2).

    Quoted local parts, literals, comments, encoded words and anything with white space or controls are refused. The
    domain may be Unicode if it turns into A-labels and back without change; write it with `wire_form`.
    """
    return bool(wire_form(spec))


def wire_form(spec: str) -> str:
    """`spec` in ASCII as it goes into a header and to a server: local part as written, domain as A-labels; "" if not
    deliverable.
    """
    local, at, domain = spec.rpartition("@")
    if not at or len(local) > _LOCAL_CAP or "=?" in local or not _ATEXT.fullmatch(local):
        return ""
    ascii_domain = _ascii_domain(domain)
    labels = ascii_domain.split(".")
    if len(labels) < 2 or len(ascii_domain) > _DOMAIN_CAP or labels[-1].isdigit():
        return ""
    return f"{local}@{ascii_domain}" if all(map(_LABEL.fullmatch, labels)) else ""


def canonical(spec: str) -> str:
    """The form in which two spellings of one mailbox are equal; idempotent, any text in, never raises.

    Case folded, domain as A-labels, "+tag" dropped, and for Gmail the dots too (googlemail.com is gmail.com). Only for
    comparing: never write to the result.
    """
    local, at, domain = spec.strip().casefold().rpartition("@")
    if not at:
        return domain
    domain = domain.rstrip(".")
    domain = _ascii_domain(domain) or domain
    if domain in _GMAIL:
        domain = "gmail.com"
    if not local.startswith('"'):
        local = local.partition("+")[0] or local
        if domain == "gmail.com":
            local = local.replace(".", "") or local
    return f"{local}@{domain}"


def domain_of(spec: str) -> str:
    """The domain in lower case and as A-labels where that is possible; "" when there is none."""
    domain = spec.rpartition("@")[2].strip().lower().rstrip(".") if "@" in spec else ""
    return _ascii_domain(domain) or domain


def _ascii_domain(domain: str) -> str:
    """Lower-case A-labels, or "" when the domain does not survive the way there and back (RFC 3490 section 4).

    The way back matters: IDNA 2003 turns "straße" into "strasse", full-width letters into plain ones and other dots
    into dots, which may be another registrant's domain.
    """
    if domain.isascii():
        return domain.lower()
    if len(domain) > _DOMAIN_CAP:
        return ""
    lowered = domain.lower()
    try:
        converted = lowered.encode("idna").decode("ascii")
        back = converted.encode("ascii").decode("idna")
    except UnicodeError:
        return ""
    return converted if back == lowered else ""
