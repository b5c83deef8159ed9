"""The SMTP matrix of the design: whatever the server does at each step, the outcome is right and nothing goes twice."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.support.ports import free_port
from tests.support.replies import RECIPIENT, composed
from tests.support.sink import accepting_server
from tests.support.smtp_script import Act, Drop, Hang, ScriptedServer, say, scripted
from triage.core.outbox import ReplyState
from triage.errors import OperatorError, PermanentError, TransientError
from triage.mailbox.account import Security, SmtpAccount
from triage.mailbox.smtp import SendResult, SmtpSender

CONTENT = composed().content
SENT, DEFERRED = ReplyState.SENT, ReplyState.DEFERRED
REJECTED, UNKNOWN = ReplyState.REJECTED, ReplyState.UNKNOWN


def account(port: int, *, user: str = "", dot_timeout: float = 5.0, timeout: float = 5.0) -> SmtpAccount:
    return SmtpAccount(
        "127.0.0.1", port, Security.PLAIN, user, "secret", "hello@clinic.example.com", timeout, dot_timeout
    )


def nothing() -> None:
    """A `before_dot` with nothing to commit."""


@dataclass(frozen=True)
class Case:
    """One way in which a server behaves once; afterwards it behaves well. `accepted` counts what it took by then."""

    name: str
    verb: str
    act: Act
    state: ReplyState
    accepted: int = 0
    usable: bool = False


BEFORE_THE_DOT = [
    *(Case(f"drop at {verb}", verb, Drop(), DEFERRED) for verb in ("MAIL", "RCPT", "DATA", "BODY")),
    *(Case(f"silence at {verb}", verb, Hang(), DEFERRED) for verb in ("MAIL", "RCPT", "DATA")),
    *(
        Case(f"450 at {verb}", verb, say(b"450 not now\r\n"), DEFERRED, usable=True)
        for verb in ("MAIL", "RCPT", "DATA")
    ),
    *(Case(f"550 at {verb}", verb, say(b"550 no\r\n"), REJECTED, usable=True) for verb in ("MAIL", "RCPT", "DATA")),
    *(
        Case(f"421 at {verb}", verb, say(b"421 closing\r\n", then_close=True), DEFERRED)
        for verb in ("MAIL", "RCPT", "DATA")
    ),
    *(Case(f"garbage at {verb}", verb, say(b"what?\r\n"), DEFERRED) for verb in ("MAIL", "RCPT", "DATA")),
    Case("250 instead of 354 at DATA", "DATA", say(b"250 ok\r\n"), DEFERRED),
    Case("354 and an early 250 at DATA", "DATA", say(b"354 go\r\n250 queued\r\n"), DEFERRED),
    Case("half an answer at RCPT, then a drop", "RCPT", say(b"250", then_close=True), DEFERRED),
    Case("two answers at MAIL", "MAIL", say(b"250 ok\r\n250 ok\r\n"), DEFERRED),
]
AFTER_THE_DOT = [
    Case("250", "DOT", say(b"250 ok\r\n", accepts=True), SENT, 1, usable=True),
    Case("251", "DOT", say(b"251 will forward\r\n", accepts=True), SENT, 1, usable=True),
    Case("252", "DOT", say(b"252 will try\r\n", accepts=True), SENT, 1, usable=True),
    Case(
        "an answer of many lines",
        "DOT",
        say(b"250-one\r\n250-two\r\n250 three\r\n", accepts=True),
        SENT,
        1,
        usable=True,
    ),
    Case("an answer in packets", "DOT", say(b"2", b"50 o", b"k\r", b"\n", accepts=True), SENT, 1, usable=True),
    Case("an answer without words", "DOT", say(b"250\r\n", accepts=True), SENT, 1, usable=True),
    Case("250, then a drop", "DOT", say(b"250 ok\r\n", then_close=True, accepts=True), SENT, 1, usable=True),
    Case("451", "DOT", say(b"451 later\r\n"), DEFERRED, usable=True),
    Case("421", "DOT", say(b"421 closing\r\n", then_close=True), DEFERRED),
    Case("554", "DOT", say(b"554 spam\r\n"), REJECTED, usable=True),
    Case("a drop after accepting", "DOT", Drop(accepts=True), UNKNOWN, 1),
    Case("a drop without accepting", "DOT", Drop(), UNKNOWN),
    Case("silence after accepting", "DOT", Hang(accepts=True), UNKNOWN, 1),
    Case("silence without accepting", "DOT", Hang(), UNKNOWN),
    Case("garbage", "DOT", say(b"thanks\r\n", accepts=True), UNKNOWN, 1),
    Case("half a code", "DOT", say(b"25", then_close=True, accepts=True), UNKNOWN, 1),
    Case("a code without a line end", "DOT", say(b"250 ok", then_close=True, accepts=True), UNKNOWN, 1),
    Case("lines that contradict", "DOT", say(b"250-ok\r\n550 no\r\n", accepts=True), UNKNOWN, 1),
    Case("an unfinished answer", "DOT", say(b"250-ok\r\n", then_close=True, accepts=True), UNKNOWN, 1),
    Case("another 354", "DOT", say(b"354 more\r\n", accepts=True), UNKNOWN, 1),
    Case("a line without an end", "DOT", say(b"250 " + b"x" * 9000, accepts=True), UNKNOWN, 1),
    Case("an answer without an end", "DOT", say(b"250-more\r\n" * 200, accepts=True), UNKNOWN, 1),
]


def send_once(server: ScriptedServer, case: Case) -> tuple[SmtpSender, SendResult]:
    short = 0.3 if isinstance(case.act, Hang) else 5.0
    sender = SmtpSender(account(server.port, dot_timeout=short, timeout=short))

    def wait_for_the_drop() -> None:
        if case.verb == "BODY":
            assert server.dropped.wait(5)

    return sender, sender.send(CONTENT, RECIPIENT, before_dot=wait_for_the_drop)


@pytest.mark.parametrize("case", BEFORE_THE_DOT + AFTER_THE_DOT, ids=lambda case: f"{case.verb}: {case.name}")
def test_a_server_that_misbehaves_once(case: Case) -> None:
    """The state says what is known, and trying again only what is deferred never makes the server accept it twice."""
    with scripted({case.verb: [case.act, None]}) as server:
        sender, result = send_once(server, case)
        assert (result.state, len(server.accepted)) == (case.state, case.accepted)
        assert result.connection_usable is case.usable
        for _ in range(3):
            if result.state is DEFERRED:
                result = sender.send(CONTENT, RECIPIENT, before_dot=nothing)
        sender.close()
    assert len(server.accepted) == max(case.accepted, case.state is DEFERRED)
    assert all(message == CONTENT for message in server.accepted)


@pytest.mark.parametrize("act", [say(b"421 no\r\n"), Drop(), Hang(), say(b"garbage\r\n")], ids=repr)
def test_what_a_server_does_at_quit_changes_nothing(act: Act) -> None:
    """An accepted reply stays accepted, whatever QUIT is answered with."""
    with scripted({"QUIT": [act]}) as server:
        sender = SmtpSender(account(server.port, timeout=0.3))
        assert sender.send(CONTENT, RECIPIENT, before_dot=nothing).state is SENT
        sender.close()
        assert len(server.accepted) == 1


def test_a_burst_uses_one_connection() -> None:
    """Ten replies go over one connection, and each arrives as it was written."""
    with scripted() as server:
        sender = SmtpSender(account(server.port))
        states = {sender.send(CONTENT, RECIPIENT, before_dot=nothing).state for _ in range(10)}
        sender.close()
    assert (states, server.connections, server.accepted) == ({SENT}, 1, [CONTENT] * 10)


@pytest.mark.parametrize("act", [say(b"421 idle\r\n", then_close=True), Drop()], ids=repr)
def test_an_old_connection_that_ended_is_replaced(act: Act) -> None:
    """When the server ended a used connection before MAIL FROM, the reply goes at once over a fresh one."""
    with scripted({"MAIL": [None, act, None]}) as server:
        sender = SmtpSender(account(server.port))
        states = [sender.send(CONTENT, RECIPIENT, before_dot=nothing).state for _ in range(2)]
        sender.close()
    assert (states, server.connections, len(server.accepted)) == ([SENT, SENT], 2, 2)


def test_a_refused_recipient_does_not_cost_the_connection() -> None:
    """After a 550 for one person the next reply goes over the same connection, begun anew with RSET."""
    with scripted({"RCPT": [say(b"550 unknown\r\n"), None]}) as server:
        sender = SmtpSender(account(server.port))
        states = [sender.send(CONTENT, RECIPIENT, before_dot=nothing).state for _ in range(2)]
        sender.close()
    assert (states, server.connections, len(server.accepted)) == ([REJECTED, SENT], 1, 1)
    assert "RSET" in server.commands


def test_when_the_commit_fails_the_dot_is_never_written() -> None:
    """An exception of `before_dot` comes through, and the server gets no whole message."""
    with scripted() as server:
        sender = SmtpSender(account(server.port))

        def fail() -> None:
            raise RuntimeError("the disk is full")

        with pytest.raises(RuntimeError, match="disk"):
            sender.send(CONTENT, RECIPIENT, before_dot=fail)
        assert server.dropped.wait(5)
        assert server.accepted == []
        assert sender.send(CONTENT, RECIPIENT, before_dot=nothing).state is SENT
        sender.close()


def test_an_end_while_the_commit_runs_is_still_not_accepted() -> None:
    """A server that closes after the message but before the dot certainly accepted nothing."""
    with scripted({"BODY": [Drop(), None]}) as server:
        sender = SmtpSender(account(server.port))
        result = sender.send(CONTENT, RECIPIENT, before_dot=lambda: _until(server.dropped.is_set))
    assert (result.state, server.accepted) == (DEFERRED, [])


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_copy_to_ourselves_goes_in_the_same_transaction() -> None:
    """Both recipients are named before DATA; a refused copy does not hold the reply back."""
    with scripted({"RCPT": [None, None, None, say(b"550 no copies\r\n")]}) as server:
        sender = SmtpSender(account(server.port))
        first = sender.send(CONTENT, RECIPIENT, before_dot=nothing, copy_to="hello@clinic.example.com")
        second = sender.send(CONTENT, RECIPIENT, before_dot=nothing, copy_to="hello@clinic.example.com")
        sender.close()
    assert (first.state, second.state, len(server.accepted)) == (SENT, SENT, 2)
    assert server.commands.count("RCPT TO:<hello@clinic.example.com>") == 2


def test_lines_that_begin_with_dots_arrive_as_they_were() -> None:
    """Dot-stuffing is undone by the server: what was frozen is what arrives."""
    content = b"Subject: x\r\n\r\n.\r\n..two\r\n.end\r\n"
    with scripted() as server:
        sender = SmtpSender(account(server.port))
        assert sender.send(content, RECIPIENT, before_dot=nothing).state is SENT
        sender.close()
    assert server.accepted == [content]


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\r\n.\n\r\n", b"a\rb\r\n", b"no end", b""], ids=repr)
def test_bytes_that_could_end_early_are_never_handed_over(content: bytes) -> None:
    """A lone CR or LF could smuggle a second message in: refused before anything is said."""
    with scripted() as server, pytest.raises(PermanentError):
        SmtpSender(account(server.port)).send(content, RECIPIENT, before_dot=nothing)
    assert server.commands == []


@pytest.mark.parametrize("recipient", ["", "a@b>\r\nRCPT TO:<c@d", "a@b> <c@d", "a b@c", "ä@example.org"])
def test_an_address_that_is_a_command_is_never_said(recipient: str) -> None:
    """What could add a command or a recipient is refused before anything is said."""
    with scripted() as server, pytest.raises(PermanentError):
        SmtpSender(account(server.port)).send(CONTENT, recipient, before_dot=nothing)
    assert server.commands == []


def test_a_wrong_password_is_for_the_operator() -> None:
    """535 names the two settings to check, and `check` says the same."""
    with scripted({"AUTH": [say(b"535 5.7.8 wrong\r\n")]}) as server:
        sender = SmtpSender(account(server.port, user="hello@clinic.example.com"))
        with pytest.raises(OperatorError, match="TRIAGE_SMTP_PASSWORD"):
            sender.check()
        with pytest.raises(OperatorError, match="TRIAGE_SMTP_USER"):
            sender.send(CONTENT, RECIPIENT, before_dot=nothing)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ({"AUTH": [say(b"454 4.7.0 busy\r\n")]}, TransientError),
        ({"GREET": [say(b"554 go away\r\n")]}, TransientError),
        ({"GREET": [Drop()]}, TransientError),
        ({"GREET": [Hang()]}, TransientError),
        ({"EHLO": [say(b"250 script\r\n")]}, OperatorError),
        ({"MAIL": [say(b"530 5.7.0 log in first\r\n")]}, OperatorError),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_before_mail_from_nothing_is_blamed_on_the_reply(
    script: dict[str, list[Act | None]], error: type[Exception]
) -> None:
    """A server that cannot be used raises: to be tried later, or something a person must set right."""
    with scripted(script) as server:
        sender = SmtpSender(account(server.port, user="hello@clinic.example.com", timeout=0.5))
        with pytest.raises(error):
            sender.send(CONTENT, RECIPIENT, before_dot=nothing)
        sender.close()


def test_nobody_listens() -> None:
    """An unreachable server is a matter of time, and the sentence names host and port."""
    port = free_port()
    with pytest.raises(TransientError, match=str(port)):
        SmtpSender(account(port)).check()


def test_plain_is_refused_for_another_machine() -> None:
    """Without encryption triage talks to this machine only."""
    elsewhere = SmtpAccount("mail.example.com", 25, Security.PLAIN, "", "")
    with pytest.raises(OperatorError, match="TRIAGE_SMTP_SECURITY"):
        SmtpSender(elsewhere).check()


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_reply_over_verified_tls(security: Security, tmp_path: Path) -> None:
    """With the authority trusted the reply arrives and `check` is content; without it the certificate is refused."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    trust = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(trust))
    with accepting_server(context, starttls=security is Security.STARTTLS) as sink:
        good = SmtpAccount("localhost", sink.port, security, "", "", ca_file=str(trust))
        sender = SmtpSender(good)
        sender.check()
        states = [sender.send(CONTENT, RECIPIENT, before_dot=nothing).state for _ in range(2)]
        sender.close()
        assert states == [SENT, SENT]
        assert [(one.recipients, one.content) for one in sink.messages] == [((RECIPIENT,), CONTENT)] * 2
        with pytest.raises(OperatorError, match="certificate"):
            SmtpSender(SmtpAccount("localhost", sink.port, security, "", "")).check()


def test_tls_to_a_server_without_it_is_for_the_operator() -> None:
    """A wrong port or security is told as such, not as bad luck."""
    with scripted() as server, pytest.raises(OperatorError, match="TRIAGE_SMTP_SECURITY"):
        SmtpSender(SmtpAccount("127.0.0.1", server.port, Security.TLS, "", "")).check()
    with scripted() as server, pytest.raises(OperatorError, match="TRIAGE_SMTP_SECURITY"):
        SmtpSender(SmtpAccount("127.0.0.1", server.port, Security.STARTTLS, "", "")).check()
