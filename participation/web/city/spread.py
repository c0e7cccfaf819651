"""How the figures are spread over trajectories, over the ladder of participation and over districts."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.rulebooks import Rulebooks
from participation.interchange.tables import Table, TableColumn
from participation.models import Trajectory
from participation.models.labels import LABELS
from participation.presentation.figure_labels import COLUMNS
from participation.selectors.municipalities import municipalities_of
from participation.selectors.statistics.city import (
    MAX_REASSESSED_TRAJECTORIES,
    Period,
    TooManyTrajectories,
)
from participation.selectors.statistics.known import figures_of_verdicts, known_verdicts
from participation.selectors.statistics.series import is_of_scope, obligations_of_scope
from participation.selectors.statistics.spread import (
    MIN_DUE,
    Bin,
    GroupFigures,
    Spread,
    TrajectoryFigures,
    figures_by_trajectory,
    known_levels,
    spread,
)

from ..shared.addresses import MUNICIPALITY_PARAM, address
from ..shared.downloads import download, requested_list
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .bars import BarPart, legend, single_bar
from .figure_rows import FigureRow, cells_text, outcome_cells
from .periods import NOT_RECORDED, ScopeForm, figures_url, scoped_trajectories, without_known

#: Maximum number of trajectories named in a bin; the download has them all.
MAX_NAMED: Final = 25


class NamedTrajectory(NamedTuple):
    """A trajectory in a bin: its title, the URL of its points, and what was on time of what was due."""

    title: str
    url: str
    in_time: int
    due: int


class BinRow(NamedTuple):
    """A bin in the picture and the table: label, number, its bar, and its first trajectories."""

    label: str
    number: int
    bar: list[BarPart]
    trajectories: list[NamedTrajectory]
    hidden: int


@require_safe
@never_cache
@login_not_required
def city_spread(request: HttpRequest) -> HttpResponseBase:
    """Return the spread of the figures over the trajectories that this user may see."""
    request_context, file = request_context_of(request), requested_list(request)
    visible = Trajectory.objects.visible_to(request_context.user)
    language = request_context.language
    with translation.override(language):
        form = ScopeForm(request_context.today, municipalities_of(visible), request.GET or None)
        chosen = scoped_trajectories(form, visible)
        period = Period(form.chosen("van"), form.chosen("op") or request_context.today)
        try:
            found, too_many = _spread(form, chosen, request_context.rulebooks, period), False
        except TooManyTrajectories:
            form = ScopeForm(request_context.today, municipalities_of(visible), without_known(request))
            chosen, too_many = scoped_trajectories(form, visible), True
            found = _spread(form, chosen, request_context.rulebooks, period)
        if file is not None and not form.errors and not too_many:
            return download(request, _spread_table(found, language), request_context.today)
        context = {
            "form": form,
            "section": "spread",
            "period": period,
            "scope": form.scope,
            "known_on": form.chosen("bekend"),
            "too_many": too_many,
            "max_trajectories": MAX_REASSESSED_TRAJECTORIES,
            "legend": legend(COLUMNS),
            "bins": _bins(found, form, period),
            "middle": [round(value) for value in found.middle],
            "judged": sum(len(one.rows) for one in found.bins),
            "too_few": found.too_few,
            "min_due": MIN_DUE,
            "levels": [_group_row(group, form, period, "niveau") for group in found.levels],
            "unused_levels": [LABELS[group.name] for group in found.levels if group.name and not group.trajectories],
            "districts": [_group_row(group, form, period, "stadsdeel") for group in found.districts],
        }
    return page(request, "web/city/spread.html", context)


def _spread(form: ScopeForm, chosen: QuerySet[Trajectory], rulebooks: Rulebooks, period: Period) -> Spread:
    """Return the spread as known now, or as known then. Raises TooManyTrajectories."""
    if known_at := form.known_at:
        verdicts = known_verdicts(chosen, rulebooks, period, known_at)
        of_scope = (verdict for verdict in verdicts if is_of_scope(verdict.rule, form.scope))
        return spread(chosen, figures_of_verdicts(of_scope), known_levels(chosen, known_at))
    obligations = obligations_of_scope(chosen, rulebooks, form.scope)
    return spread(chosen, figures_by_trajectory(obligations, period))


def _bins(found: Spread, form: ScopeForm, period: Period) -> list[BinRow]:
    highest = max((len(one.rows) for one in found.bins), default=0) or 1
    return [
        BinRow(
            _bin_label(one),
            len(one.rows),
            single_bar(len(one.rows), highest),
            [_named(row, form, period) for row in one.rows[:MAX_NAMED]],
            max(0, len(one.rows) - MAX_NAMED),
        )
        for one in found.bins
    ]


def _bin_label(one: Bin) -> str:
    return _("%(first)s to %(last)s%% on time") % {"first": one.first, "last": min(100, one.end)}


def _named(row: TrajectoryFigures, form: ScopeForm, period: Period) -> NamedTrajectory:
    url = figures_url("city_obligations", form, period.first, period.on, traject=row.slug)
    return NamedTrajectory(row.title, url, row.figures.in_time, row.figures.due)


def _group_row(group: GroupFigures, form: ScopeForm, period: Period, param: str) -> FigureRow:
    names = {outcome: str(name) for outcome, name in COLUMNS.items()}
    lines = figures_url("city_obligations", form, period.first, period.on, **{param: group.name or NOT_RECORDED})
    cells = outcome_cells(group.figures, names, lines)
    label = capfirst(str(LABELS.get(group.name, group.name))) if group.name else _("Not recorded")
    url = ""
    if group.name and group.trajectories and not form.known_at:
        looks_back = "alleen" if form.scope == "retrospective" else "zonder"
        query = {param: group.name, "terugblik": looks_back, MUNICIPALITY_PARAM: form.chosen("gemeente") or ""}
        url = address("trajectories", **query)
    alt_text = cells_text(cell._replace(share="") for cell in cells)
    return FigureRow(label, cells, alt_text, total=group.trajectories, total_url=url)


def _spread_table(found: Spread, language: str) -> Table:
    districts: Sequence[str] = tuple(COLUMNS)

    def figure(outcome: str) -> TableColumn:
        return TableColumn(outcome, COLUMNS[outcome], lambda row: getattr(row.figures, outcome))

    columns = [
        TableColumn("title", gettext_lazy("Trajectory"), lambda row: row.title),
        TableColumn("municipality", gettext_lazy("Municipality"), lambda row: row.municipality),
        TableColumn("level", Trajectory._meta.get_field("level").verbose_name, lambda row: LABELS.get(row.level, "")),
        *map(figure, districts),
        TableColumn("slug", Trajectory._meta.get_field("slug").verbose_name, lambda row: row.slug),
    ]
    return Table("spreiding", _("Spread"), columns, found.trajectories, language)
