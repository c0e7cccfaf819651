"""The trajectory page: summary, timeline, plan, contributions and obligations."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.facts import Facts
from participation.compliance.vocabulary import RESIDENTS_PARTIES
from participation.exchange import lists
from participation.models import Trajectory
from participation.reports.values import Called
from participation.selectors.counter_signals import as_recorded, counter_signals_of
from participation.selectors.explaining import ObligationStatus, explanations_known, facts_known, owed_as_known, owed_on
from participation.selectors.pages import Explanation
from participation.selectors.participation_opportunities import chances, open_now
from participation.selectors.public_texts import may_read_earlier
from participation.selectors.trajectory_list import phase_on
from participation.selectors.trajectory_page import TrajectoryRows, nothing_of, recorded_of, recorded_then

from ..shared import permissions
from ..shared.addresses import address
from ..shared.downloads import download, list_asked
from ..shared.pages import page
from ..shared.request_context import RequestContext, visit_of
from . import files
from .as_of_form import AsOfForm, asking_of
from .sections.actions import May, tools
from .sections.base import Page, latest, titles_of, when_of
from .sections.contributions import what_was_said
from .sections.decisions import decisions
from .sections.documents import papers
from .sections.obligations import PointInTime, owed_told
from .sections.plan import influence, plan_told
from .sections.requests import asked
from .sections.steps import timeline

#: Number of coming steps shown above the timeline.
NEXT = 4
#: Query parameters that show all contributions.
ALL = {"inbreng": "alle"}


@require_safe
@never_cache
@login_not_required
def trajectory(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return the trajectory page, or one of its lists as a file. Raises Http404 if it is not visible."""
    visit = visit_of(request)
    row = permissions.get_visible_trajectory(request, name)
    with translation.override(visit.language):
        may = may_of(request, row, visit)
        form = AsOfForm(request.GET, visit.today)
        asking = asking_of(form, visit, may_edit=may.edit, may_speak=may.speak, **_knows(visit))
        file = list_asked(request, files.LISTS)
        if file in (files.SAID, files.WAITING):
            reader = lists.ListReader(visit.rulebook, visit.today, visit.language)
            return download(request, files.said(row, file, reader), visit.today)
        shown, may, unknown = _shown(row, visit, asking, may)
        owed, facts, explanations = judged(row, shown, visit, asking)
        if asking.known_at:
            shown = shown._replace(owed=owed)
        if file and not form.errors:
            pairs = [(one.obligation, one.status) for one in owed]
            reader = lists.ListReader(visit.rulebook, asking.day, visit.language)
            return download(request, lists.obligations(row, pairs, explanations, reader), visit.today)
        context = {
            **_sections(shown, may, request.GET.get("inbreng") == ALL["inbreng"]),
            "form": form,
            "asking": asking,
            "expected": asking.day > visit.today,
            "not_known": unknown,
            "owed": owed_told(
                shown._replace(signals=counter_signals_of(row.pk, asking.day))
                if asking.query and not asking.known_at
                else shown,
                owed,
                facts,
                explanations,
                asking,
            ),
            "tools": tools(row, may),
            "as_known": asking.known_at is not None,
            "may": may,
        }
    return page(request, "web/trajectories/detail.html", context)


@require_safe
@never_cache
@login_not_required
def obligation(request: HttpRequest, name: str) -> HttpResponse:
    """Return one obligation with its full explanation; rule and subject are in the query string.

    Raises Http404 if the trajectory is not visible or has no such obligation.
    """
    visit = visit_of(request)
    row = permissions.get_visible_trajectory(request, name)
    with translation.override(visit.language):
        may = may_of(request, row, visit)
        form = AsOfForm(request.GET, visit.today)
        asking = asking_of(form, visit, may_edit=may.edit, may_speak=may.speak, **_knows(visit))
        shown, may, _unknown = _shown(row, visit, asking, may)
        owed, facts, explanations = judged(row, shown, visit, asking)
        wanted = (request.GET.get("regel", ""), request.GET.get("over", ""))
        found = next((one for one in owed if one.obligation.identity == wanted), None)
        if found is None:
            raise Http404
        told = owed_told(shown, owed, facts, explanations, asking, only=found)
        item = next(item for group in told["groups"] for item in (*group["items"], *group["done"]))
        context = {
            "trajectory": shown.rows.trajectory,
            "item": item,
            # The full explanation is shown below it on this page, so not inside it.
            "bare": {**item, "full": None},
            "asking": asking,
            "checked_told": told["checked"],
        }
    return page(request, "web/trajectories/obligation.html", context)


