"""Scope of an erasure: each column of each table that can contain personal text, or the reason it is excluded.

``tests/services/test_erasure_reach.py`` goes through all models: a new table or column fails until it is listed here,
or is a row with a history that an administrator can choose.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q, QuerySet

from participation.models import (
    Bounce,
    Changeset,
    Commitment,
    Contribution,
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


def _of_trajectory(path: str = "trajectory") -> Mapping[str, str]:
    return {"trajectory": path}


#: By model name.
CHOSEN: Mapping[str, ErasableTable] = {
    str(chosen.model._meta.model_name): chosen
    for chosen in (
        ErasableTable(Trajectory, _of_trajectory("pk")),
        ErasableTable(Plan, _of_trajectory()),
        ErasableTable(PlanActor, _of_trajectory("plan__trajectory")),
        ErasableTable(Scenario, _of_trajectory()),
        ErasableTable(Step, _of_trajectory()),
        ErasableTable(Document, _of_trajectory()),
        ErasableTable(DocumentShare, _of_trajectory("document__trajectory")),
        ErasableTable(Contribution, _of_trajectory()),
        ErasableTable(Request, _of_trajectory()),
        ErasableTable(Waiver, _of_trajectory()),
        ErasableTable(CounterSignal, _of_trajectory()),
        ErasableTable(EvaluationResponse, _of_trajectory("step__trajectory")),
        ErasableTable(Upload, {}),
        ErasableTable(Motion, {"motion": "pk"}),
        ErasableTable(Commitment, {"commitment": "pk"}),
        ErasableTable(ProgressReport, {"motion": "motion", "commitment": "commitment"}),
        ErasableTable(Organisation, {}),
    )
}


class Copies(NamedTuple):
    """A model that the application fills with copies of users' text: these are always erased with the original."""

    model: type[Model]
    columns: tuple[str, ...]
    #: Filter on rows; the text of the others is derived again from the erased rows.
    only: Q = Q()


#: Sessions are encoded and handled separately: see ``erasure``.
COPIES: tuple[Copies, ...] = (
    Copies(Changeset, ("about",)),
    # Obligations that were not withdrawn are recomputed from the facts.
    Copies(Obligation, ("details",), Q(withdrawn_at__isnull=False)),
    Copies(OutboundEmail, ("subject", "text", "html", "reason")),
    Copies(DigestDelivery, ("subject",)),
    Copies(WebhookDelivery, ("body", "reason")),
    Copies(IdempotencyRecord, ("body",)),
    Copies(Bounce, ("reason",)),
    Copies(PausedAddress, ("reason",)),
    Copies(JobRun, ("failures", "differences")),
    Copies(JobChunk, ("failures", "differences")),
    Copies(LogEntry, ("object_repr", "change_message")),
)

_SET_UP = "what administrators set up, shown to nobody else"
_ACCOUNT = "the account's own: changed or closed in the administration"
_MACHINE = "a word, key, number or checksum of the machine"
_PLACE = "the published name of a place"
#: What is excluded, by ``table`` or ``table.column``, with the reason.
LEFT: Mapping[str, str] = {
    "participation.ApiKey": _ACCOUNT,
    "participation.User": _ACCOUNT,
    "participation.Follower": "an address and a token: gone as soon as the follower leaves",
    "participation.EvaluationLink": _MACHINE,
    "participation.Neighbourhood": _PLACE,
    "participation.HistoricalNeighbourhood": _PLACE,
    "participation.Webhook": _SET_UP,
    "participation.HistoricalWebhook": _SET_UP,
    "participation.HistoricalMembership": _MACHINE,
    "participation.Transition": _MACHINE,
    "participation.Obligation.missing": _MACHINE,
    "participation.Changeset.row_changes": _MACHINE,
    "participation.Changeset.m2m_changes": _MACHINE,
    "participation.Erasure": "it says why, and is refused where it repeats the words",
    "participation.IdempotencyRecord.key": _MACHINE,
    "participation.IdempotencyRecord.request": _MACHINE,
    "participation.IdempotencyRecord.headers": "the version and the address of what was added",
    "participation.JobRun.kind": _MACHINE,
    "participation.JobRun.rulebook": _MACHINE,
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
        row = _user_of(row.pk)
        return ("trajectory", row.trajectory_id) if row else None
    for of, path in CHOSEN[name].owner.items():
        value: Any = row
        for step in path.split("__"):
            value = _step(value, step) if value is not None else None
        if value is not None:
            return of, value
    return None


def _step(row: Any, step: str) -> Any:
    """Return the key in a column, or the related row: its last version where it was deleted."""
    if step == "pk":
        return row.id
    field = row._meta.get_field(step)
    key = getattr(row, field.attname)
    if key is None or field.related_model in (Trajectory, Motion, Commitment):
        return key
    found = field.related_model._default_manager.filter(pk=key).first()
    return found or field.related_model.history.filter(id=key).order_by("-history_id").first()


def _user_of(upload: int) -> Any:
    """Return the last version of the document or counter-signal to which this file was last attached."""
    document = Document.history.filter(file=upload).order_by("-history_id").first()
    return document or CounterSignal.history.filter(evidence_file=upload).order_by("-history_id").first()


def rows_of(chosen: ErasableTable, of: str, key: int) -> tuple[QuerySet[Any], QuerySet[Any] | None]:
    """Return the rows of a model that belong to this trajectory (motion, commitment), and their versions.

    Includes versions of deleted rows. None for the versions of a model without history.
    """
    model: Any = chosen.model
    rows, history = model._base_manager.order_by("pk"), getattr(model, "history", None)
    if model is Upload and of == "trajectory":
        files = [
            used.history.filter(trajectory=key).exclude(**{column: None}).order_by().values(column)
            for used, column in ((Document, "file"), (CounterSignal, "evidence_file"))
        ]
        return rows.filter(Q(pk__in=files[0]) | Q(pk__in=files[1])), None
    path = chosen.owner.get(of)
    if path is None:
        return rows.none(), history.none() if history else None
    if history is None:
        return rows.filter(**{path: key}), None
    first, _step, rest = path.partition("__")
    if not rest:
        return rows.filter(**{path: key}), history.filter(**{"id" if path == "pk" else path: key})
    parents = model._meta.get_field(first).related_model.history.filter(**{rest: key}).order_by().values("id")
    return rows.filter(**{path: key}), history.filter(**{f"{first}__in": parents})
