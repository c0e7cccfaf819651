"""Words to erase are found in every form, and nothing else is removed."""

from __future__ import annotations

import json

import pytest
from django.utils.text import Truncator
from hypothesis import given
from hypothesis import strategies as st

from participation.services.erasure.words import REPLACEMENT, ErasedWords
from tests import world

NAME = "Müller & O'Brien"


@pytest.mark.parametrize(
    ("words", "text", "left"),
    [
        ("Jan Jansen", "Bel Jan Jansen.", "Bel […]."),
        ("Jan Jansen", "Bel JAN\n   jansen.", "Bel […]."),
        ("Jan Jansen", "<p>Jan&nbsp;Jansen<br>", "<p>[…]<br>"),
        (NAME, "van Müller &amp; O&#x27;Brien", "van […]"),
        (NAME, "van Mu\u0308ller & O'Brien", "van […]"),
        ("Jan", "In januari kwam Jan.", "In januari kwam […]."),
        ("Wilhelmina", "Wilhelmina's tuin", "[…]'s tuin"),
        ("Jan Jansen woont hier", "Hij zei: Jan Jansen …", "Hij zei: […] …"),
        ("Jan Jansen woont hier", "Hij zei: Jan Jans… En toen", "Hij zei: […]… En toen"),
        ("Jan Jansen", "Niets van hem", "Niets van hem"),
        ("06-12345678", "tel 06-12345678", "tel […]"),
    ],
)
def test_only_the_given_words_are_removed(words, text, left):
    assert ErasedWords([words]).remove(text) == left


def test_a_quote_of_up_to_a_hundred_characters_is_removed():
    text = "Herkenbaar " * 20
    assert ErasedWords([text]).remove(text[:100]) == REPLACEMENT


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=6, max_size=40),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_no_text_keeps_the_words_and_removal_is_idempotent(words, before, after):
    found = ErasedWords([words])
    left = found.remove(f"{before} {words} {after}")

    assert words.casefold() not in left.casefold() or words in REPLACEMENT
    assert found.remove(left) == left


@given(st.integers(8, 60))
def test_a_quote_truncated_anywhere_keeps_nothing_of_the_words(length):
    words = "Wilhelmina Herkenbaar van de Zonnekwartelstraat"
    cut = Truncator(words).chars(length, truncate=" …")

    assert "Wil" not in ErasedWords([words]).remove(cut)


def test_json_stays_valid_also_with_escaped_words():
    body = json.dumps({"summary": f"van {NAME}", "n": [1, None]}, separators=(",", ":"))
    left = ErasedWords([NAME]).remove_from_json(body)

    assert json.loads(left) == {"summary": "van […]", "n": [1, None]}
    assert ErasedWords(["elders"]).remove_from_json(body) == body


def test_lists_keep_their_length_and_dates_their_bounds():
    found = ErasedWords(["Herkenbaar"])

    assert found.remove_from(["Herkenbaar", "HERKENBAAR", "nature"]) == ["[…]", "[…] 2", "nature"]
    date = world.between("2026-03-01", "2026-03-31", "month", "maart, zei Herkenbaar")
    assert found.remove_from(date) == date._replace(text="maart, zei […]")
