"""All that is public as files for programs: each kind of thing as CSV and as JSON Lines, with a description of it all.

CSV here is that of RFC 4180, with commas, for programs; the lists on the pages are for spreadsheets. JSON is a line for
each row, so that neither we nor the reader ever need hold a whole file. A row has the same keys in every line; null is
"not known". Dates with bounds and lists are told in full in JSON, and in one cell in CSV.
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

from participation.compliance.dates import When
from participation.compliance.rulebook import Rulebook
from participation.models.fields import typed_form
from participation.reports.rules import listed, rule_as_json, rulebook_as_json

from ..cells import escaped
from .kinds import KINDS, RULES, Asked, Kind

#: So many rows are read at a time.
PART: Final = 2_000
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


class Written(NamedTuple):
    """A file that was written: of which kind, where, how many rows and bytes, and its SHA-256."""

    kind: str
    path: str
    rows: int
    bytes: int
    sha256: str


def write_folder(folder: Path, on: date, rulebook: Rulebook) -> list[Written]:
    """Write all that is public into this folder, which is there and may hold an earlier dump; return the files.

    What stands in it is of one moment. The description of it is ``open_data_described``'s.
    """
    for of in ("csv", "json"):
        (folder / of).mkdir(exist_ok=True)
    asked = Asked(on, rulebook, set())
    found: list[Written] = []
    with _one_moment():
        for kind in KINDS:
            found += _write(folder, kind.name, kind.keys, _rows(kind, asked))
    found += _write(folder, RULES.name, RULES.keys, _rules(rulebook))
    whole = folder / "rulebook.json"
    whole.write_text(json.dumps(rulebook_as_json(rulebook), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [*found, _written(folder, "rulebook", whole, len(rulebook.rules))]


def write_zip(file: IO[bytes] | Path, on: date, rulebook: Rulebook, described: "Described") -> None:
    """Write the same, with its description, as one ZIP of which every entry is of that day."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        described(folder, write_folder(folder, on, rulebook))
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (on.year, on.month, on.day, 0, 0, 0))
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with path.open("rb") as source, parts.open(entry, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target, 1 << 20)


#: What writes the description of these files beside them.
Described = Callable[[Path, list[Written]], None]


@contextmanager
def _one_moment() -> Iterator[None]:
    """See the database as it is now until the end, whatever is recorded meanwhile."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


# ---------- rows


def _rows(kind: Kind, asked: Asked) -> Iterator[list[Any]]:
    """Yield the values of each row in the order of the columns, as the table keeps them; nothing is None."""
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
    """Return the organisations that a cell names: one, or those of a list."""
    if value is None:
        return ()
    return _parsed(value) or () if value.startswith("[") else (value,)


def _rules(rulebook: Rulebook) -> Iterator[list[Any]]:
    for rule in listed(rulebook):
        told = rule_as_json(rule)
        values = (told[column.key.removesuffix("_nl")] for column in RULES.columns)
        yield [
            value["nl"] if column.key.endswith("_nl") else json.dumps(value) if column.holds == "list" else value
            for column, value in zip(RULES.columns, values, strict=True)
        ]


# ---------- what a value is in JSON, and in a cell


@lru_cache(maxsize=1 << 12)
def _parsed(text: str) -> Any:
    # Cached, so shared: nobody changes what is in it. Nothing in it is null, as in every other column.
    return json.loads(text) or None


@lru_cache(maxsize=1 << 12)
def _listed(text: str) -> str | None:
    found = _parsed(text)
    return json.dumps(found, ensure_ascii=False) if found else None


@lru_cache(maxsize=1 << 12)
def _when(text: str) -> Any:
    return When.from_text(text).to_json()


@lru_cache(maxsize=1 << 12)
def _when_typed(text: str) -> str:
    return typed_form(When.from_text(text))


def _moment(text: str) -> str:
    # The one is written 2026-03-20 22:00:00.5, the other 2026-03-20 22:00:00.5+00: both in UTC.
    return f"{text[:10]}T{text[11:19]}Z"


def _minutes(text: str) -> str:
    return text[:5]


class Held(NamedTuple):
    """What a column holds: its type in a table schema, and what makes of a stored value that in JSON and in CSV."""

    type: str
    in_json: Callable[[Any], Any] | None = None
    in_csv: Callable[[Any], Any] | None = None


HOLDS: Final[Mapping[str, Held]] = {
    "text": Held("string", None, escaped),
    "word": Held("string"),
    "number": Held("integer"),
    "yes_or_no": Held("boolean", bool, lambda value: "true" if value else "false"),
    "day": Held("date"),
    "time": Held("string", _minutes, _minutes),
    "moment": Held("datetime", _moment, _moment),
    "when": Held("string", _when, _when_typed),
    "list": Held("array", _parsed, _listed),
    "object": Held("object", _parsed, _listed),
    "link": Held("array", _parsed, _listed),
}


# ---------- files


def _write(folder: Path, name: str, keys: list[tuple[str, str]], rows: Iterator[list[Any]]) -> list[Written]:
    """Write these rows as both files, reading them once; ``keys`` are what they are called and hold."""
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
