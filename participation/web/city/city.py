"""The statistics page: how many obligations to residents were met, and how many were not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.interchange.tables import Table, TableColumn
from participation.models import Trajectory
from participation.presentation.figure_labels import COLUMNS, REGISTER_STATES
from participation.selectors.municipalities import municipalities_of
from participation.selectors.statistics import city as figures
from participation.selectors.statistics.cached_counts import CachedCounts
from participation.selectors.statistics.city import (
    OUTCOMES,
    ByBasic,
    ByRule,
    CityFigures,
    Counts,
    Delay,
    Period,
    percent,
)

from ..shared.addresses import MUNICIPALITY_PARAM, address, obligation_address, rule_url
from ..shared.downloads import download, requested_list
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .bars import legend
from .figure_rows import FigureRow, cells_text, outcome_cells
from .influence import EVALUATIONS
from .periods import NOT_RECORDED, PeriodForm, end_of_day

#: Maximum number of municipalities that stand side by side; the download has any number.
MAX_COLUMNS = 8


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
        cached = CachedCounts(visible, request_context.today)
        known, too_many = params.get("bekend"), False
        delays: list[Delay] = []
        if known:
            try:
                counts, delays = figures.count_by_status_as_known(visible, rulebooks, period, end_of_day(known))
            except figures.TooManyTrajectories:
                known, too_many = None, True
        if not known:
            counts = cached.by_status(rulebooks, period)
            delays = cached.longest_delays(rulebooks, period)
        lines = _lines_params(period, municipality or "", known)
        renderer = _StatisticsRenderer(rulebooks, municipalities, request_context.language, lines)
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
            "percent": percent(totals.share("in_time")),
            "section": "city",
            "legend": legend(COLUMNS),
            "chosen_municipality": municipalities.get(municipality or "", ""),
            "municipalities": [renderer.municipality(slug, own, request.GET) for slug, own in apart.items()],
            "comparison": renderer.comparison(rows, apart),
            "basics": [renderer.basic(row) for row in rows],
            "rules_by_basic": [(renderer.label(row), row.basic, renderer.rules(row)) for row in rows],
            "retrospective_basics": [renderer.basic(row, retrospective=True) for row in retrospective_rows],
            "delays": [renderer.delay(delay, period.on) for delay in delays],
            "districts": [
                (name, number, _district_url(name, municipality or "") if number else "")
                for name, number in cached.by_district(period)
            ],
            "fairness": cached.fairness_scores(period),
            "fairness_url": address(
                "city_steps",
                soort=EVALUATIONS,
                op=period.on.isoformat(),
                **{MUNICIPALITY_PARAM: municipality or ""},
            ),
            "register": _register(cached.by_state(period, municipality or ""), period.on, municipality or ""),
            "total_urls": renderer.total_urls(totals),
            "includes_private": getattr(request_context.user, "sees_everything", False),
        }
    return page(request, "web/city/city.html", context)


def _lines_params(period: Period, municipality: str, known: date | None) -> dict[str, str]:
    """Return the query that the lines behind the numbers of this page have in common."""
    first, known_on = (day.isoformat() if day else "" for day in (period.first, known))
    days = {"van": first, "op": period.on.isoformat(), "bekend": known_on}
    return {"wat": "alles", **days, MUNICIPALITY_PARAM: municipality}


def _district_url(district: str, municipality: str) -> str:
    """Return the URL of the list of trajectories in this district that do not look back."""
    return address("trajectories", stadsdeel=district, terugblik="zonder", **{MUNICIPALITY_PARAM: municipality})


def _register(
    counts: Mapping[str, Mapping[str, int]], on: date, municipality: str
) -> list[tuple[str, str, list[tuple[str, int, str]]]]:
    """Return the motions and the commitments: heading, URL, and by state the label, the number and its URL."""
    found = []
    for name, heading in (("motions", _("Motions")), ("commitments", _("Promises"))):
        states = []
        for state in ("open", "proposed", "settled") if name == "motions" else ("open", "kept"):
            number = counts[name].get(state, 0)
            url = address(name, stand=state, op=on.isoformat(), **{MUNICIPALITY_PARAM: municipality}) if number else ""
            states.append((str(REGISTER_STATES[state]), number, url))
        found.append((heading, address(name, **{MUNICIPALITY_PARAM: municipality}), states))
    return found


class _ConditionCounts(NamedTuple):
    """The figures of a rule in a municipality, and whether they are of retrospective trajectories.

    The municipality is "" where there is one.
    """

    municipality: str
    basic: str
    rule: ByRule
    looks_back: bool


class ConditionComparison(NamedTuple):
    """A basic condition in each municipality and together: the figures, the percentage on time, and the URL."""

    label: str
    cells: list[tuple[str, CityFigures, int, str]]


class _StatisticsRenderer:
    """Makes the rows of figures in one language."""

    def __init__(
        self, rulebooks: Rulebooks, municipalities: Mapping[str, str], language: str, lines: Mapping[str, str]
    ) -> None:
        self.rulebooks, self.municipalities, self.language = rulebooks, municipalities, language
        #: The query of the lines behind all numbers.
        self.lines = lines
        self.columns = {outcome: str(name) for outcome, name in COLUMNS.items()}

    def municipality(self, slug: str, rows: list[ByBasic], query: QueryDict) -> FigureRow:
        """Return the row of a municipality, with a link to its own figures."""
        params = query.copy()
        params[MUNICIPALITY_PARAM] = slug
        found = figures.total(row.figures for row in rows)
        lines = {MUNICIPALITY_PARAM: slug or NOT_RECORDED}
        return self._row(self._municipality_name(slug), f"?{params.urlencode()}" if slug else "", found, lines)

    def comparison(self, together: list[ByBasic], apart: Mapping[str, list[ByBasic]]) -> list[ConditionComparison]:
        """Return the rows that set the municipalities side by side; none where there is one, or too many to show."""
        if not 1 < len(apart) <= MAX_COLUMNS:
            return []
        columns: list[tuple[str, str | None, Mapping[str, CityFigures]]] = [
            (self._municipality_name(slug), slug, {row.basic: row.figures for row in own})
            for slug, own in apart.items()
        ]
        columns.append((_("together"), None, {row.basic: row.figures for row in together}))
        return [
            ConditionComparison(
                self.label(row),
                [
                    (
                        name,
                        found := own.get(row.basic, CityFigures()),
                        percent(found.share("in_time")),
                        self._comparison_url(row.basic, slug, found),
                    )
                    for name, slug, own in columns
                ],
            )
            for row in together
        ]

    def _comparison_url(self, basic: str, slug: str | None, found: CityFigures) -> str:
        own = {} if slug is None else {MUNICIPALITY_PARAM: slug or NOT_RECORDED}
        return self._lines_url(found, {"basis": basic, **own}, "in_time")

    def total_urls(self, found: CityFigures) -> dict[str, str]:
        """Return the URLs of the lines behind the sums, by outcome; "" where there are none."""
        return {outcome: self._lines_url(found, {}, outcome) for outcome in OUTCOMES}

    def _lines_url(self, found: CityFigures, lines: Mapping[str, str], outcome: str) -> str:
        query = {**self.lines, **lines, "uitkomst": outcome}
        return address("city_obligations", **query) if getattr(found, outcome) else ""

    def _municipality_name(self, slug: str) -> str:
        return self.municipalities.get(slug, slug) or _("not recorded")

    def label(self, row: ByBasic) -> str:
        """Return the label of a basic condition."""
        return capfirst(wording.label("basics", row.basic, self.language))

    def basic(self, row: ByBasic, retrospective: bool = False) -> FigureRow:
        if retrospective:
            return self._row(self.label(row), "", row.figures, {"basis": row.basic, "wat": "terugblik"})
        return self._row(self.label(row), f"#basis-{row.basic}", row.figures, {"basis": row.basic})

    def rules(self, row: ByBasic) -> list[FigureRow]:
        return [
            self._row(
                self._rule_title(own, row.rules),
                rule_url(own.rule, self.rulebooks.by_name[own.rulebook]),
                own.figures,
                {"regel": own.rule, "regelboek": own.rulebook if len(self.rulebooks) > 1 else ""},
            )
            for own in row.rules
        ]

    def delay(self, delay: Delay, on: date) -> dict[str, Any]:
        return {
            "rule": self._title(delay.rule, self.rulebooks.for_municipality(delay.municipality)),
            "title": self._title_of(delay),
            "href": obligation_address("trajectory", delay.slug, delay.rule, delay.subject),
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
        for looks_back in (False, True):
            if len(self.municipalities) > 1:
                apart = figures.figures_by_municipality(counts, self.rulebooks, self.municipalities, looks_back)
            else:
                apart = {"": figures.figures_by_basic(counts, self.rulebooks, looks_back)}
            for slug, rows in apart.items():
                for row in rows:
                    yield from (_ConditionCounts(slug, row.basic, own, looks_back) for own in row.rules)

    def _rule_title(self, own: ByRule, rules: Sequence[ByRule]) -> str:
        """Return the title of a rule, with its rulebook where those of several stand in one list."""
        rulebook = self.rulebooks.by_name[own.rulebook]
        title = self._title(own.rule, rulebook)
        if all(other.rulebook == own.rulebook for other in rules):
            return title
        return f"{title} ({wording.text_in_language(rulebook.title, self.language)})"

    def _title(self, rule: str, rulebook: Rulebook) -> str:
        return wording.text_in_language(rulebook.by_id[rule].title, self.language)

    def _row(self, label: str, url: str, found: CityFigures, lines: Mapping[str, str]) -> FigureRow:
        cells = outcome_cells(found, self.columns, address("city_obligations", **{**self.lines, **lines}))
        return FigureRow(label, cells, cells_text(cells), url)
