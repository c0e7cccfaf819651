"""The text of a document by paragraph, and what differs between two of its versions."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from .plannings.pdf_documents import pdf_rows
from .plannings.source import NoText, UnreadablePlanning
from .plannings.word_documents import word_rows
from .sheets import text as sheets_text
from .sheets.errors import SheetError
from .text_alignment import Part, compare

#: Maximum size of a file in bytes, and of its text in paragraphs and characters.
MAX_BYTES: Final = 5_000_000
MAX_PARAGRAPHS: Final = 3_000
MAX_CHARACTERS: Final = 500_000
_TEXT_ENDINGS: Final = (".txt", ".md")


class UnreadableDocument(ValueError):
    """The text of a document cannot be compared; the message says why, and what can be done."""


class ParagraphChange(NamedTuple):
    """A paragraph that was added, removed, moved or changed.

    ``after`` is the last paragraph before it that both versions have, "" at the beginning.
    """

    part: Part
    after: str = ""


class TextComparison(NamedTuple):
    """What differs between two versions, in the order of the newer one, and how many paragraphs are the same."""

    changes: list[ParagraphChange]
    same: int

    def count(self, kind: str) -> int:
        """Return the number of paragraphs that changed in this way."""
        return sum(change.part.kind == kind for change in self.changes)


def read_paragraphs(name: str, content: bytes) -> list[str]:
    """Return the paragraphs of a text, Word document or PDF with text. Raises UnreadableDocument."""
    if len(content) > MAX_BYTES:
        raise UnreadableDocument(too_large_message())
    try:
        found = list(_paragraphs(name.lower(), content))
    except NoText as error:
        message = _("There is no text in “%(name)s”: it is a scan or a picture. So it cannot be compared.")
        raise UnreadableDocument(message % {"name": name}) from error
    except (UnreadablePlanning, SheetError) as error:
        message = _("The text of “%(name)s” cannot be read: it is damaged, locked, or too large.")
        raise UnreadableDocument(message % {"name": name}) from error
    if len(found) > MAX_PARAGRAPHS or sum(map(len, found)) > MAX_CHARACTERS:
        raise UnreadableDocument(too_large_message())
    return found


def too_large_message() -> str:
    """Return the error for a document that is too large to compare."""
    message = _("These versions are too large to compare here: at most %(size)s MB and %(number)s paragraphs each.")
    return message % {"size": MAX_BYTES // 1_000_000, "number": MAX_PARAGRAPHS}


def _paragraphs(name: str, content: bytes) -> Iterator[str]:
    if content.startswith(b"%PDF-"):
        yield from _joined_lines(" ".join(row.cells) for row in pdf_rows(content))
    elif content.startswith(b"PK\x03\x04") and name.endswith(".docx"):
        for row in word_rows(content):
            if text := _plain(" ".join(cell for cell in row.cells if cell)):
                yield text
    elif name.endswith(_TEXT_ENDINGS):
        text = sheets_text.normalize_text(sheets_text.decoded_text(content).text)
        yield from _joined_lines(text.split("\n"))
    else:
        message = _("“%(name)s” cannot be compared. That is possible with text, Word (.docx) and PDF with text.")
        raise UnreadableDocument(message % {"name": name})


def _joined_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield paragraphs: lines that follow one another without an empty line between them."""
    for is_filled, group in groupby((_plain(line) for line in lines), key=bool):
        if is_filled:
            yield " ".join(group)


def _plain(text: str) -> str:
    return " ".join(text.split())


def compare_paragraphs(old: Sequence[str], new: Sequence[str]) -> TextComparison:
    """Return what differs between two lists of paragraphs, in time that grows as n log n with their words."""
    changes: list[ParagraphChange] = []
    same, after = 0, ""
    for part in compare(old, new):
        if part.kind == "same":
            same, after = same + 1, part.text
        else:
            changes.append(ParagraphChange(part, after))
    return TextComparison(changes, same)
