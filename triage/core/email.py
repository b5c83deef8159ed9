"""An email as a frozen value, and the value for what could not be read.

Text in here is decoded and stripped of control characters, but it is still a stranger's text: it never goes into a
reply, a log or a URL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address header: `display` (decoded, may be empty) and `spec` (local@domain)."""

    display: str
    spec: str

    @property
    def domain(self) -> str:
        """The part behind the last @, in lower case."""
        return self.spec.rpartition("@")[2].lower()

    @property
    def local(self) -> str:
        """The part before the last @, as written."""
        return self.spec.rpartition("@")[0]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies: folder, UIDVALIDITY and UID (RFC 9051 section 2.3.1.1)."""

    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class RawEmail:
    """Bytes as fetched, before anything is believed about them.

    `content` is the message from its first byte, at most the cap of the mailbox adapter (64 KiB); `size` is the whole
    message's size in octets; `received_at` is the server's INTERNALDATE (aware). `text_parts` are further MIME
    entities (headers and body) that lie behind the cap, fetched by structure. `place` is None for a file. `handled`
    says that it carries one of our own keywords ($TriageAnswered ...): some triage had it before.
    """

    content: bytes
    size: int
    received_at: datetime
    place: Place | None = None
    text_parts: tuple[bytes, ...] = ()
    handled: bool = False

    @property
    def truncated(self) -> bool:
        """Whether `content` is only the first part of the message."""
        return len(self.content) < self.size


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME part, without its content: `media_type` such as "text/plain", all in lower case but `filename`."""

    media_type: str
    disposition: str = ""
    filename: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str) -> str:
        """The value of a Content-Type parameter, or ""."""
        return next((value for key, value in self.parameters if key == name), "")


@dataclass(frozen=True, slots=True)
class Email:
    """One message, parsed. Addresses are as written (never canonical); absent things are empty, never None.

    `headers` are all header fields in order, names in lower case, values unfolded and undecoded (what screening and
    authenticity read). `text` is the readable body: the plain part, else the HTML part as text; `html` is the HTML
    source if there is one. `fingerprint` is a hex digest that recognises the same message at another place.
    """

    message_id: str
    from_: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    resent: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    return_path: str | None
    subject: str
    date: datetime | None
    received_at: datetime
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    parts: tuple[Part, ...]
    size: int
    fingerprint: str
    truncated: bool = False
    place: Place | None = None

    @property
    def sender(self) -> Address:
        """The first From mailbox; an empty address if there is none."""
        return self.from_[0] if self.from_ else Address("", "")

    def header(self, name: str) -> str | None:
        """The first value of a header field, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), None)

    def all_headers(self, name: str) -> tuple[str, ...]:
        """Each value of a header field, topmost first."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key == wanted)


class UnreadableReason(Enum):
    """Why a message could not become an `Email`; the value is the sentence staff see."""

    EMPTY = "The message is empty."
    HEADERS_TOO_LONG = "The message's headers are longer than any honest mail program writes."
    TOO_MANY_HEADERS = "The message has more header fields than any honest mail program writes."
    TOO_MANY_PARTS = "The message has more parts than triage reads."
    TOO_DEEP = "The message's parts are nested deeper than triage reads."
    LINE_TOO_LONG = "A header line is longer than triage reads."
    BROKEN = "The message's structure is broken in a way no reader could follow."
    CRASHED_READER = "Reading this message failed twice; it will not be tried again by itself."


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that goes on its way without having been read: to quarantine, never to the bin."""

    reason: UnreadableReason
    received_at: datetime
    size: int
    fingerprint: str
    message_id: str = ""
    place: Place | None = None
