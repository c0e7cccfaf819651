"""Tables and constraints, one module a group of nouns."""

from .assessment import AssessmentRun, LedgerError, Obligation, ReportDelivery, Transition
from .contributions import Contribution
from .counter_signals import CounterSignal
from .documents import Document, DocumentShare
from .entries import Entry
from .evaluations import EvaluationLink, EvaluationResponse
from .following import Follower
from .organisations import Organisation
from .people import Membership, User
from .places import Neighbourhood
from .plans import Plan, PlanActor, Scenario
from .register import Commitment, Motion, Report
from .requests import Request
from .steps import Step
from .trajectories import Trajectory
from .uploads import Upload
from .waivers import Waiver

__all__ = [
    "AssessmentRun",
    "Commitment",
    "Contribution",
    "CounterSignal",
    "Document",
    "DocumentShare",
    "Entry",
    "EvaluationLink",
    "EvaluationResponse",
    "Follower",
    "LedgerError",
    "Membership",
    "Motion",
    "Neighbourhood",
    "Obligation",
    "Organisation",
    "Plan",
    "PlanActor",
    "Report",
    "ReportDelivery",
    "Request",
    "Scenario",
    "Step",
    "Trajectory",
    "Transition",
    "Upload",
    "User",
    "Waiver",
]
