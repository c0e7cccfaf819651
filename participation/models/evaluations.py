"""Evaluation forms of a meeting: a link for each participant, and anonymous responses."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from .columns import NameField, TextField
from .constraints import score_constraints
from .followers import new_token
from .steps import Step

_SCORE_VALIDATORS = [MinValueValidator(1), MaxValueValidator(10)]


class EvaluationLink(models.Model):
    """A single-use link to the evaluation form of a step.

    It is not related to a response, and when it was used is not stored, so that responses stay anonymous.
    """

    step = models.ForeignKey(Step, models.PROTECT, related_name="evaluation_links", verbose_name=_("step"))
    token = models.CharField(_("token"), max_length=64, unique=True, default=new_token, editable=False)
    made_on = models.DateField(_("created on"))
    used = models.BooleanField(_("used"), default=False)

    class Meta:
        verbose_name = _("link to an evaluation form")
        verbose_name_plural = _("links to evaluation forms")

    def __str__(self) -> str:
        """Return the step: never the token, which would end up in logs."""
        return str(self.step)


class EvaluationResponse(models.Model):
    """An anonymous response to the evaluation form of a step."""

    step = models.ForeignKey(Step, models.PROTECT, related_name="responses", verbose_name=_("step"))
    answered_on = models.DateField(_("answered on"))
    fairness = models.PositiveSmallIntegerField(_("it was fair"), null=True, blank=True, validators=_SCORE_VALIDATORS)
    heard = models.PositiveSmallIntegerField(_("I was heard"), null=True, blank=True, validators=_SCORE_VALIDATORS)
    informed = models.PositiveSmallIntegerField(
        _("I was informed"), null=True, blank=True, validators=_SCORE_VALIDATORS
    )
    remark = TextField(_("remark"))

    class Meta:
        verbose_name = _("answered evaluation form")
        verbose_name_plural = _("answered evaluation forms")
        constraints = score_constraints("fairness", "heard", "informed")

    def __str__(self) -> str:
        """Return the day of the response."""
        return str(self.answered_on)


class EvaluationCount(models.Model):
    """How many forms of a step were filled in by people of one group, or from one neighbourhood.

    It is a number of its own, not a column of the response: beside the answers it would tell who gave them.
    """

    step = models.ForeignKey(Step, models.PROTECT, related_name="evaluation_counts", verbose_name=_("step"))
    group = NameField(_("group"), blank=True, default="")
    neighbourhood = NameField(_("neighbourhood"), blank=True, default="")
    number = models.PositiveIntegerField(_("number of forms"), default=0)

    class Meta:
        verbose_name = _("number of evaluation forms")
        verbose_name_plural = _("numbers of evaluation forms")
        constraints = [
            UniqueConstraint(fields=["step", "group", "neighbourhood"], name="evaluationcount_once"),
            CheckConstraint(
                condition=Q(group="", neighbourhood__gt="") | Q(group__gt="", neighbourhood=""),
                name="evaluationcount_is_about_one",
            ),
        ]

    def __str__(self) -> str:
        """Return the group or the neighbourhood."""
        return self.group or self.neighbourhood
