"""How two addresses compare: the same mailbox, a slip of the fingers, the same local part elsewhere, or nothing.

Works on canonical forms (`core.address.canonical`). It must never call two mailboxes the same because they look alike.
"""

from __future__ import annotations

from enum import StrEnum

from triage.matching.near import one_slip, slip
from triage.matching.nicknames import related
from triage.matching.vocabulary import PROVIDERS, RELAYS, ROLES

_SHORTEST_LOCAL = 5


class AddressAgreement(StrEnum):
    """How the reply address compares with the form's."""

    SAME = "same"
    DOMAIN_TYPO = "domain_typo"
    LETTER_TYPO = "letter_typo"
    DIGIT_TYPO = "digit_typo"
    SHORT_TYPO = "short_typo"
    SEPARATOR = "separator"
    LOCAL_PART = "local_part"
    NOTHING_TOLD = "nothing_told"
    DIFFERENT = "different"


def is_relay(address: str) -> bool:
    """Whether a canonical address belongs to a forwarding service that hides the real one."""
    domain = address.rpartition("@")[2]
    return domain in RELAYS or domain.endswith(".mozmail.com")


def skeleton(address: str) -> str:
    """The local part without its dots; "" for relays and for local parts too short or common to tell anything."""
    local = address.rpartition("@")[0].replace(".", "")
    return "" if len(local) < _SHORTEST_LOCAL or local in ROLES or is_relay(address) else local


def domain_typo(typed: str, real: str) -> bool:
    """Whether `typed` is a slip of the known provider `real`, and no provider itself."""
    if real not in PROVIDERS or typed in PROVIDERS or not typed:
        return False
    return one_slip(typed, real) or typed.partition(".")[0] == real.partition(".")[0]


def compare_addresses(reply: str, form: str) -> AddressAgreement:
    """How the canonical reply address compares with the form's; only the form's may be the mistyped one.

    Addresses that differ in a digit, a dot or a dash are often those of two people of one name; so are short ones.
    """
    if not reply or not form:
        return AddressAgreement.NOTHING_TOLD
    if reply == form:
        return AddressAgreement.SAME
    if is_relay(reply) or is_relay(form):
        return AddressAgreement.NOTHING_TOLD
    (mine, my_domain), (theirs, their_domain) = _parts(reply), _parts(form)
    if not mine or not theirs or mine in ROLES:
        return AddressAgreement.DIFFERENT
    if mine == theirs:
        if domain_typo(their_domain, my_domain):
            return AddressAgreement.DOMAIN_TYPO
        if my_domain == their_domain:
            return AddressAgreement.SEPARATOR
        return AddressAgreement.LOCAL_PART if skeleton(reply) else AddressAgreement.DIFFERENT
    changed = slip(mine, theirs) if my_domain == their_domain else None
    if changed is None:
        return AddressAgreement.DIFFERENT
    if any(letter.isdigit() for letter in changed[0] + changed[1]):
        return AddressAgreement.DIGIT_TYPO
    if not any(letter.isalpha() for letter in changed[0] or changed[1]):
        return AddressAgreement.SEPARATOR
    long_enough = min(len(mine), len(theirs)) >= _SHORTEST_LOCAL
    return AddressAgreement.LETTER_TYPO if long_enough else AddressAgreement.SHORT_TYPO


def _parts(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@")
    return local.replace(".", ""), domain


def distinctive(address: str, name_tokens: frozenset[str]) -> bool:
    """Whether the local part holds five letters or more beside those names and their pet forms."""
    local = "".join(letter for letter in skeleton(address) if letter.isalpha())
    names = sorted((token for token in name_tokens if len(token) > 1), key=lambda token: (-len(token), token))
    for token in names:
        local = local.replace(token, "", 1)
    pet_form = next((end for end in range(len(local), 2, -1) if any(related(local[:end], name) for name in names)), 0)
    return len(local) - pet_form >= 5
