"""Reads address fields (From, To, Reply-To ...) so that nobody can be answered by a trick of spelling.

One pass over the characters, no recursion (RFC 5322 section 3.4). Where a field is not plainly right, the mailbox comes
back with a `spec` that `address.is_deliverable` refuses ("" or the raw text): never an address other than the one a
strict reading gives (CVE-2023-27043). Tolerated are only things that cannot change the address: a bare comma in a name,
encoded words in quotes, an obsolete route before the address, white space just inside the angle brackets.
"""

from __future__ import annotations

import re

from triage.core.address import is_deliverable
from triage.core.clean import is_clean, one_line
from triage.core.email import Address
from triage.core.encoded import words_decoded

_DISPLAY_CAP = 200
_SPEC_CAP = 320
_ADDRESSES_CAP = 2000
_COMMENT_DEPTH = 20
_ENCODED_WORD = re.compile(r'=\?[A-Za-z0-9_.:*+-]{1,60}\?[BbQq]\?[^?\s<>"]{0,1000}\?=(?=[\s<"(,;]|=\?|$)')
_PLAIN = re.compile(r'[^()<>\[\]:;,"\\=\s]+')
_IN_COMMENT = re.compile(r"[()]|\\.", re.DOTALL)
_SPACE = re.compile(r"\s+")


def read_addresses(value: str) -> tuple[Address, ...]:
    """Every mailbox of an unfolded, undecoded field value, in order; at most 2,000.

    A group gives one `Address` with its name and no `spec`, followed by its members, so that a From with a group never
    looks like one plain sender. `display` is decoded and clean; a comment stands in where there is no name.
    """
    reader = _Reader(value)
    reader.read()
    return tuple(reader.found)


