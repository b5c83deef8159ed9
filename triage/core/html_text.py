"""Reads an HTML part as the plain text a person sees: blocks as lines, table rows as rows, quotes marked with "> ".

Never raises, never follows or shows a link's target, never shows what is hidden from the reader. The parser (lexbor) is
linear on honest mail but not on tens of thousands of nested elements or attributes; those are measured beforehand and
read without a tree.
"""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from triage.core.clean import many_lines

SOURCE_CAP = 256 * 1024
TEXT_CAP = 64 * 1024
_DEPTH_CAP = 500
_TAG_CAP = 8 * 1024
_QUOTES_CAP = 20

_DROPPED = frozenset(
    {
        *("head", "script", "style", "title", "template", "noscript", "iframe", "object", "embed", "svg", "math"),
        *("select", "textarea", "datalist", "audio", "video", "canvas", "-comment", "-doctype"),
    }
)
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "hr", "pre"})
_BLOCKS = _PARAGRAPHS | frozenset(
    {
        *("address", "article", "aside", "body", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset"),
        *("figure", "figcaption", "footer", "form", "header", "html", "legend", "li", "main", "nav", "section"),
        *("summary", "tbody", "tfoot", "thead", "tr"),
    }
)
_CELLS = frozenset({"td", "th"})
_QUOTE_CLASSES = frozenset({"gmail_quote", "gmail_quote_container", "yahoo_quoted"})
_HIDING = re.compile(
    r"display:none|visibility:hidden|mso-hide:all|font-size:0(?:px|pt|em|%)?(?:;|!|$)|opacity:0(?:\.0{0,3})?(?:;|!|$)"
    r"|(?:^|;)max-height:0(?:px)?(?:;|!|$)"
)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_ANY_TAG = re.compile(r"<[^<>]*>")
# Elements that never hold others, and those whose end tag may be missing: they do not count as nesting.
_FLAT = frozenset(
    {
        *(
            "area",
            "base",
            "br",
            "col",
            "embed",
            "hr",
            "img",
            "input",
            "link",
            "meta",
            "param",
            "source",
            "track",
            "wbr",
        ),
        *("p", "li", "td", "tr", "th", "dt", "dd"),
    }
)


def html_to_text(html: str) -> str:
    """The words a reader of `html` sees, at most 64 Ki characters; "" when there are none.

    Reads the first 256 Ki characters of source. Quoted mail (blockquote, Gmail's and Yahoo's wrappers) has "> " before
    each line, so that `words.split_words` knows it.
    """
    source = _without_giant_tags(html[:SOURCE_CAP])
    if _is_nested_too_deep(source):
        return many_lines(unescape(_ANY_TAG.sub(" ", source)), TEXT_CAP).strip()
    writer = _Writer()
    _walk(LexborHTMLParser(source.encode("utf-8", "replace").decode("utf-8")).root, writer)
    return many_lines(writer.text(), TEXT_CAP).strip()


class _Writer:
    """Collects lines with their depth of quoting; white space folds as in a browser."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.cells: list[str] = []
        self.quotes = 0
        self.last_quotes = 0
        self.preformatted = 0
        self.blank_wanted = False
        self.size = 0

    def words(self, text: str) -> None:
        """Text in the running line."""
        if self.preformatted:
            first, *rest = text.split("\n")
            self.pieces.append(first)
            for line in rest:
                self.end_line(keep_empty=True)
                self.pieces.append(line)
        else:
            self.pieces.append(text)

    def end_cell(self) -> None:
        """What was written so far is a cell of its own; the next one follows in the same row."""
        if self.pieces:
            self.cells.append(" ".join("".join(self.pieces).split()))
            self.pieces = []

    def end_line(self, *, keep_empty: bool = False) -> None:
        """The running line is complete; an empty one is kept only if asked for (a second <br>)."""
        if not (self.pieces or self.cells or keep_empty):
            return
        line = "".join(self.pieces).rstrip()
        if not self.preformatted:
            line = "\t".join([*self.cells, " ".join(line.split())]).strip()
        self.pieces, self.cells = [], []
        if not line and not keep_empty:
            return
        quotes = min(self.quotes, _QUOTES_CAP)
        if self.blank_wanted and self.lines and self.lines[-1].strip("> "):
            self.lines.append(("> " * min(quotes, self.last_quotes)).rstrip())
        self.blank_wanted = False
        self.last_quotes = quotes
        self.lines.append(("> " * quotes + line).rstrip())
        self.size += len(self.lines[-1])

    def text(self) -> str:
        """All lines, the running one too."""
        self.end_line()
        return "\n".join(self.lines)


def _walk(root: LexborNode | None, writer: _Writer) -> None:
    """Visit every visible node in reading order, without recursion."""
    waiting: list[tuple[LexborNode, str, bool]] = []
    node = root
    while node is not None and writer.size <= TEXT_CAP:
        tag = node.tag or ""
        child = _enter(node, tag, writer)
        if child is not None:
            quote = _is_quote(tag, node, writer.quotes)
            writer.quotes += quote
            waiting.append((node, tag, quote))
            node = child
            continue
        following = node.next
        while following is None and waiting:
            parent, tag, quote = waiting.pop()
            _leave(tag, writer)
            writer.quotes -= quote
            following = parent.next
        node = following


def _enter(node: LexborNode, tag: str, writer: _Writer) -> LexborNode | None:
    """Write what a node itself shows; its first child if the children are to be visited (then `_leave` follows)."""
    if tag == "-text":
        writer.words(node.text_content or "")
        return None
    if tag in _DROPPED or _is_hidden(node):
        return None
    child = node.first_child
    if tag == "br":
        writer.end_line(keep_empty=True)
    elif tag in _CELLS:
        writer.end_cell()
    elif tag in _BLOCKS:
        writer.end_line()
        writer.blank_wanted = writer.blank_wanted or tag in _PARAGRAPHS
        writer.preformatted += tag == "pre" and child is not None
        if tag == "li":
            writer.pieces.append("- ")
    return child


def _leave(tag: str, writer: _Writer) -> None:
    """The children of a node have been visited."""
    if tag in _BLOCKS:
        writer.end_line()
        writer.preformatted -= tag == "pre"
        writer.blank_wanted = writer.blank_wanted or tag in _PARAGRAPHS


def _is_quote(tag: str, node: LexborNode, quotes: int) -> bool:
    """Whether this element, already within `quotes` others, holds somebody's earlier mail.

    A mail program's wrapper counts only if no blockquote is inside: answers written between the quotes are in it too.
    """
    if tag != "div" or quotes:
        return tag == "blockquote"
    classes = (node.attributes.get("class") or "").split()
    return not _QUOTE_CLASSES.isdisjoint(classes) and node.css_first("blockquote") is None


def _is_hidden(node: LexborNode) -> bool:
    """Whether an element's own attributes hide it from the reader (preheaders, tracking text)."""
    attributes = node.attributes
    if not attributes:
        return False
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style) and _HIDING.search("".join((style or "").split()).lower()) is not None


def _without_giant_tags(source: str) -> str:
    """`source` without any tag of more than 8 KiB (an embedded picture, or a trap for the parser): no words in it."""
    if len(source) <= _TAG_CAP:
        return source
    first, *pieces = source.split("<")
    return "<".join([first, *map(_without_giant_tag, pieces)])


def _without_giant_tag(piece: str) -> str:
    """What follows a "<", without the tag itself if that is a giant one."""
    if len(piece) <= _TAG_CAP or not (piece[0].isalpha() or piece[0] == "/"):
        return piece
    end = piece.find(">")
    return piece if 0 <= end <= _TAG_CAP else "wbr>" + piece.partition(">")[2]


def _is_nested_too_deep(source: str) -> bool:
    """Whether elements are, or may be, nested too deep for the parser's time to stay linear."""
    if source.count("<") <= _DEPTH_CAP:
        return False
    depth = 0
    for closing, name in _TAG.findall(source):
        if name.lower() not in _FLAT:
            depth += -1 if closing else 1
            if depth > _DEPTH_CAP:
                return True
    return False
