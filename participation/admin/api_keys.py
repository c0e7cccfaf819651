"""Admin of API keys: listing and revoking. Keys cannot be read here, nor created for another user."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from participation.models import ApiKey

from .base import BoundedSearch, is_administrator


@admin.register(ApiKey)
class ApiKeyAdmin(BoundedSearch):
    """API keys; deleting one revokes it."""

    list_display = ("name", "user", "created", "expiry")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "user__email")
    fields = list_display

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user is an administrator with the Django permission."""
        return super().has_view_permission(request, obj) and is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: the owner creates a key, and sees it once."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user may revoke a key."""
        return super().has_delete_permission(request, obj) and is_administrator(request)
