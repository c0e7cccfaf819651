"""System checks of the rulebooks: errors in them prevent startup, each with its file, rule and a hint."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError

from participation.compliance.problems import RulebookError
from participation.compliance.rulebooks import load_rulebooks
from participation.models import Trajectory

#: Ids of the warnings: a rulebook has no rules, and one judges another municipality too. A problem in a rulebook has
#: the id of its kind.
EMPTY_RULEBOOK, OTHERS_RULEBOOK = "participation.W001", "participation.W002"


@checks.register
def check_rulebook(**_options: Any) -> list[checks.CheckMessage]:
    """Return an error for every problem in the rulebooks of the settings."""
    try:
        rulebooks = load_rulebooks(settings.RULEBOOK)
    except RulebookError as error:
        return [
            checks.Error(
                f"{problem.location}: {problem.reason}",
                hint=problem.hint,
                obj=problem.rule or problem.file,
                id=problem.kind.id,
            )
            for problem in error.problems
        ]
    hint = "name another rulebook in RULEBOOK, or give this one `rules:`"
    return [
        checks.Warning(
            f"The rulebook {rulebook.name} has no rules, so there are no obligations.", hint=hint, id=EMPTY_RULEBOOK
        )
        for rulebook in rulebooks
        if not rulebook.rules
    ]


@checks.register(checks.Tags.database)
def check_municipalities(databases: Collection[str] | None = None, **_options: Any) -> list[checks.CheckMessage]:
    """Return a warning for every municipality with trajectories that the rulebook of another municipality judges.

    Django runs it on ``migrate``, and on ``check --database default``.
    """
    if not databases:
        return []
    try:
        rulebooks = load_rulebooks(settings.RULEBOOK)
        found = sorted(set(Trajectory.objects.order_by().values_list("municipality", flat=True).distinct()))
    except (RulebookError, DatabaseError):
        # Reported by the check of the rulebooks; and before the first migration there is nothing to look at.
        return []
    return [
        checks.Warning(
            f"The rulebook {judge.name} of {judge.municipality} also judges the trajectories of {municipality}.",
            hint=f"add a rulebook with `municipality: {municipality}` to RULEBOOK, or begin it with one of no town",
            id=OTHERS_RULEBOOK,
        )
        for municipality in found
        if (judge := rulebooks.of_another_municipality(municipality))
    ]
