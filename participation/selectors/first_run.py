"""What a new installation still lacks before its first trajectory, and who was invited and did not come yet."""

from collections.abc import Collection
from typing import NamedTuple

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists

from participation.models import Neighbourhood, Organisation, OutboundEmail, Trajectory, User

#: Maximum number of invited people in the list.
MAX_LISTED = 50
#: Ends of the backends whose mail does not leave this machine.
_WITHOUT_SERVER = (
    *("console.EmailBackend", "filebased.EmailBackend", "dummy.EmailBackend"),
    # The console of the demonstration.
    "printed_mail.EmailBackend",
)


class FirstSteps(NamedTuple):
    """Which steps of a new installation are done, in the order in which they are done best."""

    name: bool
    rulebook: bool
    mail: bool
    neighbourhoods: bool
    organisations: bool
    adviser: bool
    trajectory: bool


def first_steps() -> FirstSteps:
    """Return which steps are done; one query.

    The mail was tested once a mail server has taken any message from the outbox.
    """
    exists = {
        "mail": Exists(OutboundEmail.objects.filter(state="sent")),
        "neighbourhoods": Exists(Neighbourhood.objects.all()),
        "organisations": Exists(Organisation.objects.all()),
        "adviser": Exists(User.objects.filter(role__in=("adviser", "coordinator"), is_active=True)),
        "trajectory": Exists(Trajectory.objects.all()),
    }
    # On a row of a table that always has some.
    done = ContentType.objects.annotate(**exists).order_by("pk").values(*exists)[:1].get()
    done["mail"] = done["mail"] and delivers_mail()
    return FirstSteps(name=settings.HAS_MUNICIPALITY, rulebook=settings.HAS_RULEBOOK, **done)


def delivers_mail() -> bool:
    """Return whether mail goes to a mail server, and not to a folder or the console."""
    return not settings.EMAIL_BACKEND.endswith(_WITHOUT_SERVER)


def people_not_logged_in(roles: Collection[str]) -> list[User]:
    """Return the people in these roles who never logged in, the last invited first; at most ``MAX_LISTED``."""
    rows = User.objects.filter(role__in=roles, is_active=True, last_login=None).order_by("-date_joined", "-pk")
    return list(rows[:MAX_LISTED])
