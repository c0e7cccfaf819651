"""Drafts of answers to contributions: what somebody typed and did not record yet."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from participation.compliance.vocabulary import OUTCOMES

from .columns import LineField, TextField, WordField
from .constraints import vocabulary_constraints
from .trajectories import Trajectory


class AnswerDraft(models.Model):
    """One user's draft of answers to the contributions of a trajectory. Nobody else may see it.

    Without history on purpose: it is no record of the municipality, and it goes when it is recorded or discarded, or
    when the account is closed. ``responded_on`` is what was typed, also where that is no date. ``rows`` are objects by
    the ref of the contribution: ``{"ticked": bool, "outcome": str, "response": str}``.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    trajectory = models.ForeignKey(Trajectory, models.PROTECT, related_name="+", verbose_name=_("trajectory"))
    outcome = WordField(_("outcome"), words=OUTCOMES)
    response = TextField(_("response"))
    responded_on = LineField(_("responded on"), max_characters=200, blank=True, default="")
    rows = models.JSONField(_("own answers"), default=dict, blank=True)
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("draft of answers")
        verbose_name_plural = _("drafts of answers")
        constraints = [
            UniqueConstraint(fields=["user", "trajectory"], name="answerdraft_once"),
            *vocabulary_constraints(outcome=OUTCOMES),
        ]

    def __str__(self) -> str:
        """Return the moment at which it was saved: never its text."""
        return self.saved_at.isoformat()
