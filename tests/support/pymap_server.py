"""pymap as an embedded IMAP server on loopback: the very one of the demonstration, ready in milliseconds.

It offers no SPECIAL-USE and no TLS. Everything it holds is gone when it stops.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from imapclient import IMAPClient

from tests.support.dovecot import append
from triage.demo.servers import PASSWORD, EmbeddedServers

USER = "inbox@example.com"


class PymapServer:
    """One embedded server with one user (`USER`, `PASSWORD`); also a context manager. `imap_port` is set at start."""

    user = USER
    password = PASSWORD

    def __init__(self, folders: tuple[str, ...] = ("Drafts", "Sent")) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pymap-"))
        self._servers = EmbeddedServers(USER, self._folder / "replies", folders)
        self.imap_port = 0

    @classmethod
    def start(cls) -> PymapServer:
        """A running server."""
        server = cls()
        server._servers.__enter__()
        server.imap_port = server._servers.imap_port
        return server

    def stop(self) -> None:
        """End every connection and the thread."""
        self._servers.__exit__()
        shutil.rmtree(self._folder, ignore_errors=True)

    def deliver(self, content: bytes, internaldate: datetime | None = None, folder: str = "INBOX") -> int:
        """Put one message into a folder as unseen mail; returns its UID."""
        with self.client() as client:
            return append(client, folder, content, internaldate)

    def client(self) -> IMAPClient:
        """A logged-in client of its own, to look at the mailbox as staff would; a context manager."""
        client = IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=20)
        client._imap.debug = 0
        client.normalise_times = False
        client.login(USER, PASSWORD)
        return client

    def __enter__(self) -> PymapServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
