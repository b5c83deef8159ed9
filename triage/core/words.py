"""Splits a message's text into what its author wrote, what is quoted or forwarded, and the signature.

Line by line and linear. Nothing is dropped: each line goes into one of the three parts, and in doubt a line is the
author's own, because own words decide what a letter may answer and quoted words do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_LINE_CAP = 400
_FOLDED_LINES = 3
_SIGNATURE_LINES = 15
_BLOCK_LINES = 12

# How an attribution begins and ends ("On Monday, Ann wrote:"), lower case.
_ATTRIBUTIONS = (
    (("on ",), (" wrote:", " writes:")),
    (("el ", "en "), (" escribió:", " escribio:")),
    (("am ",), (" schrieb:",)),
    (("le ",), (" a écrit :", " a écrit:", " a ecrit :")),
    (("em ", "a ", "no dia "), (" escreveu:",)),
    (("il ", "in data "), (" ha scritto:",)),
)
_SAID = (" wrote:", " escribió:", " schrieb:", " a écrit :", " a écrit:", " escreveu:", " ha scritto:")
_BEGINNINGS = tuple(begin for begins, _ in _ATTRIBUTIONS for begin in begins)
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ADDRESS = re.compile(r"[^\s@]@[^\s@]")

_ORIGINALS = frozenset(
    {
        *("original message", "original appointment", "mensaje original", "ursprüngliche nachricht"),
        *("original-nachricht", "message d'origine", "message d’origine", "mensagem original"),
        *("messaggio originale", "forwarded message", "mensaje reenviado", "weitergeleitete nachricht"),
        *("message transféré", "mensagem encaminhada", "messaggio inoltrato"),
    }
)
_FORWARDS = frozenset(
    {
        *("begin forwarded message:", "inicio del mensaje reenviado:", "anfang der weitergeleiteten nachricht:"),
        *("début du message transféré :", "début du message réexpédié :", "início da mensagem encaminhada:"),
        *("inizio messaggio inoltrato:",),
    }
)

# The labels of the block that Outlook and others put above a quoted message.
_FROM = frozenset({"from", "de", "von", "da"})
_WHEN = frozenset({"sent", "date", "enviado", "enviado el", "fecha", "gesendet", "datum", "envoyé", "data", "inviato"})
_WHOM = frozenset({"to", "para", "an", "à", "a", "cc"})
_ABOUT = frozenset({"subject", "asunto", "betreff", "objet", "assunto", "oggetto"})

_SENT_FROM = (
    *(
        "sent from ",
        "sent via ",
        "sent with ",
        "get outlook for ",
        "enviado desde ",
        "obtener outlook ",
        "obtén outlook ",
    ),
    *("von meinem ", "gesendet von ", "gesendet mit ", "holen sie sich outlook", "envoyé de ", "envoyé depuis "),
    *(
        "obtén outlook ",
        "télécharger outlook ",
        "enviado do ",
        "enviado pelo ",
        "obter o outlook ",
        "inviato da ",
        "ottieni outlook ",
    ),
)
_DEVICES = (
    *("iphone", "ipad", "android", "samsung", "galaxy", "smartphone", "phone", "handy", "móvil", "movil", "celular"),
    *("teléfono", "telefon", "téléphone", "mobile", "tablet", "blackberry", "windows", "outlook", "yahoo", "gmail"),
    *("mail", "pixel", "huawei", "xiaomi", "motorola", "ios"),
)
_MOBILE_CAP = 80

# A paragraph with one of the first and one more of either is a disclaimer; less may be a person's wish for confidence.
_DISCLAIMERS = (
    *("confidentiality notice", "intended recipient", "received this email in error", "received this e-mail in error"),
    *("received this message in error", "received this in error", "intended solely", "aviso de confidencialidad"),
    *("recibido este mensaje por error", "recibido este correo por error", "destinatario", "richtige adressat"),
    *("irrtümlich erhalten", "destinataire", "ce message par erreur", "mensagem por engano", "destinatário"),
    *("messaggio per errore", "nur für den adressaten"),
)
_DISCLAIMING = (
    *("confidential", "privileged", "unauthorized", "unauthorised", "disclosure", "notify the sender", "attachments"),
    *("archivos adjuntos", "confidencial", "vertraulich", "confidentiel", "riservat", "delete", "elimin", "löschen"),
)


class _Kind(Enum):
    """What one line is."""

    OWN = "own"
    QUOTED = "quoted"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Words:
    """The three parts of a text, each with its lines in order; any of them may be ""."""

    own: str
    quoted: str = ""
    signature: str = ""


def split_words(text: str) -> Words:
    """The author's own words, the quoted ones (with their "> " and attributions), and signature and disclaimers."""
    lines = text.split("\n")
    kinds = _with_quotes(lines)
    _mark_signatures(lines, kinds)
    _mark_disclaimers(lines, kinds)
    parts: dict[_Kind, list[str]] = {kind: [] for kind in _Kind}
    for line, kind in zip(lines, kinds, strict=True):
        parts[kind].append(line.rstrip())
    return Words(*("\n".join(parts[kind]).strip("\n") for kind in _Kind))


def _with_quotes(lines: list[str]) -> list[_Kind]:
    """Own or quoted, for each line."""
    kinds = [_Kind.OWN] * len(lines)
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        if line.startswith(">"):
            kinds[number] = _Kind.QUOTED
        elif length := _length_of_opening(lines, number, line):
            end = _end_of_header_block(lines, number + length)
            if _next_words(lines, end).startswith(">"):
                while not lines[end].strip():
                    end += 1
            else:
                end = len(lines)
            kinds[number:end] = [_Kind.QUOTED] * (end - number)
            number = end
            continue
        number += 1
    return kinds


