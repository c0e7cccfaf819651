"""Abstract outbox row, or other row of work: done by one worker at a time, retried until it is settled."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OutboxItem(models.Model):
    """A row of work: creation time, earliest attempt, claim of a worker with its expiry, and settlement."""

    reason = models.TextField(_("reason"), blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created at"))
    not_before = models.DateTimeField(_("not sent before"))
    claimed_by = models.CharField(_("claimed by"), max_length=32, blank=True, default="")
    claimed_until = models.DateTimeField(_("claim expires at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        abstract = True
