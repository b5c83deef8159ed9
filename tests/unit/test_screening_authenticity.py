"""Authentication-Results as RFC 8601 writes them: comments, folding, quotes; which field counts, and forgeries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.emails import address, email, rules
from tests.support.lexicon import kinds, organisational_domain, screened
from triage.core.signal import Authenticity
from triage.screening import authenticity
from triage.screening.authresults import read_auth_results

OURS = "mx.lakeside.example.com"
HOP = ("received", f"from mail.example.org (mail.example.org [192.0.2.1]) by {OURS} with ESMTPS; Tue, 4 Mar 2025")
FOREIGN = ("received", "from phone.example.org by mail.example.org with ESMTPSA; Tue, 4 Mar 2025")
FROM = ("from", "Maria Lopez <maria.lopez@example.org>")
PASS = f"{OURS}; dmarc=pass (p=none) header.from=example.org"


def verdict(*headers: tuple[str, str], authserv_id: str = OURS, **overrides: object) -> Authenticity:
    return authenticity(email(all_headers=headers, **overrides), authserv_id, organisational_domain)


def results(value: str) -> Authenticity:
    return verdict(HOP, ("authentication-results", f"{OURS}; {value}"), FOREIGN, FROM)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("dmarc=pass header.from=example.org", Authenticity.PASS),
        ("dmarc=pass", Authenticity.PASS),
        ("DMARC=PASS header.from=EXAMPLE.ORG", Authenticity.PASS),
        ("dmarc=pass header.from=mail.example.org", Authenticity.PASS),
        ("dmarc=pass header.from=example.net", Authenticity.FAIL),
        ("dmarc=fail (p=none) header.from=example.org", Authenticity.FAIL),
        ("dmarc=fail; dkim=pass header.d=example.org", Authenticity.FAIL),
        ("dmarc=pass header.from=example.org; dmarc=fail", Authenticity.FAIL),
        ("dmarc=none header.from=example.org", Authenticity.NONE),
        ("dmarc=temperror; dkim=pass header.d=example.org", Authenticity.PASS),
        ("dkim=pass header.d=example.org", Authenticity.PASS),
        ("dkim=pass header.i=@mail.example.org", Authenticity.PASS),
        ("dkim=pass header.d=mailer.example.net", Authenticity.NONE),
        ("dkim=pass header.d=mailer.example.net; dkim=pass header.d=example.org", Authenticity.PASS),
        ("dkim=fail header.d=example.org; spf=pass smtp.mailfrom=maria.lopez@example.org", Authenticity.PASS),
        ("spf=pass smtp.mailfrom=bounce@example.net", Authenticity.NONE),
        ("spf=pass smtp.helo=example.org", Authenticity.NONE),
        ("spf=fail smtp.mailfrom=example.org", Authenticity.FAIL),
        ("spf=softfail smtp.mailfrom=example.org", Authenticity.NONE),
        ("spf=fail smtp.mailfrom=example.org; dkim=pass header.d=example.org", Authenticity.PASS),
        ("none", Authenticity.NONE),
        ("x-new-method=pass header.from=example.org", Authenticity.NONE),
        ("dmarc=bestguesspass header.from=example.org", Authenticity.NONE),
        ('dmarc=pass reason="policy; ok" header.from="example.org"', Authenticity.PASS),
        ("dmarc (a; dmarc=fail) = (b (nested)) pass (c) header.from (d) = example.org", Authenticity.PASS),
        ("dkim/1=pass header.d=example.org", Authenticity.PASS),
        ("spf=none; (dmarc=pass header.from=example.org)", Authenticity.NONE),
        ('spf=none reason="dmarc=pass; dkim=pass header.d=example.org"', Authenticity.NONE),
        ("dmarc=pass header.from=example.org;;;", Authenticity.PASS),
        ("dmarc pass header.from=example.org", Authenticity.NONE),
    ],
)
def test_what_our_server_wrote_is_read_as_the_rfc_says(value: str, expected: Authenticity) -> None:
    """DMARC first, then an aligned DKIM or SPF result; comments and quoted words say nothing."""
    assert results(value) is expected


def test_without_configuration_nothing_is_believed() -> None:
    """The practice has not said which server is its own."""
    assert verdict(HOP, ("authentication-results", PASS), FROM, authserv_id="") is Authenticity.NONE


def test_a_field_of_another_server_is_not_ours() -> None:
    """RFC 8601 section 5."""
    other = PASS.replace(OURS, "mx.example.net")
    assert verdict(HOP, ("authentication-results", other), FOREIGN, FROM) is Authenticity.NONE


def test_a_field_below_the_first_foreign_received_is_the_sender_s_invention() -> None:
    """It came with the message."""
    assert verdict(HOP, FOREIGN, ("authentication-results", PASS), FROM) is Authenticity.NONE


def test_a_second_field_with_our_id_is_a_forgery() -> None:
    """Our server would have removed or never written it."""
    ours = ("authentication-results", f"{OURS}; dmarc=none")
    assert verdict(HOP, ours, FOREIGN, ("authentication-results", PASS), FROM) is Authenticity.FAIL
    assert verdict(HOP, ours, ("authentication-results", PASS), FOREIGN, FROM) is Authenticity.FAIL


def test_the_id_counts_in_any_case_with_a_version_and_a_comment() -> None:
    """RFC 8601 section 2.2: authserv-id [ CFWS authres-version ]."""
    field = f"(x) {OURS.upper()} 1 (y); dmarc=pass header.from=example.org"
    assert verdict(HOP, ("authentication-results", field), FOREIGN, FROM) is Authenticity.PASS


def test_a_folded_field_is_read_whole() -> None:
    """Unfolding may leave tabs and several spaces."""
    assert (
        results("\t  spf=pass\r\n\tsmtp.mailfrom=example.org;\r\n   dmarc=pass\theader.from=example.org")
        is Authenticity.PASS
    )


def test_hops_inside_our_own_house_are_not_foreign() -> None:
    """Content filter, delivery agent and private names stand above the field."""
    inside = [
        ("received", f"from localhost by {OURS} with LMTP; Tue, 4 Mar 2025"),
        ("received", "by 2002:a05:7300:0:0:0:0:0 with SMTP id x; Tue, 4 Mar 2025"),
        ("received", "from mx by store7.internal with LMTP; Tue, 4 Mar 2025"),
        ("received", "from mx by imap.lakeside.example.com (Dovecot) with LMTP; Tue, 4 Mar 2025"),
    ]
    assert verdict(*inside, ("authentication-results", PASS), HOP, FOREIGN, FROM) is Authenticity.PASS


def test_several_senders_never_pass() -> None:
    """Nobody can vouch for two From mailboxes, or for two From fields."""
    two = (address("maria.lopez@example.org"), address("ann@example.org"))
    assert verdict(HOP, ("authentication-results", PASS), FROM, from_=two) is Authenticity.NONE
    assert verdict(HOP, ("authentication-results", PASS), FROM, FROM) is Authenticity.NONE


def test_exchange_online_is_read_by_position() -> None:
    """Its field has no id; the topmost above the first foreign hop counts, and a second one there is a forgery."""
    written = (
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org; "
        "dmarc=pass action=none header.from=example.org;compauth=pass reason=100"
    )
    hop = ("received", "from mail.example.org by BN8.mail.protection.outlook.com with HTTPS; Tue, 4 Mar 2025")
    inside = ("received", "from A.namprd.prod.outlook.com by B.namprd.prod.outlook.com with HTTPS; Tue, 4 Mar 2025")
    field = ("authentication-results", written)
    assert verdict(inside, field, hop, FOREIGN, FROM, authserv_id="exchange-online") is Authenticity.PASS
    assert verdict(inside, FOREIGN, field, FROM, authserv_id="exchange-online") is Authenticity.NONE
    failed = ("authentication-results", written.replace("compauth=pass", "compauth=fail"))
    assert verdict(inside, failed, FROM, authserv_id="exchange-online") is Authenticity.FAIL


def test_a_forged_sender_is_a_signal() -> None:
    """And the answer is no letter."""
    mail = email(all_headers=[HOP, ("authentication-results", f"{OURS}; dmarc=fail"), FOREIGN, FROM])
    assert "authenticity_fail" in kinds(mail, rules=rules(authserv_id=OURS))


def test_a_lookalike_never_passes() -> None:
    """Even if its own domain vouches for it."""
    mail = email(
        all_headers=[HOP, ("authentication-results", PASS), FOREIGN, FROM],
        from_=(address("maria.lopez@example.org", "billing@bank.example.com"),),
    )
    assert screened(mail, rules=rules(authserv_id=OURS)).authenticity is Authenticity.NONE


@given(st.text(alphabet='abc=;()" \\.@/\t', max_size=200))
def test_no_field_breaks_the_reader(value: str) -> None:
    """Whatever a stranger writes, a value comes out."""
    assert read_auth_results(value).results is not None
