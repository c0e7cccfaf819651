"""The figures over time, and of two days side by side: as known now, and as known then."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.vocabulary import BASICS
from participation.interchange.tables import Table, TableColumn
from participation.models import Trajectory
from participation.presentation.figure_labels import COLUMNS
from participation.presentation.line_chart import LineChart, line_chart
from participation.selectors.municipalities import municipalities_of
from participation.selectors.statistics.city import CityFigures, Period, percent
from participation.selectors.statistics.series import (
    MAX_POINTS,
    UNITS,
    MomentFigures,
    Series,
    SeriesPoint,
    TooManyPoints,
    count_at,
    count_at_as_logged,
    moments_by_basic,
    obligations_of_scope,
    series,
    split_period,
    sums_by_basic,
    without_empty_start,
)

from ..shared.dates import NaturalDayField
from ..shared.downloads import download, requested_list
from ..shared.filtering import FilterSelect
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .figure_rows import FigureCell, figure_cells, outcome_cells
from .periods import ScopeForm, end_of_day, figures_url

#: Units of time in the query string, each with its label.
UNIT_PARAMS: Final = dict(zip(("maand", "kwartaal", "jaar"), UNITS, strict=True))
_UNIT_LABELS: Final[Mapping[str, Any]] = {
    "month": gettext_lazy("month"),
    "quarter": gettext_lazy("quarter"),
    "year": gettext_lazy("year"),
}
_DEFAULT_UNIT: Final = "quarter"
#: The number of months before this day with which a series begins where no first day is chosen.
_DEFAULT_MONTHS: Final[Mapping[str, int]] = {"month": 11, "quarter": 21, "year": 48}


class SeriesForm(ScopeForm):
    """The municipality, the period, what is counted, the unit of time and the basic condition."""

    per = forms.ChoiceField(label=gettext_lazy("Per"), required=False, widget=FilterSelect)
    basis = forms.ChoiceField(label=gettext_lazy("Basic condition"), required=False, widget=FilterSelect)
    field_order: Iterable[str] | None = ("gemeente", "basis", "wat", "per", "van", "op")
    has_known = False

    def __init__(self, today: date, municipalities: Mapping[str, str], language: str, *args: Any) -> None:
        """Offer these municipalities, and name the basic conditions in this language."""
        super().__init__(today, municipalities, *args)
        ordered = sorted(UNIT_PARAMS.items(), key=lambda item: item[1] != _DEFAULT_UNIT)
        self.offer("per", [(code, _UNIT_LABELS[unit]) for code, unit in ordered])
        basics = [(code, capfirst(wording.label("basics", code, language))) for code in BASICS]
        self.offer("basis", [("", _("all together")), *basics])

    @property
    def unit(self) -> str:
        """Return the unit of time."""
        return UNIT_PARAMS.get(self.chosen("per") or "", _DEFAULT_UNIT)

    def periods(self) -> list[Period]:
        """Return the periods of the series; those by default where the form has errors."""
        on, unit = self.chosen("op") or self.today, self.unit
        return split_period(self.chosen("van") or _months_before(on, _DEFAULT_MONTHS[unit]), on, unit)

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError for more periods than can be shown."""
        found = super().clean()
        unit = UNIT_PARAMS.get(found.get("per") or "", _DEFAULT_UNIT)
        if first := found.get("van"):
            try:
                split_period(first, found.get("op") or self.today, unit)
            except TooManyPoints:
                message = _("These are more than %(most)s periods. Choose a longer unit, or a later first day.")
                raise ValidationError({"per": message % {"most": MAX_POINTS}}) from None
        return found


