"""Marking and filing against a server that misbehaves on purpose: few commands, no harm, and never twice."""

from __future__ import annotations

import pytest

from tests.support.imap_script import CLOSE, Answer, ScriptedImap, uids_in
from tests.support.mailboxes import scripted
from triage.core.ledger import EmailState
from triage.errors import OperatorError, TransientError
from triage.mailbox.account import MarkStyle
from triage.mailbox.port import NotTakenError

OK = b"TAG OK done\r\n"


def test_a_server_that_keeps_no_keywords_is_told_to_the_operator() -> None:
    """Without permission for keywords, marking says which setting to change, and sets nothing."""
    folder = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n"
    folder += b"* OK [PERMANENTFLAGS (\\Seen)] ok\r\nTAG OK [READ-WRITE] done\r\n"
    with ScriptedImap({"SELECT": [folder]}) as server:
        box = scripted(server)
        with pytest.raises(OperatorError, match="TRIAGE_MARK=folder"):
            box.mark([(1, EmailState.ANSWERED)])
        assert server.sent("UID STORE") == []
        assert not box.describe().keywords_allowed
        box.close()


def test_a_read_only_folder_is_told_to_the_operator() -> None:
    """Marking needs write access; the sentence says so."""
    with ScriptedImap({"SELECT": [b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nTAG OK [READ-ONLY] done\r\n"]}) as server:
        box = scripted(server)
        with pytest.raises(OperatorError, match="read-only"):
            box.open()
        box.close()


def test_many_messages_are_marked_by_few_short_commands() -> None:
    """Thousands of scattered messages take a handful of commands, none longer than 8 kB, none naming another UID."""
    uids = [*range(1, 20_000, 2), 20_001, 20_002, 20_003]
    with ScriptedImap() as server:
        box = scripted(server)
        box.mark([(uid, EmailState.ANSWERED) for uid in uids])
        added, removed = server.sent("UID STORE")[::2], server.sent("UID STORE")[1::2]
        assert all(
            command.endswith("-FLAGS.SILENT ($TriageHeld $TriageIgnored $TriageQuarantined)") for command in removed
        )
        commands = added
        assert [uid for command in commands for uid in uids_in(command)] == uids
        assert "20001:20003" in commands[-1]
        assert len(commands) <= 10
        assert max(map(len, commands)) < 8000
        assert all(command.endswith("+FLAGS.SILENT ($TriageAnswered)") for command in commands)
        box.close()


def test_without_move_messages_are_copied_and_only_they_are_expunged() -> None:
    """COPY, \\Deleted and UID EXPUNGE; a plain EXPUNGE would delete what staff marked."""
    with ScriptedImap({"CAPABILITY": [b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n" + OK]}) as server:
        box = scripted(server, MarkStyle.FOLDER)
        box.mark([(1, EmailState.ANSWERED), (2, EmailState.ANSWERED)])
        assert server.sent("UID COPY") == ['1:2 "Triage/Answered"']
        assert server.sent("UID EXPUNGE") == ["1:2"]
        assert server.sent("EXPUNGE") == []
        box.close()


def test_a_server_that_can_move_nothing_is_told_to_the_operator() -> None:
    """Without MOVE and UIDPLUS no message is touched."""
    with ScriptedImap({"CAPABILITY": [b"* CAPABILITY IMAP4rev1\r\n" + OK]}) as server:
        box = scripted(server, MarkStyle.FOLDER)
        with pytest.raises(OperatorError, match="TRIAGE_MARK=keyword"):
            box.mark([(1, EmailState.ANSWERED)])
        assert server.sent("UID COPY") == []
        box.close()


def test_our_folders_follow_the_servers_separator_and_prefix() -> None:
    """On a server whose names begin with INBOX. the folders are named as it wants."""
    script: dict[str, list[Answer]] = {
        "CAPABILITY": [b"* CAPABILITY IMAP4rev1 UIDPLUS MOVE NAMESPACE\r\n" + OK],
        "NAMESPACE": [b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\n' + OK],
        "LIST": [b'* LIST () "." INBOX\r\n' + OK],
    }
    with ScriptedImap(script) as server:
        box = scripted(server, MarkStyle.FOLDER)
        box.mark([(1, EmailState.NOT_ANSWERED)])
        assert server.sent("CREATE") == ['"INBOX.Triage.Ignored"']
        assert server.sent("UID MOVE") == ['1 "INBOX.Triage.Ignored"']
        box.close()


def test_an_append_of_unknown_outcome_is_looked_for_before_it_is_repeated() -> None:
    """The connection breaks after APPEND; the message got there; the next call finds it and adds nothing."""
    script: dict[str, list[Answer]] = {
        "APPEND": [CLOSE],
        "UID SEARCH": [b"* SEARCH\r\n" + OK, b"* SEARCH 9\r\n" + OK],
        "UID FETCH": [
            b"* 9 FETCH (UID 9 BODY[HEADER.FIELDS (MESSAGE-ID)] {25}\r\nMessage-ID: <r@x.org>\r\n\r\n)\r\n" + OK
        ],
    }
    with ScriptedImap(script) as server:
        box = scripted(server)
        with pytest.raises(TransientError):
            box.save_draft(b"Message-ID: <r@x.org>\r\n\r\nHello.\r\n", "<r@x.org>")
        assert not box.save_draft(b"Message-ID: <r@x.org>\r\n\r\nHello.\r\n", "<r@x.org>")
        assert len(server.sent("APPEND")) == 1
        box.close()


@pytest.mark.parametrize("words", [b"NO not this one", b"NO [TOOBIG] too big", b"BAD what?"])
def test_a_draft_that_the_server_refuses_is_known_as_the_only_one(words: bytes) -> None:
    """The refusal is about this message: the connection goes on and the next draft is taken."""
    with ScriptedImap({"APPEND": [b"TAG " + words + b"\r\n"], "UID SEARCH": [b"* SEARCH\r\n" + OK]}) as server:
        box = scripted(server)
        with pytest.raises(NotTakenError) as caught:
            box.save_draft(b"Message-ID: <r@x.org>\r\n\r\nHello.\r\n", "<r@x.org>")
        assert "not this" not in str(caught.value)
        assert box.open().exists == 3
        assert server.connections == 1
        box.close()


@pytest.mark.parametrize(
    ("code", "error"), [("OVERQUOTA", OperatorError), ("NOPERM", OperatorError), ("TRYCREATE", TransientError)]
)
def test_a_folder_that_takes_nothing_is_no_fault_of_one_draft(code: str, error: type[Exception]) -> None:
    """No room, no right, no folder: that concerns every draft."""
    answers: list[Answer] = [b"TAG NO [%b] no\r\n" % code.encode()]
    with ScriptedImap({"APPEND": answers, "UID SEARCH": [b"* SEARCH\r\n" + OK]}) as server:
        box = scripted(server)
        with pytest.raises(error) as caught:
            box.save_draft(b"Message-ID: <r@x.org>\r\n\r\nHello.\r\n", "<r@x.org>")
        assert not isinstance(caught.value, NotTakenError)
        box.close()


def test_a_mailbox_without_drafts_is_told_to_the_operator() -> None:
    """A missing Drafts folder is a sentence with what to do."""
    with ScriptedImap({"LIST": [b'* LIST () "/" INBOX\r\n' + OK]}) as server:
        box = scripted(server)
        with pytest.raises(OperatorError, match="Drafts"):
            box.save_draft(b"Message-ID: <r@x.org>\r\n\r\nHello.\r\n", "<r@x.org>")
        box.close()


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (b"TAG NO [OVERQUOTA] full\r\n", OperatorError, "full"),
        (b"TAG NO [NOPERM] no\r\n", OperatorError, "right"),
        (b"TAG NO somehow\r\n", TransientError, "tried again"),
        (b"TAG BAD what\r\n", TransientError, "tried again"),
    ],
)
def test_each_refusal_has_its_remedy(answer: bytes, kind: type[Exception], words: str) -> None:
    """A full mailbox and missing rights are for a person; other refusals are tried again."""
    with ScriptedImap({"UID STORE": [answer]}) as server:
        box = scripted(server)
        with pytest.raises(kind, match=words):
            box.mark([(1, EmailState.ANSWERED)])
        box.close()


_SENT = b'* LIST (\\HasNoChildren) "/" Sent\r\n' + OK


def test_without_move_own_copies_are_copied_and_only_they_are_expunged() -> None:
    """Our own copies take the same careful way into Sent as other mail into its folder."""
    with ScriptedImap({"CAPABILITY": [b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n" + OK], "LIST": [_SENT]}) as server:
        box = scripted(server)
        box.file_own_copies([1, 3])
        assert server.sent("UID COPY") == ['1,3 "Sent"']
        assert server.sent("UID EXPUNGE") == ["1,3"]
        assert server.sent("EXPUNGE") == []
        box.close()


@pytest.mark.parametrize(
    "script",
    [
        {"CAPABILITY": [b"* CAPABILITY IMAP4rev1\r\n" + OK], "LIST": [_SENT]},
        {"CAPABILITY": [b"* CAPABILITY IMAP4rev1 MOVE\r\n" + OK], "LIST": [OK]},
        {
            "CAPABILITY": [b"* CAPABILITY IMAP4rev1 MOVE\r\n" + OK],
            "LIST": [_SENT],
            "UID MOVE": [b"TAG NO [NOPERM] not yours\r\n"],
        },
    ],
    ids=["no way to move", "no Sent folder", "refused"],
)
def test_own_copies_that_cannot_be_filed_stay_without_a_word(script: dict[str, list[Answer]]) -> None:
    """Reading mail never stops because a copy of our own could not be put away."""
    with ScriptedImap(script) as server:
        box = scripted(server)
        box.file_own_copies([1])
        assert server.sent("UID STORE") == server.sent("UID EXPUNGE") == server.sent("EXPUNGE") == []
        box.mark([(1, EmailState.NOT_ANSWERED)])
        assert ["+FLAGS" in command for command in server.sent("UID STORE")] == [True, False]
        box.close()
