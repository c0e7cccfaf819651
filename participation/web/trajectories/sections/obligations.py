"""The obligations section: the most urgent with their full explanation, the others with a link to it."""

from collections.abc import Container, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.explain import Explainer
from participation.compliance.facts import Facts
from participation.compliance.obligations import SETTLED, ObligationValue
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import BASICS
from participation.presentation.explanation import ExplanationData, Identity, build_explanation, evidence_columns_of
from participation.selectors.municipalities import municipality_names
from participation.selectors.obligations.explanations import fact_versions, transitions_by_obligation
from participation.selectors.obligations.statuses import ObligationStatus, PublicWaiver

from ...shared.actions import action_for
from ...shared.addresses import address
from ...shared.obligation_list import (
    IN_BRIEF,
    IN_FULL,
    PARTS,
    PENDING,
    SETTLED_PART,
    ObligationExtras,
    RenderContext,
    part_of,
    render_obligations,
    severity,
)
from .base import TrajectoryPageData

#: Maximum number of obligations that are explained on the page itself.
MAX_IN_FULL = 6
#: Maximum number of obligations of a part of a group: on the page with all groups, and on a page of its own list.
MAX_SHOWN = 25
#: Query parameters of the list of one part of a group: the basic condition, and the part.
GROUP_PARAM, PART_PARAM = "groep", "deel"
#: The parts that have a list, by value of the query parameter.
LISTED_PARTS = {"open": (IN_FULL, IN_BRIEF), "pending": (PENDING,), "settled": (SETTLED_PART,)}


class PointInTime(NamedTuple):
    """The as-of day, the known-at moment (None: now), and the permissions of the reader."""

    day: date
    known_at: datetime | None = None
    can_edit: bool = False
    can_speak: bool = False
    names_known: bool = False
    earlier_texts: bool = False
    query: dict[str, str] = {}

    @property
    def is_now(self) -> bool:
        """Return whether the page shows the present state, so that remedies apply."""
        return not self.query


def obligation_section(
    page: TrajectoryPageData,
    obligations: Sequence[ObligationStatus],
    facts: Facts | None,
    waivers: Sequence[PublicWaiver],
    point_in_time: PointInTime,
    only: ObligationStatus | None = None,
) -> dict[str, Any]:
    """Return the template data of the section; with ``only``, that of this obligation in full."""
    render_context = render_context_of(page, point_in_time)
    shown = [only] if only else select_in_full(obligations, render_context, page.signals)
    extras = extras_of(page, shown, facts, point_in_time)
    return render_obligations(
        [(row.obligation, row.status) for row in ([only] if only else obligations)],
        render_context,
        waivers,
        extras,
        MAX_SHOWN,
    )


