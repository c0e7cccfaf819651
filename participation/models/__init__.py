"""Models and their constraints, one module per group of related models."""

from .api import ApiKey, DoneOnce
from .changesets import Entry
from .contributions import Contribution
from .counter_signals import CounterSignal
from .documents import Document, DocumentShare
from .erasures import Erasure
from .evaluations import EvaluationLink, EvaluationResponse
from .followers import Follower
from .jobs import JobChunk, JobRun
from .mail import Bounce, Message, PausedAddress, Reminder, ReportDelivery
from .neighbourhoods import Neighbourhood
from .obligations import LedgerError, Obligation, Transition
from .organisations import Organisation
from .people import Membership, User
from .plans import Plan, PlanActor, Scenario
from .rate_limits import RateCount
from .register import Commitment, Motion, Report
from .requests import Request
from .steps import Step
from .storage import WriteProbe
from .trajectories import Trajectory
from .uploads import Upload
from .waivers import Waiver
from .webhooks import Delivery, Webhook

__all__ = [
    "ApiKey",
    "Bounce",
    "Commitment",
    "Contribution",
    "CounterSignal",
    "Delivery",
    "Document",
    "DocumentShare",
    "DoneOnce",
    "Entry",
    "Erasure",
    "EvaluationLink",
    "EvaluationResponse",
    "Follower",
    "JobChunk",
    "JobRun",
    "LedgerError",
    "Membership",
    "Message",
    "Motion",
    "Neighbourhood",
    "Obligation",
    "Organisation",
    "PausedAddress",
    "Plan",
    "PlanActor",
    "RateCount",
    "Reminder",
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
    "Webhook",
    "WriteProbe",
]
