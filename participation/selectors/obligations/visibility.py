"""Conditions on obligations: whose they are, and who may see them."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from participation.compliance.rulebooks import Rulebooks
from participation.models import Obligation, Request, Trajectory

from .judging import under_rules


def is_of_public_register(prefix: str = "") -> Q:
    """Return the condition that an obligation is of a motion or a commitment: everyone may see those.

    ``prefix`` leads to the obligation, such as ``obligation__``.
    """
    return Q(**{f"{prefix}trajectory__isnull": True, f"{prefix}request__isnull": True})


def is_of_existing_owner(prefix: str = "") -> Q:
    """Return the condition that the motion or commitment of an obligation, if it is of one, was not removed.

    Needed where withdrawn obligations or their log are read: open ones a removed owner does not have.
    """
    return Q(**{f"{prefix}motion__removed_at__isnull": True, f"{prefix}commitment__removed_at__isnull": True})


def is_visible_to(user: Any, prefix: str = "") -> Q:
    """Return the condition that this user (None or anonymous for the public) may see an obligation.

    Those of the trajectories that they may see, of all motions and commitments, and of the requests without a
    trajectory that they may see. ``prefix`` leads to the obligation, such as ``obligation__``.
    """
    path = f"{prefix}trajectory"
    visible: Q = is_of_public_register(prefix) | Q((path, Trajectory.objects.visible_to(user).referred_to(path)))
    requests = Request.objects.visible_to(user).filter(pk=OuterRef(f"{prefix}request")).order_by()
    if not getattr(user, "sees_everything", False):
        # What a request was judged by on its own stays private when it is linked to a public trajectory.
        requests = requests.filter(trajectory__isnull=True)
    return visible | Q(Exists(requests))


def obligations_visible_to(user: Any, rulebooks: Rulebooks) -> QuerySet[Obligation]:
    """Return the open obligations that this user (None or anonymous for the public) may see, by primary key."""
    return Obligation.objects.open().filter(is_visible_to(user), under_rules(rulebooks)).order_by("id")
