"""The pages that say what is asked of an organisation or neighbourhood in the coming weeks."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.interchange.tables import Table, TableColumn
from participation.models import Neighbourhood, Organisation, Trajectory
from participation.presentation.change_messages import step_name
from participation.presentation.load import full_weeks_text, papers_text
from participation.selectors.trajectories.load import Asked, AskedWeek, asked_by, coming_weeks

from ..shared.addresses import trajectory_address
from ..shared.downloads import download, requested_list
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .bars import BarPart, single_bar


class LoadRow(NamedTuple):
    """A week on the page: its numbers, what there is to read in words, and its bar."""

    asked: AskedWeek
    papers: str
    bar: list[BarPart]
    items: Sequence[dict[str, Any]]

    @property
    def number(self) -> int:
        """Return the number of things that are asked."""
        return len(self.items)


@require_safe
@never_cache
@login_not_required
def neighbourhood_load(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Return what is asked of the people of a neighbourhood. Raises Http404 if there is none with this slug."""
    return _load(request, get_object_or_404(Neighbourhood, slug=slug))


@require_safe
@never_cache
@login_not_required
def organisation_load(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Return what is asked of an organisation. Raises Http404 if this user may see none with this slug."""
    visible = Organisation.objects.visible_to(request_context_of(request).user)
    return _load(request, get_object_or_404(visible, slug=slug))


def _load(request: HttpRequest, of: Neighbourhood | Organisation) -> HttpResponseBase:
    request_context = request_context_of(request)
    language = request_context.language
    trajectories = asked_by(Trajectory.objects.visible_to(request_context.user), of)
    weeks = coming_weeks(trajectories, request_context.today, settings.BUSY_WEEK)
    with translation.override(language):
        if requested_list(request) is not None:
            return download(request, _table(weeks, of.slug, language), request_context.today)
        most = max(len(row.items) for row in weeks)
        # A week that is not full has no full bar, also where the others are emptier.
        full_bar = max(most, settings.BUSY_WEEK)
        is_place = isinstance(of, Neighbourhood)
        context = {
            "of": of,
            "is_place": is_place,
            "weeks": [
                LoadRow(row, papers_text(row.papers), single_bar(len(row.items), full_bar), list(map(_item, row.items)))
                for row in weeks
            ],
            "is_asked": most > 0,
            "busy": settings.BUSY_WEEK,
            "full_weeks": full_weeks_text(weeks, language),
            "calendar": reverse("neighbourhood_calendar" if is_place else "organisation_calendar", args=[of.slug]),
        }
        return page(request, "web/city/load.html", context)


def _item(item: Asked) -> dict[str, Any]:
    return {
        "day": item.day,
        "is_last_day": item.is_last_day,
        "title": step_name(item.kind, item.method, item.title),
        "trajectory": item.trajectory_title,
        "href": trajectory_address(item.slug, "tijdlijn"),
    }


def _table(weeks: Sequence[AskedWeek], slug: str, language: str) -> Table:
    columns = [
        TableColumn("week", gettext_lazy("Week of"), lambda row: row.week),
        TableColumn("meetings", gettext_lazy("Meetings"), lambda row: row.meetings),
        TableColumn("last_days", gettext_lazy("Last days to react"), lambda row: row.last_days),
        TableColumn("documents", gettext_lazy("Documents to read"), lambda row: row.papers.number),
        TableColumn("pages", gettext_lazy("Pages, as far as known"), lambda row: row.papers.pages),
        TableColumn("full", gettext_lazy("A full week"), lambda row: row.is_busy),
    ]
    return Table(f"gevraagd-{slug}", _("What is asked"), columns, weeks, language)
