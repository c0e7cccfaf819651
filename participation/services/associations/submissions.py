"""Submissions by associations: requests, reactions to the plan, and parties missing from the plan."""

import unicodedata
from collections.abc import Collection, Iterable
from typing import Unpack

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.models import (
    Changeset,
    Contribution,
    Neighbourhood,
    Organisation,
    Plan,
    PlanActor,
    Request,
    Scenario,
    Trajectory,
    User,
)
from participation.models.labels import LABELS
from participation.services.changes.changesets import (
    StaleVersion,
    WriteArguments,
    next_ref,
    record_changeset,
    version_of,
)
from participation.services.changes.unique_names import free_slug, save_with_unique_name

#: Kinds of request an association can make, in the order in which they are offered.
REQUEST_KINDS = ("concern", "information", "initiative", "right_to_challenge", "complaint")
#: Kinds of party an association can suggest; not the bodies of the municipality.
SUGGESTED_KINDS = (
    "residents_association",
    "residents_initiative",
    "business_association",
    "sounding_board",
    "developer",
    "research_bureau",
    "other",
)


class AlreadyInPlan(Exception):
    """Raised where the plan includes this party already; ``actor`` is that row."""

    def __init__(self, actor: PlanActor) -> None:
        """Store the actor."""
        self.actor = actor
        super().__init__(str(actor))


def submit_request(
    by: User,
    trajectory: Trajectory,
    organisation: Organisation,
    kind: str,
    text: str,
    **write_arguments: Unpack[WriteArguments],
) -> tuple[Request, Changeset]:
    """Record a request of this kind, received today; return it with its changeset. Raises ValidationError."""
    # Stored, so in the language of the municipality, not of the user.
    with translation.override(settings.LANGUAGE_CODE):
        about = str(LABELS.get(kind, kind))
    with record_changeset(by, trajectory, "asked", about=about, **write_arguments) as recorder:
        submitted = recorder.save(
            Request(
                trajectory=trajectory,
                ref=next_ref(trajectory, "r"),
                kind=kind,
                party=organisation.slug,
                received_on=ImpreciseDate.on(write_arguments["today"]),
                summary=text,
            )
        )
    return submitted, recorder.require_changeset()


def submit_reaction(
    by: User,
    trajectory: Trajectory,
    organisation: Organisation,
    scenario: Scenario | None,
    text: str,
    **write_arguments: Unpack[WriteArguments],
) -> tuple[Contribution, Changeset]:
    """Record a reaction to a scenario or to the plan, as a contribution that must be answered like any other.

    Returns it with its changeset. Raises ValidationError.
    """
    theme = theme_of(scenario)
    with record_changeset(by, trajectory, "reacted", about=theme, **write_arguments) as recorder:
        reaction = recorder.save(
            Contribution(
                trajectory=trajectory,
                ref=next_ref(trajectory, "c"),
                party=organisation.slug,
                received_on=ImpreciseDate.on(write_arguments["today"]),
                theme=theme,
                summary=text,
            )
        )
    return reaction, recorder.require_changeset()


def theme_of(scenario: Scenario | None) -> str:
    """Return the theme under which reactions to this scenario, or to the plan, are recorded."""
    with translation.override(settings.LANGUAGE_CODE):
        if scenario is None:
            return _("Participation plan")
        theme = _("Scenario: %(title)s") % {"title": scenario.title or scenario.ref}
    # A title may be longer than the theme column.
    max_characters: int = Contribution._meta.get_field("theme").max_characters
    return theme if len(theme) <= max_characters else f"{theme[: max_characters - 1]}…"


def suggest_party(
    by: User,
    trajectory: Trajectory,
    organisation: Organisation,
    party: Organisation,
    neighbourhoods: Collection[Neighbourhood] = (),
    **write_arguments: Unpack[WriteArguments],
) -> tuple[PlanActor, Changeset]:
    """Add a party to the plan, its part yet undecided, and return the actor with its changeset.

    A new party gets a slug made from its name; a trajectory without a plan gets an empty one. Raises AlreadyInPlan
    where the plan includes the party, ValidationError where it is invalid.
    """
    new = not party.pk

    def save() -> tuple[PlanActor, Changeset]:
        with record_changeset(by, trajectory, "suggested", about=party.name, **write_arguments) as recorder:
            # Checked again under the lock: the same party may have been added concurrently.
            known = (organisation_named(party.name) if new else None) or party
            plan = Plan.objects.filter(trajectory=trajectory).first() or recorder.save(Plan(trajectory=trajectory))
            if new and known is party:
                party.slug = free_slug(Organisation, party.name)
                party.municipality = trajectory.municipality
                recorder.save(party)
                recorder.link(party, "neighbourhoods", [neighbourhood.pk for neighbourhood in neighbourhoods])
            existing = plan.actors.filter(organisation=known).select_related("organisation").first()
            if existing is not None:
                raise AlreadyInPlan(existing)
            actor = recorder.save(PlanActor(plan=plan, organisation=known, suggested_by=organisation.slug))
        return actor, recorder.require_changeset()

    return save_with_unique_name(party, "slug", save, is_generated=True) if new else save()


def decide_role(
    by: User, actor: PlanActor, part: str, expected_version: int | None, **write_arguments: Unpack[WriteArguments]
) -> Changeset | None:
    """Record the part of a party, or without a part remove it from the plan. Returns the changeset.

    Returns None where nothing changed. ``expected_version`` is the version that the user saw: raises StaleVersion where
    there is a newer one, and ValidationError where the plan has the party in that part already.
    """
    trajectory = actor.plan.trajectory
    with record_changeset(by, trajectory, "changed", about=actor.organisation.name, **write_arguments) as recorder:
        if version_of(actor) != expected_version:
            raise StaleVersion
        if not part:
            recorder.remove(actor)
        elif actor.part != part:
            actor.part = part
            recorder.save(actor)
    return recorder.changeset


def organisation_named(name: str) -> Organisation | None:
    """Return the organisation with this name, compared case-insensitively, or None."""
    found = slugs_by_name([name])
    return Organisation.objects.get(slug__in=found.values()) if found else None


def slugs_by_name(names: Iterable[str]) -> dict[str, str]:
    """Return the slugs of the organisations with these names, by ``normalised_name``; one query."""
    # Not iexact: PostgreSQL and SQLite fold case differently, and ``ı`` also matches a capital ``I``.
    wanted = {normalised_name(name) for name in names}
    # Where several have the same name, the oldest is the last one read.
    rows = Organisation.objects.order_by("-pk").values_list("name", "slug") if wanted else ()
    return {plain: slug for name, slug in rows if (plain := normalised_name(name)) in wanted}


def normalised_name(name: str) -> str:
    """Return a name normalised for comparison: NFKC, case-folded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
