"""The proof of finished bytes: every way to spoil a reply is seen, whoever spoiled it."""

from __future__ import annotations

import html as markup

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.replies import MESSAGE_ID, NOTICES, RECIPIENT, SENDER, composed, letter, page
from triage.core.email import Address
from triage.core.letter import Notice
from triage.core.proof import ProofError, is_message_id, is_plain_address, prove
from triage.core.visible import squeeze, visible_text
from triage.errors import PermanentError

WHOLE = composed().content
GUARANTEE = NOTICES[1]


def check(content: bytes, **changes: object) -> None:
    arguments: dict[str, object] = {
        "recipient": RECIPIENT, "sender": SENDER, "message_id": MESSAGE_ID, "notices": NOTICES
    }  # fmt: skip
    prove(content, **(arguments | changes))  # type: ignore[arg-type]


def spoil(old: bytes, new: bytes) -> bytes:
    assert old in WHOLE
    return WHOLE.replace(old, new, 1)


def test_an_honest_reply_passes() -> None:
    """Otherwise the refusals below would prove nothing."""
    check(WHOLE)


SPOILED = {
    "a blind copy": b"Bcc: x@example.net\r\n" + WHOLE,
    "a copy": spoil(b"Subject: ", b"Cc: x@example.net\r\nSubject: "),
    "a second To": spoil(b"Subject: ", b"TO: x@example.net\r\nSubject: "),
    "a second Subject": spoil(b"Subject: ", b"subject: other\r\nSubject: "),
    "two recipients in To": spoil(b"To: jane", b"To: x@example.net, jane"),
    "a named recipient": spoil(b"To: jane.doe@example.org", b"To: Jane <jane.doe@example.org>"),
    "another recipient": spoil(b"To: jane.doe", b"To: john.doe"),
    "another sender": spoil(b"<hello@", b"<info@"),
    "two senders": spoil(b'"Harbor Clinic" <', b'"x" <x@example.net>, "Harbor Clinic" <'),
    "a bare name": spoil(b'"Harbor Clinic"', b"x@example.net, Harbor"),
    "another Message-ID": spoil(b"<triage.0", b"<triage.1"),
    "no Auto-Submitted": spoil(b"Auto-Submitted: auto-replied\r\n", b""),
    "Auto-Submitted: no": spoil(b"auto-replied", b"no"),
    "no loop header": spoil(b"X-Triage-Loop: clinic.example.com\r\n", b""),
    "an attachment's header": spoil(b"Subject: ", b"Content-Disposition: attachment\r\nSubject: "),
    "a folded header before all": b" x\r\n" + WHOLE,
    "a header without a colon": spoil(b"Subject: ", b"Nonsense\r\nSubject: "),
    "a tab before a header": spoil(b"Subject: ", b"\tx\r\nSubject: "),
    "a header with a space in its name": spoil(b"Subject: ", b"Subject : x\r\nSubject: "),
    "an empty continuation": spoil(b"Subject: ", b"Subject:\r\n \r\n x"),
    "an encoded line end": spoil(b"Subject: ", b"Subject: =?utf-8?b?eA0KQmNjOiB4QGV4YW1wbGUubmV0?= "),
    "an encoded word in Q": spoil(b"Subject: ", b"Subject: =?utf-8?q?=0D=0ABcc:x?= "),
    "an encoded word elsewhere": spoil(b"<first@example.org>", b"<=?utf-8?b?eA0K?=@example.org>"),
    "a broken date": spoil(b"Mon, 02 Mar", b"Someday"),
    "another content type": spoil(b"multipart/alternative", b"multipart/mixed"),
    "another charset": spoil(b"charset=utf-8", b"charset=utf-7"),
    "another encoding": spoil(b"Encoding: quoted-printable", b"Encoding: 7bit"),
    "a preamble": spoil(b"\r\n\r\n--=_", b"\r\n\r\nsee below\r\n--=_"),
    "an epilogue": WHOLE + b"more\r\n",
    "an unfinished end": WHOLE.removesuffix(b"--\r\n") + b"\r\n",
    "parts in the other order": spoil(b"text/plain", b"text/html"),
    "a bare line feed": spoil(b"\r\n\r\n", b"\n\r\n"),
    "a bare carriage return": spoil(b"Hello there,", b"Hello\rthere,"),
    "a line end of LF CR": spoil(b"Hello there,\r\n", b"Hello there,\n\r"),
    "a NUL": spoil(b"Hello there,", b"Hello\0there,"),
    "an escape character": spoil(b"Hello there,", b"Hello\x1bthere,"),
    "eight bits": spoil(b"Hello there,", "Helló there,".encode()),
    "a long line": spoil(b"Hello there,", b"x" * 999),
    "a broken escape": spoil(b"Hello there,", b"Hello=ZZ there,"),
    "a text part that is not UTF-8": spoil(b"Hello there,", b"Hello =FF there,"),
    "nothing": b"",
    "no body": WHOLE.partition(b"\r\n\r\n")[0] + b"\r\n",
}  # fmt: skip


