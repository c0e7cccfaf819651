"""Links to forms on the trajectory page, by section and permission."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from participation.models import Trajectory

from ...shared.addresses import address


class ActionLink(NamedTuple):
    """A link to a form."""

    label: str
    href: str


class TrajectoryPermissions(NamedTuple):
    """Permissions of the user on the trajectory: edit, assign advisers, speak for a concerned party.

    ``administer`` is permission to change it in the admin, which requires more than a role.
    """

    edit: bool = False
    assign: bool = False
    speak: bool = False
    administer: bool = False


def action_links(trajectory: Trajectory, permitted: TrajectoryPermissions) -> Mapping[str, list[ActionLink]]:
    """Return the links by section that this user may use and whose URL is configured."""
    found: dict[str, list[ActionLink]] = {}
    for section, label, href in _all_links(trajectory, permitted):
        if href:
            found.setdefault(section, []).append(ActionLink(label, href))
    return found


def _all_links(trajectory: Trajectory, permitted: TrajectoryPermissions) -> Iterator[tuple[str, str, str]]:
    slug = trajectory.slug
    if permitted.edit:
        yield "about", _("Change the trajectory"), address("trajectory_change", slug)
        publication = _("Make it a draft again") if trajectory.public else _("Make it public")
        yield "about", publication, address("trajectory_publication", slug)
        yield "next", _("Planning, worked backwards"), address("planning", slug)
        yield "steps", _("Record a step"), address("step_add", slug)
        yield "steps", _("Import a planning"), address("planning_import", slug)
        yield "plan", _("Change the plan"), address("plan_change", slug)
        yield "plan", _("Add a scenario"), address("scenario_add", slug)
        yield "contributions", _("Record contributions"), address("contributions_add", slug)
        yield "contributions", _("Answer contributions"), address("contributions_answer", slug)
        yield "documents", _("Add a document"), address("document_add", slug)
        yield "requests", _("Record a request"), address("request_add", slug)
        yield "decisions", _("Record a decision"), address("step_add", slug, kind="decision")
        yield "decisions", _("Import an agenda"), address("agenda_import")
    if permitted.assign:
        yield "about", _("Assign advisers"), address("assign", slug)
    if permitted.administer:
        yield "about", _("In the administration"), address("admin:participation_trajectory_change", trajectory.pk)
    if permitted.speak:
        yield "plan", _("React to the plan"), address("plan_react", slug)
        yield "plan", _("Suggest a party that is missing"), address("actor_suggest", slug)
        yield "requests", _("Hand in a question or a concern"), address("request_submit", slug)
        yield "contact", _("Hand in a question or a concern"), address("request_submit", slug)
