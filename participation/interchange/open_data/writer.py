"""Writing the open data: each kind of row as CSV and as JSON Lines.

CSV is that of RFC 4180, with commas, for programs; the exports of the lists on the site are for spreadsheets. JSON
Lines has one object per row, so that both ends can stream. Every object has the same keys; null means unknown.
Imprecise dates and lists are structured in JSON, and in one cell in CSV.
"""

import csv
import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from django.db import connection, transaction

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.models.fields import format_for_input
from participation.presentation.rules import rule_as_json, rulebook_as_json, sorted_rules

from ..cells import escape_formula
from .chain import chain
from .datasets import DATASETS, LOOSE_ENDS, RULES, Dataset, DumpRequest

#: The decision chain as JSON-LD, and the context of its terms.
CHAIN, CONTEXT = "chain.jsonld", "context.jsonld"
#: Rows read per chunk.
CHUNK_SIZE: Final = 2_000
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


class WrittenFile(NamedTuple):
    """A written file: its kind, relative path, number of rows and bytes, and SHA-256."""

    kind: str
    path: str
    rows: int
    bytes: int
    sha256: str


def write_folder(folder: Path, on: date, rulebooks: Rulebooks) -> list[WrittenFile]:
    """Write all public data into this existing folder, which may hold an earlier export; return the files.

    The data is read from one database snapshot. The documentation is written by ``metadata.export``.
    """
    for subfolder in ("csv", "json"):
        (folder / subfolder).mkdir(exist_ok=True)
    dump_request = DumpRequest(on, rulebooks, set())
    found: list[WrittenFile] = []
    with _snapshot():
        for kind in DATASETS:
            found += _write(folder, kind.name, kind.keys, _rows(kind, dump_request))
        found += _write_chain(folder, on)
    found += _write(folder, RULES.name, RULES.keys, _rules(rulebooks))
    for outdated in folder.glob("rulebook-*.json"):
        outdated.unlink()
    for rulebook in rulebooks:
        name = "rulebook" if rulebook is rulebooks.first else f"rulebook-{rulebook.name}"
        path = folder / f"{name}.json"
        text = json.dumps(rulebook_as_json(rulebook), ensure_ascii=False, indent=1)
        path.write_text(f"{text}\n", encoding="utf-8")
        found.append(_written(folder, name, path, len(rulebook.rules)))
    return found


def write_zip(file: IO[bytes] | Path, on: date, rulebooks: Rulebooks, describe: "DescribeCallback") -> None:
    """Write the data and its documentation as one ZIP, with that day as the timestamp of every entry."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        describe(folder, write_folder(folder, on, rulebooks))
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (on.year, on.month, on.day, 0, 0, 0))
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with path.open("rb") as source, parts.open(entry, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target, 1 << 20)


#: A function that writes the documentation of these files into the folder.
DescribeCallback = Callable[[Path, list[WrittenFile]], None]


@contextmanager
def _snapshot() -> Iterator[None]:
    """Read from one database snapshot within this context (REPEATABLE READ), unaffected by concurrent writes."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


# ---------- rows


def _rows(kind: Dataset, dump_request: DumpRequest) -> Iterator[list[Any]]:
    """Yield the stored values of each row in the order of the columns; empty strings become None."""
    read = [column for column in kind.columns if column.read is not None]
    links = [(index, column.key) for index, column in enumerate(kind.columns) if column.read is None]
    parties = [index for index, column in enumerate(kind.columns) if column.party]
    keys = [column.key for column in kind.columns]
    found = kind.rows(dump_request).order_by("pk").values_list("pk", *(column.read for column in read))
    rows = found.iterator(chunk_size=CHUNK_SIZE)
    while chunk := list(islice(rows, CHUNK_SIZE)):
        linked = {key: kind.links[key]([row[0] for row in chunk]) for _index, key in links}
        for pk, *values in chunk:
            row = [None if value == "" else value for value in values]
            for index, key in links:
                row.insert(index, json.dumps(linked[key].get(pk, [])))
            if kind.publish:
                by_key = dict(zip(keys, row, strict=True))
                kind.publish(by_key)
                row = list(by_key.values())
            for index in parties:
                dump_request.parties.update(_names(row[index]))
            yield row


def _names(value: str | None) -> Iterable[str]:
    """Return the slugs of the organisations in a cell: one, or a JSON list."""
    if value is None:
        return ()
    return _parse_json(value) or () if value.startswith("[") else (value,)


def _rules(rulebooks: Rulebooks) -> Iterator[list[Any]]:
    for name, rule in ((rulebook.name, rule) for rulebook in rulebooks for rule in sorted_rules(rulebook)):
        rule_json = {"rulebook": name, **rule_as_json(rule)}
        values = (rule_json[column.key.removesuffix("_nl")] for column in RULES.columns)
        yield [
            value["nl"] if column.key.endswith("_nl") else json.dumps(value) if column.column_type == "list" else value
            for column, value in zip(RULES.columns, values, strict=True)
        ]


# ---------- conversion of values to JSON and CSV


