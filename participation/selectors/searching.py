"""Searching: which words are looked for, in which rows, at a cost that has a bound whatever is asked."""

from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from participation.models.searching import SearchTextField, fold

#: So much of what was typed is searched for: each word is one more look at every row.
MOST_WORDS, LONGEST = 10, 200


class Searched(NamedTuple):
    """The words that are searched for, as they were typed, and whether there were more than may be."""

    words: tuple[str, ...]
    shortened: bool


def searched(text: str) -> Searched:
    """Return what is searched for when this was typed: the first ``MOST_WORDS`` of its first ``LONGEST`` characters."""
    # What lies beyond is not even taken apart: a stranger may send megabytes.
    text, rest = text[:LONGEST], text[LONGEST : LONGEST + 1]
    words = text.split()
    if rest.strip():
        # The word in which the text was cut is no word that anybody typed, unless it is the only one.
        words = words[:-1] or words
    distinct = tuple(dict.fromkeys(words))
    return Searched(distinct[:MOST_WORDS], bool(rest) or len(distinct) > MOST_WORDS)


def folded_words(text: str) -> list[str]:
    """Return the words to look for when this was typed, folded; a word of accents alone is none."""
    return list(dict.fromkeys(fold(" ".join(searched(text).words)).split()))[:MOST_WORDS]


def matching(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return those of these rows, or of these lines of their history, in which every word of the text occurs."""
    words = folded_words(text)
    if not words:
        return rows
    if not any(isinstance(field, SearchTextField) for field in rows.model._meta.fields):
        return _matching_lines(rows, words)
    found = Q()
    for word in words:
        found &= Q(search_text__icontains=word)
    return rows.filter(found)


def _matching_lines(lines: QuerySet[Any], words: list[str]) -> QuerySet[Any]:
    """Return the lines of history in which every word occurs: those keep no folded text, so it is made of each."""
    of = lines.model.instance_type._meta.get_field("search_text").of
    found = []
    for pk, *columns in lines.order_by().values_list("id", *of).iterator():
        text = fold(" ".join(columns))
        if all(word in text for word in words):
            found.append(pk)
    return lines.filter(id__in=found)
