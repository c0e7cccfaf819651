"""URL patterns of the API."""

from typing import Any

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from participation.selectors.records import keys_of

from .description import Description, Docs, Try
from .index import Index
from .obligations import AllOwed, OwedExplained, OwedInTrajectory
from .places import NeighbourhoodList, NeighbourhoodOne, OrganisationList, OrganisationOne
from .register import CommitmentFilters, MotionFilters, views_of
from .rules import RuleList, RuleOne
from .statistics import Statistics
from .trajectories import DossierOne, PlanOne, TrajectoryList, TrajectoryOne
from .trajectory_items import PartList, PartOne, told_of_list, told_of_one
from .transitions import AllTransitions, TransitionsOfTrajectory
from .views import OF_TRAJECTORY

app_name = "api"


class NameConverter(StringConverter):
    """Path converter for refs and printed numbers: any text without control characters, slashes included."""

    regex = r"[^\u0000-\u001f\u007f-\u009f]+"


register_converter(NameConverter, "name")

#: Sections of a dossier with URLs of their own: OpenAPI component, and singular and plural for the summaries.
_PARTS = {
    "steps": ("Step", "a step", "steps"),
    "documents": ("Document", "a document", "documents"),
    "contributions": ("Contribution", "a contribution", "contributions"),
    "requests": ("Request", "a request", "requests"),
    "scenarios": ("Scenario", "a scenario", "scenarios"),
    "waivers": ("Waiver", "an explanation instead of complying", "explanations instead of complying"),
}


def _part(section: str) -> list[Any]:
    component, one, many = _PARTS[section]
    by_number = section == "waivers"
    fields = (*(["id"] if by_number else []), *keys_of(section))
    name, told = ("id", "Its number.") if by_number else ("ref", f"Ref of the {component.lower()}.")
    shared = {"section": section, "fields": fields}
    every = PartList.as_view(called=section, told=told_of_list(component, one, many), **shared)
    single = PartOne.as_view(
        called=component.lower(), told=told_of_one(component, one), in_path={**OF_TRAJECTORY, name: told}, **shared
    )
    converter = "int" if by_number else "name"
    return [
        path(f"trajectories/<str:slug>/{section}", every, name=section),
        path(f"trajectories/<str:slug>/{section}/<{converter}:{name}>", single, name=f"{section}-one"),
    ]


def _tracked(of: str, *told: Any) -> list[Any]:
    every, single, reports = views_of(of, *told)
    return [
        path(f"{of}s", every, name=f"{of}s"),
        # A number may contain slashes, so the longer pattern has to come first.
        path(f"{of}s/<name:number>/reports", reports, name=f"{of}-reports"),
        path(f"{of}s/<name:number>", single, name=of),
    ]


urlpatterns = [
    path("", Index.as_view(), name="index"),
    path("openapi.json", Description.as_view(), name="openapi"),
    path("docs", Docs.as_view(), name="docs"),
    path("docs/try", Try.as_view(), name="try"),
    path("trajectories", TrajectoryList.as_view(), name="trajectories"),
    path("trajectories/<str:slug>", TrajectoryOne.as_view(), name="trajectory"),
    path("trajectories/<str:slug>/dossier", DossierOne.as_view(), name="dossier"),
    path("trajectories/<str:slug>/plan", PlanOne.as_view(), name="plan"),
    *(one for section in _PARTS for one in _part(section)),
    path("trajectories/<str:slug>/obligations", OwedInTrajectory.as_view(), name="trajectory-obligations"),
    path("trajectories/<str:slug>/obligations/<str:rule>", OwedExplained.as_view(), name="explanation"),
    path("trajectories/<str:slug>/transitions", TransitionsOfTrajectory.as_view(), name="trajectory-transitions"),
    path("obligations", AllOwed.as_view(), name="obligations"),
    path("transitions", AllTransitions.as_view(), name="transitions"),
    path("rules", RuleList.as_view(), name="rules"),
    path("rules/<str:id>", RuleOne.as_view(), name="rule"),
    *_tracked("motion", "Motion", "a motion", MotionFilters),
    *_tracked("commitment", "Commitment", "a commitment", CommitmentFilters),
    path("organisations", OrganisationList.as_view(), name="organisations"),
    path("organisations/<str:slug>", OrganisationOne.as_view(), name="organisation"),
    path("neighbourhoods", NeighbourhoodList.as_view(), name="neighbourhoods"),
    path("neighbourhoods/<str:slug>", NeighbourhoodOne.as_view(), name="neighbourhood"),
    path("statistics", Statistics.as_view(), name="statistics"),
]
