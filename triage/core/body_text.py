"""Finds the words of a message among its parts: the plain text, else the HTML as text, never an attachment.

Where a sender offers two forms of the same (multipart/alternative), the plain one is read unless it is empty or only
says that there is HTML. Parts that stand side by side are all read: a person's words are never thrown away here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from triage.core.clean import many_lines, one_line
from triage.core.encoded import text_of, transfer_decoded
from triage.core.html_text import SOURCE_CAP, TEXT_CAP, html_to_text
from triage.core.mime import Entity, typed

_ENCODED_CAP = 1024 * 1024
_STUB_CAP = 600
_STUBS = (
    "html",
    "view this email in",
    "view it in your browser",
    "view in browser",
    "view online",
    "ver este correo en",
    "ver en el navegador",
    "ver en línea",
    "im browser ansehen",
    "dans votre navigateur",
    "no navegador",
    "nel browser",
)


def readable_text(entities: Sequence[Entity]) -> tuple[str, str]:
    """The readable text and the HTML source of a message, each clean, at most 64 Ki and 256 Ki characters."""
    leaves = [entity for entity in entities if _is_words(entity)]
    if not leaves:
        leaves = [entity for entity in entities if entity.media_type in {"text/plain", "text/html"}]
    html = "\n".join(_html_of(leaf) for leaf in leaves if leaf.media_type == "text/html")[:SOURCE_CAP]
    blocks = [_block(block) for block in _blocks(leaves)]
    text = many_lines("\n\n".join(block for block in blocks if block), TEXT_CAP)
    return text, html


def _is_words(entity: Entity) -> bool:
    """Whether this part is shown as the message's own text. The message itself is, whatever it says of itself."""
    if entity.media_type not in {"text/plain", "text/html"}:
        return False
    if not entity.depth:
        return True
    disposition, parameters = typed(entity.field("content-disposition"), "")
    return disposition != "attachment" and not parameters.get("filename") and not entity.parameters.get("name")


def _blocks(leaves: Iterable[Entity]) -> list[list[Entity]]:
    """Parts that stand side by side each alone, alternatives of one another together; in order of appearance."""
    groups: dict[int, list[Entity]] = {}
    for number, leaf in enumerate(leaves):
        groups.setdefault(leaf.group or -1 - number, []).append(leaf)
    return list(groups.values())


def _block(leaves: list[Entity]) -> str:
    """The text of one part, or of the best of several alternatives."""
    plain = "\n\n".join(filter(None, (_plain_of(leaf) for leaf in leaves if leaf.media_type == "text/plain")))
    pages = [leaf for leaf in leaves if leaf.media_type == "text/html"]
    if not pages or (plain.strip() and not _may_be_stub(plain)):
        return plain
    from_html = "\n\n".join(filter(None, (html_to_text(_html_of(page)) for page in pages)))
    if plain.strip() and len(from_html) < 2 * len(plain):
        return plain
    return from_html or plain


def _may_be_stub(plain: str) -> bool:
    """Whether a plain part may only say that the message is to be seen elsewhere."""
    if len(plain) > _STUB_CAP:
        return False
    lowered = one_line(plain, _STUB_CAP).lower()
    return any(stub in lowered for stub in _STUBS)


def _plain_of(leaf: Entity) -> str:
    """A text/plain part as text; HTML under a wrong label is read as HTML."""
    text = many_lines(_decoded(leaf), TEXT_CAP)
    if text[:200].lstrip().lower().startswith(("<!doctype html", "<html")):
        return html_to_text(text)
    if leaf.parameters.get("format", "").lower() == "flowed":
        text = unflowed(text, leaf.parameters.get("delsp", "").lower() == "yes")
    return text.strip("\n")


def _html_of(leaf: Entity) -> str:
    """A text/html part's source."""
    return many_lines(_decoded(leaf), SOURCE_CAP)


def _decoded(leaf: Entity) -> str:
    """A part's text as its own fields describe it."""
    encoding = leaf.field("content-transfer-encoding").strip().lower()
    return text_of(transfer_decoded(leaf.body[:_ENCODED_CAP], encoding), leaf.parameters.get("charset", ""))


def unflowed(text: str, delsp: bool) -> str:
    """Format=flowed text with its paragraphs joined (RFC 3676 section 4); `delsp`: soft breaks lose their space."""
    lines: list[str] = []
    pieces: list[str] = []
    previous = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        if pieces and (depth != previous or content == "-- "):
            lines.append(_requoted(previous, pieces))
            pieces = []
        previous = depth
        soft = content.endswith(" ") and content != "-- "
        pieces.append(content[:-1] if soft and delsp else content)
        if not soft:
            lines.append(_requoted(depth, pieces))
            pieces = []
    return "\n".join([*lines, _requoted(previous, pieces)] if pieces else lines)


def _requoted(depth: int, pieces: list[str]) -> str:
    """One joined line with the quote marks it had."""
    line = "".join(pieces)
    return f"{'>' * depth} {line}" if depth else line
