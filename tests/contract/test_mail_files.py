"""Mail from disk: which files are taken for mail, how much of each is read, and what is said when that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.raw_mail import FILES, MAIL, RECEIVED
from triage.core.email import Email
from triage.core.parsing import parse
from triage.errors import OperatorError
from triage.mailbox.files import READ_CAP, mail_files, read_mail_file


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"From: a@example.com\r\n\r\nhi\r\n")


def test_a_folder_is_read_to_its_depths_in_order(tmp_path: Path) -> None:
    """Maildir names, .eml and names without an ending are mail; hidden files and plain data files are not."""
    make(tmp_path, "b.eml", "a.eml", "cur/1700000000.M1.host:2,S", "cur/deep/x", "10.msg")
    make(tmp_path, ".hidden", ".git/x", "truth.jsonl", "x.JSON", "x.csv", "README.md", "notes.txt", "x.html", "x.toml")
    found = [str(path.relative_to(tmp_path)) for path in mail_files([tmp_path])]
    assert found == ["10.msg", "a.eml", "b.eml", "cur/1700000000.M1.host:2,S", "cur/deep/x"]


def test_a_file_named_itself_is_always_mail(tmp_path: Path) -> None:
    """Whoever names a file means it, whatever its ending; the order of the arguments stays."""
    make(tmp_path, "z.txt", ".a")
    assert list(mail_files([tmp_path / "z.txt", tmp_path / ".a"])) == [tmp_path / "z.txt", tmp_path / ".a"]


def test_a_circle_of_links_is_not_followed(tmp_path: Path) -> None:
    """A link to its own folder does not trap the reader."""
    make(tmp_path, "a.eml")
    (tmp_path / "again").symlink_to(tmp_path)
    assert list(mail_files([tmp_path])) == [tmp_path / "a.eml"]


def test_a_missing_path_is_a_sentence(tmp_path: Path) -> None:
    """Neither file nor folder: the person is told which."""
    with pytest.raises(OperatorError, match=r"There is no file or folder .*nowhere"):
        list(mail_files([tmp_path / "nowhere"]))


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    """A folder in a file's place, or a file that vanished."""
    for path in (tmp_path, tmp_path / "gone.eml"):
        with pytest.raises(OperatorError, match="cannot be read"):
            read_mail_file(path, RECEIVED)


def test_only_the_first_mebibyte_is_read(tmp_path: Path) -> None:
    """A giant file costs no more than its beginning, and is known to be longer."""
    path = tmp_path / "giant.eml"
    path.write_bytes(b"From: a@example.com\r\n\r\n" + b"words\r\n" * 200_000)
    raw = read_mail_file(path, RECEIVED)
    assert (len(raw.content), raw.size) == (READ_CAP, path.stat().st_size)
    parsed = parse(raw)
    assert isinstance(parsed, Email)
    assert parsed.truncated


def test_each_message_kept_for_the_tests_is_readable() -> None:
    """From the folder to the value."""
    paths = list(mail_files([MAIL]))
    assert paths == FILES
    assert all(isinstance(parse(read_mail_file(path, RECEIVED)), Email) for path in paths)
