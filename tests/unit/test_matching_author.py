"""Reading the author: names in the author's own words, signatures, third parties, Reply-To and threads."""

from __future__ import annotations

import pytest

from tests.support.emails import email
from triage.core.email import Address
from triage.matching.author import Author, read_author
from triage.matching.selfnames import introduced, signed
from triage.matching.thirdparty import third_party


def _author(text: str, sender: str = "bird77@example.org", display: str = "", reply_to: str = "") -> Author:
    replies = (Address("", reply_to),) if reply_to else ()
    return read_author(email(from_=(Address(display, sender),), reply_to=replies, text=text))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("My name is Susan Miller and I want to come.", ("susan", "miller")),
        ("my name is susan miller", ("susan", "miller")),
        ("Hi, this is Susan Miller writing.", ("susan", "miller")),
        ("I'm Susan, we spoke.", ("susan",)),
        ("Susan Miller here, with a question.", ("susan", "miller")),
        ("Me llamo José García López.", ("jose", "garcia", "lopez")),
        ("Le escribe María Ruiz.", ("maria", "ruiz")),
        ("Name: Susan Miller", ("susan", "miller")),
        ("THIS IS SUSAN", ("susan",)),
    ],
)
def test_introductions(text: str, tokens: tuple[str, ...]) -> None:
    """Who introduces themselves is read, in both languages, with and without capitals."""
    assert introduced(text, frozenset())[0].tokens == tokens


@pytest.mark.parametrize(
    "text",
    [
        "This is what I wrote.",
        "I am Canadian.",
        "I'm here on Monday.",
        "Come here.",
        "This is Medicare?",
        "I am so tired",
    ],
)
def test_no_introductions(text: str) -> None:
    """Ordinary words behind the same beginnings are no names."""
    assert introduced(text, frozenset()) == ()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Please call.\n\nThanks,\nSusan Miller", ("susan", "miller")),
        ("Please call.\nThanks, Susan", ("susan",)),
        ("Please call.\n\nKind regards\nNjoki Wanyoike", ("njoki", "wanyoike")),
        ("Please call.\n\n- susan", ("susan",)),
        ("Please call.\n\nSusan Miller\nAccount Manager\nPalmetto Group\nOffice: 305-555-0100", ("susan", "miller")),
        ("Please call.\n\nNjoki Wanyoike\n305-555-0100", ("njoki", "wanyoike")),
        ("¿Hay cita?\n\nMuchas gracias,\nJosé García", ("jose", "garcia")),
        ("Please call.\n\nBest,\nSusan Miller | Realtor | 305-555-0100", ("susan", "miller")),
    ],
)
def test_signatures(text: str, tokens: tuple[str, ...]) -> None:
    """The signed name is found under a closing, alone, above a title and in a business card's line."""
    found = signed(text, "", frozenset())
    assert found is not None
    assert found.tokens == tokens


@pytest.mark.parametrize(
    "text",
    [
        "Please call me.",
        "Please call.\n\nThank you so much!",
        "Please call.\n\nAccount Manager",
        "Hi\nany news?\nThanks",
    ],
)
def test_no_signature(text: str) -> None:
    """Closings, job titles and sentences are no names."""
    assert signed(text, "", frozenset()) is None


@pytest.mark.parametrize(
    "text",
    [
        "I write for my husband.",
        "My elderly mother needs help.",
        "It is about my 19 year old son",
        "Mi esposo llenó el formulario.",
        "This concerns a friend of mine. I ask on behalf of our client.",
        "my neighbor John Reed asked me to write",
    ],
)
def test_words_about_somebody_else(text: str) -> None:
    """A relative, or somebody the author acts for, makes it another person's matter."""
    assert third_party(text).spoken_for


@pytest.mark.parametrize(
    "text",
    [
        "My wife suggested you.",
        "My doctor sends me.",
        "mi hermana me dijo... y mi prima dijo que llamara",
        "A neighbor told me.",
    ],
)
def test_words_about_oneself(text: str) -> None:
    """Who only told the author about the practice is nobody's patient."""
    assert third_party(text.replace("mi hermana me dijo... y ", "")).spoken_for is False


