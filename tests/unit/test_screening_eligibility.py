"""The positive conditions for an automatic reply, each broken on its own."""

from __future__ import annotations

import pytest

from tests.support.emails import PERSON, PRACTICE, address, email, rules
from tests.support.lexicon import kinds, screened
from triage.core.email import Part
from triage.core.signal import Authenticity

OURS = "mx.lakeside.example.com"


def authenticated(value: str) -> list[tuple[str, str]]:
    return [("authentication-results", f"{OURS}; {value}"), ("from", f"Maria <{PERSON}>")]


def test_an_ordinary_mail_has_no_signal() -> None:
    """The default of the factory: eligible."""
    found = screened(email())
    assert found.signals == ()
    assert found.language == "en"
    assert found.topic == "inquiry"


@pytest.mark.parametrize("field", ["to", "cc", "resent"])
def test_an_own_address_in_to_cc_or_resent_makes_it_addressed(field: str) -> None:
    """Condition 1; RFC 5230 section 4.5."""
    elsewhere = {"to": (address("someone@example.org"),)}
    assert "not_addressed" not in kinds(email(**(elsewhere | {field: (address(PRACTICE.upper()),)})))


def test_a_blind_copy_is_not_addressed_unless_assumed() -> None:
    """Bcc only: a person looks."""
    blind = email(to=(address("someone@example.org"),))
    assert "not_addressed" in kinds(blind)
    assert kinds(blind, assume_addressed=True) == set()


@pytest.mark.parametrize(
    ("overrides", "kind"),
    [
        ({"from_": (), "return_path": PERSON}, "from_missing"),
        ({"from_": (address(PERSON), address("ann@example.org"))}, "from_multiple"),
        ({"from_": (address("maria@localhost"),)}, "from_invalid"),
        ({"from_": (address("a..b@example.org"),)}, "from_invalid"),
        ({"from_": (address(PRACTICE),)}, "own_address"),
        ({"from_": (address("Hello+x@Lakeside.Example.com"),)}, "own_address"),
        ({"reply_to": (address("other@example.net"),)}, "reply_to_differs"),
        ({"reply_to": (address(PERSON), address("other@example.net"))}, "reply_to_differs"),
        ({"return_path": None}, "return_path_missing"),
        ({"return_path": ""}, "null_return_path"),
        ({"return_path": "MAILER-DAEMON@example.org"}, "null_return_path"),
        ({"return_path": "maria@example.net"}, "return_path_differs"),
        ({"return_path": "other@example.org"}, "return_path_differs"),
        ({"return_path": "garbage"}, "return_path_differs"),
    ],
)
def test_a_sender_that_is_not_plain_is_a_signal(overrides: dict[str, object], kind: str) -> None:
    """Conditions 2 to 4."""
    assert kind in kinds(email(**overrides))


def test_two_from_fields_are_several_senders() -> None:
    """RFC 5322 section 3.6 allows one."""
    assert "from_multiple" in kinds(email([("from", "ann@example.org")]))


def test_a_reply_to_that_is_the_sender_in_another_spelling_is_fine() -> None:
    """Case and tags make no other mailbox."""
    assert kinds(email(reply_to=(address("Maria.Lopez+x@EXAMPLE.org"),))) == set()


def test_another_return_path_of_the_same_organisation_needs_dmarc() -> None:
    """Condition 3: forwarders and providers rewrite it."""
    path = "bounces-1@mail.example.org"
    good = email(all_headers=authenticated("dmarc=pass header.from=example.org"), return_path=path)
    weak = email(all_headers=authenticated("dkim=pass header.d=example.org"), return_path=path)
    assert "return_path_differs" not in kinds(good, rules=rules(authserv_id=OURS))
    assert "return_path_differs" in kinds(weak, rules=rules(authserv_id=OURS))


def test_assuming_authenticity_skips_all_but_the_null_return_path() -> None:
    """The machine filter alone is seen."""
    assert kinds(email(return_path=None), assume_authentic=True) == set()
    assert kinds(email(return_path="x@example.net"), assume_authentic=True) == set()
    assert "null_return_path" in kinds(email(return_path=""), assume_authentic=True)
    assert screened(email(), assume_authentic=True).authenticity is Authenticity.PASS


def test_many_recipients_are_a_signal() -> None:
    """Our own addresses do not count."""
    others = tuple(address(f"person{number}@example.org") for number in range(11))
    assert "many_recipients" in kinds(email(cc=others))
    assert "many_recipients" not in kinds(email(cc=others[:10]))


@pytest.mark.parametrize(
    "overrides",
    [
        {"parts": (Part("multipart/encrypted"),)},
        {"parts": (Part("application/pkcs7-mime", parameters=(("smime-type", "enveloped-data"),)),)},
        {"text": "-----BEGIN PGP MESSAGE-----\nabc\n"},
    ],
)
def test_encrypted_mail_is_a_signal(overrides: dict[str, object]) -> None:
    """Nothing of it can be read."""
    assert "encrypted" in kinds(email(**overrides))


@pytest.mark.parametrize(
    "text", ["", "   \n", "\n\nOn Monday, Ann wrote:\n> hello there\n", "-- \nMaria Lopez\n", "???"]
)
def test_mail_without_own_words_is_a_signal(text: str) -> None:
    """Condition 6: picture only, quote only, signature only."""
    assert "no_text" in kinds(email(text=text))


@pytest.mark.parametrize("text", ["Gracias", "Hi, please send info", "ok", "Thanks\n\nSent from my iPhone"])
def test_a_few_words_are_enough(text: str) -> None:
    """Short is not empty."""
    assert kinds(email(subject="Hello", text=text)) == set()
