"""The positive conditions for an automatic reply: each one that is not met is a signal.

What is doubtful is never repaired here: a person looks at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from triage.core.address import canonical, domain_of, is_deliverable
from triage.core.email import Email
from triage.core.rules import Rules
from triage.core.signal import Authenticity, Signal, SignalKind
from triage.core.words import Words
from triage.screening.assess import Assessment
from triage.screening.authenticity import dmarc_passed
from triage.screening.lookalike import imitation

_S = SignalKind
_SEALED = frozenset({"multipart/encrypted", "application/pgp-encrypted"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_NULL_LOCALS = frozenset({"mailer-daemon"})


def addressing(email: Email, rules: Rules, *, assume_addressed: bool) -> Iterator[Signal]:
    """Condition 1, and how many others it went to."""
    everyone = (*email.to, *email.cc, *email.resent)
    ours = [address for address in everyone if is_ours(address.spec, rules)]
    if not ours and not assume_addressed:
        yield Signal(_S.NOT_ADDRESSED, "RFC 3834 section 2; RFC 5230 section 4.5")
    others = {canonical(address.spec) for address in everyone if not is_ours(address.spec, rules)}
    if len(others) > rules.max_recipients:
        yield Signal(_S.MANY_RECIPIENTS, "more recipients than TRIAGE allows")


def sender(email: Email, rules: Rules) -> Iterator[Signal]:
    """Conditions 2 and 4: exactly one valid From mailbox, not ours, and answers go there."""
    if not email.from_:
        yield Signal(_S.FROM_MISSING, "RFC 5322 section 3.6.2")
        return
    if len(email.from_) > 1 or len(email.all_headers("from")) > 1:
        yield Signal(_S.FROM_MULTIPLE, "RFC 5322 section 3.6.2")
    if not is_deliverable(email.sender.spec):
        yield Signal(_S.FROM_INVALID, "RFC 5321 section 4.1.2")
    if any(is_ours(address.spec, rules) for address in email.from_):
        yield Signal(_S.OWN_ADDRESS, "TRIAGE_OWN_ADDRESSES")
    reply_to = {canonical(address.spec) for address in email.reply_to}
    if reply_to - {canonical(email.sender.spec)}:
        yield Signal(_S.REPLY_TO_DIFFERS, "RFC 3834 section 4")
    disguise = imitation(email.sender, rules.own_addresses)
    if disguise:
        yield Signal(_S.LOOKALIKE, disguise)


def is_ours(spec: str, rules: Rules) -> bool:
    """Whether an address is one of the practice's, in any spelling of the same mailbox."""
    return rules.is_own(spec) or canonical(spec) in {canonical(own) for own in rules.own_addresses}


def return_path(
    email: Email, rules: Rules, organisational_domain: Callable[[str], str], *, assume_authentic: bool
) -> Iterator[Signal]:
    """Condition 3: a return path that fits the sender (RFC 3834 section 2; RFC 5321 section 4.4)."""
    path = email.return_path
    if path is not None and (path.strip() in ("", "<>") or path.rpartition("@")[0].lower() in _NULL_LOCALS):
        yield Signal(_S.NULL_RETURN_PATH, "RFC 5321 section 4.5.5; RFC 3834 section 2")
    elif assume_authentic or not email.from_:
        return
    elif path is None:
        yield Signal(_S.RETURN_PATH_MISSING, "RFC 5321 section 4.4")
    elif canonical(path) != canonical(email.sender.spec):
        ours, theirs = domain_of(email.sender.spec), domain_of(path)
        same = bool(theirs) and organisational_domain(ours) == organisational_domain(theirs)
        if not same:
            yield Signal(_S.RETURN_PATH_DIFFERS, "another organisation's domain")
        elif not dmarc_passed(email, rules.authserv_id, organisational_domain):
            yield Signal(_S.RETURN_PATH_DIFFERS, "another address, and no DMARC pass")


def genuine(verdict: Authenticity) -> Iterator[Signal]:
    """Condition 5."""
    if verdict is Authenticity.FAIL:
        yield Signal(_S.AUTHENTICITY_FAIL, "RFC 8601")


def readable(email: Email, words: Words, said: Assessment, rules: Rules) -> Iterator[Signal]:
    """Condition 6: a human text in a language for which letters exist."""
    if _is_sealed(email):
        yield Signal(_S.ENCRYPTED, "RFC 1847, RFC 8551, RFC 9580")
    elif not any(char.isalpha() for char in words.own):
        yield Signal(_S.NO_TEXT, "no words of its own")
    elif said.foreign or (said.language and said.language not in rules.languages):
        yield Signal(_S.LANGUAGE_UNKNOWN, said.language or "unknown script")


def _is_sealed(email: Email) -> bool:
    for part in email.parts:
        if part.media_type in _SEALED:
            return True
        if part.media_type in _SMIME and part.parameter("smime-type").lower() != "signed-data":
            return True
    return email.text.lstrip().startswith("-----BEGIN PGP MESSAGE-----")
