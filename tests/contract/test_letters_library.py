"""The library on real files: reloading, the last good version, fallbacks, and what is handed to the store."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.letters import FACTS, LANGUAGES, copy_templates, edit
from triage.core.letter import LetterName, RenderedLetter
from triage.errors import OperatorError, PermanentError
from triage.events import Event, EventLog
from triage.letters.library import LetterLibrary
from triage.letters.loader import NO_SOURCES, Sources
from triage.letters.preview import write_preview

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
LETTER = "letters/en/received.md"
NOTICE = "notices/en/guarantee.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_templates(tmp_path)


def open_library(folder: Path, last_good: Sources = NO_SOURCES, log: EventLog | None = None) -> LetterLibrary:
    return LetterLibrary(folder, FACTS, LANGUAGES, log or EventLog(), last_good)


def received(library: LetterLibrary, language: str = "en") -> RenderedLetter:
    return library.render(LetterName.RECEIVED, language, "", NOW)


def errors(library: LetterLibrary) -> list[str]:
    return [problem.path for problem in library.problems() if problem.severity == "error"]


def test_a_good_edit_is_used_after_a_reload(folder: Path) -> None:
    """A changed file is noticed, its words and its version change, and an unchanged folder costs no reload."""
    library = open_library(folder)
    before = received(library)
    assert library.reload_if_changed() is False
    edit(folder / LETTER, lambda text: text.replace("Thank you", "Many thanks"))
    assert library.reload_if_changed() is True
    after = received(library)
    assert "Many thanks for your message" in after.text
    assert "Many thanks for your message" in after.html
    assert after.version == hashlib.sha256((folder / LETTER).read_bytes()).hexdigest() != before.version


def test_a_broken_edit_keeps_the_last_good_letter_and_tells_once(folder: Path) -> None:
    """A letter with open braces changes nothing for patients; staff are told, once; mending it is enough."""
    log = EventLog()
    library = open_library(folder, log=log)
    before = received(library)
    edit(folder / LETTER, lambda text: text.replace("Thank you", "Thank {{ you"))
    assert library.reload_if_changed() is True
    assert received(library) == before
    assert errors(library) == [LETTER]
    edit(folder / LETTER, lambda text: text.replace("Hello,", "Good day,"))
    library.reload_if_changed()
    assert log.counts()[Event.LETTER_PROBLEM] == 1
    edit(folder / LETTER, lambda text: text.replace("Thank {{ you", "Thank you"))
    library.reload_if_changed()
    assert errors(library) == []
    assert "Good day," in received(library).text


@pytest.mark.parametrize("path", [NOTICE, "layout.html", "letters/en/received.md", "facts/en.md"])
def test_a_deleted_or_emptied_file_keeps_its_last_good_version(folder: Path, path: str) -> None:
    """Whatever is deleted or emptied while the service runs, letters keep all that they carried."""
    library = open_library(folder)
    before = received(library)
    (folder / path).write_text("")
    library.reload_if_changed()
    assert received(library) == before
    (folder / path).unlink()
    library.reload_if_changed()
    assert received(library) == before


def test_the_store_brings_the_last_good_versions_over_a_restart(folder: Path) -> None:
    """Sources kept from before serve when letter, notice and layout are broken at the start."""
    library = open_library(folder)
    before, kept = received(library), library.sources()
    for path in (LETTER, NOTICE, "layout.html"):
        (folder / path).write_text("{{ broken")
    with pytest.raises(PermanentError, match=r"The letter received \(en\) cannot be used: see `triage letters check`"):
        received(open_library(folder))
    again = open_library(folder, kept)
    assert received(again) == before
    assert again.sources() == kept
    assert {LETTER, NOTICE, "layout.html"} <= set(errors(again))


def test_every_source_in_use_is_handed_over(folder: Path) -> None:
    """Letters, notices, facts and the layout are handed over with the digest of their text."""
    sources = open_library(folder).sources()
    assert len(sources) == 9 * 2 + 14 * 2 + 2 + 1
    assert {("received", "en"), ("notice:fda", "es"), ("facts", "en"), ("layout", "")} <= set(sources)
    assert all(hashlib.sha256(one.text.encode()).hexdigest() == one.version for one in sources.values())


def test_a_notice_changed_without_a_new_version_does_not_go_live(folder: Path) -> None:
    """The old words stay under every letter until the version is raised."""
    library = open_library(folder)
    edit(folder / NOTICE, lambda text: text.replace("whatsoever ", ""))
    library.reload_if_changed()
    assert errors(library) == [NOTICE]
    assert "no guarantee whatsoever" in received(library).text
    edit(folder / NOTICE, lambda text: text.replace("version: 1", "version: 2"))
    library.reload_if_changed()
    assert errors(library) == []
    assert "no guarantee whatsoever" not in received(library).text
    assert ("guarantee", 2) in [(notice.id, notice.version) for notice in received(library).notices]


def test_an_unrecorded_version_is_pinned_by_the_last_good_words(folder: Path) -> None:
    """Once version 2 was live, its words cannot change under the same number, even without a record."""
    library = open_library(folder)
    edit(folder / NOTICE, lambda text: text.replace("version: 1", "version: 2").replace("whatsoever", "at all"))
    library.reload_if_changed()
    edit(folder / NOTICE, lambda text: text.replace("at all", "of any kind"))
    library.reload_if_changed()
    assert errors(library) == [NOTICE]
    assert "no guarantee at all" in received(library).text


def test_a_missing_language_falls_back_to_the_first(folder: Path) -> None:
    """An unknown language, and a letter that was not translated, come in the practice's first language."""
    (folder / "letters/es/received.md").unlink()
    library = open_library(folder)
    assert {received(library, language).language for language in ("es", "fr", "")} == {"en"}
    assert library.render(LetterName.CLOSED, "es", "", NOW).language == "es"


