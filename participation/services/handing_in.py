"""What associations hand in: questions and proposals, reactions to the plan, and parties that the plan forgot."""

import unicodedata
from collections.abc import Collection
from datetime import date, datetime
from itertools import chain, count
from typing import TypedDict, Unpack

from django.conf import settings
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from participation.compliance.dates import When
from participation.compliance.rulebook import Rulebook
from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS
from participation.models import (
    Contribution,
    Entry,
    Neighbourhood,
    Organisation,
    Plan,
    PlanActor,
    Request,
    Scenario,
    Trajectory,
    User,
)
from participation.models.words import LABELS

from .editing import ChangedMeanwhile
from .recording import next_ref, recording, version_of
from .unique_names import save_named

#: What an association can ask of the municipality, in the order in which it is offered.
ASKED = ("concern", "information", "initiative", "right_to_challenge", "complaint")
#: What kinds of party residents think of; bodies of the municipality are not for them to add.
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


class Door(TypedDict):
    """What every door hands down: the rules, the day in town and the moment."""

    rulebook: Rulebook
    today: date
    now: datetime


class AlreadyThere(Exception):
    """The plan names this party already; ``actor`` is the row that does."""

    def __init__(self, actor: PlanActor) -> None:
        """Hold the row."""
        self.actor = actor
        super().__init__(str(actor))


def ask(
    by: User, trajectory: Trajectory, organisation: Organisation, kind: str, words: str, **door: Unpack[Door]
) -> tuple[Request, Entry]:
    """Hand in a request of this kind, received today, and return it with its entry. Raises ValidationError."""
    # Stored, so in the language of the municipality, whoever asks.
    with translation.override(settings.LANGUAGE_CODE):
        about = str(LABELS.get(kind, kind))
    with recording(by, trajectory, "asked", about=about, **door) as recorder:
        asked = recorder.save(
            Request(
                trajectory=trajectory,
                ref=next_ref(trajectory, "r"),
                kind=kind,
                party=organisation.slug,
                received_on=When.on(door["today"]),
                summary=words,
            )
        )
    assert recorder.entry is not None
    return asked, recorder.entry


def react(
    by: User,
    trajectory: Trajectory,
    organisation: Organisation,
    scenario: Scenario | None,
    words: str,
    **door: Unpack[Door],
) -> tuple[Contribution, Entry]:
    """Record a reaction to a scenario, or to the plan, as a contribution: it is to be answered like any other.

    Returns it with its entry. Raises ValidationError.
    """
    theme = theme_of(scenario)
    with recording(by, trajectory, "reacted", about=theme, **door) as recorder:
        reaction = recorder.save(
            Contribution(
                trajectory=trajectory,
                ref=next_ref(trajectory, "c"),
                party=organisation.slug,
                received_on=When.on(door["today"]),
                theme=theme,
                summary=words,
            )
        )
    assert recorder.entry is not None
    return reaction, recorder.entry


def theme_of(scenario: Scenario | None) -> str:
    """Return the theme under which reactions to this scenario, or to the plan, are recorded."""
    with translation.override(settings.LANGUAGE_CODE):
        if scenario is None:
            return _("Participation plan")
        theme = _("Scenario: %(title)s") % {"title": scenario.title or scenario.ref}
    # A title may be longer than a theme.
    longest: int = Contribution._meta.get_field("theme").longest
    return theme if len(theme) <= longest else f"{theme[: longest - 1]}…"


def suggest(
    by: User,
    trajectory: Trajectory,
    organisation: Organisation,
    party: Organisation,
    neighbourhoods: Collection[Neighbourhood] = (),
    **door: Unpack[Door],
) -> tuple[PlanActor, Entry]:
    """Add a party to the plan of which it is not decided yet what its part is, and return it with its entry.

    A new party is recorded under a slug made from its name; a trajectory without a plan gets an empty one.
    Raises AlreadyThere where the plan names it, ValidationError where it is not sound.
    """
    new = not party.pk

    def save() -> tuple[PlanActor, Entry]:
        with recording(by, trajectory, "suggested", about=party.name, **door) as recorder:
            # Somebody may have added the same one meanwhile.
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
        assert recorder.entry is not None
        return actor, recorder.entry

    return save_named(party, "slug", save, chosen=True) if new else save()


def decide(by: User, actor: PlanActor, part: str, shown: int | None, **door: Unpack[Door]) -> Entry | None:
    """Record which part a party has; without a part it comes off the list. Returns the entry.

    Returns None where nothing changed. ``shown`` is the version that was looked at: raises ChangedMeanwhile
    where there is a newer one, and ValidationError where the plan has the party in that part already.
    """
    trajectory = actor.plan.trajectory
    with recording(by, trajectory, "changed", about=actor.organisation.name, **door) as recorder:
        if version_of(actor) != shown:
            raise ChangedMeanwhile
        if not part:
            recorder.remove(actor)
        elif actor.part != part:
            actor.part = part
            recorder.save(actor)
    return recorder.entry


def named_alike(name: str) -> Organisation | None:
    """Return the organisation that has this name, however it is capitalised, if there is one."""
    # Not by iexact: to PostgreSQL other letters are capitals than to SQLite, and ``ı`` is a capital ``I`` too.
    wanted = as_compared(name)
    names = Organisation.objects.order_by("pk").values_list("pk", "name")
    found = next((pk for pk, known in names if as_compared(known) == wanted), None)
    return Organisation.objects.get(pk=found) if found else None


def as_compared(name: str) -> str:
    """Return a name as names are compared: in one case, its words with one space between them."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def free_slug(name: str) -> str:
    """Return a slug made from this name that no organisation has."""
    stem = slugify(name.replace("_", " "))[: _LONGEST_SLUG - 6].strip("-") or "partij"
    # A word that stands for people or bodies in general is no name for one party.
    taken = {*AUDIENCES, *ORGANISATION_KINDS}
    taken |= set(Organisation.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    slugs = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(slug for slug in slugs if slug not in taken)
