"""One SMTP connection: smtplib for connecting, STARTTLS and login, with an own, strict reader of the server's answers.

smtplib's reader takes half a line for an answer, waits for ever for one that drips, and keeps whatever the server says
unasked, to be read later as the answer to something else. After the final dot each of these would make us guess.
"""

from __future__ import annotations

import ipaddress
import smtplib
import socket
import ssl
import time
from contextlib import suppress

from triage.errors import OperatorError, TransientError
from triage.mailbox.account import Security, SmtpAccount

GARBAGE = -1
"""The code for an answer that is none (RFC 5321 section 4.2 shows what one looks like)."""

_LONGEST_LINE = 4096
_MOST_LINES = 100
_QUIT_SECONDS = 5.0
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
    try:
        return _greeted(account)
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code // 100 == 4:
            raise TransientError(f"The mail server {account.host} cannot check the login for now.") from error
        raise OperatorError(f"The mail server {account.host} refused the login.", _LOGIN_ADVICE) from error
    except smtplib.SMTPNotSupportedError as error:
        raise OperatorError(
            f"The mail server {account.host} does not offer the protection or login that is set.",
            "Check TRIAGE_SMTP_SECURITY and TRIAGE_SMTP_PORT (465 is tls, 587 is starttls).",
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise OperatorError(
            f"The certificate of the mail server {account.host} is not valid: {error.verify_message}.",
            "Check TRIAGE_SMTP_HOST: it must be the name in the certificate.",
        ) from error
    except ssl.SSLEOFError as error:
        raise TransientError(f"The mail server {account.host} broke off while encryption was set up.") from error
    except ssl.SSLError as error:
        raise OperatorError(
            f"No encrypted connection to {account.host}, port {account.port}, could be made.",
            "Check TRIAGE_SMTP_SECURITY and TRIAGE_SMTP_PORT (465 is tls, 587 is starttls).",
        ) from error
    except smtplib.SMTPException as error:
        raise TransientError(f"The mail server {account.host} is not ready for us.") from error
    except socket.gaierror as error:
        raise TransientError(f"The mail server's name {account.host} could not be looked up.") from error
    except OSError as error:
        raise TransientError(f"The mail server {account.host}, port {account.port}, cannot be reached.") from error


def _greeted(account: SmtpAccount) -> Session:
    """Connect and log in with smtplib's own errors; a half-made connection is closed."""
    if account.security is Security.PLAIN and not is_loopback(account.host):
        raise OperatorError(
            f"TRIAGE_SMTP_SECURITY is plain, but {account.host} is not this machine.",
            "Set it to tls or starttls: a reply must not cross a network unprotected.",
        )
    name = _own_name(account)
    session: Session
    if account.security is Security.TLS:
        session = _TlsStrictReader(
            account.host, account.port, local_hostname=name, timeout=account.timeout, context=_trust(account)
        )
    else:
        session = _StrictReader(account.host, account.port, local_hostname=name, timeout=account.timeout)
    try:
        if session.sock is not None:
            session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if account.security is Security.STARTTLS:
            _start_tls(session, _trust(account))
        session.ehlo_or_helo_if_needed()
        if account.user:
            session.login(account.user, account.password)
    except BaseException:
        session.close()
        raise
    return session


def _start_tls(session: Session, trust: ssl.SSLContext) -> None:
    """Encrypt, or say that the server does not."""
    code, _ = session.starttls(context=trust)
    if code != 220:
        raise smtplib.SMTPNotSupportedError("STARTTLS was refused.")


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _trust(account: SmtpAccount) -> ssl.SSLContext:
    """Verified TLS, with the system's authorities and the one the account adds."""
    context = ssl.create_default_context()
    if account.ca_file:
        context.load_verify_locations(cafile=account.ca_file)
    return context


def _own_name(account: SmtpAccount) -> str:
    """What to say in EHLO: the practice's domain or a literal (RFC 5321 section 4.1.3), never this machine's name."""
    domain = (account.envelope_from or account.user).rpartition("@")[2]
    return (
        domain if "." in domain and domain.isascii() and domain.isprintable() and " " not in domain else "[127.0.0.1]"
    )
