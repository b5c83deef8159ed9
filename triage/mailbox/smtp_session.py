"""One SMTP connection: smtplib for connecting, STARTTLS and login, with an own, strict reader of the server's answers.

smtplib's reader takes half a line for an answer, waits for ever for one that drips, and keeps whatever the server says
unasked, to be read later as the answer to something else. After the final dot each of these would make us guess.
"""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
import time
from contextlib import suppress

from triage.errors import OperatorError, TransientError
from triage.mailbox.account import Security, SmtpAccount
from triage.mailbox.reaching import no_route, refuse_plain, verified_context

GARBAGE = -1
"""The code for an answer that is none (RFC 5321 section 4.2 shows what one looks like)."""

_LONGEST_LINE = 4096
_MOST_LINES = 100
_QUIT_SECONDS = 5.0
_READY, _LOGGED_IN = 220, 235
_KEYS = "TRIAGE_SMTP"
_LOGIN_ADVICE = "Check TRIAGE_SMTP_USER and TRIAGE_SMTP_PASSWORD; some providers want an app password."


class _StrictReader(smtplib.SMTP):
    """smtplib's client, reading answers under one deadline each and noticing what was said unasked."""

    patience: float | None = None  # seconds for one answer, where it is not the connection's time-out
    _heard = b""
    _heard_from: socket.socket | None = None

    def getreply(self) -> tuple[int, bytes]:
        """One answer: its code and its words, or `GARBAGE`. Raises SMTPServerDisconnected on EOF and time-out."""
        deadline = time.monotonic() + (self.timeout if self.patience is None else self.patience)
        words: list[bytes] = []
        code = 0
        while len(words) < _MOST_LINES:
            line = self._line(deadline)
            number, mark = line[:3], line[3:4]
            if not number.isdigit() or mark not in {b" ", b"-", b""} or not b"200" <= number <= b"599":
                return GARBAGE, line
            if code and int(number) // 100 != code // 100:
                return GARBAGE, line
            code = int(number)
            words.append(line[4:].strip())
            if mark != b"-":
                return code, b"\n".join(words)
        return GARBAGE, b"an answer without an end"

    def _line(self, deadline: float) -> bytes:
        """The next whole line without its end; half a line is none."""
        if self._heard_from is not self.sock:  # STARTTLS: what was said before it must not count (CVE-2021-23993)
            self._heard, self._heard_from = b"", self.sock
        while b"\n" not in self._heard:
            if len(self._heard) > _LONGEST_LINE:
                return b""
            chunk = self._receive(deadline)
            if not chunk:
                self.close()
                raise smtplib.SMTPServerDisconnected("The mail server closed the connection.")
            self._heard += chunk
        line, _, self._heard = self._heard.partition(b"\n")
        return line.removesuffix(b"\r")

    def _receive(self, deadline: float) -> bytes:
        """Some bytes; empty when the server closed. Time-outs and resets close the connection."""
        if self.sock is None:
            return b""
        try:
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            chunk = self.sock.recv(8192)
            self.sock.settimeout(self.timeout)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected("The mail server did not answer in time, or broke off.") from error
        return chunk

    def is_interrupted(self) -> bool:
        """Whether the server closed, or said something nobody asked for: then the next answer cannot be trusted."""
        if self.sock is None or (self._heard and self._heard_from is self.sock):
            return True
        try:
            self.sock.settimeout(0)
            self.sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            self.sock.settimeout(self.timeout)
            return False
        except OSError:
            return True
        return True

    def part(self) -> None:
        """Say QUIT and close; whatever the server answers or does not answer to that changes nothing."""
        self.patience = min(_QUIT_SECONDS, self.timeout)
        with suppress(OSError, smtplib.SMTPException):
            self.docmd("QUIT")
        self.close()


class _TlsStrictReader(_StrictReader, smtplib.SMTP_SSL):
    """The same inside TLS from the first byte."""


Session = _StrictReader