def _length_of_opening(lines: list[str], number: int, line: str) -> int:
    """How many lines from `number` on open a quoted message; 0 if none do."""
    if not line or len(line) > _LINE_CAP:
        return 0
    lowered = line.lower()
    if line[0] in "-_":
        if lowered.strip("-_ :") in _ORIGINALS:
            return 1
        is_rule = len(line) >= 10 and not line.strip("_")
        return 1 if is_rule and _is_header_block(lines, number + 1) else 0
    if ":" in line:
        if lowered in _FORWARDS:
            return 1
        if _label(line) in _FROM and _is_header_block(lines, number):
            return 1
    return _length_of_attribution(lines, number, lowered)


def _length_of_attribution(lines: list[str], number: int, lowered: str) -> int:
    """How many lines "On ... wrote:" takes, folded over up to three; 0 if it is none.

    When no "> " follows, all that comes after counts as quoted, so then it must name an address, or a year and a time.
    """
    if not lowered.startswith(_BEGINNINGS) and not lowered.endswith(_SAID):
        return 0
    joined = ""
    for length in range(1, min(_FOLDED_LINES, len(lines) - number) + 1):
        piece = lines[number + length - 1].strip().lower()
        if not piece or piece.startswith(">"):
            return 0
        joined = f"{joined} {piece}" if joined else piece
        if len(joined) > _LINE_CAP:
            return 0
        if joined.endswith(":"):
            break
    else:
        return 0
    marked = _next_words(lines, number + length).startswith(">")
    if _opens_like_attribution(joined):
        return length if marked or _is_dated(joined) else 0
    if length == 1 and marked and lowered.endswith(_SAID):
        return 1
    return 0


def _opens_like_attribution(joined: str) -> bool:
    """Whether a line begins and ends as an attribution does in one of the languages."""
    if joined.startswith("am ") and " schrieb " in joined:
        return True
    return any(joined.startswith(begin) and joined.endswith(end) for begin, end in _ATTRIBUTIONS)


def _is_dated(joined: str) -> bool:
    """Whether an attribution names an address, or a year and a clock time, as no sentence of one's own does."""
    return bool(_ADDRESS.search(joined) or (_YEAR.search(joined) and _CLOCK.search(joined)))


def _is_header_block(lines: list[str], number: int) -> bool:
    """Whether From:, a date, and To: or Subject: stand here as labels on neighbouring lines."""
    seen: set[int] = set()
    for line in lines[number : number + _BLOCK_LINES]:
        label = _label(line.strip())
        if not line.strip() and seen:
            break
        seen |= {index for index, labels in enumerate((_FROM, _WHEN, _WHOM, _ABOUT)) if label in labels}
    return 0 in seen and len(seen) >= 3


def _end_of_header_block(lines: list[str], number: int) -> int:
    """The line behind such a block, if one stands at `number`; else `number`."""
    if not _is_header_block(lines, number):
        return number
    while number < len(lines) and not lines[number].strip():
        number += 1
    while number < len(lines) and lines[number].strip():
        number += 1
    return number


def _label(line: str) -> str:
    """The lower-case label before the first colon, without the asterisks of bold text."""
    head, colon, _ = line[:60].partition(":")
    return head.strip("* \t\xa0").lower() if colon else ""


def _next_words(lines: list[str], number: int) -> str:
    """The next line from `number` on that is not empty, within a few lines; "" if there is none."""
    return next((line.strip() for line in lines[number : number + 4] if line.strip()), "")


def _mark_signatures(lines: list[str], kinds: list[_Kind]) -> None:
    """Mark "-- " blocks (RFC 3676 section 4.3) and the single lines that phones and mail programs add.

    A block longer than 15 lines is no signature but somebody who writes dashes.
    """
    number = 0
    while number < len(lines):
        if kinds[number] is _Kind.OWN:
            line = lines[number].strip()
            if line in {"--", "—"}:
                end = number
                while end < len(lines) and kinds[end] is _Kind.OWN:
                    end += 1
                if sum(bool(words.strip()) for words in lines[number:end]) <= _SIGNATURE_LINES:
                    kinds[number:end] = [_Kind.SIGNATURE] * (end - number)
                number = end
                continue
            if len(line) <= _MOBILE_CAP and _names_a_device(line.lower()) and _stands_alone(lines, number):
                kinds[number] = _Kind.SIGNATURE
        number += 1


def _names_a_device(lowered: str) -> bool:
    """Whether a line says from which device or program it was sent."""
    return lowered.startswith(_SENT_FROM) and any(device in lowered for device in _DEVICES)


def _stands_alone(lines: list[str], number: int) -> bool:
    """Whether a line is not in the middle of a paragraph."""
    before = lines[number - 1].strip() if number else ""
    after = lines[number + 1].strip() if number + 1 < len(lines) else ""
    return not before or not after


def _mark_disclaimers(lines: list[str], kinds: list[_Kind]) -> None:
    """Mark own paragraphs with the turns of phrase of a legal disclaimer; a text's first paragraph never is one."""
    begin = 0
    seen_own = False
    while begin < len(lines):
        end = begin
        while end < len(lines) and lines[end].strip() and kinds[end] is _Kind.OWN:
            end += 1
        if end > begin:
            paragraph = " ".join(lines[begin:end]).lower()
            if seen_own and _disclaims(paragraph):
                kinds[begin:end] = [_Kind.SIGNATURE] * (end - begin)
            seen_own = True
        begin = max(end, begin + 1)


def _disclaims(paragraph: str) -> bool:
    """Whether a lower-case paragraph is a legal disclaimer."""
    sure = sum(phrase in paragraph for phrase in _DISCLAIMERS)
    return sure >= 2 or (sure == 1 and any(phrase in paragraph for phrase in _DISCLAIMING))
