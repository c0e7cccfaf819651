"""Who comes in by which door, and by which address they are known."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from participation.models import User
from participation.models.people import STAFF_ROLES


def works_here(user: Any) -> bool:
    """Tell whether someone works for the municipality or the council, or may enter the administration."""
    return user.is_staff or user.is_superuser or user.role in STAFF_ROLES


def may_use_password(user: Any) -> bool:
    """Tell whether a password opens the door for this person.

    Where staff log in at their own server, an old password must not outlive their leaving: only superusers keep
    one, for the day on which that server is out of order. Members of associations get a code by mail; in a
    demonstration a password too, for there is no mailbox to look in.
    """
    if not works_here(user):
        return bool(settings.DEMO)
    return user.is_superuser or not settings.OIDC_SERVER_URL


def person_at(address: str) -> User | None:
    """Return the active account with this e-mail address, in any case of letters."""
    return User.objects.filter(email__iexact=address.strip(), is_active=True).exclude(email="").first()


def account_named(typed: str) -> User | None:
    """Return the account with this e-mail address, in any case of letters, or user name, active or not.

    Where one person's name is another's address, the address counts.
    """
    users = User.objects.filter(Q(email__iexact=typed) | Q(username=typed)) if typed else ()
    return max(users, key=lambda user: user.email.lower() == typed.lower(), default=None)


@transaction.atomic
def keep_address(user: User) -> None:
    """Make the account's own address the one that allauth knows, and the only one.

    An administrator or an import writes ``User.email``, which is what counts here; allauth keeps its own list.
    Called at each door, so that an account made or changed in any way can be entered without a step in between.
    """
    address = user.email.lower()
    EmailAddress.objects.filter(email__iexact=address).exclude(user=user).delete()
    EmailAddress.objects.filter(user=user).exclude(email=address).delete()
    EmailAddress.objects.update_or_create(user=user, email=address, defaults={"verified": True, "primary": True})
