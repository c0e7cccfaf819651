"""Accounts: by which address they are found, and by which method they may log in."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from participation.models import User
from participation.models.addresses import email_key
from participation.models.people import STAFF_ROLES


def is_staff_member(user: Any) -> bool:
    """Return whether the user works for the municipality or the council, or may enter the admin."""
    return user.is_staff or user.is_superuser or user.role in STAFF_ROLES


def can_use_password(user: Any) -> bool:
    """Return whether this user may log in with a password.

    Where staff log in through OpenID Connect, an old password must not remain valid after they leave: only
    superusers keep one, for when the provider is unavailable. Association members get a code by mail; in a demo
    they may use a password too, as there is no mailbox.
    """
    if not is_staff_member(user):
        return bool(settings.DEMO)
    return user.is_superuser or not settings.OIDC_SERVER_URL


def account_by_address(address: str) -> User | None:
    """Return the active account with this address (case-insensitive), or None. Send mail to its own ``email`` only."""
    user = account_by_login(address)
    # The request was for an address, so a user name does not count.
    return user if user and user.is_active and _has_address(user, address) else None


def account_by_login(typed: str) -> User | None:
    """Return the account, active or not, with this e-mail address, else with this user name."""
    typed = typed.strip()
    found = User.objects.filter(Q(email_key=typed) | Q(username=typed))
    # Where one user's name is another's address, the address takes precedence. Compared in Python too, because a
    # database collation may consider different letters equal.
    at_address = (user for user in found if _has_address(user, typed))
    return next(at_address, None) or next((user for user in found if user.username == typed), None)


def _has_address(user: User, address: str) -> bool:
    return bool(user.email) and email_key(user.email) == email_key(address)


def access_fingerprint(user: User) -> str:
    """Return a value that changes if access ends during login: session hash and address."""
    return f"{user.get_session_auth_hash()} {email_key(user.email)}"


@transaction.atomic
def sync_email_address(user: User) -> None:
    """Make the account's own address the only verified one in allauth.

    Administrators and imports write ``User.email``, which is authoritative here; allauth keeps a table of its own.
    """
    address = user.email.lower()
    EmailAddress.objects.filter(email=address).exclude(user=user).delete()
    EmailAddress.objects.filter(user=user).exclude(email=address).delete()
    EmailAddress.objects.update_or_create(user=user, email=address, defaults={"verified": True, "primary": True})
