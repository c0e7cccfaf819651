"""Probe of whether the database is writable."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WriteProbe(models.Model):
    """A single row, rewritten at each health check: on a full disk writes fail while reads still work."""

    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("write probe")
        verbose_name_plural = _("write probes")

    def __str__(self) -> str:
        """Return the time of the last successful write."""
        return self.written_at.isoformat()
