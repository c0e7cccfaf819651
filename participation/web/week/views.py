"""This week: obligations by due date, and shortcuts to record something."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import count
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.interchange.tables import CHUNK_SIZE, Table, TableColumn
from participation.models import Trajectory
from participation.presentation.digest_data import phrase
from participation.selectors.municipalities import municipalities_of
from participation.selectors.week import SECTIONS, Week, WeekItem, end_of_week

from ..shared import permissions
from ..shared.addresses import MUNICIPALITY_PARAM
from ..shared.downloads import download, requested_list
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .rows import WeekLine, WeekLineRenderer, group_by_day

#: Obligations are marked as new if their status changed within this period.
NEW_PERIOD = timedelta(days=7)
#: Maximum number of visible lines, so that the page fits on a screen; and how many of them are for this week.
MAX_OPEN_LINES, MAX_THIS_WEEK_LINES = 10, 5
#: Maximum number of lines in a collapsed section, and per page of one section.
MAX_FOLDED_LINES, ROWS_PER_PAGE = 10, 50
#: Maximum number of trajectories to choose from.
MAX_CHOICES = 500
#: What can be recorded, with the URL name of its form.
RECORD_FORMS: Mapping[str, tuple[Any, str]] = {
    "stap": (gettext_lazy("a step: a meeting, a message, a decision"), "step_add"),
    "inbreng": (gettext_lazy("contributions"), "contributions_add"),
    "antwoord": (gettext_lazy("answers to contributions"), "contributions_answer"),
    "stuk": (gettext_lazy("a document"), "document_add"),
    "verzoek": (gettext_lazy("a request or question"), "request_add"),
}
HEADINGS: Mapping[str, Any] = {
    "late": gettext_lazy("Overdue"),
    "week": gettext_lazy("This week"),
    "soon": gettext_lazy("The fourteen days from today"),
    "planned": gettext_lazy("Planned too late"),
    "unknown": gettext_lazy("Not known yet"),
}


class WeekSection(NamedTuple):
    """A section: lines by day, total number, and number not shown."""

    code: str
    heading: str
    days: list[tuple[date | None, list[WeekLine]]]
    total: int
    more: int


@require_safe
@never_cache
def week(request: HttpRequest) -> HttpResponseBase:
    """Return the obligations in the user's trajectories, or in all for coordinators and auditors.

    Raises PermissionDenied for users who do not see everything.
    """
    request_context = request_context_of(request)
    if not request_context.user.sees_everything:
        raise PermissionDenied
    with translation.override(request_context.language):
        found = _WeekPage(request, request_context)
        part = request.GET.get("deel")
        if requested_list(request) is not None:
            return download(request, found.table(part), request_context.today)
        context = found.one_section(part) if part else found.sections()
    return page(request, "web/week/week.html", context)


@require_safe
@never_cache
def week_record(request: HttpRequest) -> HttpResponse:
    """Redirect to the chosen form. Raises Http404 and PermissionDenied as ``get_editable_trajectory`` does."""
    trajectory = permissions.get_editable_trajectory(request, request.GET.get("traject", ""))
    try:
        _label, view = RECORD_FORMS[request.GET.get("wat", "")]
        return redirect(reverse(view, args=[trajectory.slug]))
    except (KeyError, NoReverseMatch):
        raise Http404 from None


class _WeekPage:
    """The data of the week page for one user."""

    def __init__(self, request: HttpRequest, request_context: RequestContext) -> None:
        self.request, self.request_context, user = request, request_context, request_context.user
        self.can_see_all = user.edits_everything or user.role == "auditor"
        self.all = self.can_see_all and request.GET.get("wie") != "mij"
        shown = Trajectory.objects.visible_to(user)
        self.municipalities = municipalities_of(shown)
        self.municipality = request.GET.get(MUNICIPALITY_PARAM, "")
        if self.municipality:
            if self.municipality not in self.municipalities:
                raise Http404
            shown = shown.filter(municipality=self.municipality)
        self.trajectories = shown if self.all else shown.filter(advisers=user)
        self.week = Week(
            self.trajectories,
            request_context.rulebooks,
            request_context.today,
            request_context.now - NEW_PERIOD,
            with_register=self.all,
            municipality=self.municipality,
        )
        self.renderer = WeekLineRenderer(request_context, request.get_full_path(), self.municipalities)

    def sections(self) -> dict[str, Any]:
        """Return the context: overdue and this week are visible, other sections collapsed."""
        counts, extra = dict(self.week.counts()), self._extra_lines()
        limits = _limits(counts["late"], counts["week"], {code: len(lines) for code, lines in extra.items()})
        items = {
            code: self.week.items(code, limits.get(code, MAX_FOLDED_LINES)) if counts[code] else [] for code in SECTIONS
        }
        # In one call, so that the facts of all trajectories are loaded at once.
        rendered = iter(list(self.renderer.obligations([item for code in SECTIONS for item in items[code]])))
        lines = {code: [next(rendered) for _item in items[code]] for code in SECTIONS}
        found = [
            WeekSection(
                code,
                str(HEADINGS[code]),
                group_by_day([*extra.get(code, ()), *lines[code]]),
                counts[code] + len(extra.get(code, ())),
                counts[code] - len(lines[code]),
            )
            for code in SECTIONS
        ]
        return {
            **self._header_context(),
            "summary": phrase("late", self.request_context.language, found[0].total),
            "open": [section for section in found[:2] if section.total],
            "folded": [section for section in found[2:] if section.total],
            "is_empty": not any(section.total for section in found),
        }

    def one_section(self, code: str) -> dict[str, Any]:
        """Return the context of one section, paginated. Raises Http404 if there is no such section."""
        if code not in SECTIONS:
            raise Http404
        rows: Any = _WeekCounts(self.week, code)
        shown: Page[WeekItem] = Paginator(rows, ROWS_PER_PAGE).get_page(self.request.GET.get("pagina"))
        extra = self._extra_lines().get(code, []) if shown.number == 1 else []
        lines = [*extra, *self.renderer.obligations(list(shown))]
        section = WeekSection(code, str(HEADINGS[code]), group_by_day(lines), shown.paginator.count + len(extra), 0)
        return {**self._header_context(), "part": section, "page_obj": shown, "open": [section] if lines else []}

    def table(self, code: str | None) -> Table:
        """Return all sections, or one, as a table. Raises Http404 if there is no such section."""
        if code and code not in SECTIONS:
            raise Http404
        columns = [
            TableColumn("section", gettext_lazy("Part of the list"), lambda row: HEADINGS[row[0]]),
            TableColumn("due_on", gettext_lazy("Due"), lambda row: row[1].day),
            TableColumn("days_late", gettext_lazy("Days late"), lambda row: row[1].late or None),
            TableColumn("what", gettext_lazy("What"), lambda row: row[1].label),
            TableColumn("about", gettext_lazy("About"), lambda row: row[1].about),
            TableColumn("title", gettext_lazy("Trajectory"), lambda row: row[1].title),
            TableColumn("action", gettext_lazy("To do"), lambda row: row[1].action.label if row[1].action else None),
            TableColumn("status", gettext_lazy("Status"), lambda row: row[1].note),
            TableColumn("new", gettext_lazy("New this week"), lambda row: row[1].is_new),
            TableColumn("url", gettext_lazy("Web address"), lambda row: settings.BASE_URL + row[1].home),
        ]
        rows = self._rows([code] if code else SECTIONS)
        return Table("deze-week", _("This week"), columns, rows, self.request_context.language)

    def _rows(self, codes: Iterable[str]) -> Iterator[tuple[str, WeekLine]]:
        """Yield every line with its section, queried in chunks."""
        extra = self._extra_lines()
        for code in codes:
            yield from ((code, line) for line in extra.get(code, ()))
            for start in count(0, CHUNK_SIZE):
                items = self.week.items(code, CHUNK_SIZE, start)
                yield from ((code, line) for line in self.renderer.obligations(items))
                if len(items) < CHUNK_SIZE:
                    break

    def _extra_lines(self) -> dict[str, list[WeekLine]]:
        """Return the lines that are not obligations, by section: counter-signals, suggestions and ending waivers."""
        today, renderer = self.request_context.today, self.renderer
        found: dict[str, list[WeekLine]] = {}
        for line in [
            *map(renderer.signal, self.week.signals()),
            *map(renderer.suggestion, self.week.suggestions()),
            *map(renderer.ending, self.week.ending_waivers()),
        ]:
            day = line.day or today
            code = "late" if day < today else "week" if day <= end_of_week(today) else "soon"
            found.setdefault(code, []).append(line)
        return found

    def _header_context(self) -> dict[str, Any]:
        """Return the context above the sections."""
        editable = Trajectory.objects.editable_by(self.request_context.user)
        mine = editable if self.all else editable.filter(advisers=self.request_context.user)
        running = mine.running().values_list("slug", "title")
        return {
            "title": _("This week"),
            "number": self.request_context.today.isocalendar().week,
            "today": self.request_context.today,
            "municipalities": self.municipalities,
            "municipality": self.municipality,
            "can_see_all": self.can_see_all,
            "shows_all": self.all,
            "trajectory_choices": list(running[:MAX_CHOICES]) if self.renderer.can_edit else [],
            "record_choices": [(code, label) for code, (label, _view) in RECORD_FORMS.items()],
        }


def _limits(late: int, week: int, extra: Mapping[str, int]) -> Mapping[str, int]:
    """Return the number of visible obligations in the first two sections, within ``MAX_OPEN_LINES`` in total."""
    available = max(MAX_OPEN_LINES - extra.get("late", 0) - extra.get("week", 0), 2)
    week_limit = min(week, MAX_THIS_WEEK_LINES, available - 1)
    late_limit = min(late, available - week_limit)
    return {"late": late_limit, "week": min(week, available - late_limit)}


class _WeekCounts:
    """A section as Paginator expects it, with ``count`` and slices that are queried lazily."""

    def __init__(self, week: Week, code: str) -> None:
        self.week, self.code = week, code

    def count(self) -> int:
        return self.week.counts()[self.code]

    def __getitem__(self, part: slice) -> Any:
        return self.week.items(self.code, part.stop - part.start, part.start)
