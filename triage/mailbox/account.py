"""How to reach the practice's mail servers: plain frozen values that `app` fills from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Security(StrEnum):
    """How a connection is protected. `plain` is for servers on this very machine only."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


class MarkStyle(StrEnum):
    """How handled email is shown in the mailbox."""

    KEYWORD = "keyword"
    FOLDER = "folder"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """Where and how to read. `timeout` is seconds for any one answer; `ca_file` adds a trusted authority."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    mark: MarkStyle = MarkStyle.KEYWORD
    timeout: float = 60.0
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """Where and how to hand over. No login when `user` is empty; `envelope_from` may be "" for the null sender <>."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    envelope_from: str = ""
    timeout: float = 60.0
    dot_timeout: float = 600.0
    ca_file: str = ""