@pytest.mark.parametrize("what", SPOILED)
def test_spoiled_bytes_are_refused(what: str) -> None:
    """Each change is seen, and the sentence names nobody."""
    with pytest.raises(ProofError) as caught:
        check(SPOILED[what])
    assert "@" not in str(caught.value)
    assert isinstance(caught.value, PermanentError)


@pytest.mark.parametrize(
    "changes",
    [{"recipient": "other@example.org"}, {"recipient": ""}, {"sender": Address("x", "x@example.com")},
     {"message_id": "<x@y>"}, {"notices": ()}, {"notices": (Notice("empty", "en", 1, " \n "),)},
     {"notices": (*NOTICES, Notice("new", "en", 1, "A notice that is not there."))}],
)  # fmt: skip
def test_the_reply_must_be_the_one_intended(changes: dict[str, object]) -> None:
    """Good bytes for another person, sender, row or set of notices are refused."""
    with pytest.raises(ProofError):
        check(WHOLE, **changes)


WORDS = markup.escape(GUARANTEE.text)
OTHERS = tuple(one for one in NOTICES if one is not GUARANTEE)
HIDING = {
    "a comment": f"<!-- {WORDS} -->",
    "an attribute": f'<p title="{WORDS}">x</p>',
    "hidden": f"<p hidden>{WORDS}</p>",
    "a hidden ancestor": f'<div style="display:none"><table><tr><td><p>{WORDS}</p></td></tr></table></div>',
    "half of it hidden": WORDS.replace("guarantee", '<span style="display:none">guarantee</span>'),
} | {
    f"style {style}": f'<p style="{style}">{WORDS}</p>'
    for style in (
        "display:none", "DISPLAY : NONE", "display:none!important", "display:none ! important",
        "color:red;display:none",
        "visibility:hidden", "visibility:collapse", "font-size:0", "font-size:0px", "font-size:.1em", "font-size:1px",
        "opacity:0", "opacity:0.01", "opacity:.0", "height:0;overflow:hidden", "max-height:0", "width:1px",
        "line-height:0",
        "text-indent:-9999px", "position:absolute;left:-9999px", "margin-left:-9999px", "transform:scale(0)",
        "clip-path:inset(100%)", "mso-hide:all", "color:transparent", "color:rgba(0,0,0,0)", "color:#0000",
        "font:0/0 a", "font-size:calc(0px)", "font-size:var(--x)", "display:/**/none", "d\\69splay:none", "zoom:0",
        "letter-spacing:-99px", "content-visibility:hidden", "nonsense",
    )
}  # fmt: skip


DOUBTFUL = {
    "a script": f"<script>{WORDS}</script>",
    "a template": f"<template>{WORDS}</template>",
    "a noscript": f"<noscript>{WORDS}</noscript>",
    "a text field": f"<textarea>{WORDS}</textarea>",
    "a closed details": f"<details><p>{WORDS}</p></details>",
    "an unknown element": f"<x-note>{WORDS}</x-note>",
    "an svg": f"<svg><desc>{WORDS}</desc></svg>",
    "an element left open": f"<div><p>{WORDS}</p>",
    "an element closed twice": f"<p>{WORDS}</p></p>",
    "crossing elements": f"<b><p>{WORDS}</b></p>",
    "a comment that is empty for some": f"<!--><p hidden>--><p>{WORDS}</p><!-- --></p>",
    "a comment closed in another way": f"<!-- --!><p>{WORDS}</p><!-- -->",
    "a comment for one program": f"<!--[if mso]><p hidden><![endif]--><p>{WORDS}</p>",
    "a comment left open": f"<p>{WORDS}</p><!-- ",
    "a quote missing": f'<p title="x><p>{WORDS}</p>',
    "an attribute without quotes": f"<p style=display:none>{WORDS}</p>",
    "an attribute in other quotes": f"<p style='display:none'>{WORDS}</p>",
    "an angle bracket of its own": f"<p>1 > 0 {WORDS}</p>",
    "a second body": f'<body style="display:none"></body><p>{WORDS}</p>',
    "a style sheet from elsewhere": f'<link rel="stylesheet" href="https://example.com/x.css"><p>{WORDS}</p>',
    "a tag in a style sheet": f"<style><b></b>p{{display:none}}</style><p>{WORDS}</p>",
    "a declaration": f"<![CDATA[ ]]><p>{WORDS}</p>",
    "a very long tag": f'<p title="{"x" * 5000}">{WORDS}</p>',
}


