"""Excerpts of texts, with the words marked that were searched for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.models.searching import fold
from participation.selectors.searching import EXCERPT_LENGTH, excerpt, marked_parts


def shown(parts):
    return "".join(f"[{part.text}]" if part.is_match else part.text for part in parts)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Meer bomen", ["bomen"], "Meer [bomen]"),
        ("Boomrijke laan", ["boom", "laan"], "[Boom]rijke [laan]"),
        ("De Ééndenkade", ["eenden"], "De [Éénden]kade"),
        ("De E\u0301e\u0301ndenkade", ["eenden"], "De [E\u0301e\u0301nden]kade"),
        ("Hauptstraße", ["strasse"], "Haupt[straße]"),
        ("Hauptstraße", ["s"], "Haupt[s]tra[ß]e"),
        ("rol\u00adstoel", ["rolstoel"], "[rol\u00adstoel]"),
        ("foto’s", ["foto's"], "[foto’s]"),
        ("banaan", ["ana", "an"], "b[ana][an]"),
        ("Geen woord", ["bomen"], "Geen woord"),
        ("a.c abc", ["a.c"], "[a.c] abc"),
    ],
)
def test_words_are_marked_as_they_were_written(text, words, expected):
    assert shown(marked_parts(text, words)) == expected


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=4), max_size=3))
def test_the_parts_together_are_the_text_and_each_word_is_in_a_match(text, typed):
    words = list(dict.fromkeys(fold(" ".join(typed)).split()))
    parts = marked_parts(text, words)

    assert "".join(part.text for part in parts) == text
    assert any(part.is_match for part in parts) == any(word in fold(text) for word in words)


def test_an_excerpt_is_the_text_around_the_first_word():
    text = "begin " * 50 + "\n\nhier staat de\tfontein met nog een bank " + "einde " * 50
    found = shown(excerpt(text, ["fontein"], ["bank"]))

    assert found.startswith("… begin begin")
    assert "hier staat de [fontein] met nog een [bank] einde" in found
    assert found.endswith("einde …")
    assert len(found) <= EXCERPT_LENGTH + 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Een fontein", "Een [fontein]"),
        ("", ""),
        ("x" * 1000 + "fontein" + "y" * 1000, None),
        ("fontein" * 400, None),
    ],
)
def test_an_excerpt_of_any_text_is_short(text, expected):
    found = shown(excerpt(text, ["fontein"]))

    assert found == expected or (expected is None and "[fontein]" in found and len(found) < EXCERPT_LENGTH * 2)


def test_a_text_without_the_words_is_shown_from_its_start():
    assert shown(excerpt("woord " * 100, ["fontein"])).startswith("woord woord")
