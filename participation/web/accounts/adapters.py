"""How allauth's doors are set here: nobody signs up, mails are in the reader's language, messages are ours."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from . import attempts
from .people import may_use_password, person_at, works_here

#: To an address without an account, or of an account with another way in: no page tells which of these it is.
UNKNOWN, OTHER_WAY_IN = "account/email/unknown_account", "account/email/other_way_in"
#: What allauth would tell on the next page, where that page shows it already.
NOT_TOLD = {
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
    "account/messages/login_code_sent.txt",
    "account/messages/password_changed.txt",
    "mfa/messages/recovery_codes_generated.txt",
}


class Door(DefaultAccountAdapter):
    """Logging in, by mail code or password."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _("This code is not right. Look at the newest mail: an older code no longer works."),
        "incorrect_password": _("This password is not right. Try again."),
        "email_password_mismatch": _(
            "This address and this password do not belong together. Check them and try again."
        ),
        "username_password_mismatch": _(
            "This address and this password do not belong together. Check them and try again."
        ),
        "too_many_login_attempts": _("You have tried too often. Wait a few minutes and try again."),
        "rate_limited": _("You have tried too often. Wait a few minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: the administrator makes accounts."""
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Refuse to answer in another form than a page."""
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *a: Any, **k: Any
    ) -> None:
        """Tell it on the next page, unless that page shows it already."""
        if message_template not in NOT_TOLD:
            super().add_message(request, level, message_template, *a, **k)

    def get_login_stages(self) -> list[str]:
        """Return the steps of logging in, with our own second factor."""
        ours = "participation.web.accounts.second_factor.AskSecondFactor"
        return [
            ours if stage == "allauth.mfa.stages.AuthenticateStage" else stage for stage in super().get_login_stages()
        ]

    def login(self, request: HttpRequest, user: Any) -> None:
        """Log someone in, for as long as fits who they are."""
        super().login(request, user)
        if not works_here(user):
            request.session.set_expiry(settings.MEMBER_SESSION_AGE)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Tell whether to ask for the password again: not of who has just typed it."""
        records = get_authentication_records(self.request, self.request.user)
        if any(time.time() - record["at"] < app_settings.REAUTHENTICATION_TIMEOUT for record in records):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Return who has these credentials, or None. Raises ValidationError where it was tried too often."""
        typed = credentials.get("email") or credentials.get("username") or ""
        with attempts.login(request, typed) as attempt:
            attempt.user = super().authenticate(request, **credentials)
        return attempt.user

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Send the link, or to whom a password opens nothing: what does."""
        template = "account/email/password_reset_key" if may_use_password(user) else OTHER_WAY_IN
        self.send_mail(template, email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail in the language of whoever it is for."""
        if not attempts.may_mail(self.request):
            return
        user = person_at(email)
        if user and template_prefix == UNKNOWN:
            template_prefix = OTHER_WAY_IN
        told = {
            "base_url": settings.BASE_URL,
            "contact": settings.CONTACT_EMAIL,
            "works_here": bool(user and works_here(user)),
        }
        with translation.override(user.language if user else translation.get_language()):
            super().send_mail(template_prefix, email, {**context, **told, "oidc": bool(settings.OIDC_SERVER_URL)})

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Return the mail, marked as one that nobody answers out of office."""
        marks = {"Auto-Submitted": "auto-generated", "Content-Language": translation.get_language()}
        return super().render_mail(template_prefix, email, context, {**marks, **(headers or {})})
