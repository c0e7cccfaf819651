"""Replays a trajectory day by day: what would have been flagged when, and how long before the date that mattered."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from participation.compliance.dates import ImpreciseDate
from participation.compliance.evaluate import evaluate
from participation.compliance.facts import Facts, StepFacts
from participation.compliance.obligations import LATE, ObligationValue, WaiverValue, status, turning_days
from participation.compliance.rulebook import Rulebook
from participation.models import Trajectory

from .facts import facts_for
from .statuses import waivers_of
from .verdicts import party_names

#: The statuses that someone has to act on; a date that comes near is no flag yet.
FLAGS = (*LATE, "planned_late")
ONE_DAY = timedelta(days=1)


class Deadline(NamedTuple):
    """The date by which something had to be in order.

    ``own`` is whether the obligation is about that date itself; else it is that of the first decision after the flag.
    ``title`` names the step of that date, and is empty where it is not a step.
    """

    day: date
    title: str
    own: bool


class StatusTurn(NamedTuple):
    """A change of status of an obligation on a day.

    ``before`` is empty for a flag that stood already on the first day of the replay. ``matter`` is the date that was
    still to come on that day, or None.
    """

    on: date
    before: str
    after: str
    obligation: ObligationValue
    matter: Deadline | None = None

    @property
    def flags(self) -> bool:
        """Return whether a flag is raised on this day."""
        return self.after in FLAGS and self.before not in FLAGS

    @property
    def days_before(self) -> int | None:
        """Return the number of days until the date that matters, or None where that is past or not known."""
        return (self.matter.day - self.on).days if self.matter else None

    @property
    def quiet(self) -> bool:
        """Return whether it needs no attention: nothing is flagged, settled after a flag, or explained."""
        return not (
            self.after in (*FLAGS, "met_late") or self.before in FLAGS or "explained" in (self.before, self.after)
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
    turns: tuple[StatusTurn, ...]
    #: The obligations with status unknown on the last day, because a fact is not recorded.
    unknown: tuple[ObligationValue, ...]
    #: The names of organisations, by slug.
    names: Mapping[str, str] = {}

    @property
    def flags(self) -> tuple[StatusTurn, ...]:
        """Return the first flag of each obligation that got one, by day."""
        found: dict[tuple[str, str], StatusTurn] = {}
        for turn in self.turns:
            if turn.flags:
                found.setdefault(turn.obligation.identity, turn)
        return tuple(found.values())

    @property
    def in_time(self) -> tuple[StatusTurn, ...]:
        """Return the flags that were raised before the date that they are about."""
        return tuple(t for t in self.flags if t.matter and t.matter.own and t.days_before)

    @property
    def before_decision(self) -> tuple[StatusTurn, ...]:
        """Return the flags about something past that were raised before the next decision."""
        return tuple(t for t in self.flags if t.matter and not t.matter.own)


def replay_of(
    slug: str, rulebook: Rulebook, today: date, first: date | None = None, last: date | None = None
) -> Replay | None:
    """Return the replay of a stored trajectory with its facts as recorded now, or None if it does not exist."""
    row = Trajectory.objects.filter(slug=slug).values_list("pk", "title").first()
    if row is None:
        return None
    pk, title = row
    facts = dict(facts_for([pk]))[pk]
    found = walked(title, facts, rulebook, waivers_of([pk]).get(pk, ()), today, first, last)
    return found._replace(names=party_names())


def walked(
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
    days = sorted({day for obligation in obligations for day in turning_days(obligation, waivers)})
    started = _day_of(facts.trajectory.started_on)
    begin = first or max(filter(None, (days[0] if days else today, started)))
    end = last or max(begin, min(days[-1] if days else today, today))
    found = [
        turn._replace(matter=_matter(turn.obligation, facts, turn.on))
        for obligation in obligations
        for turn in _turns(obligation, waivers, begin, end)
    ]
    found.sort(key=lambda turn: (turn.on, *turn.obligation.identity))
    unknown = tuple(o for o in obligations if status(o, end, waivers) == "unknown")
    of = facts.trajectory
    return Replay(of.slug, title, of.retrospective, begin, end, len(days), tuple(found), unknown)


def _turns(obligation: ObligationValue, waivers: Sequence[WaiverValue], first: date, last: date) -> list[StatusTurn]:
    found = []
    before, now = status(obligation, first - ONE_DAY, waivers), status(obligation, first, waivers)
    if now != before:
        found.append(StatusTurn(first, before, now, obligation))
    elif now in FLAGS:
        found.append(StatusTurn(first, "", now, obligation))
    for day in turning_days(obligation, waivers):
        if first < day <= last:
            before, now = now, status(obligation, day, waivers)
            if now != before:
                found.append(StatusTurn(day, before, now, obligation))
    return found


def _matter(obligation: ObligationValue, facts: Facts, on: date) -> Deadline | None:
    """Return the date still to come on that day: that of the obligation itself, else of the next decision."""
    step = next((s for s in facts.steps if s.ref == obligation.subject), None)
    own = (step and _day_of(step.when)) or obligation.trigger_on
    if own and own >= on:
        return Deadline(own, _name(step) if step else "", True)
    ahead = [(day, s.ref, s) for s in facts.held.get("decision", ()) if (day := _day_of(s.when)) and day > on]
    if not ahead:
        return None
    day, _ref, decision = min(ahead, key=lambda found: found[:2])
    return Deadline(day, _name(decision), False)


def _name(step: StepFacts) -> str:
    return step.title or step.ref


def _day_of(when: ImpreciseDate | None) -> date | None:
    return (when.earliest or when.latest) if when else None
