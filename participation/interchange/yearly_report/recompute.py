"""The figures of a yearly report, computed from its lines alone: without a database, and apart from its SQL."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from participation.compliance.obligations import ObligationValue, WaiverValue, status
from participation.compliance.vocabulary import LEVELS
from participation.selectors.statistics.city import OUTCOMES, Period
from participation.selectors.statistics.influence import AGES
from participation.selectors.statistics.series import SCOPES, WISHED_STRENGTHS
from participation.selectors.statistics.yearly import NOT_RECORDED, FigureKey, Figures, coverage_figures

from .lines import LIST_SEPARATOR, RANGE_SEPARATOR, UNKNOWN_DAY

_OUTCOME_OF: Final = {status: outcome for outcome, statuses in OUTCOMES.items() for status in statuses}
_ROOM_OF: Final = {"1": "kept", "0": "not_kept", "": NOT_RECORDED}

#: A line of a file, by the names of its columns.
Line = Mapping[str, str]
#: Reads the lines of the file with this name.
ReadLines = Callable[[str], Iterable[Line]]


class DayRange(NamedTuple):
    """A date as it stands in a line: its bounds, and whether it is recorded that nobody knows it."""

    earliest: date | None
    latest: date | None
    is_unknown: bool = False

    def has_come(self, on: date) -> bool:
        """Return whether it had come by that day, at its earliest; an unknown date counts as come."""
        first = self.earliest or self.latest
        return self.is_unknown or (first is not None and first <= on)

    def is_in(self, period: Period) -> bool:
        """Return whether it can lie in this period."""
        return self.has_come(period.on) and (self.latest is None or period.first is None or self.latest >= period.first)


class LineProblem(ValueError):
    """A line cannot be read; the message says which, and why."""


def recompute(read: ReadLines, rulebooks: Sequence[Mapping[str, Any]], periods: Sequence[Period]) -> Figures:
    """Return all figures of a report on these years.

    ``rulebooks`` are those of ``rulebooks.json``, the first of which judges what no other does. Raises LineProblem for
    a line that cannot be read.
    """
    return _Recomputation(rulebooks, periods).figures(read)


class _Coverage:
    """The last day on which people spoke with a district or group, and the number of activities in the last year."""

    def __init__(self) -> None:
        self.last: date | None = None
        self.number = 0


class _Recomputation:
    def __init__(self, rulebooks: Sequence[Mapping[str, Any]], periods: Sequence[Period]) -> None:
        self.periods, self.last = periods, periods[-1]
        self.rules = [{rule["id"]: rule for rule in rulebook["rules"]} for rulebook in rulebooks]
        self.judges = {rulebook["municipality"]: place for place, rulebook in enumerate(rulebooks) if place}
        self.trajectories: dict[str, Line] = {}
        self.waivers: dict[str, list[WaiverValue]] = {}
        self.found: Counter[FigureKey] = Counter()
        self.scores: dict[int, list[Decimal]] = {}
        self.coverage: dict[tuple[str, str], _Coverage] = {}

    def figures(self, read: ReadLines) -> Figures:
        steps: Mapping[str, Callable[[Line], None]] = {
            "trajectories.csv": self._trajectory,
            "waivers.csv": self._waiver,
            "obligations.csv": self._obligation,
            "contributions.csv": self._contribution,
            "decisions.csv": self._decision,
            "evaluations.csv": self._evaluation,
            "motions.csv": self._motion,
            "commitments.csv": self._commitment,
            "coverage.csv": self._coverage,
        }
        for name, add in steps.items():
            _for_each_line(read, name, add)
        found = {key: Decimal(number) for key, number in self.found.items() if number}
        for year, scores in self.scores.items():
            numbers = {"number": len(scores), "sum": sum(scores), "lowest": min(scores), "highest": max(scores)}
            found.update({FigureKey("fairness", "", year, "", name): Decimal(n) for name, n in numbers.items()})
        for (kind, name), own in self.coverage.items():
            counts = coverage_figures(own.last, own.number)
            key = FigureKey(f"coverage_{kind}s", "", self._year, name, "")
            found.update({key._replace(name=counted): Decimal(n) for counted, n in counts.items() if n})
        return found

    def _count(self, part: str, scope: str, year: int, group: str, name: str) -> None:
        self.found[FigureKey(part, scope, year, group, name)] += 1

    @property
    def _year(self) -> int:
        return self.last.on.year

    def _trajectory(self, line: Line) -> None:
        self.trajectories[line["trajectory"]] = line
        scope = SCOPES[2] if line["retrospective"] == "1" else SCOPES[0]
        self._count("trajectories", scope, self._year, "", "number")

    def _waiver(self, line: Line) -> None:
        granted_on = date.fromisoformat(line["granted_on"])
        found = WaiverValue(line["rule"], line["subject"], granted_on, _day(line["until"]))
        self.waivers.setdefault(line["trajectory"], []).append(found)

    def _obligation(self, line: Line) -> None:
        trajectory = self.trajectories[line["trajectory"]]
        rule = self.rules[self.judges.get(trajectory["municipality"], 0)][line["rule"]]
        days = (_day(line[name]) for name in ("due_on", "strict_due_on", "expected_on", "met_on"))
        due_on, strict_due_on, expected_on, met_on = days
        obligation = ObligationValue(*(line["rule"], line["subject"], None, due_on, strict_due_on, expected_on, met_on))
        own = self.waivers.get(line["trajectory"], ())
        scope = self._scope(trajectory, rule)
        for period in self.periods:
            if due_on is not None and period.first is not None and period.first <= due_on <= period.on:
                outcome = _OUTCOME_OF.get(status(obligation, period.on, own))
                if outcome:
                    self._count("due", scope, period.on.year, rule["basic"], outcome)
        outcome = _OUTCOME_OF.get(status(obligation, self.last.on, own))
        if due_on is None and outcome == "unknown":
            self._count("undated", scope, self._year, rule["basic"], outcome)
        in_last = due_on is None or (self.last.first is not None and self.last.first <= due_on <= self.last.on)
        if scope == SCOPES[0] and outcome and in_last:
            level = trajectory["level"] if trajectory["level"] in LEVELS else NOT_RECORDED
            self._count("levels", scope, self._year, level, outcome)
            for district in _districts(trajectory):
                self._count("districts", scope, self._year, district, outcome)

    def _scope(self, trajectory: Line, rule: Mapping[str, Any]) -> str:
        if trajectory["retrospective"] == "1":
            return SCOPES[2]
        return SCOPES[1] if rule["strength"] in WISHED_STRENGTHS else SCOPES[0]

    def _contribution(self, line: Line) -> None:
        trajectory = self.trajectories[line["trajectory"]]
        received, responded = _range(line["received_on"]), _range(line["responded_on"])
        is_answered = bool(line["outcome"]) and line["has_response"] == "1"
        for period in self.periods:
            if received is not None and not received.is_in(period):
                continue
            is_open = not is_answered or (responded is not None and not responded.has_come(period.on))
            state = "open" if is_open else line["outcome"]
            self._count("contributions", "", period.on.year, "", state)
            if period is self.last:
                self._count("senders", "", self._year, line["sender"] or NOT_RECORDED, state)
                for district in _districts(trajectory):
                    self._count("contribution_districts", "", self._year, district, state)
                if is_open:
                    self._count("ages", "", self._year, "", self._age(trajectory, received))

    def _age(self, trajectory: Line, received: DayRange | None) -> str:
        closed = _range(trajectory["closed_on"])
        closed_by = closed.latest if closed else None
        if trajectory["status"] == "closed" and (closed_by is None or closed_by <= self.last.on):
            return "over"
        if received is None or received.latest is None:
            return "undated"
        for age, days in AGES.items():
            if days is not None and received.latest >= self.last.on - timedelta(days=days):
                return age
        return "longer"

    def _decision(self, line: Line) -> None:
        for year in self._years_of(line["done"]):
            self._count("effects", "", year, "", line["effect"] or NOT_RECORDED)
            self._count("room", "", year, "", _ROOM_OF[line["room_kept"]])

    def _evaluation(self, line: Line) -> None:
        score = Decimal(line["score"])
        for year in self._years_of(line["done"]):
            self.scores.setdefault(year, []).append(score)

    def _years_of(self, text: str) -> Iterator[int]:
        done = _range(text)
        yield from (period.on.year for period in self.periods if done is not None and done.is_in(period))

    def _motion(self, line: Line) -> None:
        adopted = _range(line["adopted_on"])
        for period in self._begun(adopted):
            if line["outcome"] != "adopted" and (line["outcome"] or adopted is None):
                state = "not_adopted"
            elif _has_come(line["settled_on"], period.on):
                state = "settled"
            else:
                state = "proposed" if _has_come(line["settled_proposed_on"], period.on) else "open"
            self._count("motions", "", period.on.year, "", state)

    def _commitment(self, line: Line) -> None:
        for period in self._begun(_range(line["made_on"])):
            state = "kept" if _has_come(line["fulfilled_on"], period.on) else "open"
            self._count("commitments", "", period.on.year, "", state)

    def _coverage(self, line: Line) -> None:
        own = self.coverage.setdefault((line["kind"], line["name"]), _Coverage())
        day = _day(line["day"])
        if day is not None and day <= self.last.on:
            own.last = max(day, own.last or day)
            own.number += self.last.first is not None and day >= self.last.first

    def _begun(self, begun: DayRange | None) -> Iterator[Period]:
        yield from (period for period in self.periods if begun is None or begun.has_come(period.on))


def _for_each_line(read: ReadLines, name: str, act: Callable[[Line], None]) -> None:
    """Pass each line to ``act``. Raises LineProblem with the place of the first that cannot be read."""
    for number, line in enumerate(read(name), 2):
        try:
            act(line)
        except (KeyError, TypeError, AttributeError) as error:
            raise LineProblem(f"{name}, line {number}: {error} is missing, or is not in another file") from None
        except (ValueError, InvalidOperation) as error:
            raise LineProblem(f"{name}, line {number}: {error}") from None


def _districts(trajectory: Line) -> Sequence[str]:
    return trajectory["districts"].split(LIST_SEPARATOR) if trajectory["districts"] else (NOT_RECORDED,)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _range(text: str) -> DayRange | None:
    if not text:
        return None
    if text == UNKNOWN_DAY:
        return DayRange(None, None, is_unknown=True)
    earliest, separator, latest = text.partition(RANGE_SEPARATOR)
    return DayRange(_day(earliest), _day(latest if separator else earliest))


def _has_come(text: str, on: date) -> bool:
    found = _range(text)
    return found is not None and found.has_come(on)
