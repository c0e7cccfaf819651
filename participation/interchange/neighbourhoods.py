"""Importer of a municipality's neighbourhoods from Statistics Netherlands (CBS) and PDOK: sheets, OData and GeoJSON.

CBS pads texts with spaces, writes "." for unknown values, and renames columns every year.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from participation.dossier.errors import Problem, sort_problems
from participation.dossier.parser import MAX_BYTES

from .json_files import JsonError, looks_like_json, parse_json
from .neighbourhood_shapes import AreaShape, has_shapes, read_shapes
from .sheets.reading import Sheet, SheetError, SheetRow, read_file
from .sheets.workbook import is_workbook, tabs

#: Levels that can be imported: districts (WK) or neighbourhoods (BU).
LEVELS: Final[Mapping[str, str]] = {"wijken": "WK", "buurten": "BU"}
MUNICIPALITY: Final = re.compile(r"GM[0-9]{4}")
#: Amsterdam uses letters in its codes since 2022.
_CODE: Final = re.compile(r"WK[0-9]{4}[0-9A-Z]{2}|BU[0-9]{4}[0-9A-Z]{4}|GM[0-9]{4}")
#: Number of characters after the prefix, by level.
_CODE_LENGTHS: Final = {"GM": 4, "WK": 6, "BU": 8}
_MISSING: Final = frozenset({"", ".", "-", "?", "null", "none"})

_CODE_HEADINGS: Final = (
    *("gwb_code_10", "gwb_code", "codering_3", "codering", "codering (code)", "regiocode", "statcode", "code"),
    *("identifier", "key", "gwb_code_8", "wijkenenbuurten", "wijken en buurten", "regios"),
)
_NAME_HEADINGS: Final = (
    *("regio", "regionaam", "statnaam", "title", "naam", "name", "wijkenenbuurten", "wijken en buurten"),
)
_BU: Final = (("bu_code", "buurtcode", "bu", "buurt"), ("bu_naam", "buurtnaam", "buurt"))
_WK: Final = (("wk_code", "wijkcode", "wk", "wijk"), ("wk_naam", "wijknaam", "wijk"))
_GM: Final = (
    ("gm_code", "gemeentecode", "gemcode", "gm", "gemeente"),
    ("gm_naam", "gemeentenaam", "gemeentenaam_1", "gemnaam"),
)
_TYPE_HEADINGS: Final = ("recs", "soortregio_2", "soortregio", "soort regio")
_WATER_HEADINGS: Final = ("water", "h2o")
_LIST_KEYS: Final = ("value", "features", "data", "results", "items")
_PREFIX_BY_TYPE: Final = {"gemeente": "GM", "wijk": "WK", "buurt": "BU"}
_HEADINGS: Final = frozenset(
    name
    for names in (_CODE_HEADINGS, _NAME_HEADINGS, *_BU, *_WK, *_GM, _TYPE_HEADINGS, _WATER_HEADINGS)
    for name in names
)
#: The year at the end of a column name, which is ignored: buurtcode2020, buurtnaam_2024, BU_2025.
_YEAR_SUFFIX: Final = re.compile(r"(?<=[a-z])[_ ]?(?:19|20)\d{2}$")


class Area(NamedTuple):
    """A district or neighbourhood in the file; ``district`` is the name of its district, ``location`` its location."""

    code: str
    name: str
    district: str
    location: str


class Areas(NamedTuple):
    """The areas of one municipality in a file. With ``problems`` it cannot be imported."""

    municipality: str
    areas: tuple[Area, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    shapes: tuple[AreaShape, ...] = ()


def read_areas(path: Path, name: str, municipality: str, level: str, with_shapes: bool = False) -> Areas:
    """Return the areas of a municipality, given by a code like GM0546, in a file uploaded as ``name``.

    ``level`` is "wijken" or "buurten". The file may be of the whole country: rows of other municipalities are skipped.
    ``with_shapes`` also reads the shapes of GeoJSON, which takes seconds.
    """
    if not MUNICIPALITY.fullmatch(municipality):
        reason = _("“%(code)s” is not the code of a municipality.") % {"code": municipality}
        return Areas("", (), (Problem(_("the municipality"), reason, _("Write GM and four digits, like GM0546.")),))
    try:
        reader = _CbsReader(municipality[2:], LEVELS[level])
        if not looks_like_json(name, _read_start(path)):
            return reader.read(_sheet_rows(path))
        if path.stat().st_size > MAX_BYTES:
            reason = _("The file is larger than %(n)s MB.") % {"n": MAX_BYTES // 1_000_000}
            remedy = _("Download your own municipality only, or the generalised areas (gegeneraliseerd).")
            return Areas("", (), (Problem(_("the file"), reason, remedy),))
        document = parse_json(path.read_bytes())
        areas = reader.read(_json_rows(document))
        if not with_shapes or areas.problems or not has_shapes(document):
            return areas
        found = read_shapes(document, _feature_numbers(reader.locations))
        problems = tuple(sort_problems(found.problems))
        return areas._replace(problems=problems, notes=(*areas.notes, *found.notes), shapes=found.shapes)
    except JsonError as error:
        return Areas("", (), tuple(error.problems))
    except SheetError as error:
        return Areas("", (), (Problem(_("the file"), str(error)),))


class _CbsReader:
    """Collects the areas of one level in one municipality, and the problems in their rows."""

    def __init__(self, digits: str, prefix: str) -> None:
        self.digits, self.prefix = digits, prefix
        self.found: dict[str, Area] = {}
        #: Where each area stands: an area may be drawn in several parts.
        self.locations: dict[str, list[str]] = {}
        self.districts: dict[str, str] = {}
        self.municipality = ""
        self.outside_count = self.water = self.unknown_count = 0
        self.problems: list[Problem] = []

    def read(self, rows: Iterable[tuple[str, dict[str, str]]]) -> Areas:
        """Return the areas in these rows of (location, cells by column)."""
        for location, row in rows:
            self._add_row(location, row)
        if not self.found and not self.problems:
            self._report_no_areas()
        areas = [
            area._replace(district=area.district or self.districts.get(area.code[2:8], ""))
            if self.prefix == "BU"
            else area
            for area in self.found.values()
        ]
        notes = []
        if self.water:
            notes.append(_("Left out, for they are water: %(n)s.") % {"n": self.water})
        if self.unknown_count and self.found:
            notes.append(
                _("Left out, for their codes are of no district or neighbourhood: %(n)s.") % {"n": self.unknown_count}
            )
        return Areas(self.municipality, tuple(areas), tuple(sort_problems(self.problems)), tuple(notes))

    def _add_row(self, location: str, row: Mapping[str, str]) -> None:
        district = _name_in(row, _WK[1])
        named = [
            (_with_prefix(_code_in(row, codes), prefix), _name_in(row, names))
            for prefix, (codes, names) in (("BU", _BU), ("WK", _WK), ("GM", _GM))
        ]
        prefix = _PREFIX_BY_TYPE.get(_first_value(row, _TYPE_HEADINGS).casefold(), "")
        code, name = _with_prefix(_first_value(row, _CODE_HEADINGS), prefix), _name_in(row, _NAME_HEADINGS)
        pairs = [(one, own) for one, own in named if one]
        if code and not any(one == code for one, _own in pairs):
            pairs.append((code, name))
        if (gm_name := _first_value(row, _GM[1])) and any(one[2:6] == self.digits for one, _own in pairs):
            self.municipality = self.municipality or gm_name
        water = _first_value(row, _WATER_HEADINGS).casefold() in ("ja", "yes", "true")
        for written, own in pairs:
            # Without a code column, a row is about the smallest area that it has a code of.
            is_own = written == (code or pairs[0][0])
            self._add_area(location, written, own or (name if is_own else ""), district, water)

    def _add_area(self, location: str, code: str, name: str, district: str, water: bool) -> None:
        if not _CODE.fullmatch(code):
            self._report_invalid_code(location, code)
            return
        if code[2:6] != self.digits:
            self.outside_count += 1
            return
        if code.startswith("GM"):
            self.municipality = self.municipality or name
            return
        name = _strip_prefix(name)
        if code.startswith("WK") and name:
            self.districts[code[2:]] = name
        if not code.startswith(self.prefix):
            return
        if water:
            self.water += 1
            return
        if not name:
            remedy = _(
                "Use a file with names too, such as the Kerncijfers wijken en buurten or the list WijkenEnBuurten."
            )
            self._add_problem(location, _("%(code)s has no name here.") % {"code": code}, remedy)
            return
        self.locations.setdefault(code, []).append(location)
        other = self.found.get(code)
        if other and other.name != name:
            params = {"code": code, "name": name, "other": other.name, "place": other.location}
            reason = _("%(code)s is “%(name)s” here, and “%(other)s” in %(place)s.") % params
            self._add_problem(location, reason, _("Keep the right one."))
        elif not other:
            self.found[code] = Area(code, name, _strip_prefix(district) if code.startswith("BU") else "", location)

    def _report_invalid_code(self, location: str, code: str) -> None:
        """Record a problem if an invalid code may be a damaged CBS code; count it as foreign otherwise."""
        if re.fullmatch(r"[0-9]{3,8}", code):
            reason = _("“%(code)s” is not a whole code: Excel takes noughts off.") % {"code": code}
            self._add_problem(
                location, reason, _("Give the column the format Text, and write the code again, like BU05460001.")
            )
        elif re.match(r"(?:GM|WK|BU)", code):
            reason = _("“%(code)s” is not a code of CBS.") % {"code": code[:40]}
            remedy = _("Codes are GM with four digits, WK with six, BU with eight; the last ones may be letters.")
            self._add_problem(location, reason, remedy)
        else:
            self.unknown_count += 1

    def _report_no_areas(self) -> None:
        params = {"code": f"GM{self.digits}", "level": self.prefix}
        if self.outside_count:
            self._add_problem(
                _("the file"),
                _("There are no %(level)s codes of %(code)s in this file.") % params,
                _("Check the code of the municipality, and whether the file has wijken (WK) or buurten (BU)."),
            )
        else:
            self._add_problem(
                _("the file"),
                _("There are no codes of CBS in this file."),
                _("Use a file with a column such as gwb_code_10, Codering_3, WK_CODE or BU_CODE."),
            )

    def _add_problem(self, location: str, reason: str, hint: str) -> None:
        if len(self.problems) < 200:
            self.problems.append(Problem(location, reason, hint))


def _sheet_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    sheet, rows = _read_sheet(path)
    headings = [heading_key(text) for text in sheet.headings]
    for row in rows:
        yield _("row %(number)s") % {"number": row.number}, _merge_cells(zip(headings, row.cells, strict=False))


def _read_sheet(path: Path) -> tuple[Sheet, Iterator[SheetRow]]:
    """Return the sheet and its rows; of a workbook with several sheets, the first with headings of CBS."""
    if is_workbook(path.name, _read_start(path)):
        titles = [tab.title for tab in tabs(io.BytesIO(path.read_bytes()), max_uncompressed_bytes=None)]
        for title in titles if len(titles) > 1 else []:
            found, rows = read_file(path, _HEADINGS, title, heading_key=heading_key)
            if found.headings:
                return found, rows
    return read_file(path, _HEADINGS, heading_key=heading_key)


def _json_rows(document: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the rows of OData, GeoJSON or a plain array, each with its JSON pointer. Raises JsonError."""
    json_pointer, found = "", document
    if isinstance(document, Mapping):
        json_pointer, found = next(
            ((f"/{key}", document[key]) for key in _LIST_KEYS if isinstance(document.get(key), list)), ("", None)
        )
    if not isinstance(found, list):
        remedy = _("Use JSON of the OData service of CBS, with a list under value, or GeoJSON of PDOK.")
        raise JsonError([Problem("/", _("There is no list of areas in this file."), remedy)])
    for index, item in enumerate(found):
        own, location = item, f"{json_pointer}/{index}"
        if isinstance(own, Mapping) and isinstance(own.get("properties"), Mapping):
            own, location = own["properties"], f"{location}/properties"
        if not isinstance(own, Mapping):
            raise JsonError([Problem(location, _("This is no object."), _("An area is written between { and }."))])
        yield (
            location,
            _merge_cells(
                (heading_key(key), str(value)) for key, value in own.items() if isinstance(value, str | int | float)
            ),
        )


