"""The statistics page: how many obligations to residents were met, and how many were not."""

from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.dates import MAX_YEAR, MIN_YEAR
from participation.compliance.rulebook import Rulebook
from participation.interchange.tables import Table, TableColumn
from participation.models import Trajectory
from participation.presentation.mail import link
from participation.selectors.statistics import city as figures
from participation.selectors.statistics.city import OUTCOMES, ByBasic, CityFigures, Delay, Period

from ..shared.downloads import download, requested_list
from ..shared.forms import DateTextField, Form
from ..shared.pages import page
from ..shared.request_context import request_context_of

#: Column heading of each outcome.
COLUMNS = {
    "in_time": gettext_lazy("On time"),
    "late": gettext_lazy("Done, after the due date"),
    "explained": gettext_lazy("Explained"),
    "overdue": gettext_lazy("Overdue, not done"),
    "unknown": gettext_lazy("Not known"),
}
#: Width of a bar, in SVG units.
BAR_WIDTH = 100


class PeriodForm(Form):
    """The period, the as-of day, and the known-at day."""

    van = DateTextField(label=gettext_lazy("Due from"), required=False)
    op = DateTextField(label=gettext_lazy("Status on"), required=False)
    bekend = DateTextField(
        label=gettext_lazy("As known on"),
        required=False,
        help_text=gettext_lazy("Only what was recorded by then. This is worked out anew, so it takes longer."),
    )

    def __init__(self, today: date, *args: Any, **kwargs: Any) -> None:
        """Store the reference day."""
        super().__init__(*args, **kwargs)
        self.today = today

    def _post_clean(self) -> None:
        for name, day in list(self.cleaned_data.items()):
            if day and not MIN_YEAR < day.year < MAX_YEAR:
                self.add_error(name, _("Check the year."))

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError for an inverted period, or a known-at day in the future."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        first, on, known = (found.get(name) for name in ("van", "op", "bekend"))
        if first and first > (on or self.today):
            raise ValidationError({"van": _("This day comes after the day that you look at.")})
        if known and known > self.today:
            raise ValidationError({"bekend": _("Choose a day that has been, or today.")})
        return found


class ConditionBar(NamedTuple):
    """A segment of a bar: outcome, offset and width."""

    outcome: str
    x: float
    width: float


class ConditionRow(NamedTuple):
    """A row of a table: label, link, figures with their shares, bar, and text alternative."""

    label: str
    href: str
    figures: CityFigures
    cells: list[tuple[str, Any, int, str]]
    bar: list[ConditionBar]
    alt_text: str


@require_safe
@never_cache
@login_not_required
def city(request: HttpRequest) -> HttpResponseBase:
    """Return the statistics over the trajectories that this user may see."""
    request_context, file = request_context_of(request), requested_list(request)
    visible = Trajectory.objects.visible_to(request_context.user)
    with translation.override(request_context.language):
        form = PeriodForm(request_context.today, request.GET or None)
        params = form.cleaned_data if form.is_bound and form.is_valid() else {}
        period = Period(params.get("van"), params.get("op") or request_context.today)
        known, too_many = params.get("bekend"), False
        delays: list[Delay] = []
        if known:
            try:
                counts, delays = figures.count_by_status_as_known(
                    visible, request_context.rulebook, period, _end_of_day(known)
                )
            except figures.TooManyTrajectories:
                known, too_many = None, True
        if not known:
            counts = figures.count_by_status(visible, request_context.rulebook.by_id, period)
            delays = figures.longest_delays(visible, request_context.rulebook.by_id, period.on)
        renderer = _StatisticsRenderer(request_context.rulebook, request_context.language)
        rows = figures.figures_by_basic(counts, request_context.rulebook)
        retrospective_rows = figures.figures_by_basic(counts, request_context.rulebook, retrospective=True)
        if file is not None and not form.errors and not too_many:
            return download(
                request,
                renderer.table([*_counts_by_rule(rows, False), *_counts_by_rule(retrospective_rows, True)]),
                request_context.today,
            )
        totals = figures.total(row.figures for row in rows)
        context = {
            "form": form,
            "period": period,
            "known_on": known,
            "too_many": too_many,
            "max_trajectories": figures.MAX_REASSESSED_TRAJECTORIES,
            "today": request_context.today,
            "year_ago": figures.start_of_year_until(request_context.today),
            "totals": totals,
            "percent": _percent(totals.share("in_time")),
            "columns": COLUMNS,
            "basics": [renderer.basic(row) for row in rows],
            "rules_by_basic": [(renderer.basic(row), renderer.rules(row)) for row in rows],
            "retrospective_basics": [renderer.basic(row)._replace(href="") for row in retrospective_rows],
            "delays": [renderer.delay(delay, period.on) for delay in delays],
            "districts": figures.count_by_district(visible),
            "fairness": figures.fairness_scores(visible, period.on),
            "register": figures.count_by_state(period.on),
            "includes_private": getattr(request_context.user, "sees_everything", False),
        }
    return page(request, "web/city/city.html", context)


