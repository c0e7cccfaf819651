"""What people recorded, by who may see it and who may take it back."""

from typing import Any

from django.db.models import Q, QuerySet

from participation.models import Entry, Trajectory
from participation.models.entries import FINAL_VERBS


def visible_to(entries: QuerySet[Entry], user: Any) -> QuerySet[Entry]:
    """Return the entries of trajectories that this user may see; motions and commitments are public."""
    seen = Trajectory.objects.visible_to(user).order_by().values("pk")
    return entries.filter(Q(trajectory__isnull=True) | Q(trajectory__in=seen))


def undoable_by(entries: QuerySet[Entry], user: Any) -> QuerySet[Entry]:
    """Return those that this user may take back: their own, for who coordinates all everybody's.

    The trajectory must still be theirs to change; a member of an association takes back what they put in
    themselves, as long as the trajectory is near to one of their associations.
    """
    entries = entries.exclude(verb__in=FINAL_VERBS)
    if getattr(user, "edits_everything", False):
        return entries
    role = getattr(user, "role", "")
    if not getattr(user, "pk", None) or not user.is_active:
        return entries.none()
    mine = entries.filter(by=user)
    if role == "association_member":
        return mine.filter(trajectory__in=Trajectory.objects.for_member(user).order_by().values("pk"))
    if role != "adviser":
        return entries.none()
    theirs = Trajectory.objects.editable_by(user).order_by().values("pk")
    return mine.filter(Q(trajectory__isnull=True) | Q(trajectory__in=theirs))
