"""Invitations: an account made for somebody, with a mail by which they log in for the first time.

An address has one account. Inviting somebody who has one changes nothing about it, except that a member of an
association may speak for one more organisation; the mail then says how to log in. So whoever invites does not learn
which addresses have an account.
"""

import logging
from datetime import datetime
from typing import Any, NamedTuple

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from participation.models import Membership, Organisation, User
from participation.presentation.invitations import invitation_mail
from participation.services.changes.unique_names import retry_on_conflict

from .lookup import can_use_password, is_staff_member

logger = logging.getLogger("leidraad.mail")

#: Django's group of administrators: all permissions on our tables. Other roles need no permissions of Django.
ADMINISTRATORS = "administrators"
_MAX_USERNAME_BASE = 100


class Invitee(NamedTuple):
    """Who is invited, and as what; ``organisation`` is the one for which a member of an association speaks."""

    email: str
    first_name: str
    last_name: str
    role: str
    organisation: Organisation | None = None
    language: str = "nl"


class Invitation(NamedTuple):
    """The account of an invitee, whether it was made now, and the mail; None for a closed account."""

    user: User
    is_new: bool
    mail: EmailMessage | None


def ensure_administrators() -> Group:
    """Return the group of administrators, with all permissions on the tables of Leidraad; it is made where missing."""
    group, _new = Group.objects.get_or_create(name=ADMINISTRATORS)
    group.permissions.add(*Permission.objects.filter(content_type__app_label="participation"))
    return group


@retry_on_conflict
def invite(invitee: Invitee, by: User | None, now: datetime, *, is_superuser: bool = False) -> Invitation:
    """Make an account for this person, unless they have one, and return it with the mail to send to them.

    ``by`` is None for an invitation by command. Raises PermissionDenied where ``by`` may not invite for this role, and
    ValidationError, by field, where a member has no organisation or an address or name is invalid.
    """
    if by is not None and (invitee.role not in by.invitable_roles or is_superuser):
        raise PermissionDenied
    organisation = invitee.organisation if invitee.role == "association_member" else None
    if invitee.role == "association_member" and organisation is None:
        raise ValidationError({"organisation": _("Choose the organisation for which they speak.")})
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email_key=invitee.email.strip()).first()
        is_new = user is None
        if user is None:
            user = _create_user(invitee, by, is_superuser)
        speaks_for = _add_membership(user, organisation, by, now)
    return Invitation(user, is_new, _mail(user, speaks_for, now) if user.is_active else None)


def send_invitation(invitation: Invitation) -> bool:
    """Send the mail of this invitation, and return whether the mail server took it. Not inside a transaction."""
    if invitation.mail is None:
        return True
    try:
        invitation.mail.send()
    except Exception as error:  # whatever the mail server does; nobody's address may end up in logs
        logger.error("Could not send an invitation: %s", type(error).__name__)
        return False
    return True


def _create_user(invitee: Invitee, by: User | None, is_superuser: bool) -> User:
    is_administrator = is_superuser or invitee.role == "administrator"
    user = User(
        username=_free_username(f"{invitee.first_name} {invitee.last_name}"),
        email=invitee.email.strip(),
        first_name=invitee.first_name,
        last_name=invitee.last_name,
        role=invitee.role,
        language=invitee.language,
        is_staff=is_administrator,
        is_superuser=is_superuser,
    )
    user.set_unusable_password()
    user.full_clean()
    user.save()
    if is_administrator:
        user.groups.add(ensure_administrators())
    if by is not None:
        LogEntry.objects.log_actions(by.pk, User.objects.filter(pk=user.pk), ADDITION, "Invited.")
    return user


def _free_username(name: str) -> str:
    """Return an unused user name, made from the name of a person: never of an address, which others may not see."""
    base = slugify(name)[:_MAX_USERNAME_BASE].strip("-") or "account"
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    return next(name for number in range(1, len(taken) + 2) if (name := _numbered(base, number)) not in taken)


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"


def _add_membership(user: User, organisation: Organisation | None, by: User | None, now: datetime) -> str:
    """Make this member of an association speak for the organisation; return its name, "" where they do not."""
    if organisation is None or not user.is_active or user.role != "association_member" or is_staff_member(user):
        return ""
    if not Membership.objects.filter(user=user, organisation=organisation).exists():
        membership: Any = Membership(user=user, organisation=organisation)
        membership._history_user, membership._history_date = by, now
        membership.save()
    return organisation.name


def _mail(user: User, organisation: str, now: datetime) -> EmailMessage:
    # Until they have logged in, or chosen a password, the account is new to them: the mail may have been lost.
    is_unused = user.last_login is None and not user.has_usable_password()
    method, url = _log_in_method(user, is_unused), ""
    if method == "new_password":
        token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
        path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), token])
        url = f"{settings.BASE_URL}{path}"
    return invitation_mail(user, method, is_unused, organisation, url, now)


def _log_in_method(user: User, is_unused: bool) -> str:
    if not is_staff_member(user):
        return "code"
    if not can_use_password(user):
        return "work_account"
    return "new_password" if is_unused else "password"