def connect(account: SmtpAccount) -> Session:
    """A connection that is ready for MAIL FROM: greeted, encrypted and logged in as the account asks.

    Raises:
        OperatorError: wrong password, bad certificate, or a protection the server does not offer.
        TransientError: unreachable or busy.
    """
    refuse_plain(account.security, account.host, _KEYS)
    trust = verified_context(account.ca_file)
    try:
        session = _greeted(account, trust)
    except smtplib.SMTPResponseException as error:
        if error.smtp_code == GARBAGE:
            raise no_route(ValueError(), account.host, account.port, _KEYS) from error
        raise TransientError(f"The mail server {account.host}, port {account.port}, takes nothing just now.") from error
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors, a name that cannot be a host's a ValueError
        broken = isinstance(error, smtplib.SMTPServerDisconnected)
        cause = (error.__cause__ or ConnectionResetError()) if broken else error
        raise no_route(cause, account.host, account.port, _KEYS) from error
    try:
        if account.user:
            _log_in(session, account)
    except BaseException:
        session.close()
        raise
    return session


def _greeted(account: SmtpAccount, trust: ssl.SSLContext) -> Session:
    """A greeted and protected connection, with smtplib's own errors; a half-made one is closed."""
    name = _own_name(account)
    session: Session
    if account.security is Security.TLS:
        session = _TlsStrictReader(
            account.host, account.port, local_hostname=name, timeout=account.timeout, context=trust
        )
    else:
        session = _StrictReader(account.host, account.port, local_hostname=name, timeout=account.timeout)
    try:
        if session.sock is not None:
            session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session.ehlo_or_helo_if_needed()
        if account.security is Security.STARTTLS:
            _start_tls(session, account, trust)
            session.ehlo_or_helo_if_needed()
    except BaseException:
        session.close()
        raise
    return session


def _start_tls(session: Session, account: SmtpAccount, trust: ssl.SSLContext) -> None:
    """Encrypt, or say that the server does not."""
    if not session.has_extn("starttls") or session.starttls(context=trust)[0] != _READY:
        raise OperatorError(
            f"The mail server {account.host} does not offer STARTTLS on port {account.port}.",
            "Use TRIAGE_SMTP_SECURITY=tls with port 465, or ask your provider.",
        )


def _log_in(session: Session, account: SmtpAccount) -> None:
    """Log in; smtplib sends ASCII only, so other passwords go as UTF-8 by PLAIN (RFC 4616 section 2)."""
    if not session.has_extn("auth"):
        raise OperatorError(
            f"The mail server {account.host} takes no login on port {account.port}.",
            "Set TRIAGE_SMTP_SECURITY to tls or starttls if it is not; "
            "leave out TRIAGE_SMTP_USER and TRIAGE_SMTP_PASSWORD if it wants no login.",
        )
    try:
        if (account.user + account.password).isascii():
            session.login(account.user, account.password)
        else:
            _say_plain(session, f"\0{account.user}\0{account.password}")
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code // 100 == 4:
            raise TransientError(f"The mail server {account.host} cannot check the login for now.") from None
        raise OperatorError(f"The mail server {account.host} refused the login.", _LOGIN_ADVICE) from None
    except smtplib.SMTPServerDisconnected:
        raise TransientError(f"The mail server {account.host} broke off, or was silent, at the login.") from None
    except smtplib.SMTPException:
        raise OperatorError(
            f"The mail server {account.host} takes no login by user name and password on port {account.port}.",
            "Ask your provider how programs may send mail; triage needs such a login (AUTH PLAIN or LOGIN).",
        ) from None


def _say_plain(session: Session, words: str) -> None:
    """AUTH PLAIN in one line."""
    code, said = session.docmd("AUTH", "PLAIN " + base64.b64encode(words.encode()).decode("ascii"))
    if code != _LOGGED_IN:
        raise smtplib.SMTPAuthenticationError(code, said)


def _own_name(account: SmtpAccount) -> str:
    """What to say in EHLO: the practice's domain or a literal (RFC 5321 section 4.1.3), never this machine's name."""
    domain = (account.envelope_from or account.user).rpartition("@")[2]
    return (
        domain if "." in domain and domain.isascii() and domain.isprintable() and " " not in domain else "[127.0.0.1]"
    )
