"""Which form mails may be believed: every kind of sender, with every word of our own mail server."""

from __future__ import annotations

import pytest

from tests.support.emails import address, email, rules
from triage.core.email import Email
from triage.core.rules import Rules
from triage.core.signal import Authenticity
from triage.forms.reading import FormReading
from triage.forms.trust import is_trusted

PASS, NONE, FAIL = Authenticity.PASS, Authenticity.NONE, Authenticity.FAIL
SITE = "website@lakeside.example.com"
LISTED = rules(form_senders=(SITE,))
OWN = FormReading("contact-form-7", 0.95, email="ann@example.com")
HOSTED = FormReading("jotform", 0.95, email="ann@example.com")
OUR_WORD = (("Authentication-Results", "mx.lakeside.example.com 1; dmarc=pass header.from=lakeside.example.com"),)


def registrable(domain: str) -> str:
    return ".".join(domain.split(".")[-2:]) if domain.endswith((".com", ".io")) else domain


def trusted(mail: Email, reading: FormReading, practice: Rules, authenticity: Authenticity) -> bool:
    return is_trusted(mail, reading, practice, authenticity, registrable)


def from_(sender: str, **more: object) -> Email:
    return email(from_=(address(sender),), **more)


@pytest.mark.parametrize(("authenticity", "believed"), [(PASS, True), (NONE, True), (FAIL, False)])
def test_an_allowed_site_is_believed_unless_found_forged(authenticity: Authenticity, believed: bool) -> None:
    """Without an authserv-id our server says nothing, and the list decides."""
    assert trusted(from_(SITE), OWN, LISTED, authenticity) is believed


def test_where_our_server_speaks_it_must_say_pass() -> None:
    """With an authserv-id, a message that carries our server's word needs a pass; local mail without it does not."""
    practice = rules(form_senders=(SITE,), authserv_id="MX.lakeside.example.com")
    stamped = from_(SITE, headers=OUR_WORD)
    assert trusted(stamped, OWN, practice, PASS)
    assert not trusted(stamped, OWN, practice, NONE)
    assert trusted(from_(SITE), OWN, practice, NONE)
    foreign = from_(SITE, headers=(("Authentication-Results", "(x) mx.elsewhere.example; dmarc=pass"),))
    assert trusted(foreign, OWN, practice, NONE)
    commented = from_(SITE, headers=(("Authentication-Results", "(a comment) mx.lakeside.example.com; none"),))
    assert not trusted(commented, OWN, practice, NONE)


def test_the_practices_own_domain_is_not_enough() -> None:
    """Anybody can write that; only the list counts."""
    assert not trusted(from_("somebody@lakeside.example.com"), OWN, LISTED, PASS)


def test_a_strangers_form_mail_is_not_believed_however_authentic() -> None:
    """A genuine sender of a forged form is still a stranger."""
    assert not trusted(from_("mallory@example.org"), OWN, LISTED, PASS)
    assert not trusted(from_("mallory@example.org"), HOSTED, LISTED, PASS)


@pytest.mark.parametrize(("authenticity", "believed"), [(PASS, True), (NONE, False), (FAIL, False)])
def test_a_hosted_platform_needs_our_servers_pass(authenticity: Authenticity, believed: bool) -> None:
    """From its own domain or below it; nothing said is not enough."""
    assert trusted(from_("noreply@jotform.com"), HOSTED, rules(), authenticity) is believed
    assert trusted(from_("noreply@mail.jotform.com"), HOSTED, rules(), authenticity) is believed


def test_a_platforms_mail_from_another_platforms_domain_is_not_believed() -> None:
    """The domain must belong to the system that was recognised."""
    assert not trusted(from_("noreply@formspree.io"), HOSTED, rules(), PASS)
    assert not trusted(from_("noreply@jotform.com"), OWN, rules(), PASS)


def test_a_platform_address_that_the_practice_listed_is_like_its_own_site() -> None:
    """For practices whose server gives no authentication results."""
    practice = rules(form_senders=("noreply@jotform.com",))
    assert trusted(from_("noreply@jotform.com"), HOSTED, practice, NONE)
    assert not trusted(from_("noreply@jotform.com"), HOSTED, practice, FAIL)


def test_two_senders_are_nobody() -> None:
    """A From field with two addresses is never believed."""
    both = email(from_=(address("noreply@jotform.com"), address("mallory@example.org")))
    assert not trusted(both, HOSTED, rules(form_senders=("noreply@jotform.com",)), PASS)


def test_what_a_stranger_forwards_is_not_believed() -> None:
    """Only a listed person may forward a form."""
    forwarded = FormReading("jotform", 0.95, email="ann@example.com", forwarded=True)
    assert not trusted(from_("mallory@jotform.com"), forwarded, rules(), PASS)
    assert trusted(from_(SITE), forwarded, LISTED, PASS)
