"""HTML is converted to plain text, also when it is malformed, in time that is linear in its length."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.interchange.html_texts import html_to_text

PIECES = (
    "<a",
    "<a ",
    "</a",
    "<!--",
    "-->",
    "<!",
    "<?",
    '<a b="',
    "<a b='",
    "&",
    "&#",
    "&#1",
    "<script>",
    "<p>",
    "<br>",
    "<li",
    "x",
)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<p>Meer <b>bomen</b></p><p>En banken</p>", "Meer bomen\n\nEn banken"),
        ("<ul><li>een</li><li>twee</li></ul>", "- een\n\n- twee"),
        ('<a href="https://voorbeeld.nl/?a>b" title=x>hier</a> &amp; &eacute;&eacute;n', "hier & één"),
        ("<script>alert(1)</script><style>p {}</style><!-- niet --><p>wel", "wel"),
        ("3 < 5 en 5 > 3", "3 < 5 en 5 > 3"),
        ("<p>5 < 3 <!-- nooit dicht", "5 < 3 <!-- nooit dicht"),
        ("&#" + "1" * 5_000 + "; <br>x", "\ufffd\nx"),
    ],
)
def test_html_is_converted_to_its_visible_text(written, shown):
    assert html_to_text(written) == shown


@pytest.mark.parametrize("piece", PIECES)
def test_unclosed_markup_takes_linear_time(piece):
    began = process_time()
    html_to_text("<p>" + piece * 50_000)
    # A quadratic algorithm takes minutes for this many pieces.
    assert process_time() - began < 3


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=12).map("".join))
def test_any_text_can_be_converted_to_plain_text(text):
    html_to_text(text)
