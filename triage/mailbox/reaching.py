"""Whom we may talk to, how we know it is them, and a sentence for each way of not getting there.

TLS is verified always; nothing in here can switch that off. An unprotected connection is for this very machine only.
"""

from __future__ import annotations

import socket
import ssl
from ipaddress import ip_address

from triage.errors import OperatorError, TransientError, TriageError
from triage.mailbox.account import Security

_PORTS = {"TRIAGE_IMAP": "tls is mostly port 993, starttls 143", "TRIAGE_SMTP": "tls is mostly port 465, starttls 587"}


def verified_context(ca_file: str = "") -> ssl.SSLContext:
    """TLS 1.2 or newer with the certificate and the host name verified; `ca_file` (PEM) adds a trusted authority.

    Raises:
        OperatorError: the file is missing or holds no certificate.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError:  # includes ssl.SSLError
            raise OperatorError(
                f"The file {ca_file} cannot be read, or holds no certificate.",
                "Name a PEM file in TRIAGE_CA_FILE, or leave it out to trust the system's authorities only.",
            ) from None
    return context


def refuse_plain(security: Security, host: str, keys: str) -> None:
    """Raise OperatorError for an unprotected connection beyond this machine; `keys` is such as "TRIAGE_IMAP"."""
    if security is Security.PLAIN and not is_loopback(host):
        raise OperatorError(
            f"The connection to {host} would be unprotected: anybody on the way could read the password and the mail.",
            f"Set {keys}_SECURITY to tls or starttls; plain is for a server on this very machine only.",
        )


def no_route(error: BaseException, host: str, port: int, keys: str) -> TriageError:
    """The error that says why no protected, greeted connection came about; `keys` is such as "TRIAGE_IMAP"."""
    where = f"the mail server {host}, port {port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error, where, keys)
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return OperatorError(
            f"No protected connection (TLS) could be made with {where}.",
            f"Check {keys}_PORT and {keys}_SECURITY ({_PORTS[keys]}).",
        )
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return TransientError(
            f"The name of the mail server {host} could not be looked up. Check this machine's network connection."
        )
    if isinstance(error, socket.gaierror | UnicodeError):
        advice = f"Check the spelling of {keys}_HOST, and this machine's network connection."
        return OperatorError(f"The name of the mail server {host} is not known.", advice)
    if isinstance(error, ConnectionRefusedError):
        return TransientError(
            f"The mail server {host}, port {port}, cannot be reached: nothing answers there. "
            f"Check {keys}_HOST and {keys}_PORT ({_PORTS[keys]})."
        )
    if isinstance(error, TimeoutError):
        return TransientError(
            f"No answer in time from {where}. Check {keys}_HOST, {keys}_PORT and {keys}_SECURITY ({_PORTS[keys]}), "
            "and the firewall."
        )
    if isinstance(error, OSError):
        return TransientError(
            f"No connection could be made with {where}. Check {keys}_HOST, {keys}_PORT and {keys}_SECURITY "
            f"({_PORTS[keys]}), and this machine's network connection."
        )
    return TransientError(
        f"No greeting that makes sense came from {where}. Check {keys}_HOST and {keys}_PORT ({_PORTS[keys]})."
    )


def _untrusted(error: ssl.SSLCertVerificationError, where: str, keys: str) -> OperatorError:
    """What is wrong with a certificate, and whose turn it is; the codes are OpenSSL's (x509_vfy.h)."""
    code = error.verify_code
    if code in {9, 10}:
        what = "it has expired" if code == 10 else "it is not valid yet"
        advice = "Check that this machine's clock is right; if it is, ask whoever runs the server for a new one."
    elif code in {62, 64}:
        what = "it is made out to another name"
        advice = f"Set {keys}_HOST to the server's name as your provider writes it."
    elif code in {18, 19, 20, 21}:
        what = "nobody this machine trusts has signed it"
        advice = f"Check {keys}_HOST; if the server is your own, name its authority's PEM file in TRIAGE_CA_FILE."
    else:
        what = error.verify_message.rstrip(".")
        advice = "Ask whoever runs the server for a valid one."
    return OperatorError(f"The certificate of {where}, cannot be trusted: {what}.", advice)


def is_loopback(host: str) -> bool:
    """Whether a host name can only mean this very machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
