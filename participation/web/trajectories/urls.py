"""URLs of the trajectory views."""

from django.urls import URLPattern, URLResolver, path

from participation.presentation.trajectory_pages import AGREEMENTS, INPUT, PLAN, SEARCH, SUMMARY, TAKE_PART

from .archive import trajectory_archive
from .as_json import trajectory_json
from .detail import AgreementsPage, InputPage, PlanPage, SearchPage, SummaryPage, TakePartPage
from .document_comparison import document_comparison
from .histories import trajectory_history
from .home import home
from .list import trajectories
from .map import trajectories_by_neighbourhood
from .obligation import obligation
from .other_rules import other_rules

_TRAJECTORY = "trajecten/<slug:name>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("trajecten/", trajectories, name="trajectories"),
    path("kaart/", trajectories_by_neighbourhood, name="trajectories_by_neighbourhood"),
    path(f"{_TRAJECTORY}{SUMMARY}", SummaryPage.as_view(), name="trajectory"),
    path(f"{_TRAJECTORY}{TAKE_PART}", TakePartPage.as_view(), name="trajectory_take_part"),
    path(f"{_TRAJECTORY}{INPUT}", InputPage.as_view(), name="trajectory_input"),
    path(f"{_TRAJECTORY}{PLAN}", PlanPage.as_view(), name="trajectory_plan"),
    path(f"{_TRAJECTORY}{AGREEMENTS}", AgreementsPage.as_view(), name="trajectory_agreements"),
    path(f"{_TRAJECTORY}{SEARCH}", SearchPage.as_view(), name="trajectory_search"),
    path(f"{_TRAJECTORY}punt/", obligation, name="trajectory_obligation"),
    path(f"{_TRAJECTORY}andere-regels/", other_rules, name="trajectory_other_rules"),
    path(f"{_TRAJECTORY}verschil/", document_comparison, name="document_comparison"),
    path(f"{_TRAJECTORY}geschiedenis/", trajectory_history, name="trajectory_history"),
    path(f"{_TRAJECTORY}traject.json", trajectory_json, name="trajectory_json"),
    path(f"{_TRAJECTORY}archief.zip", trajectory_archive, name="trajectory_archive"),
]
