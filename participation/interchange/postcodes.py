"""The list of CBS with the neighbourhood of every address, by postcode: pc6hnr…_gwb.csv, of each year."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from participation.dossier.errors import Problem, sort_problems

from .neighbourhoods import MUNICIPALITY, heading_key

#: The maximum number of rows: the country has about eight million addresses.
MAX_ROWS = 20_000_000
_MAX_PROBLEMS = 200
_POSTCODE: Final = re.compile(r"[1-9][0-9]{3}[A-Z]{2}")
_CODE: Final = re.compile(r"[0-9]{4}[0-9A-Z]{4}")
_POSTCODE_HEADINGS, _CODE_HEADINGS = ("pc6", "postcode", "postcode6"), ("buurt", "buurtcode", "bu_code")


class PostcodeList(NamedTuple):
    """The code of the neighbourhood of each postcode of a municipality. With ``problems`` it cannot be imported.

    ``divided`` is the number of postcodes with addresses in several neighbourhoods.
    """

    codes: Mapping[str, str]
    divided: int = 0
    problems: tuple[Problem, ...] = ()


class _ColumnError(ValueError):
    """The file has no such columns."""


def normal_postcode(text: str) -> str:
    """Return a postcode in capitals without spaces; "" if it is none."""
    found = "".join(text.split()).upper()
    return found if _POSTCODE.fullmatch(found) else ""


def read_postcodes(path: Path, municipality: str) -> PostcodeList:
    """Return the postcodes of this municipality, like GM0546, each with the neighbourhood of most of its addresses.

    The file, of the whole country, is read row by row; those of other municipalities are skipped.
    """
    if not MUNICIPALITY.fullmatch(municipality):
        reason = _("“%(code)s” is not the code of a municipality.") % {"code": municipality}
        return _refused(Problem(_("the municipality"), reason, _("Write GM and four digits, like GM0546.")))
    reader = _PostcodeReader(municipality)
    try:
        for number, postcode, code in _rows(path):
            if number > MAX_ROWS:
                reason = _("There are more than %(n)s rows.") % {"n": MAX_ROWS}
                return _refused(Problem(_("the file"), reason, _("Use the list of CBS as it is downloaded.")))
            reader.add_row(number, postcode, code)
    except _ColumnError:
        reason = _("The columns with the postcode and the neighbourhood are missing.")
        hint = _("Use the list “pc6hnr…_gwb.csv” of CBS, with the columns PC6 and Buurt.")
        return _refused(Problem(_("the first row"), reason, hint))
    except (UnicodeDecodeError, csv.Error):
        hint = _("Unpack the download, and choose the file that ends in .csv.")
        return _refused(Problem(_("the file"), _("This is no text with columns."), hint))
    return reader.result()


class _PostcodeReader:
    """Counts the addresses by postcode and neighbourhood of one municipality, and collects the problems of its rows."""

    def __init__(self, municipality: str) -> None:
        self.municipality = municipality
        self.found: dict[str, Counter[str]] = {}
        self.problems: list[Problem] = []

    def add_row(self, number: int, postcode: str, code: str) -> None:
        """Count the address in this row, unless it is in another municipality."""
        # Excel takes noughts off, and so does CBS in some years.
        full = code.strip().upper().removeprefix("BU").removesuffix(".0")
        full = full.zfill(8) if full.isdecimal() else full
        if not _CODE.fullmatch(full):
            self._add_problem(number, _("“%(code)s” is not the code of a neighbourhood.") % {"code": code[:20]})
        elif full[:4] == self.municipality[2:]:
            if written := normal_postcode(postcode):
                self.found.setdefault(written, Counter())[f"BU{full}"] += 1
            else:
                self._add_problem(number, _("“%(text)s” is not a postcode.") % {"text": postcode[:20]})

    def result(self) -> PostcodeList:
        """Return the neighbourhood of most addresses of each postcode."""
        if not self.found and not self.problems:
            reason = _("There are no postcodes of %(code)s in this file.") % {"code": self.municipality}
            self.problems.append(Problem(_("the file"), reason, _("Check the code of the municipality.")))
        codes = {postcode: _most_common(counts) for postcode, counts in sorted(self.found.items())}
        divided = sum(len(counts) > 1 for counts in self.found.values())
        return PostcodeList(codes, divided, tuple(sort_problems(self.problems)))

    def _add_problem(self, number: int, reason: str) -> None:
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(Problem(_("row %(number)s") % {"number": number}, reason, _("Correct the row.")))


def _refused(problem: Problem) -> PostcodeList:
    return PostcodeList({}, 0, (problem,))


def _most_common(counts: Counter[str]) -> str:
    """Return the code with the most addresses, of equal ones the first, so that each import gives the same."""
    return min(counts, key=lambda code: (-counts[code], code))


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield the row number, postcode and code of each row. Raises _ColumnError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(4096)
        delimiter = max(";,\t", key=first.count)
        headings = [heading_key(text) for text in next(csv.reader([first], delimiter=delimiter), [])]
        columns = [
            next((headings.index(name) for name in names if name in headings), -1)
            for names in (_POSTCODE_HEADINGS, _CODE_HEADINGS)
        ]
        if min(columns) < 0:
            raise _ColumnError
        for number, cells in enumerate(csv.reader(file, delimiter=delimiter), start=2):
            if cells:
                postcode, code = (cells[column] if column < len(cells) else "" for column in columns)
                yield number, postcode, code
