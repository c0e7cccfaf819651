"""Display texts for items of a trajectory and for obligations, shared by pages and archives."""

from datetime import date
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from participation.compliance import wording
from participation.compliance.dates import ImpreciseDate
from participation.compliance.obligations import SETTLED, ObligationValue, days_late
from participation.models import Step
from participation.selectors.trajectories.detail import TrajectoryRows
from participation.selectors.trajectories.opportunities import is_open

from .digest_data import status_name, when_text
from .values import DisplayNames


def titles_of(rows: TrajectoryRows, language: str) -> dict[str, str]:
    """Return the display titles of the items of a trajectory, by ref; never the ref itself."""
    found = {step.ref: title_of(step) for step in rows.steps}
    found.update((d.ref, " ".join(filter(None, (d.title or d.get_kind_display(), d.version)))) for d in rows.documents)
    found.update((scenario.ref, scenario.title) for scenario in rows.scenarios if scenario.title)
    display_names = DisplayNames(language, rows.names)
    found.update((c.ref, _title_with_party(c._meta.verbose_name, c.party, display_names)) for c in rows.contributions)
    found.update(
        (r.ref, _title_with_party(r.get_kind_display() or r._meta.verbose_name, r.party, display_names))
        for r in rows.requests
    )
    return found


def _title_with_party(kind: Any, party: str, display_names: DisplayNames) -> str:
    return f"{kind} – {display_names.party(party)}" if party else str(kind)


def title_of(step: Step) -> str:
    """Return the display title of a step: its title, else its kind."""
    return step.title or str(step.get_method_display() or step.get_kind_display() or step.ref)


def date_of(step: Step) -> ImpreciseDate | None:
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
    return capfirst(status_name(status, language))


def date_texts(obligation: ObligationValue, status: str, today: date, language: str, over: bool = False) -> list[str]:
    """Return the dates of an obligation in sentences: due date and outcome.

    ``over`` is whether its trajectory is over: then no days late are counted for what was not done.
    """
    late, found = days_late(obligation, today, over), []
    if obligation.due_on and (status == "pending" or (status in (*SETTLED, "explained") and late is not None)):
        found.append(_("Due by %(due)s.") % {"due": wording.format_day(obligation.due_on, language)})
    return found if status == "pending" else [*found, when_text(obligation, status, late, today, language)]