def _feature_numbers(locations: Mapping[str, Iterable[str]]) -> dict[str, list[int]]:
    """Return the numbers of the features of each area, from their JSON pointers."""
    return {
        code: [int(location.split("/")[2]) for location in found if location.startswith("/features/")]
        for code, found in locations.items()
    }


def heading_key(text: str) -> str:
    """Return a column name normalised for comparison: lower case, without a year at the end."""
    return _YEAR_SUFFIX.sub("", " ".join(text.strip().lower().split()))


def _merge_cells(cells: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the cells by column; of columns with the same name, the first that has a value.

    CBS has every code twice: in WK_2020 with its prefix, in WK2020 as a number.
    """
    row: dict[str, str] = {}
    for key, value in cells:
        if row.get(key, "").strip().casefold() in _MISSING:
            row[key] = value
    return row


def _is_code(text: str) -> bool:
    return bool(_CODE.fullmatch(text.strip().upper()))


def _code_in(row: Mapping[str, str], names: Iterable[str]) -> str:
    """Return the code in the first of these columns that has one; a column "buurt" may hold a name instead."""
    for name in names:
        value = _first_value(row, [name])
        if value and (name not in ("buurt", "wijk", "gemeente") or _looks_like_code(value)):
            return value
    return ""


def _first_value(row: Mapping[str, str], names: Iterable[str]) -> str:
    for name in names:
        if (value := row.get(name, "").strip()).casefold() not in _MISSING:
            return value
    return ""


def _name_in(row: Mapping[str, str], names: Iterable[str]) -> str:
    """Return the name in the first of these columns that has one; a column may hold the code instead."""
    return next((value for name in names if (value := _first_value(row, [name])) and not _looks_like_code(value)), "")


def _looks_like_code(text: str) -> bool:
    return _is_code(text) or text.removesuffix(".0").isdecimal()


def _with_prefix(written: str, prefix: str) -> str:
    """Return a code with its prefix, a number zero-padded: 54600 is WK054600 among districts."""
    code = written.upper().replace(" ", "")
    bare = code.removesuffix(".0")
    if prefix and bare.isdecimal() and len(bare) <= _CODE_LENGTHS[prefix]:
        return f"{prefix}{bare:0>{_CODE_LENGTHS[prefix]}}"
    if prefix and _CODE.fullmatch(f"{prefix}{code}"):
        return f"{prefix}{code}"
    known = next((level for level, length in _CODE_LENGTHS.items() if bare.isdecimal() and length == len(bare)), "")
    return f"{known}{bare}" if known else code


def _strip_prefix(name: str) -> str:
    """Return a name without the prefix of CBS: "Wijk 01 Binnenstad-Noord" becomes Binnenstad-Noord."""
    return re.sub(r"^(?:Wijk|Buurt)\s+\d{1,3}\s+(?=\S)", "", " ".join(name.split()))


def _read_start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8192)
