"""All that is public written out, and dossiers, against reading the same rows by raw COPY and writing them as JSON.

The floor reads the same rows with the columns of their own table, as they are stored, in no order, and writes a line
of JSON for each. Ours puts the names of things where the tables have keys, tells dates and lists in full, says how
each obligation stands on the day, and writes every row twice, as JSON and as CSV, with checksums and a description.
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
from .measure import Measurement, Times, in_turns, ratios, rulebook
from .raw_rows import Rows, rows, write_lines

#: So many dossiers are written at most, and so many are left behind to be taken in elsewhere.
WRITTEN, LEFT = 1_000, 200


def measure(runs: int, folder: str) -> list[Measurement]:
    """Measure the dump and the dossiers, and leave some dossiers in this folder, a file each."""
    with tempfile.TemporaryDirectory(prefix="leidraad-dump-") as name:
        figures = [*_dump(runs, Path(name)), _dossiers(runs, Path(name))]
    for number, trajectory in enumerate(_some()[:LEFT]):
        text = json.dumps(dossier_document(trajectory), ensure_ascii=False, indent=1)
        (Path(folder) / f"{number:04}.json").write_text(text, encoding="utf-8")
    return figures


def format_rates(times: Times, what: str, against: str, count: int) -> str:
    """Return how many rows a second the one did and the other."""
    speeds = (count / median(times[name]) for name in (what, against))
    return f"{count:,} rows, {' a second against '.join(f'{speed:,.0f}' for speed in speeds)}"


# ---------- all that is public


def _dump(runs: int, folder: Path) -> Iterator[Measurement]:
    book, target, packed, lines = rulebook(), folder / "dump", folder / "dump.zip", folder / "lines.jsonl"
    target.mkdir()

    def ours() -> dict[str, int]:
        written = export(target, TODAY, book, "Voorbeeld")
        return {file.kind: file.rows for file in written}

    counts = ours()
    named = (target / "json" / "organisations.jsonl").read_text(encoding="utf-8").splitlines()
    dump_request = DumpRequest(TODAY, book, {json.loads(line)["slug"] for line in named})
    wanted = [one for kind in DATASETS for one in _stored(kind, dump_request)]
    found = write_lines(lines, wanted)
    if found != {name: counts[name] for name in found} or len(found) != len(DATASETS) or not min(_many(found)):
        raise SystemExit(f"the dump has {counts}, the floor {found}")

    def zipped() -> None:
        write_lines(lines, wanted)
        with zipfile.ZipFile(folder / "lines.zip", "w", zipfile.ZIP_DEFLATED) as parts:
            parts.write(lines, lines.name)

    times = in_turns(
        {
            "floor": lambda: write_lines(lines, wanted),
            "folder": ours,
            "zipped": zipped,
            "zip": lambda: export(packed, TODAY, book, "Voorbeeld"),
        },
        runs,
        warm_up=False,
    )
    count, against = sum(found.values()), "raw COPY and json.dumps"
    sizes = " against ".join(f"{sum(size) / 1e6:.0f}" for size in (_sizes(target), [lines.stat().st_size]))
    note = f"{format_rates(times, 'folder', 'floor', count)}; {sizes} MB"
    yield Measurement("dump of all that is public", against, ratios(times, "folder", "floor"), note=note)
    sizes = " against ".join(f"{path.stat().st_size / 1e6:.0f}" for path in (packed, folder / "lines.zip"))
    note = f"{format_rates(times, 'zip', 'zipped', count)}; {sizes} MB"
    yield Measurement("the same as a ZIP", f"{against}, zipped", ratios(times, "zip", "zipped"), note=note)


def _many(found: dict[str, int]) -> list[int]:
    """Return of how many rows there are of what the town has in any case."""
    return [found[name] for name in ("trajectories", "steps", "contributions", "obligations", "transitions")]


def _sizes(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.rglob("*") if path.is_file()]


def _stored(kind: Dataset, dump_request: DumpRequest) -> Iterator[Rows]:
    """Yield the rows of a file as their table has them, and those of the tables that link them to others."""
    wanted = kind.rows(dump_request)
    model: Any = wanted.model
    columns = dict.fromkeys(name for column in kind.columns for name in _of_its_own(model, column.read))
    yield rows(kind.name, wanted, list(columns))
    for name in kind.links:
        through = model._meta.get_field(name).remote_field.through
        start = next(f.name for f in through._meta.get_fields() if f.is_relation)
        links = through.objects.filter(**{f"{start}__in": wanted.order_by().values("pk")})
        yield rows(f"{kind.name}-{name}", links, apart=True)


def _of_its_own(model: type[Model], expression: Any) -> Iterator[str]:
    """Yield the column of this table that is read for it; none where it is made of others."""
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


def _some() -> list[Trajectory]:
    return list(Trajectory.objects.order_by("pk")[:WRITTEN])


def _dossiers(runs: int, folder: Path) -> Measurement:
    trajectories = _some()
    last = trajectories[-1].pk
    wanted = [rows("trajectory", Trajectory.objects.filter(pk__lte=last))]
    for model, owner in (
        (Plan, "trajectory"),
        (PlanActor, "plan__trajectory"),
        (DocumentShare, "document__trajectory"),
        (Trajectory.motions.through, "trajectory"),
        (Trajectory.neighbourhoods.through, "trajectory"),
        *((model, "trajectory") for model in SECTION_TABLES.values()),
    ):
        found: Any = model
        wanted.append(rows(found._meta.model_name, found._default_manager.filter(**{f"{owner}__lte": last})))
    lines, ours = folder / "floor.jsonl", folder / "dossiers.jsonl"

    def write() -> None:
        with ours.open("w", encoding="utf-8") as out:
            for trajectory in trajectories:
                out.write(json.dumps(dossier_document(trajectory), ensure_ascii=False) + "\n")

    write()
    with ours.open(encoding="utf-8") as written:
        count = sum(_number_of_rows(json.loads(line)) for line in written)
    if count != (stored := sum(write_lines(lines, wanted).values())) or count < 10 * len(trajectories):
        raise SystemExit(f"the dossiers have {count} rows, the floor {stored}")
    actions: dict[str, Callable[[], object]] = {"floor": lambda: write_lines(lines, wanted), "ours": write}
    times = in_turns(actions, runs, warm_up=False)
    each = f"{len(trajectories):,} dossiers, {len(trajectories) / median(times['ours']):.0f} a second"
    note = f"{each}; {format_rates(times, 'ours', 'floor', count)}"
    return Measurement(
        "dossiers as JSON, one by one", "raw COPY and json.dumps", ratios(times, "ours", "floor"), note=note
    )


def _number_of_rows(dossier: dict[str, Any]) -> int:
    """Return in how many rows of tables this dossier is kept, organisations left out."""
    plan = dossier.get("plan")
    return (
        1
        + sum(len(dossier.get(section, ())) for section in (*SECTION_TABLES, "motions"))
        + len(dossier["trajectory"].get("neighbourhoods", ()))
        + sum(len(row.get("shared", ())) for row in dossier.get("documents", ()))
        + (0 if plan is None else 1 + len(plan.get("actors", ())))
    )
