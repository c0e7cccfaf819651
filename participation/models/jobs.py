"""Receipts of the work in the background, and the pieces in which it is handed out."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """The receipt of one run of a job: what was done, by which rules and code, and what went wrong.

    ``slot`` is the day in the timetable for which it ran: a job runs once a slot, however often it is started.
    Without one somebody asked for the run by hand.
    """

    kind = models.CharField(_("kind"), max_length=40)
    slot = models.DateField(_("day in the timetable"), null=True, blank=True)
    day = models.DateField(_("day"))
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    rulebook = models.CharField(_("rulebook"), max_length=64, blank=True, default="")
    code_version = models.CharField(_("version of the code"), max_length=40)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    failures = models.JSONField(_("failures"), default=list, blank=True)
    differences = models.JSONField(_("differences from what was stored"), default=list, blank=True)

    class Meta:
        verbose_name = _("run of a job")
        verbose_name_plural = _("runs of jobs")
        ordering = ["-started_at", "-pk"]
        constraints = [UniqueConstraint(fields=["kind", "slot"], name="jobrun_once_a_slot")]
        indexes = [
            Index(fields=["kind", "-started_at"], name="jobrun_latest"),
            Index(fields=["id"], condition=Q(finished_at__isnull=True), name="jobrun_unfinished"),
        ]

    def __str__(self) -> str:
        """Return what was done for which day."""
        return f"{self.kind} {self.day}"


class JobChunk(models.Model):
    """A part of a run that one worker takes: rows of one table, by primary key, both ends included.

    Whoever does it holds a claim that expires, so that a worker that dies holds up nobody.
    """

    run = models.ForeignKey(JobRun, models.CASCADE, related_name="chunks", verbose_name=_("run"))
    of = models.CharField(_("table"), max_length=40)
    first = models.BigIntegerField(_("first"))
    last = models.BigIntegerField(_("last"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_by = models.CharField(_("in the hands of"), max_length=32, blank=True, default="")
    claimed_until = models.DateTimeField(_("in those hands until"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    failures = models.JSONField(_("failures"), default=list, blank=True)
    differences = models.JSONField(_("differences from what was stored"), default=list, blank=True)

    class Meta:
        verbose_name = _("part of a run")
        verbose_name_plural = _("parts of runs")
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["run", "of", "first"], name="jobchunk_once"),
            CheckConstraint(condition=Q(first__lte=F("last")), name="jobchunk_first_before_last"),
        ]
        indexes = [Index(fields=["run"], condition=Q(finished_at__isnull=True), name="jobchunk_unfinished")]

    def __str__(self) -> str:
        """Return which rows."""
        return f"{self.of} {self.first}-{self.last}"
