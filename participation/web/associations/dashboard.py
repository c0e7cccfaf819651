"""The start page of association members: open for participation, changes, and requests that await an answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from participation.compliance import wording
from participation.models import Trajectory
from participation.models.labels import LABELS
from participation.presentation.change_messages import ChangeRenderer, step_name
from participation.presentation.load import papers_text
from participation.presentation.notifications import group_by_trajectory
from participation.presentation.trajectory_pages import item_fragment
from participation.presentation.values import truncate
from participation.selectors.associations.dashboard import (
    DashboardTrajectory,
    OpenRequest,
    Party,
    UpcomingStep,
    dashboard_trajectories,
    open_requests,
    parties_of,
)
from participation.selectors.changes.feed import changes_between
from participation.selectors.obligations.statuses import party_names
from participation.selectors.trajectories.load import WEEKS_AHEAD, asked_of_people, weeks_ahead
from participation.selectors.trajectories.opportunities import Opportunity
from participation.services.followers import set_caught_up

from ..shared.addresses import obligation_address, trajectory_address
from ..shared.context import WEEK_ROLES
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of

#: Period of the changes for members who never marked any as read.
DEFAULT_PERIOD = timedelta(days=30)


@require_safe
@never_cache
def dashboard(request: HttpRequest) -> HttpResponse:
    """Return the page for the user's organisations; users without any are redirected."""
    request_context = request_context_of(request)
    parties = parties_of(request_context.user)
    if not parties:
        return _redirect_other_users(request, request_context)
    with translation.override(request_context.language):
        context = _DashboardContext(request_context, parties).context()
    return page(request, "web/associations/dashboard.html", context)


@require_POST
def mark_changes_read(request: HttpRequest) -> HttpResponse:
    """Mark the changes as read, up to the moment at which the page was rendered."""
    request_context = request_context_of(request)
    until = _parse_moment(request.POST.get("until", ""))
    with translation.override(request_context.language):
        if until is None or until > request_context.now:
            messages.error(request, _("This could not be noted. Look at the news again and press the button there."))
        else:
            set_caught_up(request_context.user, until)
            messages.success(request, _("Noted. Next time you see only what is new since then."))
    return redirect("dashboard")


def _parse_moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


def _redirect_other_users(request: HttpRequest, request_context: RequestContext) -> HttpResponse:
    """Redirect staff to their own page; explain to others that they are linked to no organisation yet."""
    if request_context.user.is_superuser or request_context.user.role in WEEK_ROLES:
        try:
            return redirect("week")
        except NoReverseMatch:
            return redirect("home")
    member = request_context.user.role == "association_member"
    return page(request, "web/associations/dashboard_unlinked.html", {"is_member": member})


