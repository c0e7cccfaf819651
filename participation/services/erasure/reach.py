"""Scope of an erasure: each column of each table that can contain personal text, or the reason it is excluded.

``tests/services/erasure/test_reach.py`` goes through all models: a new table or column fails until it is listed here,
or is a row with a history that an administrator can choose.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q, QuerySet

from participation.models import (
    AnswerDraft,
    Bounce,
    Changeset,
    Commitment,
    CommitmentFulfilment,
    Contribution,
    ContributionImport,
    CounterSignal,
    DigestDelivery,
    Document,
    DocumentShare,
    EvaluationResponse,
    IdempotencyRecord,
    JobChunk,
    JobRun,
    Motion,
    Obligation,
    Organisation,
    OutboundEmail,
    PausedAddress,
    Plan,
    PlanActor,
    ProgressReport,
    Request,
    Scenario,
    Step,
    Submission,
    Trajectory,
    Upload,
    Waiver,
    WebhookDelivery,
)


class ErasableTable(NamedTuple):
    """A model that users write to, from whose rows an administrator can choose to erase.

    ``owner`` maps each possible owner type to the lookup path from a row to it.
    """

    model: type[Model]
    owner: Mapping[str, str]


def _trajectory_path(path: str = "trajectory") -> Mapping[str, str]:
    return {"trajectory": path}


#: By model name.
ERASABLE_TABLES: Mapping[str, ErasableTable] = {
    str(erasable.model._meta.model_name): erasable
    for erasable in (
        ErasableTable(Trajectory, _trajectory_path("pk")),
        ErasableTable(Plan, _trajectory_path()),
        ErasableTable(PlanActor, _trajectory_path("plan__trajectory")),
        ErasableTable(Scenario, _trajectory_path()),
        ErasableTable(Step, _trajectory_path()),
        ErasableTable(Document, _trajectory_path()),
        ErasableTable(DocumentShare, _trajectory_path("document__trajectory")),
        ErasableTable(Contribution, _trajectory_path()),
        # A request that belongs to no trajectory is an owner itself.
        ErasableTable(Request, {"trajectory": "trajectory", "request": "pk"}),
        ErasableTable(Waiver, _trajectory_path()),
        ErasableTable(CounterSignal, _trajectory_path()),
        ErasableTable(EvaluationResponse, _trajectory_path("step__trajectory")),
        ErasableTable(Upload, {}),
        ErasableTable(Motion, {"motion": "pk"}),
        ErasableTable(Commitment, {"commitment": "pk"}),
        ErasableTable(ProgressReport, {"motion": "motion", "commitment": "commitment"}),
        ErasableTable(CommitmentFulfilment, {"commitment": "commitment"}),
        ErasableTable(Organisation, {}),
    )
}


class CopyTable(NamedTuple):
    """A model with copies of users' text, or with drafts that quote it: these are always erased with the original."""

    model: type[Model]
    columns: tuple[str, ...]
    #: Filter on rows; the text of the others is derived again from the erased rows.
    row_filter: Q = Q()


#: Sessions are encoded and handled separately: see ``erasure``.
COPIES: tuple[CopyTable, ...] = (
    CopyTable(Changeset, ("about",)),
    # What a visitor typed; the request made of it is the original.
    CopyTable(Submission, ("text", "name")),
    CopyTable(AnswerDraft, ("response", "responded_on", "rows")),
    CopyTable(ContributionImport, ("reason", "problems", "notes")),
    # Obligations that were not withdrawn are recomputed from the facts.
    CopyTable(Obligation, ("details",), Q(withdrawn_at__isnull=False)),
    CopyTable(OutboundEmail, ("subject", "text", "html", "reason")),
    CopyTable(DigestDelivery, ("subject",)),
    CopyTable(WebhookDelivery, ("body", "reason")),
    CopyTable(IdempotencyRecord, ("body",)),
    CopyTable(Bounce, ("reason",)),
    CopyTable(PausedAddress, ("reason",)),
    CopyTable(JobRun, ("failures", "differences")),
    CopyTable(JobChunk, ("failures", "differences")),
    CopyTable(LogEntry, ("object_repr", "change_message")),
)

