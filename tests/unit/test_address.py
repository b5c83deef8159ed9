"""Addresses: which may be written to, when two are one mailbox, and that no spelling in a field can trick us."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.core.address import canonical, domain_of, is_deliverable, wire_form
from triage.core.address_fields import read_addresses
from triage.core.email import Address

PIECES = [*'abAZ09.+-_@<>()[]:;,"\\ \t=?ßéİ。', "@gmail.com", "@googlemail.com", "example", ".com"]
MESSY = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@pytest.mark.parametrize(
    "spec",
    [
        "ann@example.com",
        "Ann.Perez+clinic@Mail.Example.COM",
        "o'neil@example.com",
        "x@münchen.de",
        "x@xn--mnchen-3ya.de",
        "a" * 64 + "@example.com",
    ],
)
def test_ordinary_addresses_are_deliverable(spec: str) -> None:
    """Dot-atoms at a domain with a dot, Unicode domains too."""
    assert is_deliverable(spec)


@pytest.mark.parametrize(
    "spec",
    [
        *(
            "",
            "@",
            "ann",
            "ann@",
            "@example.com",
            "ann@localhost",
            "ann@example",
            "ann@@example.com",
            "a@b@example.com",
        ),
        *("ann @example.com", "ann@exa mple.com", "ann\n@example.com", "ann@example.com\r\nBcc: x@example.com"),
        *('"ann"@example.com', "ann(c)@example.com", "ann@[192.0.2.1]", "ann@192.0.2.1", "<ann@example.com>"),
        *(".ann@example.com", "ann.@example.com", "a..b@example.com", "ann@-example.com", "ann@example-.com"),
        *("ann@.example.com", "ann@example..com", "ann@example.com.", "ann@exam_ple.com", "josé@example.com"),
        *("=?utf-8?q?x?=@example.com", "ann@straße.de", "ann@ｅxample.com", "ann@example。com", "a\x00@example.com"),
        *("a" * 65 + "@example.com", "a@" + "b" * 64 + ".com", "a@" + "b." * 130 + "com", "ann@exam\u200bple.com"),
        *("a,b@example.com", "a;b@example.com", "a:b@example.com", "a%b@[x].com"),
    ],
)
def test_anything_else_is_not_deliverable(spec: str) -> None:
    """Nothing that a server or a header might read in another way passes."""
    assert not is_deliverable(spec)


def test_the_wire_form_is_ascii() -> None:
    """A Unicode domain goes out as A-labels; the local part keeps its case."""
    assert wire_form("Ann@München.de") == "Ann@xn--mnchen-3ya.de"
    assert wire_form("nonsense") == ""


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("Ann@Example.COM", "ann@example.com"),
        ("ann+clinic@example.com", "ann@example.com"),
        ("a.n.n+x@gmail.com", "ann@gmail.com"),
        ("A.nn@GoogleMail.com", "ann@gmail.com"),
        ("a.nn@example.com", "a.nn@example.com"),
        ("+@example.com", "+@example.com"),
        ("x@München.de", "x@xn--mnchen-3ya.de"),
        ("x@example.com.", "x@example.com"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_the_canonical_form(spec: str, expected: str) -> None:
    """Case, tags, Gmail's dots and its old name do not make another mailbox; other providers' dots do."""
    assert canonical(spec) == expected


@given(st.one_of(MESSY, st.text(max_size=60)))
def test_canonical_is_idempotent_on_any_text(spec: str) -> None:
    """Applying it again changes nothing, and nothing raises."""
    once = canonical(spec)
    assert canonical(once) == once


@given(st.one_of(MESSY, st.text(max_size=60)))
def test_a_deliverable_address_is_safe_in_a_header(spec: str) -> None:
    """What passes is printable ASCII on the wire with one @ and none of a header's special characters."""
    wire = wire_form(spec)
    assert not set(wire) & set(' \r\n\t<>()[],;:"\\')
    assert wire.isascii()
    assert wire.count("@") == is_deliverable(spec)
    assert wire_form(wire) == wire


