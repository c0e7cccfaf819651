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

from participation.exchange.tables import PART, Table, TableColumn
from participation.models import Trajectory
from participation.reports.digest import phrase
from participation.selectors.week import SECTIONS, Week, WeekItem, end_of_week, to_record_in

from ..shared import permissions
from ..shared.downloads import download, list_asked
from ..shared.pages import page
from ..shared.request_context import RequestContext, visit_of
from .rows import WeekLine, WeekLineRenderer, by_day

#: Obligations are marked as new if their status changed within this period.
NEW = timedelta(days=7)
#: Maximum number of visible lines, so that the page fits on a screen; and how many of them are for this week.
OPEN, OF_THIS_WEEK = 10, 5
#: Maximum number of lines in a collapsed section, and per page of one section.
FOLDED, ROWS = 10, 50
#: Maximum number of trajectories to choose from.
CHOICES = 500
#: What can be recorded, with the URL name of its form.
RECORDED: Mapping[str, tuple[Any, str]] = {
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
    visit = visit_of(request)
    if not visit.user.sees_everything:
        raise PermissionDenied
    with translation.override(visit.language):
        found = _Found(request, visit)
        part = request.GET.get("deel")
        if list_asked(request) is not None:
            return download(request, found.table(part), visit.today)
        context = found.one_section(part) if part else found.sections()
    return page(request, "web/week/week.html", context)


@require_safe
@never_cache
def week_record(request: HttpRequest) -> HttpResponse:
    """Redirect to the chosen form. Raises Http404 and PermissionDenied as ``rights.editable`` does."""
    trajectory = permissions.get_editable_trajectory(request, request.GET.get("traject", ""))
    try:
        _label, view = RECORDED[request.GET.get("wat", "")]
        return redirect(reverse(view, args=[trajectory.slug]))
    except (KeyError, NoReverseMatch):
        raise Http404 from None


class _Found:
    """The data of the week page for one user."""

    def __init__(self, request: HttpRequest, visit: RequestContext) -> None:
        self.request, self.visit, user = request, visit, visit.user
        self.oversees = user.edits_everything or user.role == "auditor"
        self.all = self.oversees and request.GET.get("wie") != "mij"
        shown = Trajectory.objects.visible_to(user)
        self.trajectories = shown if self.all else shown.filter(advisers=user)
        self.week = Week(self.trajectories, visit.rulebook.by_id, visit.today, visit.now - NEW, with_register=self.all)
        self.teller = WeekLineRenderer(visit, request.get_full_path())

    def sections(self) -> dict[str, Any]:
        """Return the context: overdue and this week are visible, other sections collapsed."""
        counts, extra = dict(self.week.counts()), self._extra()
        limits = _limits(counts["late"], counts["week"], {code: len(lines) for code, lines in extra.items()})
        items = {code: self.week.items(code, limits.get(code, FOLDED)) if counts[code] else [] for code in SECTIONS}
        # In one call, so that the facts of all trajectories are loaded at once.
        told = iter(list(self.teller.obligations([item for code in SECTIONS for item in items[code]])))
        lines = {code: [next(told) for _item in items[code]] for code in SECTIONS}
        found = [
            WeekSection(
                code,
                str(HEADINGS[code]),
                by_day([*extra.get(code, ()), *lines[code]]),
                counts[code] + len(extra.get(code, ())),
                counts[code] - len(lines[code]),
            )
            for code in SECTIONS
        ]
        return {
            **self._around(),
            "summary": phrase("late", self.visit.language, found[0].total),
            "open": [section for section in found[:2] if section.total],
            "folded": [section for section in found[2:] if section.total],
            "nothing": not any(section.total for section in found),
        }

    def one_section(self, code: str) -> dict[str, Any]:
        """Return the context of one section, paginated. Raises Http404 if there is no such section."""
        if code not in SECTIONS:
            raise Http404
        rows: Any = _WeekCounts(self.week, code)
        shown: Page[WeekItem] = Paginator(rows, ROWS).get_page(self.request.GET.get("pagina"))
        extra = self._extra().get(code, []) if shown.number == 1 else []
        lines = [*extra, *self.teller.obligations(list(shown))]
        section = WeekSection(code, str(HEADINGS[code]), by_day(lines), shown.paginator.count + len(extra), 0)
        return {**self._around(), "part": section, "shown": shown, "open": [section] if lines else []}

    def table(self, code: str | None) -> Table:
        """Return all sections, or one, as a table. Raises Http404 if there is no such section."""
        if code and code not in SECTIONS:
            raise Http404
        columns = [
            TableColumn("section", gettext_lazy("Part of the list"), lambda row: HEADINGS[row[0]]),
            TableColumn("due_on", gettext_lazy("Due"), lambda row: row[1].day),
            TableColumn("days_late", gettext_lazy("Days late"), lambda row: row[1].late or None),
            TableColumn("what", gettext_lazy("What"), lambda row: row[1].what),
            TableColumn("about", gettext_lazy("About"), lambda row: row[1].about),
            TableColumn("title", gettext_lazy("Trajectory"), lambda row: row[1].title),
            TableColumn("action", gettext_lazy("To do"), lambda row: row[1].action.label if row[1].action else None),
            TableColumn("status", gettext_lazy("Status"), lambda row: row[1].mark),
            TableColumn("new", gettext_lazy("New this week"), lambda row: row[1].is_new),
            TableColumn("url", gettext_lazy("Web address"), lambda row: settings.BASE_URL + row[1].home),
        ]
        rows = self._rows([code] if code else SECTIONS)
        return Table("deze-week", _("This week"), columns, rows, self.visit.language)

    def _rows(self, codes: Iterable[str]) -> Iterator[tuple[str, WeekLine]]:
        """Yield every line with its section, queried in chunks."""
        extra = self._extra()
        for code in codes:
            yield from ((code, line) for line in extra.get(code, ()))
            for start in count(0, PART):
                items = self.week.items(code, PART, start)
                yield from ((code, line) for line in self.teller.obligations(items))
                if len(items) < PART:
                    break

    def _extra(self) -> dict[str, list[WeekLine]]:
        """Return the lines that are not obligations, by section: counter-signals, suggestions and ending waivers."""
        today, teller = self.visit.today, self.teller
        found: dict[str, list[WeekLine]] = {}
        for line in [
            *map(teller.signal, self.week.signals()),
            *map(teller.suggestion, self.week.suggestions()),
            *map(teller.ending, self.week.endings()),
        ]:
            day = line.day or today
            code = "late" if day < today else "week" if day <= end_of_week(today) else "soon"
            found.setdefault(code, []).append(line)
        return found

    def _around(self) -> dict[str, Any]:
        """Return the context above the sections."""
        editable = Trajectory.objects.editable_by(self.visit.user)
        mine = editable if self.all else editable.filter(advisers=self.visit.user)
        return {
            "title": _("This week"),
            "number": self.visit.today.isocalendar().week,
            "today": self.visit.today,
            "oversees": self.oversees,
            "all": self.all,
            "choices": to_record_in(mine, CHOICES) if self.teller.edits else [],
            "recorded": [(code, label) for code, (label, _view) in RECORDED.items()],
            "edits": self.teller.edits,
        }


def _limits(late: int, week: int, extra: Mapping[str, int]) -> Mapping[str, int]:
    """Return the number of visible obligations in the first two sections, within ``OPEN`` in total."""
    room = max(OPEN - extra.get("late", 0) - extra.get("week", 0), 2)
    of_this_week = min(week, OF_THIS_WEEK, room - 1)
    of_late = min(late, room - of_this_week)
    return {"late": of_late, "week": min(week, room - of_late)}


class _WeekCounts:
    """A section as Paginator expects it, with ``count`` and slices that are queried lazily."""

    def __init__(self, week: Week, code: str) -> None:
        self.week, self.code = week, code

    def count(self) -> int:
        return self.week.counts()[self.code]

    def __getitem__(self, part: slice) -> Any:
        return self.week.items(self.code, part.stop - part.start, part.start)
