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
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from participation.compliance import wording
from participation.models import Trajectory
from participation.models.labels import LABELS
from participation.reports.change_messages import ChangeRenderer, capital, shortened, step_name
from participation.reports.notices import grouped
from participation.selectors.association_dashboard import (
    DashboardTrajectory,
    OpenRequest,
    Party,
    UpcomingStep,
    asked_by,
    parties_of,
    trajectories_of,
)
from participation.selectors.change_feed import changes_between
from participation.selectors.participation_opportunities import Chance
from participation.selectors.verdicts import party_names
from participation.services.following import caught_up

from ..shared.context import WORKING
from ..shared.obligation_list import anchor
from ..shared.pages import page
from ..shared.request_context import RequestContext, visit_of

#: Period of the changes for members who never marked any as read.
FIRST = timedelta(days=30)


@require_safe
@never_cache
def my(request: HttpRequest) -> HttpResponse:
    """Return the page for the user's organisations; users without any are redirected."""
    visit = visit_of(request)
    parties = parties_of(visit.user)
    if not parties:
        return _elsewhere(request, visit)
    with translation.override(visit.language):
        context = _Page(visit, parties).context()
    return page(request, "web/association/my.html", context)


@require_POST
def my_caught_up(request: HttpRequest) -> HttpResponse:
    """Mark the changes as read, up to the moment at which the page was rendered."""
    visit = visit_of(request)
    until = _moment(request.POST.get("until", ""))
    with translation.override(visit.language):
        if until is None or until > visit.now:
            messages.error(request, _("This could not be noted. Look at the news again and press the button there."))
        else:
            caught_up(visit.user, until)
            messages.success(request, _("Noted. Next time you see only what is new since then."))
    return redirect("my")


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


def _elsewhere(request: HttpRequest, visit: RequestContext) -> HttpResponse:
    """Redirect staff to their own page; explain to others that they are linked to no organisation yet."""
    if visit.user.is_superuser or visit.user.role in WORKING:
        try:
            return redirect("week")
        except NoReverseMatch:
            return redirect("home")
    member = visit.user.role == "association_member"
    return page(request, "web/association/my_none.html", {"is_member": member})


