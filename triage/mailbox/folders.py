"""Finding the Drafts and Sent folders, and naming our own: by SPECIAL-USE (RFC 6154), else by the usual names. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from triage.mailbox.imap_answers import Folder


@dataclass(frozen=True, slots=True)
class MailboxFacts:
    """What `triage check` tells about a mailbox. `drafts` and `sent` are "" when there is no such folder."""

    capabilities: tuple[str, ...]
    folders: tuple[str, ...]
    drafts: str
    sent: str
    keywords_allowed: bool
    can_move: bool
    idle: bool
    exists: int


class Purpose(Enum):
    """A folder with a purpose: its SPECIAL-USE attribute and its usual names in English and Spanish."""

    DRAFTS = ("\\drafts", "drafts", "draft", "borradores", "borrador")
    SENT = (
        "\\sent",
        *("sent", "sent items", "sent mail", "sent messages", "sent-mail"),
        *("enviados", "elementos enviados", "mensajes enviados", "correo enviado", "enviado"),
    )


def find(folders: Sequence[Folder], purpose: Purpose) -> str:
    """The folder for a purpose, or "". Of a name only the last part counts ("INBOX.Sent"); the topmost wins."""
    attribute, *names = purpose.value
    usable = sorted(
        (folder for folder in folders if "\\noselect" not in folder.attributes),
        key=lambda folder: folder.name.count(folder.separator) if folder.separator else 0,
    )
    for folder in usable:
        if attribute in folder.attributes:
            return folder.name
    for name in names:
        for folder in usable:
            if last_part(folder).lower() == name:
                return folder.name
    return ""


def last_part(folder: Folder) -> str:
    """The part of a folder's name behind the last separator."""
    return folder.name.rpartition(folder.separator)[2] if folder.separator else folder.name


def listed(folders: Sequence[Folder], most: int = 20) -> str:
    """Folder names for a sentence."""
    names = [folder.name for folder in folders if "\\noselect" not in folder.attributes]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
