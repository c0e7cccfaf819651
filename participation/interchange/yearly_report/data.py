"""The data of a yearly report, read once."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from django.conf import settings

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.selectors.statistics.city import Period
from participation.selectors.statistics.yearly import (
    Figures,
    evaluations_in,
    public_trajectories,
    yearly_figures,
    years_until,
)

#: The earliest year of a report.
FIRST_YEAR: Final = 2000
#: Maximum number of evaluations that are listed; the file with the lines has them all.
MAX_EVALUATIONS: Final = 50


class ReportRequest(NamedTuple):
    """A request for a report: its year, the rulebooks, the day, the moment and the language.

    ``municipality`` is the slug of one, with its name; "" is of all for which the installation works.
    """

    year: int
    rulebooks: Rulebooks
    today: date
    now: datetime
    language: str = "nl"
    municipality: str = ""
    municipality_name: str = ""

    @property
    def owner(self) -> str:
        """Return the name of the municipality of which it is."""
        return self.municipality_name or settings.MUNICIPALITY

    @property
    def periods(self) -> list[Period]:
        """Return the years of the report, of which the last ends today where it is not over."""
        return years_until(self.year, self.today)


class EvaluationLine(NamedTuple):
    """An evaluation with a score for fairness: its trajectory, its step, and its day."""

    slug: str
    title: str
    ref: str
    done: ImpreciseDate | None
    score: Decimal


class ReportData(NamedTuple):
    """The figures of a report, and the first evaluations of its year."""

    report_request: ReportRequest
    periods: Sequence[Period]
    figures: Figures
    evaluations: Sequence[EvaluationLine]


def report_data(report_request: ReportRequest, count: Callable[..., Figures] = yearly_figures) -> ReportData:
    """Return the data of a report, with its figures by ``count``; in as many queries for any number of rows."""
    periods = report_request.periods
    municipality = report_request.municipality
    figures = count(report_request.rulebooks, periods, municipality)
    rows = evaluations_in(public_trajectories(municipality).filter(retrospective=False), periods[-1])
    columns = ("trajectory__slug", "trajectory__title", "ref", "done", "score")
    evaluations = [EvaluationLine(*row) for row in rows.values_list(*columns)[:MAX_EVALUATIONS]]
    return ReportData(report_request, periods, figures, evaluations)
