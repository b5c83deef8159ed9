"""From labelled answers to a reading: which answer is the name, the email, the phone, the message, the consent.

An answer is believed only where its label asks for it. Nothing here searches the text for something that looks like an
address or a number: the wrong person's address would be the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from triage.core.address import is_deliverable
from triage.core.clean import many_lines, one_line
from triage.core.email import Email
from triage.forms.labels import Field, language_of, likely_field
from triage.forms.reading import NO_EMAIL, FormReading, sent_at

Pair = tuple[str, str]
"""A label as printed and the answer below or beside it."""

_EMPTY = frozenset({"(empty)", "(vacio)", "(vac\u00edo)", "(not provided)", "(none)", "n/a", "-", "\u2014"})
_MAX_FIELDS = 200
_MAX_ANSWER = 20_000
_RANK = ((Field.EMAIL, 8), (Field.NAME, 4), (Field.MESSAGE, 4), (Field.PHONE, 2), (Field.CONSENT, 2))


def address_in(answer: str) -> str:
    """The one address an answer consists of ("a@b", "<a@b>", "mailto:a@b" or "Name <a@b>"), else ""."""
    text = one_line(answer, 400)
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1]
    text = text.strip().removeprefix("mailto:").strip()
    if " " in text:
        # "a@b <mailto:a@b>" and "a@b (mailto:a@b)": what text versions make of a link
        text = text.partition(" ")[0] if "mailto:" in text else ""
    return text if text.count("@") == 1 and len(text) <= 254 and is_deliverable(text) else ""


def name_before(answer: str) -> str:
    """The display name of "Name <address>", else ""."""
    text = one_line(answer, 400)
    return text[: text.rindex("<")].strip().strip('"').strip() if "<" in text else ""


def is_phone(answer: str) -> bool:
    """Whether an answer is a phone number: 7 to 20 digits and hardly a letter (an extension is fine)."""
    text = answer.strip()
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    return 7 <= digits <= 20 and letters <= 5 and len(text) <= 50


def is_name(answer: str) -> bool:
    """Whether an answer may be a person's name: a short line without digits, questions or addresses."""
    text = answer.strip()
    return 0 < len(text) <= 80 and len(text.split()) <= 7 and not any(c.isdigit() or c in "?!@/:\n" for c in text)


def score(pairs: Sequence[Pair]) -> int:
    """How much of a form these pairs hold: an email address counts most; 0 without one."""
    found = collect(pairs)
    total = sum(weight for field, weight in _RANK if found.get(field))
    return total if found.get(Field.EMAIL) else min(total, 7)


def collect(pairs: Iterable[Pair]) -> dict[Field, str]:
    """The first usable answer of each field; first and last names are joined, `Name <address>` is taken apart."""
    found: dict[Field, str] = {}
    for label, raw in pairs:
        field = likely_field(label)
        if field is None or field is Field.OTHER:
            continue
        answer = _usable(field, raw)
        if answer:
            found.setdefault(field, answer)
    if sender := found.pop(Field.SENDER, ""):
        found.setdefault(Field.EMAIL, address_in(sender))
        found.setdefault(Field.NAME, name_before(sender))
    parts = " ".join(p for p in (found.get(Field.FIRST_NAME, ""), found.get(Field.LAST_NAME, "")) if p)
    if parts and (Field.LAST_NAME in found or not found.get(Field.NAME)):
        first = found.get(Field.FIRST_NAME) or found.get(Field.NAME, "")
        found[Field.NAME] = " ".join(p for p in (first, found.get(Field.LAST_NAME, "")) if p)
    if not found.get(Field.MESSAGE):
        found[Field.MESSAGE] = found.get(Field.REASON, "")
    return found


def assemble(system: str, confidence: float, email: Email, pairs: Sequence[Pair]) -> FormReading:
    """The reading of a form mail from its labelled answers; `problem` is set when there is no usable address.

    The address falls back to a single Reply-To that is neither the mail's sender's domain nor a recipient: form
    systems put the visitor there, and owners' own templates often print no address at all.
    """
    found = collect(pairs)
    address = found.get(Field.EMAIL, "")
    answered = found.get(Field.NAME) or found.get(Field.MESSAGE)
    if not address and answered and (address := _visitor_in_reply_to(email)):
        confidence = min(confidence, 0.7)
    kept = tuple((one_line(label, 200), many_lines(answer, _MAX_ANSWER)) for label, answer in pairs[:_MAX_FIELDS])
    return FormReading(
        system=system,
        confidence=confidence if address else 0.0,
        name=found.get(Field.NAME, ""),
        email=address,
        phone=found.get(Field.PHONE, ""),
        message=found.get(Field.MESSAGE, ""),
        consent=found.get(Field.CONSENT, ""),
        language=found.get(Field.LANGUAGE, "") or language_of([label for label, _ in pairs]),
        page=found.get(Field.PAGE, ""),
        source_id=found.get(Field.SOURCE_ID, ""),
        submitted_at=sent_at(email),
        fields=kept,
        problem="" if address else NO_EMAIL,
    )


def _usable(field: Field, raw: str) -> str:
    """An answer cleaned for its field, or "" when it cannot be what the label asks for."""
    text = many_lines(raw, _MAX_ANSWER).strip()
    if not text or text.casefold() in _EMPTY:
        return ""
    if field in {Field.MESSAGE, Field.REASON}:
        return "\n".join(line.rstrip() for line in text.split("\n"))
    first_line = one_line(text.partition("\n")[0], 500)
    match field:
        case Field.EMAIL:
            return address_in(first_line)
        case Field.PHONE:
            return first_line if is_phone(first_line) else ""
        case Field.NAME | Field.FIRST_NAME | Field.LAST_NAME:
            return one_line(text, 200) if "@" not in text else name_before(first_line)
        case Field.CONSENT:
            return one_line(text, 500)
        case _:
            return first_line


def _visitor_in_reply_to(email: Email) -> str:
    if len(email.reply_to) != 1:
        return ""
    visitor = email.reply_to[0]
    recipients = {one.spec.lower() for one in (*email.to, *email.cc)}
    if visitor.domain == email.sender.domain or visitor.spec.lower() in recipients:
        return ""
    return address_in(visitor.spec)
