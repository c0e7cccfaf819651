"""URLs of the recording views."""

from django.urls import URLPattern, URLResolver, path

from . import contributions
from .agenda_import import agenda_import
from .answers import AnswersCheckView, AnswersView
from .documents import DocumentAdd, DocumentChange, DocumentShareView
from .planning_import import PlanningImport
from .plans import PlanChange
from .publication import PublicationChange
from .reach_import import ReachImport
from .requests import RequestAdd, RequestChange
from .scenarios import ScenarioAdd, ScenarioChange
from .start import StartDecision, StartPeople, StartWhat, TrajectoryAdd
from .steps import StepAdd, StepChange
from .trajectories import TrajectoryChange
from .undo import changeset_undo
from .waivers import WaiverAdd, WaiverChange

urlpatterns: list[URLPattern | URLResolver] = [
    path("trajecten/<slug:name>/inbreng/nieuw/", contributions.contributions_add, name="contributions_add"),
    path("trajecten/<slug:name>/inbrenglijst/", contributions.contributions_import, name="contributions_import"),
    path("trajecten/<slug:name>/inbreng/beantwoorden/", AnswersView.as_view(), name="contributions_answer"),
    path(
        "trajecten/<slug:name>/inbreng/beantwoorden/controleren/",
        AnswersCheckView.as_view(),
        name="contributions_answer_check",
    ),
    path(
        "trajecten/<slug:name>/inbreng/<number:ref>/",
        contributions.ContributionChange.as_view(),
        name="contribution_change",
    ),
    path("trajecten/<slug:name>/planning/inlezen/", PlanningImport.as_view(), name="planning_import"),
    path("trajecten/<slug:name>/bereik/inlezen/", ReachImport.as_view(), name="reach_import"),
    path("trajecten/<slug:name>/stappen/nieuw/", StepAdd.as_view(), name="step_add"),
    path("trajecten/<slug:name>/stappen/<number:ref>/", StepChange.as_view(), name="step_change"),
    path("trajecten/<slug:name>/stukken/nieuw/", DocumentAdd.as_view(), name="document_add"),
    path("trajecten/<slug:name>/stukken/<number:ref>/delen/", DocumentShareView.as_view(), name="document_share"),
    path("trajecten/<slug:name>/stukken/<number:ref>/", DocumentChange.as_view(), name="document_change"),
    path("agenda/inlezen/", agenda_import, name="agenda_import"),
    path("ongedaan/<int:pk>/", changeset_undo, name="changeset_undo"),
    path("trajecten/nieuw/", TrajectoryAdd.as_view(), name="trajectory_add"),
    path("trajecten/<slug:name>/starten/", StartWhat.as_view(), name="trajectory_start"),
    path(
        "trajecten/<slug:name>/starten/besluit/",
        StartDecision.as_view(),
        name="trajectory_start_decision",
    ),
    path(
        "trajecten/<slug:name>/starten/wie/",
        StartPeople.as_view(),
        name="trajectory_start_people",
    ),
    path("trajecten/<slug:name>/wijzigen/", TrajectoryChange.as_view(), name="trajectory_change"),
    path("trajecten/<slug:name>/openbaar/", PublicationChange.as_view(), name="trajectory_publication"),
    path("trajecten/<slug:name>/plan/wijzigen/", PlanChange.as_view(), name="plan_change"),
    path("trajecten/<slug:name>/scenarios/nieuw/", ScenarioAdd.as_view(), name="scenario_add"),
    path("trajecten/<slug:name>/scenarios/<number:ref>/", ScenarioChange.as_view(), name="scenario_change"),
    path("trajecten/<slug:name>/verzoeken/nieuw/", RequestAdd.as_view(), name="request_add"),
    path("trajecten/<slug:name>/verzoeken/<number:ref>/", RequestChange.as_view(), name="request_change"),
    path("trajecten/<slug:name>/uitleg/", WaiverAdd.as_view(), name="waiver_add"),
    path("trajecten/<slug:name>/uitleg/<int:pk>/", WaiverChange.as_view(), name="waiver_change"),
]
