"""An SMTP server that follows a script: per verb it answers, stays silent, breaks off, or says something foolish.

It counts what it accepted itself (`accepted`): a message counts when the script decided so, whether or not the client
was told. Verbs are GREET, EHLO, AUTH, MAIL, RCPT, DATA, BODY (while the message comes in), DOT, RSET and QUIT.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_USUAL = {
    "GREET": b"220 script ready\r\n",
    "EHLO": b"250-script\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
    "AUTH": b"235 welcome\r\n",
    "MAIL": b"250 sender ok\r\n",
    "RCPT": b"250 recipient ok\r\n",
    "DATA": b"354 go ahead\r\n",
    "DOT": b"250 queued as A1\r\n",
    "RSET": b"250 reset\r\n",
    "QUIT": b"221 bye\r\n",
}


@dataclass(frozen=True, slots=True)
class Say:
    """Answer with these packets, one write each; then close if `then_close`. At DOT: whether it `accepts`."""

    packets: tuple[bytes, ...]
    then_close: bool = False
    accepts: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """Close without a word. At DOT: whether the message was `accepts`-ed before."""

    accepts: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Say nothing, keep the connection open until the client closes it."""

    accepts: bool = False


Act = Say | Drop | Hang


def say(*packets: bytes, then_close: bool = False, accepts: bool = False) -> Say:
    return Say(packets, then_close, accepts)


class _Over(Exception):  # noqa: N818 - the end of one connection
    pass


@dataclass
class ScriptedServer:
    """`script` maps a verb to its acts: the first use takes the first act, the last one repeats; None is the usual."""

    script: dict[str, list[Act | None]]
    accepted: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    dropped: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)
    current: socket.socket | None = None

    def serve(self, listener: socket.socket) -> None:
        while not self.stopping.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                self.connections += 1
                self.current = connection
                with connection, suppress(_Over, OSError):
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._talk(connection)
                self.dropped.set()

    def _talk(self, connection: socket.socket) -> None:
        self._act(connection, "GREET")
        with connection.makefile("rb") as stream:
            self._follow(connection, stream)

    def _follow(self, connection: socket.socket, stream: Iterator[bytes]) -> None:
        for line in stream:
            command = line.decode("ascii", "replace").strip()
            self.commands.append(command)
            verb = command.partition(" ")[0].partition(":")[0].upper()
            answer = self._act(connection, verb)
            if verb == "DATA" and answer.startswith(b"354"):
                self._take_message(connection, stream)
            if verb == "QUIT":
                raise _Over

    def _take_message(self, connection: socket.socket, stream: Iterator[bytes]) -> None:
        message = next(stream).removeprefix(b".") if self.script.get("BODY") else b""
        self._act(connection, "BODY")
        for line in stream:
            if line == b".\r\n":
                self._act(connection, "DOT", message)
                return
            message += line.removeprefix(b".")
        raise _Over

    def _act(self, connection: socket.socket, verb: str, message: bytes = b"") -> bytes:
        acts = self.script.get(verb, [])
        act = acts.pop(0) if len(acts) > 1 else acts[0] if acts else None
        if act is None and verb == "BODY":
            return b""
        if act is None:
            act = Say((_USUAL.get(verb, b"502 unknown\r\n"),), accepts=verb == "DOT")
        if message and act.accepts:
            self.accepted.append(message)
        if isinstance(act, Hang):
            while connection.recv(4096):
                pass
            raise _Over
        if isinstance(act, Drop):
            raise _Over
        for packet in act.packets:
            connection.sendall(packet)
        if act.then_close:
            raise _Over
        return b"".join(act.packets)


@contextmanager
def scripted(script: dict[str, list[Act | None]] | None = None) -> Iterator[ScriptedServer]:
    """A scripted server on a free loopback port, one connection at a time."""
    server = ScriptedServer({verb: list(acts) for verb, acts in (script or {}).items()})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            for one in (listener, server.current):
                with suppress(OSError):
                    if one is not None:
                        one.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    if thread.is_alive():
        raise AssertionError("the scripted server did not stop")
