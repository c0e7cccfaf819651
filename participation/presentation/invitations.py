"""Invitation mails, and what each role may do, in one sentence."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.models import User

#: What somebody with this role does in Leidraad.
ROLE_DESCRIPTIONS: Mapping[str, Any] = {
    "adviser": gettext_lazy("records what happens in the trajectories that are assigned to them, and adds new ones"),
    "coordinator": gettext_lazy(
        "may change every trajectory, divides the work over advisers, and keeps motions and commitments"
    ),
    "auditor": gettext_lazy("works for the audit office or the council: reads everything, changes nothing"),
    "administrator": gettext_lazy("makes accounts, may change everything, and looks after the settings"),
    "association_member": gettext_lazy(
        "speaks for an organisation: asks questions, reacts to plans, and follows the answers"
    ),
    "council_member": gettext_lazy(
        "follows what goes on: reads what is public, and starts on the page for the council"
    ),
}
#: How somebody logs in: with a password that they choose first or have, at the OpenID Connect server, by mailed code.
LOG_IN_METHODS = ("new_password", "password", "work_account", "code")


def invitation_mail(
    user: User, method: str, is_new: bool, organisation: str, password_url: str, now: datetime
) -> EmailMessage:
    """Return the mail to somebody who was invited; without ``is_new`` it says that there is an account already.

    ``method`` is one of ``LOG_IN_METHODS``, and ``password_url`` the link of "new_password". ``organisation`` is the
    name of the one for which they were invited.
    """
    with translation.override(user.language):
        values = {"municipality": settings.MUNICIPALITY}
        context = {
            "name": user.get_full_name(),
            "role": user.get_role_display(),
            "description": ROLE_DESCRIPTIONS[user.role],
            "organisation": organisation,
            "method": method,
            "is_new": is_new,
            "is_staff_member": method != "code",
            "password_url": password_url,
            "new_link_url": settings.BASE_URL + reverse("account_reset_password"),
            "log_in_url": settings.BASE_URL + reverse("account_login"),
            "base_url": settings.BASE_URL,
            "contact": settings.CONTACT_EMAIL,
            **values,
        }
        subject = _("Your account for Leidraad, %(municipality)s") if is_new else _("You already have an account")
        return EmailMessage(
            subject=subject % values if is_new else subject,
            body=render_to_string("account/email/invitation.txt", context).strip() + "\n",
            to=[user.email],
            headers={
                "Auto-Submitted": "auto-generated",
                "Content-Language": user.language,
                "Date": format_datetime(now),
            },
        )