def test_the_domain_of_an_address() -> None:
    """Lower case, A-labels, "" where there is none."""
    assert [domain_of(spec) for spec in ("a@Example.COM", "a@München.de", "ann", "a@")] == [
        "example.com",
        "xn--mnchen-3ya.de",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ann@example.com", [("", "ann@example.com")]),
        ("Ann Perez <ann@example.com>", [("Ann Perez", "ann@example.com")]),
        ('"Perez, Ann (Dr.)" <ann@example.com>', [("Perez, Ann (Dr.)", "ann@example.com")]),
        ("Perez, Ann <ann@example.com>", [("Perez, Ann", "ann@example.com")]),
        ("ann@example.com (Ann Perez)", [("Ann Perez", "ann@example.com")]),
        ("<ann@example.com> (Ann (the first))", [("Ann (the first)", "ann@example.com")]),
        ("a@example.com,, b@example.com,", [("", "a@example.com"), ("", "b@example.com")]),
        ("=?utf-8?q?Jos=C3=A9?= =?utf-8?q?_M?= <j@example.com>", [("José M", "j@example.com")]),
        ('"=?utf-8?b?Sm9zw6k=?=" <j@example.com>', [("José", "j@example.com")]),
        ("=?utf-8?q?Perez,_Ann?= <ann@example.com>", [("Perez, Ann", "ann@example.com")]),
        ("ann@example.com <Ann@example.com>", [("ann@example.com", "Ann@example.com")]),
        ('"bank@example.org" <ann@example.com>', [("bank@example.org", "ann@example.com")]),
        ("<@relay.example,@other.example:ann@example.com>", [("", "ann@example.com")]),
        ("Team: a@example.com, B <b@example.com>;", [("Team", ""), ("", "a@example.com"), ("B", "b@example.com")]),
        ("undisclosed-recipients:;", [("undisclosed-recipients", "")]),
        ('"a \\"b\\" c" <ann@example.com>', [('a "b" c', "ann@example.com")]),
        ("", []),
        (" , ", []),
    ],
)
def test_what_is_right_or_harmlessly_wrong_is_read(value: str, expected: list[tuple[str, str]]) -> None:
    """RFC 5322 section 3.4, and the few liberties that cannot change the address."""
    assert read_addresses(value) == tuple(Address(*pair) for pair in expected)


@pytest.mark.parametrize(
    "value",
    [
        *("alice@example.org)<alice@example.com>", "alice@example.org]<bob@example.com>", "a@example.com>"),
        *("alice@example.org <bob@example.com>", "<a@example.com> <b@example.com>", "<a@example.com>b@example.com"),
        *('"x" <a@example.com', '"x <a@example.com>', "(x a@example.com", "x) <a@example.com>", "<a@example.com>>"),
        *("Ann ann@example.com", "ann @example.com", "a(c)@example.com", "a\x00b@example.com", "<a b@example.com>"),
        *("<a@example.com\u200b>", "a\\@example.com", "<>", "ann", "a@[192.0.2.1]", '"a b"@example.com'),
        *("=?utf-8?q?a=40evil.example?=@example.com", "=?utf-8?q?ann=40example.com?=", "a@example.com;"),
        *("Re: Ann <a@example.com>", "a: b: c@example.com;", "<a@example.com,b@example.org>", "((((" * 1000),
        *("a\r\nBcc: b@example.com", "<=?utf-8?q?a?=@example.com>", "<a@example.com (c)>"),
    ],
)
def test_what_is_dubious_is_never_deliverable(value: str) -> None:
    """CVE-2023-27043 and its kin: no trick of spelling yields an address that would be written to."""
    found = read_addresses(value)
    assert found
    assert not any(is_deliverable(address.spec) for address in found[:1])
    assert len(found) > 1 or not is_deliverable(found[0].spec)


@settings(max_examples=300)
@given(MESSY, st.sampled_from(["", "Ann ", '"Ann, P." ']))
def test_an_address_that_is_read_stands_in_the_field_as_it_is(noise: str, name: str) -> None:
    """Whatever surrounds them, deliverable results occur literally, and no control character gets through."""
    value = f"{name}<ann@example.com>{noise}"
    for address in read_addresses(value):
        assert not is_deliverable(address.spec) or address.spec in value
        assert address.display.isprintable() or "\n" not in address.display


def test_a_field_of_thousands_of_addresses_is_cut() -> None:
    """No more than 2,000 mailboxes of one field are kept."""
    assert len(read_addresses("a@example.com," * 5000)) == 2000
