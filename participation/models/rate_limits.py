"""Rate limit counters in the database, for installations without Redis."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RateCount(models.Model):
    """The count of one rate limit for one client in one time window.

    ``key`` is an HMAC of these: it reveals no address or name.
    """

    key = models.CharField(_("key"), max_length=64, primary_key=True)
    count = models.PositiveIntegerField(_("count"))
    until = models.DateTimeField(_("end of the window"), db_index=True)

    class Meta:
        verbose_name = _("rate limit counter")
        verbose_name_plural = _("rate limit counters")

    def __str__(self) -> str:
        """Return the count; the key is meaningless to readers."""
        return str(self.count)
