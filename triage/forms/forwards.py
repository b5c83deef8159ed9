"""A form mail that somebody at the practice forwarded: the original without the forwarder's words, name and phone."""

from __future__ import annotations

import re
from dataclasses import replace

from triage.core.email import Email
from triage.forms.blocks import blocks_of, text_of
from triage.forms.labels import Field, known_field, normalise
from triage.forms.lines import split_lines

_MARKERS = (
    "begin forwarded message",
    "forwarded message",
    "original message",
    "mensaje reenviado",
    "inicio del mensaje reenviado",
    "mensaje original",
    "forwarded by",
)
_HEADERS = frozenset(
    {"from", "subject", "date", "to", "cc", "sent", "reply to", "resent from", "importance"}
    | {"de", "asunto", "fecha", "para", "enviado", "enviada", "responder a", "a", "copia"}
)
_FORM_FIELDS = frozenset({Field.NAME, Field.FIRST_NAME, Field.EMAIL, Field.PHONE, Field.MESSAGE, Field.REASON})
_PREFIX = re.compile(r"\s{0,9}(?:(?:fwd?|wg|rv|reenv|tr|enc)\s{0,3}:\s{0,9})+", re.IGNORECASE)
_REPLY = re.compile(r"\s{0,9}(?:re|fwd?|wg|rv|reenv|aw|sv|tr|antw)\s{0,3}(?:\[\d{1,3}\])?\s{0,3}:", re.IGNORECASE)


def is_forward(email: Email) -> bool:
    """Whether the subject says that this is a forwarded mail."""
    return _PREFIX.match(email.subject) is not None


def is_conversation(email: Email) -> bool:
    """Whether this is a reply or a forward by its headers or its subject: people write those, forms do not."""
    return bool(email.in_reply_to or email.references) or _REPLY.match(email.subject) is not None


def original(email: Email) -> Email | None:
    """The mail inside a forward as if it had come by itself, or None if no forwarded original is found.

    Sender, recipients and times stay the outer mail's: what a forward quotes of them proves nothing.
    """
    inner = _original_text(email.text)
    html = _original_html(email.html) if email.html else ""
    if inner is None and not html:
        return None
    return replace(
        email,
        subject=_PREFIX.sub("", email.subject, count=1),
        text=inner if inner is not None else text_of(blocks_of(html)),
        html=html,
        in_reply_to=(),
        references=(),
        reply_to=(),
    )


def _original_text(text: str) -> str | None:
    lines = split_lines(text)
    begin = next((i + 1 for i, line in enumerate(lines) if _is_marker(line)), None)
    if begin is None:
        begin = next((i for i in range(len(lines)) if _header_block(lines, i) >= 3), None)
    if begin is None:
        return None
    quoted = [line for line in lines[begin:] if line.strip()]
    if quoted and all(line.lstrip().startswith(">") for line in quoted[:3]):
        lines[begin:] = [_unquoted(line) for line in lines[begin:]]
    while begin < len(lines) and not lines[begin].strip():
        begin += 1
    return "\n".join(lines[begin + _header_block(lines, begin) :])


def _original_html(html: str) -> str:
    """The part of the source behind the forward's marker and headers, "" if there is none."""
    lowered = html.lower() if html.isascii() else html
    found = [at for marker in _MARKERS if (at := lowered.find(marker)) >= 0]
    if not found:
        return ""
    rest = html[min(found) :]
    return rest[_headers_end(rest) :]


def _headers_end(html: str) -> int:
    """Where the quoted headers end: behind the last tag-separated piece that starts like one, near the top."""
    end = html.find("<")
    end = len(html) if end < 0 else end
    for piece in re.finditer(r">([^<>]{1,200})<", html[:6000]):
        name, colon, _ = piece.group(1).partition(":")
        if colon and normalise(name) in _HEADERS:
            closing = html.find("<br", piece.end())
            block = html.find("</", piece.end())
            nearest = [at for at in (closing, block) if at >= 0]
            end = min(nearest) if nearest else piece.end() - 1
        elif piece.start() > end + 600 or (colon and known_field(name) in _FORM_FIELDS):
            break
    return end


def _header_block(lines: list[str], begin: int) -> int:
    """How many lines from `begin` on are mail headers as mail programs quote them."""
    count = 0
    while begin + count < len(lines) and count < 12:
        name, colon, _ = lines[begin + count].strip().strip("*").partition(":")
        if not colon or normalise(name.strip("*")) not in _HEADERS:
            break
        count += 1
    return count


def _is_marker(line: str) -> bool:
    words = line.strip(" -_*>:").lower()
    return len(words) < 60 and words.startswith(_MARKERS)


def _unquoted(line: str) -> str:
    bare = line.lstrip()
    return bare[1:].removeprefix(" ") if bare.startswith(">") else line
