"""Markdown in both forms: what the HTML shows, the text says; no HTML of an author gets through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from triage.letters.markdown import address_behind, convert, escape_markdown


def words_of(page: str) -> str:
    """The words a browser shows for a fragment, with the address behind each link as in the text part."""
    tree = LexborHTMLParser(page)
    for link in tree.css("a"):
        behind = address_behind(link.text(), link.attributes.get("href") or "")
        link.insert_after(behind)
    return "".join((tree.body.text() if tree.body else "").split())


def without_signs(text: str) -> str:
    """All but the characters that signs of list items are made of, since browsers draw those themselves."""
    return re.sub(r"[-\d.\s]", "", text)


@pytest.mark.parametrize(
    ("source", "text", "html"),
    [
        ("Hello\nthere", "Hello there", "<p>Hello\nthere</p>"),
        ("a  \nb", "a\nb", "<p>a<br>\nb</p>"),
        ("a\\\nb", "a\nb", "<p>a<br>\nb</p>"),
        ("**a** _b_", "a b", "<p><strong>a</strong> <em>b</em></p>"),
        ("# T\n\nx", "T\n\nx", "<h1>T</h1>\n<p>x</p>"),
        ("- a\n- b\n\nc", "- a\n- b\n\nc", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>c</p>"),
        ("3. a\n4. b", "3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("- a\n  1. b\n- c", "- a\n  1. b\n- c", "<ul>\n<li>a\n<ol>\n<li>b</li>\n</ol>\n</li>\n<li>c</li>\n</ul>"),
        (
            "[k](https://x.example/)",
            "k (https://x.example/)",
            '<p><a href="https://x.example/" rel="noopener noreferrer">k</a></p>',
        ),
        (
            "See https://x.example/a.",
            "See https://x.example/a.",
            '<p>See <a href="https://x.example/a" rel="noopener noreferrer">https://x.example/a</a>.</p>',
        ),
        ("[call 988](tel:988)", "call 988", '<p><a href="tel:988" rel="noopener noreferrer">call 988</a></p>'),
        ("[call](tel:988)", "call (988)", '<p><a href="tel:988" rel="noopener noreferrer">call</a></p>'),
        ("<b>x</b>", "<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("[x](javascript:a)", "[x](javascript:a)", "<p>[x](javascript:a)</p>"),
        ("![x](https://x.example/a.png)", None, None),
        ("    code", "code", "<p>code</p>"),
        ("> quote", "> quote", "<p>&gt; quote</p>"),
        ("`code`", "`code`", "<p>`code`</p>"),
    ],
)
def test_both_forms(source: str, text: str | None, html: str | None) -> None:
    """Each construct of the letters' Markdown in both forms; what is not one of them is shown as typed."""
    page = convert(source)
    if text is not None:
        assert (page.text, page.html) == (text, html)
    assert "<img" not in page.html


_PIECES = st.sampled_from(
    [
        "a",
        "Hi **b**",
        "_c_",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "# ",
        "[k](https://x.example/q)",
        "https://x.example/z",
        "  \n",
        " ",
    ]
)


@given(st.lists(_PIECES, max_size=20).map("".join))
def test_text_and_html_say_the_same(source: str) -> None:
    """Whatever Markdown an author mixes, both forms hold the same words in the same order."""
    page = convert(source)
    assert without_signs(page.text) == without_signs(words_of(page.html))


@given(st.text(max_size=60).filter(lambda text: text.isprintable()))
def test_an_escaped_value_is_shown_exactly_as_it_is(value: str) -> None:
    """A fact of the settings is never read as Markdown."""
    page = convert(f"x{escape_markdown(value)}x")
    assert "".join(page.text.split()) == "".join(f"x{value}x".split())
    assert LexborHTMLParser(page.html).css("p > *") == []


@given(st.text(max_size=200))
def test_no_source_gives_foreign_elements(source: str) -> None:
    """Only the few elements of letters come out, with no attribute but a link's address."""
    for node in LexborHTMLParser(convert(source).html).css("body *"):
        assert node.tag in {"p", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "ul", "ol", "li", "a", "br"}
        assert set(node.attributes) <= {"href", "rel", "start"}