def may_of(request: HttpRequest, row: Trajectory, visit: RequestContext) -> May:
    """Return the permissions of this user here, without a query for anonymous users."""
    if not getattr(visit.user, "pk", None):
        return May()
    edit, user = permissions.may_edit(request, row), visit.user
    return May(
        edit=edit,
        assign=user.edits_everything,
        speak=bool(permissions.parties_of(request, row)),
        administer=edit and user.is_staff and user.has_perm("participation.change_trajectory"),
    )


def _knows(visit: RequestContext) -> dict[str, bool]:
    """Return which past data this user may read: who recorded something, and earlier texts."""
    names = bool(getattr(visit.user, "sees_everything", False))
    return {"names_known": names, "earlier_texts": may_read_earlier(visit.user)}


def _shown(row: Trajectory, visit: RequestContext, asking: PointInTime, may: May) -> tuple[Page, May, bool]:
    """Return the data of the page, the permissions, and whether the trajectory was not recorded yet.

    With ``known_at`` all data is as recorded then and the page is read-only. A trajectory that was not recorded yet
    shows its present title only.
    """
    if asking.known_at is None:
        rows = recorded_of(row)
        owed: Sequence[ObligationStatus] = owed_on(row.pk, visit.rulebook, visit.today)
        day, signals, unknown = visit.today, counter_signals_of(row.pk, visit.today), False
    else:
        then = recorded_then(row, asking.known_at, earlier_texts=asking.earlier_texts)
        rows, unknown = then or nothing_of(row), then is None
        # Obligations are assessed anew, from the facts recorded then.
        owed, day, may = [], asking.day, May()
        signals = as_recorded(counter_signals_of(row.pk, day), {request.ref: request for request in rows.requests})
    called = Called(visit.language, rows.names, titles_of(rows, visit.language))
    return Page(rows, day, visit.rulebook, called, owed, signals), may, unknown


def judged(
    row: Trajectory, shown: Page, visit: RequestContext, asking: PointInTime
) -> tuple[Sequence[ObligationStatus], Facts | None, list[Explanation]]:
    """Return the obligations as of the requested day, the facts behind them, and the waivers by then.

    Without ``known_at`` the obligations are the stored ones; with it they are assessed anew from the facts recorded
    then.
    """
    facts = facts_known(row.pk, asking.known_at, asking.earlier_texts)
    explanations = explanations_known(row.pk, asking.day, asking.known_at, asking.earlier_texts)
    owed: Sequence[ObligationStatus]
    if asking.known_at:
        owed = owed_as_known(facts, visit.rulebook, asking.day, explanations) if facts else []
    else:
        owed = shown.owed if asking.day == visit.today else owed_on(row.pk, visit.rulebook, asking.day)
    return owed, facts, explanations


def _sections(shown: Page, may: May, all_said: bool) -> dict[str, Any]:
    rows, row, today = shown.rows, shown.rows.trajectory, shown.today
    residents = [slug for slug, kind in rows.kinds.items() if kind in RESIDENTS_PARTIES]
    found = chances(rows.steps, today, residents)
    taking_part = {chance.step.ref for chance in found}
    return {
        "trajectory": row,
        "neighbourhoods": rows.neighbourhoods,
        "phase": phase_on(rows.steps, today),
        "stance": shown.called.word(row.source_stance) if row.source_stance else "",
        "commissioner": shown.called.word(row.commissioner) if row.commissioner else "",
        "influence": influence(shown),
        "chances": found,
        "open_now": open_now(found),
        "coming": [step for step in _coming(rows, shown) if step.ref not in taking_part][:NEXT],
        "timeline": timeline(shown),
        "plan": plan_told(shown, may.speak),
        "said": what_was_said(shown, all_said),
        "all_said": all_said,
        "papers": papers(shown),
        "asked": asked(shown),
        "decisions": decisions(shown),
        "motions": rows.motions,
        "links": _links(row),
    }


def _coming(rows: TrajectoryRows, shown: Page) -> list[Any]:
    """Return the coming steps in chronological order."""
    ahead = [
        step
        for step in rows.steps
        if not step.cancelled and step.done is None and (day := latest(when_of(step))) and day >= shown.today
    ]
    return sorted(ahead, key=lambda step: step.planned.sort_key)


def _links(row: Trajectory) -> dict[str, str]:
    """Return the URLs to follow, subscribe and export; "" where a URL is not configured."""
    names = ("follow_trajectory", "trajectory_calendar", "trajectory_feed", "trajectory_badge", "trajectory_json")
    return {name: address(name, row.slug) for name in (*names, "trajectory_history", "trajectory_archive")}
