"""No machine is answered and no person is taken for one: headers, structure and senders, table driven."""

from __future__ import annotations

import pytest

from tests.support.emails import PRACTICE, address, email
from tests.support.lexicon import kinds
from triage.core.email import Part
from triage.screening.machine_headers import TABLE
from triage.screening.senders import machine_sender

ROBOT = "Job 4711 ended.\nDuration 3 s\nResult good\nDisk 80 %\nNext run 04:00\nNode seven\n"


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("Auto-Submitted", "auto-replied", "auto_submitted"),  # RFC 3834 section 5
        ("Auto-Submitted", "Auto-Generated", "auto_submitted"),
        ("auto-submitted", "auto-notified; owner-email=x@example.org", "auto_submitted"),  # RFC 5436
        ("Auto-Submitted", "(comment) auto-replied (vacation)", "auto_submitted"),
        ("Auto-Submitted", "something-new", "auto_submitted"),
        ("Auto-Submitted", "", "auto_submitted"),
        ("Precedence", "bulk", "bulk"),  # RFC 3834 section 2
        ("Precedence", "JUNK", "bulk"),
        ("Precedence", "list", "mailing_list"),
        ("Precedence", "auto_reply", "out_of_office"),
        ("List-Id", "<news.example.org>", "mailing_list"),  # RFC 2919; RFC 5230 section 4.6
        ("List-Unsubscribe", "<https://example.org/u>", "mailing_list"),  # RFC 2369
        ("List-Post", "NO", "mailing_list"),
        ("X-Mailing-List", "x", "mailing_list"),
        ("Mailing-List", "contact x-help@example.org", "mailing_list"),
        ("X-ML-Name", "x", "mailing_list"),
        ("X-Autoreply", "yes", "out_of_office"),
        ("X-Autorespond", "subject", "out_of_office"),
        ("X-Failed-Recipients", "x@example.org", "bounce"),
        ("X-Auto-Response-Suppress", "All", "auto_submitted"),
        ("X-Auto-Response-Suppress", "DR, RN", "auto_submitted"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply", "auto_submitted"),
        ("X-Loop", "x@example.org", "auto_submitted"),
        ("X-Ack", "no", "auto_submitted"),
        ("Feedback-ID", "1:2:3:x", "bulk"),
        ("X-Triage-Loop", "anything", "own_loop"),
        ("X-RSS-URL", "https://example.org/feed", "newsletter"),
    ],
)
def test_a_machine_s_header_is_a_signal(name: str, value: str, kind: str) -> None:
    """RFC 3834 sections 2 to 5, RFC 5230 section 4.6 and what mail programs write besides."""
    assert kind in kinds(email([(name, value)], text=ROBOT))


def test_every_row_of_the_table_names_its_source() -> None:
    """The table is the checklist."""
    assert all(rule.source and rule.field == rule.field.lower() for rule in TABLE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "no"),
        ("Auto-Submitted", " No (really) "),
        ("Auto-Submitted", "no; x=y"),
        ("Precedence", "normal"),
        ("Precedence", "first-class"),
        ("X-Auto-Response-Suppress", "none"),
        ("X-Ack", "yes"),
        ("X-Autoreply", "no"),
        ("Importance", "high"),
        ("X-Priority", "1"),
        ("X-MS-Exchange-Organization-AuthAs", "Anonymous"),
        ("X-MS-Has-Attach", ""),
        ("X-Mailer", "iPhone Mail (21E236)"),
        ("X-Originating-IP", "[192.0.2.7]"),
        ("X-Google-Smtp-Source", "abc"),
        ("Thread-Index", "AQ=="),
        ("Disposition-Notification-To", "maria.lopez@example.org"),
        ("Delivered-To", PRACTICE),
    ],
)
def test_an_ordinary_header_is_none(name: str, value: str) -> None:
    """What people's mail programs write."""
    assert kinds(email([(name, value)])) == set()


