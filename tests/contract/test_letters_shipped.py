"""The shipped letters as patients get them: whole, neutral, with every notice in both parts, whoever is addressed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from tests.support.letters import FACTS, LANGUAGES, TEMPLATES
from triage.core.email import Address
from triage.core.letter import LetterName, RenderedLetter
from triage.core.reply import compose
from triage.core.visible import squeeze, visible_text
from triage.events import EventLog
from triage.letters.check import check_folder
from triage.letters.context import sample_people
from triage.letters.library import LetterLibrary
from triage.letters.markdown import address_behind
from triage.letters.notices import REQUIRED

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
PRACTICE_WORDS = {
    "elective": "purely elective",
    "guarantee": "no guarantee whatsoever",
    "research": "first fully investigate the drug, as well as the published reports of therapy",
    "crisis": "call or text 988 now",
    "fda": "The FDA has not approved ketamine for depression",
}


@lru_cache(maxsize=1)
def library() -> LetterLibrary:
    return LetterLibrary(TEMPLATES, FACTS, LANGUAGES, EventLog())


def browser_words(page: str) -> str:
    """All words a browser shows, with the address behind each link as the text part has it, without white space."""
    tree = LexborHTMLParser(page)
    for link in tree.css("a"):
        link.insert_after(address_behind(link.text().strip(), link.attributes.get("href") or ""))
    for node in tree.css("title, style"):
        node.decompose()
    return squeeze(tree.root.text() if tree.root else "")


def text_words(text: str) -> str:
    """All words of the text part, without rules and the signs of list items, without white space."""
    return squeeze(re.sub(r"(?m)^(?:-{40}$| *(?:-|\d+\.) )", "", text))


every_letter = pytest.mark.parametrize("letter", list(LetterName))
every_language = pytest.mark.parametrize("language", LANGUAGES)


def test_the_shipped_templates_have_no_problem_but_the_open_approvals() -> None:
    """Nothing to mend: only the approvals are open, which the practice must record."""
    problems = check_folder(TEMPLATES, FACTS, LANGUAGES)
    assert [problem.path for problem in problems] == ["notices/versions.toml"]


@every_language
@every_letter
def test_every_letter_carries_its_notices_in_order(letter: LetterName, language: str) -> None:
    """All required notices, 988 first; the crisis letter carries only the two that help now."""
    ids = [notice.id for notice in library().render(letter, language, "Maria", NOW).notices]
    expected = ["crisis", "automated"] if letter is LetterName.CRISIS else [*REQUIRED, "lang"]
    assert ids == expected


@every_language
@every_letter
def test_both_parts_say_the_same_to_everybody(letter: LetterName, language: str) -> None:
    """For each sample person the words of text and HTML are equal, and each notice is seen in both."""
    for person in sample_people():
        rendered = library().render(letter, language, person.first_name, NOW)
        assert browser_words(rendered.html) == text_words(rendered.text), person.label
        shown, text = visible_text(rendered.html), squeeze(rendered.text)
        assert all(squeeze(notice.text) in shown and squeeze(notice.text) in text for notice in rendered.notices)


def test_the_practices_own_words_are_kept() -> None:
    """What the practice's page demands stands in the English notices."""
    words = {notice.id: notice.text for notice in library().render(LetterName.RECEIVED, "en", "", NOW).notices}
    assert all(told in words[notice] for notice, told in PRACTICE_WORDS.items())


def test_a_practice_with_one_language_does_not_offer_another() -> None:
    """The offer of Spanish is made only where there are Spanish letters."""
    single = LetterLibrary(TEMPLATES, FACTS, ("en",), EventLog())
    assert "lang" not in [notice.id for notice in single.render(LetterName.CLOSED, "en", "", NOW).notices]


@every_language
def test_the_crisis_letter_begins_with_help(language: str) -> None:
    """988 comes before anything else but the practice's name, then 911, with links that a phone can dial."""
    rendered = library().render(LetterName.CRISIS, language, "Maria", NOW)
    assert rendered.text.index("988") < 120
    assert rendered.text.index("988") < rendered.text.index("911")
    assert 'href="tel:988"' in rendered.html
    assert "Maria" not in rendered.text


@every_language
@pytest.mark.parametrize("letter", [LetterName.RECEIVED, LetterName.CONFIRM_ADDRESS, LetterName.CRISIS])
def test_letters_that_reveal_nothing_are_the_same_for_everybody(letter: LetterName, language: str) -> None:
    """No name changes a letter that may reach somebody else."""
    assert library().render(letter, language, "Maria", NOW) == library().render(letter, language, "", NOW)


@every_language
@every_letter
def test_every_letter_passes_the_proof_of_its_bytes(letter: LetterName, language: str) -> None:
    """For each sample person the letter becomes a reply that `core.proof` lets out."""
    for person in sample_people():
        rendered = library().render(letter, language, person.first_name, NOW)
        reply = compose(
            rendered,
            rendered.notices,
            sender=Address("Lakeside Infusion Clinic", FACTS.email),
            recipient="maria@example.org",
            message_id="<a1@lakeside.example.com>",
            date=NOW,
            in_reply_to="<b2@example.org>",
            references=("<b2@example.org>",),
            loop_id="lakeside",
        )
        assert reply.letter_version == rendered.version


@every_language
@every_letter
def test_nothing_is_loaded_and_nothing_is_tracked(letter: LetterName, language: str) -> None:
    """No image, script, form or foreign link; styles stand in the elements."""
    page = library().render(letter, language, "Maria", NOW).html
    tree = LexborHTMLParser(page)
    assert tree.css("img, script, link, iframe, form, input, object, video, [src], [background]") == []
    links = {node.attributes.get("href") or "" for node in tree.css("a")}
    assert links <= {FACTS.form_url, FACTS.website, "tel:988", "sms:988", "tel:911"}
    assert all(node.attributes.get("style") for node in tree.css(".notice p"))
    assert "@media (prefers-color-scheme: dark)" in page


_HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="<>&\"'{}%#*_[]()`\\/.:@-\r\n\x00\ue000\ue003\u202eaé", max_size=60),
    st.sampled_from(
        ["{{ practice.phone }}", "</p><script>x()</script>", "=?utf-8?q?=0d=0aBcc:_x?=", "\ud800", "a" * 10**6]
    ),
)


@settings(max_examples=300, deadline=None)
@given(_HOSTILE, st.sampled_from(list(LetterName)), st.sampled_from(LANGUAGES))
def test_no_first_name_can_break_a_letter(name: str, letter: LetterName, language: str) -> None:
    """Whatever a stranger gives as a name: no error, no new element, one subject, and both parts say the same."""
    rendered = library().render(letter, language, name, NOW)
    plain = library().render(letter, language, "Maria", NOW)
    bare = library().render(letter, language, "", NOW)
    assert rendered.subject == bare.subject
    assert rendered.notices == bare.notices
    assert elements(rendered) in (elements(plain), elements(bare))
    assert browser_words(rendered.html) == text_words(rendered.text)
    assert not re.search("[\ue000-\uf8ff\x00\r\u202e\ud800]", rendered.text + rendered.html)


def elements(rendered: RenderedLetter) -> list[tuple[str | None, tuple[str, ...]]]:
    return [(node.tag, tuple(node.attributes)) for node in LexborHTMLParser(rendered.html).css("*")]
