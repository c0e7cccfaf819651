"""URL patterns of the API."""

from typing import Any

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from participation.selectors.dossiers.records import record_keys

from .description import OpenApiDocument, ReferencePage, SwaggerUI
from .index import Index
from .linked_data import RENDERERS
from .obligations import ObligationExplanation, ObligationList, TrajectoryObligations
from .places import NeighbourhoodDetail, NeighbourhoodList, OrganisationDetail, OrganisationList
from .register import CommitmentFilters, MotionFilters, RequestFilters, tracked_views
from .rules import RuleDetail, RuleList
from .statistics import Statistics
from .trajectories import DossierDetail, PlanDetail, TrajectoryDetail, TrajectoryList
from .trajectory_items import TrajectoryItemDetail, TrajectoryItemList, detail_operations, list_operations
from .transitions import TrajectoryTransitions, TransitionList
from .views import TRAJECTORY_PATH_PARAMETERS

app_name = "api"


class NameConverter(StringConverter):
    """Path converter for refs and printed numbers: any text without control characters, slashes included."""

    regex = r"[^\u0000-\u001f\u007f-\u009f]+"


register_converter(NameConverter, "name")

#: Sections of a dossier with URLs of their own: OpenAPI component, and singular and plural for the summaries.
_ITEM_SECTIONS = {
    "steps": ("Step", "a step", "steps"),
    "documents": ("Document", "a document", "documents"),
    "contributions": ("Contribution", "a contribution", "contributions"),
    "requests": ("Request", "a request", "requests"),
    "scenarios": ("Scenario", "a scenario", "scenarios"),
    "waivers": ("Waiver", "a waiver", "waivers"),
}
#: The sections of which items may be in the decision chain.
_CHAIN_SECTIONS = ("steps", "documents", "contributions")


def _item_patterns(section: str) -> list[Any]:
    component, singular, plural = _ITEM_SECTIONS[section]
    by_number = section == "waivers"
    fields = (*(["id"] if by_number else []), *record_keys(section))
    name, description = ("id", "Primary key.") if by_number else ("ref", f"Ref of the {component.lower()}.")
    shared = {"section": section, "fields": fields}
    list_view = TrajectoryItemList.as_view(
        operation_name=section, operations=list_operations(component, singular, plural), **shared
    )
    is_linked = section in _CHAIN_SECTIONS
    detail_view = TrajectoryItemDetail.as_view(
        operation_name=component.lower(),
        operations=detail_operations(component, singular, is_linked),
        renderer_classes=RENDERERS if is_linked else RENDERERS[:1],
        path_parameters={**TRAJECTORY_PATH_PARAMETERS, name: description},
        **shared,
    )
    converter = "int" if by_number else "name"
    return [
        path(f"trajectories/<str:slug>/{section}", list_view, name=section),
        path(f"trajectories/<str:slug>/{section}/<{converter}:{name}>", detail_view, name=f"{section}-one"),
    ]


def _tracked_patterns(owner_type: str, *arguments: Any) -> list[Any]:
    list_view, detail_view, explanation_view, texts = tracked_views(owner_type, *arguments)
    # A trajectory has requests too, with URLs of their own.
    name = "register-request" if owner_type == "request" else owner_type
    return [
        path(f"{owner_type}s", list_view, name=f"{name}s"),
        # A number may contain slashes, so the longer pattern has to come first.
        *(path(f"{owner_type}s/<name:number>/{key}", view, name=f"{name}-{key}") for key, view in texts.items()),
        path(f"{owner_type}s/<name:number>/explanation", explanation_view, name=f"{name}-explanation"),
        path(f"{owner_type}s/<name:number>", detail_view, name=name),
    ]


urlpatterns = [
    path("", Index.as_view(), name="index"),
    path("openapi.json", OpenApiDocument.as_view(), name="openapi"),
    path("docs", ReferencePage.as_view(), name="docs"),
    path("docs/try", SwaggerUI.as_view(), name="try"),
    path("trajectories", TrajectoryList.as_view(), name="trajectories"),
    path("trajectories/<str:slug>", TrajectoryDetail.as_view(), name="trajectory"),
    path("trajectories/<str:slug>/dossier", DossierDetail.as_view(), name="dossier"),
    path("trajectories/<str:slug>/plan", PlanDetail.as_view(), name="plan"),
    *(pattern for section in _ITEM_SECTIONS for pattern in _item_patterns(section)),
    path("trajectories/<str:slug>/obligations", TrajectoryObligations.as_view(), name="trajectory-obligations"),
    path("trajectories/<str:slug>/obligations/<str:rule>", ObligationExplanation.as_view(), name="explanation"),
    path("trajectories/<str:slug>/transitions", TrajectoryTransitions.as_view(), name="trajectory-transitions"),
    path("obligations", ObligationList.as_view(), name="obligations"),
    path("transitions", TransitionList.as_view(), name="transitions"),
    path("rules", RuleList.as_view(), name="rules"),
    path("rules/<str:id>", RuleDetail.as_view(), name="rule"),
    *_tracked_patterns("motion", "Motion", "a motion", MotionFilters),
    *_tracked_patterns("commitment", "Commitment", "a commitment", CommitmentFilters),
    *_tracked_patterns("request", "RegisterRequest", "a request of the register", RequestFilters),
    path("organisations", OrganisationList.as_view(), name="organisations"),
    path("organisations/<str:slug>", OrganisationDetail.as_view(), name="organisation"),
    path("neighbourhoods", NeighbourhoodList.as_view(), name="neighbourhoods"),
    path("neighbourhoods/<str:slug>", NeighbourhoodDetail.as_view(), name="neighbourhood"),
    path("statistics", Statistics.as_view(), name="statistics"),
]