def _months_before(day: date, months: int) -> date:
    number = max(12, day.year * 12 + day.month - 1 - months)
    return date(number // 12, number % 12 + 1, 1)


class PointRow(NamedTuple):
    """A period in the table: its label, its figures as known now and then, and the URLs of the lines behind them."""

    label: str
    point: SeriesPoint
    now_cells: list[FigureCell]
    then_cells: list[FigureCell]
    now_percent: int | None
    then_percent: int | None


class BasicSeries(NamedTuple):
    """A basic condition in the overview: its small picture, and its first and last percentage."""

    basic: str
    label: str
    href: str
    chart: LineChart
    first: tuple[str, int] | None
    last: tuple[str, int] | None
    sentence: str


@require_safe
@never_cache
@login_not_required
def city_series(request: HttpRequest) -> HttpResponseBase:
    """Return the figures by period, over the trajectories that this user may see."""
    request_context, file = request_context_of(request), requested_list(request)
    visible = Trajectory.objects.visible_to(request_context.user)
    with translation.override(request_context.language):
        form = SeriesForm(
            request_context.today, municipalities_of(visible), request_context.language, request.GET or None
        )
        periods, basic = form.periods(), form.chosen("basis") or ""
        if municipality := form.chosen("gemeente"):
            visible = visible.filter(municipality=municipality)
        obligations = obligations_of_scope(visible, request_context.rulebooks, form.scope)
        ended_at = [end_of_day(period.on) for period in periods]
        found = series(obligations, request_context.rulebooks, periods, ended_at)
        if not form.chosen("van"):
            found = without_empty_start(found)
            periods = [point.period for point in found.together]
        if file is not None and not form.errors:
            return download(request, _series_table(found, form, request_context), request_context.today)
        labels = [_full_label(period, form.unit) for period in periods]
        points = found.by_basic.get(basic, []) if basic else found.together
        undated = count_at(obligations.filter(due_on__isnull=True), periods[-1])
        unknown = sum(statuses["unknown"] for statuses in undated.values())
        context = {
            "form": form,
            "section": "series",
            "periods": periods,
            "basic": capfirst(wording.label("basics", basic, request_context.language)) if basic else "",
            "scope": form.scope,
            "has_points": any(point.now.total or point.then.is_known for point in points),
            "rows": [_point_row(label, point, form, basic) for label, point in zip(labels, points, strict=False)],
            "chart": _chart(points, periods, form.unit) if points else None,
            "sentence": _sentence(points, labels),
            "basics": [
                _basic_series(code, own, labels, periods, form, request, request_context.language)
                for code, own in found.by_basic.items()
            ],
            "unknown": unknown,
            "unknown_url": figures_url("city_obligations", form, None, periods[-1].on, uitkomst="unknown"),
            "columns": COLUMNS,
        }
    return page(request, "web/city/series.html", context)


def _label(period: Period, unit: str) -> str:
    first = period.first or period.on
    if unit == "month":
        return date_format(first, "F Y")
    if unit == "year":
        return str(first.year)
    return _("quarter %(number)s of %(year)s") % {"number": (first.month + 2) // 3, "year": first.year}


def _full_label(period: Period, unit: str) -> str:
    """Return the label of a period, with its last day where that is not the last of its unit."""
    label, first = _label(period, unit), period.first or period.on
    if period.on == split_period(first, first + timedelta(days=366), unit)[0].on:
        return label
    return _("%(period)s until %(day)s") % {"period": label, "day": date_format(period.on, "j F")}


def _short_label(period: Period, unit: str) -> str:
    first = period.first or period.on
    if unit == "month":
        return date_format(first, "M Y").lower()
    if unit == "year":
        return str(first.year)
    return _("Q%(number)s %(year)s") % {"number": (first.month + 2) // 3, "year": first.year}


def _share(figures: CityFigures) -> float | None:
    return figures.share("in_time") if figures.due else None


def _percent(figures: CityFigures) -> int | None:
    return percent(figures.share("in_time")) if figures.due else None


def _chart(points: Sequence[SeriesPoint], periods: Sequence[Period], unit: str) -> LineChart:
    lines = {
        "now": [_share(point.now) for point in points],
        "then": [_share(point.then.figures) for point in points],
    }
    return line_chart(lines, [_short_label(period, unit) for period in periods])


def _sentence(points: Sequence[SeriesPoint], labels: Sequence[str]) -> str:
    """Return in one sentence from what percentage to what percentage the series goes, as known now; "" without any."""
    dated = [(label, _percent(point.now)) for label, point in zip(labels, points, strict=False) if point.now.due]
    if not dated:
        return ""
    (first, before), (last, after) = dated[0], dated[-1]
    if len(dated) == 1:
        return _("On time in %(period)s: %(percent)s%%.") % {"period": first, "percent": before}
    texts = {"first": first, "before": before, "last": last, "after": after}
    return _("On time: from %(before)s%% in %(first)s to %(after)s%% in %(last)s.") % texts


def _point_row(label: str, point: SeriesPoint, form: SeriesForm, basic: str) -> PointRow:
    period = point.period

    def cells(numbers: Mapping[str, int], labels: Mapping[str, Any], **params: str) -> list[FigureCell]:
        lines = figures_url("city_obligations", form, period.first, period.on, basis=basic, **params)
        return figure_cells(numbers, labels, {}, lines)

    now = {code: getattr(point.now, code) for code in ("in_time", "late", "explained", "overdue")}
    then = {code: getattr(point.then.figures, code) for code in ("in_time", "overdue")}
    then["not_known"] = point.then.not_known
    return PointRow(
        label,
        point,
        cells(now, COLUMNS, datum="1"),
        cells(then, {**COLUMNS, "not_known": _("Not known to be due then")}, datum="1", toen="1"),
        _percent(point.now),
        _percent(point.then.figures),
    )


def _basic_series(
    basic: str,
    points: Sequence[SeriesPoint],
    labels: Sequence[str],
    periods: Sequence[Period],
    form: SeriesForm,
    request: HttpRequest,
    language: str,
) -> BasicSeries:
    params = request.GET.copy()
    params["basis"] = basic
    dated = [
        (label, percent(point.now.share("in_time")))
        for label, point in zip(labels, points, strict=True)
        if point.now.due
    ]
    return BasicSeries(
        basic,
        capfirst(wording.label("basics", basic, language)),
        f"?{params.urlencode()}#verloop",
        _chart(points, periods, form.unit),
        dated[0] if dated else None,
        dated[-1] if dated else None,
        _sentence(points, labels),
    )


class SeriesLine(NamedTuple):
    """A line of the download: a basic condition in a period, or all of them together ("")."""

    basic: str
    label: str
    point: SeriesPoint


def _series_table(found: Series, form: SeriesForm, request_context: RequestContext) -> Table:
    language = request_context.language
    parts = {"": found.together, **found.by_basic}
    rows = [
        SeriesLine(basic, _full_label(point.period, form.unit), point)
        for basic, points in parts.items()
        for point in points
    ]
    now, then = _("as known now"), _("as known then")

    def figure(code: str, when: str) -> TableColumn:
        def read(row: SeriesLine) -> int:
            figures = row.point.now if when == now else row.point.then.figures
            return int(getattr(figures, code))

        return TableColumn(code, f"{COLUMNS[code]} ({when})", read)

    columns = [
        TableColumn(
            "basic",
            gettext_lazy("Basic condition"),
            lambda row: wording.label("basics", row.basic, language) if row.basic else _("all together"),
        ),
        TableColumn("period", gettext_lazy("Period"), lambda row: row.label),
        TableColumn("first", gettext_lazy("First day"), lambda row: row.point.period.first),
        TableColumn("on", gettext_lazy("Last day"), lambda row: row.point.period.on),
        *(figure(code, now) for code in ("in_time", "late", "explained", "overdue")),
        *(figure(code, then) for code in COLUMNS),
        TableColumn("not_known", gettext_lazy("Not known to be due then"), lambda row: row.point.then.not_known),
    ]
    return Table("verloop", _("Over time"), columns, rows, language)


# ---------- two days


class DaysForm(ScopeForm):
    """The municipality, what is counted, from when it was due, and two days to compare."""

    eerst = NaturalDayField(label=gettext_lazy("The first day"), required=False)
    op = NaturalDayField(label=gettext_lazy("The second day"), required=False)
    field_order: Iterable[str] | None = ("gemeente", "wat", "van", "eerst", "op")
    has_known = False

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError where the first day is not the earlier one, or nothing can be due by it."""
        found = super().clean()
        earlier, on = found.get("eerst"), found.get("op") or self.today
        if earlier and earlier >= on:
            raise ValidationError({"eerst": _("Choose a day before the second one.")})
        if earlier and (first := found.get("van")) and first > earlier:
            raise ValidationError({"van": _("This day comes after the first day that you look at.")})
        return found


class DayFigures(NamedTuple):
    """The figures of one day: as known now, and as known then, each with the URLs of their lines by outcome."""

    day: date
    now: CityFigures
    then: MomentFigures
    now_percent: int | None
    then_percent: int | None
    now_urls: Mapping[str, str]
    then_urls: Mapping[str, str]


class DaysRow(NamedTuple):
    """A basic condition on two days, and what changed in words."""

    label: str
    basic: str
    days: list[DayFigures]
    change: str


@require_safe
@never_cache
@login_not_required
def city_days(request: HttpRequest) -> HttpResponseBase:
    """Return the figures of two days side by side, over the trajectories that this user may see."""
    request_context, file = request_context_of(request), requested_list(request)
    visible = Trajectory.objects.visible_to(request_context.user)
    language, rulebooks = request_context.language, request_context.rulebooks
    with translation.override(language):
        form = DaysForm(request_context.today, municipalities_of(visible), request.GET or None)
        if municipality := form.chosen("gemeente"):
            visible = visible.filter(municipality=municipality)
        on = form.chosen("op") or request_context.today
        earlier = form.chosen("eerst") or date(on.year - 1, on.month, min(on.day, 28))
        first = form.chosen("van")
        obligations = obligations_of_scope(visible, rulebooks, form.scope)
        found = []
        for period in (Period(first, earlier), Period(first, on)):
            now = sums_by_basic(count_at(obligations, period), rulebooks)
            logged = count_at_as_logged(obligations, period, end_of_day(period.on))
            found.append((period, now, moments_by_basic(logged, rulebooks)))
        rows = [_days_row(basic, found, form, language) for basic in _basics_with_figures(found)]
        if file is not None and not form.errors:
            return download(request, _days_table(rows, language), request_context.today)
        context = {
            "form": form,
            "section": "days",
            "earlier": earlier,
            "on": on,
            "first": first,
            "scope": form.scope,
            "rows": rows,
        }
    return page(request, "web/city/days.html", context)


def _basics_with_figures(found: Sequence[tuple[Period, Mapping[str, Any], Mapping[str, Any]]]) -> list[str]:
    named = {basic for _period, now, then in found for basic in (*now, *then)}
    return [basic for basic in BASICS if basic in named]


def _days_row(basic: str, found: Sequence[tuple[Period, Any, Any]], form: DaysForm, language: str) -> DaysRow:
    days = []
    for period, all_now, all_then in found:
        now, then = all_now.get(basic, CityFigures()), all_then.get(basic, MomentFigures())

        urls = []
        for figures, params in ((now, {}), (then.figures, {"toen": "1"})):
            lines = figures_url("city_obligations", form, period.first, period.on, basis=basic, **params)
            cells = outcome_cells(figures, COLUMNS, lines)
            urls.append({cell.outcome: cell.url for cell in cells})
        days.append(DayFigures(period.on, now, then, _percent(now), _percent(then.figures), *urls))
    label = capfirst(wording.label("basics", basic, language))
    return DaysRow(label, basic, days, _change(*(day.now for day in days)))


def _change(before: CityFigures, after: CityFigures) -> str:
    """Return in words what changed between two days, as known now."""
    shares, late = (_percent(before), _percent(after)), after.overdue - before.overdue
    parts = []
    if shares[0] is not None and shares[1] is not None:
        points = shares[1] - shares[0]
        if points:
            text = (
                _("%(n)s percentage points more on time") if points > 0 else _("%(n)s percentage points less on time")
            )
            parts.append(text % {"n": abs(points)})
        else:
            parts.append(_("just as much on time"))
    if late > 0:
        parts.append(ngettext("%(n)s more overdue", "%(n)s more overdue", late) % {"n": late})
    elif late < 0:
        parts.append(ngettext("%(n)s less overdue", "%(n)s fewer overdue", -late) % {"n": -late})
    return ", ".join(parts) or _("no change")


def _days_table(rows: Sequence[DaysRow], language: str) -> Table:
    lines = [(row, day) for row in rows for day in row.days]

    def figure(code: str, when: str, figures: Callable[[DayFigures], CityFigures]) -> TableColumn:
        return TableColumn(code, f"{COLUMNS[code]} ({when})", lambda line: getattr(figures(line[1]), code))

    columns = [
        TableColumn("basic", gettext_lazy("Basic condition"), lambda line: line[0].label),
        TableColumn("day", gettext_lazy("Day"), lambda line: line[1].day),
        *(figure(code, _("as known now"), lambda day: day.now) for code in COLUMNS),
        *(figure(code, _("as known then"), lambda day: day.then.figures) for code in COLUMNS),
        TableColumn("not_known", gettext_lazy("Not known to be due then"), lambda line: line[1].then.not_known),
    ]
    return Table("dagen", _("Two days side by side"), columns, lines, language)
