"""Writing into the mailbox: what became of each email, by a keyword or by moving it, and our own copies.

Never sets \\Seen, never expunges a message that another program marked as deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from triage.core.ledger import EmailState
from triage.errors import OperatorError
from triage.mailbox.imap_answers import RefusedError
from triage.mailbox.imap_client import ImapConnection
from triage.mailbox.imap_words import FOLDERS, KEYWORDS, uid_sets
from triage.mailbox.port import NotTakenError

States = Sequence[tuple[int, EmailState]]


def keywords_allowed(permanent: frozenset[str] | None) -> bool:
    """Whether PERMANENTFLAGS (in lower case; None if the server was silent) lets us keep all our keywords."""
    return permanent is None or "\\*" in permanent or all(word.lower() in permanent for word in KEYWORDS.values())


def can_move(connection: ImapConnection) -> bool:
    """Whether messages can be moved without touching others."""
    return connection.has("MOVE") or connection.has("UIDPLUS")


def mark_by_keyword(connection: ImapConnection, permanent: frozenset[str] | None, states: States) -> None:
    """Give each message its keyword, and take away another one that it had from an earlier outcome.

    Raises:
        OperatorError: the server keeps no such keywords.
    """
    if not keywords_allowed(permanent):
        raise OperatorError(
            "The mail server keeps no keywords in the watched folder, so handled email cannot be marked.",
            "Set TRIAGE_MARK=folder to move handled email, or TRIAGE_MARK=none to leave it unmarked.",
        )
    for keyword, uids in _grouped(states, KEYWORDS).items():
        for uid_set in uid_sets(uids):
            connection.add_flags(uid_set, [keyword])
            connection.remove_flags(uid_set, [other for other in KEYWORDS.values() if other != keyword])


def mark_by_folder(connection: ImapConnection, states: States) -> None:
    """Move each message that needs no person into its folder below "Triage"; make the folders where missing.

    Raises:
        OperatorError: the server can neither move nor expunge single messages.
    """
    groups = _grouped(states, FOLDERS)
    if not groups:
        return
    if not can_move(connection):
        raise OperatorError(
            "The mail server cannot move single messages.",
            "Set TRIAGE_MARK=keyword to mark handled email, or TRIAGE_MARK=none to leave it unmarked.",
        )
    folders = connection.folders()
    there = {folder.name for folder in folders}
    separator = next((folder.separator for folder in folders if folder.separator), "-")
    for name, uids in groups.items():
        target = f"{connection.prefix()}Triage{separator}{name}"
        if target not in there:
            connection.create(target)
        for uid_set in uid_sets(uids):
            connection.move(uid_set, target)


def move_if_allowed(connection: ImapConnection, uids: Sequence[int], folder: str) -> None:
    """Move messages that may as well stay: a refusal (no right, no room) is no reason to try it for ever."""
    with suppress(RefusedError):
        for uid_set in uid_sets(uids):
            connection.move(uid_set, folder)


def put_down(connection: ImapConnection, folder: str, content: bytes, flag: str) -> None:
    """APPEND one message of ours.

    Raises:
        NotTakenError: the server refused this very message.
        RefusedError: it takes none: no room, no right, no such folder (RFC 5530, RFC 9051 section 7.1).
    """
    try:
        connection.append(folder, content, [flag])
    except RefusedError as refused:
        if refused.code in {"OVERQUOTA", "NOPERM", "TRYCREATE"}:
            raise
        raise NotTakenError("The mail server did not take this reply as a draft.") from None


def _grouped(states: States, names: Mapping[EmailState, str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for uid, state in states:
        if state in names:
            groups.setdefault(names[state], []).append(uid)
    return groups
