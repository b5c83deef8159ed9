"""What a reader of an HTML part certainly sees: its text without anything that could be hidden.

It must never count text that a mail program might not show. So it works by what is known to be harmless: an element, a
style property or a value it does not know makes the text inside invisible here, whatever a mail program would do.
"""

from __future__ import annotations

import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

_TAGS = """
html body div span p br hr a b strong i em u s small sub sup center blockquote pre code address abbr
h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr td th
header footer main section article img
"""
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
_SHOWN_TAGS = frozenset(_TAGS.split())
_SAFE_PROPERTIES = frozenset(_PROPERTIES.split())
_SHOWN_DISPLAYS = frozenset(_DISPLAYS.split())
_ALIGNMENTS = frozenset({"baseline", "top", "middle", "bottom", "text-top", "text-bottom", "sub", "super"})
_BOXES = frozenset({"height", "max-height", "width", "max-width"})
_MARGINS = frozenset({"margin", "margin-top", "margin-right", "margin-bottom", "margin-left"})
_GAPS = frozenset({"letter-spacing", "word-spacing"})
_COLORS = frozenset({"color", "-webkit-text-fill-color"})
_NUMBER = re.compile(r"([+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))(px|pt|em|rem|%|)")
_SPACES = (" ", "\n", "\r", "\t", "\xa0")
_BLOCK = re.compile(r"\{([^{}]*)\}")
_OPAQUE = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})|rgb\(\d{1,3}, ?\d{1,3}, ?\d{1,3}\)|[a-z]{3,30}")
_SMALLEST_TYPE = {"px": 7.0, "pt": 6.0, "em": 0.5, "rem": 0.5, "%": 50.0}
_SMALLEST_BOX = {"px": 7.0, "pt": 6.0, "em": 0.5, "rem": 0.5, "%": 10.0}


def visible_text(html: str) -> str:
    """The text of `html` that every mail program shows, in reading order and without any white space.

    Raises:
        ValueError: a style sheet inside it could hide text; the message is a sentence.
    """
    tree = LexborHTMLParser(html)
    for sheet in tree.tags("style"):
        _refuse_hiding_sheet(sheet.text(deep=True))
    if tree.tags("link"):
        raise ValueError("The HTML part loads a style sheet from elsewhere, which could hide text.")
    pieces: list[str] = []
    ancestors: list[LexborNode] = []
    node = tree.root
    while node is not None:
        tag = node.tag
        if tag == "-text":
            pieces.append(node.text_content or "")
        elif tag in _SHOWN_TAGS and not _is_hidden(node) and (child := node.child) is not None:
            ancestors.append(node)
            node = child
            continue
        after = node.next
        while after is None and ancestors:
            after = ancestors.pop().next
        node = after
    return squeeze("".join(pieces))


def squeeze(text: str) -> str:
    """`text` without white space, so that wrapping and markup cannot make equal words differ."""
    for space in _SPACES:
        text = text.replace(space, "")
    return text


def _is_hidden(node: LexborNode) -> bool:
    """Whether an element's own attributes might hide what is inside it."""
    attributes = node.attributes
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style) and _style_hides(style or "")


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
