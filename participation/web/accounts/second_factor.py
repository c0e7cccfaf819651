"""The second factor: who needs one, whether this session has one, and encryption of its secret."""

import base64
import os
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from participation.services.accounts.lookup import is_staff_member

#: Authentication methods that count as strong: an authenticator or recovery code, or OpenID Connect.
STRONG_METHODS = ("mfa", "socialaccount")


def has_strong_authentication(request: HttpRequest) -> bool:
    """Return whether the user authenticated with a strong method in this session."""
    return any(record["method"] in STRONG_METHODS for record in get_authentication_records(request, request.user))


def is_second_factor_required(request: HttpRequest) -> bool:
    """Return whether this session requires a second factor before it may go on."""
    user: Any = request.user
    return (
        settings.SECOND_FACTOR
        and user.is_authenticated
        and is_staff_member(user)
        and not has_strong_authentication(request)
    )


def has_second_factor(user: Any) -> bool:
    """Return whether the user set up an authenticator app."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


@transaction.atomic
def use_code(user: Any, code: str) -> Authenticator | None:
    """Return the authenticator of the user that accepts this code, and invalidate the code; else None.

    A code is accepted once, also in concurrent requests (RFC 6238, 5.2): the row is locked, on SQLite by the
    transaction itself, and stores the last accepted counter.
    """
    for row in Authenticator.objects.select_for_update().filter(user=user).order_by("pk"):
        is_app = row.type == Authenticator.Type.TOTP
        if _use_app_code(row, code) if is_app else row.wrap().validate_code(code):
            return row
    return None


def _use_app_code(row: Authenticator, code: str) -> bool:
    secret = decrypt(row.data["secret"])
    matching_counters = [
        counter
        for counter in yield_hotp_counters_from_time()
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter)))
    ]
    if not matching_counters or max(matching_counters) <= row.data.get("last_counter", 0):
        return False
    row.data["last_counter"] = max(matching_counters)
    row.save(update_fields=["data"])
    return True


def forget_second_factor(request: HttpRequest) -> None:
    """Remove the second factor from the authentication records of this session."""
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [one for one in records if one["method"] != "mfa"]


class MfaStage(AuthenticateStage):
    """Login stage that asks for the second factor, except after login through OpenID Connect."""

    def _should_handle(self, request: HttpRequest) -> bool:
        records = get_authentication_records(request, self.login.user)
        if records and records[-1]["method"] == "socialaccount":
            return False
        return super()._should_handle(request)


class MfaAdapter(DefaultMFAAdapter):
    """Encrypts the secrets of authenticator apps, so that the database alone does not reveal them."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right. Look at your app again: it shows a new code every half minute."),
    }

    def encrypt(self, text: str) -> str:
        """Return the text, encrypted with a key derived from SECRET_KEY."""
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the decrypted text; a random secret if SECRET_KEY changed, so that no code is accepted."""
        try:
            return self._fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(os.urandom(20)).decode()

    @staticmethod
    def _fernet() -> Fernet:
        key = salted_hmac("participation.second-factor", "key", algorithm="sha256").digest()
        return Fernet(base64.urlsafe_b64encode(key))
