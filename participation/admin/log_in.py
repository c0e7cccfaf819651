"""What an administrator does about logging in: help who lost a telephone, or got another account at work."""

from typing import Any

# These register their tables; ours come in their place, so they must have been there first.
import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.http import HttpRequest

from .base import BoundedSearch

# Addresses follow the account's own; the server of staff stands in the environment; tokens are not kept.
admin.site.unregister([Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken])


class _Removable(BoundedSearch):
    """Rows that a person makes by logging in, and that an administrator only takes away."""

    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


@admin.register(Authenticator)
class AuthenticatorAdmin(_Removable):
    """Second factors: without them someone sets up a new one at the next log-in. The secrets are not shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    fields = list_display


@admin.register(SocialAccount)
class SocialAccountAdmin(_Removable):
    """Ties to accounts of the municipality's server: without it the next log-in goes by e-mail address again."""

    list_display = ("user", "provider", "date_joined", "last_login")
    fields = list_display
