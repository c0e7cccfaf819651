"""Finding and replacing words in stored values: plain text, HTML, JSON, and truncated quotes."""

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

from django.db.models import Q

from participation.compliance.dates import ImpreciseDate

#: Replacement of erased words; stored, and therefore the same in every language.
REPLACEMENT = "[…]"
#: Shorter words are matched as whole words only: "Jan" must not match in "januari".
_MIN_SUBSTRING_LENGTH = 6
#: Minimum length in characters of a truncated quote to be recognised.
_MIN_QUOTE_LENGTH = 3
#: Changesets truncate a text at this length, without an ellipsis.
_LABEL_LENGTH = 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ELLIPSIS = re.compile(r"(?:…|\.\.\.|&hellip;)")
_NORMAL_FORMS: tuple[Literal["NFC"], Literal["NFD"]] = ("NFC", "NFD")
_SPACE = r"(?:\s|&nbsp;|&#160;|<br\s*/?>)+"
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "(?:&quot;|&#34;)", "'": "(?:&#x27;|&#39;)"}


class ErasedWords:
    """Words to erase, matched in any case, across line breaks, and in HTML-escaped form."""

    def __init__(self, words: Iterable[str]) -> None:
        """Store the words, each a name, a sentence or a whole text; empty ones are skipped."""
        found = dict.fromkeys(" ".join(text.split()) for text in words)
        # Longest first: a text that contains another must be matched as a whole.
        self.words = sorted((text for text in found if text and text != REPLACEMENT), key=len, reverse=True)

    def __bool__(self) -> bool:
        """Return whether there is anything to remove."""
        return bool(self.words)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Both composed and decomposed accents (Unicode NFC and NFD).
        forms = [
            form for text in self.words for form in (text, *(unicodedata.normalize(f, text) for f in _NORMAL_FORMS))
        ]
        return re.compile("|".join(map(_pattern_of, dict.fromkeys(forms))), re.IGNORECASE)

    def remove(self, text: str) -> str:
        """Return the text with the words replaced by ``REPLACEMENT``, including truncated quotes of them."""
        if not self.words or not text:
            return text
        return self._remove_truncated_quotes(self._pattern.sub(REPLACEMENT, text))

    def _remove_truncated_quotes(self, text: str) -> str:
        ends = [
            found.start()
            for found in _ELLIPSIS.finditer(text)
            if text[found.start() - 1 : found.end() + 1] != REPLACEMENT
        ]
        if len(text) == _LABEL_LENGTH:
            ends.append(len(text))
        for end in reversed(ends):
            if (quote := self._quote_at_end(text[:end])) is not None:
                text = f"{text[: quote[0]]}{REPLACEMENT}{text[quote[1] :]}"
        return text

    def _quote_at_end(self, text: str) -> tuple[int, int] | None:
        """Return start and end of a truncated quote of the words at the end of this text; None without one."""
        plain = _plain_text(text)
        for words in self.words:
            whole = words.casefold()
            for length in range(min(len(whole) - 1, len(plain)), _MIN_QUOTE_LENGTH - 1, -1):
                beginning = whole[:length].rstrip()
                if len(beginning) >= _MIN_QUOTE_LENGTH and plain.endswith(beginning):
                    last = None
                    for last in re.finditer(_pattern_of(beginning, whole_words_only=False), text, re.IGNORECASE):  # noqa: B007
                        pass
                    return last.span() if last else None
        return None

    def remove_from(self, value: Any, keep_keys: bool = False) -> Any:
        """Return a stored value without the words: text, an imprecise date with its original text, or JSON.

        With ``keep_keys`` the keys of objects stay, where these are words of the format.
        """
        if isinstance(value, str):
            return self.remove(value)
        if isinstance(value, ImpreciseDate):
            return value._replace(text=self.remove(value.text)) if value.text else value
        if isinstance(value, Mapping):
            parts = text_parts(value)
            return {
                key if keep_keys else self.remove(str(key)): self.remove_from(inner, keep_keys)
                if key in parts
                else inner
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return _number_duplicates([self.remove_from(inner, keep_keys) for inner in value], value)
        return value

    def occur_in(self, value: Any) -> bool:
        """Return whether any of the words occur in a stored value."""
        return bool(self.remove_from(value) != value)

    def remove_from_json(self, text: str) -> str:
        """Return a text without the words; in JSON also where they are written with escapes."""
        if text[:1] in ("{", "["):
            try:
                value = json.loads(text)
            except ValueError:
                return self.remove(text)
            cleaned = self.remove_from(value)
            if cleaned != value:
                compact = '": ' not in text
                return json.dumps(cleaned, ensure_ascii=False, separators=(",", ":") if compact else None)
            return text
        return self.remove(text)

    def candidate_filter(self, columns: Iterable[str]) -> Q:
        """Return a filter on rows that may contain the words: no false negatives, but false positives.

        Databases compare only ASCII case-insensitively, and know no escapes or truncated quotes. So this filters on the
        first letters of the words, where these are ASCII; ``remove`` does the exact matching.
        """
        found = Q()
        for words in self.words:
            plain = re.match(r"[A-Za-z0-9]{3,}", words)
            if plain is None or not unicodedata.normalize("NFC", words).startswith(plain.group()):
                return Q()
            for column in columns:
                found |= Q(**{f"{column}__icontains": plain.group()[:_MIN_QUOTE_LENGTH]})
        return found


def text_parts(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a JSON object that may be text: no days, and of an imprecise date only the printed text."""
    if "precision" in value:
        return {"text": value["text"]} if "text" in value else {}
    return {key: inner for key, inner in value.items() if not (isinstance(inner, str) and _DAY.fullmatch(inner))}


def _number_duplicates(items: list[Any], originals: list[Any]) -> list[Any]:
    """Return the items, numbered where erasing made them equal: a list may not hold a value twice."""
    found: list[Any] = []
    for item, original in zip(items, originals, strict=True):
        candidate, number = item, 2
        while isinstance(item, str) and item != original and candidate in found:
            candidate, number = f"{item} {number}", number + 1
        found.append(candidate)
    return found


def _pattern_of(words: str, whole_words_only: bool | None = None) -> str:
    tokens = ("".join(_character(character) for character in token) for token in words.split())
    pattern = _SPACE.join(tokens)
    if whole_words_only is None:
        whole_words_only = len(words) < _MIN_SUBSTRING_LENGTH
    return rf"(?<!\w){pattern}(?!\w)" if whole_words_only else pattern


def _character(character: str) -> str:
    escaped = re.escape(character)
    return f"(?:{_ESCAPED[character]}|{escaped})" if character in _ESCAPED else escaped


def _plain_text(text: str) -> str:
    return " ".join(html.unescape(text).split()).casefold()
