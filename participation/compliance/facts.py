"""What the rules look at: a trajectory, a motion or a commitment as plain, immutable values.

The field names are the dossier's. Texts of which a rule only asks whether they are there (an answer, a
reason) are kept as booleans, so that reading facts never drags long texts along.
"""

from collections import defaultdict
from datetime import date, time
from functools import cached_property
from typing import NamedTuple

from .dates import When
from .obligations import is_over
from .vocabulary import AUDIENCES, RESIDENTS_PARTIES


class Organisation(NamedTuple):
    """A party: its slug, its kind and the municipality it belongs to."""

    slug: str
    kind: str = ""
    municipality: str = ""


class Trajectory(NamedTuple):
    """The trajectory itself (participatietraject)."""

    slug: str
    kind: str = ""
    level: str = ""
    impact: str = ""
    municipality: str = ""
    contact_role: str = ""
    commissioner: str = ""
    subject_of_study: str = ""
    status: str = ""
    retrospective: bool = False
    started_on: When | None = None
    closed_on: When | None = None

    def is_over(self, day: date) -> bool:
        """Return whether it looks back, or was closed by that day."""
        return is_over(day, retrospective=self.retrospective, status=self.status, closed_on=self.closed_on)


class Plan(NamedTuple):
    """The participation plan (participatieplan); an empty field was not recorded."""

    adopted_on: When | None = None
    published_on: When | None = None
    to_council_on: When | None = None
    actors_shared_on: When | None = None
    frameworks: tuple[tuple[str, str], ...] = ()
    room: bool = False
    level_motivation: bool = False
    target_groups: tuple[tuple[str, str], ...] = ()
    silent_interests: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    neighbouring_areas: tuple[str, ...] = ()
    neighbouring_areas_reason: bool = False
    joint_start: bool | None = None
    joint_start_reason: bool = False
    support: bool = False
    support_reason: bool = False
    scenarios_reason: bool = False
    roles: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    actors: tuple[tuple[str, str], ...] = ()


class Scenario(NamedTuple):
    """A scenario and the day on which it was presented to participants."""

    ref: str
    presented_on: When | None = None


class Step(NamedTuple):
    """Something that happens in a trajectory: an activity, a decision, an inspection."""

    ref: str
    kind: str = ""
    method: str = ""
    phase: str = ""
    stage: str = ""
    procedure: str = ""
    body: str = ""
    title: str = ""
    cancelled: bool = False
    optional: bool = False
    score: int | None = None
    recess_reason: bool = False
    starts_at: time | None = None
    ends_at: time | None = None
    audience: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    planned: When | None = None
    done: When | None = None
    closes: When | None = None
    announced_on: When | None = None
    evaluation_sent_on: When | None = None

    @property
    def when(self) -> When | None:
        """Return its date: the day it was done, else the day it is planned."""
        return self.done or self.planned

    @property
    def end(self) -> When | None:
        """Return its last day: the closing day where there is one."""
        return self.closes or self.done or self.planned


class Document(NamedTuple):
    """A version of a document, and who got it when."""

    ref: str
    kind: str = ""
    title: str = ""
    replaces: str = ""
    changes_marked: bool | None = None
    plain_summary: bool | None = None
    dated_on: When | None = None
    published_on: When | None = None
    shared: tuple[tuple[str, When | None], ...] = ()


class Contribution(NamedTuple):
    """What a participant put in, and what was done with it."""

    ref: str
    step: str = ""
    party: str = ""
    outcome: str = ""
    response: bool = False
    received_on: When | None = None
    responded_on: When | None = None


class Request(NamedTuple):
    """A question, concern, initiative, complaint or request under the Woo or Wob."""

    ref: str
    kind: str = ""
    party: str = ""
    extension_reason: bool = False
    answer: bool = False
    received_on: When | None = None
    acknowledged_on: When | None = None
    extended_on: When | None = None
    answered_on: When | None = None


class Motion(NamedTuple):
    """A motion of the council. Settling it is the council's: the college can only propose to."""

    number: str
    outcome: str = ""
    adopted_on: When | None = None
    due_on: When | None = None
    settled_on: When | None = None
    reports: tuple[When | None, ...] = ()

    @property
    def is_adopted(self) -> bool:
        """Tell whether the council adopted it: so it says, or it has a day of adoption and says nothing else."""
        return self.outcome == "adopted" or (not self.outcome and self.adopted_on is not None)


class Commitment(NamedTuple):
    """A promise (toezegging): who made it, who owns it, and when it is due."""

    number: str
    owner: str = ""
    made_on: When | None = None
    due_on: When | None = None
    fulfilled_on: When | None = None
    reports: tuple[When | None, ...] = ()


