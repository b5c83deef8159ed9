"""A proxy on loopback that notes which IMAP commands a client sends. For measurements on invented mailboxes only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Eavesdropper:
    """Where to connect, and the commands so far, without their tags."""

    port: int
    commands: list[str] = field(default_factory=list)

    def pump(self, source: socket.socket, target: socket.socket, *, listen: bool) -> None:
        """Copy one direction until it ends."""
        rest = b""
        with suppress(OSError):
            while block := source.recv(65536):
                if listen:
                    *lines, rest = (rest + block).split(b"\r\n")
                    self.commands += [line.decode(errors="replace").partition(" ")[2] for line in lines]
                target.sendall(block)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextmanager
def eavesdropping(server_port: int) -> Iterator[Eavesdropper]:
    """A proxy before `server_port`, for as many connections as come."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = Eavesdropper(listener.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    server = socket.create_connection(("127.0.0.1", server_port))
                    for source, target, listen in ((client, server, True), (server, client, False)):
                        pump = threading.Thread(
                            target=heard.pump, args=(source, target), kwargs={"listen": listen}, daemon=True
                        )
                        pump.start()

        threading.Thread(target=accept, daemon=True).start()
        yield heard
