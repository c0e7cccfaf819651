"""Admin of motions, commitments, progress reports and fulfilments."""

from typing import Any

from django.contrib import admin

from participation.models import Commitment, CommitmentFulfilment, Motion, ProgressReport

from .base import FactAdmin, NoDeleteInline, TextFilter, date_columns


class ReportInline(NoDeleteInline):
    """Progress reports on a motion or commitment."""

    model = ProgressReport
    fields = ("on", "text")


class FulfilmentInline(NoDeleteInline):
    """The times that a commitment that repeats was fulfilled."""

    model = CommitmentFulfilment
    fields = ("on", "text")


@admin.register(Motion)
class MotionAdmin(FactAdmin):
    """Motions."""

    fixed_fields = ("number",)
    list_display = [
        "number",
        "title",
        "outcome",
        *date_columns(Motion, "adopted_on", "due_on", "settled_on"),
        "owner",
    ]
    list_filter = ("outcome", ("body", TextFilter))
    search_fields = ("search_text",)
    inlines = (ReportInline,)

    def owners_to_reassess(self, row: Any) -> list[tuple[str, int]]:
        """Return the motion itself."""
        return [("motion", row.pk)]


@admin.register(Commitment)
class CommitmentAdmin(FactAdmin):
    """Commitments."""

    fixed_fields = ("number",)
    list_display = ["number", "text", *date_columns(Commitment, "made_on", "due_on", "fulfilled_on"), "owner"]
    list_filter = (("made_by", TextFilter),)
    search_fields = ("search_text", "source")
    inlines = (ReportInline, FulfilmentInline)

    def owners_to_reassess(self, row: Any) -> list[tuple[str, int]]:
        """Return the commitment itself."""
        return [("commitment", row.pk)]


@admin.register(ProgressReport)
class ReportAdmin(FactAdmin):
    """Reports on progress."""

    fixed_fields = ("motion", "commitment")
    list_display = ["motion", "commitment", *date_columns(ProgressReport, "on")]
    list_select_related = ("motion", "commitment")
    search_fields = ("motion__search_text", "commitment__search_text", "text")
    autocomplete_fields = ("motion", "commitment")

    def owners_to_reassess(self, row: Any) -> list[tuple[str, int]]:
        """Return the motion or commitment of the report."""
        return [("motion", row.motion_id) if row.motion_id else ("commitment", row.commitment_id)]


@admin.register(CommitmentFulfilment)
class FulfilmentAdmin(FactAdmin):
    """Fulfilments of commitments that repeat."""

    fixed_fields = ("commitment",)
    list_display = ["commitment", *date_columns(CommitmentFulfilment, "on")]
    list_select_related = ("commitment",)
    search_fields = ("commitment__search_text", "text")
    autocomplete_fields = ("commitment",)

    def owners_to_reassess(self, row: Any) -> list[tuple[str, int]]:
        """Return the commitment."""
        return [("commitment", row.commitment_id)]
