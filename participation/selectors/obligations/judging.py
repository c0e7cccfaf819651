"""Which rulebook judges a row: in Python for one, in SQL for many."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule
from participation.models import Commitment, Motion, Trajectory

#: The types of owner that have a municipality. The first rulebook judges the others.
OWNERS_WITH_MUNICIPALITY: Final = ("trajectory",)
#: The municipality of the owner of an obligation; "" where it is not known.
OWNER_MUNICIPALITY: Final = Coalesce(
    *(F(f"{owner_type}__municipality") for owner_type in OWNERS_WITH_MUNICIPALITY), Value("")
)
_OWNER_MODELS: Final[Mapping[str, Any]] = {"trajectory": Trajectory, "motion": Motion, "commitment": Commitment}


def rulebook_of(owner: Model, rulebooks: Rulebooks) -> Rulebook:
    """Return the rulebook that judges this trajectory, motion or commitment."""
    has_municipality = owner._meta.model_name in OWNERS_WITH_MUNICIPALITY
    return rulebooks.for_municipality(getattr(owner, "municipality", "") if has_municipality else "")


def judged_by(rulebook: Rulebook, rulebooks: Rulebooks, owner_types: Collection[str] = OWNERS_WITH_MUNICIPALITY) -> Q:
    """Return the condition on obligations that this rulebook judges their owner.

    ``owner_types`` are the types of owner in the table, or those of interest: of waivers that is the trajectory alone.
    """
    if len(rulebooks) == 1:
        return Q()
    columns = [f"{owner_type}__municipality" for owner_type in owner_types if owner_type in OWNERS_WITH_MUNICIPALITY]
    if rulebook is rulebooks.first:
        others = sorted(rulebooks.others)
        return Q(*(~Q(**{f"{column}__in": others}) for column in columns))
    own = Q(*((column, rulebook.municipality) for column in columns), _connector=Q.OR)
    return own if columns else Q(pk__in=[])


def of_municipality(municipality: str) -> Q:
    """Return the condition on obligations that their owner is of this municipality, given by its slug."""
    columns = (f"{owner_type}__municipality" for owner_type in OWNERS_WITH_MUNICIPALITY)
    return Q(*((column, municipality) for column in columns), _connector=Q.OR)


def under_rules(
    rulebooks: Rulebooks,
    is_wanted: Callable[[Rule], bool] = lambda _rule: True,
    owner_types: Collection[str] = OWNERS_WITH_MUNICIPALITY,
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


def waivers_under_rules(rulebooks: Rulebooks) -> Q:
    """Return the condition on waivers that their rule is in the rulebook of their trajectory."""
    return under_rules(rulebooks, owner_types=("trajectory",))


def owners_judged_anew(owner_type: str, before: Mapping[str, str], now: Mapping[str, str]) -> QuerySet[Any]:
    """Return the trajectories (motions, commitments) whose rulebook is another than before.

    Both are ``Rulebooks.hashes``; before is empty where nothing was judged yet.
    """
    rows: QuerySet[Any] = _OWNER_MODELS[owner_type]._default_manager.all()
    others_changed = before.get("") != now[""]
    if owner_type not in OWNERS_WITH_MUNICIPALITY:
        return rows if others_changed else rows.none()
    named = (before.keys() | now.keys()) - {""}
    changed = {name for name in named if before.get(name, before.get("")) != now.get(name, now[""])}
    if others_changed:
        return rows.exclude(municipality__in=sorted(named - changed))
    return rows.filter(municipality__in=sorted(changed))
