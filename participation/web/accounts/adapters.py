"""The allauth account adapter: no sign-up, mails in the recipient's language, our own messages and rate limits."""

import logging
import time
from functools import partial
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from participation.presentation.mail import MAIL_CHARSET
from participation.services.accounts.lookup import (
    access_fingerprint,
    account_by_address,
    can_use_password,
    is_staff_member,
)

from . import attempts

logger = logging.getLogger("leidraad.mail")

#: Mail for accounts that log in another way: the page does not reveal that the account exists.
OTHER_LOGIN_METHOD_MAIL = "account/email/other_login_method"
#: Session key of the access fingerprint, between the first and the last login stage.
_FINGERPRINT_KEY = "access_fingerprint"
#: Request attribute with mails to send after the response.
_MAILS_ATTRIBUTE = "mails_after_response"
#: allauth messages that repeat what the next page shows.
SUPPRESSED_MESSAGES = {
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
    "account/messages/login_code_sent.txt",
    "account/messages/password_changed.txt",
    "mfa/messages/recovery_codes_generated.txt",
}


class AccountAdapter(DefaultAccountAdapter):
    """Account adapter for login by mailed code or password."""

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
        """Return False: only administrators create accounts."""
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Return False: allauth must answer with HTML pages only."""
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *a: Any, **k: Any
    ) -> None:
        """Add the message, unless the next page shows the same."""
        if message_template not in SUPPRESSED_MESSAGES:
            super().add_message(request, level, message_template, *a, **k)

    def get_login_stages(self) -> list[str]:
        """Return the login stages, with our own second factor."""
        mfa_stage = "participation.web.accounts.second_factor.MfaStage"
        return [
            mfa_stage if stage == "allauth.mfa.stages.AuthenticateStage" else stage
            for stage in super().get_login_stages()
        ]

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Refuse users without access; store the access fingerprint of the others in the session."""
        request.session[_FINGERPRINT_KEY] = access_fingerprint(user)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: Any) -> None:
        """Log the user in; users who are not staff get a session of MEMBER_SESSION_AGE.

        Raises ImmediateHttpResponse if the access of the user changed since the first login stage.
        """
        if request.session.pop(_FINGERPRINT_KEY, None) != access_fingerprint(user):
            clear_login(request)
            raise ImmediateHttpResponse(redirect("login"))
        super().login(request, user)
        if not is_staff_member(user):
            request.session.set_expiry(settings.MEMBER_SESSION_AGE)

    def set_password(self, user: Any, password: str) -> None:
        """Save only the password: other columns may have been changed concurrently."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Return whether this is the password of this user."""
        found = self.authenticate(self.request, email=user.email or user.username, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether to ask for the password again; not within REAUTHENTICATION_TIMEOUT of any login."""
        records = get_authentication_records(self.request, self.request.user)
        if any(time.time() - record["at"] < app_settings.REAUTHENTICATION_TIMEOUT for record in records):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Return the user with these credentials, or None. Raises ValidationError if a rate limit is exceeded."""
        typed = credentials.get("email") or credentials.get("username") or ""
        with attempts.login(request, typed) as attempt:
            attempt.user = super().authenticate(request, **credentials)
        return attempt.user

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Send the reset link; if a password gives this user no access, a mail on how to log in instead."""
        template = "account/email/password_reset_key" if can_use_password(user) else OTHER_LOGIN_METHOD_MAIL
        self.send_mail(template, user.email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail in the recipient's language, sent after the response: see ``send_mails_after_response``.

        Sent only if the address is exactly that of an active account: a database collation may consider an
        address equal that is the mailbox of somebody else.
        """
        user = account_by_address(email)
        if user is None or user.email != email or not attempts.count_login_mail(self.request):
            return
        shared_context = {
            "base_url": settings.BASE_URL,
            "contact": settings.CONTACT_EMAIL,
            "is_staff_member": is_staff_member(user),
            "oidc": bool(settings.OIDC_SERVER_URL),
        }
        with translation.override(user.language):
            mail = self.render_mail(template_prefix, user.email, {**context, **shared_context, "email": user.email})
        self.request.__dict__.setdefault(_MAILS_ATTRIBUTE, []).append(mail)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Return the mail, marked as automatic (RFC 3834) so that no out-of-office replies are sent."""
        default_headers = {"Auto-Submitted": "auto-generated", "Content-Language": translation.get_language()}
        mail = super().render_mail(template_prefix, email, context, {**default_headers, **(headers or {})})
        mail.encoding = MAIL_CHARSET
        return mail


def send_mails_after_response(request: HttpRequest, response: Any) -> None:
    """Send the mails of this request after the response is out.

    The response time then does not reveal whether an account exists, nor depend on the mail server.
    """
    for mail in request.__dict__.pop(_MAILS_ATTRIBUTE, ()):
        # Django closes these resources once the server has sent the response.
        response._resource_closers.append(partial(_send, mail))


def _send(mail: EmailMessage) -> None:
    try:
        mail.send()
    except Exception as error:  # whatever the mail server does, the answer is out; nobody's address may end up in logs
        logger.error("Could not send the log-in e-mail: %s", type(error).__name__)
