"""What was recorded by an earlier moment: the trajectories, and their obligations reassessed from it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from participation.compliance.rulebooks import Rulebooks
from participation.models import Trajectory
from participation.selectors.changes.public_texts import current_names, current_texts, public_details, public_value
from participation.selectors.obligations.facts import rows_known_at
from participation.selectors.obligations.statuses import Verdict, verdicts

from . import city
from .city import OUTCOMES, CityFigures, Period, TooManyTrajectories, is_in_period


def known_trajectories(
    visible: QuerySet[Trajectory], known_at: datetime | None, **columns: Any
) -> QuerySet[Trajectory]:
    """Return those of these trajectories with these values, now or as recorded by that moment.

    Who may not see one now does not see its past.
    """
    if known_at is None:
        return visible.filter(**columns)
    return visible.filter(pk__in=rows_known_at(Trajectory, known_at).filter(**columns).values("id"))


def check_number(trajectories: QuerySet[Trajectory]) -> None:
    """Raise TooManyTrajectories where there are more than one request may read the history of."""
    if trajectories.order_by()[: city.MAX_REASSESSED_TRAJECTORIES + 1].count() > city.MAX_REASSESSED_TRAJECTORIES:
        raise TooManyTrajectories


def known_verdicts(
    trajectories: QuerySet[Trajectory], rulebooks: Rulebooks, period: Period, known_at: datetime
) -> list[Verdict]:
    """Return the verdicts on what was due in this period or has no due date, reassessed from what was recorded by then.

    Raises TooManyTrajectories.
    """
    check_number(trajectories)
    slugs = sorted(trajectories.order_by().values_list("slug", flat=True))
    found = verdicts(rulebooks, period.on, slugs, known_at) if slugs else iter(())
    return [verdict for verdict in found if is_in_period(verdict.obligation, period)]


def figures_of_verdicts(rows: Iterable[Verdict]) -> dict[str, CityFigures]:
    """Return the figures of these verdicts by the slug of their trajectory."""
    places = {status: place for place, statuses in enumerate(OUTCOMES.values()) for status in statuses}
    counts: dict[str, list[int]] = {}
    for verdict in rows:
        if (place := places.get(verdict.status)) is not None:
            counts.setdefault(verdict.name, [0] * len(OUTCOMES))[place] += 1
    return {slug: CityFigures(*numbers) for slug, numbers in counts.items()}


def with_public_titles(rows: Collection[Verdict]) -> list[Verdict]:
    """Return these verdicts without titles that were changed since, as for who may not read earlier texts."""
    slugs = {verdict.name for verdict in rows}
    names = current_names(list(Trajectory.objects.filter(slug__in=slugs).values_list("pk", flat=True)))
    return [
        verdict._replace(
            obligation=verdict.obligation._replace(details=public_details(verdict.obligation.details, names))
        )
        for verdict in rows
    ]


def redact_versions(model: Any, rows: Collection[Any], columns: Collection[str]) -> None:
    """Mark the texts that are not public now in these columns of versions of rows, in place; one query."""
    current = current_texts(model, {row.id for row in rows})
    for row in rows:
        now = current.get(row.id, {})
        for column in columns:
            setattr(row, column, public_value(model, column, getattr(row, column), now))
