"""HTML as a flat list of blocks: what stands in one paragraph, cell, heading or list item, and what of it is bold.

One pass over the tags, no tree: a tree of hostile HTML costs quadratic time and memory (unclosed formatting tags are
repeated in every paragraph), and a form mail is a list of blocks. Hidden text, styles and scripts are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

MAX_HTML = 96 * 1024
"""Characters read: the mailbox fetches 64 KiB of a message at first."""

MAX_TAGS = 8_000
"""Tags read: a message of a thousand lines has two thousand."""

MAX_BLOCKS = 1_500
"""Blocks and cells read: the longest form has a few hundred, and a message's lines are no blocks."""

_TAG = re.compile(r"<!--|<(/?)([A-Za-z][A-Za-z0-9]{0,20})([^<>]{0,4000})>")
_BLOCK_TAGS = (
    "address article aside blockquote body caption center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header"
    " hr html li main nav ol p pre section table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_CELLS = frozenset({"td", "th"})
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "source"})
_UNSEEN = frozenset({"style", "script", "title", "head", "template", "noscript", "svg", "object"})
_BOLD = frozenset({"b", "strong", "em", "i", "u", "label", "th", "dt", "h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN = re.compile(r"display\s{0,5}:\s{0,5}none|\bmso-hide\s{0,5}:\s{0,5}all|\shidden(?:\s|=|$)", re.IGNORECASE)
_KEEPS_LINES = re.compile(r"white-space\s{0,5}:\s{0,5}(?:pre|break-spaces)", re.IGNORECASE)
_HEAVY = re.compile(r"font-weight\s{0,5}:\s{0,5}(?:bold|[6-9]00)", re.IGNORECASE)
_CLASS = re.compile(r"(?:class|bgcolor)\s{0,5}=\s{0,5}[\"']?([^\"'>]{0,200})", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\f\v\u00a0\u200b\u200c\ufeff\u2007\u202f]+")


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `runs` are (bold, text) in order, "\\n" where a line breaks; `row` and `cell` are 0 outside tables.

    `css` holds the classes and colours of the block and its cell, `row_css` those of its row, in lower case.
    """

    tag: str
    row: int
    cell: int
    runs: tuple[tuple[bool, str], ...]
    css: str = ""
    row_css: str = ""

    @property
    def text(self) -> str:
        """The block's words, a line for each line break."""
        return tidy("".join(text for _, text in self.runs))

    @property
    def is_bold(self) -> bool:
        """Whether every word is bold."""
        return all(bold for bold, text in self.runs if text.strip())


def tidy(text: str) -> str:
    """Text with single spaces, without spaces around its lines or blank lines around the whole."""
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return "\n".join(lines).strip("\n")


def text_of(blocks: list[Block]) -> str:
    """All blocks as text, a paragraph for each `p`, `h*`, table row and list; a line for the others."""
    written: list[str] = []
    row = 0
    for block in blocks:
        if block.row and block.row == row and written:
            written[-1] += f" {block.text}"
            continue
        row = block.row
        written.append(("\n" if block.tag in {"p", "h1", "h2", "h3", "h4"} and written else "") + block.text)
    return "\n".join(written)


def blocks_of(html: str) -> list[Block]:
    """The visible blocks of an HTML source, in order; empty ones only where they are a table's cells."""
    walk = _Walk()
    source = html[:MAX_HTML]
    position = 0
    for _ in range(MAX_TAGS):
        match = _TAG.search(source, position)
        if match is None:
            walk.text(source[position:])
            break
        if len(walk.blocks) >= MAX_BLOCKS:
            break
        walk.text(source[position : match.start()])
        position = match.end()
        if match.group(2) is None:
            closing = source.find("-->", position)
            position = len(source) if closing < 0 else closing + 3
            continue
        name = match.group(2).lower()
        if match.group(1):
            walk.close(name)
        else:
            walk.open(name, match.group(3))
    walk.flush()
    return walk.blocks


class _Walk:
    """The state of one pass: the open block, the table we are in, and what is bold, hidden or preformatted."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._runs: list[tuple[bool, str]] = []
        self._tag = "body"
        self._css = ""
        self._row = self._cell = self._last = 0
        self._row_css = self._cell_css = ""
        self._tables: list[tuple[int, int, str, str]] = []
        self._bold: list[str] = []
        self._unseen = _Scope()
        self._kept = _Scope()

    def text(self, raw: str) -> None:
        if not raw or self._unseen.depth:
            return
        words = unescape(raw) if "&" in raw else raw
        if not self._kept.depth:
            words = words.replace("\n", " ")
        self._runs.append((bool(self._bold), words))

    def open(self, name: str, attributes: str) -> None:
        if self._unseen.enter_again(name):
            return
        if name == "br":
            self._runs.append((bool(self._bold), "\n"))
            return
        if name not in _VOID and (name in _UNSEEN or (attributes and _HIDDEN.search(attributes))):
            self._unseen.enter(name)
            return
        if not self._kept.enter_again(name) and (name == "pre" or (attributes and _KEEPS_LINES.search(attributes))):
            self._kept.enter(name)
        css = " ".join(_CLASS.findall(attributes)).lower() if attributes else ""
        if name in _BLOCKS:
            self.flush()
            self._enter_block(name, css)
        if name in _BOLD or "label" in css or (attributes and name in {"span", "font"} and _HEAVY.search(attributes)):
            self._bold.append(name)

    def close(self, name: str) -> None:
        if self._unseen.depth:
            self._unseen.leave(name)
            return
        self._kept.leave(name)
        if name in _BLOCKS:
            self.flush()
            self._leave_block(name)
        if self._bold and self._bold[-1] == name:
            self._bold.pop()

    def flush(self) -> None:
        """End the open block."""
        runs, self._runs = self._runs, []
        if self._tag in _CELLS or any(text.strip() for _, text in runs):
            css = f"{self._cell_css} {self._css}" if self._row else self._css
            row_css = self._row_css if self._row else ""
            self.blocks.append(Block(self._tag, self._row, self._cell, tuple(runs), css, row_css))
        if self._tag in _CELLS:
            self._tag = "body"

    def _enter_block(self, name: str, css: str) -> None:
        self._tag, self._css = name, css
        if name == "table":
            if len(self._tables) < 500:
                self._tables.append((self._row, self._cell, self._row_css, self._cell_css))
            self._row = self._cell = 0
            self._bold.clear()
        elif name == "tr":
            self._last += 1
            self._row, self._cell, self._row_css, self._cell_css = self._last, 0, css, ""
            self._bold.clear()
        elif name in _CELLS:
            self._last += 1
            if not self._row:
                self._row = self._last
            self._cell, self._cell_css = self._last, css
            self._bold.clear()

    def _leave_block(self, name: str) -> None:
        self._tag, self._css = "body", ""
        if name == "table":
            self._row, self._cell, self._row_css, self._cell_css = (
                self._tables.pop() if self._tables else (0, 0, "", "")
            )
        elif name == "tr":
            self._row = self._cell = 0
        if name in {"p", "li", "dd", "dt", "td", "th", "tr", "table"}:
            self._bold.clear()


class _Scope:
    """How deep we are inside an element of one name, counting its namesakes only."""

    def __init__(self) -> None:
        self.name = ""
        self.depth = 0

    def enter(self, name: str) -> None:
        self.name, self.depth = name, 1

    def enter_again(self, name: str) -> bool:
        """Count a namesake inside; whether we are inside at all."""
        if self.depth and name == self.name:
            self.depth += 1
        return bool(self.depth)

    def leave(self, name: str) -> None:
        if self.depth and name == self.name:
            self.depth -= 1
