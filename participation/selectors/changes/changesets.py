"""Permissions on changesets: which a user may see, and which they may undo."""

from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from participation.models import Changeset, Request, Trajectory
from participation.models.changesets import FINAL_CHANGESET_VERBS

#: Verbs of which only the author may undo the changeset: a counter-signal belongs to the residents who gave it.
AUTHOR_ONLY_VERBS = ("contradicted",)
#: Verbs of members of associations.
MEMBER_VERBS = ("contradicted", "asked", "reacted", "suggested", "evaluated")
#: Verbs that need the coordinator's permission.
COORDINATOR_VERBS = ("assigned",)
#: The number of imports of a list that are shown.
_MAX_IMPORTS = 5


class RegisterImport(NamedTuple):
    """An import of motions, commitments or requests: its first changeset, and how many there are that can be undone."""

    lead: Changeset
    rows: int


def latest_register_imports() -> list[RegisterImport]:
    """Return the newest imports of a list of which something can be undone, the newest first; two queries."""
    of_lists = Changeset.objects.filter(import_lead__isnull=False, trajectory__isnull=True, undone_at__isnull=True)
    newest = of_lists.values("import_lead").annotate(rows=Count("pk")).order_by("-import_lead")[:_MAX_IMPORTS]
    found = dict(newest.values_list("import_lead", "rows"))
    leads = Changeset.objects.select_related("by").in_bulk(found)
    return [RegisterImport(leads[pk], rows + (leads[pk].undone_at is None)) for pk, rows in found.items()]


def changesets_visible_to(changesets: QuerySet[Changeset], user: Any) -> QuerySet[Changeset]:
    """Return the changesets that this user may see: all of motions and commitments, others as far as visible."""
    visible = Trajectory.objects.visible_to(user).referred_to()
    requests = Request.objects.visible_to(user).order_by().values("pk")
    of_register = Q(motion__isnull=False) | Q(commitment__isnull=False)
    return changesets.filter(of_register | Q(trajectory=visible) | Q(request__in=requests))


def changesets_undoable_by(changesets: QuerySet[Changeset], user: Any) -> QuerySet[Changeset]:
    """Return the changesets that this user may undo: their own, or with ``edits_everything`` all but counter-signals.

    The undo must itself be permitted: an adviser undoes in trajectories that are still assigned to them, but no
    assignments; a member of an association undoes what they submitted, as long as the trajectory is near to one of
    their associations. What somebody did in another role they can no longer undo.
    """
    changesets = changesets.exclude(verb__in=FINAL_CHANGESET_VERBS)
    if getattr(user, "edits_everything", False):
        return changesets.exclude(~Q(by=user), verb__in=AUTHOR_ONLY_VERBS)
    role = getattr(user, "role", "")
    if not getattr(user, "pk", None) or not user.is_active:
        return changesets.none()
    mine = changesets.filter(by=user)
    if role == "association_member":
        mine = mine.filter(verb__in=MEMBER_VERBS)
        return mine.filter(trajectory__in=Trajectory.objects.for_member(user).order_by().values("pk"))
    if role != "adviser":
        return changesets.none()
    editable = Trajectory.objects.editable_by(user).order_by().values("pk")
    # Requests without a trajectory are of every adviser.
    mine = mine.filter(Q(trajectory__in=editable) | Q(request__isnull=False, request__trajectory__isnull=True))
    return mine.exclude(verb__in=(*COORDINATOR_VERBS, *AUTHOR_ONLY_VERBS))