class _Reader:
    """The state while walking over one field; `read` fills `found`."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.at = 0
        self.found: list[Address] = []
        self.in_group = False
        self.carried = ""
        self._clear()

    def _clear(self) -> None:
        """Forget the mailbox under way."""
        self.words: list[str] = []
        self.bare = True
        self.comments: list[str] = []
        self.angle: str | None = None
        self.dubious = False

    def read(self) -> None:
        """Walk over the whole value."""
        while self.at < len(self.value) and len(self.found) < _ADDRESSES_CAP:
            self._step(self.value[self.at])
        self.dubious = self.dubious or self.in_group
        self._finish("")

    def _step(self, character: str) -> None:
        """Take one token, beginning with `character`."""
        if character == ",":
            self.at += 1
            self._finish(",")
        elif character == ";":
            self.at += 1
            self.dubious = self.dubious or not self.in_group
            self._finish(";")
            self.in_group = False
        elif character == ":":
            self.at += 1
            self._open_group()
        elif character == "(":
            self._comment()
        elif character == '"':
            self._quoted()
        elif character == "<":
            self._angle()
        else:
            self._word(character)

    def _word(self, character: str) -> None:
        """White space, an encoded word, a run of ordinary characters, or one that has no business here."""
        pattern = _SPACE if character.isspace() else _ENCODED_WORD if character == "=" else _PLAIN
        found = pattern.match(self.value, self.at)
        token = found[0] if found else character
        self.at += len(token)
        self.words.append(token)
        if not found and character != "=":
            self.dubious = True
        if self.angle is not None and not token.isspace():
            self.dubious = True

    def _comment(self) -> None:
        """A comment, nested or not; one that never ends or nests too deep makes the mailbox dubious."""
        depth, begin = 0, self.at + 1
        for found in _IN_COMMENT.finditer(self.value, self.at):
            depth += {"(": 1, ")": -1}.get(found[0], 0)
            if depth == 0 or depth > _COMMENT_DEPTH:
                break
        end = found.start() if depth == 0 else len(self.value)
        self.dubious = self.dubious or depth != 0
        self.comments.append(self.value[begin:end])
        self.words.append(" ")
        self.at = end + 1

    def _quoted(self) -> None:
        """A quoted string: part of a name, or of a local part (which is then never deliverable)."""
        end = _end_of_quotes(self.value, self.at)
        if end < 0 or self.angle is not None:
            self.dubious = True
        end = len(self.value) if end < 0 else end
        self.words.append(self.value[self.at : end + 1])
        self.bare = False
        self.at = end + 1

    def _angle(self) -> None:
        """What stands between angle brackets; a second pair in one mailbox makes it dubious."""
        at = self.at + 1
        while at < len(self.value) and self.value[at] not in "<>":
            at = _end_of_quotes(self.value, at) if self.value[at] == '"' else at
            if at < 0:
                break
            at += 1
        closed = 0 <= at < len(self.value) and self.value[at] == ">"
        end = at if at >= 0 else len(self.value)
        if self.angle is not None or not closed:
            self.dubious = True
        self.angle = self.value[self.at + 1 : end]
        self.at = end + closed if end > self.at else end + 1

    def _open_group(self) -> None:
        """The words so far were a group's name; a group inside a group, or without a name, is dubious."""
        if self.in_group or self.angle is not None:
            self.dubious = True
            return
        self.found.append(Address(self._name(), ""))
        self.in_group = True
        self.carried = ""
        self._clear()

    def _finish(self, separator: str) -> None:
        """The mailbox under way is complete."""
        words = "".join(self.words).strip()
        if self.angle is None and separator == "," and words and "@" not in words and not self.dubious and self.bare:
            self.carried = f"{self.carried}{''.join(self.words)},"
            self._clear()
            return
        if self.angle is None:
            self._finish_bare(words)
        else:
            self._finish_angle(self.angle.strip())
        self.carried = ""
        self._clear()

    def _finish_bare(self, words: str) -> None:
        """A mailbox without angle brackets: `local@domain`, perhaps with a comment, or only words."""
        if self.carried:
            self.found.append(Address(_shown(self.carried.rstrip(",")), ""))
        if words or self.dubious:
            right = not self.dubious and "@" in words
            display = "" if right else words
            shown = _shown(display) or _shown(" ".join(self.comments))
            self.found.append(Address(shown, _spec(words, right)))

    def _finish_angle(self, inside: str) -> None:
        """A mailbox with angle brackets. A bare name that holds another address leaves open which one was meant."""
        if inside.startswith("@") and ":" in inside:
            inside = inside.rpartition(":")[2].strip()
        unquoted = "".join(word for word in self.words if not word.startswith('"') and not word.startswith("=?"))
        claims = "@" in unquoted and unquoted.strip().casefold() != inside.casefold()
        self.found.append(Address(self._name(), _spec(inside, not (self.dubious or claims))))

    def _name(self) -> str:
        """What was displayed: the words with any carried over a comma, else the comments."""
        return _shown(self.carried + "".join(self.words)) or _shown(" ".join(self.comments))


def _end_of_quotes(value: str, begin: int) -> int:
    """The index of the quote that closes the one at `begin`, or -1."""
    at = begin + 1
    while at < len(value):
        quote, slash = value.find('"', at), value.find("\\", at)
        if quote < 0 or not 0 <= slash < quote:
            return quote
        at = slash + 2
    return -1


def _shown(words: str) -> str:
    """A name as a person saw it: quotes gone, escapes resolved, encoded words decoded, on one line."""
    if '"' in words or "\\" in words:
        words = re.sub(r'\\(.)|"', lambda found: found[1] or "", words)
    return one_line(words_decoded(words), _DISPLAY_CAP)


def _spec(raw: str, right: bool) -> str:
    """`raw` as a spec if it is one beyond doubt, else something that is never deliverable."""
    if right and is_clean(raw) and len(raw) <= _SPEC_CAP:
        return raw
    shown = one_line(raw, _SPEC_CAP)
    return "" if is_deliverable(shown) else shown
