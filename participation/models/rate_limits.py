"""Counts of how often something was done, where there is no Redis to count in."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RateCount(models.Model):
    """How often one action was done from one place in one window of time.

    ``key`` is a keyed checksum of all that: no address and no name can be read from it.
    """

    key = models.CharField(_("key"), max_length=64, primary_key=True)
    count = models.PositiveIntegerField(_("count"))
    until = models.DateTimeField(_("end of the window"), db_index=True)

    class Meta:
        verbose_name = _("count of a rate limit")
        verbose_name_plural = _("counts of rate limits")

    def __str__(self) -> str:
        """Return the count: the key says nothing to anybody."""
        return str(self.count)
