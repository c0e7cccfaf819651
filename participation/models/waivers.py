"""Waivers (comply or explain)."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from .columns import LineField, SlugField, TextField
from .constraints import CombinedChecks
from .history import VersionedHistory
from .trajectories import Trajectory


def _not_blank(column: str) -> CheckConstraint:
    return CheckConstraint(
        condition=GreaterThan(Length(Trim(column)), 0),
        name=f"waiver_{column}_filled",
        violation_error_message=_("Give the reason, and who gives this explanation."),
    )


class Waiver(CombinedChecks):
    """A waiver (uitleg): the public reason for not following a rule in a trajectory, until it expires."""

    trajectory = models.ForeignKey(Trajectory, models.PROTECT, related_name="waivers", verbose_name=_("trajectory"))
    rule = SlugField(_("rule"))
    subject = LineField(_("subject"), max_length=100, blank=True, default="", help_text=_("Empty: the whole rule."))
    reason = TextField(_("reason"), blank=False)
    by = LineField(_("by"), max_characters=200)
    granted_on = models.DateField(_("granted on"))
    until = models.DateField(_("until"), null=True, blank=True)

    history = VersionedHistory()

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        constraints = [
            UniqueConstraint(fields=["trajectory", "rule", "subject", "granted_on"], name="waiver_once"),
            _not_blank("reason"),
            _not_blank("by"),
            CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("granted_on")),
                name="waiver_until_after_granted",
                violation_error_message=_("The end is before the start. Correct one of them."),
            ),
        ]

    def __str__(self) -> str:
        """Return the rule id."""
        return self.rule