def _end_of_day(day: date) -> datetime:
    """Return the last moment of a local day."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) - timedelta(microseconds=1)


class _ConditionCounts(NamedTuple):
    """The figures of a rule, and whether they are of retrospective trajectories."""

    basic: str
    rule: str
    figures: CityFigures
    looks_back: bool


def _counts_by_rule(rows: list[ByBasic], looks_back: bool) -> list[_ConditionCounts]:
    return [_ConditionCounts(row.basic, own.rule, own.figures, looks_back) for row in rows for own in row.rules]


class _StatisticsRenderer:
    """Makes the rows of figures in one language."""

    def __init__(self, rulebook: Rulebook, language: str) -> None:
        self.rulebook, self.language = rulebook, language

    def basic(self, row: ByBasic) -> ConditionRow:
        label = wording.label("basics", row.basic, self.language)
        return self._row(capfirst(label), f"#basis-{row.basic}", row.figures)

    def rules(self, row: ByBasic) -> list[ConditionRow]:
        return [self._row(self._title(own.rule), _rule_url(own.rule), own.figures) for own in row.rules]

    def delay(self, delay: Delay, on: date) -> dict[str, Any]:
        fragment = link("trajectory", delay.slug, delay.rule, delay.subject).partition("#")[2]
        return {
            "rule": self._title(delay.rule),
            "title": delay.title,
            "href": f"{reverse('trajectory', args=[delay.slug])}#{fragment}",
            "due_on": delay.due_on,
            "days": (on - delay.due_on).days,
        }

    def table(self, rows: list[_ConditionCounts]) -> Table:
        """Return the figures by rule as a table, for aggregation by others."""

        def number(outcome: str) -> TableColumn:
            return TableColumn(outcome, COLUMNS[outcome], lambda row: getattr(row.figures, outcome))

        columns = [
            TableColumn(
                "basic", gettext_lazy("Basic condition"), lambda row: wording.label("basics", row.basic, self.language)
            ),
            TableColumn("title", gettext_lazy("Rule"), lambda row: self._title(row.rule)),
            *map(number, OUTCOMES),
            TableColumn("retrospective", gettext_lazy("Looking back"), lambda row: row.looks_back),
            TableColumn("rule", gettext_lazy("Name of the rule"), lambda row: row.rule),
        ]
        return Table("stad", _("How the city is doing"), columns, rows, self.language)

    def _title(self, rule: str) -> str:
        return wording.text_in_language(self.rulebook.by_id[rule].title, self.language)

    def _row(self, label: str, href: str, found: CityFigures) -> ConditionRow:
        cells = []
        for outcome in OUTCOMES:
            number = getattr(found, outcome)
            share = f"{_percent(found.share(outcome))}%" if outcome != "unknown" and found.due else ""
            cells.append((outcome, COLUMNS[outcome], number, share if number else ""))
        alt_text = ", ".join(
            f"{name}: {number} {f'({share})' if share else ''}".strip() for _o, name, number, share in cells if number
        )
        return ConditionRow(label, href, found, cells, list(_bar(found)), alt_text)


def _bar(found: CityFigures) -> list[ConditionBar]:
    """Return the segments of a bar, side by side, over the total of all outcomes."""
    parts, x = [], 0.0
    for outcome in OUTCOMES:
        width = getattr(found, outcome) / found.total * BAR_WIDTH if found.total else 0.0
        if width:
            parts.append(ConditionBar(outcome, round(x, 2), round(width, 2)))
        x += width
    return parts


def _percent(share: float) -> int:
    """Return a share as whole percentage; 0 and 100 only for exactly none and all."""
    return min(99, max(1, round(share * 100))) if 0 < share < 1 else round(share * 100)


def _rule_url(rule: str) -> str:
    try:
        return reverse("rule", args=[rule])
    except NoReverseMatch:
        return f"{reverse('rules')}#rule-{rule}"
