"""The participation plan: actors, scenarios, scope for influence and means."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.html import format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.vocabulary import LEVELS
from participation.models import Contribution, Document, Plan, PlanActor, Scenario
from participation.presentation.values import DisplayNames, key_name, value_text
from participation.services.associations.submissions import theme_of

from ...shared.addresses import address
from ...shared.formatting import with_lang
from .base import TrajectoryPageData, index_by_ref
from .documents import document_url


class Actor(NamedTuple):
    """An actor in the plan, and the party that suggested it ("" for the municipality)."""

    row: PlanActor
    suggested_by: str


class ScenarioItem(NamedTuple):
    """A scenario, with its document, the URL of the reaction form and the reactions."""

    row: Scenario
    document: Document | None
    document_url: str
    react: str
    reactions: list[Contribution]


class PlanSection(NamedTuple):
    """The plan: filled and empty columns, actors, scenarios and reactions."""

    row: Plan | None
    filled: list[tuple[str, str]]
    empty: list[str]
    actors: list[Actor]
    scenarios: list[ScenarioItem]
    reactions: list[Contribution]
    react: str


class Influence(NamedTuple):
    """The scope for influence: what is fixed, what is open, and the level of participation.

    ``rung`` is the position on the ladder of participation, from 1; 0 if the level is unknown.
    """

    frameworks: list[dict[str, str]]
    room: str
    level: str
    rung: int
    rungs: int
    motivation: str
    explanation: str


def _level_text(level: str) -> str:
    return {
        "inform": _("You hear what will happen. You cannot change it."),
        "consult": _("You can say what you think of it. The municipality decides."),
        "advise": _("You give advice. The municipality says what it does with it, and why."),
        "coproduce": _(
            "You make the plan together with the municipality. The council or the municipal executive decides."
        ),
        "codecide": _("You decide together with the municipality."),
        "self_manage": _("Residents decide and carry it out themselves."),
    }.get(level, "")


def influence(page: TrajectoryPageData) -> Influence:
    """Return the scope for influence."""
    plan, level = page.rows.plan, page.rows.trajectory.level
    return Influence(
        frameworks=list(plan.frameworks) if plan else [],
        room=plan.room if plan else "",
        level=str(page.rows.trajectory.get_level_display()),
        rung=LEVELS.index(level) + 1 if level in LEVELS else 0,
        rungs=len(LEVELS),
        motivation=plan.level_motivation if plan else "",
        explanation=_level_text(level),
    )


def no_participation_ground(page: TrajectoryPageData) -> str:
    """Return the ground on which no participation is held, in words; "" if there is no such decision."""
    ground_id: str = page.rows.trajectory.no_participation_ground
    ground = page.rulebook.exceptions.get(ground_id)
    return wording.text_in_language(ground.name, page.display_names.language) if ground else ground_id


def plan_section(page: TrajectoryPageData, can_react: bool) -> PlanSection:
    """Return the plan with its scenarios; ``can_react`` is whether the reader may react to them."""
    plan, slug = page.rows.plan, page.rows.trajectory.slug
    by_theme: dict[str, list[Contribution]] = {}
    for row in page.rows.contributions:
        by_theme.setdefault(row.theme, []).append(row)

    def react(scenario: str = "") -> str:
        return address("plan_react", slug, scenario=scenario) if can_react else ""

    filled, empty = _filled_and_empty(plan, page) if plan else ([], [])
    documents = index_by_ref(page.rows.documents)
    return PlanSection(
        plan,
        filled,
        empty,
        [Actor(a, page.display_names.party(a.suggested_by) if a.suggested_by else "") for a in page.rows.actors],
        [_scenario(row, documents.get(row.document), react(row.ref), by_theme) for row in page.rows.scenarios],
        by_theme.get(theme_of(None), []),
        react(),
    )


def _scenario(
    row: Scenario, document: Document | None, react: str, by_theme: Mapping[str, list[Contribution]]
) -> ScenarioItem:
    url = document_url(document) if document else ""
    return ScenarioItem(row, document, url, react, by_theme.get(theme_of(row), []))


#: The columns shown, in this order; those in _OR_REASON also show their reason.
_COLUMNS = (
    "adopted_on",
    "published_on",
    "to_council_on",
    "actors_shared_on",
    "channels",
    "target_groups",
    "silent_interests",
)
_WITH_REASON = ("neighbouring_areas", "joint_start", "support")


def _filled_and_empty(plan: Plan, page: TrajectoryPageData) -> tuple[list[tuple[str, str]], list[str]]:
    filled, empty = [], []
    for name, value in _values(plan, page):
        if value:
            filled.append((name, value))
        else:
            empty.append(name)
    return filled, empty


def _values(plan: Plan, page: TrajectoryPageData) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of each column; "" if it is not recorded."""
    display_names = page.display_names
    for column in _COLUMNS:
        value = getattr(plan, column)
        yield (
            _column_label(column),
            _mark_language(column, value_text(Plan, column, value, display_names)) if value else "",
        )
    areas = DisplayNames(display_names.language, page.rows.areas)
    for column in _WITH_REASON:
        value, reason = getattr(plan, column), getattr(plan, f"{column}_reason")
        text = value_text(Plan, column, value, areas) if value not in (None, "", []) else ""
        # The value, the reason, or both.
        yield (
            _column_label(column),
            format_html_join(". ", "{}", ((part,) for part in (capfirst(text), with_lang(reason)) if part)),
        )
    items = page.rulebook.plan_items
    for item_id in dict.fromkeys([*items, *plan.items]):
        name = wording.text_in_language(items[item_id].name, display_names.language) if item_id in items else item_id
        yield capfirst(name), with_lang(plan.items.get(item_id) or "")
    if not page.rows.scenarios:
        yield _("Why no scenarios"), with_lang(plan.scenarios_reason)
    for column, keys in (("roles", ("council", "college", "organisation")), ("resources", _RESOURCES)):
        texts: dict[str, Any] = getattr(plan, column)
        for key in keys:
            name = key_name(key)
            yield (
                (_role_label(key) if column == "roles" else capfirst(name)),
                with_lang(texts.get(key) or ""),
            )


def _mark_language(column: str, text: str) -> str:
    """Return the text, with its language marked if people wrote it themselves."""
    return with_lang(text) if column in ("target_groups", "silent_interests") else text


def _role_label(key: str) -> str:
    return {
        "council": _("The role of the council"),
        "college": _("The role of the municipal executive"),
        "organisation": _("The role of the civil service"),
    }[key]


_RESOURCES = ("lead_time", "budget", "people", "expertise")


def _column_label(column: str) -> str:
    return {
        "adopted_on": _("Adopted on"),
        "published_on": _("Published on"),
        "to_council_on": _("Sent to the council on"),
        "actors_shared_on": _("List of parties shared on"),
        "channels": _("How people are reached"),
        "target_groups": _("Groups that are hard to reach"),
        "silent_interests": _("Interests without a voice of their own"),
        "neighbouring_areas": _("Areas around it"),
        "joint_start": _("All parties start together"),
        "support": _("Independent support"),
    }[column]
