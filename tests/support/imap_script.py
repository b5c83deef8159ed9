"""An IMAP server that says exactly what a test tells it to, for behaviour that no honest server shows on demand.

By default it plays a folder of three small messages (UIDs 1 to 3). A script replaces the answers to single verbs; the
word TAG in an answer becomes the command's tag.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable

HANG = b"<hang>"
"""As an answer: say nothing more on this connection."""
CLOSE = b"<close>"
"""At the end of an answer: hang up after it."""

Answer = bytes | Callable[[str], bytes]
_DONE = b"TAG OK done\r\n"
_DATE = b'INTERNALDATE "04-Mar-2025 15:30:00 +0000"'


def message(uid: int, content: bytes) -> bytes:
    """One answer line to the batch FETCH, with its literal."""
    size = len(content)
    head = b"* %d FETCH (UID %d RFC822.SIZE %d %b BODY[]<0> {%d}\r\n" % (uid, uid, size, _DATE, size)
    return head + content + b")\r\n"


def content(uid: int) -> bytes:
    """The message with this UID."""
    return b"Message-ID: <%d@example.org>\r\nSubject: hello\r\n\r\nHello.\r\n" % uid


def uids_in(arguments: str) -> list[int]:
    """The UIDs that the first argument names ("1:3,7")."""
    found: list[int] = []
    for part in arguments.partition(" ")[0].split(","):
        first, _, last = part.partition(":")
        found += range(int(first), int(last or first) + 1)
    return found


def _fetch(arguments: str) -> bytes:
    return b"".join(message(uid, content(uid)) for uid in uids_in(arguments) if uid <= 3) + _DONE


def _search(arguments: str) -> bytes:
    if not (match := re.fullmatch(r"UID (\d+):\*", arguments)):
        return b"* SEARCH 1 2 3\r\n" + _DONE
    found = [uid for uid in (1, 2, 3) if uid >= int(match[1])] or [3]
    return b"* SEARCH " + b" ".join(b"%d" % uid for uid in found) + b"\r\n" + _DONE


_FOLDER = (
    b"* FLAGS (\\Answered \\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Answered \\Seen \\Deleted \\*)] ok\r\n"
    b"* 3 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n"
)
_DEFAULTS: dict[str, Answer] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 UIDPLUS MOVE IDLE\r\n" + _DONE,
    "LIST": b'* LIST () "/" INBOX\r\n* LIST () "/" Sent\r\n* LIST () "/" Drafts\r\n' + _DONE,
    "SELECT": _FOLDER + b"TAG OK [READ-WRITE] done\r\n",
    "EXAMINE": _FOLDER + b"TAG OK [READ-ONLY] done\r\n",
    "STATUS": b"* STATUS INBOX (UIDVALIDITY 7 UIDNEXT 4 MESSAGES 3)\r\n" + _DONE,
    "UID FETCH": _fetch,
    "UID SEARCH": _search,
    "IDLE": b"+ idling\r\n",
    "DONE": b"",
    "LOGOUT": b"* BYE bye\r\n" + _DONE + CLOSE,
}


class ScriptedImap:
    """A server in a thread; `script` maps a verb to its answers, used in turn, the last one again and again.

    `received` is every command as (verb, arguments). Also a context manager.
    """

    def __init__(self, script: dict[str, list[Answer]] | None = None, greeting: bytes = b"* OK ready\r\n") -> None:
        self._script = {verb: list(answers) for verb, answers in (script or {}).items()}
        self._greeting = greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.received: list[tuple[str, str]] = []
        self._tags: dict[str, str] = {}
        self.connections = 0

    def __enter__(self) -> ScriptedImap:
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)

    def sent(self, verb: str) -> list[str]:
        """The arguments of each command with this verb."""
        return [arguments for each, arguments in self.received if each == verb]

    def last_tag(self, verb: str) -> bytes:
        """The tag of the last command with this verb, to end an IDLE."""
        return self._tags[verb].encode()

    def hang_up(self) -> None:
        """End every connection there is; new ones are taken."""
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def say(self, verb: str, *answers: Answer) -> None:
        """Script a verb while the server runs."""
        self._script[verb] = list(answers)

    def _begin(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self.connections += 1
            self._begin(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection.makefile("rb") as lines:
            connection.sendall(self._greeting)
            for line in lines:
                if not self._reply(connection, line.decode("ascii", "replace").rstrip("\r\n")):
                    break
            connection.shutdown(socket.SHUT_RDWR)

    def _reply(self, connection: socket.socket, line: str) -> bool:
        tag, _, rest = line.partition(" ") if line != "DONE" else ("", "", "DONE")
        verb, _, arguments = rest.partition(" ")
        if verb == "UID":
            second, _, arguments = arguments.partition(" ")
            verb = f"UID {second}"
        verb = verb.upper()
        self.received.append((verb, arguments))
        self._tags[verb] = tag
        answers = self._script.get(verb) or [_DEFAULTS.get(verb, _DONE)]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        said = answer(arguments) if callable(answer) else answer
        if said == HANG:
            return True
        connection.sendall(said.removesuffix(CLOSE).replace(b"TAG", tag.encode()))
        return not said.endswith(CLOSE)
