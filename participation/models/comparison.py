"""Municipalities that are compared: what each published, and the key that it is known by."""

from django.db import models
from django.db.models import Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from .columns import LineField, SlugField


class ComparedMunicipality(models.Model):
    """A municipality with the last document that it published, signed with a key that somebody here confirmed.

    One of them is that of this installation: what it published itself, which is never changed afterwards.
    """

    slug = SlugField(_("slug"), unique=True)
    name = LineField(_("name"))
    #: The ``x`` of the JWK. Two municipalities never share one: else one could pretend to be several.
    public_key = models.CharField(_("public key"), max_length=43, unique=True)
    is_own = models.BooleanField(_("published here"), default=False)
    last_year = models.PositiveSmallIntegerField(_("last year"))
    #: The document as it was signed.
    content = models.TextField(_("document"))
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("compared municipality")
        verbose_name_plural = _("compared municipalities")
        ordering = ["name", "slug"]
        constraints = [
            UniqueConstraint(fields=["is_own"], condition=Q(is_own=True), name="comparedmunicipality_one_own")
        ]

    def __str__(self) -> str:
        """Return its name."""
        return self.name
