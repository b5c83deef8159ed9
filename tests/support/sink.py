"""SMTP servers that take everything: aiosmtpd where a test reads messages, Postfix's smtp-sink where speed counts."""

from __future__ import annotations

import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import free_port, wait_for_greeting


@dataclass(frozen=True, slots=True)
class SunkMessage:
    """One message as the server took it."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class Sink:
    """Keeps every message in order; `answers` are given after the dot before the usual 250 ("451 later", "550 no")."""

    port: int = 0
    messages: list[SunkMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 - aiosmtpd's shape
        """Take one message, unless an answer is scripted."""
        if self.answers:
            return self.answers.pop(0)
        content: Any = envelope.original_content or b""
        self.messages.append(SunkMessage(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return "250 kept"


@contextmanager
def accepting_server(context: ssl.SSLContext | None = None, *, starttls: bool = False) -> Iterator[Sink]:
    """An aiosmtpd server on a free loopback port; with a context it speaks TLS from the start, or after STARTTLS."""
    sink = Sink(port=free_port())
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": sink.port, "server_hostname": "sink.example.com"}
    if context is not None and starttls:
        options |= {"tls_context": context, "require_starttls": True}
    elif context is not None:
        options["ssl_context"] = context
    controller = Controller(sink, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Postfix's smtp-sink on a free loopback port: takes and forgets; yields the port."""
    port = free_port()
    as_nobody = ["-u", "nobody"] if os.getuid() == 0 else []
    command = ["/usr/sbin/smtp-sink", *as_nobody, f"127.0.0.1:{port}", "256"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for_greeting(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)
