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
from participation.compliance.rulebook import Rulebook
from participation.models.fields import typed_form
from participation.reports.rules import sorted_rules, rule_as_json, rulebook_as_json

from ..cells import escaped
from .datasets import KINDS, RULES, Dataset, DumpRequest

#: Rows read per chunk.
PART: Final = 2_000
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


class Written(NamedTuple):
    """A written file: its kind, relative path, number of rows and bytes, and SHA-256."""

    kind: str
    path: str
    rows: int
    bytes: int
    sha256: str


def write_folder(folder: Path, on: date, rulebook: Rulebook) -> list[Written]:
    """Write all public data into this existing folder, which may hold an earlier export; return the files.

    The data is read from one database snapshot. The documentation is written by ``metadata.export``.
    """
    for of in ("csv", "json"):
        (folder / of).mkdir(exist_ok=True)
    asked = DumpRequest(on, rulebook, set())
    found: list[Written] = []
    with _one_moment():
        for kind in KINDS:
            found += _write(folder, kind.name, kind.keys, _rows(kind, asked))
    found += _write(folder, RULES.name, RULES.keys, _rules(rulebook))
    whole = folder / "rulebook.json"
    whole.write_text(json.dumps(rulebook_as_json(rulebook), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [*found, _written(folder, "rulebook", whole, len(rulebook.rules))]


def write_zip(file: IO[bytes] | Path, on: date, rulebook: Rulebook, described: "Described") -> None:
    """Write the data and its documentation as one ZIP, with that day as the timestamp of every entry."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        described(folder, write_folder(folder, on, rulebook))
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (on.year, on.month, on.day, 0, 0, 0))
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with path.open("rb") as source, parts.open(entry, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target, 1 << 20)


#: A function that writes the documentation of these files into the folder.
Described = Callable[[Path, list[Written]], None]


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read from one database snapshot within this context (REPEATABLE READ), unaffected by concurrent writes."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


# ---------- rows


def _rows(kind: Dataset, asked: DumpRequest) -> Iterator[list[Any]]:
    """Yield the stored values of each row in the order of the columns; empty strings become None."""
    read = [column for column in kind.columns if column.read is not None]
    links = [(place, column.key) for place, column in enumerate(kind.columns) if column.read is None]
    parties = [place for place, column in enumerate(kind.columns) if column.party]
    found = kind.rows(asked).order_by("pk").values_list("pk", *(column.read for column in read))
    rows = found.iterator(chunk_size=PART)
    while part := list(islice(rows, PART)):
        linked = {key: kind.links[key]([row[0] for row in part]) for _place, key in links}
        for pk, *values in part:
            row = [None if value == "" else value for value in values]
            for place, key in links:
                row.insert(place, json.dumps(linked[key].get(pk, [])))
            for place in parties:
                asked.parties.update(_names(row[place]))
            yield row


def _names(value: str | None) -> Iterable[str]:
    """Return the slugs of the organisations in a cell: one, or a JSON list."""
    if value is None:
        return ()
    return _parsed(value) or () if value.startswith("[") else (value,)


def _rules(rulebook: Rulebook) -> Iterator[list[Any]]:
    for rule in sorted_rules(rulebook):
        told = rule_as_json(rule)
        values = (told[column.key.removesuffix("_nl")] for column in RULES.columns)
        yield [
            value["nl"] if column.key.endswith("_nl") else json.dumps(value) if column.holds == "list" else value
            for column, value in zip(RULES.columns, values, strict=True)
        ]


# ---------- conversion of values to JSON and CSV


@lru_cache(maxsize=1 << 12)
def _parsed(text: str) -> Any:
    # Cached, so the result must not be modified. Empty lists become null, like empty values in other columns.
    return json.loads(text) or None


@lru_cache(maxsize=1 << 12)
def _listed(text: str) -> str | None:
    found = _parsed(text)
    return json.dumps(found, ensure_ascii=False) if found else None


@lru_cache(maxsize=1 << 12)
def _when(text: str) -> Any:
    return ImpreciseDate.from_text(text).to_json()


@lru_cache(maxsize=1 << 12)
def _when_typed(text: str) -> str:
    return typed_form(ImpreciseDate.from_text(text))


def _moment(text: str) -> str:
    # SQLite writes 2026-03-20 22:00:00.5, PostgreSQL 2026-03-20 22:00:00.5+00: both in UTC.
    return f"{text[:10]}T{text[11:19]}Z"


def _minutes(text: str) -> str:
    return text[:5]


class TableSchema(NamedTuple):
    """A type of column: its type in a Table Schema, and the conversions of a stored value to JSON and to CSV."""

    type: str
    in_json: Callable[[Any], Any] | None = None
    in_csv: Callable[[Any], Any] | None = None


HOLDS: Final[Mapping[str, TableSchema]] = {
    "text": TableSchema("string", None, escaped),
    "word": TableSchema("string"),
    "number": TableSchema("integer"),
    "yes_or_no": TableSchema("boolean", bool, lambda value: "true" if value else "false"),
    "day": TableSchema("date"),
    "time": TableSchema("string", _minutes, _minutes),
    "moment": TableSchema("datetime", _moment, _moment),
    "when": TableSchema("string", _when, _when_typed),
    "list": TableSchema("array", _parsed, _listed),
    "object": TableSchema("object", _parsed, _listed),
    "link": TableSchema("array", _parsed, _listed),
}


# ---------- files


def _write(folder: Path, name: str, keys: list[tuple[str, str]], rows: Iterator[list[Any]]) -> list[Written]:
    """Write these rows as CSV and JSON Lines in one pass; ``keys`` are the key and type of each column."""
    names = [key for key, _holds in keys]
    held = [HOLDS[holds] for _key, holds in keys]
    in_json = [(place, make) for place, (_type, make, _csv) in enumerate(held) if make]
    in_csv = [(place, make) for place, (_type, _json, make) in enumerate(held) if make]
    paths = folder / "csv" / f"{name}.csv", folder / "json" / f"{name}.jsonl"
    encode, count = _JSON.encode, 0
    with ExitStack() as stack:
        table, lines = (stack.enter_context(path.open("w", encoding="utf-8", newline="")) for path in paths)
        writer = csv.writer(table)
        writer.writerow(names)
        while part := list(islice(rows, PART)):
            count += len(part)
            lines.writelines(encode(dict(zip(names, _made(row, in_json), strict=True))) + "\n" for row in part)
            writer.writerows(_made(row, in_csv) for row in part)
    return [_written(folder, name, path, count) for path in paths]


def _made(row: list[Any], makers: list[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    found = row.copy()
    for place, make in makers:
        if found[place] is not None:
            found[place] = make(found[place])
    return found


def _written(folder: Path, kind: str, path: Path, rows: int) -> Written:
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(kind, path.relative_to(folder).as_posix(), rows, path.stat().st_size, checksum)
