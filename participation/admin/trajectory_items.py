"""Admin of trajectory items."""

from typing import ClassVar

from django.contrib import admin

from participation.models import (
    Contribution,
    Document,
    DocumentShare,
    Request,
    Scenario,
    Step,
)

from .base import FactAdmin, NoDeleteInline, days


class PartAdmin(FactAdmin):
    """Admin of trajectory items; their trajectory and ref cannot be changed."""

    trajectory_path = "trajectory"
    fixed = ("trajectory", "ref")
    list_select_related = ("trajectory",)
    search_fields: ClassVar[tuple[str, ...]] = ("ref", "trajectory__search_text", "trajectory__slug")
    autocomplete_fields = ("trajectory",)


@admin.register(Scenario)
class ScenarioAdmin(PartAdmin):
    """Scenarios."""

    list_display = ["ref", "title", "trajectory", *days(Scenario, "presented_on")]
    search_fields: ClassVar[tuple[str, ...]] = (*PartAdmin.search_fields, "title")


@admin.register(Step)
class StepAdmin(PartAdmin):
    """Steps."""

    list_display = [
        "ref",
        "title",
        "trajectory",
        "kind",
        "method",
        *days(Step, "planned", "done"),
        "cancelled",
    ]
    list_filter = ("kind", "method", "phase", "stage", "cancelled", "optional")
    search_fields: ClassVar[tuple[str, ...]] = (*PartAdmin.search_fields, "title")


class DocumentShareInline(NoDeleteInline):
    """Shares of a document."""

    model = DocumentShare


@admin.register(Document)
class DocumentAdmin(PartAdmin):
    """Documents."""

    list_display = [
        "ref",
        "title",
        "version",
        "trajectory",
        "kind",
        *days(Document, "dated_on", "published_on"),
    ]
    list_filter = ("kind", "changes_marked", "plain_summary")
    search_fields: ClassVar[tuple[str, ...]] = (*PartAdmin.search_fields, "search_text", "version")
    inlines = (DocumentShareInline,)


@admin.register(DocumentShare)
class DocumentShareAdmin(FactAdmin):
    """Shares of documents."""

    trajectory_path = "document__trajectory"
    fixed = ("document",)
    autocomplete_fields = ("document",)
    list_display = ["document", "party", *days(DocumentShare, "on")]
    list_select_related = ("document",)
    search_fields = ("party", "document__title", "document__trajectory__slug")


@admin.register(Contribution)
class ContributionAdmin(PartAdmin):
    """Contributions."""

    list_display = [
        "ref",
        "trajectory",
        "party",
        "theme",
        "outcome",
        *days(Contribution, "received_on", "responded_on"),
    ]
    list_filter = ("outcome",)
    search_fields: ClassVar[tuple[str, ...]] = (*PartAdmin.search_fields, "party", "search_text")


@admin.register(Request)
class RequestAdmin(PartAdmin):
    """Requests."""

    list_display = ["ref", "kind", "trajectory", "party", *days(Request, "received_on", "answered_on")]
    list_filter = ("kind",)
    search_fields: ClassVar[tuple[str, ...]] = (*PartAdmin.search_fields, "party", "summary")
