"""What a reader of an HTML part certainly sees: its text without anything that could be hidden.

It must never count text that a mail program might not show. So it works by what is known to be harmless: a style
property or value it does not know makes the text inside invisible here, and markup about which two readers could differ
(an element left open, a quote missing, a script, a tricky comment) is refused. Letters are made by our own renderer, so
they are plain and well-formed, and checking that is four times as quick as building a tree.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache

_TAGS = """
html body div span p br hr a b strong i em u s small sub sup center blockquote pre code address abbr bdi
h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr td th
header footer main section article img
"""
_SHOWN_TAGS = frozenset(_TAGS.split())
_UNSEEN_TAGS = frozenset({"head", "title", "meta", "style"})
_EMPTY_TAGS = frozenset({"br", "hr", "img", "meta", "col"})
_WORDS_ONLY = frozenset({"title", "style"})
_SINGLE_TAGS = frozenset({"html", "head", "body"})
_PROPERTIES = """
align-items background background-color background-image background-position background-repeat background-size border
border-bottom border-bottom-color border-bottom-style border-bottom-width border-collapse border-color border-left
border-left-color border-left-style border-left-width border-radius border-right border-spacing border-style
border-top border-top-color border-top-style border-top-width border-width box-shadow box-sizing clear color-scheme
cursor direction float font-family font-style font-variant font-weight hyphens list-style list-style-position
list-style-type min-height min-width outline overflow-wrap padding padding-bottom padding-left padding-right
padding-top supported-color-schemes table-layout text-align text-decoration text-decoration-color text-decoration-line
text-decoration-thickness text-size-adjust text-transform text-underline-offset white-space word-break word-wrap
-webkit-font-smoothing -webkit-text-size-adjust -ms-text-size-adjust -moz-osx-font-smoothing -ms-interpolation-mode
mso-line-height-rule mso-table-lspace mso-table-rspace
"""
_DISPLAYS = "block inline inline-block table inline-table table-row table-cell list-item flow-root"
_SAFE_PROPERTIES = frozenset(_PROPERTIES.split())
_SHOWN_DISPLAYS = frozenset(_DISPLAYS.split())
_ALIGNMENTS = frozenset({"baseline", "top", "middle", "bottom", "text-top", "text-bottom", "sub", "super"})
_BOXES = frozenset({"height", "max-height", "width", "max-width"})
_MARGINS = frozenset({"margin", "margin-top", "margin-right", "margin-bottom", "margin-left"})
_GAPS = frozenset({"letter-spacing", "word-spacing"})
_COLORS = frozenset({"color", "-webkit-text-fill-color"})
_ONE_TAG = re.compile(r'(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z-]*(?:="[^"<>]*")?)*)\s*/?')
_ATTRIBUTE = re.compile(r'\s([a-zA-Z][a-zA-Z-]*)(?:="([^"<>]*)")?')
_LONGEST_TAG = 4000
_NUMBER = re.compile(r"([+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))(px|pt|em|rem|%|)")
_SPACES = b" \t\n\v\f\r"
_NO_BREAK_SPACE = "\xa0".encode()
_BLOCK = re.compile(r"\{([^{}]*)\}")
_OPAQUE = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})|rgb\(\d{1,3}, ?\d{1,3}, ?\d{1,3}\)|[a-z]{3,30}")
_SMALLEST_TYPE = {"px": 7.0, "pt": 6.0, "em": 0.5, "rem": 0.5, "%": 50.0}
_SMALLEST_BOX = {"px": 7.0, "pt": 6.0, "em": 0.5, "rem": 0.5, "%": 10.0}


@dataclass(frozen=True, slots=True)
class _Tag:
    """One tag: what it is called, whether it closes, and whether what is inside counts as seen."""

    name: str
    closes: bool = False
    hides: bool = False


def visible_text(source: str) -> str:
    """The text of an HTML page that every mail program shows, in reading order and without any white space.

    Raises:
        ValueError: two readers could differ about it, or a style sheet could hide text; the message is a sentence.
    """
    before, *chunks = _without_comments(source).split("<")
    if before.strip() or not chunks or chunks.pop(0).rstrip().lower() != "!doctype html>":
        raise ValueError("The HTML part does not begin with its document type.")
    seen: list[str] = []
    nesting: list[_Tag] = []
    singles: set[str] = set()
    hidden = 0
    for chunk in chunks:
        markup, end, text = chunk.partition(">")
        if not end or (">" in text and markup != "style"):
            raise ValueError("The HTML part has an angle bracket that belongs to no tag.")
        tag = _tag(markup)
        if tag.closes:
            if not nesting or nesting[-1].name != tag.name:
                raise ValueError(f"The HTML part closes <{tag.name}> where it is not open.")
            hidden -= nesting.pop().hides
        elif nesting and nesting[-1].name in _WORDS_ONLY:
            raise ValueError(f"The HTML part has a tag inside <{nesting[-1].name}>.")
        elif tag.name not in _EMPTY_TAGS:
            if tag.name in singles:
                raise ValueError(f"The HTML part has <{tag.name}> more than once.")
            singles.update({tag.name} & _SINGLE_TAGS)
            nesting.append(tag)
            hidden += tag.hides
            if tag.name == "style":
                _refuse_hiding_sheet(text)
                continue
        if not hidden:
            seen.append(text)
    if nesting:
        raise ValueError(f"The HTML part leaves <{nesting[-1].name}> open.")
    return squeeze(html.unescape("\n".join(seen)))


def squeeze(text: str) -> str:
    """`text` without white space, so that wrapping and markup cannot make equal words differ."""
    octets = text.encode("utf-8", "surrogatepass").translate(None, _SPACES).replace(_NO_BREAK_SPACE, b"")
    return octets.decode("utf-8", "surrogatepass")


def _without_comments(source: str) -> str:
    """The page without its comments; one whose end is doubtful, or that only some programs read, is refused."""
    if "<!--" not in source:
        return source
    first, *others = source.split("<!--")
    kept = [first]
    for other in others:
        comment, end, behind = other.partition("-->")
        if not end or comment.startswith((">", "->", "[")) or "--!" in comment or comment.endswith("<!"):
            raise ValueError("The HTML part has a comment that not every mail program takes for one.")
        kept.append(behind)
    return "".join(kept)


@lru_cache(maxsize=1024)
def _tag(markup: str) -> _Tag:
    """What stands between < and >, read strictly; letters repeat the same few tags, so each is read once."""
    match = _ONE_TAG.fullmatch(markup) if len(markup) < _LONGEST_TAG else None
    if match is None:
        raise ValueError("The HTML part has a tag that is not written plainly.")
    slash, name, attributes = match[1], match[2].lower(), match[3]
    if name not in _SHOWN_TAGS and name not in _UNSEEN_TAGS:
        raise ValueError(f"The HTML part has an element that does not belong into a letter: <{name}>.")
    if slash:
        if attributes.strip() or name in _EMPTY_TAGS:
            raise ValueError(f"The HTML part closes <{name}> in an odd way.")
        return _Tag(name, closes=True)
    values = [(key.lower(), html.unescape(value)) for key, value in _ATTRIBUTE.findall(attributes)]
    hides = any(key == "hidden" or (key == "style" and _style_hides(value)) for key, value in values)
    return _Tag(name, hides=hides or name in {"head", "title", "style"})


@lru_cache(maxsize=512)
def _style_hides(style: str) -> bool:
    """Whether an inline style holds anything that is not known to leave text visible."""
    if "\\" in style or "/*" in style:
        return True
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        if not declaration.strip():
            continue
        if not colon or _may_hide(name.strip().lower(), _plain(value)):
            return True
    return False


@lru_cache(maxsize=64)
def _refuse_hiding_sheet(sheet: str) -> None:
    """Refuse a <style> element with a rule that could hide text: which element it hits is not worked out here."""
    if "@import" in sheet.lower() or sheet.count("{") != sheet.count("}"):
        raise ValueError("The HTML part has a style sheet that cannot be checked: an import or an open brace.")
    if any(_style_hides(block) for block in _BLOCK.findall(sheet)):
        raise ValueError("The HTML part has a style sheet that could hide text.")


def _plain(value: str) -> str:
    """A declaration's value in lower case, without its importance."""
    return value.strip().lower().removesuffix("important").rstrip().removesuffix("!").rstrip()