@lru_cache(maxsize=1 << 12)
def _parse_json(text: str) -> Any:
    # Cached, so the result must not be modified. Empty lists become null, like empty values in other columns.
    return json.loads(text) or None


@lru_cache(maxsize=1 << 12)
def _json_cell(text: str) -> str | None:
    found = _parse_json(text)
    return json.dumps(found, ensure_ascii=False) if found else None


@lru_cache(maxsize=1 << 12)
def _date_as_json(text: str) -> Any:
    return ImpreciseDate.from_text(text).to_json()


@lru_cache(maxsize=1 << 12)
def _date_as_text(text: str) -> str:
    return format_for_input(ImpreciseDate.from_text(text))


def _iso_moment(text: str) -> str:
    # SQLite writes 2026-03-20 22:00:00.5, PostgreSQL 2026-03-20 22:00:00.5+00: both in UTC.
    return f"{text[:10]}T{text[11:19]}Z"


def _minutes(text: str) -> str:
    return text[:5]


def _decimal(value: float) -> int | float:
    """Return a number with at most one decimal; a whole one without a point."""
    return int(value) if value == int(value) else round(value, 1)


class TableSchema(NamedTuple):
    """A type of column: its type in a Table Schema, and the conversions of a stored value to JSON and to CSV.

    ``type_in_json`` is its type in JSON Lines where that differs.
    """

    type: str
    in_json: Callable[[Any], Any] | None = None
    in_csv: Callable[[Any], Any] | None = None
    type_in_json: str = ""


COLUMN_TYPES: Final[Mapping[str, TableSchema]] = {
    "text": TableSchema("string", None, escape_formula),
    "word": TableSchema("string"),
    "number": TableSchema("integer"),
    "decimal": TableSchema("number", _decimal, _decimal),
    "yes_or_no": TableSchema("boolean", bool, lambda value: "true" if value else "false"),
    "day": TableSchema("date"),
    "time": TableSchema("string", _minutes, _minutes),
    "moment": TableSchema("datetime", _iso_moment, _iso_moment),
    # In JSON a text for a day, and an object for an imprecise date.
    "when": TableSchema("string", _date_as_json, _date_as_text, "any"),
    "list": TableSchema("array", _parse_json, _json_cell),
    "object": TableSchema("object", _parse_json, _json_cell),
    "geometry": TableSchema("geojson", _parse_json, _json_cell),
    "link": TableSchema("array", _parse_json, _json_cell),
}


# ---------- files


def _write(folder: Path, name: str, keys: list[tuple[str, str]], rows: Iterator[list[Any]]) -> list[WrittenFile]:
    """Write these rows as CSV and JSON Lines in one pass; ``keys`` are the key and type of each column."""
    names = [key for key, _holds in keys]
    types = [COLUMN_TYPES[column_type] for _key, column_type in keys]
    in_json = [(index, column.in_json) for index, column in enumerate(types) if column.in_json]
    in_csv = [(index, column.in_csv) for index, column in enumerate(types) if column.in_csv]
    paths = folder / "csv" / f"{name}.csv", folder / "json" / f"{name}.jsonl"
    encode, count = _JSON.encode, 0
    with ExitStack() as stack:
        table, lines = (stack.enter_context(path.open("w", encoding="utf-8", newline="")) for path in paths)
        writer = csv.writer(table)
        writer.writerow(names)
        while chunk := list(islice(rows, CHUNK_SIZE)):
            count += len(chunk)
            lines.writelines(encode(dict(zip(names, _convert_row(row, in_json), strict=True))) + "\n" for row in chunk)
            writer.writerows(_convert_row(row, in_csv) for row in chunk)
    return [_written(folder, name, path, count) for path in paths]


def _write_chain(folder: Path, on: date) -> list[WrittenFile]:
    """Write the decision chain as JSON-LD, and in the same pass where it stops as CSV and JSON Lines."""
    shutil.copyfile(Path(__file__).with_name(CONTEXT), folder / CONTEXT)
    path = folder / CHAIN
    encode, count = _JSON.encode, 0
    with path.open("w", encoding="utf-8") as graph:

        def loose_ends() -> Iterator[list[Any]]:
            nonlocal count
            for part in chain(on):
                lines = (encode(node) for node in part.nodes)
                graph.writelines(f"{',' if count + index else ''}\n{line}" for index, line in enumerate(lines))
                count += len(part.nodes)
                yield from part.loose_ends

        graph.write(f'{{"@context":"{CONTEXT}","@graph":[')
        tables = _write(folder, LOOSE_ENDS.name, LOOSE_ENDS.keys, loose_ends())
        graph.write("\n]}\n")
    return [*tables, _written(folder, "chain", path, count)]


def _convert_row(row: list[Any], converters: list[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    found = row.copy()
    for index, convert in converters:
        if found[index] is not None:
            found[index] = convert(found[index])
    return found


def _written(folder: Path, kind: str, path: Path, rows: int) -> WrittenFile:
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return WrittenFile(kind, path.relative_to(folder).as_posix(), rows, path.stat().st_size, checksum)
