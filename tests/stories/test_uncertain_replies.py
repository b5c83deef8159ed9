"""The mail server falls silent after the final dot, or the letter comes back: what the whole service makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import pytest

from tests.support.dovecot import DovecotServer
from tests.support.service import OFFICE, Service, wait_until
from tests.support.smtp_script import Act, Hang, ScriptedServer, scripted
from tests.support.written import patient

PATIENT = "nadia.brandt1@example.org"


class Clinic:
    """A service with copies to itself, a real mailbox, and a mail server that follows a script at the final dot."""

    def __init__(self, folder: Path, dovecot: DovecotServer, server: ScriptedServer, user: str) -> None:
        self.dovecot = dovecot
        self.server = server
        self.user = user
        settings = {"COPY_TO_SELF": "yes", "SMTP_DOT_TIMEOUT": "1"}
        self.service = Service.between(folder, dovecot.imap_port, user, server.port, **settings)

    def arrives(self, content: bytes) -> None:
        self.dovecot.deliver(content, self.user)

    def holds(self, folder: str) -> list[bytes]:
        """The messages of a folder."""
        with self.dovecot.client(self.user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
            return [items[b"BODY[]"] for _, items in sorted(found.items())]

    def patients_line(self) -> dict[str, Any]:
        """What the ledger says of the one patient's email."""
        return next(line for line in self.service.ledger() if line["message_id"] == "<patient-1@example.org>")

    def stands(self) -> tuple[str, str | None, str]:
        line = self.patients_line()
        return line["state"], line["reason"], line["reply_state"]


@pytest.fixture
def silent(dovecot: DovecotServer, tmp_path: Path) -> Iterator[Clinic]:
    """The server takes the first message and never says so."""
    yield from _clinic(dovecot, tmp_path, Hang(accepts=True))


@pytest.fixture
def honest(dovecot: DovecotServer, tmp_path: Path) -> Iterator[Clinic]:
    """The server takes every message and says so."""
    yield from _clinic(dovecot, tmp_path, None)


def _clinic(dovecot: DovecotServer, folder: Path, first: Act | None) -> Iterator[Clinic]:
    with scripted({"DOT": [first, None]}) as server:
        yield Clinic(folder, dovecot, server, f"{folder.name}@example.com")


def test_a_silent_server_is_found_out_by_the_copy_and_nothing_is_sent_again(silent: Clinic) -> None:
    """Uncertain after the dot; the copy that comes back proves it sent, moves to Sent, and nobody gets it twice."""
    silent.arrives(patient())
    with silent.service.running() as daemon:
        assert wait_until(lambda: daemon.told("reply_uncertain"))
        assert silent.stands() == ("answered", None, "unknown")
        recipients = [line for line in silent.server.commands if line.startswith("RCPT")]
        assert recipients == [f"RCPT TO:<{PATIENT}>", f"RCPT TO:<{OFFICE}>"]
        (copy,) = silent.server.accepted
        silent.arrives(copy)
        assert wait_until(lambda: daemon.told("reply_settled"))
        assert wait_until(lambda: silent.holds("Sent") == [copy])
    assert silent.stands() == ("answered", None, "sent")
    silent.service.run_once()
    silent.service.run_once()
    assert silent.server.commands.count("DATA") == 1
    assert [line["reason"] for line in silent.service.ledger()] == [None, "own_mail"]
    assert [content == copy for content in silent.holds("INBOX")] == [False]


def test_killed_before_the_copy_was_filed_it_is_filed_at_the_next_start(honest: Clinic) -> None:
    """The ledger knows the copy, the mailbox does not show it yet: the next run moves it."""
    honest.arrives(patient())
    honest.service.run_once()
    (copy,) = honest.server.accepted
    honest.arrives(copy)
    assert honest.service.run_once(failpoint="after_commit", check=False).returncode == -9
    assert len(honest.holds("INBOX")) == 2
    assert honest.holds("Sent") == []
    honest.service.run_once()
    assert honest.holds("Sent") == [copy]
    assert len(honest.holds("INBOX")) == 1
    assert honest.stands() == ("answered", None, "sent")


@pytest.mark.parametrize("which", ["silent", "honest"])
def test_a_letter_that_comes_back_is_a_persons_turn(which: str, request: pytest.FixtureRequest) -> None:
    """The bounce settles what was uncertain, and staff learn that the patient has no letter."""
    clinic: Clinic = request.getfixturevalue(which)
    clinic.arrives(patient())
    clinic.service.run_once()
    (letter,) = clinic.server.accepted
    clinic.arrives(_bounce(letter))
    clinic.service.run_once()
    assert clinic.stands() == ("with_staff", "reply_failed", "sent")
    assert sorted(str(line["reason"]) for line in clinic.service.ledger()) == ["bounce", "reply_failed"]
    clinic.service.run_once()
    assert clinic.server.commands.count("DATA") == 1


def test_a_person_sends_it_again_and_only_then_it_goes_out_twice(silent: Clinic) -> None:
    """Without evidence a person decides; the same letter with the same Message-ID goes out once more."""
    silent.arrives(patient())
    silent.service.run_once()
    silent.service.run_once()
    assert silent.server.commands.count("DATA") == 1
    listed = silent.service.command("reply", "list").stdout
    assert "may or may not have been sent" in listed
    assert PATIENT not in listed
    silent.service.command("reply", "send-again", listed.split()[0], "--yes", "--by", "Kim")
    silent.service.run_once()
    first, second = silent.server.accepted
    assert first == second
    assert silent.stands() == ("answered", None, "sent")
    assert "who Kim" in silent.service.command("explain", "<patient-1@example.org>").stdout


def _bounce(letter: bytes) -> bytes:
    """Our provider could not deliver the letter and returns its headers (RFC 3464)."""
    fields = BytesHeaderParser().parsebytes(letter)
    lines = [
        "Return-Path: <>",
        "From: Mail Delivery System <MAILER-DAEMON@mail.example.com>",
        f"To: {OFFICE}",
        f"Date: {fields['Date']}",
        "Subject: Undelivered Mail Returned to Sender",
        "Message-ID: <bounce-1@mail.example.com>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="report"',
        *("", "--report", "Content-Type: text/plain", "", "Your message could not be delivered."),
        *("", "--report", "Content-Type: message/delivery-status", ""),
        *("Reporting-MTA: dns; mail.example.com", "", f"Final-Recipient: rfc822; {PATIENT}"),
        *("Action: failed", "Status: 5.1.1"),
        *("", "--report", "Content-Type: text/rfc822-headers", ""),
        *(f"{name}: {value}" for name, value in fields.items()),
        *("", "--report--", ""),
    ]
    return "\r\n".join(line.replace("\r\n", "\n").replace("\n", "\r\n") for line in lines).encode()
