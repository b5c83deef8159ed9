"""What a form's label asks for, by a table of labels in English and Spanish (`labels.toml`).

A label is only ever looked up here; nothing in this module reads an answer, and no label is guessed from its answer.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from enum import StrEnum
from functools import lru_cache
from importlib import resources

MAX_LABEL = 120
"""Characters; no form prints a longer label before an answer on the same line."""


class Field(StrEnum):
    """What an answer is. `REASON` is a second-best message, `SENDER` is `Name <address>`, `OTHER` is known and kept.

    `SOURCE_ID` is an id that its system never gives twice, `ROW_ID` one that each form counts for itself.
    """

    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    PHONE = "phone"
    MESSAGE = "message"
    REASON = "reason"
    CONSENT = "consent"
    LANGUAGE = "language"
    PAGE = "page"
    SOURCE_ID = "source_id"
    ROW_ID = "row_id"
    SUBMITTED = "submitted"
    SENDER = "sender"
    SUBJECT = "subject"
    OTHER = "other"


_TABLE = tomllib.loads(resources.files("triage.forms").joinpath("labels.toml").read_text(encoding="utf-8"))
_WORDS = tuple(
    (
        Field(rule["field"]),
        tuple(f" {phrase} " for phrase in rule["any"]),
        tuple(f" {phrase} " for phrase in rule.get("none", ())),
    )
    for rule in _TABLE["words"]
)
_OWNERS = frozenset({"your", "su", "tu", "the", "el", "la", "my", "mi", "please", "enter", "ingrese", "escriba"})
_NOISE = (
    "(required)",
    "(optional)",
    "(obligatorio)",
    "(requerido)",
    "(opcional)",
    "[required]",
    "[optional]",
)
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_SPANISH_WORDS = (
    "nombre nombres apellido apellidos correo telefono movil celular mensaje comentario comentarios consulta acepto"
    " consentimiento asunto idioma fecha pregunta preguntas motivo direccion"
)
_SPANISH = frozenset(_SPANISH_WORDS.split())


@lru_cache(maxsize=4096)
def normalise(label: str) -> str:
    """A label without case, accents, punctuation, "your", "(required)", numbering: "1. Your Name *" -> "name"."""
    text = label.casefold()
    for noise in _NOISE:
        text = text.replace(noise, " ")
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = _BETWEEN_WORDS.sub(" ", text.replace("'", "").replace("\u2019", "")).split()
    if len(words) > 1 and (words[0].isdigit() or words[0] in {"q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9"}):
        words = words[1:]
    # Contact Form 7 numbers its fields: acceptance-123, text-45
    if len(words) > 1 and words[-1].isdigit():
        words = words[:-1]
    kept = [word for word in words if word not in _OWNERS]
    return " ".join(kept or words)


_EXACT = {normalise(label): Field(field) for field, labels in _TABLE["exact"].items() for label in labels}


def known_field(label: str) -> Field | None:
    """The field of a label that stands in the table as it is, else None."""
    return None if len(label) > MAX_LABEL else _EXACT.get(normalise(label))


@lru_cache(maxsize=4096)
def likely_field(label: str) -> Field | None:
    """The field of a label, also of question-like ones; only for places that hold nothing but labels."""
    if (known := known_field(label)) is not None:
        return known
    wording = f" {normalise(label[:300])} "
    for field, wanted, unwanted in _WORDS:
        if any(phrase in wording for phrase in wanted) and not any(phrase in wording for phrase in unwanted):
            return field
    return None


def language_of(labels: list[str]) -> str:
    """The form's language by its labels: "es" when most of the telling ones are Spanish, else ""."""
    telling = [label for label in labels if likely_field(label) not in {None, Field.OTHER, Field.SENDER}]
    spanish = sum(1 for label in telling if _SPANISH & set(normalise(label).split()))
    return "es" if telling and spanish * 2 >= len(telling) else ""
