"""A rulebook with mistakes stops the start: each with its file, its rule and a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from participation.compliance.problems import RulebookError
from participation.compliance.rulebook import load

#: A rulebook that cannot be used, and one without a single rule.
BROKEN, EMPTY = "participation.E001", "participation.W001"


@register
def rulebook_is_sound(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return an error for every mistake in the rulebook of the settings."""
    try:
        rulebook = load(settings.RULEBOOK)
    except RulebookError as error:
        return [
            Error(
                f"{problem.file}: {problem.rule}: {problem.reason}" if problem.rule else f"{problem.file}: {problem.reason}",
                hint=problem.hint,
                obj=problem.rule or problem.file,
                id=BROKEN,
            )
            for problem in error.problems
        ]
    if not rulebook.rules:
        return [Warning("The rulebook has no rules: nothing is owed.", hint="name another rulebook in RULEBOOK, or give this one `rules:`", id=EMPTY)]
    return []
