"""A rulebook with mistakes stops the start: each with its file, its rule and a hint."""

from typing import Any

from django.conf import settings
from django.core import checks

from participation.compliance.problems import RulebookError
from participation.compliance.rulebook import load

#: A rulebook that cannot be used, and one without a single rule.
BROKEN, EMPTY = "participation.E001", "participation.W001"


@checks.register
def rulebook_is_sound(**_asked: Any) -> list[checks.CheckMessage]:
    """Return an error for every mistake in the rulebook of the settings."""
    try:
        rulebook = load(settings.RULEBOOK)
    except RulebookError as error:
        return [
            checks.Error(
                ": ".join(filter(None, (problem.file, problem.rule, problem.reason))),
                hint=problem.hint,
                obj=problem.rule or problem.file,
                id=BROKEN,
            )
            for problem in error.problems
        ]
    if rulebook.rules:
        return []
    hint = "name another rulebook in RULEBOOK, or give this one `rules:`"
    return [checks.Warning("The rulebook has no rules: nothing is owed.", hint=hint, id=EMPTY)]
