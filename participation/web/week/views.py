"""This week: what is open, by consequence, and shortcuts to record something."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
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

from participation.compliance.priority import GROUPS
from participation.interchange.tables import Table, TableColumn, in_chunks
from participation.models import Trajectory
from participation.presentation.priorities import counted, heading_of
from participation.selectors.municipalities import municipalities_of
from participation.selectors.week import EntriesOfGroup, Week, WeekGroup, WeekItem

from ..shared import permissions
from ..shared.addresses import MUNICIPALITY_PARAM
from ..shared.downloads import download, requested_list
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .first_run import checklist
from .initiatives import initiative_lines
from .rows import WeekLine, WeekLineRenderer

#: Obligations are marked as new if their status changed within this period.
NEW_PERIOD = timedelta(days=7)
#: The groups that are open on the page; the others are folded.
OPEN_GROUPS = ("statutory", "today", "new", "late", "week")
#: Maximum number of visible lines in the open groups together, so that they fit on a screen; each has some of its own.
MAX_OPEN_LINES, MIN_GROUP_LINES = 9, 2
#: Maximum number of folded lines in a group, and of lines per page of one group.
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


class WeekSection(NamedTuple):
    """A group: its lines, those that are old apart, the number of points, and how many of both are not shown."""

    code: str
    heading: str
    lines: Sequence[WeekLine]
    old: Sequence[WeekLine]
    old_text: str
    total: int
    more: int
    old_more: int


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
        """Return the context: first the open groups, then the folded ones."""
        extra, groups = self._extra_lines(), self.week.groups(max(MAX_OPEN_LINES, MAX_FOLDED_LINES))
        limits = _limits({code: len(extra.get(code, ())) + groups[code].entries for code in OPEN_GROUPS})
        shown = {
            code: group.current[: max(limits.get(code, MAX_FOLDED_LINES) - len(extra.get(code, ())), 0)]
            for code, group in groups.items()
        }
        old = {code: group.old[:MAX_FOLDED_LINES] for code, group in groups.items()}
        # In one call, so that the facts of all trajectories are loaded at once.
        rendered = iter(self.renderer.lines([entry for code in GROUPS for entry in (*shown[code], *old[code])]))
        found = [
            self._section(
                code,
                groups[code],
                [*extra.get(code, ()), *(next(rendered) for _entry in shown[code])],
                [next(rendered) for _entry in old[code]],
                len(extra.get(code, ())),
            )
            for code in GROUPS
        ]
        is_empty = not any(section.total for section in found)
        return {
            **self._header_context(),
            "open": [section for section in found if section.total and section.code in OPEN_GROUPS],
            "folded": [section for section in found if section.total and section.code not in OPEN_GROUPS],
            "has_no_trajectories": is_empty and not self.trajectories.exists(),
            "is_empty": is_empty,
        }

    def _section(
        self, code: str, group: WeekGroup, lines: list[WeekLine], old: list[WeekLine], extra: int
    ) -> WeekSection:
        """Return the group with these lines, of which ``extra`` are no obligations."""
        language = self.request_context.language
        current = group.points + extra
        return WeekSection(
            code,
            heading_of(code, language),
            lines,
            old,
            counted("old", group.old_points, language),
            current + group.old_points,
            current - sum(line.points for line in lines),
            group.old_points - len(old),
        )

    def one_section(self, code: str) -> dict[str, Any]:
        """Return the context of one group, paginated. Raises Http404 if there is no such group."""
        if code not in GROUPS:
            raise Http404
        entries: Any = EntriesOfGroup(self.week, code)
        shown: Page[list[WeekItem]] = Paginator(entries, ROWS_PER_PAGE).get_page(self.request.GET.get("pagina"))
        extra = self._extra_lines().get(code, [])
        lines = [*(extra if shown.number == 1 else ()), *self.renderer.lines(list(shown))]
        section = self._section(code, entries.numbers, lines, [], len(extra))._replace(more=0)
        return {**self._header_context(), "part": section, "page_obj": shown, "open": [section] if lines else []}

    def table(self, code: str | None) -> Table:
        """Return all groups, or one, as a table. Raises Http404 if there is no such group."""
        if code and code not in GROUPS:
            raise Http404
        language = self.request_context.language
        columns = [
            TableColumn("section", gettext_lazy("Part of the list"), lambda row: heading_of(row[0], language)),
            TableColumn("strength", gettext_lazy("Kind of source"), lambda row: row[1].strength or None),
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
        return Table("deze-week", _("This week"), columns, self._rows([code] if code else GROUPS), language)

    def _rows(self, codes: Iterable[str]) -> Iterator[tuple[str, WeekLine]]:
        """Yield every line with its group, the facts loaded in chunks."""
        extra, entries = self._extra_lines(), self.week.everything()
        for code in codes:
            yield from ((code, line) for line in extra.get(code, ()))
            single = ([item] for entry in entries[code] for item in entry)
            yield from ((code, line) for line in in_chunks(single, self.renderer.lines))

    def _extra_lines(self) -> dict[str, list[WeekLine]]:
        """Return the lines that are no obligations of these, by group: signals, suggestions, waivers, initiatives."""
        found: dict[str, list[WeekLine]] = {}
        for line in [
            *map(self.renderer.signal, self.week.signals()),
            *map(self.renderer.suggestion, self.week.suggestions()),
            *map(self.renderer.ending, self.week.ending_waivers()),
            *initiative_lines(self.renderer, self.municipality),
        ]:
            found.setdefault(line.group, []).append(line)
        return found

    def _header_context(self) -> dict[str, Any]:
        """Return the context above the sections."""
        editable = Trajectory.objects.editable_by(self.request_context.user)
        mine = editable if self.all else editable.filter(advisers=self.request_context.user)
        running = mine.running().values_list("slug", "title")
        return {
            "title": _("This week"),
            "first_steps": checklist(self.request_context.user),
            "number": self.request_context.today.isocalendar().week,
            "today": self.request_context.today,
            "municipalities": self.municipalities,
            "chosen_municipality": self.municipality,
            "can_see_all": self.can_see_all,
            "shows_all": self.all,
            "trajectory_choices": list(running[:MAX_CHOICES]) if self.renderer.can_edit else [],
            "record_choices": [(code, label) for code, (label, _view) in RECORD_FORMS.items()],
        }


def _limits(totals: Mapping[str, int]) -> Mapping[str, int]:
    """Return the number of visible lines per open group: what comes first takes what others do not need."""
    available = MAX_OPEN_LINES - sum(min(total, MIN_GROUP_LINES) for total in totals.values())
    limits = {}
    for code, total in totals.items():
        limits[code] = min(total, MIN_GROUP_LINES + max(available, 0))
        available -= max(limits[code] - MIN_GROUP_LINES, 0)
    return limits
