"""A real Dovecot on loopback for tests, stories and benchmarks: started in a moment, stopped by its own pid.

It runs as an ordinary user: ours, or `nobody` when we are root (through setpriv). It never listens outside loopback,
and never sees anything but invented mail.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from grp import getgrgid
from pathlib import Path
from string import Template

from imapclient import IMAPClient

from tests.support.ports import free_port, wait_for_greeting

USER = "inbox@example.com"
PASSWORD = "secret"
_TEMPLATE = Path(__file__).with_name("dovecot.conf.template")
_NOBODY = 65534
_LONGEST_BASE = 60  # Unix socket paths end at 107 bytes, and Dovecot adds its own names


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two PEM files for TLS: the chain and its private key."""

    chain: Path
    key: Path


class DovecotServer:
    """One Dovecot with any number of users (the password is `PASSWORD` for all); also a context manager.

    `imap_port` speaks plain IMAP (and STARTTLS when a certificate was given), `imaps_port` TLS, `lmtp_port` LMTP.
    """

    user = USER
    password = PASSWORD

    def __init__(self, base: Path, certificate: Certificate | None, smtp_port: int) -> None:
        self.base = base
        self.imap_port = free_port()
        self.imaps_port = free_port()
        self.lmtp_port = free_port()
        self._owned = False
        self._account = pwd.getpwuid(_NOBODY if os.geteuid() == 0 else os.geteuid())
        self._certificate = certificate
        self._smtp_port = smtp_port
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(
        cls, base: Path | None = None, *, certificate: Certificate | None = None, smtp_port: int = 25
    ) -> DovecotServer:
        """Start a server that keeps everything below `base`, and return once it answers.

        Without a base, or with one that its user cannot reach or that is too long for socket names (pytest's
        `tmp_path`), it makes a directory of its own and removes it at `stop`. `smtp_port` is where Sieve sends.
        """
        usable = base is not None and len(str(base)) <= _LONGEST_BASE and _reachable(base)
        server = cls(base if base and usable else Path(tempfile.mkdtemp(prefix="dovecot-")), certificate, smtp_port)
        server._owned = not usable
        try:
            server._prepare()
            server._launch()
        except BaseException:
            server.stop()
            raise
        return server

    def stop(self) -> None:
        """Stop the server and, if it made its own directory, remove it."""
        self.halt()
        if self._owned:
            shutil.rmtree(self.base, ignore_errors=True)

    def halt(self) -> None:
        """Stop answering and end every session, but keep the mail; `restart` brings it back."""
        if self._process is None:
            return
        group = self._process.pid  # the master leads a group of its own, sessions included
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGTERM)
        try:
            self._process.wait(timeout=10)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
            self._process.wait(timeout=10)
            self._process = None

    def restart(self) -> None:
        """Stop and start again on the same ports with the same mail: every connection breaks."""
        self.halt()
        self._launch()

    def client(self, mailbox_user: str = USER) -> IMAPClient:
        """A logged-in client of its own, to look at a mailbox as staff would; a context manager."""
        client = IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=20)
        client._imap.debug = 0
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.normalise_times = False
        client.login(mailbox_user, PASSWORD)
        return client

    def deliver(
        self,
        content: bytes,
        mailbox_user: str = USER,
        internaldate: datetime | None = None,
        folder: str = "INBOX",
    ) -> int:
        """Put one message into a folder as unseen mail, by APPEND; returns its UID."""
        with self.client(mailbox_user) as client:
            return append(client, folder, content, internaldate)

    def stock(self, contents: Iterable[bytes], mailbox_user: str = USER) -> None:
        """Write many messages straight into the inbox's maildir: for big mailboxes, before the first login."""
        maildir = self.base / "mail" / mailbox_user / "Maildir"
        for part in ("cur", "new", "tmp"):
            (maildir / part).mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(contents, start=1):
            (maildir / "new" / f"1700000000.M{number:09d}.example").write_bytes(content.replace(b"\r\n", b"\n"))
        self._give_away(maildir.parent)

    def maildir(self, mailbox_user: str = USER) -> Path:
        """Where the user's inbox lies on disk."""
        return self.base / "mail" / mailbox_user / "Maildir"

    def __enter__(self) -> DovecotServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _prepare(self) -> None:
        for name in ("", "mail", "run", "state"):
            (self.base / name).mkdir(parents=True, exist_ok=True)
        certificate = ""
        if self._certificate:
            chain, key = self.base / "server.pem", self.base / "server.key"
            shutil.copyfile(self._certificate.chain, chain)
            shutil.copyfile(self._certificate.key, key)
            certificate = f"ssl_cert = <{chain}\nssl_key = <{key}"
        self._configuration.write_text(
            Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
                BASE=self.base,
                USER=self._account.pw_name,
                GROUP=getgrgid(self._account.pw_gid).gr_name,
                UID=self._account.pw_uid,
                GID=self._account.pw_gid,
                SSL="yes" if self._certificate else "no",
                CERTIFICATE=certificate,
                IMAP=self.imap_port,
                IMAPS=self.imaps_port if self._certificate else 0,
                LMTP=self.lmtp_port,
                SMTP=self._smtp_port,
            ),
            encoding="utf-8",
        )
        self._give_away(self.base)

    def _launch(self) -> None:
        command = ["dovecot", "-F", "-c", str(self._configuration)]
        if os.geteuid() == 0:
            ids = [f"--reuid={self._account.pw_uid}", f"--regid={self._account.pw_gid}", "--clear-groups"]
            command = ["setpriv", *ids, *command]
        with (self.base / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
            )
        wait_for_greeting(self.imap_port)

    @property
    def _configuration(self) -> Path:
        return self.base / "dovecot.conf"

    def _give_away(self, top: Path) -> None:
        if os.geteuid() != 0:
            return
        for path in (top, *top.rglob("*")):
            os.chown(path, self._account.pw_uid, self._account.pw_gid)


def append(client: IMAPClient, folder: str, content: bytes, internaldate: datetime | None = None) -> int:
    """APPEND one unseen message through a client and return its UID (RFC 4315), 0 if the server does not say."""
    answer = client.append(folder, content, (), internaldate)
    words = bytes(answer).partition(b"]")[0].split()
    return int(words[2]) if words[:1] == [b"[APPENDUID"] else 0


def flags(client: IMAPClient, folder: str = "INBOX") -> dict[int, set[str]]:
    """The flags of every message in a folder, without \\Recent, looked at read-only."""
    client.select_folder(folder, readonly=True)
    found = client.get_flags(client.search("ALL"))
    return {uid: {flag.decode() for flag in marks} - {"\\Recent"} for uid, marks in found.items()}


def _reachable(base: Path) -> bool:
    """Whether an ordinary user may walk to this directory."""
    return os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in base.resolve().parents)
