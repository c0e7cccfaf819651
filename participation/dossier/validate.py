"""Validation of a document, before anything of it is stored."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from participation.compliance.dossier_parser import parse_score, refs_of, with_refs
from participation.compliance.facts import OrganisationFacts

from .date_checks import contradiction_problems, order_problems, parse_dates, period_problems
from .errors import Problem, pointer, sort_problems
from .geometry import geometry_problems
from .hints import format_value
from .motion_number import normalize_number
from .names import name_problems
from .parser import version_problem
from .parties import party_problems
from .refs import ref_problems
from .schema import Kind
from .schema_errors import MAX_PROBLEMS, pattern_message, schema_problems

__all__ = ["problems_in", "with_refs"]

_NO_ORGANISATIONS: Final[Mapping[str, OrganisationFacts]] = MappingProxyType({})
#: Keys that a waiver must have, each with the hint for when it is missing.
_REQUIRED_WAIVER_KEYS: Final = {
    "rule": gettext_noop("name the rule that it is about"),
    "reason": gettext_noop("write why the rule is not followed"),
    "by": gettext_noop("write whose decision it is, in a role"),
    "granted_on": gettext_noop("write the day on which it was granted"),
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
    problems, valid_document = schema_problems(dict(document), kind)
    days, date_problems = parse_dates(valid_document, kind)
    checks: list[Iterable[Problem]] = [
        date_problems,
        order_problems(valid_document, days),
        period_problems(valid_document, days),
        name_problems(valid_document),
    ]
    if kind == "dossier":
        checks.append(ref_problems(valid_document, refs_of(valid_document), known_refs))
        checks.append(party_problems(valid_document, known_organisations))
        checks.append(_waiver_problems(valid_document))
        checks.append(contradiction_problems(valid_document, days))
        checks.append(_done_problems(valid_document))
        checks.append(_score_problems(valid_document))
        checks.append(_email_problems(valid_document))
        checks.append(_geometry_problems(valid_document))
    else:
        checks.append(_number_problems(valid_document))
    # Values of a wrong type were removed: do not report them, or their parent, again as missing.
    reported = {problem.location for problem in problems}
    reported |= {location.rpartition("/")[0] for location in reported}
    for check in checks:
        problems.extend(islice((found for found in check if found.location not in reported), MAX_PROBLEMS))
    return sort_problems(problems)


def _waiver_problems(document: dict[str, Any]) -> Iterator[Problem]:
    seen: dict[tuple[Any, ...], int] = {}
    for index, row in enumerate(document.get("waivers") or ()):
        location = pointer("waivers", index)
        missing = {key: hint for key, hint in _REQUIRED_WAIVER_KEYS.items() if not str(row.get(key) or "").strip()}
        for key, hint in missing.items():
            yield Problem(f"{location}/{key}", _("it is missing"), _(hint))
        first = seen.setdefault((row.get("rule"), row.get("subject"), str(row.get("granted_on"))), index)
        if first != index and not missing:
            reason = _("the same rule is explained on the same day in %(place)s")
            yield Problem(location, reason % {"place": pointer("waivers", first)}, _("leave one of them out"))


def _done_problems(document: dict[str, Any]) -> Iterator[Problem]:
    for index, row in enumerate(document.get("steps") or ()):
        done = row.get("done")
        if isinstance(done, dict) and done.get("precision") == "unscheduled":
            hint = _("leave `done` out, or give it precision 'unknown' if it took place on an unknown day")
            yield Problem(pointer("steps", index, "done"), _("what was done is not still to be planned"), hint)


def _score_problems(document: dict[str, Any]) -> Iterator[Problem]:
    for index, row in enumerate(document.get("steps") or ()):
        try:
            parse_score(row.get("score"))
        except ValueError:
            reason = _("%(value)s has more than one decimal") % {"value": format_value(row["score"])}
            yield Problem(pointer("steps", index, "score"), reason, _("round it, e.g. 8.2"))


def _email_problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Yield the problem of an address that the pattern in the schema lets through, but that no mail can reach."""
    email = ((document.get("trajectory") or {}).get("contact") or {}).get("email")
    try:
        if email is not None:
            EmailValidator()(email)
    except ValidationError:
        yield Problem(pointer("trajectory", "contact", "email"), *pattern_message("e-mail address", email))


def _geometry_problems(document: dict[str, Any]) -> Iterator[Problem]:
    geometry = (document.get("trajectory") or {}).get("geometry")
    yield from geometry_problems(geometry, "trajectory", "geometry")


def _number_problems(document: dict[str, Any]) -> Iterator[Problem]:
    for name in ("motions", "commitments", "requests"):
        numbers: dict[str, int] = {}
        for index, row in enumerate(document.get(name) or ()):
            if not (printed := row.get("number")):
                continue
            number = printed.strip() if name == "requests" else normalize_number(printed)
            first = numbers.setdefault(number, index)
            if first != index:
                reason = _("%(value)s is the same number as that of %(place)s")
                hint = (
                    _("make the two one, and keep what was printed under also_printed_as")
                    if name == "motions"
                    else _("make the two one, or correct the number")
                )
                values = {"value": format_value(printed), "place": pointer(name, first)}
                yield Problem(pointer(name, index, "number"), reason % values, hint)
