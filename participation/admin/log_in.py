"""What an administrator does about logging in: help who lost a telephone, or got another account at work."""

from collections.abc import Collection
from typing import Any

# These register their tables; ours come in their place, so they must have been there first.
import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from participation.services.accounts import end_access, remove_second_factor

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

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remove one, as several at once."""
        self.delete_queryset(request, self.model._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Remove these, and end what was opened with them."""
        users = set(queryset.values_list("user", flat=True))
        with transaction.atomic():
            self.remove(queryset, users)

    def remove(self, queryset: QuerySet[Any], users: Collection[int]) -> None:
        """Remove these rows of these users."""
        end_access(users)
        queryset.delete()


@admin.register(Authenticator)
class AuthenticatorAdmin(_Removable):
    """Second factors: without them someone sets up a new one at the next log-in. The secrets are not shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    fields = list_display

    def remove(self, queryset: QuerySet[Any], users: Collection[int]) -> None:
        """Remove the app and the recovery codes of these users: one without the other is of no use, but to a thief."""
        remove_second_factor(users)


@admin.register(SocialAccount)
class SocialAccountAdmin(_Removable):
    """Ties to accounts of the municipality's server: without it the next log-in goes by e-mail address again."""

    list_display = ("user", "provider", "date_joined", "last_login")
    fields = list_display
