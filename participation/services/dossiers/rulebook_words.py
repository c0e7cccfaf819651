"""Words of the rulebook in a dossier: the items of a plan or a report, and the ground for no participation.

A word that the rulebook does not know is an error. One that is stored may stay, so that what was exported can be
imported again after the rulebook changed.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from participation.compliance.rulebook import Rulebook
from participation.dossier.errors import Problem, pointer
from participation.dossier.hints import did_you_mean
from participation.dossier.schema_errors import MAX_PROBLEMS
from participation.models import Plan, Step, Trajectory


def unknown_words(document: Any, rulebook: Rulebook, trajectory: Trajectory | None) -> Iterator[Problem]:
    """Yield the words in a dossier that the rulebook which judges it does not know; its types need not be valid.

    ``trajectory`` is the stored one, None where there is none. At most two queries, only where there are items.
    """
    return islice(_unknown_words(document, rulebook, trajectory), MAX_PROBLEMS)


def _unknown_words(document: Any, rulebook: Rulebook, trajectory: Trajectory | None) -> Iterator[Problem]:
    ground = _value_at(document, "trajectory", "no_participation", "ground")
    stored_ground = trajectory.no_participation_ground if trajectory else ""
    if isinstance(ground, str) and ground not in (*rulebook.exceptions, stored_ground):
        path = pointer("trajectory", "no_participation", "ground")
        reason = _("the rulebook has no ground for no participation %(word)s")
        yield _problem(path, ground, reason, rulebook.exceptions)
    items = _value_at(document, "plan", "items")
    if isinstance(items, Mapping):
        stored = (
            Plan.objects.filter(trajectory=trajectory).values_list("items", flat=True).first() if trajectory else {}
        )
        reason = _("the rulebook has no item of a plan %(word)s")
        yield from _unknown_items(items, reason, rulebook.plan_items, stored or {}, "plan", "items")
    steps = _value_at(document, "steps")
    reports = [
        (index, step)
        for index, step in enumerate(steps if isinstance(steps, list) else ())
        if isinstance(_value_at(step, "items"), Mapping)
    ]
    stored_reports: Mapping[str, Collection[str]] = {}
    if reports and trajectory:
        rows = Step.objects.filter(trajectory=trajectory).exclude(items={})
        stored_reports = dict(rows.values_list("ref", "items"))
    for index, step in reports:
        stored_items = stored_reports.get(str(step.get("ref")), ())
        reason = _("the rulebook has no item of a report %(word)s")
        yield from _unknown_items(step["items"], reason, rulebook.report_items, stored_items, "steps", index, "items")


def _value_at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _unknown_items(
    items: Collection[str], reason: str, known: Collection[str], stored: Collection[str], *path: str | int
) -> Iterator[Problem]:
    for item in items:
        if item not in known and item not in stored:
            yield _problem(pointer(*path, item), item, reason, known)


def _problem(location: str, word: str, reason: str, known: Collection[str]) -> Problem:
    otherwise = _("one of: %(words)s") % {"words": ", ".join(known)} if known else _("leave it out: it has none")
    return Problem(location, reason % {"word": repr(word[:100])}, did_you_mean(word, known) or otherwise)
