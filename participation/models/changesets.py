"""Changesets: the row changes of one recorded action, with what is needed to undo it."""

from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from .columns import TextField, WordField
from .constraints import exactly_one_constraint
from .register import Commitment, Motion
from .requests import Request
from .trajectories import Trajectory

#: Kinds of recorded actions; their labels are in the past tense.
CHANGESET_VERBS = (
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
    "erased",
)
#: Actions that cannot be undone.
FINAL_CHANGESET_VERBS = ("undone", "erased")


class Changeset(models.Model):
    """A changeset: one action of a user, with the history records of each row before and after.

    ``row_changes`` are ``[model, pk, before, after]`` with ids of history records; ``before`` is null for a new row.
    ``m2m_changes`` are ``[model, pk, field, before, after]`` with lists of primary keys, for many-to-many fields.
    """

    trajectory = models.ForeignKey(
        Trajectory, models.PROTECT, null=True, blank=True, related_name="changesets", verbose_name=_("trajectory")
    )
    motion = models.ForeignKey(
        Motion, models.PROTECT, null=True, blank=True, related_name="changesets", verbose_name=_("motion")
    )
    commitment = models.ForeignKey(
        Commitment, models.PROTECT, null=True, blank=True, related_name="changesets", verbose_name=_("commitment")
    )
    #: A request that belongs to no trajectory; otherwise the changeset is of its trajectory.
    request = models.ForeignKey(
        Request, models.PROTECT, null=True, blank=True, related_name="changesets", verbose_name=_("request")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="changesets", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    verb = WordField(_("action"), words=CHANGESET_VERBS, blank=False)
    about = TextField(_("subject"))
    row_changes = models.JSONField(_("changed rows"), default=list, blank=True)
    m2m_changes = models.JSONField(_("many-to-many changes"), default=list, blank=True)
    #: The first of the changesets of one import in several trajectories, by which all of them are undone.
    import_lead = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="same_import",
        verbose_name=_("import"),
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("changeset")
        verbose_name_plural = _("changesets")
        ordering = ["-at", "-pk"]
        constraints = [
            exactly_one_constraint("trajectory", "motion", "commitment", "request"),
            CheckConstraint(condition=Q(verb__in=CHANGESET_VERBS), name="changeset_verb_known"),
        ]
        indexes = [Index(fields=["trajectory", "-at"], name="changeset_of_trajectory")]

    def __str__(self) -> str:
        """Return the action and its subject."""
        return f"{self.get_verb_display()}: {self.about}"

    @property
    def owner(self) -> Trajectory | Motion | Commitment | Request:
        """Return what was changed; a constraint makes it exactly one."""
        owner = self.trajectory or self.motion or self.commitment or self.request
        return cast("Trajectory | Motion | Commitment | Request", owner)