@pytest.mark.parametrize("how", DOUBTFUL)
def test_markup_that_readers_could_take_differently_is_refused(how: str) -> None:
    """What is not plain, closed and well known has no place in a letter, whether or not it hides anything."""
    with pytest.raises(PermanentError, match="HTML part"):
        composed(letter(html=page(OTHERS, body=DOUBTFUL[how])))


def test_a_page_without_its_document_type_is_refused() -> None:
    """Without it browsers fall back to rules of their own."""
    with pytest.raises(PermanentError, match="document type"):
        composed(letter(html=page().replace("<!DOCTYPE html>", "")))


@pytest.mark.parametrize("how", HIDING)
def test_a_hidden_notice_does_not_count(how: str) -> None:
    """The HTML part must show the notice; hiding it in any way is the same as leaving it out."""
    with pytest.raises(PermanentError, match="guarantee"):
        composed(letter(html=page(OTHERS, body=HIDING[how])))


@pytest.mark.parametrize(
    "sheet",
    [".notice{display:none}", "@media screen{.notice{font-size:0}}", "p{color:red;visibility:hidden}", "p{display:none",
     "@import url(https://example.com/x.css);", "p{/*x*/color:red}", "p{opacity:0}", "p{unknown:1}"],
)  # fmt: skip
def test_a_style_sheet_that_could_hide_is_refused(sheet: str) -> None:
    """Which element a rule would hit is not guessed: a sheet that could hide anything is no sheet of ours."""
    with pytest.raises(PermanentError, match="style sheet"):
        composed(letter(html=page(sheet=sheet)))


def test_a_careful_layout_passes() -> None:
    """Dark mode, phones and a hidden preview line are fine, as long as the notices can be seen."""
    sheet = (
        ":root{color-scheme:light dark;supported-color-schemes:light dark}"
        "@media (prefers-color-scheme: dark){.card{background:#111111 !important;color:#eeeeee !important}}"
        "@media (max-width:600px){.card{width:100% !important;padding:16px !important}}"
    )
    preview = '<div style="display:none;max-height:0;overflow:hidden">Thank you</div>'
    composed(letter(html=page(sheet=sheet, body=preview)))


def test_markup_inside_a_notice_does_not_hide_it() -> None:
    """Bold words, line breaks, entities and odd spaces leave the words the same."""
    parts = "There is <b>no guarantee</b>\n whatsoever&nbsp;that it will&#32;help you.<br>Some people feel worse."
    composed(letter(html=page(OTHERS, body=f"<p>{parts}</p>")))


@settings(max_examples=100, deadline=None)
@given(words=st.text(min_size=1, max_size=200))
def test_escaped_words_are_seen_as_they_are(words: str) -> None:
    """What is escaped into a paragraph is read back, and nothing of it becomes markup."""
    plain = words.replace("\0", "").replace("\r", "").encode("utf-8", "ignore").decode()
    assert visible_text(f"<!DOCTYPE html><p>{markup.escape(plain)}</p>") == squeeze(plain)


DAMAGE = [b"\r\n", b"\n", b"Bcc: a@b\r\n", b"=?", b"\0", b" ", b",", b"<", b"\r\n\r\n", b"\r\nTo: a@b"]


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_random_damage_is_harmless(data: st.DataObject) -> None:
    """After any change to a header the reply is refused, or nobody else gets it and it still says who sent it."""
    end = WHOLE.index(b"\r\n\r\n")
    at = data.draw(st.integers(0, end))
    put = data.draw(st.sampled_from(DAMAGE))
    damaged = WHOLE[:at] + put + WHOLE[at + data.draw(st.integers(0, 5)) :]
    try:
        check(damaged)
    except ProofError:
        return
    head = damaged.partition(b"\r\n\r\n")[0].lower()
    assert b"\r\nbcc:" not in b"\r\n" + head
    assert head.count(b"\r\nto: jane.doe@example.org\r\n") == 1


@pytest.mark.parametrize(
    "value", ["a@b", "<a b@c>", "<a@b", "<a@b>x", "<@b>", "<a@>", "<>", "<a@b>\n", "<ä@b>", "<=?x?=@b>", ""]
)
def test_what_is_not_a_message_id(value: str) -> None:
    """Only one plain id in angle brackets may stand in a header."""
    assert not is_message_id(value)


@pytest.mark.parametrize("value", ["jane@example.org", "j.d+tag@mail.example.org", "o'hara_1@x-y.example.org"])
def test_what_is_a_plain_address(value: str) -> None:
    """Ordinary addresses pass."""
    assert is_plain_address(value)
