"""All rows of one trajectory, for its page: every table is read once, however many rows there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from participation.models import (
    Contribution,
    Document,
    DocumentShare,
    Motion,
    Neighbourhood,
    Organisation,
    Plan,
    PlanActor,
    Request,
    Scenario,
    Step,
    Trajectory,
    Upload,
)
from participation.selectors.changes.public_texts import public_value
from participation.selectors.changes.row_versions import row_of_version
from participation.selectors.obligations.facts import rows_known_at


class TrajectoryRows(NamedTuple):
    """The rows of a trajectory, each kind in the order in which it was recorded.

    ``shares`` are by the key of their document; ``names`` and ``kinds`` are the names and kinds of organisations by
    slug; ``areas`` the names of the neighbouring areas in the plan, and of those from which people were reached.
    """

    trajectory: Trajectory
    neighbourhoods: list[Neighbourhood]
    plan: Plan | None
    actors: list[PlanActor]
    scenarios: list[Scenario]
    steps: list[Step]
    documents: list[Document]
    shares: Mapping[int, list[DocumentShare]]
    contributions: list[Contribution]
    requests: list[Request]
    motions: list[Motion]
    names: Mapping[str, str]
    kinds: Mapping[str, str]
    areas: Mapping[str, str]

    @property
    def steps_by_ref(self) -> dict[str, Step]:
        """Return the steps by ref."""
        return {step.ref: step for step in self.steps}


def trajectory_rows(trajectory: Trajectory) -> TrajectoryRows:
    """Return all rows of the trajectory; one query per table."""
    plan = Plan.objects.filter(trajectory=trajectory).first()
    parties = list(Organisation.objects.values_list("slug", "name", "kind"))
    steps = _rows(Step, trajectory)
    areas = {row["slug"] for step in steps for row in step.reach_neighbourhoods if row.get("slug")}
    areas.update(plan.neighbouring_areas if plan else ())
    return TrajectoryRows(
        trajectory,
        list(trajectory.neighbourhoods.all()),
        plan,
        list(PlanActor.objects.filter(plan=plan).select_related("organisation").order_by("pk")) if plan else [],
        _rows(Scenario, trajectory),
        steps,
        list(Document.objects.filter(trajectory=trajectory).select_related("file").order_by("pk")),
        _shares_by_document(trajectory),
        _rows(Contribution, trajectory),
        _rows(Request, trajectory),
        list(trajectory.motions.order_by("number")),
        {slug: name for slug, name, _kind in parties},
        {slug: kind for slug, _name, kind in parties},
        dict(Neighbourhood.objects.filter(slug__in=areas).values_list("slug", "name")) if areas else {},
    )


def _rows(model: Any, trajectory: Trajectory) -> list[Any]:
    return list(model.objects.filter(trajectory=trajectory).order_by("pk"))


def _shares_by_document(trajectory: Trajectory) -> Mapping[int, list[DocumentShare]]:
    found: dict[int, list[DocumentShare]] = defaultdict(list)
    for share in DocumentShare.objects.filter(document__trajectory=trajectory).order_by("pk"):
        found[share.document_id].append(share)
    return found


def title_only_rows(trajectory: Trajectory) -> TrajectoryRows:
    """Return the trajectory with nothing but its title: no items, plan or names."""
    bare = Trajectory(pk=trajectory.pk, slug=trajectory.slug, title=trajectory.title, public=trajectory.public)
    return TrajectoryRows(bare, [], None, [], [], [], [], {}, [], [], [], {}, {}, {})


def trajectory_rows_at(trajectory: Trajectory, known_at: datetime, earlier_texts: bool) -> TrajectoryRows | None:
    """Return all rows as recorded at that moment; None where the trajectory did not exist yet.

    Without ``earlier_texts``, a text that differs from its present version is marked as changed: a name that was
    removed from a text must not be readable there after all. The neighbourhoods and motions of a trajectory have no
    history: those are the present ones, as far as they were recorded by then, and so are names of organisations.
    """
    now = trajectory_rows(trajectory)

    def earlier(model: Any, current: Iterable[Any], **filters: Any) -> list[Any]:
        versions = rows_known_at(model, known_at).filter(**filters).order_by("id")
        rows = [row_of_version(version) for version in versions]
        if not earlier_texts:
            known = {row.pk: row for row in current}
            for row in rows:
                _redact_texts(row, known.get(row.pk))
        return rows

    own = {"trajectory": trajectory.pk}
    found = earlier(Trajectory, [trajectory], id=trajectory.pk)
    if not found:
        return None
    plans = earlier(Plan, [now.plan] if now.plan else [], **own)
    documents = earlier(Document, now.documents, **own)
    files = Upload.objects.in_bulk([row.file_id for row in documents if row.file_id])
    for row in documents:
        row.file = files.get(row.file_id)
    shares: dict[int, list[DocumentShare]] = defaultdict(list)
    current_shares = [share for several in now.shares.values() for share in several]
    for share in earlier(DocumentShare, current_shares, document__in=[row.pk for row in documents]):
        shares[share.document_id].append(share)
    actors = earlier(PlanActor, now.actors, plan__in=[plan.pk for plan in plans])
    organisations = Organisation.objects.in_bulk({row.organisation_id for row in actors})
    for actor in actors:
        actor.organisation = organisations.get(actor.organisation_id)
    motions = set(
        rows_known_at(Motion, known_at).filter(id__in=[row.pk for row in now.motions]).values_list("id", flat=True)
    )
    return now._replace(
        trajectory=found[0],
        plan=plans[0] if plans else None,
        actors=[actor for actor in actors if actor.organisation],
        scenarios=earlier(Scenario, now.scenarios, **own),
        steps=earlier(Step, now.steps, **own),
        documents=documents,
        shares=shares,
        contributions=earlier(Contribution, now.contributions, **own),
        requests=earlier(Request, now.requests, **own),
        motions=[row for row in now.motions if row.pk in motions],
    )


def _redact_texts(row: Any, now: Any) -> None:
    """Mark in an earlier version of a row what is not public now; a file that was replaced is left out."""
    for field in row._meta.concrete_fields:
        earlier, current = getattr(row, field.attname), getattr(now, field.attname, None)
        if earlier and earlier != current:
            is_file = field.related_model is Upload
            public = None if is_file else public_value(type(row), field.name, earlier, {field.name: current})
            setattr(row, field.attname, public)
