"""pymap as an embedded IMAP server on loopback: in memory, in a thread of this process, ready in milliseconds.

pymap's dict backend allows no keywords, so the mailboxes here say that any keyword may be kept (`\\*`). It offers no
SPECIAL-USE and no TLS. Everything it holds is gone when it stops.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from argparse import Namespace
from datetime import UTC, datetime

from imapclient import IMAPClient
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Flag, Wildcard
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import BuiltinHash

USER = "inbox@example.com"
PASSWORD = "secret"


class _Folder(MailboxData):
    """A mailbox that keeps any keyword."""

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        return frozenset(super().permanent_flags | {Wildcard})


class _Folders(MailboxSet):
    """A user's mailboxes, each of our own kind."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._inbox = self._new()
        self._set = {name: self._new() for name in names}

    async def add_mailbox(self, name: str) -> ObjectId:
        if name in self._set:
            raise ValueError(name)
        self._set[name] = folder = self._new()
        return folder.mailbox_id

    def _new(self) -> _Folder:
        return _Folder(self._content_cache, self._thread_cache)


class _Settings(Config):
    """A greeting without a look-up of this machine's name, which may hang."""

    @property
    def greeting(self) -> bytes:
        return b"ready"


class PymapServer:
    """One embedded server with one user (`USER`, `PASSWORD`); also a context manager. `imap_port` is set at start."""

    user = USER
    password = PASSWORD

    def __init__(self, folders: tuple[str, ...] = ("Drafts", "Sent")) -> None:
        self.imap_port = 0
        self._names = folders
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="pymap", daemon=True)

    @classmethod
    def start(cls) -> PymapServer:
        """A running server."""
        server = cls()
        server._thread.start()
        asyncio.run_coroutine_threadsafe(server._serve(), server._loop).result(10)
        return server

    def stop(self) -> None:
        """End every connection and the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def deliver(self, content: bytes, internaldate: datetime | None = None, folder: str = "INBOX") -> int:
        """Put one message into a folder as unseen mail, without a connection; returns its UID."""
        return asyncio.run_coroutine_threadsafe(self._append(folder, content, internaldate), self._loop).result(10)

    def client(self) -> IMAPClient:
        """A logged-in client of its own, to look at the mailbox as staff would; a context manager."""
        client = IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=20)
        client._imap.debug = 0
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.normalise_times = False
        client.login(USER, PASSWORD)
        return client

    def __enter__(self) -> PymapServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self) -> None:
        arguments = Namespace(passlib_cfg=None, proxy_protocol=None)
        config = _Settings(
            arguments,
            host="127.0.0.1",
            port=0,
            tls_enabled=False,
            demo_data=False,
            demo_user=USER,
            demo_password=PASSWORD,
            hash_context=BuiltinHash(rounds=1),
            cpu_subsystem=Subsystem.for_asyncio(),  # no thread pool for hashes this cheap
            invalid_user_sleep=0.0,
        )
        config.apply_context()
        self._folders = _Folders(self._names)
        config.set_cache[USER] = (self._folders, FilterSet())
        login = Login(config)
        hashed = await Passwords(config).hash_password(PASSWORD)
        await login.demo_user_identity.set(UserMetadata(config, USER, password=hashed))
        handler = IMAPServer(DictBackend(login, config).login, config)
        callback = ProxyProtocolReader(config.proxy_protocol).get_callback(handler)
        self._server = await asyncio.start_server(callback, "127.0.0.1", 0)
        self.imap_port = self._server.sockets[0].getsockname()[1]

    async def _append(self, folder: str, content: bytes, internaldate: datetime | None) -> int:
        mailbox = await self._folders.get_mailbox(folder)
        when = internaldate or datetime.now(UTC).replace(microsecond=0)
        message = await mailbox.append(AppendMessage(content, when, frozenset()))
        return int(message.uid)

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
