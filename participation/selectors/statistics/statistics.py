"""City-wide statistics as a JSON record: the same figures as on the page."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet

from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.models import Trajectory
from participation.selectors.dossiers.field_mapping import from_column
from participation.selectors.municipalities import municipality_names

from .cached_counts import CachedCounts
from .city import (
    OUTCOMES,
    ByBasic,
    CityFigures,
    Period,
    count_by_status_as_known,
    figures_by_basic,
    figures_by_municipality,
    total,
)

Record = dict[str, Any]


def statistics(
    visible: QuerySet[Trajectory],
    rulebooks: Rulebooks,
    period: Period,
    today: date,
    known_at: datetime | None = None,
    municipality: str = "",
) -> Record:
    """Return the statistics over these trajectories: obligations due in a period, by outcome.

    They are given together, and apart for each municipality. ``municipality`` is the one to which the trajectories are
    narrowed: its rulebook is named; without one the first. Raises TooManyTrajectories where, with ``known_at``, more
    trajectories would have to be reassessed than allowed.
    """
    cached = CachedCounts(visible, today)
    if known_at is None:
        counts = cached.by_status(rulebooks, period)
        delays = cached.longest_delays(rulebooks, period)
    else:
        counts, delays = count_by_status_as_known(visible, rulebooks, period, known_at)
    basics, names = figures_by_basic(counts, rulebooks), municipality_names()
    fair = cached.fairness_scores(period)
    return {
        "on": period.on.isoformat(),
        "due_from": period.first.isoformat() if period.first else None,
        "known_at": known_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if known_at else None,
        "rulebook": _rulebook(rulebooks.for_municipality(municipality)),
        "all": _figures(total(row.figures for row in basics)),
        "basics": _basics(basics),
        "municipalities": [
            {
                "municipality": slug,
                "name": names[slug],
                "rulebook": _rulebook(rulebooks.for_municipality(slug)),
                "all": _figures(total(row.figures for row in own)),
                "basics": _basics(own),
            }
            for slug, own in figures_by_municipality(counts, rulebooks, names).items()
        ],
        "retrospective": _basics(figures_by_basic(counts, rulebooks, retrospective=True)),
        "longest_delays": [
            {
                "trajectory": delay.slug,
                "title": delay.title,
                "municipality": delay.municipality,
                "rule": delay.rule,
                "subject": delay.subject or None,
                "due_on": delay.due_on.isoformat(),
            }
            for delay in delays
        ],
        "districts": [{"district": name, "trajectories": number} for name, number in cached.by_district(period)],
        "fairness": {
            "evaluations": fair.number,
            "average": None if fair.average is None else round(fair.average, 2),
            "lowest": from_column(fair.lowest),
            "highest": from_column(fair.highest),
        },
        **cached.by_state(period, municipality),
    }


def _rulebook(rulebook: Rulebook) -> Record:
    return {"name": rulebook.name, "hash": rulebook.hash}


def _basics(rows: Iterable[ByBasic]) -> list[Record]:
    return [
        {
            "basic": row.basic,
            **_figures(row.figures),
            "rules": [{"rulebook": own.rulebook, "rule": own.rule, **_figures(own.figures)} for own in row.rules],
        }
        for row in rows
    ]


def _figures(found: CityFigures) -> Record:
    share = round(found.share("in_time"), 4) if found.due else None
    return {**{name: getattr(found, name) for name in OUTCOMES}, "due": found.due, "in_time_share": share}
