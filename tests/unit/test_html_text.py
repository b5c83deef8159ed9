"""HTML as text: what a reader sees, line for line, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.core.html_text import TEXT_CAP, html_to_text
from triage.core.words import split_words


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<div>a<div>b</div>c</div>", "a\nb\nc"),
        ("  one \n two\t three ", "one two three"),
        ("<b>bold</b>ly <i>so</i>", "boldly so"),
        ("&lt;tag&gt; &amp; caf&eacute;&nbsp;x", "<tag> & café x"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ('see <a href="https://example.com/x?y">this page</a>', "see this page"),
        (
            "<table><tr><th>Name</th><td>Ann</td></tr><tr><th>Phone</th><td>555-0101</td></tr></table>",
            "Name\tAnn\nPhone\t555-0101",
        ),
        ("<blockquote>old<blockquote>older</blockquote></blockquote>new", "> old\n>\n> > older\n\nnew"),
        ("", ""),
    ],
)
def test_layout_becomes_lines(html: str, text: str) -> None:
    """Blocks, breaks, lists, rows, links, entities and quotes."""
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "hidden",
    [
        "<head><title>no</title></head>",
        "<script>no</script>",
        "<style>.no{}</style>",
        "<!-- no -->",
        '<div style="display: none">no</div>',
        '<span style="color:red;DISPLAY:NONE !important">no</span>',
        '<div style="font-size:0px;line-height:0">no</div>',
        '<div style="max-height:0;overflow:hidden">no</div>',
        '<div style="visibility:hidden">no</div>',
        '<div style="opacity:0;">no</div>',
        "<p hidden>no</p>",
        "<template>no</template>",
        '<img alt="no" src="no.png">',
    ],
)
def test_what_a_reader_does_not_see_is_dropped(hidden: str) -> None:
    """Preheaders, tracking text, scripts and comments are no words of the sender."""
    assert html_to_text(f"<body>{hidden}<p>yes</p></body>") == "yes"


def test_a_small_font_is_not_hidden() -> None:
    """Only a size of nothing hides words."""
    assert html_to_text('<p style="font-size:0.9em; opacity:0.5">yes</p>') == "yes"


def test_a_gmail_reply_splits_into_own_and_quoted_words() -> None:
    """Gmail's quote is marked line by line, its attribution is recognised."""
    html = (
        '<div dir="ltr">My own words</div><div class="gmail_quote"><div class="gmail_attr">'
        "On Mon, Mar 3, 2025 at 4:12 PM Clinic &lt;hello@clinic.example.org&gt; wrote:<br></div>"
        '<blockquote class="gmail_quote"><p>Your letter.</p></blockquote></div>'
    )
    words = split_words(html_to_text(html))
    assert words.own == "My own words"
    assert "> Your letter." in words.quoted


def test_answers_between_gmail_quotes_stay_own_words() -> None:
    """Gmail's wrapper holds the answers written between the quotes too."""
    html = (
        '<div class="gmail_quote"><blockquote>When?</blockquote><div>On Monday.</div>'
        "<blockquote>Where?</blockquote><div>At home.</div></div>"
    )
    assert split_words(html_to_text(html)).own.split() == ["On", "Monday.", "At", "home."]


def test_a_gmail_wrapper_without_blockquote_is_a_quote() -> None:
    """Where the wrapper is all there is, its content counts as quoted."""
    assert html_to_text('<p>own</p><div class="gmail_quote"><p>old</p></div>') == "own\n\n> old"


def test_deep_nesting_and_giant_tags_do_not_lose_the_words() -> None:
    """What would make the tree parser slow is read without it, or without the giant tag."""
    assert html_to_text("<div>" * 50_000 + "words") == "words"
    assert html_to_text(f'<p>one</p><img src="data:image/png;base64,{"A" * 50_000}"><p>two</p>') == "one\n\ntwo"


def test_the_text_is_capped() -> None:
    """No more than 64 Ki characters come back."""
    assert len(html_to_text("<p>word</p>" * 20_000)) <= TEXT_CAP


TAGS = [
    "<",
    ">",
    "<p>",
    "</p>",
    "<table>",
    "<td>",
    "<!--",
    "<pre>",
    "<blockquote>",
    "<br>",
    "&#0;",
    "</div>",
    "<svg>",
    "\ud800",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=10), st.sampled_from(TAGS)), max_size=40))
def test_any_text_gives_clean_text(pieces: list[str]) -> None:
    """Never raises, never a carriage return, always encodable."""
    text = html_to_text("".join(pieces))
    assert "\r" not in text
    text.encode("utf-8")
