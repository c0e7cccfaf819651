"""Text search, with a bounded cost per query whatever the input."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from participation.models.searching import SearchTextField, fold, searched_text

#: Maximum number of words and of characters searched for: each word costs another scan of every row.
MAX_WORDS, MAX_TEXT_LENGTH = 10, 200
#: Number of characters of an excerpt.
EXCERPT_LENGTH = 150


class SearchWords(NamedTuple):
    """The words that are searched for, as typed, and whether the input was cut off."""

    words: tuple[str, ...]
    is_shortened: bool


def search_words(text: str) -> SearchWords:
    """Return the words to search for: the first ``MAX_WORDS`` of the first ``MAX_TEXT_LENGTH`` characters."""
    # Security: the rest of the input is not even split, since anyone may send megabytes.
    text, rest = text[:MAX_TEXT_LENGTH], text[MAX_TEXT_LENGTH : MAX_TEXT_LENGTH + 1]
    words = text.split()
    if rest.strip():
        # The last word may have been cut halfway, so it is dropped unless it is the only one.
        words = words[:-1] or words
    distinct = tuple(dict.fromkeys(words))
    return SearchWords(distinct[:MAX_WORDS], bool(rest) or len(distinct) > MAX_WORDS)


def folded_words(text: str) -> list[str]:
    """Return the folded words (no accents or case) to search for; a word of only accents is dropped."""
    return list(dict.fromkeys(fold(" ".join(search_words(text).words)).split()))[:MAX_WORDS]


class TextPart(NamedTuple):
    """A part of a text, and whether it is a word that was searched for."""

    text: str
    is_match: bool


def marked_parts(text: str, words: Collection[str]) -> list[TextPart]:
    """Return the text in parts; ``words`` are folded, and found in it whatever its case and accents."""
    parts, end = [], 0
    for first, last in _matches_in(text, words):
        parts += [TextPart(text[end:first], False), TextPart(text[first:last], True)]
        end = last
    return [part for part in (*parts, TextPart(text[end:], False)) if part.text]


def excerpt(text: str, words: Collection[str], others: Collection[str] = ()) -> list[TextPart]:
    """Return the text around the first of these folded words, on one line, in parts.

    The ``others`` that happen to stand there are marked as well.
    """
    text = " ".join(text.split())
    first, last = next(_matches_in(text, words), (0, 0))
    start = max(0, first - EXCERPT_LENGTH // 3)
    if start:
        # From a whole word, unless the word that was found is in a longer one such as an address.
        start = text.find(" ", start - 1, first) + 1 or start
    end = max(start + EXCERPT_LENGTH, last)
    if end < len(text):
        space = text.rfind(" ", last, end + 1)
        end = space if space >= 0 else end
    parts = marked_parts(text[start:end], {*words, *others})
    before, after = [TextPart("… ", False)] if start else [], [TextPart(" …", False)] if end < len(text) else []
    return [*before, *parts, *after]


def _matches_in(text: str, words: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and last position of each match in the text as it was written."""
    # No word has a space in it, so each match is within one part of the text without spaces.
    for part in re.finditer(r"\S+", text):
        folded = fold(part.group())
        found = sorted(
            (match.start(), match.end())
            for word in words
            if word in folded
            for match in re.finditer(re.escape(word), folded)
        )
        if found:
            yield from _unfolded(part.group(), part.start(), len(folded), _without_overlap(found))


def _without_overlap(found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return these positions, which are in order, with those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for first, last in found:
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _unfolded(text: str, offset: int, length: int, found: Collection[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield these positions in the folded text as positions in the text itself."""
    origins = [place for place, character in enumerate(text) for _folded in fold(character)]
    if len(origins) != length:
        # A character that becomes something else beside another one.
        yield offset, offset + len(text)
        return
    origins.append(len(text))
    done = 0
    for first, last in found:
        # A letter that becomes two, of which one was found, is marked whole.
        start, end = max(origins[first], done), max(origins[last], origins[last - 1] + 1)
        if end > start:
            yield offset + start, offset + end
            done = end


def rows_matching(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return the rows, or history rows, in which every word of the text occurs."""
    words = folded_words(text)
    if not words:
        return rows
    if not any(isinstance(field, SearchTextField) for field in rows.model._meta.fields):
        return _history_rows_matching(rows, words)
    found = Q()
    for word in words:
        found &= Q(search_text__icontains=word)
    return rows.filter(found)


def _history_rows_matching(lines: QuerySet[Any], words: list[str]) -> QuerySet[Any]:
    """Return the history rows in which every word occurs; they store no folded text, so it is computed for each."""
    sources = lines.model.instance_type._meta.get_field("search_text").columns
    found = []
    for pk, *columns in lines.order_by().values_list("id", *sources).iterator():
        text = searched_text(columns)
        if all(word in text for word in words):
            found.append(pk)
    return lines.filter(id__in=found)