class _Page:
    """Builds the template context, in the active language."""

    def __init__(self, visit: RequestContext, parties: Sequence[Party]) -> None:
        self.visit, self.parties = visit, parties
        self.rules = visit.rulebook.by_id
        self.names = party_names()
        self.teller = ChangeRenderer(visit.rulebook, visit.language, self.names)

    def context(self) -> dict[str, Any]:
        visit, user = self.visit, self.visit.user
        mine = trajectories_of(user, self.parties, visit.today)
        since = user.caught_up_at or visit.now - FIRST
        changes = changes_between(Trajectory.objects.for_member(user), since, visit.now, self.rules)
        asked = asked_by(self.parties, self.rules, visit.today)
        waiting = [self.request_card(one) for one in asked if not one.answered]
        ways = list(self.ways(mine))
        return {
            "parties": self.parties,
            "called": wording.listed([party.name for party in self.parties], visit.language),
            "ways": ways,
            "changes": sum(change.more or 1 for change in changes),
            "news": [_on_this_site(group) for group in grouped(changes, self.teller)],
            "since": timezone.localdate(since),
            "first_time": user.caught_up_at is None,
            "made": visit.now.isoformat(),
            "waiting": waiting,
            "late": sum(one["status"] == "overdue" for one in waiting),
            "answered": [self.request_card(one) for one in asked if one.answered],
            "groups": list(self.groups([one for one in mine if not one.is_over])),
            "over": [self.card(one) for one in mine if one.is_over],
        }

    def ways(self, mine: Iterable[DashboardTrajectory]) -> Iterator[dict[str, Any]]:
        """Yield where members can take part now, the first to close first."""
        found = [(chance, one) for one in mine if not one.retrospective for chance in one.chances if chance.now]
        for chance, one in sorted(found, key=lambda way: (way[0].until or date.max, way[1].title)):
            yield {"what": self.step_title(chance.step), "when": self.till(chance), **_named(one)}

    def till(self, chance: Chance) -> str:
        """Return until when, or when, one can take part."""
        if not chance.window:
            return self.teller.moment(chance.step._asdict() | {"when": chance.start})
        if chance.until is None:
            return _("open now")
        left = (chance.until - self.visit.today).days
        day = self.teller.day(chance.end)
        if left > 14:
            return _("until %(day)s") % {"day": day}
        return (
            ngettext("until %(day)s: %(n)s more day", "until %(day)s: %(n)s more days", left) % {"day": day, "n": left}
            if left
            else _("until %(day)s: today is the last day") % {"day": day}
        )

    def step_title(self, step: UpcomingStep) -> str:
        return step_name(step.kind, step.method, step.title)

    def request_card(self, one: OpenRequest) -> dict[str, Any]:
        """Return the template data of a request, contribution or counter-signal."""
        place = anchor(one.rule, one.subject) if one.rule else "inbreng" if one.sort == "contribution" else "verzoeken"
        return {
            "sort": self.kind_label(one),
            "what": shortened(one.summary),
            "party": self.names.get(one.party, "") if len(self.parties) > 1 else "",
            "trajectory": one.trajectory,
            "href": f"{reverse('trajectory', args=[one.slug])}#{place}",
            "age": self.age(one),
            "status": one.status,
            "mark": capital(wording.label("statuses", one.status, self.visit.language)) if one.status else "",
            "due": self.due(one),
            "answer": shortened(one.answer, 300),
            "answered_on": self.teller.day(one.answered_on),
        }

    def kind_label(self, one: OpenRequest) -> str:
        if one.sort == "counter_signal":
            return _("Rebuttal: %(rule)s") % {"rule": self.teller.rule(one.rule)}
        if one.sort == "contribution":
            return _("Contribution")
        return capital(str(LABELS.get(one.kind, _("Question"))))

    def age(self, one: OpenRequest) -> str:
        if one.days is None:
            return ""
        if one.days == 0:
            return _("handed in today")
        return ngettext("handed in %(n)s day ago", "handed in %(n)s days ago", one.days) % {"n": one.days}

    def due(self, one: OpenRequest) -> str:
        if one.due_on is None:
            return ""
        day = self.teller.day(one.due_on)
        if one.status == "overdue":
            return _("The term for the answer ran until %(day)s.") % {"day": day}
        return _("Answer by %(day)s at the latest.") % {"day": day}

    def groups(self, mine: Iterable[DashboardTrajectory]) -> Iterator[dict[str, Any]]:
        """Yield the trajectories grouped by the organisations that they concern."""
        found: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for one in mine:
            found[one.organisations].append(self.card(one))
        order = {party.slug: index for index, party in enumerate(self.parties)}
        for slugs in sorted(found, key=lambda slugs: [order[slug] for slug in slugs]):
            names = [party.name for party in self.parties if party.slug in slugs]
            several = len(self.parties) > 1
            heading = wording.listed(names, self.visit.language) if several else ""
            yield {"heading": heading, "cards": found[slugs]}

    def card(self, one: DashboardTrajectory) -> dict[str, Any]:
        """Return the template data of a trajectory: status, next step, and until when to take part."""
        coming = one.coming
        now = [chance for chance in one.chances if chance.now]
        return {
            **_named(one),
            "status": str(LABELS[one.status]) if one.status else "",
            "retrospective": one.retrospective,
            "next": self.step_title(coming) if coming else "",
            "when": self.teller.moment(coming._asdict() | {"when": coming.planned}) if coming else "",
            # Omitted if it is the next step itself, which shows its date already.
            "till": self.till(now[0]) if now and (now[0].window or now[0].step != coming) else "",
            "hand_in": _address("request_hand_in", one.slug),
            "follow": _address("follow_trajectory", one.slug),
        }


def _named(one: DashboardTrajectory) -> dict[str, str]:
    return {"trajectory": one.title, "href": reverse("trajectory", args=[one.slug])}


def _address(name: str, slug: str) -> str:
    try:
        return reverse(name, args=[slug])
    except NoReverseMatch:
        return ""


def _on_this_site(group: Any) -> dict[str, Any]:
    """Return the changes of a trajectory with relative URLs."""
    said = [one._replace(link=one.link.removeprefix(settings.BASE_URL)) for one in group["said"]]
    return {**group, "link": group["link"].removeprefix(settings.BASE_URL), "said": said}
