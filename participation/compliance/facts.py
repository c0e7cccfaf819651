"""Input of the rules: a trajectory, motion, commitment or request as immutable values.

A field is declared here where rules see it, and nowhere else for them: its name is that of the column and of the
dossier's key (``KEYS`` has the exceptions), and its type says how it is read from a dossier
(``dossier_parser.PARSERS``) and from a row (``selectors/obligations/facts.py``).
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Final, NamedTuple, get_type_hints

from .dates import ImpreciseDate
from .obligations import is_over
from .vocabulary import AUDIENCES, RESIDENTS_PARTIES

#: A motion's or commitment's number as printed.
Number = Annotated[str, "number"]
#: Whether a text is filled in: where its presence is all that matters, facts are loaded without long texts.
Filled = Annotated[bool, "filled"]
#: The keys of an object whose texts are filled in.
FilledKeys = Annotated[tuple[str, ...], "filled keys"]
#: Pairs of texts: the two keys of each item of a list.
Frameworks = Annotated[tuple[tuple[str, str], ...], "what", "why"]
TargetGroups = Annotated[tuple[tuple[str, str], ...], "group", "method"]
Actors = Annotated[tuple[tuple[str, str], ...], "organisation", "part"]
#: With which party a document was shared, and when.
Shares = tuple[tuple[str, ImpreciseDate | None], ...]
#: The days of progress reports.
ReportDays = tuple[ImpreciseDate | None, ...]
#: The days on which a recurring commitment was fulfilled.
FulfilmentDays = Annotated[tuple[ImpreciseDate | None, ...], "fulfilments"]
#: First and last day of each suspension of a term; the last is None while it lasts.
Suspensions = Annotated[tuple[tuple[ImpreciseDate | None, ImpreciseDate | None], ...], "from", "to"]
#: The groups that were reached: those with a count above nought, or without a count.
ReachedGroups = Annotated[tuple[str, ...], "group", "count"]

#: Fields whose key in a dossier differs from their name, which is that of the column: "from" is a word of Python, and
#: ``parent/child`` is a key of an object.
KEYS: Final[Mapping[str, str]] = {
    "party": "from",
    "contact_role": "contact/role",
    "no_participation_ground": "no_participation/ground",
    "no_participation_reason": "no_participation/reason",
    "no_participation_decided_on": "no_participation/decided_on",
    "reach_total": "reach/total",
    "reach_groups": "reach/groups",
    "repeats_every_months": "repeats/every_months",
    "repeats_first_due_on": "repeats/first_due_on",
    "repeats_until": "repeats/until",
}


def key_path(column: str) -> list[str]:
    """Return the keys that lead to the value of a column in its record: ``repeats``, ``until`` of ``repeats_until``."""
    return KEYS.get(column, column).split("/")


def field_types(fact: type[Any]) -> dict[str, Any]:
    """Return the type of each field of a fact, in order, such as ``Filled`` for ``recess_reason``."""
    return get_type_hints(fact, include_extras=True)


class OrganisationFacts(NamedTuple):
    """A party: its slug, its kind and the municipality it belongs to."""

    slug: str
    kind: str = ""
    municipality: str = ""


class TrajectoryFacts(NamedTuple):
    """The trajectory itself (participatietraject)."""

    slug: str
    kind: str = ""
    initiator: str = ""
    level: str = ""
    impact: str = ""
    instrument: str = ""
    participation_required: bool | None = None
    municipality: str = ""
    contact_role: str = ""
    commissioner: str = ""
    subject_of_study: str = ""
    status: str = ""
    public: bool = True
    retrospective: bool = False
    started_on: ImpreciseDate | None = None
    closed_on: ImpreciseDate | None = None
    #: A reasoned decision to hold no participation: the ground is an id of the rulebook's exceptions.
    no_participation_ground: str = ""
    no_participation_reason: Filled = False
    no_participation_decided_on: ImpreciseDate | None = None

    @property
    def is_without_participation(self) -> bool:
        """Return whether any part of a decision to hold no participation is recorded."""
        decided = self.no_participation_ground or self.no_participation_reason or self.no_participation_decided_on
        return bool(decided)

    def is_over(self, day: date) -> bool:
        """Return whether it is retrospective, or was closed by that day."""
        return is_over(day, retrospective=self.retrospective, status=self.status, closed_on=self.closed_on)


class PlanFacts(NamedTuple):
    """The participation plan (participatieplan); an empty field means not recorded."""

    adopted_on: ImpreciseDate | None = None
    published_on: ImpreciseDate | None = None
    to_council_on: ImpreciseDate | None = None
    actors_shared_on: ImpreciseDate | None = None
    frameworks: Frameworks = ()
    room: Filled = False
    level_motivation: Filled = False
    target_groups: TargetGroups = ()
    silent_interests: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    neighbouring_areas: tuple[str, ...] = ()
    neighbouring_areas_reason: Filled = False
    joint_start: bool | None = None
    joint_start_reason: Filled = False
    support: Filled = False
    support_reason: Filled = False
    scenarios_reason: Filled = False
    roles: FilledKeys = ()
    resources: FilledKeys = ()
    #: What the municipality's own rulebook asks of a plan (``plan_items``).
    items: FilledKeys = ()
    actors: Actors = ()


class ScenarioFacts(NamedTuple):
    """A scenario and the day on which it was presented to participants."""

    ref: str
    presented_on: ImpreciseDate | None = None


class StepFacts(NamedTuple):
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
    score: Decimal | None = None
    recess_reason: Filled = False
    starts_at: time | None = None
    ends_at: time | None = None
    #: None where it follows from the times: an end before the start is on the next day.
    ends_next_day: bool | None = None
    effect: str = ""
    effect_note: Filled = False
    room_kept: bool | None = None
    room_reason: Filled = False
    evaluated_by: str = ""
    reach_total: int | None = None
    reach_groups: ReachedGroups = ()
    #: What the municipality's own rulebook asks of a final report (``report_items``).
    items: FilledKeys = ()
    audience: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    planned: ImpreciseDate | None = None
    done: ImpreciseDate | None = None
    closes: ImpreciseDate | None = None
    announced_on: ImpreciseDate | None = None
    evaluation_sent_on: ImpreciseDate | None = None

    @property
    def when(self) -> ImpreciseDate | None:
        """Return its date: the day it was done, else the day it is planned."""
        return self.done or self.planned

    @property
    def end(self) -> ImpreciseDate | None:
        """Return its last day: the closing day where there is one."""
        return self.closes or self.done or self.planned


class DocumentFacts(NamedTuple):
    """A version of a document, and with whom it was shared when."""

    ref: str
    kind: str = ""
    title: str = ""
    replaces: str = ""
    changes_marked: bool | None = None
    plain_summary: bool | None = None
    dated_on: ImpreciseDate | None = None
    published_on: ImpreciseDate | None = None
    shared: Shares = ()


class ContributionFacts(NamedTuple):
    """A contribution of a participant, with its outcome and response."""

    ref: str
    step: str = ""
    party: str = ""
    outcome: str = ""
    response: Filled = False
    received_on: ImpreciseDate | None = None
    responded_on: ImpreciseDate | None = None


class RequestFacts(NamedTuple):
    """A question, concern, initiative, complaint or request under the Woo or Wob."""

    ref: str
    kind: str = ""
    party: str = ""
    extension_reason: Filled = False
    answer: Filled = False
    #: Whether a committee advises on a complaint.
    committee: bool | None = None
    received_on: ImpreciseDate | None = None
    acknowledged_on: ImpreciseDate | None = None
    extended_on: ImpreciseDate | None = None
    answered_on: ImpreciseDate | None = None
    #: Until when the requester agreed to wait.
    agreed_until: ImpreciseDate | None = None
    suspended: Suspensions = ()

    @property
    def number(self) -> str:
        """Return the number of a request that belongs to no trajectory: that is its ref."""
        return self.ref

    @property
    def requests(self) -> "tuple[RequestFacts, ...]":
        """Return the request itself: one that belongs to no trajectory is judged as the only request of its owner."""
        return (self,)


class MotionFacts(NamedTuple):
    """A motion of the council. Only the council can settle it; the college can only propose to."""

    number: Number
    outcome: str = ""
    adopted_on: ImpreciseDate | None = None
    due_on: ImpreciseDate | None = None
    settled_on: ImpreciseDate | None = None
    reports: ReportDays = ()

    @property
    def is_adopted(self) -> bool:
        """Return whether it was adopted: by its outcome or, without one, by its adoption date."""
        return self.outcome == "adopted" or (not self.outcome and self.adopted_on is not None)


class CommitmentFacts(NamedTuple):
    """A commitment (toezegging) of the municipal executive: owner, due date, repetition and reports."""

    number: Number
    owner: str = ""
    made_on: ImpreciseDate | None = None
    due_on: ImpreciseDate | None = None
    fulfilled_on: ImpreciseDate | None = None
    repeats_every_months: int | None = None
    repeats_first_due_on: ImpreciseDate | None = None
    repeats_until: ImpreciseDate | None = None
    reports: ReportDays = ()
    fulfilments: FulfilmentDays = ()


#: The facts that a section of a dossier or a register is read into.
FACTS_BY_SECTION: Final[Mapping[str, type[Any]]] = {
    "trajectory": TrajectoryFacts,
    "plan": PlanFacts,
    "scenarios": ScenarioFacts,
    "documents": DocumentFacts,
    "steps": StepFacts,
    "contributions": ContributionFacts,
    "requests": RequestFacts,
    "motions": MotionFacts,
    "commitments": CommitmentFacts,
}


class Facts:
    """A trajectory with its items, and properties derived from them that many rules share.

    Sequences are sorted by ref, so that the order of recording cannot change an outcome.
    """

    def __init__(
        self,
        trajectory: TrajectoryFacts,
        plan: PlanFacts | None = None,
        scenarios: tuple[ScenarioFacts, ...] = (),
        steps: tuple[StepFacts, ...] = (),
        documents: tuple[DocumentFacts, ...] = (),
        contributions: tuple[ContributionFacts, ...] = (),
        requests: tuple[RequestFacts, ...] = (),
        organisations: dict[str, OrganisationFacts] | None = None,
    ) -> None:
        """Store the values, sorted; ``organisations`` maps a slug to its organisation."""
        self.trajectory = trajectory
        self.plan = plan
        self.scenarios = tuple(sorted(scenarios, key=_ref))
        self.steps = tuple(sorted(steps, key=_ref))
        self.documents = tuple(sorted(documents, key=_ref))
        self.contributions = tuple(sorted(contributions, key=_ref))
        self.requests = tuple(sorted(requests, key=_ref))
        self.organisations = organisations or {}

    def __eq__(self, other: object) -> bool:
        """Return whether everything that a rule can read is equal."""
        return isinstance(other, Facts) and self._values() == other._values()

    __hash__ = None  # type: ignore[assignment]

    def _values(self) -> tuple[object, ...]:
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
    def active_steps(self) -> dict[str, list[StepFacts]]:
        """Return the steps that were not cancelled, by kind; a cancelled step creates no obligation."""
        by_kind: dict[str, list[StepFacts]] = defaultdict(list)
        for step in self.steps:
            if not step.cancelled:
                by_kind[step.kind].append(step)
        return by_kind

    @cached_property
    def contributions_by_step(self) -> dict[str, list[ContributionFacts]]:
        """Return the contributions by the ref of the step in which they were received."""
        by_step: dict[str, list[ContributionFacts]] = defaultdict(list)
        for contribution in self.contributions:
            by_step[contribution.step].append(contribution)
        return by_step

    @cached_property
    def first_activity(self) -> ImpreciseDate | None:
        """Return the date of the first activity (P1), or None when none has a date."""
        return ImpreciseDate.first_of([s.when for s in self.active_steps.get("activity", ()) if s.when])

    @cached_property
    def opening_activity(self) -> StepFacts | None:
        """Return the first activity with a date (the one of P1), or None."""
        dated = [s for s in self.active_steps.get("activity", ()) if s.when and s.when.is_dated]
        return min(dated, key=date_sort_key) if dated else None

    @cached_property
    def decisions(self) -> list[StepFacts]:
        """Return the decisions with stage proposal or adoption, by date."""
        found = [s for s in self.active_steps.get("decision", ()) if s.stage in ("proposal", "adoption")]
        return sorted(found, key=date_sort_key)

    @cached_property
    def first_decision(self) -> ImpreciseDate | None:
        """Return the date of the first proposal or adoption (D1), or None when none has a date."""
        return ImpreciseDate.first_of([s.when for s in self.decisions if s.when])

    @cached_property
    def final_decision(self) -> ImpreciseDate | None:
        """Return the date of the last adoption, or None when there is none."""
        return ImpreciseDate.last_of(
            [s.when or ImpreciseDate.unknown() for s in self.decisions if s.stage == "adoption"]
        )

    @cached_property
    def participants(self) -> frozenset[str]:
        """Return the slugs of the parties that the plan names as participants."""
        actors = self.plan.actors if self.plan else ()
        return frozenset(organisation for organisation, role in actors if role == "participant")

    @cached_property
    def residents_parties(self) -> frozenset[str]:
        """Return every audience word and slug of residents or entrepreneurs."""
        slugs = (slug for slug, o in self.organisations.items() if o.kind in RESIDENTS_PARTIES)
        return frozenset((*AUDIENCES, *slugs))

    def with_residents(self, step: StepFacts) -> bool:
        """Return whether the audience of this step includes residents or entrepreneurs."""
        return not self.residents_parties.isdisjoint(step.audience)

    def kind_of(self, party: str) -> str:
        """Return the kind of the organisation with this slug, or the word itself when it is already a kind."""
        organisation = self.organisations.get(party)
        return organisation.kind if organisation else party


#: The facts of one owner of obligations: a trajectory, a motion, a commitment, or a request that belongs to none.
OwnerFacts = Facts | MotionFacts | CommitmentFacts | RequestFacts
#: The name of each type of owner.
OWNER_TYPES: Final[Mapping[type[Any], str]] = {
    Facts: "trajectory",
    MotionFacts: "motion",
    CommitmentFacts: "commitment",
    RequestFacts: "request",
}


def date_sort_key(step: StepFacts) -> tuple[object, ...]:
    """Return the sort key for chronological order; ties are broken by ref, to be deterministic."""
    when = step.when
    return (*(when.sort_key if when else ImpreciseDate.unknown().sort_key), step.ref)


def _ref(row: ScenarioFacts | StepFacts | DocumentFacts | ContributionFacts | RequestFacts) -> str:
    return row.ref
