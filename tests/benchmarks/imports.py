"""Dossiers and sheets of contributions taken in, against reading the same files and copying the rows that come of it.

The floor has the rows in memory, as they came of taking in: those of people, the lines of their history, and what is
owed. It reads the same files and copies the rows into temporary tables, which nothing checks and no index slows down.
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
from .measure import Measurement, in_turns, ratios, rulebook
from .raw_rows import Held, hold, put

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
#: What a dossier says, without its history and without what is owed.
FACTS = {Trajectory, Plan, PlanActor, DocumentShare, Organisation, *SECTION_TABLES.values()}
SLUG, WHO, STEP = "inbreng-voorbeeld", "coordinator", "s1"
#: Outcomes as a sheet of an adviser has them, and as the table has them.
OUTCOMES = {"overgenomen": "adopted", "deels": "partly", "niet overgenomen": "not_adopted", "": ""}
FIRST_DAY = date(2025, 3, 1)
PARTIES = ("Wijkvereniging Noord", "bewoners", "Wijkvereniging Zuid", "ondernemers")


def measure(runs: int, folder: str, size: int) -> list[Measurement]:
    """Measure taking in the dossiers of this folder, and a sheet of so many contributions."""
    files = sorted(Path(folder).glob("*.json"))
    sheet = Path(folder) / "inbreng.csv"
    _write_sheet(sheet, size)
    return [*_dossiers(runs, files), *_contributions(runs, sheet, size)]


def _tables() -> list[type[models.Model]]:
    return list(apps.get_app_config("participation").get_models(include_auto_created=True))


def _empty() -> None:
    """Have it be a new database again."""
    tables = [model._meta.db_table for model in _tables()]
    connection.ops.execute_sql_flush(
        connection.ops.sql_flush(no_style(), tables, reset_sequences=True, allow_cascade=True)
    )


def _counted(stored_rows: Iterable[Held]) -> int:
    return sum(len(one.rows) for one in stored_rows)


def _proof(what: str, stored_rows: list[Held], expected: int) -> None:
    """Stop where the floor does not write what came of it, or nothing did."""
    if put(stored_rows) != _counted(stored_rows) or _counted(stored_rows) < expected:
        raise SystemExit(f"{what}: {_counted(stored_rows)} rows came of it, at least {expected} were expected")


# ---------- dossiers


def _dossiers(runs: int, files: list[Path]) -> Iterator[Measurement]:
    book, added = rulebook(), [0]

    def documents() -> Iterator[Any]:
        for file in files:
            yield json.loads(file.read_text(encoding="utf-8"))

    def ours() -> None:
        done = [import_dossier(document, book, TODAY, NOW) for document in documents()]
        added[0] = sum(one.added for one in done)
        if not all(one.created for one in done) or Trajectory.objects.count() != len(files):
            raise SystemExit(f"of {len(files)} dossiers {Trajectory.objects.count()} are there")

    _empty()
    ours()
    everything = hold(_tables())
    facts = {model._meta.db_table for model in FACTS}
    facts_only = [one for one in everything if one.table in facts]
    # Every row that was added is there, has its history, and something is owed because of it.
    _proof("dossiers", everything, 2 * added[0] + len(files))
    if _counted(facts_only) != added[0]:
        raise SystemExit(f"{added[0]} rows were added, {_counted(facts_only)} are there")

    def floor(stored_rows: list[Held]) -> Callable[[], object]:
        return lambda: ([None for _document in documents()], put(stored_rows))

    actions: dict[str, Callable[[], object]] = {
        "empty": _empty,
        "ours": ours,
        "all": floor(everything),
        "facts": floor(facts_only),
    }
    times = in_turns(actions, runs, warm_up=False)
    each = f"{len(files)} dossiers, {len(files) / median(times['ours']):.1f} a second"
    what, against = "dossiers taken in and assessed", "json.loads and raw COPY of"
    for name, stored_rows, rows in (
        ("all", everything, "all rows that come of it"),
        ("facts", facts_only, "what they say alone"),
    ):
        note = f"{each}; {format_rates(times, 'ours', name, _counted(stored_rows))}"
        yield Measurement(what, f"{against} {rows}", ratios(times, "ours", name), note=note)


# ---------- a sheet of contributions


def _write_sheet(file: Path, size: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["kenmerk", "van", "datum", "thema", "samenvatting", "uitkomst", "antwoord", "beantwoord op"])
        words = list(OUTCOMES)
        for number in range(size):
            day = FIRST_DAY + timedelta(days=number % 90)
            word = words[number % len(words)]
            answer = [word, SENTENCES[(number + 3) % len(SENTENCES)], f"{day + timedelta(days=30):%d-%m-%Y}"]
            summary = f"{SENTENCES[number % len(SENTENCES)]} Nummer {number}."
            party = PARTIES[number % len(PARTIES)]
            writer.writerow(
                [number, party, f"{day:%d-%m-%Y}", f"Thema {number % 7}", summary, *(answer if word else [""] * 3)]
            )


def _town() -> None:
    """Have there be a trajectory, with a meeting in which people spoke, and somebody who may record that."""
    _empty()
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
    import_dossier(dossier, rulebook(), TODAY, NOW)
    User.objects.create(username=WHO, email=f"{WHO}@example.org", role="coordinator")


def _contributions(runs: int, sheet: Path, size: int) -> Iterator[Measurement]:
    def ours() -> None:
        output = StringIO()
        call_command("import_contributions", SLUG, str(sheet), by=WHO, step=STEP, stdout=output)
        if Contribution.objects.count() != size:
            raise SystemExit(f"{Contribution.objects.count()} of {size} are there: {output.getvalue()}")

    def in_bulk() -> None:
        of = Trajectory.objects.get(slug=SLUG)
        with sheet.open(encoding="utf-8", newline="") as file, transaction.atomic():
            made = Contribution.objects.bulk_create((_row(of, cells) for cells in _cells(file)), batch_size=2_000)
        if len(made) != size:
            raise SystemExit(f"{len(made)} of {size} were made")

    def floor() -> None:
        with sheet.open(encoding="utf-8", newline="") as file:
            read = sum(1 for _cells_of_it in _cells(file))
        if read != size or put(stored_rows) != _counted(stored_rows):
            raise SystemExit(f"{read} of {size} were read")

    _town()
    before = _counted(hold(_tables()))
    ours()
    # What was there before is a handful of rows.
    stored_rows = hold(_tables())
    _proof("contributions", stored_rows, before + 2 * size)
    last = Contribution.objects.order_by("-pk").values_list("party", "outcome", "received_on")[0]
    _town()
    in_bulk()
    if last != Contribution.objects.order_by("-pk").values_list("party", "outcome", "received_on")[0]:
        raise SystemExit(f"both ways do not record the same: {last}")
    actions: dict[str, Callable[[], object]] = {
        "town": _town,
        "ours": ours,
        "town again": _town,
        "bulk": in_bulk,
        "floor": floor,
    }
    times = in_turns(actions, runs, warm_up=False)
    what = "a sheet of contributions, taken in and assessed"
    for name, against in (("bulk", "csv and bulk_create"), ("floor", "csv and raw COPY of all rows that come of it")):
        yield Measurement(what, against, ratios(times, "ours", name), note=format_rates(times, "ours", name, size))


def _cells(file: Iterable[str]) -> Iterator[dict[str, str]]:
    return iter(csv.DictReader(file))


def _row(of: Trajectory, cells: dict[str, str]) -> Contribution:
    return Contribution(
        trajectory=of,
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
