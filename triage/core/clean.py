"""Makes a stranger's text harmless to put anywhere: no control, direction or invisible characters, a bounded length.

Decoding (RFC 2047, charsets) comes before this, never after: an encoded word may decode to CR LF (CVE-2024-6923). What
leaves this module never holds a character that ends a line of a header, turns the reading direction, or cannot be
encoded as UTF-8. Every function is linear in its input.
"""

from __future__ import annotations

import re

# C0 without tab and line feed, DEL, C1; soft hyphen, zero-width and direction marks, invisible operators, BOM,
# interlinear marks, lone surrogates, language tags.
_HARMFUL = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
_HARMFUL_IN_LINE = re.compile(f"[{_HARMFUL}\n\t\u2028\u2029]")
_HARMFUL_IN_TEXT = re.compile(f"[{_HARMFUL}]")
_VANISHING = re.compile("[\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
_OTHER_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def one_line(text: str, cap: int) -> str:
    """`text` on one line: each run of white space and control characters one space, at most `cap` characters."""
    return " ".join(field_value(text).split())[: max(cap, 0)].rstrip()


def field_value(text: str) -> str:
    """`text` without control or invisible characters, its spacing kept: how header values are shown."""
    if _is_plain(text):
        return text
    return _HARMFUL_IN_LINE.sub(" ", _VANISHING.sub("", text))


def many_lines(text: str, cap: int) -> str:
    """`text` with every kind of line end as "\\n", tabs kept, other controls gone, at most `cap` characters."""
    text = text[: max(cap, 0)]
    if _is_plain(text.replace("\n", "").replace("\t", "")):
        return text
    return _HARMFUL_IN_TEXT.sub("", _OTHER_LINE_ENDS.sub("\n", text.replace("\r\n", "\n")))


def is_clean(text: str) -> bool:
    """Whether `text` is one line without any control or invisible character."""
    return _HARMFUL_IN_LINE.search(text) is None


def _is_plain(text: str) -> bool:
    """Whether nothing needs to be done: a quick look that most text passes. U+034F is invisible, yet "printable"."""
    return text.isprintable() and "\u034f" not in text
