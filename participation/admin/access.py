"""The keys of programs: who has which, and withdrawing one. Nobody can read a key here, or make one for another."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from participation.models import ApiKey

from .base import BoundedSearch, administers


@admin.register(ApiKey)
class ApiKeyAdmin(BoundedSearch):
    """Keys: what is removed here is worth nothing from then on."""

    list_display = ("name", "user", "created", "expiry")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "user__email")
    fields = list_display

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether this user may look: an administrator, who may also by Django's own permissions."""
        return super().has_view_permission(request, obj) and administers(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: whoever uses it makes it, and sees it once."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether this user may withdraw one."""
        return super().has_delete_permission(request, obj) and administers(request)
