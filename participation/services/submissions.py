"""Submissions by associations: requests, reactions to the plan, and parties missing from the plan."""

import unicodedata
from collections.abc import Collection
from datetime import date, datetime
from itertools import chain, count
from typing import TypedDict, Unpack

from django.conf import settings
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebook import Rulebook
from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS
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

from .changesets import next_ref, recording, version_of
from .editing import StaleVersion
from .unique_names import save_named

#: Kinds of request an association can make, in the order in which they are offered.
ASKED = ("concern", "information", "initiative", "right_to_challenge", "complaint")
#: Kinds of party an association can suggest; not the bodies of the municipality.
SUGGESTED = (
    "residents_association",
    "residents_initiative",
    "business_association",
    "sounding_board",
    "developer",
    "research_bureau",
    "other",
)
_LONGEST_SLUG = 100


class WriteArguments(TypedDict):
    """Keyword arguments that every write service takes: the rulebook, the day and the time."""

    rulebook: Rulebook
    today: date
    now: datetime


class AlreadyThere(Exception):
    """Raised where the plan includes this party already; ``actor`` is that row."""

    def __init__(self, actor: PlanActor) -> None:
        """Store the actor."""
        self.actor = actor
        super().__init__(str(actor))


def ask(
    by: User, trajectory: Trajectory, organisation: Organisation, kind: str, words: str, **door: Unpack[WriteArguments]
) -> tuple[Request, Changeset]:
    """Record a request of this kind, received today; return it with its changeset. Raises ValidationError."""
    # Stored, so in the language of the municipality, not of the user.
    with translation.override(settings.LANGUAGE_CODE):
        about = str(LABELS.get(kind, kind))
    with recording(by, trajectory, "asked", about=about, **door) as recorder:
        asked = recorder.save(
            Request(
                trajectory=trajectory,
                ref=next_ref(trajectory, "r"),
                kind=kind,
                party=organisation.slug,
                received_on=ImpreciseDate.on(door["today"]),
                summary=words,
            )
        )
    assert recorder.changeset is not None
    return asked, recorder.changeset


def react(
    by: User,
    trajectory: Trajectory,
    organisation: Organisation,
    scenario: Scenario | None,
    words: str,
    **door: Unpack[WriteArguments],
) -> tuple[Contribution, Changeset]:
    """Record a reaction to a scenario or to the plan, as a contribution that must be answered like any other.

    Returns it with its changeset. Raises ValidationError.
    """
    theme = theme_of(scenario)
    with recording(by, trajectory, "reacted", about=theme, **door) as recorder:
        reaction = recorder.save(
            Contribution(
                trajectory=trajectory,
                ref=next_ref(trajectory, "c"),
                party=organisation.slug,
                received_on=ImpreciseDate.on(door["today"]),
                theme=theme,
                summary=words,
            )
        )
    assert recorder.changeset is not None
    return reaction, recorder.changeset


def theme_of(scenario: Scenario | None) -> str:
    """Return the theme under which reactions to this scenario, or to the plan, are recorded."""
    with translation.override(settings.LANGUAGE_CODE):
        if scenario is None:
            return _("Participation plan")
        theme = _("Scenario: %(title)s") % {"title": scenario.title or scenario.ref}
    # A title may be longer than the theme column.
    longest: int = Contribution._meta.get_field("theme").longest
    return theme if len(theme) <= longest else f"{theme[: longest - 1]}…"


def suggest(
    by: User,
    trajectory: Trajectory,
    organisation: Organisation,
    party: Organisation,
    neighbourhoods: Collection[Neighbourhood] = (),
    **door: Unpack[WriteArguments],
) -> tuple[PlanActor, Changeset]:
    """Add a party to the plan, its part yet undecided, and return the actor with its changeset.

    A new party gets a slug made from its name; a trajectory without a plan gets an empty one. Raises AlreadyThere where
    the plan includes the party, ValidationError where it is invalid.
    """
    new = not party.pk

    def save() -> tuple[PlanActor, Changeset]:
        with recording(by, trajectory, "suggested", about=party.name, **door) as recorder:
            # Checked again under the lock: the same party may have been added concurrently.
            known = (named_alike(party.name) if new else None) or party
            plan = Plan.objects.filter(trajectory=trajectory).first() or recorder.save(Plan(trajectory=trajectory))
            if new and known is party:
                party.slug = free_slug(party.name)
                party.municipality = trajectory.municipality
                recorder.save(party)
                recorder.link(party, "neighbourhoods", [quarter.pk for quarter in neighbourhoods])
            there = plan.actors.filter(organisation=known).select_related("organisation").first()
            if there is not None:
                raise AlreadyThere(there)
            actor = recorder.save(PlanActor(plan=plan, organisation=known, suggested_by=organisation.slug))
        assert recorder.changeset is not None
        return actor, recorder.changeset

    return save_named(party, "slug", save, chosen=True) if new else save()


def decide(
    by: User, actor: PlanActor, part: str, shown: int | None, **door: Unpack[WriteArguments]
) -> Changeset | None:
    """Record the part of a party, or without a part remove it from the plan. Returns the changeset.

    Returns None where nothing changed. ``shown`` is the version that the user saw: raises StaleVersion where there
    is a newer one, and ValidationError where the plan has the party in that part already.
    """
    trajectory = actor.plan.trajectory
    with recording(by, trajectory, "changed", about=actor.organisation.name, **door) as recorder:
        if version_of(actor) != shown:
            raise StaleVersion
        if not part:
            recorder.remove(actor)
        elif actor.part != part:
            actor.part = part
            recorder.save(actor)
    return recorder.changeset


def named_alike(name: str) -> Organisation | None:
    """Return the organisation with this name, compared case-insensitively, or None."""
    # Not iexact: PostgreSQL and SQLite fold case differently, and ``ı`` also matches a capital ``I``.
    wanted = as_compared(name)
    names = Organisation.objects.order_by("pk").values_list("pk", "name")
    found = next((pk for pk, known in names if as_compared(known) == wanted), None)
    return Organisation.objects.get(pk=found) if found else None


def as_compared(name: str) -> str:
    """Return a name normalised for comparison: NFKC, case-folded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def free_slug(name: str) -> str:
    """Return an unused organisation slug made from this name."""
    stem = slugify(name.replace("_", " "))[: _LONGEST_SLUG - 6].strip("-") or "partij"
    # Names of audiences and kinds of organisation are reserved.
    taken = {*AUDIENCES, *ORGANISATION_KINDS}
    taken |= set(Organisation.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    slugs = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(slug for slug in slugs if slug not in taken)
