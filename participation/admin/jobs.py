"""Read-only admin of obligations, status transitions, changesets and job runs."""

from collections.abc import Iterable

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from participation.models import Changeset, JobChunk, JobRun, Obligation, Transition
from participation.presentation.alerts import difference_text

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
        "request",
        "due_on",
        "met_on",
        "next_change_on",
    )
    list_filter = ("rule", "due_on", ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("trajectory", "motion", "commitment", "request")
    search_fields = ("rule", "subject", "trajectory__slug", "motion__number", "commitment__number", "request__number")


@admin.register(Transition)
class TransitionAdmin(ReadOnlyAdmin):
    """Status transitions."""

    trajectory_path = "obligation__trajectory"
    list_display = ("obligation", "from_status", "to_status", "on", "noticed_at", "rulebook")
    list_filter = ("to_status", "on")
    list_select_related = ("obligation",)
    search_fields = ("obligation__rule", "obligation__subject", "obligation__trajectory__slug")


@admin.register(Changeset)
class EntryAdmin(ReadOnlyAdmin):
    """Changesets."""

    trajectory_path = "trajectory"
    list_display = ("at", "verb", "about", "trajectory", "motion", "commitment", "request", "by", "undone_at")
    list_filter = ("verb", "at", ("undone_at", admin.EmptyFieldListFilter))
    list_select_related = ("trajectory", "motion", "commitment", "request", "by")
    search_fields = ("about", "trajectory__slug", "by__username")


class _JobResultAdmin(ReadOnlyAdmin):
    """Admin of job results, formatted for reading."""

    @admin.display(description=_("failures"))
    def failure_count(self, row: JobRun | JobChunk) -> int:
        """Return the number of failures."""
        number: int = row.counts.get("failed", len(row.failures))
        return number

    @admin.display(description=_("failures"))
    def failures_text(self, row: JobRun | JobChunk) -> str:
        """Return the failures, one per line."""
        return _as_paragraphs(
            " · ".join(f"{name}: {text}" for name, text in failure.items()) for failure in row.failures
        )

    @admin.display(description=_("differences from the stored obligations"))
    def differences_text(self, row: JobRun | JobChunk) -> str:
        """Return the differences with their causes, one per line."""
        return _as_paragraphs(difference_text(line) for line in row.differences)

    @admin.display(description=_("counts"))
    def counts_text(self, row: JobRun | JobChunk) -> str:
        """Return the counts as text."""
        return ", ".join(f"{name}: {number}" for name, number in row.counts.items())


def _as_paragraphs(lines: Iterable[str]) -> str:
    return format_html_join("", "<p>{}</p>", ((line,) for line in lines)) or "–"


@admin.register(JobRun)
class JobRunAdmin(_JobResultAdmin):
    """Job runs."""

    list_display = (
        "kind",
        "day",
        "failure_count",
        "difference_count",
        "started_at",
        "finished_at",
        "rulebook_hashes",
        "code_version",
    )
    list_filter = ("kind", ("finished_at", admin.EmptyFieldListFilter), "day")
    search_fields = ("kind", "rulebooks", "code_version")
    fields = (
        *("kind", "slot", "day", "started_at", "finished_at", "counts_text", "failures_text", "differences_text"),
        *("chunks_link", "rulebook_hashes", "code_version"),
    )
    readonly_fields = ("counts_text", "failures_text", "differences_text", "chunks_link", "rulebook_hashes")

    @admin.display(description=_("rulebooks"))
    def rulebook_hashes(self, row: JobRun) -> str:
        """Return the hashes of the rulebooks by which it judged."""
        return row.rulebook_hashes

    @admin.display(description=_("differences"))
    def difference_count(self, row: JobRun) -> int:
        """Return the number of differences from the stored obligations."""
        number: int = row.counts.get("differences", len(row.differences))
        return number

    @admin.display(description=_("chunks"))
    def chunks_link(self, row: JobRun) -> str:
        """Return a link to its chunks, which are deleted after a month."""
        url = reverse("admin:participation_jobchunk_changelist")
        return format_html('<a href="{}?run={}">{}</a>', url, row.pk, row.chunks.count())


@admin.register(JobChunk)
class JobChunkAdmin(_JobResultAdmin):
    """Chunks of job runs, including unfinished ones."""

    list_display = ("run", "of", "first", "last", "attempts", "claimed_until", "finished_at", "failure_count")
    list_filter = ("run__kind", ("finished_at", admin.EmptyFieldListFilter))
    list_select_related = ("run",)
    search_fields = ("run__kind", "of")
    fields = (
        *("run", "of", "first", "last", "attempts", "claimed_by", "claimed_until", "finished_at"),
        *("counts_text", "failures_text", "differences_text"),
    )
    readonly_fields = ("counts_text", "failures_text", "differences_text")
