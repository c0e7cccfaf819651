"""Where residents can still take part on a day, and until when; shared by list, page and feeds."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple, Protocol

from participation.compliance.dates import ImpreciseDate
from participation.compliance.vocabulary import AUDIENCES, INPUT_STEP_KINDS, PERIOD_METHODS

#: An inspection without a recorded closing day is assumed to be open for at most this long.
MAX_INSPECTION_DURATION = timedelta(weeks=6)


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


class Opportunity(NamedTuple):
    """An opportunity to take part.

    ``step`` is the step as passed in. ``now``: open today, or an announced meeting still to come; else it opens later.
    ``is_period``: open for a period, from ``start`` to ``end``; else it happens at ``start``. ``until`` is the last
    day, None where that is not recorded. ``everyone``: open to all; else only to the parties it names. ``opens`` is the
    first possible day.
    """

    step: Any
    now: bool
    is_period: bool
    start: ImpreciseDate
    end: ImpreciseDate | None
    until: date | None
    everyone: bool
    opens: date


def opportunities(steps: Iterable[HasDates], today: date, parties: Collection[str] | None = None) -> list[Opportunity]:
    """Return how residents can take part today or later.

    What is open today comes first, by its last day; then what is still to come, by its day, soonest first. Cancelled
    steps, steps without a day and past steps are left out. ``parties`` are the slugs of the residents' parties; without
    it each named party counts as one.
    """
    found = [opportunity for step in steps if (opportunity := _opportunity(step, today, parties)) is not None]
    return sorted(found, key=_sort_key)


def is_open(step: HasDates, today: date) -> bool:
    """Return whether a step that began is still open on that day: until its closing day, that day included.

    An inspection without a recorded closing day is assumed to last as long as the law requires.
    """
    began: ImpreciseDate | None = step.done
    closes: ImpreciseDate | None = step.closes
    if step.cancelled or began is None or began.latest is None or (began.earliest or began.latest) > today:
        return False
    if closes is not None and closes.latest:
        return today <= closes.latest
    return step.kind == "inspection" and today < began.latest + MAX_INSPECTION_DURATION


def current_opportunity(found: Iterable[Opportunity]) -> Opportunity | None:
    """Return the chance open now to everyone that ends first, else the one for named parties; None where none is."""
    return min(
        (chance for chance in found if chance.now),
        key=lambda chance: (not chance.everyone, chance.until or date.max, chance.opens),
        default=None,
    )


def _opportunity(step: HasDates, today: date, parties: Collection[str] | None) -> Opportunity | None:
    when: ImpreciseDate | None = step.done or step.planned
    if step.kind not in INPUT_STEP_KINDS or step.cancelled or when is None or when.latest is None:
        return None
    if not _is_for_residents(step, parties):
        return None
    opens = when.earliest or when.latest
    is_period = step.kind == "inspection" or step.closes is not None or step.method in PERIOD_METHODS
    end = step.closes if is_period and step.closes and step.closes.latest else None
    until = end.latest if end else when.latest
    if step.kind == "inspection" and end is None:
        until = None
        if when.latest + MAX_INSPECTION_DURATION <= today:
            return None
    # A meeting that took place is over, also on its own day; with a closing day it stays open until then.
    is_past = step.done is not None and not is_period
    if is_past or (until is not None and until < today):
        return None
    # Without a known last day it counts as open once it has certainly begun.
    has_begun = (when.latest if until is None else opens) <= today
    return Opportunity(
        step,
        has_begun if is_period else _is_announced(step, today),
        is_period,
        when,
        end,
        until,
        _is_for_everyone(step),
        opens,
    )


def _is_announced(step: HasDates, today: date) -> bool:
    """Return whether people can know of it: an activity that was not announced is no invitation yet."""
    if step.kind != "activity":
        return True
    announced: ImpreciseDate | None = step.announced_on
    if announced is None or announced.precision == "unscheduled":
        return False
    return announced.latest is None or (announced.earliest or announced.latest) <= today


def _is_for_residents(step: HasDates, parties: Collection[str] | None) -> bool:
    if _is_for_everyone(step):
        return True
    return bool(step.audience) and (parties is None or not set(parties).isdisjoint(step.audience))


def _is_for_everyone(step: HasDates) -> bool:
    """Return whether it is open to all; an activity without a recorded audience is assumed to be."""
    if step.kind == "inspection" or not set(AUDIENCES).isdisjoint(step.audience):
        return True
    return step.kind == "activity" and not step.audience


def _sort_key(opportunity: Opportunity) -> tuple[Any, ...]:
    # An announced meeting is one that people can still come to, but it is not open until its day.
    is_open_now = opportunity.now and opportunity.is_period
    day = (opportunity.until or date.max) if is_open_now else opportunity.opens
    return (not is_open_now, day, opportunity.opens)