_SET_UP = "what administrators set up, shown to nobody else"
_ACCOUNT = "the account's own: changed or closed in the administration"
_MACHINE = "a word, key, number or checksum of the machine"
_PLACE = "the published name of a place"
#: What is excluded, by ``table`` or ``table.column``, with the reason.
EXCLUDED: Mapping[str, str] = {
    "participation.ApiKey": _ACCOUNT,
    "participation.User": _ACCOUNT,
    "participation.Follower": "an address and a token: gone as soon as the follower leaves",
    "participation.Submission.token": _MACHINE,
    "participation.EvaluationLink": _MACHINE,
    "participation.EvaluationCount": "groups of the plan and published names of places, with a number",
    "participation.Neighbourhood": _PLACE,
    "participation.HistoricalNeighbourhood": _PLACE,
    "participation.NeighbourhoodShape": _PLACE,
    "participation.Postcode": _PLACE,
    "participation.ComparedMunicipality": "totals that municipalities published, without any count under five",
    "participation.Webhook": _SET_UP,
    "participation.HistoricalWebhook": _SET_UP,
    "participation.HistoricalMembership": _MACHINE,
    "participation.Transition": _MACHINE,
    "participation.Obligation.missing": _MACHINE,
    "participation.AssessmentFingerprint": _MACHINE,
    "participation.Changeset.row_changes": _MACHINE,
    "participation.Changeset.m2m_changes": _MACHINE,
    "participation.Erasure": "it says why, and is refused where it repeats the words",
    "participation.IdempotencyRecord.key": _MACHINE,
    "participation.IdempotencyRecord.request": _MACHINE,
    "participation.IdempotencyRecord.headers": "the version and the address of what was added",
    "participation.ContributionImport.received_on": _MACHINE,
    "participation.ContributionImport.claimed_by": _MACHINE,
    "participation.ContributionImport.counts": _MACHINE,
    "participation.JobRun.kind": _MACHINE,
    "participation.JobRun.rulebooks": _MACHINE,
    "participation.JobRun.code_version": _MACHINE,
    "participation.JobRun.counts": _MACHINE,
    "participation.JobChunk.of": _MACHINE,
    "participation.JobChunk.claimed_by": _MACHINE,
    "participation.JobChunk.counts": _MACHINE,
    "participation.OutboundEmail.claimed_by": _MACHINE,
    "participation.OutboundEmail.key": _MACHINE,
    "participation.OutboundEmail.language": _MACHINE,
    "participation.OutboundEmail.headers": "addresses to stop the mail at",
    "participation.Bounce.key": _MACHINE,
    "participation.DigestDelivery.language": _MACHINE,
    "participation.DigestDelivery.figures": _MACHINE,
    "participation.WebhookDelivery.claimed_by": _MACHINE,
    "participation.WebhookDelivery.key": _MACHINE,
    "participation.RateCount.key": _MACHINE,
    "admin.LogEntry.object_id": _MACHINE,
    "auth.Permission": _MACHINE,
    "auth.Group": _SET_UP,
    "contenttypes.ContentType": _MACHINE,
    "sessions.Session.session_key": _MACHINE,
    "account.EmailConfirmation": _MACHINE,
    "mfa.Authenticator": _ACCOUNT,
    "socialaccount.SocialApp": _SET_UP,
    "socialaccount.SocialAccount": _ACCOUNT,
    "socialaccount.SocialToken": _ACCOUNT,
}


def owner_of(row: Any) -> tuple[str, int] | None:
    """Return the owner type and key of this row, or version of a row; None where it has no owner."""
    name = str(row._meta.model_name).removeprefix("historical")
    if name == "upload":
        row = _row_using_upload(row.pk)
        return ("trajectory", row.trajectory_id) if row else None
    for owner_type, path in ERASABLE_TABLES[name].owner.items():
        value: Any = row
        for step in path.split("__"):
            value = _follow_lookup(value, step) if value is not None else None
        if value is not None:
            return owner_type, value
    return None


def _follow_lookup(row: Any, step: str) -> Any:
    """Return the key in a column, or the related row: its last version where it was deleted."""
    if step == "pk":
        return row.id
    field = row._meta.get_field(step)
    key = getattr(row, field.attname)
    if key is None or field.related_model in (Trajectory, Motion, Commitment):
        return key
    found = field.related_model._default_manager.filter(pk=key).first()
    return found or field.related_model.history.filter(id=key).order_by("-history_id").first()


def _row_using_upload(upload: int) -> Any:
    """Return the last version of the document or counter-signal to which this file was last attached."""
    document = Document.history.filter(file=upload).order_by("-history_id").first()
    return document or CounterSignal.history.filter(evidence_file=upload).order_by("-history_id").first()


def rows_of(erasable: ErasableTable, owner_type: str, key: int) -> tuple[QuerySet[Any], QuerySet[Any] | None]:
    """Return the rows of a model that belong to this trajectory (motion, commitment, request), and their versions.

    Includes versions of deleted rows. None for the versions of a model without history.
    """
    model: Any = erasable.model
    rows, history = model._base_manager.order_by("pk"), getattr(model, "history", None)
    if model is Upload and owner_type == "trajectory":
        files = [
            model_using.history.filter(trajectory=key).exclude(**{column: None}).order_by().values(column)
            for model_using, column in ((Document, "file"), (CounterSignal, "evidence_file"))
        ]
        return rows.filter(Q(pk__in=files[0]) | Q(pk__in=files[1])), None
    path = erasable.owner.get(owner_type)
    if path is None:
        return rows.none(), history.none() if history else None
    if history is None:
        return rows.filter(**{path: key}), None
    first, _follow_lookup, rest = path.partition("__")
    if not rest:
        own = rows.filter(**{path: key})
        versions = history.filter(**{"id" if path == "pk" else path: key})
        if model is Request:
            # Also those of before it was linked to this trajectory.
            versions = history.filter(Q(pk__in=versions.values("pk")) | Q(id__in=own.values("pk")))
        return own, versions
    parents = model._meta.get_field(first).related_model.history.filter(**{rest: key}).order_by().values("id")
    return rows.filter(**{path: key}), history.filter(**{f"{first}__in": parents})
