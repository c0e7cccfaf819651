"""Neighbourhoods (buurten en wijken), their neighbouring areas and shapes, and the postcodes in them."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from participation.compliance.dates import MAX_YEAR, MIN_YEAR
from participation.dossier.schema_fields import MAX_COUNT

from .columns import LineField, SlugField
from .history import VersionedHistory
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
    inhabitants = models.PositiveIntegerField(
        _("inhabitants"), null=True, blank=True, validators=[MaxValueValidator(MAX_COUNT)]
    )
    inhabitants_year = models.PositiveSmallIntegerField(
        _("year of the number of inhabitants"),
        null=True,
        blank=True,
        validators=[MinValueValidator(MIN_YEAR), MaxValueValidator(MAX_YEAR)],
    )
    neighbours = models.ManyToManyField("self", blank=True, verbose_name=_("neighbouring areas"))
    search_text = SearchTextField("name", "district")

    history = VersionedHistory(excluded_fields=["search_text"])

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


class NeighbourhoodShape(models.Model):
    """The simplified shape of a neighbourhood, for maps; an import replaces it."""

    neighbourhood = models.OneToOneField(
        Neighbourhood, models.CASCADE, primary_key=True, related_name="shape", verbose_name=_("neighbourhood")
    )
    #: Lists of rings, the outer one first, each with x and y in turn, in whole metres of the national grid.
    polygons = models.JSONField(_("borders"))
    #: A point inside, where a map writes.
    label_x = models.IntegerField(_("x of the label"))
    label_y = models.IntegerField(_("y of the label"))

    class Meta:
        verbose_name = _("shape of a neighbourhood")
        verbose_name_plural = _("shapes of neighbourhoods")

    def __str__(self) -> str:
        """Return the name of the neighbourhood."""
        return str(self.neighbourhood)


class Postcode(models.Model):
    """A postcode, with the code of CBS of the neighbourhood in which most of its addresses are."""

    postcode = models.CharField(_("postcode"), max_length=6, primary_key=True)
    cbs_code = models.CharField(_("CBS code"), max_length=10, db_index=True)

    class Meta:
        verbose_name = _("postcode")
        verbose_name_plural = _("postcodes")

    def __str__(self) -> str:
        """Return the postcode."""
        return self.postcode
