"""Admin of second factors and linked single sign-on accounts, which administrators can remove."""

from collections.abc import Collection
from typing import Any

# Imported for their admin registrations, which are replaced below.
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

from participation.services.accounts.accounts import remove_second_factor, revoke_access

from .base import BoundedSearch

# Addresses follow User.email, the identity provider is configured by the environment, tokens are not stored.
admin.site.unregister([Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken])


class _Removable(BoundedSearch):
    """Rows created at log-in, which administrators can only delete."""

    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one row, in the same way as several."""
        self.delete_queryset(request, self.model._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete these rows and end the access of their users, in one transaction."""
        users = set(queryset.values_list("user", flat=True))
        with transaction.atomic():
            self.remove(queryset, users)

    def remove(self, queryset: QuerySet[Any], users: Collection[int]) -> None:
        """End the access of these users and delete the rows."""
        revoke_access(users)
        queryset.delete()


@admin.register(Authenticator)
class AuthenticatorAdmin(_Removable):
    """Second factors; after deletion the user sets up a new one at the next log-in. Secrets are not shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    fields = list_display

    def remove(self, queryset: QuerySet[Any], users: Collection[int]) -> None:
        """Remove all authenticators of these users: recovery codes without the app would only serve a thief."""
        remove_second_factor(users)


@admin.register(SocialAccount)
class SocialAccountAdmin(_Removable):
    """Linked accounts of the identity provider; after deletion the next log-in matches by e-mail address again."""

    list_display = ("user", "provider", "date_joined", "last_login")
    fields = list_display