class _DashboardContext:
    """Builds the template context, in the active language."""

    def __init__(self, request_context: RequestContext, parties: Sequence[Party]) -> None:
        self.request_context, self.parties = request_context, parties
        self.rulebooks = request_context.rulebooks
        self.names = party_names()
        self.renderer = ChangeRenderer(self.rulebooks, request_context.language, self.names)

    def context(self) -> dict[str, Any]:
        request_context, user = self.request_context, self.request_context.user
        trajectories = dashboard_trajectories(user, self.parties, request_context.today)
        since = user.caught_up_at or request_context.now - DEFAULT_PERIOD
        changes = changes_between(Trajectory.objects.for_member(user), since, request_context.now, self.rulebooks)
        requests = open_requests({party.slug for party in self.parties}, self.rulebooks, request_context.today)
        waiting = [self.request_card(item) for item in requests if not item.answered]
        participation_options = list(self.participation_options(trajectories))
        return {
            "parties": self.parties,
            "heading": wording.format_list([party.name for party in self.parties], request_context.language),
            "opportunities": participation_options,
            "weeks": list(self.weeks_ahead()),
            "change_count": sum(change.more or 1 for change in changes),
            "changed_trajectories": [
                _with_relative_urls(group) for group in group_by_trajectory(changes, self.renderer)
            ],
            "since": timezone.localdate(since),
            "first_time": user.caught_up_at is None,
            "rendered_at": request_context.now.isoformat(),
            "open_requests": waiting,
            "overdue_count": sum(item["status"] == "overdue" for item in waiting),
            "answered_requests": [self.request_card(item) for item in requests if item.answered],
            "groups": list(self.groups([item for item in trajectories if not item.is_over])),
            "past_trajectories": [self.card(item) for item in trajectories if item.is_over],
        }

    def participation_options(self, trajectories: Iterable[DashboardTrajectory]) -> Iterator[dict[str, Any]]:
        """Yield where members can take part now, the first to close first."""
        found = [
            (opportunity, item)
            for item in trajectories
            if not item.retrospective
            for opportunity in item.opportunities
            if opportunity.now
        ]
        for opportunity, item in sorted(found, key=lambda option: (option[0].until or date.max, option[1].title)):
            yield {
                "title": self.step_title(opportunity.step),
                "when": self.closing_text(opportunity),
                "trajectory": item.title,
                "href": trajectory_address(item.slug, "vervolg"),
            }

    def weeks_ahead(self) -> Iterator[dict[str, Any]]:
        """Yield the coming weeks in which something is asked of the members, with what."""
        today = self.request_context.today
        trajectories = Trajectory.objects.for_member(self.request_context.user)
        asked = asked_of_people(trajectories, today, today + timedelta(weeks=WEEKS_AHEAD))
        for row in weeks_ahead(asked, settings.BUSY_WEEK):
            yield {
                "week": row.week,
                "is_busy": row.is_busy,
                "papers": papers_text(row.papers),
                "items": [
                    {
                        "day": item.day,
                        "is_last_day": item.is_last_day,
                        "title": step_name(item.kind, item.method, item.title),
                        "trajectory": item.trajectory_title,
                        "href": trajectory_address(item.slug, "tijdlijn"),
                    }
                    for item in row.items
                ],
            }

    def closing_text(self, opportunity: Opportunity) -> str:
        """Return until when, or when, one can take part."""
        if not opportunity.is_period:
            return self.renderer.moment(opportunity.step._asdict() | {"when": opportunity.start})
        if opportunity.until is None:
            return _("open now")
        days_left = (opportunity.until - self.request_context.today).days
        day = self.renderer.day(opportunity.end)
        if days_left > 14:
            return _("until %(day)s") % {"day": day}
        return (
            ngettext("until %(day)s: %(n)s more day", "until %(day)s: %(n)s more days", days_left)
            % {"day": day, "n": days_left}
            if days_left
            else _("until %(day)s: today is the last day") % {"day": day}
        )

    def step_title(self, step: UpcomingStep) -> str:
        return step_name(step.kind, step.method, step.title)

    def request_card(self, item: OpenRequest) -> dict[str, Any]:
        """Return the template data of a request, contribution or counter-signal."""
        return {
            "label": self.kind_label(item),
            "summary": truncate(item.summary),
            "party": self.names.get(item.party, "") if len(self.parties) > 1 else "",
            "trajectory": item.trajectory,
            "href": obligation_address("trajectory", item.slug, item.rule, item.subject)
            if item.rule
            else trajectory_address(item.slug, item_fragment(item.item_type, item.ref)),
            "age": self.age_text(item),
            "status": item.status,
            "status_label": capfirst(wording.label("statuses", item.status, self.request_context.language))
            if item.status
            else "",
            "due": self.due_text(item),
            "answer": truncate(item.answer, 300),
            "answered_on": self.renderer.day(item.answered_on),
        }

    def kind_label(self, item: OpenRequest) -> str:
        if item.item_type == "counter_signal":
            return _("Rebuttal: %(rule)s") % {"rule": self.renderer.rule(item._asdict())}
        if item.item_type == "contribution":
            return _("Contribution")
        return capfirst(str(LABELS.get(item.kind, _("Question"))))

    def age_text(self, item: OpenRequest) -> str:
        if item.days is None:
            return ""
        if item.days == 0:
            return _("handed in today")
        return ngettext("handed in %(n)s day ago", "handed in %(n)s days ago", item.days) % {"n": item.days}

    def due_text(self, item: OpenRequest) -> str:
        if item.due_on is None:
            return ""
        day = self.renderer.day(item.due_on)
        if item.status == "overdue":
            return _("The term for the answer ran until %(day)s.") % {"day": day}
        return _("Answer by %(day)s at the latest.") % {"day": day}

    def groups(self, trajectories: Iterable[DashboardTrajectory]) -> Iterator[dict[str, Any]]:
        """Yield the trajectories grouped by the organisations that they concern."""
        found: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for item in trajectories:
            found[item.organisations].append(self.card(item))
        order = {party.slug: index for index, party in enumerate(self.parties)}
        for slugs in sorted(found, key=lambda slugs: [order[slug] for slug in slugs]):
            names = [party.name for party in self.parties if party.slug in slugs]
            several = len(self.parties) > 1
            heading = wording.format_list(names, self.request_context.language) if several else ""
            yield {"heading": heading, "cards": found[slugs]}

    def card(self, item: DashboardTrajectory) -> dict[str, Any]:
        """Return the template data of a trajectory: status, next step, and until when to take part."""
        next_step = item.next_step
        now = [opportunity for opportunity in item.opportunities if opportunity.now]
        return {
            **_link_data(item),
            "status": str(LABELS[item.status]) if item.status else "",
            "retrospective": item.retrospective,
            "next": self.step_title(next_step) if next_step else "",
            "next_when": self.renderer.moment(next_step._asdict() | {"when": next_step.planned}) if next_step else "",
            # Omitted if it is the next step itself, which shows its date already.
            "open_until": self.closing_text(now[0]) if now and (now[0].is_period or now[0].step != next_step) else "",
            "submit_url": _url_or_empty("request_submit", item.slug),
            "follow_url": _url_or_empty("follow_trajectory", item.slug),
        }


def _link_data(item: DashboardTrajectory) -> dict[str, str]:
    return {"trajectory": item.title, "href": reverse("trajectory", args=[item.slug])}


def _url_or_empty(name: str, slug: str) -> str:
    try:
        return reverse(name, args=[slug])
    except NoReverseMatch:
        return ""


def _with_relative_urls(group: Any) -> dict[str, Any]:
    """Return the changes of a trajectory with relative URLs."""
    texts = [item._replace(link=item.link.removeprefix(settings.BASE_URL)) for item in group["changes"]]
    return {**group, "link": group["link"].removeprefix(settings.BASE_URL), "changes": texts}
