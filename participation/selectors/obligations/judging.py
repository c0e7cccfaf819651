"""Which rulebook judges a row: in Python for one, in SQL for many."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule
from participation.models import Commitment, Motion, Request, Trajectory

#: The types of owner of an obligation, each with its model, which has a column ``municipality``.
OWNER_MODELS: Final[Mapping[str, Any]] = {
    "trajectory": Trajectory,
    "motion": Motion,
    "commitment": Commitment,
    "request": Request,
}
OWNER_TYPES: Final = tuple(OWNER_MODELS)
#: The municipality of the owner of an obligation; "" where it is not known.
OWNER_MUNICIPALITY: Final = Coalesce(*(F(f"{owner_type}__municipality") for owner_type in OWNER_TYPES), Value(""))


def rulebook_of(owner: Trajectory | Motion | Commitment | Request, rulebooks: Rulebooks) -> Rulebook:
    """Return the rulebook that judges this owner of obligations."""
    return rulebooks.for_municipality(owner.municipality)


def judged_by(rulebook: Rulebook, rulebooks: Rulebooks, owner_types: Collection[str] = OWNER_TYPES) -> Q:
    """Return the condition on obligations that this rulebook judges their owner.

    ``owner_types`` are the types of owner in the table, or those of interest: of waivers that is the trajectory alone.
    """
    if len(rulebooks) == 1:
        return Q()
    columns = [f"{owner_type}__municipality" for owner_type in owner_types]
    if rulebook is rulebooks.first:
        others = sorted(rulebooks.others)
        return Q(*(~Q(**{f"{column}__in": others}) for column in columns))
    return Q(*((column, rulebook.municipality) for column in columns), _connector=Q.OR)


def of_municipality(municipality: str) -> Q:
    """Return the condition on obligations that their owner is of this municipality, given by its slug."""
    columns = (f"{owner_type}__municipality" for owner_type in OWNER_TYPES)
    return Q(*((column, municipality) for column in columns), _connector=Q.OR)


def under_rules(
    rulebooks: Rulebooks,
    is_wanted: Callable[[Rule], bool] = lambda _rule: True,
    owner_types: Collection[str] = OWNER_TYPES,
) -> Q:
    """Return the condition on obligations that their rule is in the rulebook of their owner, and is wanted.

    One id may be another rule in another town. An obligation of a rule that its rulebook lacks is about to be
    withdrawn.
    """
    condition = Q()
    for rulebook in rulebooks:
        rules = [rule.id for rule in rulebook.rules if is_wanted(rule)]
        condition |= judged_by(rulebook, rulebooks, owner_types) & Q(rule__in=rules)
    return condition


def under_trajectory_rules(rulebooks: Rulebooks) -> Q:
    """Return the condition on waivers, or on obligations of trajectories, that their rule is in its rulebook."""
    return under_rules(rulebooks, owner_types=("trajectory",))


def owner_rows(owner_type: str) -> QuerySet[Any]:
    """Return the rows that may have obligations of their own: of requests only those of the register."""
    rows: QuerySet[Any] = OWNER_MODELS[owner_type]._default_manager.all()
    return rows.exclude(number="") if owner_type == "request" else rows


def owners_judged_anew(owner_type: str, before: Mapping[str, str], now: Mapping[str, str]) -> QuerySet[Any]:
    """Return the owners of this type whose rulebook is another than before.

    Both are ``Rulebooks.hashes``; before is empty where nothing was judged yet.
    """
    rows = owner_rows(owner_type)
    others_changed = before.get("") != now[""]
    named = (before.keys() | now.keys()) - {""}
    changed = {name for name in named if before.get(name, before.get("")) != now.get(name, now[""])}
    if others_changed:
        return rows.exclude(municipality__in=sorted(named - changed))
    return rows.filter(municipality__in=sorted(changed))
