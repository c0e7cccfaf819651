"""Replays a trajectory day by day: what would have been flagged when, and how long before the date that mattered."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.compliance.evaluate import evaluate
from participation.compliance.facts import Facts, StepFacts
from participation.compliance.obligations import LATE, ObligationValue, WaiverValue, status, status_change_days
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.models import Trajectory

from .facts import facts_for
from .statuses import party_names, waivers_of

#: The statuses that someone has to act on; a date that comes near is no flag yet.
FLAG_STATUSES = (*LATE, "planned_late")
ONE_DAY = timedelta(days=1)


class Deadline(NamedTuple):
    """The date by which something had to be in order.

    ``own`` is whether the obligation is about that date itself; else it is that of the first decision after the flag.
    ``title`` names the step of that date, and is empty where it is not a step.
    """

    day: date
    title: str
    own: bool


class StatusTransition(NamedTuple):
    """A change of status of an obligation on a day.

    ``before`` is empty for a flag that stood already on the first day of the replay. ``deadline`` is the date that was
    still to come on that day, or None.
    """

    on: date
    before: str
    after: str
    obligation: ObligationValue
    deadline: Deadline | None = None

    @property
    def flags(self) -> bool:
        """Return whether a flag is raised on this day."""
        return self.after in FLAG_STATUSES and self.before not in FLAG_STATUSES

    @property
    def days_until_deadline(self) -> int | None:
        """Return the number of days until the date that matters, or None where that is past or not known."""
        return (self.deadline.day - self.on).days if self.deadline else None

    @property
    def is_quiet(self) -> bool:
        """Return whether it needs no attention: nothing is flagged, settled after a flag, or explained."""
        return not (
            self.after in (*FLAG_STATUSES, "met_late")
            or self.before in FLAG_STATUSES
            or "explained" in (self.before, self.after)
        )


class Replay(NamedTuple):
    """A replay from the first day to the last, both included: its transitions by day, rule and subject.

    ``days`` counts the days, at any time, on which a status can change.
    """

    slug: str
    title: str
    retrospective: bool
    first: date
    last: date
    days: int
    transitions: tuple[StatusTransition, ...]
    #: The obligations with status unknown on the last day, because a fact is not recorded.
    unknown: tuple[ObligationValue, ...]
    #: The rulebook that judged it.
    rulebook: Rulebook
    #: The names of organisations, by slug.
    names: Mapping[str, str] = {}

    @property
    def flags(self) -> tuple[StatusTransition, ...]:
        """Return the first flag of each obligation that got one, by day."""
        found: dict[tuple[str, str], StatusTransition] = {}
        for transition in self.transitions:
            if transition.flags:
                found.setdefault(transition.obligation.identity, transition)
        return tuple(found.values())

    @property
    def in_time(self) -> tuple[StatusTransition, ...]:
        """Return the flags that were raised before the date that they are about."""
        return tuple(t for t in self.flags if t.deadline and t.deadline.own and t.days_until_deadline)

    @property
    def before_decision(self) -> tuple[StatusTransition, ...]:
        """Return the flags about something past that were raised before the next decision."""
        return tuple(t for t in self.flags if t.deadline and not t.deadline.own)


def replay_trajectory(
    slug: str, rulebooks: Rulebooks, today: date, first: date | None = None, last: date | None = None
) -> Replay | None:
    """Return the replay of a stored trajectory with its facts as recorded now, or None if it does not exist."""
    row = Trajectory.objects.filter(slug=slug).values_list("pk", "title").first()
    if row is None:
        return None
    pk, title = row
    facts = dict(facts_for([pk]))[pk]
    rulebook = rulebooks.for_municipality(facts.trajectory.municipality)
    found = replay_facts(title, facts, rulebook, waivers_of([pk]).get(pk, ()), today, first, last)
    return found._replace(names=party_names())


def replay_facts(
    title: str,
    facts: Facts,
    rulebook: Rulebook,
    waivers: Sequence[WaiverValue],
    today: date,
    first: date | None = None,
    last: date | None = None,
) -> Replay:
    """Return the replay of these facts. Pure; it visits only days on which a status can change.

    It begins on the first such day, though not before the trajectory started, and ends on the last, though not after
    today; ``first`` and ``last`` override these.
    """
    obligations = evaluate(facts, rulebook)
    days = sorted({day for obligation in obligations for day in status_change_days(obligation, waivers)})
    started = _day_of(facts.trajectory.started_on)
    begin = first or max(filter(None, (days[0] if days else today, started)))
    end = last or max(begin, min(days[-1] if days else today, today))
    found = [
        transition._replace(deadline=_deadline(transition.obligation, facts, transition.on))
        for obligation in obligations
        for transition in _transitions(obligation, waivers, begin, end)
    ]
    found.sort(key=lambda transition: (transition.on, *transition.obligation.identity))
    unknown = tuple(o for o in obligations if status(o, end, waivers) == "unknown")
    trajectory = facts.trajectory
    return Replay(
        trajectory.slug, title, trajectory.retrospective, begin, end, len(days), tuple(found), unknown, rulebook
    )


def _transitions(
    obligation: ObligationValue, waivers: Sequence[WaiverValue], first: date, last: date
) -> list[StatusTransition]:
    found = []
    before, now = status(obligation, first - ONE_DAY, waivers), status(obligation, first, waivers)
    if now != before:
        found.append(StatusTransition(first, before, now, obligation))
    elif now in FLAG_STATUSES:
        found.append(StatusTransition(first, "", now, obligation))
    for day in status_change_days(obligation, waivers):
        if first < day <= last:
            before, now = now, status(obligation, day, waivers)
            if now != before:
                found.append(StatusTransition(day, before, now, obligation))
    return found


def _deadline(obligation: ObligationValue, facts: Facts, on: date) -> Deadline | None:
    """Return the date still to come on that day: that of the obligation itself, else of the next decision."""
    step = next((s for s in facts.steps if s.ref == obligation.subject), None)
    own = (step and _day_of(step.when)) or obligation.trigger_on
    if own and own >= on:
        return Deadline(own, _step_name(step) if step else "", True)
    upcoming = [
        (day, s.ref, s) for s in facts.active_steps.get("decision", ()) if (day := _day_of(s.when)) and day > on
    ]
    if not upcoming:
        return None
    day, _ref, decision = min(upcoming, key=lambda found: found[:2])
    return Deadline(day, _step_name(decision), False)


def _step_name(step: StepFacts) -> str:
    return step.title or step.ref


def _day_of(when: ImpreciseDate | None) -> date | None:
    return (when.earliest or when.latest) if when else None
