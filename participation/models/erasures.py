"""Log of erasures (GDPR, article 17) of text from all versions of a row. The text itself is not kept."""

from django.conf import settings
from django.db import models
from django.db.models import Index
from django.utils.translation import gettext_lazy as _

from .changesets import Changeset
from .columns import WordField
from .constraints import vocabulary_constraints
from .register import Commitment, Motion
from .requests import Request
from .trajectories import Trajectory

#: Whether the whole text was removed from each place, or only some words.
ERASURE_SCOPES = ("text", "words")


class Erasure(models.Model):
    """An erasure: by whom, when, why, from which rows and columns, and how many places were changed.

    ``places`` are ``[model, pk, [columns]]``, the chosen row first. It has no history, and never holds the erased
    text.
    """

    trajectory = models.ForeignKey(
        Trajectory, models.PROTECT, null=True, blank=True, related_name="erasures", verbose_name=_("trajectory")
    )
    motion = models.ForeignKey(
        Motion, models.PROTECT, null=True, blank=True, related_name="erasures", verbose_name=_("motion")
    )
    commitment = models.ForeignKey(
        Commitment, models.PROTECT, null=True, blank=True, related_name="erasures", verbose_name=_("commitment")
    )
    request = models.ForeignKey(
        Request, models.PROTECT, null=True, blank=True, related_name="erasures", verbose_name=_("request")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="erasures", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    reason = models.TextField(_("reason"))
    scope = WordField(_("scope"), words=ERASURE_SCOPES, blank=False)
    places = models.JSONField(_("rows and columns"), default=list)
    rows = models.PositiveIntegerField(_("changed rows"), default=0)
    versions = models.PositiveIntegerField(_("versions in the history"), default=0)
    copies = models.PositiveIntegerField(_("copies in e-mails and other messages"), default=0)
    changeset = models.OneToOneField(
        Changeset, models.PROTECT, null=True, blank=True, related_name="erasure", verbose_name=_("changeset")
    )

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-at", "-pk"]
        constraints = vocabulary_constraints(scope=ERASURE_SCOPES)
        indexes = [Index(fields=["at"], name="erasure_at")]

    def __str__(self) -> str:
        """Return the day."""
        return f"{self.at:%Y-%m-%d}"
