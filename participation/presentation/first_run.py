"""The first steps of a new installation in words."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from participation.selectors.first_run import FirstSteps


class StepText(NamedTuple):
    """A step in words: what it is, why it is needed, and how it is done where no page does it."""

    title: Any
    why: Any
    how: Any


STEP_TEXTS: Mapping[str, StepText] = {
    "name": StepText(
        _("Name of the municipality"),
        _("It is on every page, and in every mail."),
        _("Who looks after the server sets MUNICIPALITY and restarts Leidraad."),
    ),
    "rulebook": StepText(
        _("Rulebook"),
        _("It says which rules trajectories are judged by."),
        _("Who looks after the server sets RULEBOOK and restarts Leidraad; “basis” is for any municipality."),
    ),
    "mail": StepText(
        _("Mail tested"),
        _("Invitations, reminders and news go by mail."),
        _("Who looks after the server can also test it: manage.py setup --test-mail ADDRESS."),
    ),
    "neighbourhoods": StepText(
        _("Neighbourhoods"),
        _("Residents find a trajectory by where they live."),
        _("Import them from a file of Statistics Netherlands (CBS)."),
    ),
    "organisations": StepText(
        _("Organisations"),
        _("Residents’ associations and others take part in trajectories."),
        _("Add them one by one, or from a sheet: manage.py import_organisations FILE."),
    ),
    "adviser": StepText(
        _("First adviser or coordinator"),
        _("They record what happens in a trajectory, and get mail about what is due."),
        _("Invite them by mail."),
    ),
    "trajectory": StepText(
        _("First trajectory"),
        _("After that there is something to see, for residents too."),
        _("An adviser or coordinator adds it."),
    ),
}


def step_texts(steps: FirstSteps) -> Iterator[tuple[str, bool, StepText]]:
    """Yield each step: its name, whether it is done, and its text."""
    for name, text in STEP_TEXTS.items():
        yield name, getattr(steps, name), text
