"""Loads the demo data, with a history as if the tracker had been in use for more than a week."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.interchange.key_figures import read_key_figures
from participation.interchange.postcodes import read_postcodes
from participation.models import Changeset, Neighbourhood, NeighbourhoodShape, Trajectory, User
from participation.services.dossiers.dossiers import import_dossier, import_register
from participation.services.jobs import jobs
from participation.services.key_figures_import import import_key_figures
from participation.services.postcodes_import import import_postcodes

from .dates import days_to_shift, dossier_as_of, shift_dates
from .people import ROLES

#: Days ago at which the simulated use starts: before the week that the newest report covers.
HISTORY_DAYS = 8
#: The code of a municipality that does not exist: the codes of CBS in the fixtures are invented.
MUNICIPALITY_CODE = "GM0000"

Document = Mapping[str, Any]
Progress = Callable[[str, int, int], None]


def folder() -> Path:
    """Return the path of the fixtures."""
    return Path(settings.BASE_DIR) / "fixtures"


def cases() -> list[Document]:
    """Return the dossiers of the real cases."""
    return _read_documents("cases")


def invented(today: date) -> list[Document]:
    """Return the invented dossiers, shifted to the week of ``today``."""
    return [shift_dates(document, days_to_shift(today)) for document in _read_documents("demo")]


def slug_of(document: Document) -> str:
    """Return the slug of a dossier."""
    slug: str = document["trajectory"]["slug"]
    return slug


def has_foreign_data(today: date) -> bool:
    """Return whether the database holds a trajectory or an account that the demo did not create.

    What a visitor created with one of the demo accounts does not count.
    """
    demo_slugs = [slug_of(document) for document in (*cases(), *invented(today))]
    others = Trajectory.objects.exclude(slug__in=demo_slugs).exclude(changesets__by__username__in=ROLES)
    return others.exists() or User.objects.exclude(username__in=ROLES).exists()


def fill(rulebooks: Rulebooks, today: date, now: datetime, progress: Progress) -> None:
    """Load the demo data and assess it up to today, in one transaction.

    The first time, real use is simulated: started more than a week ago, then night by night, each fact recorded on its
    own day. Later in that week what is stored is only reassessed, so that a visitor's changes stay; in another week the
    invented dossiers are stored anew, with the dates of that week, except those in which somebody recorded something.

    ``progress`` is called with the stage, the number done and the total. Raises DossierError when a fixture does not
    fit the rulebook.
    """
    real, made_up = cases(), invented(today)
    with transaction.atomic():
        stored = dict(Trajectory.objects.values_list("slug", "started_on"))
        if not any(slug_of(document) in stored for document in made_up):
            _simulate_history(real, made_up, rulebooks, today, now, progress)
            return
        touched = set(Changeset.objects.values_list("trajectory__slug", flat=True))
        of_another_week = [d for d in made_up if stored.get(slug_of(d)) != _start(d) and slug_of(d) not in touched]
        for done, document in enumerate(of_another_week):
            progress("stage_known", done, len(of_another_week))
            import_dossier(document, rulebooks, today, now, replace=True)
        progress("stage_again", 0, 1)
        for job in ("flag-due", "reassess-all"):
            jobs.run(job, today, rulebooks, now, lambda: now)


def _start(document: Document) -> ImpreciseDate:
    return ImpreciseDate.from_json(document["trajectory"]["started_on"])


def _simulate_history(
    real: list[Document],
    made_up: list[Document],
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
    progress: Progress,
) -> None:
    day, moment = today - timedelta(days=HISTORY_DAYS), now - timedelta(days=HISTORY_DAYS)
    _neighbourhoods(moment)
    import_key_figures(read_key_figures(folder() / "key_figures.csv"), day.year, None, moment)
    import_postcodes(read_postcodes(folder() / "postcodes.csv", MUNICIPALITY_CODE), MUNICIPALITY_CODE)
    import_register(_read_document("register.json"), rulebooks, day, moment)
    # Facts are recorded some days after they happened, so that those of last week always fall in these nights.
    recording_delay = timedelta(days=today.weekday())
    known = [dossier_as_of(document, day - recording_delay) for document in made_up]
    first = [*real, *known]
    for done, document in enumerate(first):
        progress("stage_fill", done, len(first))
        import_dossier(document, rulebooks, day, moment)
    progress("stage_fill", len(first), len(first))
    for night in range(1, HISTORY_DAYS + 1):
        progress("stage_nights", night - 1, HISTORY_DAYS)
        day, moment = day + timedelta(days=1), moment + timedelta(days=1)
        for place, document in enumerate(made_up):
            now_known = dossier_as_of(document, day - recording_delay)
            if now_known != known[place]:
                import_dossier(now_known, rulebooks, day, moment, replace=True)
                known[place] = now_known
        jobs.run("flag-due", day, rulebooks, moment, partial(_fixed_clock, moment))
    progress("stage_nights", HISTORY_DAYS, HISTORY_DAYS)


def _fixed_clock(moment: datetime) -> datetime:
    """Return ``moment``: the clock of a simulated night, in which no time passes."""
    return moment


def _neighbourhoods(moment: datetime) -> None:
    rows = json.loads((folder() / "neighbourhoods.json").read_text(encoding="utf-8"))
    found = {place.slug: place for place in Neighbourhood.objects.all()}
    for row in rows:
        if row["slug"] not in found:
            columns = {name: row[name] for name in ("slug", "name", "cbs_code", "district", "municipality")}
            place = found[row["slug"]] = Neighbourhood(**columns)
            place._history_date = moment  # type: ignore[attr-defined]
            place.save()
    for row in rows:
        found[row["slug"]].neighbours.set([found[slug] for slug in row["neighbours"]])
    shapes = []
    for slug, shape in _read_document("neighbourhood_shapes.json").items():
        label_x, label_y = shape["label"]
        columns = {"polygons": shape["polygons"], "label_x": label_x, "label_y": label_y}
        shapes.append(NeighbourhoodShape(neighbourhood=found[slug], **columns))
    NeighbourhoodShape.objects.bulk_create(shapes, ignore_conflicts=True)


def _read_documents(name: str) -> list[Document]:
    return [_read_document(str(path.relative_to(folder()))) for path in sorted((folder() / name).glob("*.json"))]


def _read_document(name: str) -> Document:
    document: Document = json.loads((folder() / name).read_text(encoding="utf-8"))
    return document
