"""Participation trajectories, and who may see and change them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from participation.compliance.obligations import is_over
from participation.compliance.vocabulary import (
    CONTACT_ROLES,
    IMPACTS,
    INITIATORS,
    INSTRUMENTS,
    LEVELS,
    TRAJECTORY_KINDS,
    TRAJECTORY_STATUSES,
)
from participation.dossier.contradictions import trajectory_contradictions
from participation.dossier.date_checks import NOT_BEFORE
from participation.dossier.names import TRAJECTORY_SLUGS
from participation.dossier.schema_fields import MAX_ITEM_ID_LENGTH

from .columns import (
    GeometryField,
    LineField,
    ListField,
    NameField,
    PhoneField,
    PublicEmailField,
    SlugField,
    TextField,
    WordField,
    is_http_url,
    url_path_validator,
    validate_item_id,
)
from .constraints import (
    FreeOfContradictions,
    OrderedDates,
    bounds_constraints,
    not_before_constraint,
    vocabulary_constraints,
)
from .empty_lists import KeepsEmptyLists
from .fields import ImpreciseDateField
from .history import VersionedHistory
from .neighbourhoods import Neighbourhood
from .organisations import Organisation
from .parties import ReferencesParties
from .register import Motion
from .searching import SearchTextField

#: As a kind of trajectory it may be any permit.
_INSTRUMENT_LABELS = {"permit": pgettext_lazy("instrument", "permit")}


class TrajectoryQuerySet(models.QuerySet["Trajectory"]):
    """Permission filters on trajectories, used by every page, feed, mail and endpoint."""

    def visible_to(self, user: Any) -> Self:
        """Return the trajectories that this user (or None, or an anonymous user) may see: public; for staff, all."""
        if getattr(user, "sees_everything", False):
            return self.all()
        return self.filter(public=True)

    def editable_by(self, user: Any) -> Self:
        """Return the trajectories that this user may change: those assigned to an adviser; for editors, all."""
        if getattr(user, "edits_everything", False):
            return self.all()
        if getattr(user, "role", "") == "adviser" and user.is_active:
            return self.filter(pk__in=Trajectory.advisers.through.objects.filter(user=user).values("trajectory"))
        return self.none()

    def referred_to(self, path: str = "trajectory") -> Subquery:
        """Return the key of that one of these to which this path of an outer row leads; NULL where it is none."""
        # Not EXISTS or IN: of those PostgreSQL makes the set of all of these, also for the few rows of one page.
        return Subquery(self.order_by().filter(pk=OuterRef(path)).values("pk")[:1])

    def with_editability(self, user: Any) -> Self:
        """Return the trajectories with ``is_editable``: whether ``editable_by(user)`` has it."""
        return self.annotate(is_editable=Exists(Trajectory.objects.editable_by(user).filter(pk=OuterRef("pk"))))

    def for_member(self, user: Any) -> Self:
        """Return the public trajectories that involve an organisation of this user, by neighbourhood or as actor."""
        if not getattr(user, "pk", None) or user.role == "council_member":
            return self.none()
        # Subqueries instead of joins, to avoid duplicates without a slow DISTINCT.
        organisations = Organisation.objects.filter(memberships__user=user).values("pk")
        nearby = Trajectory.neighbourhoods.through.objects.filter(neighbourhood__organisations__in=organisations)
        acting = apps.get_model("participation", "PlanActor").objects.filter(organisation__in=organisations)
        involved = Q(pk__in=nearby.values("trajectory")) | Q(pk__in=acting.values("plan__trajectory"))
        return self.filter(involved, public=True)

    def running(self) -> Self:
        """Return the trajectories that are neither closed nor retrospective."""
        return self.filter(retrospective=False).exclude(status="closed")

    def keys_by_user(self, users: Iterable[Any]) -> dict[int, set[int]]:
        """Return the primary keys of the trajectories of each of these users, in a constant number of queries.

        For advisers these are those of ``editable_by``, for others those of ``for_member``. Editors are not special:
        the trajectories that they may change by role are not included.
        """
        advisers: list[Any] = []
        members: list[Any] = []
        for user in users:
            (advisers if user.role == "adviser" else members).append(user)
        found: dict[int, set[int]] = {user.pk: set() for user in (*advisers, *members)}
        active = [user.pk for user in advisers if user.is_active]
        assigned = Trajectory.advisers.through.objects.filter(user__in=active)
        pairs = list(assigned.values_list("user_id", "trajectory_id")) if active else []
        if members:
            member = "memberships__user"
            in_neighbourhoods = Trajectory.neighbourhoods.through.objects.filter(
                **{f"neighbourhood__organisations__{member}__in": members}, trajectory__public=True
            )
            pairs += in_neighbourhoods.values_list(
                f"neighbourhood__organisations__{member}", "trajectory_id"
            ).distinct()
            acting = apps.get_model("participation", "PlanActor").objects.filter(
                **{f"organisation__{member}__in": members}, plan__trajectory__public=True
            )
            pairs += acting.values_list(f"organisation__{member}", "plan__trajectory_id").distinct()
        for user, trajectory in pairs:
            found[user].add(trajectory)
        return found


class Trajectory(KeepsEmptyLists, ReferencesParties, OrderedDates, FreeOfContradictions):
    """A participation trajectory (participatietraject); a blank field means unknown."""

    PARTIES: ClassVar[Mapping[str, Collection[str]]] = {"commissioner": (), "subject_of_study": ()}
    NOT_BEFORE = NOT_BEFORE["trajectory"]
    CONTRADICTIONS = trajectory_contradictions

    slug = SlugField(_("slug"), unique=True, validators=[url_path_validator(TRAJECTORY_SLUGS)])
    title = LineField(_("title"))
    case_number = LineField(_("case number"), max_characters=100, blank=True, default="")
    external = ListField(_("in other systems"), keys=("system", "id", "url"), values={"url": is_http_url})
    summary = TextField(_("summary"))
    kind = WordField(_("kind"), words=TRAJECTORY_KINDS)
    initiator = WordField(_("initiator"), words=INITIATORS)
    instrument = WordField(_("instrument of environmental law"), words=INSTRUMENTS, labels=_INSTRUMENT_LABELS)
    participation_required = models.BooleanField(_("participation is required"), null=True, blank=True, default=None)
    level = WordField(_("level of participation"), words=LEVELS)
    impact = WordField(_("impact"), words=IMPACTS)
    status = WordField(_("status"), words=TRAJECTORY_STATUSES)
    portfolio = LineField(_("portfolio of the alderman"), max_characters=100, blank=True, default="")
    municipality = SlugField(_("municipality"), blank=True, default="")
    neighbourhoods = models.ManyToManyField(
        Neighbourhood, blank=True, related_name="trajectories", verbose_name=_("neighbourhoods")
    )
    geometry = GeometryField(_("place on the map"))
    contact_role = WordField(_("contact: role"), words=CONTACT_ROLES)
    contact_name = LineField(_("contact: name"), max_characters=200, blank=True, default="")
    contact_email = PublicEmailField(_("contact: e-mail address"), blank=True, default="")
    contact_phone = PhoneField(_("contact: telephone number"), blank=True, default="")
    no_participation_ground = NameField(
        _("no participation: ground"),
        max_length=MAX_ITEM_ID_LENGTH,
        blank=True,
        default="",
        validators=[validate_item_id],
    )
    no_participation_reason = TextField(_("no participation: reason"))
    no_participation_decided_on = ImpreciseDateField(_("no participation: decided on"))
    no_participation_by = LineField(_("no participation: decided by"), max_characters=200, blank=True, default="")
    commissioner = NameField(_("commissioner"), blank=True, default="")
    subject_of_study = NameField(_("subject of the study"), blank=True, default="")
    started_on = ImpreciseDateField(_("started on"))
    closed_on = ImpreciseDateField(_("closed on"))
    public = models.BooleanField(_("public"), default=True)
    retrospective = models.BooleanField(
        _("retrospective"),
        default=False,
        help_text=_("Assessed by current rules; excluded from statistics."),
    )
    source_cite = TextField(_("source"))
    source_stance = LineField(_("perspective of the source"), max_characters=100, blank=True, default="")
    advisers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="trajectories", verbose_name=_("advisers")
    )
    motions = models.ManyToManyField(Motion, blank=True, related_name="trajectories", verbose_name=_("motions"))
    search_text = SearchTextField("title", "summary", "case_number", "external")

    history = VersionedHistory(excluded_fields=["search_text"])
    objects = TrajectoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("trajectory")
        verbose_name_plural = _("trajectories")
        ordering = ["title", "slug"]
        indexes = [
            models.Index(fields=["municipality", "title", "slug"], name="trajectory_by_municipality"),
            # Used by the public list: its count, and its order by title.
            models.Index(fields=["public", "title", "slug"], name="trajectory_listed"),
        ]
        constraints = [
            *vocabulary_constraints(
                kind=TRAJECTORY_KINDS,
                initiator=INITIATORS,
                instrument=INSTRUMENTS,
                level=LEVELS,
                impact=IMPACTS,
                status=TRAJECTORY_STATUSES,
                contact_role=CONTACT_ROLES,
            ),
            *bounds_constraints("started_on", "closed_on", "no_participation_decided_on"),
            not_before_constraint("closed_on", "started_on"),
        ]

    def __str__(self) -> str:
        """Return its title."""
        return self.title

    def is_over(self, day: date) -> bool:
        """Return whether it is retrospective, or was closed by that day."""
        return is_over(day, retrospective=self.retrospective, status=self.status, closed_on=self.closed_on)
