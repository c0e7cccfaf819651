"""Measures the open data export and dossiers against raw COPY of the same rows to lines of JSON.

The baseline reads the stored columns of the same rows, unordered, and writes a line of JSON for each. The export also
replaces keys by names, formats dates and lists, computes the status of each obligation, and writes every row as both
JSON and CSV, with checksums and metadata.
"""

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.db.models.functions import Cast

from participation.interchange.open_data.datasets import DATASETS, Dataset, DumpRequest
from participation.interchange.open_data.metadata import export
from participation.models import DocumentShare, Plan, PlanActor, Trajectory
from participation.selectors.dossiers.dossiers import dossier_document
from participation.selectors.dossiers.field_mapping import SECTION_TABLES

from .dataset import TODAY
from .measure import Measurement, Times, cpu_seconds_of, ratios, rulebooks, time_in_turns
from .raw_rows import RowQuery, row_query, write_lines

#: The maximum number of dossiers to export, and to leave for the import benchmark.
MAX_EXPORTED, MAX_FILES = 1_000, 200


def measure(runs: int, folder: str) -> list[Measurement]:
    """Measure the export and the dossiers, and leave some dossiers as files in this folder."""
    with tempfile.TemporaryDirectory(prefix="leidraad-dump-") as name:
        figures = [*_dump(runs, Path(name)), _dossiers(runs, Path(name))]
    for number, trajectory in enumerate(_trajectories()[:MAX_FILES]):
        text = json.dumps(dossier_document(trajectory), ensure_ascii=False, indent=1)
        (Path(folder) / f"{number:04}.json").write_text(text, encoding="utf-8")
    return figures


def format_rates(times: Times, name: str, baseline: str, count: int) -> str:
    """Return the number of rows a second of an action and of its baseline, as text."""
    speeds = (count / median(times[action]) for action in (name, baseline))
    return f"{count:,} rows, {' a second against '.join(f'{speed:,.0f}' for speed in speeds)}"


# ---------- open data


