"""Revoking the access of an account: its sessions, links, API keys, second factor and password.

Every change of role or permissions passes through here: from the admin and from a user's own pages.
"""

from collections.abc import Collection

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction

from participation.models import AnswerDraft, ApiKey, User
from participation.models.people import new_stamp

#: Columns that determine a user's permissions: a change in one of them ends all open sessions.
PERMISSION_COLUMNS = ("role", "is_staff", "is_superuser", "is_active")


@transaction.atomic
def revoke_access(users: Collection[int]) -> None:
    """Revoke all sessions, pending log-ins, codes, password links and API keys of these users.

    They log in again as before. Unsubscribe links stay valid: they give no access.
    """
    for user in User.objects.select_for_update().filter(pk__in=users).order_by("pk"):
        user.security_stamp = new_stamp()
        user.save(update_fields=["security_stamp"])
    ApiKey.objects.filter(user__in=users).delete()


@transaction.atomic
def revoke_all_credentials(users: Collection[int]) -> None:
    """Revoke the access of these users, and remove their second factor and their password.

    Both must go: with only the second factor removed, anyone who knows the password could enrol a new one.
    """
    revoke_access(users)
    Authenticator.objects.filter(user__in=users).delete()
    User.objects.filter(pk__in=users).update(password=make_password(None))


@transaction.atomic
def remove_second_factor(users: Collection[int]) -> None:
    """Remove the authenticator apps and recovery codes of these users, and revoke their access."""
    revoke_access(users)
    Authenticator.objects.filter(user__in=users).delete()


@transaction.atomic
def save_permissions(user: User, changed: Collection[str]) -> None:
    """Save these columns of the user, and revoke access where they change permissions.

    Disabling an account also removes its password and second factor, so that enabling it again restores no credentials,
    and its drafts, which nobody else may see.
    """
    before = User.objects.select_for_update().get(pk=user.pk)
    names = {field.name for field in User._meta.concrete_fields}
    user.save(update_fields=names.intersection(changed))
    if before.is_active and not user.is_active:
        revoke_all_credentials([user.pk])
        AnswerDraft.objects.filter(user=user).delete()
    elif any(getattr(before, name) != getattr(user, name) for name in PERMISSION_COLUMNS):
        revoke_access([user.pk])
