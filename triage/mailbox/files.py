"""Reads mail from files and folders, for the commands that judge mail offline. Never writes, never follows a mailbox.

One file is one message (.eml, Maildir and test corpora alike); mbox files, which hold many, are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from triage.core.email import RawEmail
from triage.errors import OperatorError

READ_CAP = 1024 * 1024
_NOT_MAIL = frozenset(
    {
        *(".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".md", ".txt", ".html", ".htm", ".toml", ".yaml", ".yml"),
        *(".py", ".pdf", ".png", ".jpg", ".zip", ".gz", ".mbox", ".db"),
    }
)


def mail_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Each mail file of `paths`, folders read to their depths in sorted order.

    A file named itself always counts, whatever its name. In folders, hidden files and folders and what is plainly no
    mail by its ending (.json, .csv, .txt, .html ...) are left out.

    Raises:
        OperatorError: a path does not exist or a folder cannot be read.
    """
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path)
        elif path.exists():
            yield path
        else:
            raise OperatorError(f"There is no file or folder {path}.", "Check the path and try again.")


def _in_folder(folder: Path) -> Iterator[Path]:
    """The mail files below one folder; a linked folder is not entered, so that no circle of links can trap us."""
    waiting = [folder]
    while waiting:
        try:
            entries = sorted(waiting.pop().iterdir())
        except OSError as error:
            raise OperatorError(
                f"The folder {folder} cannot be read: {error.strerror}.", "Check its rights."
            ) from error
        entries = [entry for entry in entries if not entry.name.startswith(".")]
        yield from (entry for entry in entries if entry.is_file() and entry.suffix.lower() not in _NOT_MAIL)
        waiting.extend(entry for entry in reversed(entries) if entry.is_dir() and not entry.is_symlink())


def read_mail_file(path: Path, received_at: datetime) -> RawEmail:
    """At most the first MiB of a file as a message received at `received_at` (aware); `size` is the whole file's.

    Raises:
        OperatorError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(READ_CAP)
        size = path.stat().st_size
    except OSError as error:
        raise OperatorError(
            f"The file {path} cannot be read: {error.strerror}.", "Check its name and rights."
        ) from error
    return RawEmail(content, max(size, len(content)), received_at)
