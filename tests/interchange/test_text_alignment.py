"""What turns one list of paragraphs into another, and back."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.interchange import text_alignment
from participation.interchange.text_alignment import Part, WordChange, compare, word_changes

A = "Het plein krijgt twintig bomen langs de rand."
B = "Fietsen staan straks in een rek bij de school."
C = "De weekmarkt blijft op zaterdag op het plein."
WORDS = st.sampled_from(["bomen", "plein", "een", "de", "langs", "markt", "rand", "school"])
PARAGRAPHS = st.lists(st.lists(WORDS, min_size=1, max_size=9).map(" ".join), max_size=12)


def applied(old, parts):
    """Return the newer version, made from the older one and what differs."""
    found = []
    for part in parts:
        if part.kind in ("same", "moved"):
            found.append(old[part.old])
        elif part.kind == "added":
            found.append(part.text)
        elif part.kind == "changed":
            words, kept = old[part.old].split(), []
            for change in part.words:
                number = len(change.text.split())
                if change.kind == "added":
                    kept += change.text.split()
                else:
                    assert words[:number] == change.text.split()
                    kept += words[:number] if change.kind == "same" else []
                    words = words[number:]
            assert words == []
            found.append(" ".join(kept))
    return found


@given(PARAGRAPHS, PARAGRAPHS)
def test_the_differences_applied_to_the_old_version_give_the_new_one(old, new):
    parts = compare(old, new)
    assert applied(old, parts) == new
    assert [part.new for part in parts if part.new is not None] == list(range(len(new)))
    assert sorted(part.old for part in parts if part.old is not None) == list(range(len(old)))


@given(PARAGRAPHS, st.randoms(use_true_random=False))
def test_a_version_with_its_paragraphs_in_another_order_adds_no_long_one(old, random):
    new = random.sample(old, len(old))
    kinds = Counter(part.kind for part in compare(old, new) if len(part.text) >= text_alignment.MIN_MOVED)
    assert kinds["added"] == kinds["removed"] == 0


@given(PARAGRAPHS)
def test_a_version_beside_itself_is_the_same(old):
    assert {part.kind for part in compare(old, old)} <= {"same"}


def test_words_are_marked_inside_a_changed_paragraph():
    new = "Het plein krijgt tien bomen langs de rand."
    [part] = compare([A], [new])
    words = (
        *(WordChange("same", "Het plein krijgt"), WordChange("removed", "twintig"), WordChange("added", "tien")),
        WordChange("same", "bomen langs de rand."),
    )
    assert part == Part("changed", new, 0, 0, words)


def test_paragraphs_without_words_in_common_are_removed_and_added():
    assert [part.kind for part in compare([A, B], [A, "Nieuw beleid volgt later"])] == ["same", "removed", "added"]


def test_a_paragraph_that_moved_is_one_part_where_it_stands_now():
    assert compare([A, B, C], [B, C, A])[-1] == Part("moved", A, 0, 2)


def test_changed_paragraphs_in_another_order_are_paired_in_order_only():
    parts = compare([f"{A} Eén", f"{B} Twee"], [f"{B} Drie", f"{A} Vier"])
    assert sorted(part.kind for part in parts) == ["added", "changed", "removed"]


def _compared_items(monkeypatch, old, new):
    """Return how many pairs of paragraphs were compared by their words."""
    number = 0
    share = text_alignment._share

    def counted(one, other):
        nonlocal number
        number += 1
        return share(one, other)

    monkeypatch.setattr(text_alignment, "_share", counted)
    compare(old, new)
    return number


@pytest.mark.parametrize("word", ["zelfde", "w{0}"])
def test_three_thousand_other_paragraphs_are_not_each_compared_with_each(monkeypatch, word):
    old = [f"oud {word.format(number)} {number}" for number in range(3_000)]
    new = [f"nieuw {word.format(number)} {number}x" for number in range(3_000)]
    assert _compared_items(monkeypatch, old, new) <= 2 * 3_000


def test_the_same_paragraph_three_thousand_times_is_aligned_in_order():
    parts = compare(["Zelfde alinea", "andere"] * 1_500, ["andere", "Zelfde alinea"] * 1_500)
    assert sum(part.kind == "same" for part in parts) > 1_400


def test_words_that_repeat_are_compared_in_order():
    found = word_changes("de de de", "de de")
    assert found == (WordChange("same", "de de"), WordChange("removed", "de"))
