"""Listing from a server that hangs up on the idle, counts in odd numbers or holds very much."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.imap_script import ScriptedImap
from tests.support.mailboxes import scripted
from triage.errors import TransientError
from triage.events import EventLog
from triage.mailbox.account import ImapAccount, Security
from triage.mailbox.imap import ImapMailbox

OK = b"TAG OK done\r\n"


def test_a_connection_that_ended_while_idle_is_replaced_quietly() -> None:
    """A server's autologout between two hourly looks is no trouble that anybody must hear of."""
    with ScriptedImap() as server:
        account = ImapAccount("127.0.0.1", server.port, Security.PLAIN, "u", "p", timeout=5)
        box = ImapMailbox(account, EventLog(), idle_seconds=0.0)
        for connections in (1, 2, 3):
            assert box.open().exists == 3
            assert server.connections == connections
            assert len(box.uids_since(datetime(2025, 3, 4, tzinfo=UTC))) == 3
            server.hang_up()
        assert not box.holds_message_id("<9@example.org>")
        assert server.connections == 4
        box.close()


def test_a_connection_that_ends_in_use_is_still_told() -> None:
    """Only a silence explains an end: one that comes between two commands close together is a trouble."""
    with ScriptedImap() as server:
        box = scripted(server)
        box.open()
        server.hang_up()
        with pytest.raises(TransientError):
            box.open()
        assert box.open().exists == 3
        box.close()


def test_an_idle_connection_that_cannot_be_replaced_is_told() -> None:
    """When the server is away altogether, that is temporary trouble."""
    with ScriptedImap() as server:
        account = ImapAccount("127.0.0.1", server.port, Security.PLAIN, "u", "p", timeout=5)
        box = ImapMailbox(account, EventLog(), idle_seconds=0.0)
        box.open()
    with pytest.raises(TransientError):
        box.open()


def test_numbers_that_lie_far_apart_cost_no_more_commands() -> None:
    """UIDs like the time of day in seconds: one command lists them, since only three messages are there."""
    uidnext = b"* OK [UIDNEXT 1700000004] ok\r\n"
    folder = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n" + uidnext + b"TAG OK [READ-WRITE] done\r\n"
    found = b"* SEARCH 1600000001 1700000002 1700000003\r\n" + OK
    with ScriptedImap({"SELECT": [folder], "UID SEARCH": [found]}) as server:
        box = scripted(server)
        assert box.uids_since(datetime(2025, 3, 4, tzinfo=UTC)) == [1600000001, 1700000002, 1700000003]
        assert box.uids_after(1600000001) == [1700000002, 1700000003]
        assert server.sent("UID SEARCH") == ["SINCE 3-Mar-2025", "UID 1600000002:*"]
        box.close()


def test_the_first_listing_of_a_huge_folder_comes_in_slices() -> None:
    """No answer line grows without bound: a folder of more than 50,000 messages is asked for in parts."""
    figures = b"* 120000 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 200005] ok\r\n"
    folder = figures + b"TAG OK [READ-WRITE] done\r\n"
    with ScriptedImap({"SELECT": [folder], "UID SEARCH": [b"* SEARCH 1 2 3\r\n" + OK]}) as server:
        box = scripted(server)
        assert box.uids_after(0) == [1, 2, 3]
        assert server.sent("UID SEARCH") == ["70001:* UID 1:*", "20001:70000 UID 1:*", "1:20000 UID 1:*"]
        box.close()
