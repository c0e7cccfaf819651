"""What is handed over to another machine: tried until it is taken or given up, by one sender at a time."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Handed(models.Model):
    """Something to hand over: since when, not before when, who has it in hand, and when it was settled."""

    reason = models.TextField(_("reason"), blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("made at"))
    not_before = models.DateTimeField(_("not sent before"))
    claimed_by = models.CharField(_("in the hands of"), max_length=32, blank=True, default="")
    claimed_until = models.DateTimeField(_("in those hands until"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        abstract = True