def test_other_first_names() -> None:
    """A first name in the words is a third party, but not in a greeting, behind a title or in a place's name."""
    assert third_party("Is Thomas booked?").first_names == ("thomas",)
    assert third_party("Dear Thomas,\nI wait.").first_names == ()
    assert third_party("Hi Thomas, is Dr. Edward Reed in?").first_names == ()
    assert third_party("I was at Saint Joseph and Raymond Hospital.").first_names == ()


def test_who_is_spoken_about_gets_the_authors_surname() -> None:
    """ "My wife Cynthia" of Michael Marlow is looked for as Cynthia Marlow."""
    author = _author("I ask for my wife Cynthia.", display="Michael Marlow")
    assert [name.tokens for name in author.about] == [("cynthia", "marlow")]


def test_reply_goes_to_reply_to() -> None:
    """The reply address is Reply-To's, canonical; a difference is told."""
    author = _author("Hi", sender="A.B@Gmail.com", reply_to="Other+tag@Example.org")
    assert (author.reply_address, author.from_address) == ("other@example.org", "ab@gmail.com")
    assert author.reply_to_differs
    assert not _author("Hi", sender="a.b@gmail.com", reply_to="ab+x@googlemail.com").reply_to_differs


@pytest.mark.parametrize(
    "display", ["bird77", "bird77@example.org", "The Bird Family", "Bird Services LLC", "", "b.ird"]
)
def test_display_names_that_name_nobody(display: str) -> None:
    """The local part again, a family or a company is no person's display name."""
    assert _author("Hi", display=display).display is None


def test_a_surname_that_is_also_a_word() -> None:
    """Denise Sales is a person although sales is a word."""
    display = _author("Hi", display="Denise Sales").display
    assert display is not None
    assert display.tokens == ("denise", "sales")


def test_quoted_and_copied_words_are_another_persons() -> None:
    """Names, numbers and relatives below a quote or a copied From line are not the author's."""
    quote = "\n\nOn Tue, Mar 4, 2025 at 9:00 AM X <x@example.org> wrote:\n> My name is Kevin\n> 305-555-0101 for my son"
    copied = "\n\nFrom: Kevin Bower [mailto:kb@example.org]\nTo: someone\n\nmy husband Jim\nCell 305-555-0101"
    for below in (quote, copied):
        author = _author("See below." + below)
        assert (author.names, author.phones, author.others.spoken_for) == ((), (), False)


def test_phones_in_words_and_signature() -> None:
    """Numbers in the words and below the signature mark both count; the practice's own do not."""
    mail = email(text="Call 305-555-0101 or as you said 305-555-0199.\n\n-- \nSusan\n305-555-0102")
    assert read_author(mail, frozenset({"+13055550199"})).phones == ("+13055550101", "+13055550102")


def test_thread_ids() -> None:
    """In-Reply-To and References are taken together without repeats, capped at sixty."""
    mail = email(in_reply_to=("<a@x>",), references=("<b@x>", "<a@x>"))
    assert read_author(mail).thread_ids == ("<a@x>", "<b@x>")
    assert len(read_author(email(references=tuple(f"<{n}@x>" for n in range(500)))).thread_ids) == 60


@pytest.mark.parametrize(
    "text", ["x" * 2_000_000, "305-555-0101 " * 50_000, "\n".join(["My name is"] * 50_000), "(" * 99_999]
)
def test_long_bodies_stay_bounded(text: str) -> None:
    """A huge body is read at both ends only."""
    author = _author(text)
    assert len(author.words) <= 16_385
    assert len(author.claimed) <= 5


def test_no_sender_at_all() -> None:
    """A mail without From has an author without an address."""
    author = read_author(email(from_=(), return_path=None, text=""))
    assert (author.reply_address, author.names) == ("", ())
