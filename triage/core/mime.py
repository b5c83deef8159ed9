"""Takes a message apart into MIME entities by its bytes alone, in one pass that no message can make slow.

Why not the standard library's parser: it recurses (1,000 nested multiparts raise RecursionError), checks every line
against every open boundary, and would be a second reading beside the checks that must come before it. This one keeps
a stack, looks for each boundary once per level, and stops at the limits below. On honest mail both find the same parts
(tests/unit/test_parsing_structure.py compares them). Nothing in here believes a name, a length or a charset.

A part of type message/* is a leaf: what it carries are not its sender's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from triage.core.email import UnreadableReason
from triage.core.encoded import text_of

# Honest mail with 100 DKIM, ARC and Received fields has about 70 KB of header and 120 fields; RFC 5322 section 2.1.1
# allows 998 octets a line, and the longest honest fields (recipients, References) unfold to some 30 KB.
HEADER_CAP = 256 * 1024
FIELDS_CAP = 1000
LINE_CAP = 16 * 1024
FIELD_CAP = 64 * 1024
PARTS_CAP = 200
DEPTH_CAP = 20
_BOUNDARY_CAP = 256
_PARAMETERS_CAP = 4096

_NAME = re.compile(r"([!-9;-~]{1,200})[ \t]*:")
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))')
_CONTINUED = re.compile(r"(.+?)\*(\d{1,2})(\*?)")


class BeyondReadingError(ValueError):
    """The message passes one of the limits; `reason` says which."""

    def __init__(self, reason: UnreadableReason) -> None:
        self.reason = reason
        super().__init__(reason.value)


@dataclass(frozen=True, slots=True)
class Entity:
    """One MIME entity (RFC 2045 section 2.4). `fields`: lower-case names, values unfolded, neither decoded nor clean.

    `body` still has its transfer encoding and is empty for a container. `group` numbers the outermost
    multipart/alternative around it, 0 for none; `depth` is 0 for the message itself.
    """

    fields: tuple[tuple[str, str], ...]
    media_type: str
    parameters: dict[str, str]
    body: bytes = b""
    depth: int = 0
    group: int = 0

    def field(self, name: str) -> str:
        """The first value of a field, or ""."""
        return next((value for key, value in self.fields if key == name), "")


def read_entities(content: bytes, truncated: bool) -> list[Entity]:
    """The message and every part in it, in the order of the bytes; the first is the message itself.

    `truncated` says that `content` is only the beginning of the message.

    Raises:
        BeyondReadingError: a limit was passed.
    """
    entities: list[Entity] = []
    groups = 0
    waiting = [(_with_plain_line_ends(content), 0, "text/plain", 0)]
    while waiting:
        content, depth, default, group = waiting.pop()
        if depth > DEPTH_CAP:
            raise BeyondReadingError(UnreadableReason.TOO_DEEP)
        fields, body = _split(content, truncated and depth == 0)
        declared = next((value for key, value in fields if key == "content-type"), "")
        media_type, parameters = typed(declared, default)
        boundary = parameters.get("boundary", "") if media_type.startswith("multipart/") else ""
        children = _children(body, boundary, PARTS_CAP - len(entities) - len(waiting)) if boundary else []
        if media_type == "multipart/alternative" and not group:
            groups += 1
            group = groups
        entities.append(Entity(tuple(fields), media_type, parameters, b"" if children else body, depth, group))
        inner = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
        waiting.extend((child, depth + 1, inner, group) for child in reversed(children))
    return entities


def typed(value: str, default: str) -> tuple[str, dict[str, str]]:
    """A Content-Type or Content-Disposition value as its lower-case token and its parameters (RFC 2045, 2231).

    Parameter names are lower case; `default` stands in for a media type that is missing or no type at all.
    """
    value = value[:_PARAMETERS_CAP]
    token = (value.partition(";")[0].split() or [""])[0].lower()
    if default and not 0 < token.find("/") < len(token) - 1:
        token = default
    return token, dict(_parameters(value)) if ";" in value else {}


def _parameters(value: str) -> Iterator[tuple[str, str]]:
    """Each parameter once: plain ones as they are, RFC 2231's continued and percent-encoded ones put together."""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for found in _PARAMETER.finditer(value):
        name, quoted, bare = found[1].lower(), found[2], found[3]
        text = bare.strip() if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        if "*" not in name:
            plain.setdefault(name, text)
        elif continued := _CONTINUED.fullmatch(name):
            pieces.setdefault(continued[1], {}).setdefault(int(continued[2]), (text, bool(continued[3])))
        else:
            pieces.setdefault(name.rstrip("*"), {}).setdefault(0, (text, True))
    for name, numbered in pieces.items():
        plain[name] = _joined([numbered[number] for number in sorted(numbered)])
    yield from plain.items()


