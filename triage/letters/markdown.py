"""Markdown to HTML and to plain text, both from one token stream, so that the two parts of a letter say the same.

Only paragraphs, headings, lists, emphasis, links and line breaks exist; everything else is shown as it was typed. No
HTML of the author passes through, and what comes out is cleaned once more by nh3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_OFF = ["code", "fence", "blockquote", "hr", "reference", "html_block", "lheading", "backticks", "image", "html_inline"]
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "maxNesting": 10}).disable(_OFF)
_TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "ul", "ol", "li", "a", "br"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = {"https", "mailto", "tel", "sms"}
_BARE_LINK = re.compile(r"https://[^\s<>()\[\]\"'*\ue000-\ue0ff]{1,500}")
_BULLETS = -1
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Link:
    """One link: where it leads, what it says, and the first line of its paragraph (from 1)."""

    url: str
    label: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading or list item as plain words; `line` is its first line (from 1)."""

    line: int
    words: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown text in both forms, with its links and blocks for the checks."""

    text: str
    html: str
    links: tuple[Link, ...]
    blocks: tuple[Block, ...]


def escape_markdown(value: str) -> str:
    """`value` so that Markdown shows it exactly as it is (CommonMark section 2.4), also inside a link's address."""
    return _PUNCTUATION.sub(r"\\\1", value)


def convert(source: str) -> Page:
    """Both forms of a Markdown text. Links in the text form read "label (address)"."""
    tokens = _MARKDOWN.parse(source)
    for token in tokens:
        if token.type == "inline" and token.children:
            token.children = list(_link_bare_addresses(token.children))
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES)
    return Page(_text(tokens), clean.strip(), tuple(_links(tokens)), tuple(_blocks(tokens)))


def _link_bare_addresses(tokens: Sequence[Token]) -> Iterator[Token]:
    """Make a link of each https:// address that stands in the words outside a link."""
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type in {"link_open", "link_close"} else 0
        if token.type != "text" or inside or "https://" not in token.content:
            yield token
            continue
        position = 0
        for found in _BARE_LINK.finditer(token.content):
            address = found[0].rstrip(".,;:!?")
            yield _words(token.content[position : found.start()])
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield _words(address)
            yield Token("link_close", "a", -1)
            position = found.start() + len(address)
        yield _words(token.content[position:])


def _words(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _text(tokens: Sequence[Token]) -> str:
    """The plain text: blocks apart by an empty line, the items of a tight list by a new line only."""
    pieces: list[str] = []
    lists: list[int] = []
    sign, is_tight, was_in_list = "", False, False
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.append(int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else _BULLETS)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists.pop()
        elif token.type == "list_item_open":
            sign = "- " if lists[-1] == _BULLETS else f"{lists[-1]}. "
            lists[-1] += lists[-1] != _BULLETS
        elif token.type == "paragraph_open":
            is_tight = token.hidden
        elif token.type == "inline":
            indent = "  " * max(len(lists) - 1, 0)
            words = _inline_text(token.children or []).replace("\n", f"\n{indent}{' ' * len(sign)}")
            if pieces:
                pieces.append("\n" if lists and was_in_list and is_tight else "\n\n")
            pieces.append(f"{indent}{sign}{words}")
            sign, was_in_list = "", bool(lists)
    return "".join(pieces)


def _inline_text(tokens: Sequence[Token]) -> str:
    """One block's words; a soft break is a space, a hard break a new line, a link "label (address)"."""
    pieces: list[str] = []
    starts: list[tuple[int, str]] = []
    for token in tokens:
        if token.type == "softbreak":
            pieces.append(" ")
        elif token.type == "hardbreak":
            pieces.append("\n")
        elif token.type == "link_open":
            starts.append((len(pieces), str(token.attrs.get("href", ""))))
        elif token.type == "link_close":
            start, url = starts.pop()
            pieces.append(address_behind("".join(pieces[start:]), url))
        else:
            pieces.append(token.content)
    return "".join(pieces)


def address_behind(label: str, url: str) -> str:
    """What must follow a link's label in plain text; nothing if the label says it already."""
    scheme, _, rest = url.partition(":")
    if scheme in {"mailto", "tel", "sms"}:
        said = re.sub(r"\D", "", label) if scheme != "mailto" else label
        return "" if (re.sub(r"\D", "", rest) if scheme != "mailto" else rest) in said else f" ({rest})"
    return "" if label.strip() in {url, url.removeprefix("https://")} else f" ({url})"


def _links(tokens: Sequence[Token]) -> Iterator[Link]:
    for token in tokens:
        children = token.children or []
        for place, child in enumerate(children):
            if child.type == "link_open":
                label = "".join(inner.content for inner in children[place + 1 : _closing(children, place)])
                yield Link(str(child.attrs.get("href", "")), label, (token.map or [0])[0] + 1)


def _closing(tokens: Sequence[Token], place: int) -> int:
    return next(index for index in range(place, len(tokens)) if tokens[index].type == "link_close")


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    kind = ""
    for token in tokens:
        if token.type == "inline":
            children = token.children or []
            words = "".join("\n" if "break" in child.type else child.content for child in children)
            is_plain = kind == "paragraph_open" and all(child.type in {"text", "softbreak"} for child in children)
            yield Block((token.map or [0])[0] + 1, words, is_plain)
        elif token.nesting == 1:
            kind = token.type if token.level == 0 else "nested"
