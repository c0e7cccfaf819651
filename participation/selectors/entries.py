"""What people recorded, by who may see it and who may take it back."""

from typing import Any

from django.db.models import Q, QuerySet

from participation.models import Entry, Trajectory
from participation.models.entries import FINAL_VERBS

#: What only members of associations do, and only they take back: what residents say of a status is theirs.
THEIRS = ("contradicted",)
#: What members of associations do.
HANDED_IN = ("contradicted", "asked", "reacted", "suggested", "evaluated")
#: What only who coordinates all does.
COORDINATED = ("assigned",)


def visible_to(entries: QuerySet[Entry], user: Any) -> QuerySet[Entry]:
    """Return the entries of trajectories that this user may see; motions and commitments are public."""
    seen = Trajectory.objects.visible_to(user).order_by().values("pk")
    return entries.filter(Q(trajectory__isnull=True) | Q(trajectory__in=seen))


def undoable_by(entries: QuerySet[Entry], user: Any) -> QuerySet[Entry]:
    """Return those that this user may take back: their own, for who coordinates all everybody's but counter-signals.

    What is done again by it must be theirs to do: an adviser takes back in trajectories that are still theirs, and
    not who was assigned; a member of an association takes back what they handed in, as long as the trajectory is
    near to one of their associations. What somebody did in another role is no longer theirs.
    """
    entries = entries.exclude(verb__in=FINAL_VERBS)
    if getattr(user, "edits_everything", False):
        return entries.exclude(~Q(by=user), verb__in=THEIRS)
    role = getattr(user, "role", "")
    if not getattr(user, "pk", None) or not user.is_active:
        return entries.none()
    mine = entries.filter(by=user)
    if role == "association_member":
        mine = mine.filter(verb__in=HANDED_IN)
        return mine.filter(trajectory__in=Trajectory.objects.for_member(user).order_by().values("pk"))
    if role != "adviser":
        return entries.none()
    theirs = Trajectory.objects.editable_by(user).order_by().values("pk")
    return mine.filter(trajectory__in=theirs).exclude(verb__in=(*COORDINATED, *THEIRS))
