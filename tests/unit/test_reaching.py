"""A sentence for each way of not reaching a mail server."""

from __future__ import annotations

import socket
import ssl

import pytest

from triage.errors import OperatorError, TransientError
from triage.mailbox.account import Security
from triage.mailbox.reaching import no_route, refuse_plain


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), OperatorError, "not known.*TRIAGE_SMTP_HOST"),
        (socket.gaierror(socket.EAI_AGAIN, "later"), TransientError, "looked up"),
        (ConnectionRefusedError(), TransientError, "cannot be reached"),
        (TimeoutError(), TransientError, "firewall"),
        (ssl.SSLEOFError(8, "eof"), TransientError, "No connection"),
        (ssl.SSLError(1, "wrong version number"), OperatorError, "TRIAGE_SMTP_SECURITY"),
        (OSError(101, "unreachable"), TransientError, "No connection"),
        (ValueError("what?"), TransientError, "greeting"),
    ],
)
def test_each_failure_has_its_sentence(error: Exception, kind: type[Exception], words: str) -> None:
    """Typing errors are the operator's; the network's moods pass."""
    with pytest.raises(kind, match=words):
        raise no_route(error, "mail.example.com", 465, "TRIAGE_SMTP")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::1", "127.8.8.8"])
def test_this_machine_may_be_spoken_to_plainly(host: str) -> None:
    """Loopback leaves no machine."""
    refuse_plain(Security.PLAIN, host, "TRIAGE_IMAP")


def test_a_protected_connection_may_go_anywhere() -> None:
    """Only plain is bound to this machine."""
    refuse_plain(Security.TLS, "mail.example.com", "TRIAGE_IMAP")
    with pytest.raises(OperatorError, match="TRIAGE_IMAP_SECURITY"):
        refuse_plain(Security.PLAIN, "mail.example.com", "TRIAGE_IMAP")
