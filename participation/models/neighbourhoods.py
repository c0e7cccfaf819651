"""Neighbourhoods (buurten en wijken) and their neighbouring areas."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .columns import LineField, SlugField
from .searching import SearchTextField

#: The part after the four digits of the municipality has letters too in Amsterdam since 2022.
_CBS_CODE = r"^(WK[0-9]{4}[0-9A-Z]{2}|BU[0-9]{4}[0-9A-Z]{4})\Z"
_CBS_FORM = _(
    "A CBS code is WK with six digits or BU with eight. Behind the first four digits there may be capital letters."
)


class Neighbourhood(models.Model):
    """A neighbourhood, in a district of a municipality."""

    slug = SlugField(_("slug"), unique=True)
    name = LineField(_("name"))
    district = LineField(_("district"), blank=True, default="")
    municipality = SlugField(_("municipality"), blank=True, default="")
    cbs_code = models.CharField(
        _("CBS code"),
        max_length=10,
        blank=True,
        default="",
        validators=[RegexValidator(_CBS_CODE, _CBS_FORM)],
    )
    neighbours = models.ManyToManyField("self", blank=True, verbose_name=_("neighbouring areas"))
    search_text = SearchTextField("name", "district")

    history = HistoricalRecords(excluded_fields=["search_text"])

    class Meta:
        verbose_name = _("neighbourhood")
        verbose_name_plural = _("neighbourhoods")
        ordering = ["name", "slug"]
        constraints = [
            UniqueConstraint(fields=["cbs_code"], condition=~Q(cbs_code=""), name="neighbourhood_cbs_code_unique"),
            CheckConstraint(
                condition=Q(cbs_code="") | Q(cbs_code__regex=_CBS_CODE),
                name="neighbourhood_cbs_code_form",
                violation_error_message=_CBS_FORM,
            ),
        ]

    def __str__(self) -> str:
        """Return its name."""
        return self.name
