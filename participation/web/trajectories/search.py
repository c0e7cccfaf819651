"""Search in a trajectory: the form, and what was found with a link to its place."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.models import Contribution, Document, Plan, Request, Scenario, Step, Trajectory
from participation.presentation.labels import title_of
from participation.presentation.values import DisplayNames
from participation.selectors.searching import TextPart, excerpt, folded_words
from participation.selectors.trajectories.content import FoundRows, best_text, content_matching

from ..shared.addresses import trajectory_address
from ..shared.filtering import FilterForm, SearchField

#: Query parameter with the text that is searched for.
SEARCH_PARAM = "zoek"


class SearchForm(FilterForm):
    """The text that is searched for."""

    names: ClassVar[Mapping[str, str]] = {"text": SEARCH_PARAM}

    text = SearchField(label=gettext_lazy("Search in this trajectory"))


class SearchHit(NamedTuple):
    """A row that was found: its name, its place and an excerpt."""

    name: str
    href: str
    excerpt: list[TextPart]


class SearchGroup(NamedTuple):
    """What was found of one kind, and whether there is more."""

    heading: str
    hits: list[SearchHit]
    has_more: bool


def search_results(trajectory: Trajectory, text: str, display_names: DisplayNames) -> list[SearchGroup]:
    """Return what matches the text, by kind."""
    words = folded_words(text)
    return [
        SearchGroup(
            _heading(found),
            [
                SearchHit(
                    _name(row, display_names),
                    trajectory_address(trajectory.slug, _fragment(row)),
                    excerpt(best_text(row, words), words),
                )
                for row in found.rows
            ],
            found.has_more,
        )
        for found in content_matching(trajectory, text)
    ]


def _heading(found: FoundRows) -> str:
    return {
        Contribution: _("Input and answers"),
        Step: _("Steps and decisions"),
        Document: _("Documents"),
        Plan: _("The plan for participation"),
        Scenario: _("Scenarios"),
        Request: _("Questions and requests"),
    }[found.model]


def _name(row: Any, display_names: DisplayNames) -> str:
    if isinstance(row, Step):
        return title_of(row)
    if isinstance(row, Contribution | Request):
        kind = row.get_kind_display() if isinstance(row, Request) else ""
        name = capfirst(str(kind or row._meta.verbose_name))
        return f"{name}, {display_names.party(row.party)}" if row.party else name
    if isinstance(row, Plan):
        return _("The plan for participation")
    kind = row.get_kind_display() if isinstance(row, Document) else ""
    return str(row.title or kind or row.ref)


def _fragment(row: Any) -> str:
    if isinstance(row, Plan):
        return "plan"
    prefixes = {Contribution: "inbreng", Document: "document", Request: "verzoek", Scenario: "scenario"}
    prefix = ("besluit" if row.kind == "decision" else "stap") if isinstance(row, Step) else prefixes[type(row)]
    return f"{prefix}-{row.ref}"
