"""City-wide statistics as a JSON record: the same figures as on the page."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from participation.compliance.rulebook import Rulebook
from participation.models import Trajectory
from participation.selectors.dossiers.field_mapping import from_column

from .city import (
    OUTCOMES,
    ByBasic,
    CityFigures,
    Period,
    count_by_district,
    count_by_state,
    count_by_status,
    count_by_status_as_known,
    fairness_scores,
    figures_by_basic,
    longest_delays,
    total,
)

Record = dict[str, Any]


def statistics(
    visible: QuerySet[Trajectory], rulebook: Rulebook, period: Period, known_at: datetime | None = None
) -> Record:
    """Return the statistics over these trajectories: obligations due in a period, by outcome.

    Raises TooManyTrajectories where, with ``known_at``, more trajectories would have to be reassessed than allowed.
    """
    if known_at is None:
        counts = count_by_status(visible, rulebook.by_id, period)
        delays = longest_delays(visible, rulebook.by_id, period.on)
    else:
        counts, delays = count_by_status_as_known(visible, rulebook, period, known_at)
    basics = figures_by_basic(counts, rulebook)
    fair = fairness_scores(visible, period.on)
    return {
        "on": period.on.isoformat(),
        "due_from": period.first.isoformat() if period.first else None,
        "known_at": known_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if known_at else None,
        "rulebook": {"name": rulebook.name, "hash": rulebook.hash},
        "all": _figures(total(row.figures for row in basics)),
        "basics": _basics(basics),
        "retrospective": _basics(figures_by_basic(counts, rulebook, retrospective=True)),
        "longest_delays": [
            {
                "trajectory": delay.slug,
                "title": delay.title,
                "rule": delay.rule,
                "subject": delay.subject or None,
                "due_on": delay.due_on.isoformat(),
            }
            for delay in delays
        ],
        "districts": [{"district": name, "trajectories": number} for name, number in count_by_district(visible)],
        "fairness": {
            "evaluations": fair.number,
            "average": None if fair.average is None else round(fair.average, 2),
            "lowest": from_column(fair.lowest),
            "highest": from_column(fair.highest),
        },
        **count_by_state(period.on),
    }


def _basics(rows: Iterable[ByBasic]) -> list[Record]:
    return [
        {
            "basic": row.basic,
            **_figures(row.figures),
            "rules": [{"rule": own.rule, **_figures(own.figures)} for own in row.rules],
        }
        for row in rows
    ]


def _figures(found: CityFigures) -> Record:
    share = round(found.share("in_time"), 4) if found.due else None
    return {**{name: getattr(found, name) for name in OUTCOMES}, "due": found.due, "in_time_share": share}
