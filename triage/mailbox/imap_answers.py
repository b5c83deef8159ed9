"""What an IMAP server can answer, as our own values: folders, figures, changes, refusals. Never its own words."""

from __future__ import annotations

from dataclasses import dataclass

FetchedItems = dict[bytes, object]
"""What FETCH brought of one message, by item name in capitals, such as b"RFC822.SIZE" or b"BODY[]<0>"."""


class RefusedError(Exception):
    """The server said NO or BAD to one command (or its answer made no sense); the connection stays usable.

    `code` is the response code of RFC 5530 ("NONEXISTENT"), "BAD", "GARBLED", or "" when there was none.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"refused: {code or 'no reason given'}")


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of the account; `attributes` in lower case, such as "\\\\drafts" (RFC 6154)."""

    name: str
    separator: str
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Selected:
    """A folder as SELECT showed it; `permanent` is PERMANENTFLAGS in lower case, None if the server did not say.

    `uidvalidity` is 0 when the server has no lasting UIDs, `uidnext` when it does not tell.
    """

    uidvalidity: int
    uidnext: int
    exists: int
    permanent: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What the server said unasked since the last look: the last EXISTS (None if it said none), and EXPUNGEs."""

    exists: int | None
    expunged: int
