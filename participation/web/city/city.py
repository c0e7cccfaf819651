"""The statistics page: how many obligations to residents were met, and how many were not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.dates import MAX_YEAR, MIN_YEAR
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.interchange.tables import Table, TableColumn
from participation.models import Trajectory
from participation.presentation.mail import link
from participation.selectors.municipalities import municipalities_of
from participation.selectors.statistics import city as figures
from participation.selectors.statistics.city import OUTCOMES, ByBasic, ByRule, CityFigures, Counts, Delay, Period

from ..shared.addresses import MUNICIPALITY_PARAM, rule_url
from ..shared.downloads import download, requested_list
from ..shared.filtering import FilterSelect
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
#: Maximum number of municipalities that stand side by side; the download has any number.
MAX_COLUMNS = 8


class PeriodForm(Form):
    """The municipality, the period, the as-of day, and the known-at day."""

    gemeente = forms.ChoiceField(label=gettext_lazy("Municipality"), required=False, widget=FilterSelect)
    van = DateTextField(label=gettext_lazy("Due from"), required=False)
    op = DateTextField(label=gettext_lazy("Status on"), required=False)
    bekend = DateTextField(
        label=gettext_lazy("As known on"),
        required=False,
        help_text=gettext_lazy("Only what was recorded by then. This is worked out anew, so it takes longer."),
    )

    def __init__(self, today: date, municipalities: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        """Store the reference day, and offer these municipalities, named by slug, where there are any."""
        super().__init__(*args, **kwargs)
        self.today = today
        if municipalities:
            field: Any = self.fields["gemeente"]
            field.choices = [("", _("all municipalities")), *municipalities.items()]
        else:
            del self.fields["gemeente"]

    def _post_clean(self) -> None:
        for name, day in list(self.cleaned_data.items()):
            if isinstance(day, date) and not MIN_YEAR < day.year < MAX_YEAR:
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
    rulebooks, visible = request_context.rulebooks, Trajectory.objects.visible_to(request_context.user)
    municipalities = municipalities_of(visible)
    with translation.override(request_context.language):
        form = PeriodForm(request_context.today, municipalities, request.GET or None)
        params = form.cleaned_data if form.is_bound and form.is_valid() else {}
        if municipality := params.get(MUNICIPALITY_PARAM):
            visible, municipalities = (
                visible.filter(municipality=municipality),
                {municipality: municipalities[municipality]},
            )
        period = Period(params.get("van"), params.get("op") or request_context.today)
        known, too_many = params.get("bekend"), False
        delays: list[Delay] = []
        if known:
            try:
                counts, delays = figures.count_by_status_as_known(visible, rulebooks, period, _end_of_day(known))
            except figures.TooManyTrajectories:
                known, too_many = None, True
        if not known:
            counts = figures.count_by_status(visible, rulebooks, period)
            delays = figures.longest_delays(visible, rulebooks, period.on)
        renderer = _StatisticsRenderer(rulebooks, municipalities, request_context.language)
        rows = figures.figures_by_basic(counts, rulebooks)
        retrospective_rows = figures.figures_by_basic(counts, rulebooks, retrospective=True)
        if file is not None and not form.errors and not too_many:
            return download(request, renderer.table(counts), request_context.today)
        apart = figures.figures_by_municipality(counts, rulebooks, municipalities) if len(municipalities) > 1 else {}
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
            "municipality": municipalities.get(municipality or "", ""),
            "municipalities": [renderer.municipality(slug, own, request.GET) for slug, own in apart.items()],
            "comparison": renderer.comparison(rows, apart),
            "basics": [renderer.basic(row) for row in rows],
            "rules_by_basic": [(renderer.basic(row), renderer.rules(row)) for row in rows],
            "retrospective_basics": [renderer.basic(row)._replace(href="") for row in retrospective_rows],
            "delays": [renderer.delay(delay, period.on) for delay in delays],
            "districts": figures.count_by_district(visible),
            "fairness": figures.fairness_scores(visible, period.on),
            "register": figures.count_by_state(period.on, municipality or ""),
            "includes_private": getattr(request_context.user, "sees_everything", False),
        }
    return page(request, "web/city/city.html", context)


def _end_of_day(day: date) -> datetime:
    """Return the last moment of a local day."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) - timedelta(microseconds=1)


class _ConditionCounts(NamedTuple):
    """The figures of a rule in a municipality, and whether they are of retrospective trajectories.

    The municipality is "" where there is one.
    """

    municipality: str
    basic: str
    rule: ByRule
    looks_back: bool


class ConditionComparison(NamedTuple):
    """A basic condition in each municipality and together: the figures of what was due, and the percentage on time."""

    label: str
    cells: list[tuple[str, CityFigures, int]]