def _may_hide(name: str, value: str) -> bool:
    """Whether this declaration might hide text; what is not known counts as hiding."""
    if name in _SAFE_PROPERTIES:
        return False
    if name == "display":
        return value not in _SHOWN_DISPLAYS
    if name in _COLORS:
        return value == "transparent" or not _OPAQUE.fullmatch(value)
    if name == "font-size":
        return not _is_length(value, _SMALLEST_TYPE)
    if name == "line-height":
        return not (value == "normal" or _at_least(value, 0.8))
    if name in _BOXES:
        return value not in {"auto", "none"} and not _is_length(value, _SMALLEST_BOX)
    if name in _MARGINS:
        return not all(part == "auto" or _at_least(part, -50) for part in value.split())
    if name in _GAPS:
        return not (value == "normal" or _at_least(value, -0.5))
    if name == "vertical-align":
        return value not in _ALIGNMENTS
    if name == "visibility":
        return value != "visible"
    if name == "opacity":
        return not _at_least(value, 0.5)
    return True


def _at_least(value: str, least: float) -> bool:
    """Whether `value` is a plain number, with or without a unit, not below `least`."""
    match = _NUMBER.fullmatch(value)
    return match is not None and float(match[1]) >= least


def _is_length(value: str, smallest: dict[str, float]) -> bool:
    """Whether a length is large enough for text to be read in it; without a unit it is not understood."""
    match = _NUMBER.fullmatch(value)
    return match is not None and match[2] in smallest and float(match[1]) >= smallest[match[2]]
