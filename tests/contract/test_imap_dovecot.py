"""The mailbox against a real Dovecot: what only a whole server shows."""

from __future__ import annotations

import dataclasses
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import Authority, make_authority
from tests.support.dovecot import DovecotServer
from tests.support.mailboxes import ServerRig, dovecot_rig, mail, reopen
from tests.support.ports import free_port
from triage.core.ledger import EmailState
from triage.errors import OperatorError, TransientError
from triage.events import EventLog
from triage.mailbox.account import ImapAccount, Security
from triage.mailbox.imap import ImapMailbox

Changed = Callable[..., ImapMailbox]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def dovecot(authority: Authority) -> Iterator[DovecotServer]:
    with DovecotServer.start(certificate=authority.certificate) as server:
        yield server


@pytest.fixture
def rig(dovecot: DovecotServer) -> Iterator[ServerRig]:
    rig = dovecot_rig(dovecot)
    yield rig
    rig.mailbox.close()


@pytest.fixture
def changed(rig: ServerRig) -> Iterator[Changed]:
    """Makes mailboxes on the rig's account with other settings, and closes them."""
    made: list[ImapMailbox] = []

    def make(**changes: Any) -> ImapMailbox:
        made.append(ImapMailbox(dataclasses.replace(rig.account, **changes), EventLog()))
        return made[-1]

    yield make
    for box in made:
        box.close()


def test_a_missing_folder_names_those_that_exist(changed: Changed) -> None:
    """The sentence for a wrong folder lists the right ones."""
    with pytest.raises(OperatorError, match=r'no folder "Anfragen".*TRIAGE_IMAP_FOLDER.*Inquiries') as caught:
        changed(folder="Anfragen").open()
    assert "INBOX" in str(caught.value)


def test_the_inbox_may_be_written_in_any_case(changed: Changed) -> None:
    """INBOX is the one name without case (RFC 9051 section 5.1)."""
    box = changed(folder="inbox")
    assert box.open().exists == 0


def test_a_folder_that_is_renamed_while_watched_is_told(changed: Changed, rig: ServerRig) -> None:
    """Staff rename the watched folder: sooner or later an OperatorError that names the new one."""
    rig.deliver(mail(1))
    box = changed()
    box.open()
    with rig._client() as staff:
        staff.rename_folder("Inquiries", "Old inquiries")
    with pytest.raises(OperatorError, match="Old inquiries"):
        reopen(box, 5)


def test_a_folder_with_an_umlaut_and_a_space_is_watched(changed: Changed, rig: ServerRig) -> None:
    """Folder names beyond ASCII travel in modified UTF-7."""
    with rig._client() as staff:
        staff.create_folder("Anfragen für März")
    box = changed(folder="Anfragen für März")
    assert box.open().folder == "Anfragen für März"
    assert box.uids_after(0) == []


def test_a_message_that_vanishes_behind_our_back_is_absent(rig: ServerRig) -> None:
    """Expunged between search and fetch, before the server told us."""
    uids = rig.deliver(mail(1), mail(2), mail(3))
    rig.mailbox.open()
    assert rig.mailbox.uids_after(0) == uids
    rig.vanish(uids[1])
    assert [raw.place.uid for raw in rig.mailbox.fetch(uids) if raw.place] == [uids[0], uids[2]]


def test_what_staff_flagged_stays_flagged(rig: ServerRig) -> None:
    """Seen, flagged and foreign keywords are neither set nor cleared by a whole round."""
    seen, fresh = rig.deliver(mail(1), mail(2))
    with rig._client() as staff:
        staff.select_folder(rig.folder)
        staff.add_flags([seen], ["\\Seen", "\\Flagged", "Important"], silent=True)
    rig.mailbox.open()
    assert len(list(rig.mailbox.fetch(rig.mailbox.uids_after(0)))) == 2
    rig.mailbox.mark([(seen, EmailState.ANSWERED), (fresh, EmailState.WITH_STAFF)])
    rig.mailbox.holds_message_id("<m1@mail.example.org>")
    assert rig.marks() == {seen: {"\\Seen", "\\Flagged", "Important", "$TriageAnswered"}, fresh: {"$TriageHeld"}}


