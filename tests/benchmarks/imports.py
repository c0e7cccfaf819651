"""Measures imports of dossiers and contributions against reading the same files and copying the resulting rows.

The baseline has the resulting rows in memory: data, history and obligations. It reads the same files, and copies the
rows into temporary tables without constraints or indexes.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models, transaction

from participation.compliance.dates import ImpreciseDate
from participation.models import (
    Contribution,
    DocumentShare,
    Organisation,
    Plan,
    PlanActor,
    Trajectory,
    User,
)
from participation.selectors.dossiers.field_mapping import SECTION_TABLES
from participation.services.dossiers.dossiers import import_dossier

from .dataset import SENTENCES, TODAY
from .exports import format_rates
from .measure import Measurement, ratios, rulebooks, time_in_turns
from .raw_rows import TableRows, copy_to_temporary_tables, load_tables

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
#: The tables of a dossier's own rows, without history and obligations.
FACTS = {Trajectory, Plan, PlanActor, DocumentShare, Organisation, *SECTION_TABLES.values()}
SLUG, USERNAME, STEP = "inbreng-voorbeeld", "coordinator", "s1"
#: Outcomes in an adviser's sheet, and their codes.
OUTCOMES = {"overgenomen": "adopted", "deels": "partly", "niet overgenomen": "not_adopted", "": ""}
FIRST_DAY = date(2025, 3, 1)
PARTIES = ("Wijkvereniging Noord", "bewoners", "Wijkvereniging Zuid", "ondernemers")


def measure(runs: int, folder: str, size: int) -> list[Measurement]:
    """Measure the import of the dossiers in this folder, and of a sheet with this number of contributions."""
    files = sorted(Path(folder).glob("*.json"))
    sheet = Path(folder) / "inbreng.csv"
    _write_sheet(sheet, size)
    return [*_dossiers(runs, files), *_contributions(runs, sheet, size)]


def _tables() -> list[type[models.Model]]:
    return list(apps.get_app_config("participation").get_models(include_auto_created=True))


def _flush() -> None:
    """Empty all tables."""
    tables = [model._meta.db_table for model in _tables()]
    connection.ops.execute_sql_flush(
        connection.ops.sql_flush(no_style(), tables, reset_sequences=True, allow_cascade=True)
    )


def _row_count(tables: Iterable[TableRows]) -> int:
    return sum(len(table.rows) for table in tables)


def _check_baseline(name: str, tables: list[TableRows], expected: int) -> None:
    """Check the number of rows that the baseline copies. Raises SystemExit where it is wrong."""
    if copy_to_temporary_tables(tables) != _row_count(tables) or _row_count(tables) < expected:
        raise SystemExit(f"{name}: {_row_count(tables)} rows resulted, at least {expected} were expected")


# ---------- dossiers


def _dossiers(runs: int, files: list[Path]) -> Iterator[Measurement]:
    book, added = rulebooks(), [0]

    def documents() -> Iterator[Any]:
        for file in files:
            yield json.loads(file.read_text(encoding="utf-8"))

    def import_all() -> None:
        results = [import_dossier(document, book, TODAY, NOW) for document in documents()]
        added[0] = sum(result.added for result in results)
        if not all(result.created for result in results) or Trajectory.objects.count() != len(files):
            raise SystemExit(f"{Trajectory.objects.count()} of {len(files)} dossiers were imported")

    _flush()
    import_all()
    all_rows = load_tables(_tables())
    facts = {model._meta.db_table for model in FACTS}
    own_rows = [table for table in all_rows if table.table in facts]
    # Each added row has a history row, and each dossier at least one obligation.
    _check_baseline("dossiers", all_rows, 2 * added[0] + len(files))
    if _row_count(own_rows) != added[0]:
        raise SystemExit(f"{added[0]} rows were added, {_row_count(own_rows)} exist")

    def baseline(tables: list[TableRows]) -> Callable[[], object]:
        return lambda: ([None for _document in documents()], copy_to_temporary_tables(tables))

    actions: dict[str, Callable[[], object]] = {
        "flush": _flush,
        "import": import_all,
        "all rows": baseline(all_rows),
        "own rows": baseline(own_rows),
    }
    times = time_in_turns(actions, runs, warm_up=False)
    each = f"{len(files)} dossiers, {len(files) / median(times['import']):.1f} a second"
    name = "dossiers imported and assessed"
    for key, tables, label in (
        ("all rows", all_rows, "all resulting rows"),
        ("own rows", own_rows, "their own rows"),
    ):
        note = f"{each}; {format_rates(times, 'import', key, _row_count(tables))}"
        yield Measurement(name, f"json.loads and raw COPY of {label}", ratios(times, "import", key), note=note)


# ---------- a sheet of contributions


def _write_sheet(file: Path, size: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["kenmerk", "van", "datum", "thema", "samenvatting", "uitkomst", "antwoord", "beantwoord op"])
        outcomes = list(OUTCOMES)
        for number in range(size):
            day = FIRST_DAY + timedelta(days=number % 90)
            outcome = outcomes[number % len(outcomes)]
            answer = [outcome, SENTENCES[(number + 3) % len(SENTENCES)], f"{day + timedelta(days=30):%d-%m-%Y}"]
            summary = f"{SENTENCES[number % len(SENTENCES)]} Nummer {number}."
            party = PARTIES[number % len(PARTIES)]
            writer.writerow(
                [number, party, f"{day:%d-%m-%Y}", f"Thema {number % 7}", summary, *(answer if outcome else [""] * 3)]
            )


def _reset() -> None:
    """Empty the database, and add a trajectory with a meeting, and a coordinator."""
    _flush()
    dossier = {
        "dossier": 1,
        "trajectory": {
            "slug": SLUG,
            "title": "Een traject met veel inbreng",
            "kind": "area_development",
            "level": "consult",
            "status": "active",
            "started_on": "2025-01-10",
        },
        "organisations": [
            {"slug": name.lower().replace(" ", "-"), "name": name, "kind": "residents_association"}
            for name in PARTIES[::2]
        ],
        "steps": [{"ref": STEP, "kind": "activity", "method": "meeting", "title": "Avond", "done": "2025-03-01"}],
    }
    import_dossier(dossier, rulebooks(), TODAY, NOW)
    User.objects.create(username=USERNAME, email=f"{USERNAME}@example.org", role="coordinator")


def _contributions(runs: int, sheet: Path, size: int) -> Iterator[Measurement]:
    def import_sheet() -> None:
        output = StringIO()
        call_command("import_contributions", SLUG, str(sheet), by=USERNAME, step=STEP, stdout=output)
        if Contribution.objects.count() != size:
            raise SystemExit(f"{Contribution.objects.count()} of {size} were imported: {output.getvalue()}")

    def bulk_create() -> None:
        trajectory = Trajectory.objects.get(slug=SLUG)
        with sheet.open(encoding="utf-8", newline="") as file, transaction.atomic():
            created = Contribution.objects.bulk_create(
                (_row(trajectory, cells) for cells in _cells(file)), batch_size=2_000
            )
        if len(created) != size:
            raise SystemExit(f"{len(created)} of {size} were created")

    def baseline() -> None:
        with sheet.open(encoding="utf-8", newline="") as file:
            read = sum(1 for _row_cells in _cells(file))
        if read != size or copy_to_temporary_tables(tables) != _row_count(tables):
            raise SystemExit(f"{read} of {size} were read")

    _reset()
    before = _row_count(load_tables(_tables()))
    import_sheet()
    # This includes the few rows that existed before.
    tables = load_tables(_tables())
    _check_baseline("contributions", tables, before + 2 * size)
    last = Contribution.objects.order_by("-pk").values_list("party", "outcome", "received_on")[0]
    _reset()
    bulk_create()
    if last != Contribution.objects.order_by("-pk").values_list("party", "outcome", "received_on")[0]:
        raise SystemExit(f"bulk_create does not store the same as the import: {last}")
    actions: dict[str, Callable[[], object]] = {
        "reset": _reset,
        "import": import_sheet,
        "reset again": _reset,
        "bulk": bulk_create,
        "baseline": baseline,
    }
    times = time_in_turns(actions, runs, warm_up=False)
    name = "a sheet of contributions, imported and assessed"
    for key, label in (("bulk", "csv and bulk_create"), ("baseline", "csv and raw COPY of all resulting rows")):
        yield Measurement(name, label, ratios(times, "import", key), note=format_rates(times, "import", key, size))


def _cells(file: Iterable[str]) -> Iterator[dict[str, str]]:
    return iter(csv.DictReader(file))


def _row(trajectory: Trajectory, cells: dict[str, str]) -> Contribution:
    return Contribution(
        trajectory=trajectory,
        ref=cells["kenmerk"],
        step=STEP,
        party=_SLUGS[cells["van"]],
        received_on=_day(cells["datum"]),
        theme=cells["thema"],
        summary=cells["samenvatting"],
        outcome=OUTCOMES[cells["uitkomst"]],
        response=cells["antwoord"],
        responded_on=_day(cells["beantwoord op"]),
    )


_SLUGS = {
    "bewoners": "residents",
    "ondernemers": "entrepreneurs",
    **{name: name.lower().replace(" ", "-") for name in PARTIES[::2]},
}


def _day(text: str) -> ImpreciseDate | None:
    if not text:
        return None
    day, month, year = map(int, text.split("-"))
    return ImpreciseDate.on(date(year, month, day))
