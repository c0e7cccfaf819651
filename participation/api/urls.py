"""The addresses of the API."""

from typing import Any

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from participation.selectors.records import keys_of

from .description import Description, Docs
from .parts import PartList, PartOne, told_of_list, told_of_one
from .trajectories import DossierOne, PlanOne, TrajectoryList, TrajectoryOne
from .views import OF_TRAJECTORY

app_name = "api"


class NameConverter(StringConverter):
    """A ref or a number: any text on one line, slashes included."""

    regex = r"[^\u0000-\u001f\u007f-\u009f]+"


register_converter(NameConverter, "name")

#: The sections of a dossier that have addresses of their own: component, and what one and many are called.
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


urlpatterns = [
    path("openapi.json", Description.as_view(), name="openapi"),
    path("docs", Docs.as_view(), name="docs"),
    path("trajectories", TrajectoryList.as_view(), name="trajectories"),
    path("trajectories/<str:slug>", TrajectoryOne.as_view(), name="trajectory"),
    path("trajectories/<str:slug>/dossier", DossierOne.as_view(), name="dossier"),
    path("trajectories/<str:slug>/plan", PlanOne.as_view(), name="plan"),
    *(one for section in _PARTS for one in _part(section)),
]
