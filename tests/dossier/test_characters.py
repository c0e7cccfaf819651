"""Stored text is well-formed XML, whatever was typed or imported."""

from xml.sax.saxutils import escape

import pytest
from defusedxml import ElementTree
from hypothesis import example, given
from hypothesis import strategies as st

from participation.dossier.characters import clean_line, clean_text, clean_values

ANY = st.text(st.characters(exclude_categories=[]), max_size=40)


@pytest.mark.parametrize(
    ("typed", "text", "line"),
    [
        ("Avond\x0bover \x01 groen", "Avond\nover  groen", "Avond over  groen"),
        ("een\x0ctwee\x85drie\u2028vier\u2029vijf", "een\ntwee\ndrie\nvier\nvijf", "een twee drie vier vijf"),
        ("een\r\ntwee\rdrie\tvier", "een\ntwee\ndrie\tvier", "een twee drie vier"),
        ("a\x00\x1b\x7f\x9f\ufdd0\ufffe\uffff\U0001fffe\ud800b", "ab", "ab"),
        ("Ééndenkade 😀 €", "Ééndenkade 😀 €", "Ééndenkade 😀 €"),
    ],
)
def test_unsupported_characters_become_line_breaks_or_are_removed(typed, text, line):
    assert clean_text(typed) == text
    assert clean_line(typed) == line
    assert clean_values([{"what": typed, "on": None}]) == [{"what": text, "on": None}]


def test_no_printable_character_is_removed_or_changed():
    # Printable text is returned without looking at its characters.
    printable = "".join(filter(str.isprintable, map(chr, range(0x110000))))
    assert clean_text(printable + "\x0b") == printable + "\n"


@given(ANY)
@example("\r\r\n\x0b\x85")
def test_cleaned_text_is_well_formed_and_cleaning_is_idempotent(typed):
    text, line = clean_text(typed), clean_line(typed)

    assert ElementTree.fromstring(f"<a>{escape(text)}</a>".encode()).text == (text or None)
    assert (clean_text(text), clean_line(line), clean_line(text)) == (text, line, line)
    assert line.isprintable() or not set(line) & set("\n\t\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
