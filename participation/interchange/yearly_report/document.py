"""The yearly report as sections with tables, for the page and the PDF; each figure has the URL of its lines."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.calendar import add_months
from participation.compliance.vocabulary import BASICS, EFFECTS, LEVELS
from participation.models.labels import LABELS
from participation.presentation.coverage import DEFAULT_MONTHS
from participation.presentation.figure_labels import (
    AGE_LABELS,
    COLUMNS,
    EFFECT_LABELS,
    REGISTER_STATES,
    ROOM_LABELS,
    SCOPE_LABELS,
    SCOPE_PARAMS,
    STATE_LABELS,
)
from participation.presentation.line_chart import LineChart, line_chart
from participation.presentation.trajectory_pages import path_of_fragment
from participation.selectors.register import COMMITMENT_STATES, MOTION_STATES
from participation.selectors.statistics.city import Period, percent
from participation.selectors.statistics.influence import AGES, STATES, UNCOUNTED_AGES
from participation.selectors.statistics.series import SCOPES
from participation.selectors.statistics.yearly import MINIMAL_BASICS, NOT_RECORDED, ROOM_NAMES, FigureKey

from .data import ReportData, ReportRequest

#: The outcomes of what was due, which have a day.
_DATED: Final = ("in_time", "late", "explained", "overdue")
#: The value of a parameter that stands for what is not recorded.
_NOT_RECORDED_PARAM: Final = "-"


class ReportCell(NamedTuple):
    """A figure in a table: its heading, its text, the URL of its lines ("" without any), and what it is of."""

    heading: str
    text: str
    url: str
    about: str


class ReportRow(NamedTuple):
    """A row of a table."""

    label: str
    cells: list[ReportCell]


class ReportTable(NamedTuple):
    """A table: its caption, the heading of its first column, and its rows, which have the same columns."""

    caption: str
    first: str
    rows: list[ReportRow]


class OtherFinding(NamedTuple):
    """A finding of others about a basic condition: its text, who found it, on which day, and the source."""

    text: str
    by: str
    on: str
    source: str


class ReportSection(NamedTuple):
    """A section of the report; ``shares`` is the share on time in each year, empty where that has no meaning.

    The chart is of these shares, which the first table has too.
    """

    name: str
    heading: str
    paragraphs: list[str]
    findings: list[OtherFinding]
    tables: list[ReportTable]
    links: list[tuple[str, str]] = []
    shares: list[float | None] = []
    chart: LineChart | None = None


class ReportDocument(NamedTuple):
    """The report for one reader: what it says first, and its sections, those on the basic conditions apart."""

    summary: list[str]
    basics: list[ReportSection]
    others: list[ReportSection]


def report_document(data: ReportData, base_url: str = "") -> ReportDocument:
    """Return the report in the active language; ``base_url`` comes before the URLs of lines."""
    return _ReportRenderer(data, base_url).document()


def report_html(data: ReportData) -> str:
    """Return the report as HTML for print."""
    request = data.report_request
    with translation.override(request.language):
        context = {
            "language": request.language,
            "report": report_document(data, settings.BASE_URL),
            "year": request.year,
            "on": data.periods[-1].on,
            "is_over": data.periods[-1].on.year < request.today.year,
            "municipality": request.owner,
            "made_at": timezone.localtime(request.now),
            "rulebooks": ", ".join(f"{book.name} ({book.hash})" for book in request.rulebooks),
            "address": settings.BASE_URL + report_url(request),
        }
        return render_to_string("report/report.html", context)


def report_url(request: ReportRequest, name: str = "yearly_report", *args: Any) -> str:
    """Return the path of a page or file of this report."""
    query = f"?{urlencode({'gemeente': request.municipality})}" if request.municipality else ""
    return reverse(name, args=[request.year, *args]) + query


class _ReportRenderer:
    """Makes the sections of a report."""

    def __init__(self, data: ReportData, base_url: str) -> None:
        self.data, self.base_url = data, base_url
        self.language, self.year, self.last = data.report_request.language, data.report_request.year, data.periods[-1]

    def document(self) -> ReportDocument:
        more = [code for code in BASICS if code not in MINIMAL_BASICS and self._has_any(code)]
        others = [self._basic(code) for code in more]
        return ReportDocument(
            self._summary(),
            [self._basic(code) for code in MINIMAL_BASICS],
            [*others, self._places(), self._influence(), self._decisions(), self._fairness(), self._register()],
        )

    # ---------- figures

    def _number(self, part: str, scope: str, year: int, group: str, name: str) -> Decimal:
        return self.data.figures.get(FigureKey(part, scope, year, group, name), Decimal())

    def _has_any(self, basic: str) -> bool:
        return any(key.group == basic and key.part in ("due", "undated") for key in self.data.figures)

    def _share(self, scope: str, year: int, basic: str) -> float | None:
        numbers = [self._number("due", scope, year, basic, outcome) for outcome in _DATED]
        return float(numbers[0] / sum(numbers)) if sum(numbers) else None

    def _url(self, name: str, period: Period, **params: str) -> str:
        days = {"van": period.first.isoformat() if period.first else "", "op": period.on.isoformat()}
        own = {"gemeente": self.data.report_request.municipality, "openbaar": "1"}
        query = {key: value for key, value in {**days, **params, **own}.items() if value}
        return f"{self.base_url}{reverse(name)}?{urlencode(query)}"

    def _points_url(self, scope: str, period: Period, **params: str) -> str:
        wat = "" if scope == SCOPES[0] else next(code for code, own in SCOPE_PARAMS.items() if own == scope)
        return self._url("city_obligations", period, wat=wat, **params)

    def _year_label(self, period: Period) -> str:
        if (period.on.month, period.on.day) == (12, 31):
            return str(period.on.year)
        day = wording.format_day(period.on, self.language, with_year=False)
        return _("%(period)s until %(day)s") % {"period": period.on.year, "day": day}

    def _cell(self, heading: Any, number: Decimal, url: str, label: str) -> ReportCell:
        heading = capfirst(str(heading))
        return ReportCell(heading, str(number), url if number else "", f"{heading}, {label}")

    # ---------- sections

    def _summary(self) -> list[str]:
        current = self._number("trajectories", SCOPES[0], self.year, "", "number")
        past = self._number("trajectories", SCOPES[2], self.year, "", "number")
        dated = [self._total_share(period.on.year) for period in self.data.periods]
        lines = [
            _(
                "This report is about the public trajectories: %(current)s, and apart from those %(past)s that look "
                "back."
            )
            % {"current": current, "past": past}
        ]
        if dated[-1] is not None:
            text = _("Of what law, policy and promises asked in %(year)s, %(percent)s%% was done on time.")
            lines.append(text % {"year": self._year_label(self.last), "percent": percent(dated[-1])})
        if dated[-1] is not None and dated[-2] is not None:
            lines.append(_("The year before it was %(percent)s%%.") % {"percent": percent(dated[-2])})
        return lines

    def _total_share(self, year: int) -> float | None:
        totals: dict[str, Decimal] = {}
        for key, number in self.data.figures.items():
            if key[:3] == ("due", SCOPES[0], year):
                totals[key.name] = totals.get(key.name, Decimal()) + number
        due = sum(totals.get(outcome, Decimal()) for outcome in _DATED)
        return float(totals.get("in_time", Decimal()) / due) if due else None

    def _basic(self, basic: str) -> ReportSection:
        counted = {key.scope for key in self.data.figures if key.part == "due" and key.group == basic}
        tables = [self._series_table(basic, scope) for scope in SCOPES if scope in counted]
        paragraphs = [] if tables else [_("Nothing was due on this in these years, as far as is recorded.")]
        links = []
        for scope in SCOPES:
            if number := self._number("undated", scope, self.year, basic, "unknown"):
                text = _("Cannot be determined, because something was not recorded (%(scope)s): %(n)s")
                url = self._points_url(scope, Period(None, self.last.on), basis=basic, uitkomst="unknown")
                links.append((text % {"scope": SCOPE_LABELS[scope], "n": number}, url))
        if basic == "inclusivity":
            spoken, spoken_tables = self._coverage()
            paragraphs, tables = [*paragraphs, *spoken], [*tables, *spoken_tables]
        shares = [self._share(SCOPES[0], period.on.year, basic) for period in self.data.periods]
        heading = capfirst(wording.label("basics", basic, self.language))
        findings = list(self._findings(basic))
        shown = shares if any(share is not None for share in shares) else []
        chart = line_chart({"now": shown}, [str(period.on.year) for period in self.data.periods]) if shown else None
        return ReportSection(basic, heading, paragraphs, findings, tables, links, shown, chart)

    def _findings(self, basic: str) -> Iterator[OtherFinding]:
        request = self.data.report_request
        rulebooks = (
            [request.rulebooks.for_municipality(request.municipality)] if request.municipality else request.rulebooks
        )
        for rulebook in rulebooks:
            for finding in rulebook.findings:
                if finding["basic"] == basic:
                    yield OtherFinding(
                        wording.text_in_language(finding["text"], self.language),
                        wording.text_in_language(finding["by"], self.language),
                        wording.format_day(finding["found_on"], self.language),
                        str(finding["source"]),
                    )

    def _coverage(self) -> tuple[list[str], list[ReportTable]]:
        """Return with which districts and groups people spoke in the last year: in sentences, and as tables."""
        since = add_months(self.last.on, -DEFAULT_MONTHS)
        parts = (
            ("coverage_districts", "stadsdeel", _("By district"), _("District")),
            ("coverage_groups", "groep", _("By group"), _("Group")),
        )
        texts, tables = [], []
        for part, param, caption, first in parts:
            found = {key.group: self._last_spoken(part, key.group) for key in self.data.figures if key.part == part}
            ordered = sorted(found, key=lambda name: (found[name] or date.min, name.casefold()))
            labels = {name: capfirst(str(LABELS.get(name, name))) for name in ordered}
            missed = [str(LABELS.get(name, name)) for name in ordered if (found[name] or date.min) < since]
            if missed:
                text = _("For %(months)s months nobody spoke with %(names)s, as far as was recorded.")
                texts.append(text % {"months": DEFAULT_MONTHS, "names": wording.format_list(missed, self.language)})
            rows = []
            for name in ordered:
                day = found[name]
                text = wording.format_day(day, self.language) if day else _("never, as far as was recorded")
                url = self._url("city_steps", self.last, soort="activiteiten", **{param: name})
                number = self._number(part, "", self.year, name, "activities")
                cells = [
                    ReportCell(_("Last spoken with on"), text, "", ""),
                    self._cell(_("Activities in this year"), number, url, labels[name]),
                ]
                rows.append(ReportRow(labels[name], cells))
            if rows:
                heading = _("With whom people spoke in %(year)s: %(by)s")
                by = {"year": self._year_label(self.last), "by": caption.lower()}
                tables.append(ReportTable(heading % by, first, rows))
        return texts, tables

    def _last_spoken(self, part: str, name: str) -> date | None:
        number = int(self._number(part, "", self.year, name, "last_day"))
        return date(number // 10_000, number // 100 % 100, number % 100) if number else None

    def _series_table(self, basic: str, scope: str) -> ReportTable:
        rows = []
        for period in self.data.periods:
            label, year = self._year_label(period), period.on.year
            cells = [
                self._cell(
                    COLUMNS[outcome],
                    self._number("due", scope, year, basic, outcome),
                    self._points_url(scope, period, basis=basic, uitkomst=outcome, datum="1"),
                    label,
                )
                for outcome in _DATED
            ]
            share = self._share(scope, year, basic)
            text = "–" if share is None else f"{percent(share)}%"
            rows.append(ReportRow(label, [ReportCell(_("Share on time"), text, "", ""), *cells]))
        return ReportTable(capfirst(str(SCOPE_LABELS[scope])), _("Year"), rows)

    def _places(self) -> ReportSection:
        levels = [
            self._outcome_row("levels", level, capfirst(str(LABELS[level])), niveau=level)
            for level in LEVELS
            if self._groups("levels", level)
        ]
        if self._groups("levels", NOT_RECORDED):
            levels.append(self._outcome_row("levels", NOT_RECORDED, _("Not recorded"), niveau=_NOT_RECORDED_PARAM))
        districts = [
            self._outcome_row("districts", name, name, stadsdeel=name)
            for name in sorted({key.group for key in self.data.figures if key.part == "districts"} - {NOT_RECORDED})
        ]
        if self._groups("districts", NOT_RECORDED):
            params = {"stadsdeel": _NOT_RECORDED_PARAM}
            districts.append(self._outcome_row("districts", NOT_RECORDED, _("Not recorded"), **params))
        tables = [
            ReportTable(_("By level of participation"), _("Level of participation"), levels),
            ReportTable(_("By district"), _("District"), districts),
        ]
        paragraphs = [
            _("What law, policy and promises asked in %(year)s.") % {"year": self._year_label(self.last)},
            _("A trajectory in several districts counts in each of them."),
        ]
        return self._section("places", _("Ladder of participation and districts"), paragraphs, tables)

    def _groups(self, part: str, group: str) -> bool:
        return any(key.part == part and key.group == group for key in self.data.figures)

    def _outcome_row(self, part: str, group: str, label: str, **params: str) -> ReportRow:
        cells = [
            self._cell(
                COLUMNS[outcome],
                self._number(part, SCOPES[0], self.year, group, outcome),
                self._points_url(SCOPES[0], self.last, uitkomst=outcome, **params),
                label,
            )
            for outcome in COLUMNS
        ]
        return ReportRow(label, cells)

    def _influence(self) -> ReportSection:
        by_year = [
            self._state_row("contributions", period.on.year, "", self._year_label(period), period)
            for period in self.data.periods
        ]
        senders = [self._group_row("senders", code, "afzender") for code in self._names("senders")]
        districts = [
            self._group_row("contribution_districts", code, "stadsdeel")
            for code in self._names("contribution_districts")
        ]
        ages = ReportRow(
            _("Still open"),
            [
                self._cell(
                    AGE_LABELS[age],
                    self._number("ages", "", self.year, "", age),
                    self._url("city_contributions", self.last, leeftijd=age),
                    _("Still open"),
                )
                for age in (*AGES, *UNCOUNTED_AGES)
            ],
        )
        tables = [
            ReportTable(_("What was done with contributions, by year"), _("Year"), by_year),
            ReportTable(_("What was done with contributions, by kind of sender"), _("From"), senders),
            ReportTable(_("What was done with contributions, by district"), _("District"), districts),
        ]
        if self._number("contributions", "", self.year, "", "open"):
            tables.append(ReportTable(_("How long the open ones have been waiting"), _("Contributions"), [ages]))
        paragraphs = [
            _("A contribution counts as answered once it has an outcome and a reason. Until then it is still open."),
            _("What came in on a day that is not recorded counts in each year."),
        ]
        return self._section("influence-of-people", _("What was done with what people said"), paragraphs, tables)

    def _names(self, part: str) -> list[str]:
        found = {key.group for key in self.data.figures if key.part == part}
        return sorted(found, key=lambda name: (name == NOT_RECORDED, str(LABELS.get(name, name)).casefold()))

    def _group_row(self, part: str, code: str, param: str) -> ReportRow:
        label = _("Not recorded") if code == NOT_RECORDED else capfirst(str(LABELS.get(code, code)))
        value = _NOT_RECORDED_PARAM if code == NOT_RECORDED else code
        return self._state_row(part, self.year, code, label, self.last, **{param: value})

    def _state_row(self, part: str, year: int, group: str, label: str, period: Period, **params: str) -> ReportRow:
        cells = [
            self._cell(
                STATE_LABELS[state],
                self._number(part, "", year, group, state),
                self._url("city_contributions", period, uitkomst=state, **params),
                label,
            )
            for state in STATES
        ]
        return ReportRow(label, cells)

    def _decisions(self) -> ReportSection:
        effects = {code or NOT_RECORDED: EFFECT_LABELS[code] for code in (*reversed(EFFECTS), "")}
        room = {ROOM_NAMES[kept]: label for kept, label in ROOM_LABELS.items()}
        tables = [
            self._yearly_table(_("What the input changed"), "effects", effects, "effect"),
            self._yearly_table(_("The promised room"), "room", room, "ruimte"),
        ]
        return self._section("decisions", _("What it changed in decisions"), [], tables)

    def _yearly_table(self, caption: str, part: str, labels: Mapping[str, Any], param: str) -> ReportTable:
        rows = []
        for period in self.data.periods:
            label = self._year_label(period)
            cells = []
            for name in labels:
                url = self._url("city_steps", period, soort="besluiten", **{param: name})
                number = self._number(part, "", period.on.year, "", name)
                cells.append(self._cell(labels[name], number, url, label))
            rows.append(ReportRow(label, cells))
        return ReportTable(caption, _("Year"), rows)

    def _fairness(self) -> ReportSection:
        rows = []
        for period in self.data.periods:
            label, year = self._year_label(period), period.on.year
            number = self._number("fairness", "", year, "", "number")
            average = self._number("fairness", "", year, "", "sum") / number if number else None
            scores = [average, *(self._number("fairness", "", year, "", name) for name in ("lowest", "highest"))]
            headings = (_("Average score"), _("Lowest"), _("Highest"))
            cells = [
                ReportCell(heading, _score(score) if number and score is not None else "–", "", "")
                for heading, score in zip(headings, scores, strict=True)
            ]
            url = self._url("city_steps", period, soort="evaluaties")
            rows.append(ReportRow(label, [self._cell(_("Evaluations"), number, url, label), *cells]))
        paragraphs = [_("A score from 1 to 10, given by participants after a meeting.")]
        links = []
        for line in self.data.evaluations:
            done = wording.format_date(line.done, self.language) if line.done else _("not recorded")
            path = path_of_fragment(f"stap-{line.ref}")
            text = f"{line.title}, {done}: {_score(line.score)}"
            links.append((text, f"{self.base_url}{reverse('trajectory', args=[line.slug])}{path}"))
        hidden = int(self._number("fairness", "", self.year, "", "number")) - len(links)
        if hidden > 0:
            paragraphs.append(
                _("%(n)s more evaluations of this year stand in evaluations.csv, in the ZIP.") % {"n": hidden}
            )
        table = ReportTable(_("How fair participants found it, by year"), _("Year"), rows)
        return ReportSection("fairness", _("How fair participants found it"), paragraphs, [], [table], links)

    def _register(self) -> ReportSection:
        tables = [
            self._register_table(_("Motions"), "motions", MOTION_STATES),
            self._register_table(_("Commitments"), "commitments", COMMITMENT_STATES),
        ]
        paragraphs = [_("All that were there at the end of each year, with how they stood then.")]
        return self._section("register", _("Motions and commitments"), paragraphs, tables)

    def _register_table(self, caption: str, part: str, states: Sequence[str]) -> ReportTable:
        rows = []
        for period in self.data.periods:
            label = self._year_label(period)
            cells = []
            for state in states:
                query = {"stand": state, "op": period.on.isoformat()}
                if municipality := self.data.report_request.municipality:
                    query["gemeente"] = municipality
                url = f"{self.base_url}{reverse(part)}?{urlencode(query)}"
                number = self._number(part, "", period.on.year, "", state)
                cells.append(self._cell(REGISTER_STATES[state], number, url, label))
            rows.append(ReportRow(label, cells))
        return ReportTable(caption, _("Year"), rows)

    def _section(self, name: str, heading: str, paragraphs: list[str], tables: list[ReportTable]) -> ReportSection:
        filled = [table for table in tables if any(cell.url for row in table.rows for cell in row.cells)]
        if not filled:
            paragraphs = [_("Nothing was recorded on this in these years.")]
        return ReportSection(name, heading, paragraphs, [], filled)


def _score(score: Decimal) -> str:
    """Return a score, rounded as on the page of the city."""
    return number_format(score.quantize(Decimal("0.1"), ROUND_HALF_UP), 1)
