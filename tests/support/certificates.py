"""Certificates for servers on loopback, made by an authority of our own that only a test trusts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.support.dovecot import Certificate


@dataclass(frozen=True, slots=True)
class Authority:
    """A made-up authority: `ca_file` is its PEM; `certificate` is for 127.0.0.1 and localhost, `foreign` for others."""

    ca_file: Path
    certificate: Certificate
    foreign: Certificate


def make_authority(base: Path) -> Authority:
    """Write an authority and two certificates below `base`."""
    authority = trustme.CA()
    ca_file = base / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return Authority(
        ca_file,
        _issue(authority, base / "server", "127.0.0.1", "localhost"),
        _issue(authority, base / "foreign", "mail.example.org"),
    )


def _issue(authority: trustme.CA, stem: Path, *names: str) -> Certificate:
    issued = authority.issue_cert(*names)
    chain, key = stem.with_suffix(".pem"), stem.with_suffix(".key")
    issued.private_key_and_cert_chain_pem.write_to_path(str(chain))
    issued.private_key_pem.write_to_path(str(key))
    return Certificate(chain, key)
