"""Counter-signals (tegengeluid): residents who dispute a status."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from participation.compliance.vocabulary import STATUSES

from .columns import HttpUrlField, LineField, SlugField, TextField
from .constraints import vocabulary_constraints
from .history import VersionedHistory
from .organisations import Organisation
from .requests import Request
from .trajectories import Trajectory
from .uploads import Upload


class CounterSignal(models.Model):
    """An objection of an association to a status. It does not overwrite the status: both are shown.

    Its text, date of receipt and answer are those of its request: a concern, which has a term. This row holds the
    subject and the status that was disputed.
    """

    trajectory = models.ForeignKey(
        Trajectory, models.PROTECT, related_name="counter_signals", verbose_name=_("trajectory")
    )
    rule = SlugField(_("rule"))
    subject = LineField(_("subject"), max_length=100, blank=True, default="")
    status = models.CharField(_("disputed status"), max_length=20)
    on = models.DateField(_("on"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="counter_signals", verbose_name=_("organisation")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="counter_signals", verbose_name=_("created by")
    )
    request = models.OneToOneField(
        Request, models.PROTECT, related_name="counter_signal", verbose_name=_("request with the text and answer")
    )
    evidence = TextField(_("evidence"))
    evidence_url = HttpUrlField(_("URL of the evidence"), blank=True, default="")
    evidence_file = models.ForeignKey(
        Upload,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="counter_signals",
        verbose_name=_("file with the evidence"),
    )

    history = VersionedHistory()

    class Meta:
        verbose_name = _("counter-signal")
        verbose_name_plural = _("counter-signals")
        constraints = vocabulary_constraints(status=STATUSES)
        indexes = [models.Index(fields=["trajectory", "rule", "subject"], name="countersignal_about")]

    def __str__(self) -> str:
        """Return the organisation and the rule."""
        return f"{self.organisation}: {self.rule}"