def _joined(pieces: list[tuple[str, bool]]) -> str:
    """The text of RFC 2231 pieces (text, whether percent-encoded); the charset stands in front of the first one."""
    first, encoded = pieces[0]
    charset = ""
    if encoded and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
    data = [
        unquote_to_bytes(text) if is_encoded else text.encode("utf-8", "replace")
        for text, is_encoded in [(first, encoded), *pieces[1:]]
    ]
    return text_of(b"".join(data), charset)


def _with_plain_line_ends(content: bytes) -> bytes:
    """Every CR LF as LF, also where a program wrote CR CR LF or nothing but CR."""
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    if b"\r\n" in content:
        content = content.replace(b"\r\n", b"\n")
    return content if b"\n" in content else content.replace(b"\r", b"\n")


def _split(content: bytes, truncated: bool) -> tuple[list[tuple[str, str]], bytes]:
    """Header fields and body. The body begins behind the first empty line, or at a line that cannot be a field and
    has no field right behind it (a single line of rubbish among fields is passed over, so that what follows is seen).
    """
    end = 0 if content.startswith(b"\n") else content.find(b"\n\n")
    stop = len(content) if end < 0 else end
    lines = [_line_text(line) for line in content[: min(stop, HEADER_CAP)].split(b"\n")]
    fields, used = _fields(lines)
    if used < len(lines):
        return fields, content.split(b"\n", used)[-1]
    if stop > HEADER_CAP or (truncated and end < 0):
        raise BeyondReadingError(UnreadableReason.HEADERS_TOO_LONG)
    return fields, content[stop + (2 if end > 0 else 1) :]


def _fields(lines: list[str]) -> tuple[list[tuple[str, str]], int]:
    """The fields that `lines` begin with, unfolded (RFC 5322 section 2.2.3), and how many lines they take."""
    fields: list[tuple[str, str]] = []
    name, pieces, size = "", [""], 0
    for number, line in enumerate(lines):
        if line[:1] in {" ", "\t"} and (name or number):
            pieces.append(line.strip(" \t\r"))
            size += len(line)
        elif found := _NAME.match(line):
            if name:
                fields.append((name, " ".join(pieces).strip()))
            name, pieces, size = found[1].lower(), [line[found.end() :].strip(" \t\r")], len(line)
        elif line and not _is_passed_over(lines, number):
            return [*fields, (name, " ".join(pieces).strip())] if name else fields, number
        if len(line) > LINE_CAP or size > FIELD_CAP:
            raise BeyondReadingError(UnreadableReason.LINE_TOO_LONG)
        if len(fields) >= FIELDS_CAP:
            raise BeyondReadingError(UnreadableReason.TOO_MANY_HEADERS)
    return [*fields, (name, " ".join(pieces).strip())] if name else fields, len(lines)


def _is_passed_over(lines: list[str], number: int) -> bool:
    """Whether a line that is no field is a mailbox file's first line, or one line of rubbish before the next field."""
    if number == 0 and lines[0].startswith(("From ", ">From ")):
        return True
    return number + 1 < len(lines) and _NAME.match(lines[number + 1]) is not None


def _line_text(line: bytes) -> str:
    """A header line as text: UTF-8 (RFC 6532), else windows-1252."""
    if line.isascii():
        return line.decode("ascii")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _children(body: bytes, boundary: str, room: int) -> list[bytes]:
    """The parts between the delimiter lines (RFC 2046 section 5.1.1); a part cut off at the end counts.

    Raises:
        BeyondReadingError: there are more than `room` of them.
    """
    if len(boundary) > _BOUNDARY_CAP:
        return []
    delimiter = b"--" + boundary.encode("utf-8", "replace")
    parts: list[bytes] = []
    begin = -1
    at = 0 if body.startswith(delimiter) else body.find(b"\n" + delimiter) + 1 or -1
    while at >= 0:
        line_end = body.find(b"\n", at)
        line_end = len(body) if line_end < 0 else line_end
        rest = body[at + len(delimiter) : line_end].strip(b" \t\r")
        if rest in {b"", b"--"}:
            if begin >= 0:
                parts.append(body[begin : max(at - 1, begin)])
            begin = -1 if rest else line_end + 1
            if len(parts) >= room:
                raise BeyondReadingError(UnreadableReason.TOO_MANY_PARTS)
            if rest:
                break
        at = body.find(b"\n" + delimiter, line_end) + 1 or -1
    if begin >= 0 and (begin < len(body) or not parts):
        parts.append(body[begin:])
    return parts
