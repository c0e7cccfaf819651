"""Ending what an account gives access to: its sessions, links, API keys, second factor and password.

Every way to change what somebody may do comes by here: the administration, and a person's own pages.
"""

from collections.abc import Collection

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction

from participation.models import ApiKey, User
from participation.models.people import new_stamp

#: What of an account says what somebody may do: with another of these, what was open before ends.
RIGHTS = ("role", "is_staff", "is_superuser", "is_active")


@transaction.atomic
def end_access(users: Collection[int]) -> None:
    """End every session, log-in that is under way, code, link to choose a password and API key of these users.

    They log in again as they did before. Links that only stop a kind of mail stay: they open nothing.
    """
    for user in User.objects.select_for_update().filter(pk__in=users).order_by("pk"):
        user.security_stamp = new_stamp()
        user.save(update_fields=["security_stamp"])
    ApiKey.objects.filter(user__in=users).delete()


@transaction.atomic
def close_everything(users: Collection[int]) -> None:
    """End the access of these users, and remove their second factor and their password.

    Both go together: with the second factor gone, whoever knows the password would set up one of their own.
    """
    end_access(users)
    Authenticator.objects.filter(user__in=users).delete()
    User.objects.filter(pk__in=users).update(password=make_password(None))


@transaction.atomic
def remove_second_factor(users: Collection[int]) -> None:
    """Remove the apps and recovery codes of these users, and end their access."""
    end_access(users)
    Authenticator.objects.filter(user__in=users).delete()


@transaction.atomic
def save_rights(user: User, changed: Collection[str]) -> None:
    """Save these columns of this user, and end what was open before where it now has other rights.

    An account that is disabled is closed altogether, so that nothing of it comes back when it is enabled again.
    """
    before = User.objects.select_for_update().get(pk=user.pk)
    names = {field.name for field in User._meta.concrete_fields}
    user.save(update_fields=names.intersection(changed))
    if before.is_active and not user.is_active:
        close_everything([user.pk])
    elif any(getattr(before, name) != getattr(user, name) for name in RIGHTS):
        end_access([user.pk])