class Facts:
    """A trajectory with all that hangs on it, and the few questions that many rules ask of it.

    Sequences are sorted by ref when made, so that no order of recording can change an outcome.
    """

    def __init__(
        self,
        trajectory: Trajectory,
        plan: Plan | None = None,
        scenarios: tuple[Scenario, ...] = (),
        steps: tuple[Step, ...] = (),
        documents: tuple[Document, ...] = (),
        contributions: tuple[Contribution, ...] = (),
        requests: tuple[Request, ...] = (),
        organisations: dict[str, Organisation] | None = None,
    ) -> None:
        """Hold these values; ``organisations`` maps a slug to its organisation."""
        self.trajectory = trajectory
        self.plan = plan
        self.scenarios = tuple(sorted(scenarios, key=_ref))
        self.steps = tuple(sorted(steps, key=_ref))
        self.documents = tuple(sorted(documents, key=_ref))
        self.contributions = tuple(sorted(contributions, key=_ref))
        self.requests = tuple(sorted(requests, key=_ref))
        self.organisations = organisations or {}

    def __eq__(self, other: object) -> bool:
        """Two are equal when everything that a rule could look at is."""
        return isinstance(other, Facts) and self._parts() == other._parts()

    __hash__ = None  # type: ignore[assignment]

    def _parts(self) -> tuple[object, ...]:
        return (
            self.trajectory,
            self.plan,
            self.scenarios,
            self.steps,
            self.documents,
            self.contributions,
            self.requests,
            self.organisations,
        )

    @cached_property
    def held(self) -> dict[str, list[Step]]:
        """Return the steps that were not cancelled, by kind: a cancelled step calls for nothing."""
        by_kind: dict[str, list[Step]] = defaultdict(list)
        for step in self.steps:
            if not step.cancelled:
                by_kind[step.kind].append(step)
        return by_kind

    @cached_property
    def received_in(self) -> dict[str, list[Contribution]]:
        """Return the contributions by the ref of the step in which they were received."""
        by_step: dict[str, list[Contribution]] = defaultdict(list)
        for contribution in self.contributions:
            by_step[contribution.step].append(contribution)
        return by_step

    @cached_property
    def first_activity(self) -> When | None:
        """Return the date of the first activity (P1), or None when none has a date."""
        return When.first_of([s.when for s in self.held.get("activity", ()) if s.when])

    @cached_property
    def opening_activity(self) -> Step | None:
        """Return the activity that P1 is the date of."""
        dated = [s for s in self.held.get("activity", ()) if s.when and s.when.is_dated]
        return min(dated, key=by_date) if dated else None

    @cached_property
    def decisions(self) -> list[Step]:
        """Return the decisions that carry a stage of proposal or adoption, in order of date."""
        found = [s for s in self.held.get("decision", ()) if s.stage in ("proposal", "adoption")]
        return sorted(found, key=by_date)

    @cached_property
    def first_decision(self) -> When | None:
        """Return the date of the first proposal or adoption (D1), or None when none has a date."""
        return When.first_of([s.when for s in self.decisions if s.when])

    @cached_property
    def final_decision(self) -> When | None:
        """Return the date of the last adoption, or None when there is none."""
        return When.last_of([s.when or When.unknown() for s in self.decisions if s.stage == "adoption"])

    @cached_property
    def participants(self) -> frozenset[str]:
        """Return the slugs of the parties that the plan names as participants."""
        actors = self.plan.actors if self.plan else ()
        return frozenset(organisation for organisation, part in actors if part == "participant")

    @cached_property
    def residents_parties(self) -> frozenset[str]:
        """Return every word and slug that stands for residents or entrepreneurs."""
        slugs = (slug for slug, o in self.organisations.items() if o.kind in RESIDENTS_PARTIES)
        return frozenset((*AUDIENCES, *slugs))

    def with_residents(self, step: Step) -> bool:
        """Tell whether a residents' party is in the audience of this step."""
        return not self.residents_parties.isdisjoint(step.audience)

    def kind_of(self, party: str) -> str:
        """Return the kind of an organisation, by its slug or, where the source lumps bodies, by that word."""
        organisation = self.organisations.get(party)
        return organisation.kind if organisation else party


def by_date(step: Step) -> tuple[object, ...]:
    """Return the sort key for an order in time; ties fall to the ref, so that it is the same every time."""
    when = step.when
    return (*(when.sort_key if when else When.unknown().sort_key), step.ref)


def _ref(row: Scenario | Step | Document | Contribution | Request) -> str:
    return row.ref