def test_a_translation_that_is_broken_does_not_fall_back(folder: Path) -> None:
    """A broken letter is for staff to mend: it is not silently replaced by another language."""
    (folder / "letters/es/received.md").write_text("{{")
    with pytest.raises(PermanentError, match=r"received \(es\)"):
        received(open_library(folder), "es")


def test_a_folder_that_is_not_there_raises_on_render_only(tmp_path: Path) -> None:
    """The service can start and say what is missing; it cannot write a letter."""
    library = open_library(tmp_path / "nowhere")
    assert "layout.html" in errors(library)
    with pytest.raises(PermanentError):
        received(library)


def test_a_letter_can_carry_a_notice_of_the_practices_own(folder: Path) -> None:
    """A notice named in a letter's front matter is carried by that letter only."""
    text = "---\nid: parking\nversion: 1\ntitle: Parking\nrequired_for: []\n---\nPark behind the house.\n"
    (folder / "notices/en/parking.md").write_text(text)
    edit(folder / LETTER, lambda words: words.replace("\n---\n", "\nnotices: [parking]\n---\n", 1))
    library = open_library(folder)
    assert received(library).notices[-1].id == "parking"
    assert "Park behind the house." in received(library).html
    assert "parking" not in [notice.id for notice in library.render(LetterName.CLOSED, "en", "", NOW).notices]


def test_the_block_of_facts_stands_between_letter_and_notices(folder: Path) -> None:
    """Facts are off by default; switched on they come beside the notices, never instead of them."""
    library = open_library(folder)
    assert "What studies have shown" not in received(library).text
    edit(folder / LETTER, lambda words: words.replace("\n---\n", "\nfacts: yes\n---\n", 1))
    library.reload_if_changed()
    text = received(library).text
    assert text.index("kind regards") < text.index("What studies have shown") < text.index("Please read this")
    assert "It has not been shown to last." in received(library).html


def test_a_preview_is_the_bytes_and_the_page(folder: Path, tmp_path: Path) -> None:
    """Both files are written, in a folder made for them; a place that cannot be written is a sentence."""
    rendered = received(open_library(folder), "es")
    mail, page = write_preview(rendered, tmp_path / "out" / "here", b"From: x\r\n")
    assert (mail.name, mail.read_bytes()) == ("received.es.eml", b"From: x\r\n")
    assert page.read_text(encoding="utf-8") == rendered.html
    with pytest.raises(OperatorError, match="The preview cannot be written"):
        write_preview(rendered, mail, b"")
