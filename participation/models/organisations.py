"""Organisations that take part in trajectories."""

from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from participation.compliance.vocabulary import ORGANISATION_KINDS, RESIDENTS_PARTIES

from .columns import LineField, SlugField, WordField
from .constraints import vocabulary_constraints
from .empty_lists import KeepsEmptyLists
from .history import VersionedHistory
from .neighbourhoods import Neighbourhood
from .searching import SearchTextField

#: Kinds of organisation that are visible to everyone.
PUBLIC_BODIES = ("municipality", "council", "committee", "executive", "registry", "audit_office")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Filters on organisations."""

    def visible_to(self, user: Any) -> Self:
        """Return the organisations that this user (or None, or an anonymous user) may see.

        Logged-in users see all, to choose from. Visitors see public bodies, residents' parties, and the actors in
        trajectories that they may see.
        """
        if getattr(user, "pk", None) and user.is_active:
            return self.all()
        visible = apps.get_model("participation", "Trajectory").objects.visible_to(user)
        acting = apps.get_model("participation", "PlanActor").objects.filter(
            organisation=OuterRef("pk"), plan__trajectory__in=visible.order_by().values("pk")
        )
        return self.filter(Q(kind__in=(*PUBLIC_BODIES, *RESIDENTS_PARTIES)) | Exists(acting))

    def represented_by(self, user: Any) -> Self:
        """Return the organisations that this user (or None, or an anonymous user) speaks for, as a member.

        A council member only reads, whatever association they belong to besides.
        """
        if not getattr(user, "pk", None) or not user.is_active or user.role == "council_member":
            return self.none()
        return self.filter(memberships__user=user)

    def involved_in(self, trajectory: models.Model) -> Self:
        """Return the organisations in the neighbourhoods of this trajectory, and its actors."""
        nearby = Q(neighbourhoods__trajectories=trajectory)
        acting = Q(plan_parts__plan__trajectory=trajectory)
        return self.filter(pk__in=type(self)(self.model).filter(nearby | acting).values("pk"))


class Organisation(KeepsEmptyLists):
    """An organisation. Dossiers refer to it by slug, so the slug never changes."""

    slug = SlugField(_("slug"), unique=True)
    name = LineField(_("name"), max_characters=200)
    kind = WordField(_("kind"), words=ORGANISATION_KINDS)
    municipality = SlugField(_("municipality"), blank=True, default="")
    neighbourhoods = models.ManyToManyField(
        Neighbourhood, blank=True, related_name="organisations", verbose_name=_("neighbourhoods")
    )
    search_text = SearchTextField("name")

    history = VersionedHistory(excluded_fields=["search_text"])
    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name", "slug"]
        constraints = vocabulary_constraints(kind=ORGANISATION_KINDS)

    def __str__(self) -> str:
        """Return its name."""
        return self.name
