"""What every mailbox promises: the twin in memory, pymap and Dovecot alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.support.dovecot import DovecotServer
from tests.support.mailboxes import (
    MemoryRig,
    Rig,
    ServerRig,
    attachment_first,
    binary_part,
    dovecot_rig,
    mail,
    multipart,
    reopen,
    text_part,
)
from tests.support.pymap_server import PymapServer
from triage.core.ledger import EmailState
from triage.errors import TransientError
from triage.mailbox.account import MarkStyle

KINDS = ("memory", "pymap", "dovecot")
STATES = (EmailState.ANSWERED, EmailState.WITH_STAFF, EmailState.NOT_ANSWERED, EmailState.QUARANTINED)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[DovecotServer]:
    with DovecotServer.start() as server:
        yield server


def build(kind: str, mark: MarkStyle, dovecot: DovecotServer) -> Iterator[Rig]:
    if kind == "memory":
        yield MemoryRig(mark)
        return
    if kind == "dovecot":
        rig = dovecot_rig(dovecot, mark)
        yield rig
        rig.mailbox.close()
        return
    with PymapServer.start() as server:
        rig = ServerRig(server.imap_port, server.user, server.password, mark, server.client)
        yield rig
        rig.mailbox.close()


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest, dovecot: DovecotServer) -> Iterator[Rig]:
    yield from build(request.param, MarkStyle.KEYWORD, dovecot)


@pytest.fixture(params=KINDS)
def moving_rig(request: pytest.FixtureRequest, dovecot: DovecotServer) -> Iterator[Rig]:
    yield from build(request.param, MarkStyle.FOLDER, dovecot)


@pytest.fixture(params=KINDS)
def unmarking_rig(request: pytest.FixtureRequest, dovecot: DovecotServer) -> Iterator[Rig]:
    yield from build(request.param, MarkStyle.NONE, dovecot)


def test_an_empty_folder_has_nothing_new(rig: Rig) -> None:
    """An empty folder opens, and lists nothing."""
    state = rig.mailbox.open()
    assert (state.folder, state.exists) == (rig.folder, 0)
    assert state.uidvalidity > 0
    assert rig.mailbox.uids_after(0) == []
    assert rig.mailbox.uids_since(datetime(2025, 1, 1, tzinfo=UTC)) == []


def test_only_what_is_new_is_listed(rig: Rig) -> None:
    """Mail that arrives while the folder is open is listed once its predecessors are known."""
    rig.mailbox.open()
    first, second = rig.deliver(mail(1), mail(2))
    assert rig.mailbox.open().exists == 2
    assert rig.mailbox.uids_after(0) == [first, second]
    assert rig.mailbox.uids_after(first) == [second]
    assert rig.mailbox.uids_after(second) == []
    assert rig.mailbox.uids_after(second + 1000) == []


def test_uidnext_lies_behind_everything_that_was_there_at_open(rig: Rig) -> None:
    """The watermark of a first start: all mail of before lies below UIDNEXT, all later mail does not."""
    (old,) = rig.deliver(mail(1))
    uidnext = rig.mailbox.open().uidnext
    (new,) = rig.deliver(mail(2))
    assert old < uidnext <= new
    assert rig.mailbox.open().uidnext > new


def test_a_message_comes_as_it_is(rig: Rig) -> None:
    """Content, size, date and place of a fetched message are those of the mailbox."""
    when = datetime(2025, 3, 4, 15, 30, tzinfo=UTC)
    (uid,) = rig.deliver(mail(1), received_at=when)
    state = rig.mailbox.open()
    (raw,) = rig.mailbox.fetch([uid])
    assert (raw.content, raw.size, raw.received_at) == (mail(1), len(mail(1)), when)
    assert (raw.place.folder, raw.place.uidvalidity, raw.place.uid) == (rig.folder, state.uidvalidity, uid)
    assert raw.received_at.utcoffset() is not None
    assert not raw.truncated


def test_a_date_in_another_zone_is_the_same_moment(rig: Rig) -> None:
    """INTERNALDATE keeps its moment whatever zone the server writes it in."""
    when = datetime.fromisoformat("2025-03-04T22:30:00-05:00")
    (uid,) = rig.deliver(mail(1), received_at=when)
    rig.mailbox.open()
    assert next(rig.mailbox.fetch([uid])).received_at == when


def test_messages_come_in_the_order_asked_for_across_batches(rig: Rig) -> None:
    """More messages than fit into one batch all come, once each, in order."""
    uids = rig.deliver(*(mail(number) for number in range(230)))
    rig.mailbox.open()
    assert [raw.place.uid for raw in rig.mailbox.fetch(uids)] == uids


def test_a_vanished_message_is_absent_and_the_others_come(rig: Rig) -> None:
    """A message that staff delete after it was listed is no error."""
    uids = rig.deliver(mail(1), mail(2), mail(3))
    rig.mailbox.open()
    assert rig.mailbox.uids_after(0) == uids
    rig.vanish(uids[1])
    assert rig.mailbox.open().exists == 2
    assert [raw.place.uid for raw in rig.mailbox.fetch(uids)] == [uids[0], uids[2]]


def test_a_long_message_is_cut_at_64_kib(rig: Rig) -> None:
    """Only the first 64 KiB of a long text come, and the message says that it is longer."""
    content = mail(1, b"A line of a long letter.\r\n" * 8000)
    (uid,) = rig.deliver(content)
    rig.mailbox.open()
    (raw,) = rig.mailbox.fetch([uid])
    assert raw.content == content[:65536]
    assert (raw.size, raw.truncated, raw.text_parts) == (len(content), True, ())


def test_words_behind_a_big_attachment_are_found(rig: Rig) -> None:
    """When the attachment comes first, the text part behind it is fetched by its number, and nothing else."""
    (uid,) = rig.deliver(attachment_first(b"PLEASE CALL ME", 100_000))
    rig.mailbox.open()
    (raw,) = rig.mailbox.fetch([uid])
    (part,) = raw.text_parts
    head, _, body = part.partition(b"\r\n\r\n")
    assert b"text/plain" in head
    assert body.strip() == b"PLEASE CALL ME"


def test_an_attachment_behind_the_words_is_left_alone(rig: Rig) -> None:
    """When the words lie in the head, no part is asked for."""
    content = multipart(text_part(b"PLEASE CALL ME"), binary_part(100_000))
    (uid,) = rig.deliver(content)
    rig.mailbox.open()
    (raw,) = rig.mailbox.fetch([uid])
    assert b"PLEASE CALL ME" in raw.content
    assert raw.text_parts == ()


def test_mail_since_a_day_is_listed(rig: Rig) -> None:
    """A day's mail is listed whole; mail of long before is not."""
    (old,) = rig.deliver(mail(1), received_at=datetime(2025, 2, 1, 12, 0, tzinfo=UTC))
    (new,) = rig.deliver(mail(2), received_at=datetime(2025, 3, 4, 0, 0, tzinfo=UTC))
    rig.mailbox.open()
    assert rig.mailbox.uids_since(datetime(2025, 3, 4, 18, 0, tzinfo=UTC)) == [new]
    assert rig.mailbox.uids_since(datetime(2025, 1, 1, tzinfo=UTC)) == [old, new]


