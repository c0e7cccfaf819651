"""Admin of trajectory items."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from participation.models import (
    Contribution,
    Document,
    DocumentShare,
    Request,
    Scenario,
    Step,
)
from participation.models.requests import visible_requests

from .base import FactAdmin, NoDeleteInline, VisibleRows, date_columns


class TrajectoryItemAdmin(FactAdmin):
    """Admin of trajectory items; their trajectory and ref cannot be changed."""

    trajectory_path = "trajectory"
    fixed_fields: ClassVar[tuple[str, ...]] = ("trajectory", "ref")
    list_select_related = ("trajectory",)
    search_fields: ClassVar[tuple[str, ...]] = ("ref", "trajectory__search_text", "trajectory__slug")
    autocomplete_fields = ("trajectory",)


@admin.register(Scenario)
class ScenarioAdmin(TrajectoryItemAdmin):
    """Scenarios."""

    list_display = ["ref", "title", "trajectory", *date_columns(Scenario, "presented_on")]
    search_fields: ClassVar[tuple[str, ...]] = (*TrajectoryItemAdmin.search_fields, "title")


@admin.register(Step)
class StepAdmin(TrajectoryItemAdmin):
    """Steps."""

    list_display = [
        "ref",
        "title",
        "trajectory",
        "kind",
        "method",
        *date_columns(Step, "planned", "done"),
        "cancelled",
    ]
    list_filter = ("kind", "method", "phase", "stage", "cancelled", "optional")
    search_fields: ClassVar[tuple[str, ...]] = (*TrajectoryItemAdmin.search_fields, "title")


class DocumentShareInline(NoDeleteInline):
    """Shares of a document."""

    model = DocumentShare


@admin.register(Document)
class DocumentAdmin(TrajectoryItemAdmin):
    """Documents."""

    list_display = [
        "ref",
        "title",
        "version",
        "trajectory",
        "kind",
        *date_columns(Document, "dated_on", "published_on"),
    ]
    list_filter = ("kind", "changes_marked", "plain_summary")
    search_fields: ClassVar[tuple[str, ...]] = (*TrajectoryItemAdmin.search_fields, "search_text", "version")
    inlines = (DocumentShareInline,)


@admin.register(DocumentShare)
class DocumentShareAdmin(FactAdmin):
    """Shares of documents."""

    trajectory_path = "document__trajectory"
    fixed_fields = ("document",)
    autocomplete_fields = ("document",)
    list_display = ["document", "party", *date_columns(DocumentShare, "on")]
    list_select_related = ("document",)
    search_fields = ("party", "document__title", "document__trajectory__slug")


@admin.register(Contribution)
class ContributionAdmin(TrajectoryItemAdmin):
    """Contributions."""

    list_display = [
        "ref",
        "trajectory",
        "party",
        "theme",
        "outcome",
        *date_columns(Contribution, "received_on", "responded_on"),
    ]
    list_filter = ("outcome",)
    search_fields: ClassVar[tuple[str, ...]] = (*TrajectoryItemAdmin.search_fields, "party", "search_text")


@admin.register(Request)
class RequestAdmin(TrajectoryItemAdmin):
    """Requests: of trajectories, and of the register."""

    fixed_fields = ("trajectory", "ref", "number")
    # Decided on its own page, which mails who handed it in.
    readonly_fields = ("moderation", "moderation_reason")
    list_display = ["ref", "kind", "trajectory", "party", *date_columns(Request, "received_on", "answered_on")]
    list_filter = ("kind",)
    search_fields: ClassVar[tuple[str, ...]] = (*TrajectoryItemAdmin.search_fields, "party", "summary")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the requests that this user may see."""
        rows: models.QuerySet[Any] = super(VisibleRows, self).get_queryset(request)
        return rows.filter(visible_requests(request.user))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user may see this request, or the list."""
        if obj is None or obj.trajectory_id:
            return super().has_view_permission(request, obj)
        is_visible = Request.objects.visible_to(request.user).filter(pk=obj.pk).exists()
        return super().has_view_permission(request) and is_visible

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this user may change this request; one that belongs to no trajectory asks for an editor."""
        if obj is None or obj.trajectory_id:
            return super().has_change_permission(request, obj)
        user: Any = request.user
        return super().has_change_permission(request) and bool(user.edits_everything)

    def owners_to_reassess(self, row: Any) -> list[tuple[str, int]]:
        """Return its trajectory, and the request itself where it is of the register."""
        found = [("trajectory", row.trajectory_id)] if row.trajectory_id else []
        return [*found, ("request", row.pk)] if row.number else found
