"""Finding Drafts and Sent among a mailbox's folders."""

from __future__ import annotations

import pytest

from triage.mailbox.folders import Purpose, find, listed
from triage.mailbox.imap_answers import Folder


def folder(name: str, *attributes: str, separator: str = "/") -> Folder:
    return Folder(name, separator, frozenset(attributes))


def test_the_servers_own_word_counts_most() -> None:
    """SPECIAL-USE wins over any name."""
    folders = [folder("INBOX"), folder("Drafts"), folder("Entwürfe", "\\drafts")]
    assert find(folders, Purpose.DRAFTS) == "Entwürfe"


@pytest.mark.parametrize("name", ["Sent", "Sent Items", "INBOX/Sent Mail", "Enviados", "ELEMENTOS ENVIADOS"])
def test_usual_names_are_known_in_english_and_spanish(name: str) -> None:
    """Without SPECIAL-USE the last part of the name counts, in any case."""
    assert find([folder("INBOX"), folder(name)], Purpose.SENT) == name


def test_the_topmost_folder_wins() -> None:
    """A Drafts folder inside an archive is not the one that staff look at."""
    folders = [folder("Archive.Drafts", separator="."), folder("Drafts", separator=".")]
    assert find(folders, Purpose.DRAFTS) == "Drafts"


def test_a_folder_that_holds_no_mail_is_no_answer() -> None:
    """\\Noselect folders are only branches."""
    assert find([folder("Sent", "\\noselect")], Purpose.SENT) == ""
    assert find([], Purpose.DRAFTS) == ""


def test_a_flat_server_is_fine() -> None:
    """A server without a hierarchy gives no separator."""
    assert find([folder("Sent", separator="")], Purpose.SENT) == "Sent"


def test_a_long_list_of_folders_is_cut() -> None:
    """A sentence with two hundred folders helps nobody."""
    assert listed([folder(f"F{number}") for number in range(25)]).endswith("F19 and 5 more")
