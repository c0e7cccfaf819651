"""Models and their constraints, one module per group of related models."""

from .answer_drafts import AnswerDraft
from .api import ApiKey, IdempotencyRecord
from .changesets import Changeset
from .comparison import ComparedMunicipality
from .contribution_imports import ContributionImport
from .contributions import Contribution
from .counter_signals import CounterSignal
from .documents import Document, DocumentShare
from .erasures import Erasure
from .evaluations import EvaluationCount, EvaluationLink, EvaluationResponse
from .fingerprints import AssessmentFingerprint
from .followers import Follower
from .jobs import JobChunk, JobRun
from .mail import Bounce, DigestDelivery, OutboundEmail, PausedAddress, Reminder
from .neighbourhoods import Neighbourhood, NeighbourhoodShape, Postcode
from .obligations import AppendOnlyError, Obligation, Transition
from .organisations import Organisation
from .people import Membership, User
from .plans import Plan, PlanActor, Scenario
from .rate_limits import RateCount
from .register import Commitment, CommitmentFulfilment, Motion, ProgressReport
from .requests import Request
from .steps import Step
from .storage import WriteProbe
from .submissions import Submission
from .trajectories import Trajectory
from .uploads import Upload
from .waivers import Waiver
from .webhooks import Webhook, WebhookDelivery

__all__ = [
    "AnswerDraft",
    "ApiKey",
    "AppendOnlyError",
    "AssessmentFingerprint",
    "Bounce",
    "Changeset",
    "Commitment",
    "CommitmentFulfilment",
    "ComparedMunicipality",
    "Contribution",
    "ContributionImport",
    "CounterSignal",
    "DigestDelivery",
    "Document",
    "DocumentShare",
    "Erasure",
    "EvaluationCount",
    "EvaluationLink",
    "EvaluationResponse",
    "Follower",
    "IdempotencyRecord",
    "JobChunk",
    "JobRun",
    "Membership",
    "Motion",
    "Neighbourhood",
    "NeighbourhoodShape",
    "Obligation",
    "Organisation",
    "OutboundEmail",
    "PausedAddress",
    "Plan",
    "PlanActor",
    "Postcode",
    "ProgressReport",
    "RateCount",
    "Reminder",
    "Request",
    "Scenario",
    "Step",
    "Submission",
    "Trajectory",
    "Transition",
    "Upload",
    "User",
    "Waiver",
    "Webhook",
    "WebhookDelivery",
    "WriteProbe",
]
