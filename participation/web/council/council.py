"""The council's page: trajectories by basic condition, the lines behind each number, and what comes to the council."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.calendar import add_months
from participation.compliance.vocabulary import BASICS
from participation.models import Trajectory
from participation.presentation.coverage import DEFAULT_MONTHS, group_name
from participation.presentation.values import DisplayNames
from participation.selectors.associations.counter_signals import counter_signals_of
from participation.selectors.council import (
    ADVISORY,
    BINDING,
    COMING_WEEKS,
    FINDINGS,
    Meeting,
    coming_meetings,
    council_choices,
    findings_by_basic,
    obligations_with_finding,
    total_overdue,
)
from participation.selectors.council_places import CouncilPlace, council_places, missed_since
from participation.selectors.obligations.statuses import waivers_granted_in
from participation.selectors.statistics.cached_counts import CachedCounts
from participation.selectors.statistics.city import Period
from participation.selectors.trajectories.coordination import with_load

from ..shared import permissions
from ..shared.addresses import address
from ..shared.filtering import PAGE_PARAM
from ..shared.obligation_list import ObligationExtras, RenderContext, render_obligations
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from .filters import QUERY_PARAMS, CouncilFilters, kept_choice
from .map import MAP_PARAM, MAPS, MapRequest, chosen_map, council_map

ROWS_PER_PAGE = 50
#: How many districts, and how many groups, with which nobody spoke are named.
MAX_NAMES = 8
#: What each finding is called, as a heading and beside a number.
FINDING_LABELS: Mapping[str, Any] = {
    "late": _("overdue"),
    "contradicted": _("contradicted by residents"),
    "explained": _("explained"),
    "unknown": _("not known"),
    "met": _("done"),
}
#: The icon and colour of each finding: those of a status.
FINDING_CODES = {"late": "overdue", "contradicted": "contradicted", "explained": "explained", "unknown": "unknown"}
#: Query parameters of the table and of the lines, and the values of the first.
ORIGIN_PARAM, BASIC_PARAM, FINDING_PARAM = "bron", "voorwaarde", "stand"
#: Where rules come from, by the value of the parameter: the strengths, and the name. The first is the default.
ORIGINS: Mapping[str, tuple[Collection[str], Any]] = {
    "afspraken": (BINDING, _("Law and promises")),
    "wensen": (ADVISORY, _("Advice and wishes")),
}


class FindingCount(NamedTuple):
    """A number in a cell: which finding, its name, and the URL of its lines."""

    code: str
    label: Any
    number: int
    url: str


class CouncilCell(NamedTuple):
    """A cell: the basic condition and its numbers, the most urgent first; none where no rule asks anything."""

    label: str
    counts: list[FindingCount]


class CouncilRow(NamedTuple):
    """A trajectory with a cell per basic condition."""

    trajectory: Any
    cells: list[CouncilCell]


@require_safe
@never_cache
@login_not_required
def council(request: HttpRequest) -> HttpResponseBase:
    """Return the running trajectories that this user may see, by basic condition, the most urgent first."""
    context = request_context_of(request)
    origin = _origin_of(request)
    visible = Trajectory.objects.visible_to(context.user)
    since = add_months(context.today, -DEFAULT_MONTHS)
    with translation.override(context.language):
        running = visible.running()
        choices = council_choices(running)
        municipality = _municipality_of(request, choices.municipalities)
        if municipality:
            visible = visible.filter(municipality=municipality)
        places = council_places(running, visible, since, context.today)
        filters = CouncilFilters(request.GET, running, choices, places, context)
        # Validates the form; invalid values filter nothing.
        chosen = filters.qs
        shown = Paginator(with_load(chosen, context.rulebooks, context.today), ROWS_PER_PAGE).get_page(
            request.GET.get(PAGE_PARAM)
        )
        basics, rows = _table(list(shown), origin, context)
        counts = CachedCounts(chosen, context.today).by_status(context.rulebooks, Period(None, context.today))
        # A map of several municipalities at once is too small to read, and many maps are too long.
        here = [place for place in places if municipality in ("", place.municipality)]
        wanted = MapRequest(chosen_map(request.GET.get(MAP_PARAM, "")), chosen, ORIGINS[origin][0], since)
        kept = kept_choice(context.user)
        template = {
            "form": filters.form,
            "active_filters": list(filters.form.active_filters()),
            "page_obj": shown,
            "basics": basics,
            "rows": rows,
            "legend": [(FINDING_CODES.get(code, code), label) for code, label in FINDING_LABELS.items()],
            "origin": origin,
            "origin_label": ORIGINS[origin][1],
            "origins": [
                (code, name, total_overdue(counts, context.rulebooks, strengths))
                for code, (strengths, name) in ORIGINS.items()
            ],
            "meetings": [_meeting(meeting, context.language) for meeting in coming_meetings(chosen, context.today)],
            "weeks": COMING_WEEKS,
            "maps": MAPS.items(),
            "map": None
            if choices.municipalities and not municipality
            else council_map(wanted, here, {**filters.chosen, MAP_PARAM: wanted.code, ORIGIN_PARAM: origin}, context),
            "missed": _missed(here, visible, since, context),
            "months": DEFAULT_MONTHS,
            "coverage_url": address("city_coverage", gemeente=municipality),
            "is_council_member": context.user.is_authenticated and context.user.role == "council_member",
            "kept_url": address("council", **kept) if kept else "",
            "kept": list(kept.values()),
            "to_keep": {name: filters.chosen.get(param, "") for name, param in QUERY_PARAMS.items()},
            "today": context.today,
        }
    return page(request, "web/council/council.html", template)


@require_safe
@never_cache
@login_not_required
def council_lines(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return the obligations that a number of the council's page counts. Raises Http404 for an unknown parameter."""
    context = request_context_of(request)
    row = permissions.get_visible_trajectory(request, name)
    origin, basic, finding = _origin_of(request), request.GET.get(BASIC_PARAM, ""), request.GET.get(FINDING_PARAM, "")
    if basic not in ("", *BASICS) or finding not in ("", *FINDINGS):
        raise Http404
    with translation.override(context.language):
        found = obligations_with_finding(row, context.rulebooks, context.today, ORIGINS[origin][0], basic, finding)
        rulebook = context.rulebook_of(row)
        extras = ObligationExtras(
            counter_signals=counter_signals_of(row.pk, context.today),
            explanation_url=lambda obligation: address(
                "trajectory_obligation", row.slug, regel=obligation.rule, over=obligation.subject
            ),
        )
        rendered = render_obligations(
            [(verdict.obligation, verdict.status) for verdict in found],
            RenderContext(
                rulebook,
                context.today,
                context.language,
                found[0].names if found else wording.NO_NAMES,
                retrospective=row.retrospective,
                over=row.is_over(context.today),
            ),
            waivers_granted_in(row.pk, context.today),
            extras,
        )
        template = {
            "trajectory": row,
            "groups": [
                {"label": group["label"], "id": group["id"], "items": [*group["items"], *group["settled"]]}
                for group in rendered["groups"]
            ],
            "number": len(found),
            "finding": FINDING_LABELS.get(finding, ""),
            "basic": capfirst(wording.label("basics", basic, context.language)) if basic else "",
            "origin": origin,
            "origin_label": ORIGINS[origin][1],
        }
    return page(request, "web/council/lines.html", template)


