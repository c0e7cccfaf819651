"""Who comes in by which door, and by which address they are known."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from participation.models import User
from participation.models.addresses import email_key
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
    """Return the active account with this e-mail address, in any case of letters. Mail it at its own ``email`` only."""
    user = account_named(address)
    # Not by a user name: what was asked for is an address.
    return user if user and user.is_active and _is_at(user, address) else None


def account_named(typed: str) -> User | None:
    """Return the account, closed or not, with this e-mail address, else the one with this user name."""
    typed = typed.strip()
    found = User.objects.filter(Q(email_key=typed) | Q(username=typed))
    # Where one person's name is another's address, the address counts. Compared here too, for no database may take
    # one letter for another between what was typed and who comes in.
    at_address = (user for user in found if _is_at(user, typed))
    return next(at_address, None) or next((user for user in found if user.username == typed), None)


def _is_at(user: User, address: str) -> bool:
    return bool(user.email) and email_key(user.email) == email_key(address)


def access_mark(user: User) -> str:
    """Return what has to be the same at the beginning and at the end of logging in: else access ended in between."""
    return f"{user.get_session_auth_hash()} {email_key(user.email)}"


@transaction.atomic
def keep_address(user: User) -> None:
    """Make the account's own address the one that allauth knows, and the only one.

    An administrator or an import writes ``User.email``, which is what counts here; allauth keeps its own list.
    """
    address = user.email.lower()
    EmailAddress.objects.filter(email=address).exclude(user=user).delete()
    EmailAddress.objects.filter(user=user).exclude(email=address).delete()
    EmailAddress.objects.update_or_create(user=user, email=address, defaults={"verified": True, "primary": True})
