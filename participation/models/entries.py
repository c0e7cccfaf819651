"""Entries: what someone recorded in one go, and the way back."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from .columns import TextField, WordField
from .constraints import exactly_one
from .register import Commitment, Motion
from .trajectories import Trajectory

#: What a person can do in one go. Their labels say it in the past.
VERBS = (
    "added",
    "changed",
    "removed",
    "answered",
    "shared",
    "explained",
    "contradicted",
    "asked",
    "reacted",
    "suggested",
    "assigned",
    "rescheduled",
    "evaluated",
    "undone",
)


class Entry(models.Model):
    """One thing a person did: which rows it touched, each from which line of its history to which.

    ``items`` are ``[model, pk, before, after]``: the numbers of history lines, ``before`` null where the row
    was new. ``links`` are ``[model, pk, field, before, after]`` with primary keys, for many-to-many columns.
    """

    trajectory = models.ForeignKey(
        Trajectory, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("trajectory")
    )
    motion = models.ForeignKey(
        Motion, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("motion")
    )
    commitment = models.ForeignKey(
        Commitment, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("commitment")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="entries", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    verb = WordField(_("what was done"), words=VERBS, blank=False)
    about = TextField(_("about what"))
    items = models.JSONField(_("rows"), default=list, blank=True)
    links = models.JSONField(_("links"), default=list, blank=True)
    undone_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["-at", "-pk"]
        constraints = [
            exactly_one("trajectory", "motion", "commitment"),
            CheckConstraint(condition=Q(verb__in=VERBS), name="entry_verb_known"),
        ]
        indexes = [Index(fields=["trajectory", "-at"], name="entry_of_trajectory")]

    def __str__(self) -> str:
        """Return what was done."""
        return f"{self.get_verb_display()}: {self.about}"
