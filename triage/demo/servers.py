"""The demonstration's embedded servers: pymap keeps the mailbox, aiosmtpd takes the replies. Loopback and memory only.

pymap's dict backend allows no keywords; here every folder says that any keyword may be kept (`\\*`), as practices'
servers do. Everything is gone when the servers stop, but the replies: each is a file that a person can open.
"""

from __future__ import annotations

import asyncio
import threading
from argparse import Namespace
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Flag, Wildcard
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import BuiltinHash

PASSWORD = "secret"  # noqa: S105 - of a server that only this machine can reach, and only for as long as it runs


class _Folder(MailboxData):
    """A mailbox that keeps any keyword."""

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        """The usual flags, and leave to make new ones."""
        return frozenset(super().permanent_flags | {Wildcard})


class _Folders(MailboxSet):
    """A user's mailboxes, each of our own kind."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._inbox = self._new()
        self._set = {name: self._new() for name in names}

    async def add_mailbox(self, name: str) -> ObjectId:
        """Make one more folder."""
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
        """What the server says first."""
        return b"ready"


class _Sink:
    """Takes every reply and keeps it as a file, named in the order of arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 - aiosmtpd's name and shape
        """Keep one message; it appears under its name only when it is whole."""
        self._count += 1
        content = envelope.original_content or b""
        unfinished = self._folder / f".{self._count:04}"
        unfinished.write_bytes(content)
        unfinished.rename(self._folder / f"{self._count:04}.eml")
        return "250 2.0.0 kept"


class EmbeddedServers:
    """One mailbox with one user, and a sink for replies in `replies`; a context manager.

    `imap_port` and `smtp_port` are set once started.
    """

    def __init__(self, user: str, replies: Path, folders: tuple[str, ...] = ("Drafts", "Sent")) -> None:
        self.user = user
        self.replies = replies
        self.imap_port = 0
        self.smtp_port = 0
        self._names = folders
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo-servers", daemon=True)

    def __enter__(self) -> EmbeddedServers:
        self.replies.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(20)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        arguments = Namespace(passlib_cfg=None, proxy_protocol=None)
        config = _Settings(
            arguments,
            host="127.0.0.1",
            port=0,
            tls_enabled=False,
            demo_data=False,
            demo_user=self.user,
            demo_password=PASSWORD,
            hash_context=BuiltinHash(rounds=1),
            cpu_subsystem=Subsystem.for_asyncio(),  # no thread pool for hashes this cheap
            invalid_user_sleep=0.0,
        )
        config.apply_context()
        self._folders = _Folders(self._names)
        config.set_cache[self.user] = (self._folders, FilterSet())
        login = Login(config)
        hashed = await Passwords(config).hash_password(PASSWORD)
        await login.demo_user_identity.set(UserMetadata(config, self.user, password=hashed))
        handler = IMAPServer(DictBackend(login, config).login, config)
        callback = ProxyProtocolReader(config.proxy_protocol).get_callback(handler)
        self._imap = await asyncio.start_server(callback, "127.0.0.1", 0)
        self.imap_port = self._imap.sockets[0].getsockname()[1]
        sink = _Sink(self.replies)
        self._smtp = await self._loop.create_server(
            lambda: SMTP(sink, hostname="sink.example.com", loop=self._loop), "127.0.0.1", 0
        )
        self.smtp_port = self._smtp.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._imap.close()
        self._smtp.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
