"""Text search, with a bounded cost per query whatever the input."""

from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from participation.models.searching import SearchTextField, fold

#: Maximum number of words and of characters searched for: each word costs another scan of every row.
MAX_WORDS, MAX_TEXT_LENGTH = 10, 200


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
        text = fold(" ".join(columns))
        if all(word in text for word in words):
            found.append(pk)
    return lines.filter(id__in=found)
