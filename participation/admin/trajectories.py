"""Admin of trajectories, plans and waivers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from participation.models import Plan, PlanActor, Trajectory, Waiver

from .base import FactAdmin, NoDeleteInline, TextFilter, date_columns


@admin.register(Trajectory)
class TrajectoryAdmin(FactAdmin):
    """Trajectories."""

    trajectory_path = "pk"
    fixed_fields = ("slug",)
    list_display = [
        "title",
        "slug",
        "kind",
        "level",
        "status",
        "public",
        *date_columns(Trajectory, "started_on", "closed_on"),
    ]
    list_filter = ("status", "kind", "level", "impact", "public", "retrospective", ("municipality", TextFilter))
    search_fields = ("search_text", "slug")
    autocomplete_fields = ("neighbourhoods", "advisers", "motions")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether this user may add a trajectory: an adviser or editor, as on the pages."""
        return super().has_add_permission(request) and getattr(request.user, "adds_trajectories", False)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the read-only fields; only editors may assign advisers."""
        found = super().get_readonly_fields(request, obj)
        return found if getattr(request.user, "edits_everything", False) else (*found, "advisers")


class PlanActorInline(NoDeleteInline):
    """Actors of a plan."""

    model = PlanActor
    autocomplete_fields = ("organisation",)


@admin.register(Plan)
class PlanAdmin(FactAdmin):
    """Participation plans."""

    trajectory_path = "trajectory"
    fixed_fields = ("trajectory",)
    autocomplete_fields = ("trajectory",)
    list_display = ["trajectory", *date_columns(Plan, "adopted_on", "published_on", "to_council_on")]
    list_select_related = ("trajectory",)
    search_fields = ("trajectory__search_text", "trajectory__slug")
    inlines = (PlanActorInline,)


@admin.register(PlanActor)
class PlanActorAdmin(FactAdmin):
    """Actors of plans."""

    trajectory_path = "plan__trajectory"
    fixed_fields = ("plan",)
    list_display = ("organisation", "plan", "part", "suggested_by")
    list_filter = ("part",)
    list_select_related = ("organisation", "plan__trajectory")
    search_fields = ("organisation__search_text", "organisation__slug", "plan__trajectory__search_text")
    autocomplete_fields = ("plan", "organisation")


@admin.register(Waiver)
class WaiverAdmin(FactAdmin):
    """Waivers."""

    trajectory_path = "trajectory"
    fixed_fields = ("trajectory", "rule", "subject")
    autocomplete_fields = ("trajectory",)
    list_display = ("rule", "subject", "trajectory", "by", "granted_on", "until")
    list_filter = ("rule", "granted_on", "until")
    list_select_related = ("trajectory",)
    search_fields = ("rule", "subject", "reason", "trajectory__search_text", "trajectory__slug")