def test_each_state_has_its_keyword_and_nothing_is_seen(rig: Rig) -> None:
    """Marking sets exactly one keyword of ours; neither reading nor marking sets the seen flag."""
    uids = rig.deliver(*(mail(number) for number in range(4)))
    rig.mailbox.open()
    list(rig.mailbox.fetch(uids))
    rig.mailbox.mark(list(zip(uids, STATES, strict=True)))
    words = ("$TriageAnswered", "$TriageHeld", "$TriageIgnored", "$TriageQuarantined")
    assert rig.marks() == {uid: {word} for uid, word in zip(uids, words, strict=True)}


def test_marked_mail_says_that_it_was_handled(rig: Rig) -> None:
    """A store that knows nothing still learns from the mailbox which messages some triage dealt with before."""
    *handled, unhandled = uids = rig.deliver(*(mail(number) for number in range(5)))
    rig.mailbox.open()
    assert not any(raw.handled for raw in rig.mailbox.fetch(uids))
    rig.mailbox.mark(list(zip(handled, STATES, strict=True)))
    found = {raw.place.uid: raw.handled for raw in rig.mailbox.fetch(uids)}
    assert found == {**dict.fromkeys(handled, True), unhandled: False}


def test_marking_twice_or_what_vanished_is_harmless(rig: Rig) -> None:
    """After a crash the same marks are set again, perhaps on messages that are gone."""
    kept, gone = rig.deliver(mail(1), mail(2))
    rig.mailbox.open()
    rig.vanish(gone)
    for _ in range(2):
        rig.mailbox.mark([(kept, EmailState.ANSWERED), (gone, EmailState.WITH_STAFF)])
    rig.mailbox.mark([])
    assert rig.marks() == {kept: {"$TriageAnswered"}}


def test_handled_mail_moves_and_mail_for_staff_stays(moving_rig: Rig) -> None:
    """In folder style each state has its folder below Triage, but what waits for staff stays in the inbox."""
    rig = moving_rig
    uids = rig.deliver(*(mail(number) for number in range(4)))
    rig.mailbox.open()
    for _ in range(2):
        rig.mailbox.mark(list(zip(uids, STATES, strict=True)))
    assert rig.marks() == {uids[1]: set()}
    for folder, number in (("Triage/Answered", 0), ("Triage/Ignored", 2), ("Triage/Quarantined", 3)):
        assert rig.contents(folder) == [mail(number)]


def test_later_mail_moves_into_the_same_folder(moving_rig: Rig) -> None:
    """The folder made for the first message takes the next one, and the folder's own count stays right."""
    rig = moving_rig
    for number in (1, 2):
        (uid,) = rig.deliver(mail(number))
        assert rig.mailbox.open().exists == 1
        rig.mailbox.mark([(uid, EmailState.ANSWERED)])
        assert rig.mailbox.open().exists == 0
    assert rig.contents("Triage/Answered") == [mail(1), mail(2)]


