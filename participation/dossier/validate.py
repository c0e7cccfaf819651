"""Validation of a document, before anything of it is stored."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from participation.compliance.dossier_parser import refs_of, with_refs
from participation.compliance.facts import OrganisationFacts

from .date_checks import order_problems, read_days
from .errors import Problem, in_order, pointer
from .hints import shown
from .motion_number import normal_number
from .names import name_problems
from .parser import version_problem
from .parties import party_problems
from .refs import ref_problems
from .schema import Kind
from .schema_errors import MOST_FOUND, shape_problems

__all__ = ["problems_in", "with_refs"]

_NO_ORGANISATIONS: Final[Mapping[str, OrganisationFacts]] = MappingProxyType({})
#: Keys that a waiver must have, each with the hint for when it is missing.
_WAIVER_NEEDS: Final = {
    "rule": "name the rule that it is about",
    "reason": "write why the rule is not followed",
    "by": "write whose decision it is, in a role",
    "granted_on": "write the day on which it was granted",
}


def problems_in(
    document: Mapping[str, Any],
    known_organisations: Mapping[str, OrganisationFacts] = _NO_ORGANISATIONS,
    known_refs: Collection[str] = frozenset(),
) -> list[Problem]:
    """Return the problems of a dossier or register, sorted by place; empty when valid.

    ``known_organisations`` and ``known_refs`` are those in the database, to which an update may refer without
    including them. At most some hundreds of problems are returned. The rule ids of waivers are not checked.
    """
    if problem := version_problem(document):
        return [problem]
    kind: Kind = "register" if "register" in document else "dossier"
    problems, sound = shape_problems(dict(document), kind)
    days, wrong_days = read_days(sound, kind)
    checks: list[Iterable[Problem]] = [wrong_days, order_problems(sound, days), name_problems(sound)]
    if kind == "dossier":
        checks.append(ref_problems(sound, refs_of(sound), known_refs))
        checks.append(party_problems(sound, known_organisations))
        checks.append(_waiver_problems(sound))
        checks.append(_done_problems(sound))
    else:
        checks.append(_number_problems(sound))
    # Values of a wrong type were removed: do not report them, or their parent, again as missing.
    reported = {problem.place for problem in problems}
    reported |= {place.rpartition("/")[0] for place in reported}
    for check in checks:
        problems.extend(islice((found for found in check if found.place not in reported), MOST_FOUND))
    return in_order(problems)


def _waiver_problems(document: dict[str, Any]) -> Iterator[Problem]:
    given: dict[tuple[Any, ...], int] = {}
    for index, row in enumerate(document.get("waivers") or ()):
        place = pointer("waivers", index)
        missing = {key: hint for key, hint in _WAIVER_NEEDS.items() if not str(row.get(key) or "").strip()}
        for key, hint in missing.items():
            yield Problem(f"{place}/{key}", "it is missing", hint)
        first = given.setdefault((row.get("rule"), row.get("subject"), str(row.get("granted_on"))), index)
        if first != index and not missing:
            reason = f"the same rule is explained on the same day in {pointer('waivers', first)}"
            yield Problem(place, reason, "leave one of them out")


def _done_problems(document: dict[str, Any]) -> Iterator[Problem]:
    for index, row in enumerate(document.get("steps") or ()):
        done = row.get("done")
        if isinstance(done, dict) and done.get("precision") == "unscheduled":
            hint = "leave `done` out, or give it precision 'unknown' when it was held on a day not known"
            yield Problem(pointer("steps", index, "done"), "what was done is not still to be planned", hint)


def _number_problems(document: dict[str, Any]) -> Iterator[Problem]:
    for name in ("motions", "commitments"):
        numbers: dict[str, int] = {}
        for index, row in enumerate(document.get(name) or ()):
            if not (printed := row.get("number")):
                continue
            first = numbers.setdefault(normal_number(printed), index)
            if first != index:
                reason = f"{shown(printed)} is the same number as that of {pointer(name, first)}"
                hint = "make the two one, and keep what was printed under also_printed_as"
                yield Problem(pointer(name, index, "number"), reason, hint)