class _StatisticsRenderer:
    """Makes the rows of figures in one language."""

    def __init__(self, rulebooks: Rulebooks, municipalities: Mapping[str, str], language: str) -> None:
        self.rulebooks, self.municipalities, self.language = rulebooks, municipalities, language

    def municipality(self, slug: str, rows: list[ByBasic], query: QueryDict) -> ConditionRow:
        """Return the row of a municipality, with a link to its own figures."""
        params = query.copy()
        params[MUNICIPALITY_PARAM] = slug
        found = figures.total(row.figures for row in rows)
        return self._row(self._municipality_name(slug), f"?{params.urlencode()}" if slug else "", found)

    def comparison(self, together: list[ByBasic], apart: Mapping[str, list[ByBasic]]) -> list[ConditionComparison]:
        """Return the rows that set the municipalities side by side; none where there is one, or too many to show."""
        if not 1 < len(apart) <= MAX_COLUMNS:
            return []
        columns = {
            self._municipality_name(slug): {row.basic: row.figures for row in own} for slug, own in apart.items()
        }
        columns[_("together")] = {row.basic: row.figures for row in together}
        return [
            ConditionComparison(
                capfirst(wording.label("basics", row.basic, self.language)),
                [
                    (name, found := own.get(row.basic, CityFigures()), _percent(found.share("in_time")))
                    for name, own in columns.items()
                ],
            )
            for row in together
        ]

    def _municipality_name(self, slug: str) -> str:
        return self.municipalities.get(slug, slug) or _("not recorded")

    def basic(self, row: ByBasic) -> ConditionRow:
        label = wording.label("basics", row.basic, self.language)
        return self._row(capfirst(label), f"#basis-{row.basic}", row.figures)

    def rules(self, row: ByBasic) -> list[ConditionRow]:
        return [
            self._row(
                self._rule_title(own, row.rules), rule_url(own.rule, self.rulebooks.by_name[own.rulebook]), own.figures
            )
            for own in row.rules
        ]

    def delay(self, delay: Delay, on: date) -> dict[str, Any]:
        fragment = link("trajectory", delay.slug, delay.rule, delay.subject).partition("#")[2]
        return {
            "rule": self._title(delay.rule, self.rulebooks.for_municipality(delay.municipality)),
            "title": self._title_of(delay),
            "href": f"{reverse('trajectory', args=[delay.slug])}#{fragment}",
            "due_on": delay.due_on,
            "days": (on - delay.due_on).days,
        }

    def _title_of(self, delay: Delay) -> str:
        name = self.municipalities.get(delay.municipality, "") if len(self.municipalities) > 1 else ""
        return f"{delay.title} ({name})" if name else delay.title

    def table(self, counts: Counts) -> Table:
        """Return the figures by rule as a table, for aggregation by others: by municipality where there are several."""

        def number(outcome: str) -> TableColumn:
            return TableColumn(outcome, COLUMNS[outcome], lambda row: getattr(row.rule.figures, outcome))

        columns = [
            *(
                [TableColumn("municipality", gettext_lazy("Municipality"), lambda row: row.municipality)]
                if len(self.municipalities) > 1
                else []
            ),
            TableColumn(
                "basic", gettext_lazy("Basic condition"), lambda row: wording.label("basics", row.basic, self.language)
            ),
            TableColumn(
                "title",
                gettext_lazy("Rule"),
                lambda row: self._title(row.rule.rule, self.rulebooks.by_name[row.rule.rulebook]),
            ),
            *map(number, OUTCOMES),
            TableColumn("retrospective", gettext_lazy("Looking back"), lambda row: row.looks_back),
            TableColumn("rule", gettext_lazy("Name of the rule"), lambda row: row.rule.rule),
        ]
        return Table("stad", _("How the city is doing"), columns, list(self._condition_counts(counts)), self.language)

    def _condition_counts(self, counts: Counts) -> Iterator[_ConditionCounts]:
        slugs: list[str | None] = [None]
        if len(self.municipalities) > 1:
            slugs = [*self.municipalities, *(("",) if any(not key.municipality for key in counts) else ())]
        for looks_back in (False, True):
            for slug in slugs:
                for row in figures.figures_by_basic(counts, self.rulebooks, looks_back, slug):
                    yield from (_ConditionCounts(slug or "", row.basic, own, looks_back) for own in row.rules)

    def _rule_title(self, own: ByRule, rules: Sequence[ByRule]) -> str:
        """Return the title of a rule, with its rulebook where those of several stand in one list."""
        rulebook = self.rulebooks.by_name[own.rulebook]
        title = self._title(own.rule, rulebook)
        if all(other.rulebook == own.rulebook for other in rules):
            return title
        return f"{title} ({wording.text_in_language(rulebook.title, self.language)})"

    def _title(self, rule: str, rulebook: Rulebook) -> str:
        return wording.text_in_language(rulebook.by_id[rule].title, self.language)

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
