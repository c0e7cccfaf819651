"""Organisations: associations, councils, bureaus and whoever else takes part."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from participation.compliance.vocabulary import ORGANISATION_KINDS

from .columns import SlugField, WordField
from .constraints import words_known
from .places import Neighbourhood


class Organisation(models.Model):
    """A party in trajectories. Dossiers know it by its slug, so that never changes."""

    slug = SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"))
    kind = WordField(_("kind"), words=ORGANISATION_KINDS)
    municipality = SlugField(_("municipality"), blank=True, default="")
    neighbourhoods = models.ManyToManyField(
        Neighbourhood, blank=True, related_name="organisations", verbose_name=_("neighbourhoods")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name", "slug"]
        constraints = words_known(kind=ORGANISATION_KINDS)

    def __str__(self) -> str:
        """Return its name."""
        return self.name
