"""The second factor: who must show one, whether this visit did, and how its secret is kept."""

import base64
import os
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from .people import works_here

#: What counts as strong: a code of an app (or a recovery code), or the server of the municipality.
STRONG = ("mfa", "socialaccount")


def is_strong(request: HttpRequest) -> bool:
    """Tell whether who is logged in showed more than a password or a mailbox during this visit."""
    return any(record["method"] in STRONG for record in get_authentication_records(request, request.user))


def is_needed(request: HttpRequest) -> bool:
    """Tell whether this visit must not go on without a second factor."""
    user: Any = request.user
    return settings.SECOND_FACTOR and user.is_authenticated and works_here(user) and not is_strong(request)


def has_second_factor(user: Any) -> bool:
    """Tell whether someone set up an app before."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


class AskSecondFactor(AuthenticateStage):
    """The step of logging in that asks for the code of the app: not of who came from the municipality's server."""

    def _should_handle(self, request: HttpRequest) -> bool:
        records = get_authentication_records(request, self.login.user)
        if records and records[-1]["method"] == "socialaccount":
            return False
        return super()._should_handle(request)


class SecondFactors(DefaultMFAAdapter):
    """How the secrets of the apps are kept: unreadable for who has only the database."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right. Look at your app again: it shows a new code every half minute."),
    }

    def encrypt(self, text: str) -> str:
        """Return the text, locked with the installation's secret key."""
        return self._lock().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text. Where the secret key has changed it is lost: then no code fits, and none is let in."""
        try:
            return self._lock().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(os.urandom(20)).decode()

    @staticmethod
    def _lock() -> Fernet:
        key = salted_hmac("participation.second-factor", "key", algorithm="sha256").digest()
        return Fernet(base64.urlsafe_b64encode(key))
