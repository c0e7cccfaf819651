"""Participation plans (versions are in their history), actors and scenarios."""

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from participation.compliance.vocabulary import ACTOR_ROLES, AUDIENCES

from .columns import ItemsField, LineField, ListField, NameField, TextField, TextsField, WordField
from .constraints import CombinedChecks, bounds_constraints, unique_ref_constraint, vocabulary_constraints
from .empty_lists import KeepsEmptyLists
from .fields import ImpreciseDateField
from .history import VersionedHistory
from .parties import ReferencesParties
from .searching import SearchTextField
from .trajectories import Trajectory
from .trajectory_items import TrajectoryItem

ROLE_KEYS = ("council", "college", "organisation")
RESOURCE_KEYS = ("lead_time", "budget", "people", "expertise")


class Plan(KeepsEmptyLists, CombinedChecks):
    """The participation plan (participatieplan); an empty field means not recorded."""

    trajectory = models.OneToOneField(Trajectory, models.PROTECT, related_name="plan", verbose_name=_("trajectory"))
    adopted_on = ImpreciseDateField(_("adopted on"))
    published_on = ImpreciseDateField(_("published on"))
    to_council_on = ImpreciseDateField(_("sent to the council on"))
    actors_shared_on = ImpreciseDateField(_("list of actors shared on"))
    frameworks = ListField(_("frameworks"), keys=("what", "why"))
    room = TextField(_("scope for influence"))
    level_motivation = TextField(_("why this level"))
    target_groups = ListField(_("hard-to-reach groups"), keys=("group", "method"))
    silent_interests = ListField(_("interests without a voice"))
    channels = ListField(_("channels"))
    neighbouring_areas = ListField(_("neighbouring areas"))
    neighbouring_areas_reason = TextField(_("why no neighbouring areas"))
    joint_start = models.BooleanField(_("joint start"), null=True, blank=True, default=None)
    joint_start_reason = TextField(_("why no joint start"))
    support = TextField(_("independent support"))
    support_reason = TextField(_("why no support"))
    scenarios_reason = TextField(_("why no scenarios"))
    roles = TextsField(_("roles"), keys=ROLE_KEYS)
    resources = TextsField(_("resources"), keys=RESOURCE_KEYS)
    items = ItemsField(_("what the rulebook asks"))
    search_text = SearchTextField(
        *("room", "level_motivation", "frameworks", "neighbouring_areas_reason", "joint_start_reason", "support"),
        *("support_reason", "scenarios_reason", "roles", "resources", "items"),
    )

    history = VersionedHistory(excluded_fields=["search_text"])

    class Meta:
        verbose_name = _("participation plan")
        verbose_name_plural = _("participation plans")
        constraints = bounds_constraints("adopted_on", "published_on", "to_council_on", "actors_shared_on")

    def __str__(self) -> str:
        """Return the title of its trajectory."""
        return str(self.trajectory)


class PlanActor(ReferencesParties):
    """The role of an organisation in a plan, and who suggested it."""

    PARTIES = {"suggested_by": AUDIENCES}

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="actors", verbose_name=_("plan"))
    organisation = models.ForeignKey(
        "Organisation", models.PROTECT, related_name="plan_parts", verbose_name=_("organisation")
    )
    part = WordField(_("part"), words=ACTOR_ROLES)
    suggested_by = NameField(_("suggested by"), blank=True, default="")

    history = VersionedHistory()

    class Meta:
        verbose_name = _("actor")
        verbose_name_plural = _("actors")
        constraints = [
            UniqueConstraint(fields=["plan", "organisation", "part"], name="planactor_once"),
            *vocabulary_constraints(part=ACTOR_ROLES),
        ]

    def __str__(self) -> str:
        """Return the name of the organisation."""
        return str(self.organisation)


class Scenario(TrajectoryItem):
    """A scenario, when it was presented to participants, and what became of it."""

    REFS = {"document": ("Document",)}

    title = LineField(_("title"), blank=True, default="")
    presented_on = ImpreciseDateField(_("presented on"))
    description = TextField(_("description"))
    advantages = TextField(_("advantages"))
    disadvantages = TextField(_("disadvantages"))
    document = NameField(_("document (ref)"), blank=True, default="")
    chosen = models.BooleanField(_("chosen"), null=True, blank=True, default=None)
    chosen_reason = TextField(_("why it was chosen, or not"))
    search_text = SearchTextField("title", "description", "advantages", "disadvantages", "chosen_reason")

    history = VersionedHistory(excluded_fields=["search_text"])

    class Meta:
        verbose_name = _("scenario")
        verbose_name_plural = _("scenarios")
        constraints = [unique_ref_constraint(), *bounds_constraints("presented_on")]
