"""System check of the rulebook: errors in it prevent startup, each with its file, rule and a hint."""

from typing import Any

from django.conf import settings
from django.core import checks

from participation.compliance.problems import RulebookError
from participation.compliance.rulebook import load

#: Ids of the checks: the rulebook is invalid, and it has no rules.
INVALID_RULEBOOK, EMPTY_RULEBOOK = "participation.E001", "participation.W001"


@checks.register
def check_rulebook(**_options: Any) -> list[checks.CheckMessage]:
    """Return an error for every problem in the rulebook of the settings."""
    try:
        rulebook = load(settings.RULEBOOK)
    except RulebookError as error:
        return [
            checks.Error(
                f"{problem.location}: {problem.reason}",
                hint=problem.hint,
                obj=problem.rule or problem.file,
                id=INVALID_RULEBOOK,
            )
            for problem in error.problems
        ]
    if rulebook.rules:
        return []
    hint = "name another rulebook in RULEBOOK, or give this one `rules:`"
    return [checks.Warning("The rulebook has no rules, so there are no obligations.", hint=hint, id=EMPTY_RULEBOOK)]