def listed_part(query: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the basic condition and the part whose list this query string asks for, or None."""
    basic, part = query.get(GROUP_PARAM, ""), query.get(PART_PARAM, "")
    return (basic, part) if basic in BASICS and part in LISTED_PARTS else None


def obligation_part(
    page: TrajectoryPageData,
    obligations: Sequence[ObligationStatus],
    facts: Facts | None,
    waivers: Sequence[PublicWaiver],
    point_in_time: PointInTime,
    wanted: tuple[str, str],
    number: str | None,
) -> dict[str, Any]:
    """Return the template data of a page of the list of one part of a group, the most urgent first."""
    basic, name = wanted
    render_context = render_context_of(page, point_in_time)
    rows = [
        (row.obligation, row.status)
        for row in obligations
        if page.rulebook.by_id[row.obligation.rule].basic == basic
        and part_of((row.obligation, row.status)) in LISTED_PARTS[name]
    ]
    rows.sort(key=lambda row: severity(row, render_context))
    shown = Paginator(rows, MAX_SHOWN).get_page(number)
    section = render_obligations(list(shown), render_context, waivers, extras_of(page, (), facts, point_in_time))
    return {
        "name": name,
        "label": wording.label("basics", basic, render_context.language),
        "items": [item for group in section["groups"] for part in PARTS for item in group[part]],
        "page_obj": shown,
        "checked_text": section["checked_text"],
    }


def judged_by_text(municipality: str, rulebooks: Rulebooks) -> str:
    """Return whose rules judge this municipality, where they are those of another one; else "". At most one query."""
    judge = rulebooks.of_another_municipality(municipality)
    if judge is None:
        return ""
    names = municipality_names()
    return _("This is judged by the rules of %(other)s, because %(municipality)s has no rulebook of its own.") % {
        "other": names[judge.municipality],
        "municipality": names[municipality],
    }


def render_context_of(page: TrajectoryPageData, point_in_time: PointInTime) -> RenderContext:
    """Return the context in which the obligations are rendered."""
    trajectory = page.rows.trajectory
    return RenderContext(
        page.rulebook,
        point_in_time.day,
        page.display_names.language,
        page.display_names.names,
        point_in_time.can_edit and point_in_time.is_now,
        trajectory.retrospective,
        trajectory.is_over(point_in_time.day),
    )


def select_in_full(
    obligations: Sequence[ObligationStatus], render_context: RenderContext, contradicted: Container[Identity]
) -> list[ObligationStatus]:
    """Return the obligations to explain on the page: the most urgent open ones.

    Obligations with a counter-signal come first, whatever their status.
    """
    found = [row for row in obligations if row.status not in SETTLED or row.obligation.identity in contradicted]
    found.sort(
        key=lambda row: (
            row.obligation.identity not in contradicted,
            *severity((row.obligation, row.status), render_context),
        )
    )
    return found[:MAX_IN_FULL]


def extras_of(
    page: TrajectoryPageData, shown: Sequence[ObligationStatus], facts: Facts | None, point_in_time: PointInTime
) -> ObligationExtras:
    """Return the additional data of the obligations: explanations, counter-signals, remedies and links to forms."""
    trajectory, rulebook = page.rows.trajectory, page.rulebook
    obligations = [row.obligation for row in shown]
    wanted = evidence_columns_of(obligations, facts, rulebook) if facts else {}
    keys = {row.pk: row.obligation.identity for row in shown if row.pk}
    data = ExplanationData(
        rulebook,
        facts,
        point_in_time.day,
        page.display_names,
        histories=fact_versions(trajectory.pk, wanted, point_in_time.known_at, point_in_time.earlier_texts),
        transitions={
            keys[key]: lines for key, lines in transitions_by_obligation(list(keys), point_in_time.known_at).items()
        },
        names_known=point_in_time.names_known,
        explainer=Explainer(facts, rulebook) if facts else None,
    )
    agreements_url = address("trajectory_agreements", trajectory.slug)
    obligation_url = address("trajectory_obligation", trajectory.slug)

    def action(obligation: ObligationValue, _status: str) -> Any:
        if not (point_in_time.can_edit and point_in_time.is_now) or trajectory.retrospective:
            return None
        rule = rulebook.by_id[obligation.rule]
        return action_for(trajectory.slug, rule, obligation, page.today, facts=facts, return_url=agreements_url)

    def form_url(name: str, obligation: ObligationValue, permitted: bool) -> str:
        if not permitted or not point_in_time.is_now:
            return ""
        return address(name, trajectory.slug, rule=obligation.rule, subject=obligation.subject)

    return ObligationExtras(
        explanations={obligation.identity: build_explanation(obligation, data) for obligation in obligations},
        counter_signals=page.signals,
        action=action,
        explanation_url=lambda o: (
            f"{obligation_url}?{urlencode({'regel': o.rule, 'over': o.subject, **point_in_time.query})}"
        ),
        brief=True,
        waiver_url=lambda o: form_url("waiver_add", o, point_in_time.can_edit and not trajectory.retrospective),
        counter_signal_url=lambda o: form_url("counter_signal_add", o, point_in_time.can_speak),
        waiver_change_url=lambda waiver: (
            address("waiver_change", trajectory.slug, waiver.key)
            if point_in_time.can_edit and point_in_time.is_now and waiver.key
            else ""
        ),
    )
