"""What shows that the database can be written."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WriteProbe(models.Model):
    """One row that is written again at each check: a full disk refuses writing long before it refuses reading."""

    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("check of the database")
        verbose_name_plural = _("checks of the database")

    def __str__(self) -> str:
        """Return when the database was last written for a check."""
        return self.written_at.isoformat()