def test_several_auto_submitted_fields_are_automatic_if_one_is() -> None:
    """A first "no" does not clear the second."""
    assert "auto_submitted" in kinds(email([("auto-submitted", "no"), ("auto-submitted", "auto-replied")]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
        ("Feedback-ID", "1:2:3:x"),
        ("X-Loop", "forwarded"),
        ("List-Id", "<hello.lakeside.example.com>"),
        ("List-Post", f"<mailto:{PRACTICE}>"),
    ],
)
def test_a_person_s_mail_marked_on_its_way_is_held_not_dropped(name: str, value: str) -> None:
    """Rules of Microsoft 365 mark forwarded mail; a practice's own group marks everybody's."""
    assert kinds(email([(name, value)])) == {"marked_automatic"}


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("Auto-Submitted", "auto-replied", "auto_submitted"),
        ("List-Id", "<support.example.net>", "mailing_list"),
        ("Precedence", "bulk", "bulk"),
        ("X-Autoreply", "yes", "out_of_office"),
    ],
)
def test_what_no_person_sends_stays_a_machine_s(name: str, value: str, kind: str) -> None:
    """However human the text."""
    assert kinds(email([(name, value)])) == {kind}


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (Part("multipart/report", parameters=(("report-type", "delivery-status"),)), "bounce"),
        (Part("multipart/report", parameters=(("report-type", "disposition-notification"),)), "read_receipt"),
        (Part("multipart/report", parameters=(("report-type", "feedback-report"),)), "abuse_report"),
        (Part("multipart/report"), "bounce"),
        (Part("message/delivery-status"), "bounce"),
        (Part("message/disposition-notification"), "read_receipt"),
        (Part("message/feedback-report"), "abuse_report"),
        (Part("text/calendar", parameters=(("method", "REQUEST"),)), "calendar"),
    ],
)
def test_a_machine_s_structure_is_a_signal(part: Part, kind: str) -> None:
    """RFC 6522, RFC 3464, RFC 8098, RFC 5965, RFC 6047."""
    assert kinds(email(parts=(part,))) == {kind}


def test_an_attached_calendar_without_method_is_a_file() -> None:
    """A patient may send an .ics."""
    assert kinds(email(parts=(Part("text/plain"), Part("text/calendar", "attachment", "a.ics")))) == set()


@pytest.mark.parametrize(
    ("local", "kind"),
    [
        *(
            (one, "bounce")
            for one in ("MAILER-DAEMON", "mailer-daemon", "bounce+x=y", "bounces", "list-bounces", "prvs=1=x")
        ),
        *((one, "mailing_list") for one in ("owner-news", "news-request", "x-owner")),
        *(
            (one, "role_sender")
            for one in ("noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "NoReply42")
        ),
        *(
            (one, "role_sender")
            for one in ("postmaster", "LISTSERV", "majordomo", "root", "notifications", "newsletter")
        ),
        *(
            (one, "role_sender")
            for one in ("account-noreply", "noreply-dmarc-support", "alerts", "rssfeeds", "no.responder")
        ),
    ],
)
def test_an_address_nobody_reads_is_a_signal(local: str, kind: str) -> None:
    """RFC 3834 section 2; RFC 5230 section 4.6."""
    found = machine_sender(local)
    assert found is not None
    assert found.value == kind
    assert kind in kinds(email(from_=(address(f"{local}@example.org"),)))


@pytest.mark.parametrize(
    "local",
    [
        *("info", "office", "contact", "admin", "sales", "hello", "maria.lopez", "support", "team", "reception"),
        *(
            "botley",
            "newsome",
            "listman",
            "rootham",
            "bounceback.betty",
            "ann.owner-smith",
            "request",
            "owner",
            "dr.no",
        ),
    ],
)
def test_info_and_office_and_odd_names_are_persons(local: str) -> None:
    """Nobody is silenced for a name."""
    assert machine_sender(local) is None


def test_our_own_letter_that_comes_back_is_a_loop() -> None:
    """Message-ID of ours; a stranger's <triage.…> is not."""
    assert "own_loop" in kinds(email(message_id="<triage.0123abcd@lakeside.example.com>"))
    assert "own_loop" not in kinds(email(message_id="<triage.0123abcd@example.org>"))


def test_a_mail_delivered_to_us_twice_is_looked_at_by_staff() -> None:
    """Perhaps a loop, perhaps an alias: no letter, no silence."""
    assert kinds(email([("delivered-to", PRACTICE), ("delivered-to", PRACTICE)])) == {"marked_automatic"}
