"""Export of the open data with its documentation: a README, and a descriptor of every file and column.

The descriptor is a Frictionless Data Package, which many tools for tabular data support. For data catalogues there is a
description by DCAT-AP-NL.
"""

import json
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks

from .columns import DatasetColumn
from .datasets import TABLES, Dataset
from .dcat import CATALOGUE, catalogue
from .writer import CHAIN, COLUMN_TYPES, CONTEXT, WrittenFile, write_folder, write_zip

#: Government data without copyright: reuse needs no permission or attribution.
LICENCE: Final = {
    "name": "CC0-1.0",
    "title": "CC0 1.0 Universal",
    "path": "https://creativecommons.org/publicdomain/zero/1.0/",
}
PACKAGE, README = "datapackage.json", "LEESMIJ.txt"
_MEDIA_TYPES: Final = {
    "csv": "text/csv",
    "jsonl": "application/jsonl",
    "json": "application/json",
    "jsonld": "application/ld+json",
}
#: Notes on the notation of cells, by type of column.
_NOTATIONS: Final = {
    "when": (
        "A day as YYYY-MM-DD. An imprecise date in JSON as an object, in CSV as first/last, how precise, as printed."
    ),
    "list": "In CSV as JSON in one cell.",
    "object": "In CSV as JSON in one cell.",
    "geometry": "GeoJSON (RFC 7946), in CSV in one cell.",
    "link": "In CSV as JSON in one cell.",
    "text": "In CSV with an apostrophe before what a spreadsheet would take for a formula.",
}


def export(target: Path, on: date, rulebooks: Rulebooks, municipality: str) -> list[WrittenFile]:
    """Write all public data with its documentation: to a ZIP if the target ends in .zip, else into that folder.

    Return the data files. The ZIP is renamed into place when complete, so that it never exists half-written.
    """
    found: list[WrittenFile] = []

    def describe(folder: Path, written: list[WrittenFile]) -> None:
        found.extend(written)
        _describe(folder, written, on, rulebooks, municipality)

    if target.suffix.lower() == ".zip":
        unfinished = target.with_name(f"{target.name}.part")
        write_zip(unfinished, on, rulebooks, describe)
        unfinished.replace(target)
    else:
        describe(target, write_folder(target, on, rulebooks))
    return found


def _describe(folder: Path, written: list[WrittenFile], on: date, rulebooks: Rulebooks, municipality: str) -> None:
    # Always in Dutch: one file for all readers of Dutch data.
    with translation.override("nl"):
        package = _package(written, on, rulebooks, municipality)
        (folder / README).write_text(_readme(written, package), encoding="utf-8")
        described = catalogue(package, municipality, on)
    for name, content in ((PACKAGE, package), (CATALOGUE, described)):
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (folder / name).write_text(f"{text}\n", encoding="utf-8")


def _package(written: list[WrittenFile], on: date, rulebooks: Rulebooks, municipality: str) -> dict[str, Any]:
    kinds = {kind.name: kind for kind in TABLES}
    # A table without rows keeps its address, but tools cannot read a resource that is empty.
    empty = {file.kind for file in written if file.kind in kinds and not file.rows}
    return {
        "profile": "data-package",
        "name": "leidraad",
        "title": _("Participation in %(municipality)s: what is due to residents, and whether it was done")
        % {"municipality": municipality},
        "description": _("All that is public in Leidraad on one day."),
        "created": f"{on.isoformat()}T00:00:00Z",
        "version": on.isoformat(),
        "licenses": [LICENCE],
        "rulebook": _rulebook(rulebooks.first),
        "rulebooks": [_rulebook(rulebook) for rulebook in rulebooks],
        "withoutRows": sorted(empty),
        "resources": [_resource(file, kinds.get(file.kind), empty) for file in written if file.kind not in empty],
    }


def _rulebook(rulebook: Rulebook) -> dict[str, str | None]:
    return {
        "name": rulebook.name,
        "title": wording.text_in_language(rulebook.title, "nl"),
        "municipality": rulebook.municipality or None,
        "hash": rulebook.hash,
    }


def _resource(file: WrittenFile, kind: Dataset | None, empty: Collection[str]) -> dict[str, Any]:
    file_format = file.path.rpartition(".")[2]
    found: dict[str, Any] = {
        "name": file.kind if file_format == "csv" else f"{file.kind}-{file_format}",
        "path": file.path,
        "profile": "tabular-data-resource" if file_format == "csv" else "data-resource",
        "title": str(kind.description) if kind else _title(file),
        "format": file_format,
        "mediatype": _MEDIA_TYPES[file_format],
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "rowCount": file.rows,
    }
    if kind:
        found["schema"] = _schema(kind, file_format, empty)
    return found


def _title(file: WrittenFile) -> str:
    if file.path == CHAIN:
        return _("From contribution to execution: what led to what, as linked data (JSON-LD).")
    return _("The whole rulebook, with its examples.")


def _schema(kind: Dataset, file_format: str, empty: Collection[str]) -> dict[str, Any]:
    fields = [_field(column, file_format) for column in kind.columns]
    found: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if kind.unique:
        found["primaryKey"] = list(kind.unique)
    referring = [
        column
        for column in kind.columns
        if column.references and column.references[0] not in empty and COLUMN_TYPES[column.column_type].type == "string"
    ]
    if referring:
        found["foreignKeys"] = [
            {"fields": column.key, "reference": {"resource": column.references[0], "fields": column.references[1]}}
            for column in referring
            if column.references
        ]
    return found


def _field(column: DatasetColumn, file_format: str) -> dict[str, Any]:
    label, schema = str(column.label), COLUMN_TYPES[column.column_type]
    meaning = " ".join(filter(None, (column.meaning, _NOTATIONS.get(column.column_type, ""))))
    return {
        "name": column.key,
        "type": (schema.type_in_json if file_format == "jsonl" else "") or schema.type,
        "title": label[:1].upper() + label[1:],
        "description": meaning,
    }


def _readme(written: list[WrittenFile], package: dict[str, Any]) -> str:
    """Return the text of the README."""
    rows = {file.kind: file.rows for file in written}
    files = [f"{kind.name} ({rows[kind.name]}): {kind.description}" for kind in TABLES]
    return "\n".join(
        [
            package["title"],
            "",
            _("These are the data of %(day)s. What is not public is not in them; no column holds names of people.")
            % {"day": package["version"]},
            _("Each file is there twice: in csv for tables, in json with a line for each row."),
            _("What every column means stands in %(file)s.") % {"file": PACKAGE},
            _("The same for data catalogues, by DCAT-AP-NL, stands in %(file)s.") % {"file": CATALOGUE},
            _("%(chain)s says what led to what, from contribution to execution; its terms stand in %(context)s.")
            % {"chain": CHAIN, "context": CONTEXT},
            _("You may do with these data what you want, without asking: %(licence)s, %(address)s.")
            % {"licence": LICENCE["name"], "address": LICENCE["path"]},
            "",
            *files,
            "",
        ]
    )
