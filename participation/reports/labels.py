"""Display texts for items of a trajectory and for obligations, shared by pages and archives."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.obligations import SETTLED, ObligationValue, days_late
from participation.models import Step
from participation.selectors.participation_opportunities import is_open
from participation.selectors.trajectory_page import TrajectoryRows

from .digest import phrase, status_name
from .values import Called


def titles_of(rows: TrajectoryRows, language: str) -> dict[str, str]:
    """Return the display titles of the items of a trajectory, by ref; never the ref itself."""
    found = {step.ref: title_of(step) for step in rows.steps}
    found.update((d.ref, " ".join(filter(None, (d.title or d.get_kind_display(), d.version)))) for d in rows.documents)
    found.update((scenario.ref, scenario.title) for scenario in rows.scenarios if scenario.title)
    called = Called(language, rows.names)
    found.update((c.ref, _from(c._meta.verbose_name, c.party, called)) for c in rows.contributions)
    found.update((r.ref, _from(r.get_kind_display() or r._meta.verbose_name, r.party, called)) for r in rows.requests)
    return found


def _from(kind: Any, party: str, called: Called) -> str:
    return f"{kind} – {called.party(party)}" if party else str(kind)


def title_of(step: Step) -> str:
    """Return the display title of a step: its title, else its kind."""
    return step.title or str(step.get_method_display() or step.get_kind_display() or step.ref)


def when_of(step: Step) -> ImpreciseDate | None:
    """Return when the step was done, or else is planned."""
    found: ImpreciseDate | None = step.done or step.planned
    return found


def state_of(step: Step, today: date) -> str:
    """Return cancelled, open (started, and not closed yet on that day), done, optional or planned."""
    if step.cancelled:
        return "cancelled"
    if step.done is not None:
        return "open" if is_open(step, today) else "done"
    return "optional" if step.optional else "planned"


def status_label(status: str, language: str) -> str:
    """Return the label of a status, capitalised."""
    name = status_name(status, language)
    return name[:1].upper() + name[1:]


def dates_told(obligation: ObligationValue, status: str, today: date, language: str, over: bool = False) -> list[str]:
    """Return the dates of an obligation in sentences: due date and outcome.

    ``over`` is whether its trajectory is over: then no days late are counted for what was not done.
    """

    def day(on: date | None) -> str:
        return wording.say_day(on, language) if on else wording.label("phrases", "not_recorded", language)

    if status == "unknown":
        return [phrase("when_unknown", language, missing=wording.say_missing(obligation.missing, language))]
    by_then = _("Due by %(due)s.") % {"due": day(obligation.due_on)}
    if status == "pending":
        return [by_then]
    late = days_late(obligation, today, over)
    if late is None:
        return [phrase("when_not_done", language, due=day(obligation.due_on))]
    left = (obligation.due_on - today).days if status == "due_soon" and obligation.due_on else late
    dates = phrase(
        f"when_{status}",
        language,
        left,
        due=day(obligation.due_on),
        strict=day(obligation.strict_due_on),
        expected=day(obligation.expected_on),
        met=day(obligation.met_on),
    )
    return [by_then, dates] if status in (*SETTLED, "explained") and obligation.due_on else [dates]