def _municipality_of(request: HttpRequest, municipalities: Mapping[str, str]) -> str:
    """Return the municipality that is chosen, "" where there is one, or all are shown."""
    chosen = request.GET.get(QUERY_PARAMS["municipality"], "")
    return chosen if chosen in municipalities else ""


def _missed(
    places: Collection[CouncilPlace], visible: QuerySet[Trajectory], since: date, context: RequestContext
) -> list[tuple[str, int]]:
    """Return the districts and the groups with which nobody spoke: the first names, and how many more there are."""
    found = missed_since(places, visible, since, context.today)
    both = [list(map(capfirst, found.districts)), list(map(group_name, found.groups))]
    return [_first_names(names, context.language) for names in both if names]


def _first_names(names: list[str], language: str) -> tuple[str, int]:
    if (more := len(names) - MAX_NAMES) > 0:
        return ", ".join(names[:MAX_NAMES]), more
    return wording.format_list(names, language), 0


def _origin_of(request: HttpRequest) -> str:
    chosen = request.GET.get(ORIGIN_PARAM, "")
    return chosen if chosen in ORIGINS else next(iter(ORIGINS))


def _table(shown: list[Any], origin: str, context: RequestContext) -> tuple[list[str], list[CouncilRow]]:
    """Return the basic conditions that occur, and a row per trajectory."""
    found = findings_by_basic([row.pk for row in shown], context.rulebooks, context.today, ORIGINS[origin][0])
    occurring = {basic for cells in found.values() for basic, counts in cells.items() if counts}
    labels = {
        basic: capfirst(wording.label("basics", basic, context.language)) for basic in BASICS if basic in occurring
    }
    rows = []
    for row in shown:
        own: dict[str, Counter[str]] = found.get(row.pk, {})
        cells = [
            CouncilCell(label, _counts(row.slug, basic, origin, own.get(basic, Counter())))
            for basic, label in labels.items()
        ]
        rows.append(CouncilRow(row, cells))
    return list(labels.values()), rows


def _counts(slug: str, basic: str, origin: str, counts: Counter[str]) -> list[FindingCount]:
    return [
        FindingCount(
            FINDING_CODES.get(finding, finding),
            FINDING_LABELS[finding],
            counts[finding],
            address("council_lines", slug, **{BASIC_PARAM: basic, FINDING_PARAM: finding, ORIGIN_PARAM: origin}),
        )
        for finding in FINDINGS
        if counts[finding]
    ]


def _meeting(meeting: Meeting, language: str) -> dict[str, Any]:
    names = DisplayNames(language, {meeting.body: name} if (name := meeting.steps[0].body_name) else {})
    day = meeting.day
    return {
        "when": meeting.when,
        "body": names.code_label(meeting.body) if meeting.body else "",
        "steps": meeting.steps,
        "url": address("council_meeting", day.isoformat(), orgaan=meeting.body) if day else "",
    }