def test_nothing_is_marked_when_nothing_shall_be(unmarking_rig: Rig) -> None:
    """With marking off the mailbox stays exactly as it was."""
    rig = unmarking_rig
    (uid,) = rig.deliver(mail(1))
    rig.mailbox.open()
    assert len(list(rig.mailbox.fetch([uid]))) == 1
    rig.mailbox.mark([(uid, EmailState.ANSWERED)])
    assert rig.marks() == {uid: set()}


def test_a_draft_is_put_there_once(rig: Rig) -> None:
    """The same reply saved twice, as after a crash, lies in Drafts once."""
    assert rig.mailbox.save_draft(mail(7), "<m7@mail.example.org>")
    assert not rig.mailbox.save_draft(mail(7), "<m7@mail.example.org>")
    assert rig.mailbox.save_draft(mail(8), "<m8@mail.example.org>")
    assert rig.contents("Drafts") == [mail(7), mail(8)]


def test_own_copies_move_into_sent_and_the_others_stay(rig: Rig) -> None:
    """Our own copies leave the watched folder for Sent; repeated, as after a crash, nothing happens."""
    first, patient, second = rig.deliver(mail(7), mail(1), mail(8))
    rig.mailbox.open()
    for _ in range(2):
        rig.mailbox.file_own_copies([first, second])
    rig.mailbox.file_own_copies([])
    assert rig.contents("Sent") == [mail(7), mail(8)]
    assert rig.marks() == {patient: set()}
    assert rig.mailbox.open().exists == 1
    assert rig.mailbox.holds_message_id("<m7@mail.example.org>")


def test_own_copies_stay_when_nothing_shall_be_marked(unmarking_rig: Rig) -> None:
    """With marking off even our own copies are not touched."""
    rig = unmarking_rig
    (uid,) = rig.deliver(mail(7))
    rig.mailbox.open()
    rig.mailbox.file_own_copies([uid])
    assert rig.marks() == {uid: set()}


def test_a_sent_reply_is_found_in_sent_or_in_the_watched_folder(rig: Rig) -> None:
    """The evidence that a reply left: its Message-ID in Sent, or the copy that came back to us."""
    rig.mailbox.open()
    assert not rig.mailbox.holds_message_id("<m7@mail.example.org>")
    (copy, _) = rig.deliver(mail(7), mail(8))
    rig.mailbox.open()
    rig.mailbox.file_own_copies([copy])
    assert rig.mailbox.holds_message_id("<m7@mail.example.org>")
    assert rig.mailbox.holds_message_id("<m8@mail.example.org>")
    assert not rig.mailbox.holds_message_id("<m9@mail.example.org>")


def test_a_message_id_must_be_the_same_to_the_last_character(rig: Rig) -> None:
    """A header that merely contains the Message-ID proves nothing."""
    rig.deliver(b"Message-ID: <x> <m7@mail.example.org>\r\nSubject: odd\r\n\r\nHello.\r\n")
    assert not rig.mailbox.holds_message_id("<m7@mail.example.org>")


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "no-brackets@example.org",
        '<a"b@example.org>',
        "<a@example.org>\r\nX DELETE INBOX",
        "<a\\@example.org>",
        "<ä@b>",
    ],
)
def test_a_message_id_that_could_change_the_command_is_refused(rig: Rig, hostile: str) -> None:
    """Quotes, line ends, backslashes and foreign characters never reach a command."""
    with pytest.raises(ValueError, match="Message-ID"):
        rig.mailbox.holds_message_id(hostile)
    with pytest.raises(ValueError, match="Message-ID"):
        rig.mailbox.save_draft(mail(7), hostile)


@pytest.mark.parametrize("kind", ["memory", "dovecot"])  # pymap goes on as if nothing had happened
def test_a_rebuilt_folder_is_noticed_before_any_uid_is_used(kind: str, dovecot: DovecotServer) -> None:
    """After a rebuild the old UIDs mean other messages: nothing works with them until the folder is opened again."""
    rig = MemoryRig(MarkStyle.KEYWORD) if kind == "memory" else dovecot_rig(dovecot)
    rig.deliver(mail(1), mail(2))
    before = rig.mailbox.open()
    uids = rig.mailbox.uids_after(0)
    rig.rebuild()
    for _ in range(3):
        with pytest.raises(TransientError):
            rig.mailbox.mark([(uid, EmailState.ANSWERED) for uid in uids])
    after = reopen(rig.mailbox)
    assert after.uidvalidity != before.uidvalidity
    assert len(list(rig.mailbox.fetch(rig.mailbox.uids_after(0)))) == 2
    assert all(not marks for marks in rig.marks().values())
    rig.mailbox.close()


def test_a_closed_mailbox_opens_again(rig: Rig) -> None:
    """Closing is no end: the next call connects again, and closing twice is harmless."""
    (uid,) = rig.deliver(mail(1))
    rig.mailbox.open()
    rig.mailbox.close()
    rig.mailbox.close()
    assert rig.mailbox.uids_after(0) == [uid]
    assert rig.mailbox.open().exists == 1
