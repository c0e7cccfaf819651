"""Tables and constraints, one module a group of nouns."""

from .assessment import AssessmentRun, LedgerError, Obligation, ReportDelivery, Transition
from .contributions import Contribution
from .documents import Document, DocumentShare
from .organisations import Organisation
from .people import Membership, User
from .places import Neighbourhood
from .plans import Plan, PlanActor, Scenario
from .register import Commitment, Motion, Report
from .requests import Request
from .steps import EvaluationResponse, Step
from .trajectories import Trajectory
from .waivers import Waiver

__all__ = [
    "AssessmentRun",
    "Commitment",
    "Contribution",
    "Document",
    "DocumentShare",
    "EvaluationResponse",
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
    "User",
    "Waiver",
]
