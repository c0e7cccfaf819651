"""Accounts, and for which organisations people speak."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from participation.models import Membership, User

from .base import BoundedSearch


class MembershipInline(admin.TabularInline):
    """For whom someone speaks."""

    model = Membership
    extra = 0
    autocomplete_fields = ("organisation",)


@admin.register(User)
class UserAdmin(BoundedSearch, DjangoUserAdmin):
    """Accounts: closed by making them inactive, for their name stands under what they recorded."""

    list_display = ("username", "email", "first_name", "last_name", "role", "is_active", "is_staff")
    list_filter = ("role", "is_active", "is_staff", "language")
    inlines = (MembershipInline,)
    fieldsets = (
        *(DjangoUserAdmin.fieldsets or ()),
        (_("Participation"), {"fields": ("role", "language")}),
        (_("Mail"), {"fields": ("report_frequency", "wants_reminders", "snoozed_until", "snooze_reason")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "username",
                    "email",
                    "role",
                    "language",
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: make the account inactive instead."""
        return False


@admin.register(Membership)
class MembershipAdmin(BoundedSearch, SimpleHistoryAdmin):
    """Who speaks for whom; ending it removes the row, its history tells that it was there."""

    list_display = ("user", "organisation")
    list_select_related = ("user", "organisation")
    search_fields = ("user__username", "user__email", "organisation__name", "organisation__slug")
    autocomplete_fields = ("user", "organisation")
