"""What becomes visible when a trajectory is made public, and to which associations it is then shown."""

from typing import NamedTuple

from participation.models import Contribution, Document, Organisation, Plan, Request, Scenario, Step, Trajectory, Waiver
from participation.models.trajectory_items import TrajectoryItem


class PublicContent(NamedTuple):
    """The number of rows of each kind in a trajectory, and the names of the associations it concerns."""

    has_plan: bool
    steps: int
    documents: int
    contributions: int
    requests: int
    scenarios: int
    waivers: int
    associations: list[str]


def public_content(trajectory: Trajectory) -> PublicContent:
    """Return what everyone sees of this trajectory once it is public.

    The associations are those with a member who logs in: they find it in their own overview.
    """

    def count(model: type[TrajectoryItem]) -> int:
        return model._default_manager.filter(trajectory=trajectory).count()

    concerned = Organisation.objects.involved_in(trajectory).filter(memberships__isnull=False).distinct()
    names = list(concerned.order_by("name", "slug").values_list("name", flat=True))
    return PublicContent(
        has_plan=Plan.objects.filter(trajectory=trajectory).exists(),
        steps=count(Step),
        documents=count(Document),
        contributions=count(Contribution),
        requests=count(Request),
        scenarios=count(Scenario),
        waivers=Waiver.objects.filter(trajectory=trajectory).count(),
        associations=names,
    )