def test_a_25_mib_attachment_costs_64_kib(rig: ServerRig) -> None:
    """The memory a huge message takes does not depend on its attachment."""
    head = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n'
    head += b"--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    content = b"Message-ID: <big@mail.example.org>\r\nMIME-Version: 1.0\r\n" + head
    content += (b"QUJD" * 19 + b"\r\n") * (25 * 1024 * 1024 // 78) + b"--b--\r\n"
    (uid,) = rig.deliver(content)
    rig.mailbox.open()
    tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    (raw,) = rig.mailbox.fetch([uid])
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert (len(raw.content), raw.size) == (65536, len(content))
    assert peak < 2 * 1024 * 1024


def test_a_wrong_password_is_told_with_the_settings_to_check(changed: Changed) -> None:
    """The sentence names both settings and app passwords, and not the password."""
    with pytest.raises(
        OperatorError, match=r"refused the user name or password.*TRIAGE_IMAP_USER.*app password"
    ) as caught:
        changed(password="wrong-one").open()
    assert "wrong-one" not in str(caught.value)


def test_a_port_where_nobody_listens_is_temporary_with_advice() -> None:
    """Servers come back; a wrong port does not, so the sentence says where to look."""
    account = ImapAccount("127.0.0.1", free_port(), Security.PLAIN, "u", "p", timeout=2)
    with pytest.raises(TransientError, match=r"cannot be reached.*TRIAGE_IMAP_HOST and TRIAGE_IMAP_PORT"):
        ImapMailbox(account, EventLog()).open()


def test_a_verified_certificate_lets_us_in(
    changed: Changed, rig: ServerRig, dovecot: DovecotServer, authority: Authority
) -> None:
    """TLS and STARTTLS with a certificate that our authority signed."""
    ca_file = str(authority.ca_file)
    rig.deliver(mail(1))
    for security, port in ((Security.TLS, dovecot.imaps_port), (Security.STARTTLS, dovecot.imap_port)):
        box = changed(security=security, port=port, ca_file=ca_file)
        assert box.open().exists == 1
        assert len(list(box.fetch(box.uids_after(0)))) == 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_an_unknown_authority_is_refused(changed: Changed, dovecot: DovecotServer, security: Security) -> None:
    """A certificate that nobody vouches for ends the attempt before the password is sent."""
    port = dovecot.imaps_port if security is Security.TLS else dovecot.imap_port
    with pytest.raises(OperatorError, match=r"cannot be trusted.*TRIAGE_CA_FILE"):
        changed(security=security, port=port).open()


def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    """A genuine certificate of another server proves nothing."""
    with DovecotServer.start(certificate=authority.foreign) as server:
        account = ImapAccount(
            "127.0.0.1",
            server.imaps_port,
            Security.TLS,
            "u",
            server.password,
            ca_file=str(authority.ca_file),
            timeout=5,
        )
        with pytest.raises(OperatorError, match="cannot be trusted"):
            ImapMailbox(account, EventLog()).open()


def test_tls_on_a_port_that_speaks_plainly_is_told(changed: Changed) -> None:
    """The usual mix-up of 143 and 993 names the two settings."""
    with pytest.raises(OperatorError, match=r"TRIAGE_IMAP_PORT and TRIAGE_IMAP_SECURITY"):
        changed(security=Security.TLS).open()


def test_a_broken_authority_file_is_told(changed: Changed, tmp_path: Path) -> None:
    """A missing file and one without certificates are the operator's to mend."""
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing", encoding="utf-8")
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(OperatorError, match="TRIAGE_CA_FILE"):
            changed(ca_file=str(path)).open()


def test_starttls_that_is_not_offered_never_falls_back_to_plain() -> None:
    """Whoever strips STARTTLS from the capabilities gets no password."""
    with DovecotServer.start() as server:
        account = ImapAccount("127.0.0.1", server.imap_port, Security.STARTTLS, "u", server.password, timeout=5)
        with pytest.raises(OperatorError, match="does not offer STARTTLS"):
            ImapMailbox(account, EventLog()).open()


@pytest.mark.parametrize("host", ["mail.example.com", "192.0.2.1", "localhost.example.com", "2001:db8::1"])
def test_an_unprotected_connection_beyond_this_machine_is_refused(host: str) -> None:
    """No password is ever sent in the clear over a network."""
    with pytest.raises(OperatorError, match="TRIAGE_IMAP_SECURITY"):
        ImapMailbox(ImapAccount(host, 143, Security.PLAIN, "u", "p", timeout=1), EventLog()).open()


def test_a_server_that_restarts_is_met_again(authority: Authority) -> None:
    """Every session ends with BYE; one failure, then all goes on where it was."""
    with DovecotServer.start() as server:
        rig = dovecot_rig(server)
        (uid,) = rig.deliver(mail(1))
        before = rig.mailbox.open()
        server.restart()
        with pytest.raises(TransientError):
            rig.mailbox.uids_after(0)
        assert rig.mailbox.uids_after(0) == [uid]
        assert rig.mailbox.open() == before
        server.halt()
        for _ in range(2):
            with pytest.raises(TransientError):
                rig.mailbox.open()
        rig.mailbox.close()


def test_what_the_mailbox_offers_is_described(rig: ServerRig) -> None:
    """The facts that `triage check` tells."""
    rig.deliver(mail(1))
    facts = rig.mailbox.describe()
    assert (facts.drafts, facts.sent, facts.exists) == ("Drafts", "Sent", 1)
    assert facts.keywords_allowed
    assert facts.can_move
    assert facts.idle
    assert {"INBOX", "Inquiries"} <= set(facts.folders)
    assert "IMAP4REV1" in facts.capabilities


def test_a_draft_is_a_draft(rig: ServerRig) -> None:
    """Mail programs show the draft as one."""
    rig.mailbox.save_draft(mail(7), "<m7@mail.example.org>")
    with rig._client() as staff:
        staff.select_folder("Drafts", readonly=True)
        (found,) = staff.get_flags([1]).values()
        assert b"\\Draft" in found


def test_a_filed_copy_keeps_its_flags(rig: ServerRig) -> None:
    """Whatever staff made of our copy, read or starred, it stays so when it moves to Sent."""
    (uid, unread) = rig.deliver(mail(8), mail(9))
    with rig._client() as staff:
        staff.select_folder(rig.folder)
        staff.add_flags([uid], [b"\\Seen", b"\\Flagged"])
    rig.mailbox.open()
    rig.mailbox.file_own_copies([uid, unread])
    with rig._client() as staff:
        staff.select_folder("Sent", readonly=True)
        found = [set(flags) - {b"\\Recent"} for _, flags in sorted(staff.get_flags(staff.search("ALL")).items())]
    assert found == [{b"\\Seen", b"\\Flagged"}, set()]
