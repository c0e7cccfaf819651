"""What the tracker itself writes: obligations, the ledger, receipts and deliveries. Only to be looked at."""

from django.contrib import admin

from participation.models import AssessmentRun, Entry, Obligation, ReportDelivery, Transition

from .base import ReadOnlyAdmin


@admin.register(Obligation)
class ObligationAdmin(ReadOnlyAdmin):
    """Obligations."""

    trajectory_path = "trajectory"
    list_display = (
        "rule",
        "subject",
        "trajectory",
        "motion",
        "commitment",
        "due_on",
        "met_on",
        "next_change_on",
    )
    list_filter = ("rule", "due_on", ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("trajectory", "motion", "commitment")
    search_fields = ("rule", "subject", "trajectory__slug", "motion__number", "commitment__number")


@admin.register(Transition)
class TransitionAdmin(ReadOnlyAdmin):
    """The ledger."""

    trajectory_path = "obligation__trajectory"
    list_display = ("obligation", "from_status", "to_status", "on", "noticed_at", "rulebook")
    list_filter = ("to_status", "on")
    list_select_related = ("obligation",)
    search_fields = ("obligation__rule", "obligation__subject", "obligation__trajectory__slug")


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """What someone recorded in one go."""

    trajectory_path = "trajectory"
    list_display = ("at", "verb", "about", "trajectory", "motion", "commitment", "by", "undone_at")
    list_filter = ("verb", "at", ("undone_at", admin.EmptyFieldListFilter))
    list_select_related = ("trajectory", "motion", "commitment", "by")
    search_fields = ("about", "trajectory__slug", "by__username")


@admin.register(AssessmentRun)
class AssessmentRunAdmin(ReadOnlyAdmin):
    """Receipts."""

    list_display = ("kind", "day", "started_at", "finished_at", "rulebook", "code_version")
    list_filter = ("kind", "day")
    search_fields = ("rulebook", "code_version")


@admin.register(ReportDelivery)
class ReportDeliveryAdmin(ReadOnlyAdmin):
    """Deliveries of the weekly report."""

    list_display = ("recipient", "year", "week", "language", "created_at", "sent_at")
    list_filter = ("year", "week", "language", ("sent_at", admin.EmptyFieldListFilter))
    list_select_related = ("recipient",)
    search_fields = ("recipient__username", "recipient__email", "subject")
