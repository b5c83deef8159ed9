"""Turns bytes of unknown honesty into text: charsets, RFC 2047 encoded words, transfer encodings.

Nothing here raises, whatever the bytes and whatever charset they claim. Results are decoded but not yet clean: they may
hold control characters and must go through `clean` before they are shown or kept.
"""

from __future__ import annotations

import binascii
import re
from encodings.aliases import aliases
from itertools import groupby

# `codecs.lookup` imports a module for any name it is given and remembers every name it did not find, so only names
# known beforehand are looked up; those that are no character sets stay out.
_NOT_CHARSETS = {"base64_codec", "bz2_codec", "hex_codec", "mbcs", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
_CODECS = {name: codec for name, codec in aliases.items() if codec not in _NOT_CHARSETS}
_CODECS |= {codec: codec for codec in _CODECS.values()}
_CODECS |= {
    "iso_8859_8_i": "iso8859_8",
    "unicode_1_1_utf_7": "utf_7",
    "utf8mb4": "utf_8",
    "utf_8_sig": "utf_8_sig",
    "x_sjis": "shift_jis",
    "gb2312": "gb18030",
    "ks_c_5601_1987": "cp949",
    "windows_874": "cp874",
}
_FETCHED = 4096  # octets; no text shorter than this is cut off by the mailbox adapter
_WESTERN = frozenset({"ascii", "latin_1", "cp1252", "iso8859_15"})
_ASCII_MEANS_MORE = ("utf_16", "utf_32", "utf_7", "iso2022", "hz")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_WORD = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([BbQq])\?([^?]*)\?=")


def text_of(data: bytes, charset: str) -> str:
    """`data` as text: as the charset it claims, else UTF-8, else windows-1252; what fits nowhere becomes U+FFFD."""
    codec = _CODECS.get(charset.strip().lower().replace("-", "_").replace(" ", "_"), "")
    if data.isascii() and not codec.startswith(_ASCII_MEANS_MORE):
        return data.decode("ascii")
    # Valid multi-byte UTF-8 under a Western label is UTF-8 wrongly labelled, hardly ever a row of odd Western letters.
    order = ("utf_8", codec) if codec in _WESTERN else (codec, "utf_8")
    for name in filter(None, order):
        decoded = _decode(data, "cp1252" if name in {"latin_1", "ascii"} else name)
        if decoded is not None:
            return decoded
    lenient = data.decode("utf_8", "replace")
    lost = lenient.count("\ufffd")
    fitting = sum(not character.isascii() for character in lenient) - lost
    return lenient if fitting > lost else data.decode("cp1252", "replace")


def _decode(data: bytes, codec: str) -> str | None:
    """`data` in this codec, or None; in a long text the last character may be cut off (a truncated fetch)."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        is_cut_off = len(data) >= _FETCHED and error.start >= len(data) - 3 and error.reason == "unexpected end of data"
        return data[: error.start].decode(codec, "ignore") if is_cut_off else None
    except (LookupError, ValueError):
        return None


def words_decoded(value: str) -> str:
    """A header value with its RFC 2047 encoded words decoded; what is not a proper one stays as it is.

    White space between neighbours vanishes (section 6.2), and neighbours of one charset are decoded together, because
    many programs cut a character in two.
    """
    if "=?" not in value:
        return value
    pieces: list[tuple[str, bytes | str]] = []
    end = 0
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        if between.strip() or (between and not (pieces and pieces[-1][0])):
            pieces.append(("", between))
        charset, encoding, payload = found.groups()
        pieces.append((charset.lower(), _word_bytes(payload, encoding.lower())))
        end = found.end()
    pieces.append(("", value[end:]))
    return "".join(
        text_of(b"".join(part for _, part in group if isinstance(part, bytes)), charset)
        if charset
        else "".join(part for _, part in group if isinstance(part, str))
        for charset, group in groupby(pieces, key=lambda piece: piece[0])
    )


def _word_bytes(payload: str, encoding: str) -> bytes:
    """The bytes inside one encoded word."""
    data = payload.encode("utf-8", "replace")
    return base64_bytes(data) if encoding == "b" else binascii.a2b_qp(data, header=True)


def transfer_decoded(body: bytes, encoding: str) -> bytes:
    """`body` without its Content-Transfer-Encoding (RFC 2045 section 6); unknown encodings are taken as identity."""
    if encoding == "base64":
        return base64_bytes(body)
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body


def base64_bytes(data: bytes) -> bytes:
    """Base64 however broken or cut off: what can be decoded is."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        kept = data.partition(b"=")[0].translate(None, _NOT_BASE64)
        kept = kept[:-1] if len(kept) % 4 == 1 else kept
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