def _dump(runs: int, folder: Path) -> Iterator[Measurement]:
    book, target, zip_file, lines = rulebooks(), folder / "dump", folder / "dump.zip", folder / "lines.jsonl"
    target.mkdir()

    def export_folder() -> dict[str, int]:
        written = export(target, TODAY, book, "Voorbeeld")
        return {file.kind: file.rows for file in written}

    counts = export_folder()
    organisation_lines = (target / "json" / "organisations.jsonl").read_text(encoding="utf-8").splitlines()
    dump_request = DumpRequest(TODAY, book, {json.loads(line)["slug"] for line in organisation_lines})
    queries = [query for dataset in DATASETS for query in _queries(dataset, dump_request)]
    found = write_lines(lines, queries)
    if (
        found != {name: counts[name] for name in found}
        or len(found) != len(DATASETS)
        or not min(_required_counts(found))
    ):
        raise SystemExit(f"the export has {counts}, the baseline {found}")

    def zipped() -> None:
        write_lines(lines, queries)
        with zipfile.ZipFile(folder / "lines.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(lines, lines.name)

    times = time_in_turns(
        {
            "baseline": lambda: write_lines(lines, queries),
            "folder": export_folder,
            "zipped": zipped,
            "zip": lambda: export(zip_file, TODAY, book, "Voorbeeld"),
        },
        runs,
        warm_up=False,
        measure=cpu_seconds_of,
    )
    count, baseline = sum(found.values()), "raw COPY and json.dumps, CPU"
    sizes = " against ".join(f"{sum(size) / 1e6:.0f}" for size in (_sizes(target), [lines.stat().st_size]))
    note = f"{format_rates(times, 'folder', 'baseline', count)}; {sizes} MB"
    yield Measurement("open data export", baseline, ratios(times, "folder", "baseline"), note=note)
    sizes = " against ".join(f"{path.stat().st_size / 1e6:.0f}" for path in (zip_file, folder / "lines.zip"))
    note = f"{format_rates(times, 'zip', 'zipped', count)}; {sizes} MB"
    yield Measurement("the same as a ZIP", f"{baseline}, zipped", ratios(times, "zip", "zipped"), note=note)


def _required_counts(found: dict[str, int]) -> list[int]:
    """Return the numbers of rows of tables that must not be empty."""
    return [found[name] for name in ("trajectories", "steps", "contributions", "obligations", "transitions")]


def _sizes(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.rglob("*") if path.is_file()]


def _queries(dataset: Dataset, dump_request: DumpRequest) -> Iterator[RowQuery]:
    """Yield the queries of the rows of a dataset, and of the rows that link them to others."""
    wanted = dataset.rows(dump_request)
    model: Any = wanted.model
    columns = dict.fromkeys(name for column in dataset.columns for name in _stored_columns(model, column.read))
    yield row_query(dataset.name, wanted, list(columns))
    for name in dataset.links:
        through = model._meta.get_field(name).remote_field.through
        start = next(f.name for f in through._meta.get_fields() if f.is_relation)
        links = through.objects.filter(**{f"{start}__in": wanted.order_by().values("pk")})
        yield row_query(f"{dataset.name}-{name}", links, linking=True)


def _stored_columns(model: type[Model], expression: Any) -> Iterator[str]:
    """Yield the column of this table that an expression reads, if there is one."""
    if expression is None:
        return
    source = expression.get_source_expressions()[0] if isinstance(expression, Cast) else expression
    name = source.name.partition("__")[0]
    try:
        field: Any = model._meta.get_field("met_on" if name == "met" else name)
    except FieldDoesNotExist:
        return
    yield field.attname


# ---------- dossiers


def _trajectories() -> list[Trajectory]:
    return list(Trajectory.objects.order_by("pk")[:MAX_EXPORTED])


def _dossiers(runs: int, folder: Path) -> Measurement:
    trajectories = _trajectories()
    last = trajectories[-1].pk
    queries = [row_query("trajectory", Trajectory.objects.filter(pk__lte=last))]
    for model, owner in (
        (Plan, "trajectory"),
        (PlanActor, "plan__trajectory"),
        (DocumentShare, "document__trajectory"),
        (Trajectory.motions.through, "trajectory"),
        (Trajectory.neighbourhoods.through, "trajectory"),
        *((model, "trajectory") for model in SECTION_TABLES.values()),
    ):
        found: Any = model
        queries.append(row_query(found._meta.model_name, found._default_manager.filter(**{f"{owner}__lte": last})))
    lines, dossiers = folder / "baseline.jsonl", folder / "dossiers.jsonl"

    def write() -> None:
        with dossiers.open("w", encoding="utf-8") as out:
            for trajectory in trajectories:
                out.write(json.dumps(dossier_document(trajectory), ensure_ascii=False) + "\n")

    write()
    with dossiers.open(encoding="utf-8") as written:
        count = sum(_number_of_rows(json.loads(line)) for line in written)
    if count != (stored := sum(write_lines(lines, queries).values())) or count < 10 * len(trajectories):
        raise SystemExit(f"the dossiers have {count} rows, the baseline {stored}")
    actions: dict[str, Callable[[], object]] = {"baseline": lambda: write_lines(lines, queries), "dossiers": write}
    times = time_in_turns(actions, runs, warm_up=False)
    each = f"{len(trajectories):,} dossiers, {len(trajectories) / median(times['dossiers']):.0f} a second"
    note = f"{each}; {format_rates(times, 'dossiers', 'baseline', count)}"
    return Measurement(
        "dossiers as JSON, one by one", "raw COPY and json.dumps", ratios(times, "dossiers", "baseline"), note=note
    )


def _number_of_rows(dossier: dict[str, Any]) -> int:
    """Return in how many rows this dossier is stored, without organisations."""
    plan = dossier.get("plan")
    return (
        1
        + sum(len(dossier.get(section, ())) for section in (*SECTION_TABLES, "motions"))
        + len(dossier["trajectory"].get("neighbourhoods", ()))
        + sum(len(row.get("shared", ())) for row in dossier.get("documents", ()))
        + (0 if plan is None else 1 + len(plan.get("actors", ())))
    )
