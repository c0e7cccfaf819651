"""Demo accounts: one per role, each with a new password on every run."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from participation.models import Membership, Organisation, Trajectory, User

ADVISER, COORDINATOR, MEMBER, COUNCIL_MEMBER, AUDITOR = (
    "adviseur@example.org",
    "coordinator@example.org",
    "vereniging@example.org",
    "raadslid@example.org",
    "rekenkamer@example.org",
)
ROLES = {
    ADVISER: "adviser",
    COORDINATOR: "coordinator",
    MEMBER: "association_member",
    COUNCIL_MEMBER: "council_member",
    AUDITOR: "auditor",
}
#: The trajectories assigned to the adviser, and the organisation that the member speaks for.
ASSIGNED = (
    "herinrichting-lindeplein-voorbeeld",
    "parkeerplan-singelrand-voorbeeld",
    "woningbouw-oude-drukkerij-voorbeeld",
)
ASSOCIATION = "wijkvereniging-singelrand-voorbeeld"
#: Without characters that are easily confused when typed over from a screen.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class DemoLogin(NamedTuple):
    """A demo account with its password, its role, and the values for the text that describes it."""

    user: User
    password: str
    role: str
    name: str = ""
    assigned: int = 0


@transaction.atomic
def demo_logins(language: str) -> Sequence[DemoLogin]:
    """Return the demo accounts, created where missing, each with a new password."""
    passwords = {email: _password() for email in ROLES}
    users = {email: _user(email, passwords[email], language) for email in ROLES}
    assigned = list(Trajectory.objects.filter(slug__in=ASSIGNED))
    users[ADVISER].trajectories.set(assigned)
    association = Organisation.objects.get(slug=ASSOCIATION)
    Membership.objects.get_or_create(user=users[MEMBER], organisation=association)
    return [
        DemoLogin(
            user,
            passwords[email],
            ROLES[email],
            name=association.name if email == MEMBER else "",
            assigned=len(assigned) if email == ADVISER else 0,
        )
        for email, user in users.items()
    ]


def _user(email: str, password: str, language: str) -> User:
    user = User.objects.filter(username=email).first() or User(username=email, email=email)
    user.role, user.language = ROLES[email], language
    # As people who are invited: only administrators get the administration.
    user.is_staff = False
    user.set_password(password)
    user.save()
    return user


def _password() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
