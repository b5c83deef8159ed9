"""The mailbox against a server that misbehaves on purpose: nothing is lost, nothing is dropped in silence."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.support.imap_script import CLOSE, HANG, Answer, ScriptedImap, content, message, uids_in
from tests.support.mailboxes import scripted
from triage.core.ledger import EmailState
from triage.errors import OperatorError, TransientError
from triage.events import EventLog
from triage.mailbox.account import ImapAccount, Security
from triage.mailbox.imap import ImapMailbox

OK = b"TAG OK done\r\n"


def whole_round(box: ImapMailbox) -> None:
    """What the daemon does again and again."""
    box.open()
    box.open()
    list(box.fetch(box.uids_after(0)))


def without(missing: int, instead: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """Answers FETCH for every message, but differently whenever `missing` is asked for."""

    def answer(arguments: str) -> bytes:
        wanted = uids_in(arguments)
        if missing in wanted:
            return instead(arguments)
        return b"".join(message(uid, content(uid)) for uid in wanted) + OK

    return answer


def test_a_count_that_shrinks_without_reason_breaks_the_connection() -> None:
    """EXISTS below what is left after the EXPUNGEs means that the server and we no longer speak of the same folder."""
    with ScriptedImap({"NOOP": [b"* 1 EXISTS\r\n" + OK, OK]}) as server:
        box = scripted(server)
        box.open()
        with pytest.raises(TransientError, match="lost count"):
            box.open()
        assert box.open().exists == 3
        assert server.connections == 2
        box.close()


def test_a_count_that_shrinks_by_expunges_is_fine() -> None:
    """Staff deleting mail is no reason to reconnect."""
    with ScriptedImap({"NOOP": [b"* 2 EXPUNGE\r\n* 1 EXPUNGE\r\n" + OK]}) as server:
        box = scripted(server)
        box.open()
        assert box.open().exists == 1
        assert server.connections == 1
        box.close()


@pytest.mark.parametrize(
    "end", [b"* BYE going down\r\n" + CLOSE, CLOSE, b"* 1 FETCH (UID 1 BODY[]<0> {500}\r\nhalf" + CLOSE]
)
def test_a_connection_that_ends_in_the_middle_of_a_fetch_is_made_anew(end: bytes) -> None:
    """BYE, a bare EOF and half a literal are all temporary, and the next call reads everything."""
    with ScriptedImap({"UID FETCH": [end, without(0, lambda _: b"")]}) as server:
        box = scripted(server)
        box.open()
        with pytest.raises(TransientError):
            list(box.fetch([1, 2, 3]))
        assert [raw.content for raw in box.fetch([1, 2, 3])] == [content(uid) for uid in (1, 2, 3)]
        assert server.connections == 2
        box.close()


@pytest.mark.parametrize("verb", ["LOGIN", "SELECT", "NOOP", "UID SEARCH", "UID FETCH"])
def test_a_server_that_falls_silent_is_given_up_in_time(verb: str) -> None:
    """Each command has its time-out; a hanging server is a temporary trouble, and closing does not wait either."""
    with ScriptedImap({verb: [HANG]}) as server:
        box = scripted(server, timeout=0.3)
        started = time.monotonic()
        with pytest.raises(TransientError):
            whole_round(box)
        box.close()
        assert time.monotonic() - started < 3


def test_a_server_that_never_greets_is_given_up_in_time() -> None:
    """A port that accepts and says nothing is temporary trouble with advice."""
    with ScriptedImap(greeting=b"") as server, pytest.raises(TransientError, match="TRIAGE_IMAP_PORT"):
        scripted(server, timeout=0.3).open()


@pytest.mark.parametrize("greeting", [b"* BYE too many connections\r\n", b"220 mail.example.com ESMTP\r\n"])
def test_a_greeting_that_is_none_is_temporary_and_not_quoted(greeting: bytes) -> None:
    """A refusing or foreign server is tried again; its words stay out of our sentences."""
    with ScriptedImap(greeting=greeting) as server, pytest.raises(TransientError) as caught:
        scripted(server).open()
    assert "too many" not in str(caught.value)
    assert "ESMTP" not in str(caught.value)


def test_one_message_that_the_server_refuses_does_not_hold_up_the_others() -> None:
    """NO to a batch: each is asked for singly, and the refused one comes out empty, to be quarantined."""
    script: dict[str, list[Answer]] = {"UID FETCH": [without(2, lambda _: b"TAG NO [SERVERBUG] cannot\r\n")]}
    with ScriptedImap(script) as server:
        box = scripted(server)
        box.open()
        first, bad, last = box.fetch([1, 2, 3])
        assert (first.content, bad.content, last.content) == (content(1), b"", content(3))
        assert bad.place is not None
        assert bad.place.uid == 2
        box.close()


@pytest.mark.parametrize(
    "instead",
    [
        OK,  # says nothing of a message that exists
        b'* 2 FETCH (UID 2 RFC822.SIZE 900 INTERNALDATE "04-Mar-2025 15:30:00 +0000" BODY[]<0> NIL)\r\n' + OK,
        b"* 2 FETCH (UID 2 BODY[] \r\n" + OK,  # an answer that no parser can follow
    ],
)
def test_one_message_that_the_server_passes_over_is_not_dropped_in_silence(instead: bytes) -> None:
    """A message that is still there but has no content in the answer comes out empty, to be quarantined."""
    with ScriptedImap({"UID FETCH": [without(2, lambda _: instead)], "UID SEARCH": [b"* SEARCH 2\r\n" + OK]}) as server:
        box = scripted(server)
        box.open()
        found = {raw.place.uid: raw.content for raw in box.fetch([2]) if raw.place}
        assert found == {2: b""}
        box.close()


def test_a_message_at_which_every_connection_breaks_is_given_up_after_three() -> None:
    """A poison message that makes the server hang up cannot stop the mail behind it for ever."""
    with ScriptedImap({"UID FETCH": [without(2, lambda _: CLOSE)]}) as server:
        box = scripted(server)
        box.open()
        for _ in range(5):  # the batch, three times alone, and once for its size and date
            with pytest.raises(TransientError):
                list(box.fetch([1, 2, 3]))
        assert [raw.content for raw in box.fetch([1, 2, 3])] == [content(1), b"", content(3)]
        box.close()


def test_the_facts_of_a_given_up_message_are_kept_when_the_server_knows_them() -> None:
    """Size, date and our keyword, in any case of letters, of a message that cannot be delivered are still told."""

    def answer(arguments: str) -> bytes:
        if "BODY" in arguments:
            return CLOSE
        facts = b'RFC822.SIZE 900 INTERNALDATE "04-Mar-2025 15:30:00 +0000" FLAGS (\\Seen $TRIAGEHELD)'
        return b"* 2 FETCH (UID 2 " + facts + b")\r\n" + OK

    with ScriptedImap({"UID FETCH": [answer], "UID SEARCH": [b"* SEARCH 2\r\n" + OK]}) as server:
        box = scripted(server)
        for _ in range(4):
            with pytest.raises(TransientError):
                list(box.fetch([2]))
        (raw,) = box.fetch([2])
        assert (raw.content, raw.size, raw.received_at.isoformat()) == (b"", 900, "2025-03-04T15:30:00+00:00")
        assert raw.handled
        box.close()


def test_a_garbled_search_is_temporary() -> None:
    """An answer that makes no sense is tried again, not believed."""
    with ScriptedImap({"UID SEARCH": [b"* SEARCH one two\r\n" + OK]}) as server:
        box = scripted(server)
        with pytest.raises(TransientError):
            box.uids_after(0)
        box.close()


def test_a_server_without_lasting_numbers_is_refused() -> None:
    """Without UIDVALIDITY nobody could tell which mail was answered."""
    with ScriptedImap({"SELECT": [b"* 3 EXISTS\r\nTAG OK [READ-WRITE] done\r\n"]}) as server:
        box = scripted(server)
        with pytest.raises(OperatorError, match="UIDVALIDITY"):
            box.open()
        box.close()


def test_a_server_that_keeps_uidnext_to_itself_is_asked_for_the_last_message() -> None:
    """UIDNEXT is optional in old servers; the highest UID says it too."""
    with ScriptedImap({"SELECT": [b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nTAG OK [READ-WRITE] done\r\n"]}) as server:
        box = scripted(server)
        assert box.open().uidnext == 4
        box.close()


@pytest.mark.parametrize("answer", [b"TAG NO [UNAVAILABLE] later\r\n", b"* BYE shutting down\r\n" + CLOSE, CLOSE])
def test_a_login_that_cannot_be_judged_now_is_temporary(answer: bytes) -> None:
    """A busy or dying server does not mean that the password is wrong."""
    with ScriptedImap({"LOGIN": [answer]}) as server, pytest.raises(TransientError):
        scripted(server).open()


def test_a_password_in_foreign_letters_reaches_the_server_whole() -> None:
    """LOGIN takes ASCII only; other passwords go by AUTHENTICATE PLAIN in UTF-8."""
    with ScriptedImap({"AUTHENTICATE": [b"+ \r\n"]}) as server:
        account = ImapAccount("127.0.0.1", server.port, Security.PLAIN, "u", "contraseña", timeout=0.3)
        with pytest.raises(TransientError):
            ImapMailbox(account, EventLog()).open()
        assert server.sent("AUTHENTICATE") == ["PLAIN"]
        assert server.sent("LOGIN") == []


def test_only_peeking_commands_are_ever_sent() -> None:
    """No command of a whole round could set the seen flag."""
    with ScriptedImap() as server:
        box = scripted(server)
        box.open()
        box.uids_after(0)
        list(box.fetch([1, 2, 3]))
        box.mark([(1, EmailState.ANSWERED)])
        box.holds_message_id("<1@example.org>")
        box.close()
        fetched = server.sent("UID FETCH")
        assert fetched
        assert all("BODY[" not in arguments and "RFC822 " not in arguments for arguments in fetched)
        assert not any("Seen" in arguments for _, arguments in server.received)


def test_an_idle_poll_costs_one_noop() -> None:
    """Nothing new: a single command, which the server answers without walking the folder."""
    with ScriptedImap() as server:
        box = scripted(server)
        box.open()
        assert box.uids_after(3) == []
        before = len(server.received)
        assert box.open().uidnext == 4
        assert box.uids_after(3) == []
        assert server.received[before:] == [("NOOP", "")]
        box.close()


def test_an_arrival_is_searched_for_even_if_uidnext_is_stale() -> None:
    """Some servers tell an old UIDNEXT of the selected folder; what EXISTS announced is found nevertheless."""
    script: dict[str, list[Answer]] = {
        "NOOP": [b"* 4 EXISTS\r\n" + OK, OK],
        "UID SEARCH": [b"* SEARCH 3\r\n" + OK, b"* SEARCH 4\r\n" + OK],
    }
    with ScriptedImap(script) as server:
        box = scripted(server)
        box.open()
        assert box.uids_after(3) == []
        assert box.open().uidnext == 4
        assert box.uids_after(3) == [4]
        assert box.open().uidnext == 5
        assert box.uids_after(4) == []
        assert len(server.sent("UID SEARCH")) == 2
        box.close()


def test_a_folder_is_selected_anew_now_and_then() -> None:
    """A renamed folder may stay selected for ever, so the selection is not trusted for ever."""
    with ScriptedImap() as server:
        account = ImapAccount("127.0.0.1", server.port, Security.PLAIN, "u", "p", timeout=5)
        box = ImapMailbox(account, EventLog(), reselect_seconds=0.0)
        box.open()
        box.open()
        assert len(server.sent("SELECT")) == 2
        box.close()
