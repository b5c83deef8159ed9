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
from triage.forms.reading import NOT_READ, FormReading


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
            return system.read(email)
    allowed = is_allowed(email, rules)
    if (allowed or any_sender) and is_forward(email) and (inner := original(email)) is not None:
        return _forwarded(inner, allowed=allowed)
    if is_conversation(email) and not allowed:
        return None
    reading = _own_site(email)
    if reading is None:
        reading = generic.read(email)
        if not allowed and not (any_sender and generic.looks_like_form(reading)):
            return None
        if not reading.fields:
            return replace(reading, problem=NOT_READ)
    return None if not allowed and _is_the_senders_own(email, reading) else reading


def is_allowed(email: Email, rules: Rules) -> bool:
    """Whether the From address is in `rules.form_senders`: an address, `@domain` or `domain` (that very domain)."""
    spec, domain = email.sender.spec.lower(), email.sender.domain
    if not domain or len(email.from_) != 1:
        return False
    allowed = {entry.strip().lower() for entry in rules.form_senders}
    return spec in allowed or domain in allowed or f"@{domain}" in allowed


def _own_site(email: Email) -> FormReading | None:
    return next((system.read(email) for system in OWN_SITE if system.recognise(email)), None)


def _forwarded(inner: Email, *, allowed: bool) -> FormReading | None:
    reading = _own_site(inner)
    if reading is None:
        reading = generic.read(inner)
        if not allowed and not generic.looks_like_form(reading):
            return None
        if not reading.fields:
            reading = replace(reading, problem=NOT_READ)
    if not allowed and _is_the_senders_own(inner, reading):
        return None
    return replace(reading, forwarded=True)


def _is_the_senders_own(email: Email, reading: FormReading) -> bool:
    """Whether the form's person is the mail's sender: a patient's mail (only FormMail.pl sends as the visitor)."""
    if reading.system == formmail_pl.SYSTEM or not reading.email:
        return False
    return canonical(reading.email) == canonical(email.sender.spec)
