"""What a letter may say beside its own words: the practice's facts, a first name, the day; and the sample people.

A first name is a stranger's text. It is shown only if it looks like a name, and it never passes through the template
language or Markdown: letters are compiled with a mark in its place (see `render`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from triage.core.clean import one_line
from triage.letters.markdown import escape_markdown

NAME, NAME_TITLED, TODAY, BODY, NOTICES = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
"""Private-use characters that stand in a compiled letter for what only the moment of rendering knows."""
MARKS = NAME + NAME_TITLED + TODAY + BODY + NOTICES

LONGEST_NAME = 40
"""Characters of a first name that a letter shows; a longer one ends behind its last whole word."""
_MOST_WORDS = 4
_MOST_MARKS = 4

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "first_name": "the person's first name; often unknown, so it needs a default",
        "practice.name": "the practice's name",
        "practice.email": "the practice's email address",
        "practice.phone": "the practice's phone number",
        "practice.website": "the address of the practice's website",
        "practice.postal_address": "the practice's postal address on one line",
        "form_url": "the address of the contact form",
        "today": "the day on which the letter goes out, in words",
    }
)
"""Every field a letter may use, with what it holds."""

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType({"language": "en", "notices": "Please read this", "phone": "Phone", "email": "Email"}),
        "es": MappingProxyType(
            {"language": "es", "notices": "Por favor, lea esto", "phone": "Teléfono", "email": "Correo"}
        ),
    }
)
"""The few words of the frame around a letter, for each language that triage can check."""

_MONTHS = MappingProxyType(
    {
        "en": (
            *("January", "February", "March", "April", "May", "June"),
            *("July", "August", "September", "October", "November", "December"),
        ),
        "es": (
            *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
            *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class PracticeFacts:
    """What letters may say of the practice. An empty string means that the settings do not say it."""

    name: str
    email: str
    phone: str
    website: str
    postal_address: str
    form_url: str


def letter_values(facts: PracticeFacts) -> Mapping[str, str | Mapping[str, str]]:
    """A letter's fields, safe to stand in Markdown, without the first name; empty facts are absent."""
    names = ("name", "email", "phone", "website", "postal_address")
    practice = {name: escape_markdown(getattr(facts, name)) for name in names if getattr(facts, name)}
    form = {"form_url": escape_markdown(facts.form_url)} if facts.form_url else {}
    return {"practice": practice, "today": TODAY, **form}


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Somebody every letter is rendered for before it goes live. `first_name` is as a form or a mail would give it."""

    label: str
    first_name: str


def sample_people() -> tuple[SamplePerson, ...]:
    """The people every letter must be able to greet; names are invented."""
    return (
        SamplePerson("an ordinary name", "Maria"),
        SamplePerson("no name", ""),
        SamplePerson("no form, so nothing is known", " "),
        SamplePerson("a very long name", "Wolfeschlegelsteinhausen " * 12),
        SamplePerson("umlauts and accents", "Jörg-Ångström"),
        SamplePerson("Chinese characters", "美咲"),
        SamplePerson("right to left", "שרה"),
        SamplePerson("HTML in the name", '<b onclick="x()">Bob</b>&lt;script&gt;'),
        SamplePerson("braces in the name", "{{ practice.phone }} {% if x %} {0}"),
        SamplePerson("Markdown in the name", "**Bob** [x](https://example.net)"),
    )


def clean_first_name(written: str) -> str:
    """A first name that may stand in a letter, or "" if `written` does not look like one.

    Only letters and their accents, spaces, hyphens, apostrophes and dots behind an initial or a whole word; at most
    four words and 40 characters; nothing a mail program could turn into a link.
    """
    if len(written) > 1000:
        return ""
    words = unicodedata.normalize("NFC", one_line(written, 1000)).split()[:_MOST_WORDS]
    name = ""
    for word in words:
        longer = f"{name} {word}".lstrip()
        if len(longer) > LONGEST_NAME:
            break
        name = longer
    if not name or not all(map(_is_name_character, name)) or not any(map(str.isalpha, name)):
        return ""
    return "" if _has_piled_accents(name) or any(map(_looks_like_a_host, name.split())) else name


def titled(text: str) -> str:
    """Each word with a capital; a word written in one case throughout is lowered first ("MARIA", not "McDonald")."""
    return " ".join("-".join(map(_capital, word.split("-"))) for word in text.split(" "))


def long_date(day: date, language: str) -> str:
    """A day in words: "March 3, 2026", "3 de marzo de 2026"."""
    month = _MONTHS[language if language in _MONTHS else "en"][day.month - 1]
    return f"{day.day} de {month} de {day.year}" if language == "es" else f"{month} {day.day}, {day.year}"


def _capital(word: str) -> str:
    word = word.lower() if word.isupper() else word
    return word[:1].upper() + word[1:]


def _is_name_character(character: str) -> bool:
    return character in " -'.\u2019\u2010" or unicodedata.category(character)[0] in "LM"


def _has_piled_accents(name: str) -> bool:
    """Whether accents are piled up so high that they would cover other lines."""
    pile = 0
    for character in name:
        pile = pile + 1 if unicodedata.category(character)[0] == "M" else 0
        if pile > _MOST_MARKS:
            return True
    return unicodedata.category(name[0])[0] == "M"


def _looks_like_a_host(word: str) -> bool:
    """Whether a dot stands inside the word, but not between initials ("J.R."): mail programs link "name.example"."""
    pieces = word.rstrip(".").replace("-", ".").split(".")
    return "." in word.rstrip(".") and any(len(piece) > 1 for piece in pieces)
