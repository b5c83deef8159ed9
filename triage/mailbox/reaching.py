"""Whom we may talk to, how we know it is them, and a sentence for each way of not getting there.

TLS is verified always; nothing in here can switch that off. An unprotected connection is for this very machine only.
"""

from __future__ import annotations

import socket
import ssl
from ipaddress import ip_address

from triage.errors import OperatorError, TransientError, TriageError
from triage.mailbox.account import Security


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
                f"The certificate authority file {ca_file} cannot be read as PEM certificates.",
                "Give the path of a PEM file, or leave the setting empty to trust the system's authorities only.",
            ) from None
    return context


def refuse_plain(security: Security, host: str, keys: str) -> None:
    """Raise OperatorError for an unprotected connection beyond this machine; `keys` is such as "TRIAGE_IMAP"."""
    if security is Security.PLAIN and not _is_loopback(host):
        raise OperatorError(
            f"The connection to {host} would be unprotected: anybody on the way could read the password and the mail.",
            f"Set {keys}_SECURITY to tls or starttls; plain is for a server on this very machine only.",
        )


def no_route(error: Exception, host: str, port: int, keys: str) -> TriageError:
    """The error that says why no protected, greeted connection came about; `keys` is such as "TRIAGE_IMAP"."""
    where = f"the mail server {host}, port {port}"
    again = "It is tried again by itself."
    if isinstance(error, ssl.SSLCertVerificationError):
        return OperatorError(
            f"The certificate of {where}, cannot be trusted: {error.verify_message.rstrip('.')}.",
            f"Check {keys}_HOST; if the server uses the practice's own authority, name its PEM file in {keys}_CA_FILE.",
        )
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return OperatorError(
            f"No TLS connection could be made with {where}.",
            f"Check {keys}_PORT and {keys}_SECURITY: a port expects either tls or starttls, not both.",
        )
    if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
        return OperatorError(f"The name of the mail server {host} is not known.", f"Check the spelling of {keys}_HOST.")
    if isinstance(error, socket.gaierror):
        return TransientError(f"The name of the mail server {host} could not be looked up. {again}")
    if isinstance(error, ConnectionRefusedError):
        return TransientError(f"Nobody answers at {where}. {again} If it stays so, check {keys}_HOST and {keys}_PORT.")
    if isinstance(error, TimeoutError):
        return TransientError(
            f"No answer in time from {where}. {again} If it stays so, check {keys}_HOST, {keys}_PORT, "
            f"{keys}_SECURITY and the firewall."
        )
    if isinstance(error, OSError):
        return TransientError(f"No connection could be made with {where}. {again}")
    return TransientError(f"No greeting that makes sense came from {where}. {again}")


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
