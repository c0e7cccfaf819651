"""All that is recorded of one trajectory, for its page: every table read once, however much there is."""

from collections import defaultdict
from collections.abc import Mapping
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
)


class Recorded(NamedTuple):
    """The rows of a trajectory, each kind in the order in which it was recorded.

    ``shares`` are by the key of their document; ``names`` and ``kinds`` tell what organisations are called and
    what they are, by slug; ``areas`` what the
    neighbouring areas in the plan are called.
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
    def step_by_ref(self) -> dict[str, Step]:
        """Return the steps by their refs."""
        return {step.ref: step for step in self.steps}


def recorded_of(trajectory: Trajectory) -> Recorded:
    """Return all of it, in as many queries as there are tables."""
    plan = Plan.objects.filter(trajectory=trajectory).first()
    parties = list(Organisation.objects.values_list("slug", "name", "kind"))
    return Recorded(
        trajectory,
        list(trajectory.neighbourhoods.all()),
        plan,
        list(PlanActor.objects.filter(plan=plan).select_related("organisation").order_by("pk")) if plan else [],
        _rows(Scenario, trajectory),
        _rows(Step, trajectory),
        list(Document.objects.filter(trajectory=trajectory).select_related("file").order_by("pk")),
        _shares(trajectory),
        _rows(Contribution, trajectory),
        _rows(Request, trajectory),
        list(trajectory.motions.order_by("number")),
        {slug: name for slug, name, _kind in parties},
        {slug: kind for slug, _name, kind in parties},
        dict(Neighbourhood.objects.filter(slug__in=plan.neighbouring_areas).values_list("slug", "name"))
        if plan
        else {},
    )


def _rows(model: Any, trajectory: Trajectory) -> list[Any]:
    return list(model.objects.filter(trajectory=trajectory).order_by("pk"))


def _shares(trajectory: Trajectory) -> Mapping[int, list[DocumentShare]]:
    found: dict[int, list[DocumentShare]] = defaultdict(list)
    for share in DocumentShare.objects.filter(document__trajectory=trajectory).order_by("pk"):
        found[share.document_id].append(share)
    return found
