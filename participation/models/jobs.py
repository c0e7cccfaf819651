"""Runs of background jobs, and the chunks in which they are claimed."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """A run of a job: counts, failures, differences, and the rulebooks and code version used.

    ``rulebooks`` has the hash of the rulebook of each municipality, as ``Rulebooks.hashes`` gives it. ``slot`` is the
    day in the timetable: a job runs once per slot, however often it is started. A run without a slot was started by
    hand.
    """

    kind = models.CharField(_("kind"), max_length=40)
    slot = models.DateField(_("scheduled day"), null=True, blank=True)
    day = models.DateField(_("day"))
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    rulebooks = models.JSONField(_("rulebooks"), default=dict, blank=True)
    code_version = models.CharField(_("software version"), max_length=40)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    failures = models.JSONField(_("failures"), default=list, blank=True)
    differences = models.JSONField(_("differences from the stored obligations"), default=list, blank=True)

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        ordering = ["-started_at", "-pk"]
        constraints = [UniqueConstraint(fields=["kind", "slot"], name="jobrun_once_a_slot")]
        indexes = [
            Index(fields=["kind", "-started_at"], name="jobrun_latest"),
            Index(fields=["id"], condition=Q(finished_at__isnull=True), name="jobrun_unfinished"),
        ]

    def __str__(self) -> str:
        """Return the job and the day."""
        return f"{self.kind} {self.day}"

    @property
    def rulebook_hashes(self) -> str:
        """Return the hashes of the rulebooks as text: that of the first, then those of other municipalities."""
        return ", ".join(f"{name}: {found}" if name else found for name, found in sorted(self.rulebooks.items()))


class JobChunk(models.Model):
    """A chunk of a run: a range of primary keys of one table, both ends included.

    A worker holds a claim that expires, so that the chunk of a dead worker is retried.
    """

    run = models.ForeignKey(JobRun, models.CASCADE, related_name="chunks", verbose_name=_("run"))
    of = models.CharField(_("table"), max_length=40)
    first = models.BigIntegerField(_("first"))
    last = models.BigIntegerField(_("last"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_by = models.CharField(_("claimed by"), max_length=32, blank=True, default="")
    claimed_until = models.DateTimeField(_("claim expires at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    failures = models.JSONField(_("failures"), default=list, blank=True)
    differences = models.JSONField(_("differences from the stored obligations"), default=list, blank=True)

    class Meta:
        verbose_name = _("chunk")
        verbose_name_plural = _("chunks")
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["run", "of", "first"], name="jobchunk_once"),
            CheckConstraint(condition=Q(first__lte=F("last")), name="jobchunk_first_before_last"),
        ]
        indexes = [Index(fields=["run"], condition=Q(finished_at__isnull=True), name="jobchunk_unfinished")]

    def __str__(self) -> str:
        """Return the table and the key range."""
        return f"{self.of} {self.first}-{self.last}"
