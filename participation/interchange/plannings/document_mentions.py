"""Versions of documents that the text of a planning mentions: "advies samenwerkingsvormen versie 0.2"."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple, Self

from .words import normalize_words

_VERSION: Final = re.compile(r"[(\[“\"'‘]{0,2}\b(?:versie|version) ?(\d{1,2}(?:\.\d{1,3}){0,2})\b", re.IGNORECASE)
#: Words before a title that do not belong to it.
_STOP: Final = frozenset(
    (
        *(
            "inclusief",
            "incl",
            "aangepast",
            "aangepaste",
            "nieuwe",
            "nieuw",
            "versie",
            "concept",
            "in",
            "aan",
            "naar",
            "met",
        ),
        *(
            "over",
            "en",
            "of",
            "de",
            "het",
            "een",
            "dit",
            "deze",
            "bevat",
            "bespreken",
            "bespreking",
            "verzending",
            "op",
            "uit",
        ),
        *(
            "verzenden",
            "vaststellen",
            "vaststelling",
            "document",
            "stuk",
            "stukken",
            "besluit",
            "raad",
            "college",
            "tov",
        ),
    )
)
#: Words that belong to a title only between others.
_LINKING: Final = frozenset(("van", "voor", "tot"))
_MAX_WORDS, _MAX_LENGTH = 6, 120
_MIN_SHARED_LENGTH: Final = 6
_KINDS: Final = (
    ("weighing", re.compile(r"\breactienota\b|\bnota van (?:beantwoording|inspraak)|\bzienswijzennota\b")),
    ("plan", re.compile(r"\bparticipatieplan\b")),
    ("minutes", re.compile(r"\bverslag\b|\bnotulen\b")),
    ("report", re.compile(r"\b\w*rapport(?:age)?\b|\bonderzoek\b")),
    ("invitation", re.compile(r"\buitnodiging\b")),
    ("final", re.compile(r"\bdefinitieve?\b")),
)


class DocumentMention(NamedTuple):
    """A version of a document, as a row mentions it."""

    key: str
    title: str
    version: str
    kind: str

    @classmethod
    def of(cls, title: str, version: str) -> Self:
        """Return the mention of a document with this title and version."""
        words = normalize_words(title)
        kind = next((kind for kind, pattern in _KINDS if pattern.search(words)), "draft" if version else "")
        return cls(f"{words}|{version}"[:150], title, version, kind)


def mentions_in(text: str) -> list[DocumentMention]:
    """Return the versions of documents that a text mentions. Of one without a title, the version says all."""
    found = []
    flat = " ".join(text.split())
    for match in _VERSION.finditer(flat):
        title = _title_before(flat[max(0, match.start() - _MAX_LENGTH) : match.start()])
        if title:
            found.append(DocumentMention.of(title, match[1]))
    return found


def merge_mentions(rows: Sequence[Sequence[DocumentMention]]) -> list[list[DocumentMention]]:
    """Return the mentions of each row, where those of one document are the first of them.

    The same version under a title that shares a long word is the same document: "voorstel samenwerking" and "advies
    samenwerking".
    """
    by_version: dict[str, list[DocumentMention]] = defaultdict(list)
    merged = []
    for mentions in rows:
        found = []
        for mention in mentions:
            known = by_version[mention.version]
            first = next((one for one in known if _long_words(one.title) & _long_words(mention.title)), None)
            if first is None:
                known.append(mention)
            found.append(first or mention)
        merged.append(list(dict.fromkeys(found)))
    return merged


def _long_words(title: str) -> set[str]:
    return {word for word in normalize_words(title).split() if len(word) >= _MIN_SHARED_LENGTH}


def _title_before(text: str) -> str:
    """Return the words of a title at the end of a text: "inclusief advies samenwerkingsvormen" without the first."""
    words: list[str] = []
    for word in reversed(text.split()):
        bare = word.strip("(),.:;‘’'“”\"")
        if not bare or bare.casefold() in _STOP or len(words) >= _MAX_WORDS or not any(map(str.isalpha, bare)):
            break
        if words and word[-1] in ".,:;)":
            break
        words.insert(0, bare)
        # A quotation mark or a bracket opens the title.
        if word[0] in "(‘“'\"":
            break
    while words and words[0].casefold() in _LINKING:
        words.pop(0)
    title = " ".join(words)
    return title[:1].upper() + title[1:]
