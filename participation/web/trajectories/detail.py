"""The pages of a trajectory: summary, take part, input and answers, plan and documents, agreements."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.vocabulary import RESIDENTS_PARTIES
from participation.interchange import lists
from participation.models import Contribution, Organisation
from participation.presentation.trajectory_pages import AT_PARAM
from participation.selectors.associations.counter_signals import counter_signals_of
from participation.selectors.contributions import contributions_recorded_by
from participation.selectors.trajectories.detail import CONTRIBUTIONS_WITHOUT_TEXTS
from participation.selectors.trajectories.list_query import phase_on
from participation.selectors.trajectories.neighbourhoods import inhabitants_of
from participation.selectors.trajectories.opportunities import current_opportunity, opportunities

from ..shared.addresses import address
from ..shared.downloads import download, requested_list
from ..shared.pages import page
from . import files
from .page_data import (
    OBLIGATIONS,
    SIGNALS,
    TrajectoryRequest,
    assessment_of,
    obligations_on,
    page_data,
    trajectory_request_of,
)
from .search import SEARCH_PARAM, SearchForm, search_results
from .sections.actions import TrajectoryPermissions, action_links
from .sections.base import TrajectoryPageData, folded_list
from .sections.contributions import BY_PARAM, MINE, MY_ASSOCIATION, OUTCOME_PARAM, contribution_list
from .sections.decisions import decisions
from .sections.documents import documents
from .sections.legal_steps import legal_steps
from .sections.obligations import (
    judged_by_text,
    listed_part,
    obligation_part,
    obligation_section,
    render_context_of,
)
from .sections.place import place_section
from .sections.plan import influence, no_participation_ground, plan_section
from .sections.reach import reach_section
from .sections.requests import request_items
from .sections.steps import timeline
from .sections.summary import coming_steps, input_summary, late_summary, latest_step, outcome_label

#: Number of coming steps shown below the opportunities, and of opportunities in the summary.
MAX_COMING_STEPS, MAX_OPPORTUNITIES = 4, 2
#: Query parameter of the part of the list of contributions.
PAGE_PARAM = "pagina"


class PageLink(NamedTuple):
    """A link to a page of the trajectory, and the heading of that page; ``current`` is the page that is shown."""

    label: Any
    heading: Any
    href: str
    current: bool


class FilterLink(NamedTuple):
    """A link that filters the contributions; ``value`` is that in the query string, None for all."""

    label: str
    value: str | None
    current: bool


@method_decorator((require_safe, never_cache, login_not_required), name="dispatch")
class TrajectoryPage(View):
    """A page of a trajectory, or one of its lists as a file. Raises Http404 if the trajectory is not visible."""

    template_name: ClassVar[str]
    #: What it reads: tables of rows, obligations and counter-signals.
    reads: ClassVar[frozenset[str]]
    #: The name of its address.
    url_name: ClassVar[str]

    asked: TrajectoryRequest
    permitted: TrajectoryPermissions

    def get(self, request: HttpRequest, name: str) -> HttpResponseBase:
        """Return the page, or the file that the query string asks for."""
        self.asked = asked = trajectory_request_of(request, name)
        # As it was known on an earlier day, a page is read-only.
        self.permitted = TrajectoryPermissions() if asked.point_in_time.known_at else asked.permitted
        with translation.override(asked.context.language):
            file = requested_list(request, files.LISTS)
            if file and (file != files.OBLIGATIONS or not asked.form.errors):
                return _download(request, asked, file)
            shown, not_yet_recorded = page_data(asked, self.reads)
            context = {
                "trajectory": shown.rows.trajectory,
                "pages": self._links(),
                "form": asked.form,
                "point_in_time": asked.point_in_time,
                "is_future": asked.point_in_time.day > asked.context.today,
                "not_yet_recorded": not_yet_recorded,
                "action_links": action_links(asked.trajectory, self.permitted),
                "permissions": self.permitted,
                "links": _links(asked.trajectory.slug),
                **self.get_sections(shown),
            }
        return page(request, self.template_name, context)

    def get_sections(self, shown: TrajectoryPageData) -> Mapping[str, Any]:
        """Return the template data of the sections of this page."""
        raise NotImplementedError

    def _links(self) -> list[PageLink]:
        slug, query = self.asked.trajectory.slug, self.asked.point_in_time.query
        return [
            PageLink(label, heading, address(url_name, slug, **query), url_name == self.url_name)
            for url_name, (label, heading) in PAGES.items()
        ]


class SummaryPage(TrajectoryPage):
    """Where it stands, what one can do now, what was done with the input, and what is late."""

    template_name, url_name = "web/trajectories/summary.html", "trajectory"
    reads = frozenset(("neighbourhoods", "steps", CONTRIBUTIONS_WITHOUT_TEXTS, OBLIGATIONS))

    def get_sections(self, shown: TrajectoryPageData) -> Mapping[str, Any]:
        """Return the parts of the summary."""
        rows, row, asked = shown.rows, shown.rows.trajectory, self.asked
        found = _opportunities(shown)
        obligations = obligations_on(asked, shown)
        render_context = render_context_of(shown, asked.point_in_time)
        return {
            "neighbourhoods": rows.neighbourhoods,
            "place": place_section(row, asked.context.language),
            "phase": phase_on(rows.steps, shown.today),
            "stance": shown.display_names.code_label(row.source_stance) if row.source_stance else "",
            "commissioner": shown.display_names.code_label(row.commissioner) if row.commissioner else "",
            "no_participation_ground": no_participation_ground(shown),
            "opportunities": found[:MAX_OPPORTUNITIES],
            "more_opportunities": len(found[MAX_OPPORTUNITIES:]),
            "current_opportunity": current_opportunity(found),
            "latest_step": latest_step(shown),
            "next_step": next(iter(coming_steps(shown)), None),
            "input": input_summary(shown, asked.point_in_time.query, asked.permitted.speak),
            "late": late_summary(shown, obligations, render_context, asked.point_in_time.query),
            **_contact(shown),
        }


class TakePartPage(TrajectoryPage):
    """Where one can take part now and later, what one can influence, and who to call."""

    template_name, url_name = "web/trajectories/take_part.html", "trajectory_take_part"
    reads = frozenset(("plan", "steps"))

    def get_sections(self, shown: TrajectoryPageData) -> Mapping[str, Any]:
        """Return what happens next, the scope for influence and the contact."""
        found = _opportunities(shown)
        taking_part = {opportunity.step.ref for opportunity in found}
        return {
            "opportunities": found,
            "current_opportunity": current_opportunity(found),
            "upcoming_steps": [step for step in coming_steps(shown) if step.ref not in taking_part][:MAX_COMING_STEPS],
            "influence": influence(shown),
            **_contact(shown),
        }


class InputPage(TrajectoryPage):
    """What was said and what was done with it; questions and requests."""

    template_name, url_name = "web/trajectories/input.html", "trajectory_input"
    reads = frozenset(("steps", CONTRIBUTIONS_WITHOUT_TEXTS, "requests", OBLIGATIONS, SIGNALS))

    def get_sections(self, shown: TrajectoryPageData) -> Mapping[str, Any]:
        """Return a page of the contributions that the filters leave, and the requests."""
        if self.asked.point_in_time.known_at:
            shown = shown._replace(obligations=obligations_on(self.asked, shown))
        query = self.request.GET
        by = query.get(BY_PARAM, "")
        kind, ref = _item_asked_for(self.request)
        wanted = self._wanted_by()
        outcome = query.get(OUTCOME_PARAM, "")
        contributions = contribution_list(
            shown,
            query.get(PAGE_PARAM),
            ref if kind == "inbreng" else "",
            outcome=outcome,
            wanted=wanted.get(by, lambda _row: True),
        )
        names = {MINE: _("Handed in by me"), MY_ASSOCIATION: _("From my association")}
        return {
            "unfolded": kind,
            "contributions": contributions,
            "page_obj": contributions.page,
            "is_filtered": bool(outcome or by in wanted),
            "outcome_links": [
                FilterLink(_("All"), None, not outcome),
                *(
                    FilterLink(f"{outcome_label(name)} ({number})", name, name == outcome)
                    for name, number in contributions.counts.items()
                    if number
                ),
            ],
            "by_links": [
                FilterLink(_("From everyone"), None, by not in wanted),
                *(FilterLink(names[name], name, name == by) for name in wanted),
            ]
            if wanted
            else [],
            "requests": folded_list(request_items(shown)),
        }

    def _wanted_by(self) -> dict[str, Callable[[Contribution], bool]]:
        """Return the filters by whom of a user who speaks for an organisation; none for others."""
        user, trajectory = self.asked.context.user, self.asked.trajectory
        parties = set(Organisation.objects.represented_by(user).values_list("slug", flat=True))
        if not parties:
            return {}
        own = contributions_recorded_by(user, trajectory.pk) if self.request.GET.get(BY_PARAM) == MINE else frozenset()
        return {MY_ASSOCIATION: lambda row: row.party in parties, MINE: lambda row: row.pk in own}


class PlanPage(TrajectoryPage):
    """The steps, the plan, the documents and the decisions."""

    template_name, url_name = "web/trajectories/plan.html", "trajectory_plan"
    reads = frozenset(("plan", "actors", "scenarios", "steps", "documents", "shares", "contributions", "motions"))

    def get_sections(self, shown: TrajectoryPageData) -> Mapping[str, Any]:
        """Return the timeline, the plan, the documents and the decisions."""
        kind, ref = _item_asked_for(self.request)
        return {
            "unfolded": kind,
            "timeline": timeline(shown, ref if kind == "stap" else ""),
            "plan": plan_section(shown, self.permitted.speak),
            # Numbers of earlier versions are not published, so there is nothing to add up.
            "reach": None
            if self.asked.point_in_time.known_at
            else reach_section(shown, inhabitants_of(self.asked.trajectory.pk, shown.rows.areas)),
            "documents": folded_list(documents(shown)),
            "decisions": decisions(shown),
            "motions": shown.rows.motions,
        }


class AgreementsPage(TrajectoryPage):
    """What was agreed, and whether it was done; what the law asks."""

    template_name, url_name = "web/trajectories/agreements.html", "trajectory_agreements"
    reads = frozenset(
        ("steps", "documents", "scenarios", CONTRIBUTIONS_WITHOUT_TEXTS, "requests", OBLIGATIONS, SIGNALS)
    )

    def get_sections(self, shown: TrajectoryPageData) -> Mapping[str, Any]:
        """Return the obligations as of the requested day with the legal steps, or the list of a part of them."""
        point_in_time, row = self.asked.point_in_time, shown.rows.trajectory
        obligations, facts, waivers = assessment_of(self.asked, shown)
        shown = shown._replace(obligations=obligations)
        if point_in_time.query and not point_in_time.known_at:
            shown = shown._replace(signals=counter_signals_of(self.asked.trajectory.pk, point_in_time.day))
        wanted = None if self.asked.form.errors else listed_part(self.request.GET)
        if wanted:
            part = obligation_part(
                shown, obligations, facts, waivers, point_in_time, wanted, self.request.GET.get(PAGE_PARAM)
            )
            return {"part": part, "page_obj": part["page_obj"]}
        return {
            "obligations": obligation_section(shown, obligations, facts, waivers, point_in_time),
            "judged_by_text": judged_by_text(row.municipality, self.asked.context.rulebooks),
            "legal_steps": legal_steps(shown),
        }


class SearchPage(TrajectoryPage):
    """What is recorded of the trajectory, searched."""

    template_name, url_name = "web/trajectories/search.html", "trajectory_search"
    reads: ClassVar[frozenset[str]] = frozenset()

    def get_sections(self, shown: TrajectoryPageData) -> Mapping[str, Any]:
        """Return the form and what matches, with excerpts."""
        form = SearchForm(self.request.GET if SEARCH_PARAM in self.request.GET else None)
        text = form.cleaned_data["text"] if form.is_bound and form.is_valid() else ""
        return {
            "search_form": form,
            "text": text,
            "found": search_results(self.asked.trajectory, text, shown.display_names) if text.strip() else [],
        }


#: The pages by name of their address, in the order of the navigation: the label there, and the heading.
PAGES: Mapping[str, tuple[Promise, Promise]] = {
    "trajectory": (gettext_lazy("In short"), gettext_lazy("In short")),
    "trajectory_take_part": (gettext_lazy("Take part"), gettext_lazy("Take part")),
    "trajectory_input": (pgettext_lazy("page", "Input"), gettext_lazy("Input and answers")),
    "trajectory_plan": (pgettext_lazy("page", "Plan"), gettext_lazy("Plan and documents")),
    "trajectory_agreements": (gettext_lazy("Agreements"), gettext_lazy("Agreements")),
    "trajectory_search": (gettext_lazy("Search"), gettext_lazy("Search in this trajectory")),
}


def _item_asked_for(request: HttpRequest) -> tuple[str, str]:
    """Return the kind and the ref of the item that the query string asks for, as in its fragment."""
    kind, _hyphen, ref = request.GET.get(AT_PARAM, "").partition("-")
    return kind, ref


def _opportunities(shown: TrajectoryPageData) -> list[Any]:
    residents = [slug for slug, kind in shown.rows.kinds.items() if kind in RESIDENTS_PARTIES]
    return opportunities(shown.rows.steps, shown.today, residents)


def _contact(shown: TrajectoryPageData) -> dict[str, str]:
    phone = shown.rows.trajectory.contact_phone
    # A telephone number is not broken over two lines.
    return {"contact_tel": _tel_number(phone), "contact_phone": phone.replace(" ", "\N{NO-BREAK SPACE}")}


def _tel_number(phone: str) -> str:
    """Return the number as a ``tel:`` link needs it: without spaces, and without the (0) that follows a country."""
    number = phone.replace("(0)", "") if phone.strip().startswith("+") else phone
    return "".join(char for char in number if char in "+0123456789")


def _links(slug: str) -> dict[str, str]:
    """Return the URLs to follow, subscribe and export; "" where a URL is not configured."""
    names = ("follow_trajectory", "trajectory_calendar", "trajectory_feed", "trajectory_badge", "trajectory_json")
    return {name: address(name, slug) for name in (*names, "trajectory_history", "trajectory_archive")}


def _download(request: HttpRequest, asked: TrajectoryRequest, file: str) -> HttpResponseBase:
    """Return a list of the trajectory as a file."""
    context, row, day = asked.context, asked.trajectory, asked.point_in_time.day
    if file != files.OBLIGATIONS:
        reader = lists.ListReader(context.rulebooks, context.today, context.language)
        return download(request, files.contributions_table(row, file, reader), context.today)
    shown, _unknown = page_data(asked, {OBLIGATIONS})
    obligations, _facts, waivers = assessment_of(asked, shown)
    pairs = [(obligation_status.obligation, obligation_status.status) for obligation_status in obligations]
    reader = lists.ListReader(context.rulebooks, day, context.language)
    return download(request, lists.obligations(row, pairs, waivers, shown.rulebook, reader), context.today)
