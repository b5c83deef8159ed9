"""Senders that imitate somebody: a display name that carries another address, a domain in disguise.

A finding never proves bad intent; it only means that nobody is answered automatically.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from triage.core.address import canonical, domain_of
from triage.core.email import Address
from triage.screening.spelling import fold

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'@]{1,64}@[^\s<>()\[\],;:\"'@]{1,255}")
_AS_SEEN = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("-", ""))


def imitation(sender: Address, own_addresses: Iterable[str]) -> str:
    """Why the sender looks like somebody else, as the name of a rule; "" if it does not."""
    own = tuple(own_addresses)
    if any(canonical(found) != canonical(sender.spec) for found in _addresses_in(sender.display)):
        return "display name carries another address"
    domain = domain_of(sender.spec)
    shown = _as_unicode(domain)
    if any(_mixed(label) for label in shown.split(".")):
        return "domain mixes scripts"
    own_domains = {domain_of(address) for address in own} - {""}
    if domain not in own_domains and any(_seen(shown) == _seen(one) for one in own_domains):
        return "domain looks like ours"
    return ""


def _addresses_in(display: str) -> Iterator[str]:
    return (match[0].rstrip(".") for match in _ADDRESS.finditer(display[:1000]))


def _as_unicode(domain: str) -> str:
    """The domain as a person sees it: A-labels decoded (RFC 3492), undecodable ones as written."""
    labels = []
    for label in domain.split("."):
        if label.startswith("xn--"):
            try:
                labels.append(label[4:].encode("ascii").decode("punycode"))
                continue
            except (UnicodeError, ValueError, OverflowError):
                pass
        labels.append(label)
    return ".".join(labels)


def _mixed(label: str) -> bool:
    """Letters of several scripts in one label, or a label that is Latin only to the eye (UTS 39 section 5)."""
    if label.isascii():
        return False
    letters = [char for char in label if char.isalpha()]
    scripts = {unicodedata.name(char, "UNKNOWN").split(" ")[0] for char in letters}
    east_asian = scripts <= {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "LATIN"}
    if len(scripts) > 1 and not east_asian:
        return True
    return bool(letters) and scripts & {"CYRILLIC", "GREEK"} != set() and fold(label).isascii()


def _seen(domain: str) -> str:
    seen = fold(domain)
    for trick, plain in _AS_SEEN:
        seen = seen.replace(trick, plain)
    return seen
