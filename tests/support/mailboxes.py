"""The same mailbox three times, for tests that must hold for each: in memory, embedded pymap, a real Dovecot.

A rig gives the mailbox under test, and what staff or the server could do to it behind its back.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from imapclient import IMAPClient

from tests.support.dovecot import DovecotServer, append, flags
from tests.support.imap_script import ScriptedImap
from triage.errors import TransientError
from triage.events import EventLog
from triage.mailbox.account import ImapAccount, MarkStyle, Security
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.imap_words import KEYWORDS
from triage.mailbox.memory import MemoryMailbox
from triage.mailbox.port import FolderState, Mailbox

_numbers = itertools.count(1)


class Rig(Protocol):
    """One mailbox with a folder named `folder`, and a hand behind it."""

    mailbox: Any
    folder: str

    def deliver(self, *contents: bytes, received_at: datetime | None = None) -> list[int]:
        """Messages arrive; their UIDs."""

    def vanish(self, uid: int) -> None:
        """Staff delete a message for good."""

    def rebuild(self) -> None:
        """The server builds the folder anew, with the same messages."""

    def marks(self) -> dict[int, set[str]]:
        """Every flag and keyword of each message in the folder."""

    def contents(self, folder: str) -> list[bytes]:
        """Whole messages in another folder."""


class MemoryRig:
    """The twin."""

    def __init__(self, mark: MarkStyle) -> None:
        self.folder = "INBOX"
        self.mailbox = MemoryMailbox(mark_style=mark)

    def deliver(self, *contents: bytes, received_at: datetime | None = None) -> list[int]:
        return [self.mailbox.deliver(content, received_at) for content in contents]

    def vanish(self, uid: int) -> None:
        self.mailbox.vanish(uid)

    def rebuild(self) -> None:
        self.mailbox.rebuild()

    def marks(self) -> dict[int, set[str]]:
        marks = self.mailbox.marks
        return {uid: {KEYWORDS[marks[uid]]} if uid in marks else set() for uid in self.mailbox.messages}

    def contents(self, folder: str) -> list[bytes]:
        piles = {"Drafts": self.mailbox.drafts, "Sent": self.mailbox.sent}
        return piles.get(folder) or [stored.content for stored in self.mailbox.moved.get(folder, [])]


class ServerRig:
    """A mailbox on a server; the folder is one that can be deleted, unlike INBOX."""

    folder = "Inquiries"

    def __init__(self, port: int, user: str, password: str, mark: MarkStyle, client: Callable[[], IMAPClient]) -> None:
        self._client = client
        self.account = ImapAccount("127.0.0.1", port, Security.PLAIN, user, password, self.folder, mark, timeout=10)
        self.mailbox = ImapMailbox(self.account, EventLog())
        with client() as staff:
            staff.create_folder(self.folder)

    def deliver(self, *contents: bytes, received_at: datetime | None = None) -> list[int]:
        with self._client() as staff:
            return [append(staff, self.folder, content, received_at) for content in contents]

    def vanish(self, uid: int) -> None:
        with self._client() as staff:
            staff.select_folder(self.folder)
            staff.delete_messages([uid], silent=True)
            staff.uid_expunge([uid])

    def rebuild(self) -> None:
        with self._client() as staff:
            before = staff.folder_status(self.folder, ["UIDVALIDITY"])
            kept = self.contents(self.folder)
            deadline = time.monotonic() + 5
            # Dovecot counts UIDVALIDITY in seconds, so a folder made anew within one keeps it.
            while staff.folder_status(self.folder, ["UIDVALIDITY"]) == before and time.monotonic() < deadline:
                staff.delete_folder(self.folder)
                staff.create_folder(self.folder)
            for content in kept:
                append(staff, self.folder, content)

    def marks(self) -> dict[int, set[str]]:
        with self._client() as staff:
            return flags(staff, self.folder)

    def contents(self, folder: str) -> list[bytes]:
        with self._client() as staff:
            staff.select_folder(folder, readonly=True)
            uids = staff.search("ALL")
            return [staff.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"] for uid in uids]


def dovecot_rig(server: DovecotServer, mark: MarkStyle = MarkStyle.KEYWORD) -> ServerRig:
    """A rig for a user of its own on a running Dovecot."""
    user = f"user{next(_numbers)}@example.com"
    return ServerRig(server.imap_port, user, server.password, mark, lambda: server.client(user))


def scripted(server: ScriptedImap, mark: MarkStyle = MarkStyle.KEYWORD, timeout: float = 5.0) -> ImapMailbox:
    """A mailbox on a scripted server."""
    account = ImapAccount("127.0.0.1", server.port, Security.PLAIN, "u", "p", "INBOX", mark, timeout)
    return ImapMailbox(account, EventLog())


def reopen(mailbox: Mailbox, tries: int = 3) -> FolderState:
    """Open, as the daemon does: again after a TransientError."""
    for _ in range(tries - 1):
        try:
            return mailbox.open()
        except TransientError:
            continue
    return mailbox.open()


def mail(number: int = 1, body: bytes = b"Hello.\r\n", headers: Sequence[bytes] = ()) -> bytes:
    """One invented message with CRLF line ends."""
    lines = [
        b"Message-ID: <m%d@mail.example.org>" % number,
        b"From: Maria Lopez <maria.lopez@example.org>",
        b"To: inbox@example.com",
        b"Subject: Question",
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def multipart(*parts: bytes) -> bytes:
    """A multipart/mixed message."""
    body = b"".join(b"--frontier\r\n" + part + b"\r\n" for part in parts) + b"--frontier--\r\n"
    headers = [b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="frontier"']
    return mail(1, body, headers)


def text_part(words: bytes) -> bytes:
    """A plain text part."""
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + words + b"\r\n"


def binary_part(size: int) -> bytes:
    """An attached picture of about `size` octets on the wire."""
    head = b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n"
    head += b'Content-Disposition: attachment; filename="picture.jpg"\r\n\r\n'
    return head + b"\r\n".join([b"QUJD" * 19] * (size // 78 + 1))


def attachment_first(words: bytes, size: int) -> bytes:
    """A message whose words lie behind a big attachment."""
    return multipart(binary_part(size), text_part(words))
