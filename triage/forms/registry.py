"""Every form system that triage knows, in the order asked, and the one question: is this email a form mail?

A patient's own mail must never be taken for one. So a system's layout counts only in a mail that is no reply, no
forward and not from the very person in the form, unless the practice has allowed its sender.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from triage.core.address import canonical
from triage.core.email import Email
from triage.core.rules import Rules
from triage.forms import generic
from triage.forms.forwards import is_conversation, is_forward, original
from triage.forms.notifications import (
    basin,
    cognito,
    contact_form_7,
    drupal,
    elementor,
    formidable,
    formmail_pl,
    formspree,
    formsubmit,
    google_forms,
    gravity_forms,
    hubspot,
    jotform,
    netlify,
    ninja_forms,
    squarespace,
    tally,
    typeform,
    webflow,
    wix,
    wpforms,
)
from triage.forms.reading import OWN_ADDRESS, FormReading


@dataclass(frozen=True, slots=True)
class System:
    """One form system. `senders` are a hosted platform's addresses and domains; none for the practice's own site."""

    name: str
    recognise: Callable[[Email], bool]
    read: Callable[[Email], FormReading]
    senders: tuple[str, ...] = ()


HOSTED: tuple[System, ...] = tuple(
    System(module.SYSTEM, module.recognise, module.read, module.SENDERS)
    for module in (
        squarespace, wix, formspree, netlify, typeform, tally, webflow, jotform, hubspot, cognito, basin, formsubmit,
    )
)  # fmt: skip
"""Platforms that send from their own domain."""

OWN_SITE: tuple[System, ...] = tuple(
    System(module.SYSTEM, module.recognise, module.read)
    for module in (
        ninja_forms, wpforms, gravity_forms, elementor, formmail_pl, contact_form_7, drupal, formidable, google_forms,
    )
)  # fmt: skip
"""Systems that send from the practice's own site."""

SYSTEMS = (*HOSTED, *OWN_SITE)
PLATFORM_SENDERS: dict[str, tuple[str, ...]] = {system.name: system.senders for system in HOSTED}


def read_form(email: Email, rules: Rules, *, any_sender: bool = False) -> FormReading | None:
    """What a form mail says, or None if the email is not a form mail.

    A mail of a recognised system, or of a sender in `rules.form_senders`, that cannot be read is a reading with a
    `problem`. `any_sender` lets the generic reader try mails of senders that are not in `form_senders` (for files on
    disk); it then insists on a whole form that is not the sender's own.
    """
    for system in HOSTED:
        if system.recognise(email):
            return _of_a_visitor(system.read(email), email, rules)
    allowed = is_allowed(email, rules)
    may_forward = allowed or (any_sender and generic.is_inside(email))
    if may_forward and is_forward(email) and (inner := original(email)) is not None:
        reading = _read_own_site(inner, allowed=allowed, any_sender=any_sender)
        return replace(_of_a_visitor(reading, email, rules), forwarded=True) if reading is not None else None
    if is_conversation(email) and not allowed:
        return None
    reading = _read_own_site(email, allowed=allowed, any_sender=any_sender)
    return _of_a_visitor(reading, email, rules) if reading is not None else None


def is_allowed(email: Email, rules: Rules) -> bool:
    """Whether the From address is in `rules.form_senders`: an address, `@domain` or `domain` (that very domain)."""
    spec, domain = email.sender.spec.lower(), email.sender.domain
    if not domain or len(email.from_) != 1:
        return False
    allowed = {entry.strip().lower() for entry in rules.form_senders}
    return spec in allowed or domain in allowed or f"@{domain}" in allowed


def _read_own_site(email: Email, *, allowed: bool, any_sender: bool) -> FormReading | None:
    reading = next((system.read(email) for system in OWN_SITE if system.recognise(email)), None)
    if reading is None:
        reading = generic.read(email)
        if not allowed and not (any_sender and generic.looks_like_form(email, reading)):
            return None
    return None if not allowed and _is_the_senders_own(email, reading) else reading


def _of_a_visitor(reading: FormReading, email: Email, rules: Rules) -> FormReading:
    """The reading, or one with a problem if the address in it is the sender's or the practice's."""
    if rules.is_own(reading.email) or _is_the_senders_own(email, reading):
        return replace(reading, email="", confidence=0.0, problem=OWN_ADDRESS)
    return reading


def _is_the_senders_own(email: Email, reading: FormReading) -> bool:
    """Whether the form's person is the mail's sender: a patient's mail (only FormMail.pl sends as the visitor)."""
    if reading.system == formmail_pl.SYSTEM or not reading.email:
        return False
    return canonical(reading.email) == canonical(email.sender.spec)
