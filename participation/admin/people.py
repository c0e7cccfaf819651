"""Admin of users and their memberships of organisations."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from participation.models import Membership, User
from participation.services.accounts.accounts import revoke_all_credentials, save_permissions

from .base import BoundedSearch, ConcurrentAdmin, LabelledInline, is_administrator


class MembershipInline(LabelledInline):
    """Memberships of a user."""

    model = Membership
    extra = 0
    autocomplete_fields = ("organisation",)


@admin.register(User)
class UserAdmin(ConcurrentAdmin, BoundedSearch, DjangoUserAdmin):
    """Users; deactivated instead of deleted, because their recorded actions refer to them."""

    list_display = ("username", "email", "first_name", "last_name", "role", "is_active", "is_staff")
    list_filter = ("role", "is_active", "is_staff", "language")
    # Written at log-in and when the account is made: never by hand.
    readonly_fields = ("last_login", "date_joined")
    inlines = (MembershipInline,)
    actions = ("revoke_access",)
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
        """Return False: deactivate the account instead."""
        return False

    def has_administrator_permission(self, request: HttpRequest) -> bool:
        """Return whether this user may revoke the access of others."""
        return is_administrator(request) and self.has_change_permission(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Return the page of a user, with the button to revoke all access for users who may."""
        context = {"may_close": self.has_administrator_permission(request), "checkbox": ACTION_CHECKBOX_NAME}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save only the changed fields; a change of permissions ends the sessions of the user."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        with transaction.atomic():
            save_permissions(obj, form.changed_data)

    @admin.action(
        description=_("Revoke all access: sessions, second factor, password, API keys, links"),
        permissions=["administrator"],
    )
    def revoke_access(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Revoke all access of these users, after a confirmation page."""
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": gettext("Revoke all access of these accounts?"),
                "opts": self.model._meta,
                "rows": list(queryset.order_by("username")),
                "checkbox": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/participation/user/revoke_access.html", context)
        rows = list(queryset.order_by("pk"))
        with transaction.atomic():
            revoke_all_credentials([row.pk for row in rows])
            user: Any = request.user
            LogEntry.objects.log_actions(user.pk, queryset.order_by("pk"), CHANGE, "Revoked all access.")
        text = ngettext(
            "All access of %(n)s account was revoked. The owner can request a new password by e-mail.",
            "All access of %(n)s accounts was revoked. The owners can request a new password by e-mail.",
            len(rows),
        )
        self.message_user(request, text % {"n": len(rows)}, messages.SUCCESS)
        return None


@admin.register(Membership)
class MembershipAdmin(BoundedSearch, SimpleHistoryAdmin):
    """Memberships; ending one deletes the row, and its history remains."""

    list_display = ("user", "organisation")
    list_select_related = ("user", "organisation")
    search_fields = ("user__username", "user__email", "organisation__name", "organisation__slug")
    autocomplete_fields = ("user", "organisation")
