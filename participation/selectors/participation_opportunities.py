"""Where residents can still take part on a day, and until when; shared by list, page and feeds."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple, Protocol

from participation.compliance.dates import ImpreciseDate
from participation.compliance.vocabulary import AUDIENCES

#: The kinds of step in which residents can give input.
KINDS = ("activity", "inspection", "plan_review")
#: Methods that are open for a period, not at one moment.
WINDOWS = ("survey", "online", "panel")
#: An inspection without a recorded closing day is assumed to be open for at most this long.
LONGEST = timedelta(weeks=6)


class HasDates(Protocol):
    """A step: a model instance or a value of the facts."""

    @property
    def kind(self) -> Any: ...
    @property
    def method(self) -> Any: ...
    @property
    def cancelled(self) -> Any: ...
    @property
    def audience(self) -> Any: ...
    @property
    def planned(self) -> Any: ...
    @property
    def done(self) -> Any: ...
    @property
    def closes(self) -> Any: ...
    @property
    def announced_on(self) -> Any: ...


class Chance(NamedTuple):
    """An opportunity to take part.

    ``step`` is the step as passed in. ``now``: open today, or an announced meeting still to come; else it opens later.
    ``window``: open for a period, from ``start`` to ``end``; else it happens at ``start``. ``until`` is the last day,
    None where that is not recorded. ``everyone``: open to all; else only to the parties it names.
    """

    step: Any
    now: bool
    window: bool
    start: ImpreciseDate
    end: ImpreciseDate | None
    until: date | None
    everyone: bool

    @property
    def opens(self) -> date:
        """Return the first possible day."""
        first = self.start.earliest or self.start.latest
        assert first is not None
        return first


def chances(steps: Iterable[HasDates], today: date, parties: Collection[str] | None = None) -> list[Chance]:
    """Return how residents can take part today or later: what is open now first, by its last day, then what comes.

    Cancelled steps, steps without a day and past steps are left out. ``parties`` are the slugs of the residents'
    parties; without it each named party counts as one.
    """
    found = [chance for step in steps if (chance := _chance(step, today, parties)) is not None]
    return sorted(found, key=_order)


def is_open(step: HasDates, today: date) -> bool:
    """Return whether a step that began is still open on that day: until its closing day, that day included.

    An inspection without a recorded closing day is assumed to last as long as the law requires.
    """
    began: ImpreciseDate | None = step.done
    if step.cancelled or began is None or began.latest is None or (began.earliest or began.latest) > today:
        return False
    if step.closes is not None and step.closes.latest:
        return today <= step.closes.latest
    return step.kind == "inspection" and today < began.latest + LONGEST


def open_now(found: Iterable[Chance]) -> Chance | None:
    """Return the chance open now to everyone that ends first, else the one for named parties; None where none is."""
    return min((c for c in found if c.now), key=lambda c: (not c.everyone, *_order(c)), default=None)


def _chance(step: HasDates, today: date, parties: Collection[str] | None) -> Chance | None:
    when: ImpreciseDate | None = step.done or step.planned
    if step.kind not in KINDS or step.cancelled or when is None or when.latest is None:
        return None
    if not _for_residents(step, parties):
        return None
    window = step.kind == "inspection" or step.closes is not None or step.method in WINDOWS
    end = step.closes if window and step.closes and step.closes.latest else None
    until = end.latest if end else when.latest
    if step.kind == "inspection" and end is None:
        until = None
        if when.latest + LONGEST <= today:
            return None
    # A meeting that was held is over, also on its own day; with a closing day it stays open until then.
    held = step.done is not None and not window
    if held or (until is not None and until < today):
        return None
    # Without a known last day it counts as open once it has certainly begun.
    begun = (when.latest if until is None else when.earliest or when.latest) <= today
    return Chance(step, begun if window else _invited(step, today), window, when, end, until, _for_everyone(step))


def _invited(step: HasDates, today: date) -> bool:
    """Return whether people can know of it: an activity that was not announced is no invitation yet."""
    if step.kind != "activity":
        return True
    told: ImpreciseDate | None = step.announced_on
    if told is None or told.precision == "unscheduled":
        return False
    return told.latest is None or (told.earliest or told.latest) <= today


def _for_residents(step: HasDates, parties: Collection[str] | None) -> bool:
    if _for_everyone(step):
        return True
    return bool(step.audience) and (parties is None or not set(parties).isdisjoint(step.audience))


def _for_everyone(step: HasDates) -> bool:
    """Return whether it is open to all; an activity without a recorded audience is assumed to be."""
    if step.kind == "inspection" or not set(AUDIENCES).isdisjoint(step.audience):
        return True
    return step.kind == "activity" and not step.audience


def _order(chance: Chance) -> tuple[Any, ...]:
    by = (chance.until or date.max) if chance.now else chance.opens
    return (not chance.now, by, chance.opens)
