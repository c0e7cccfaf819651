"""The priority of flagged obligations in SQL: the same as ``priority_of``, so that what comes first is read alone."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import (
    Case,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Collate

from participation.compliance.obligations import DUE_SOON_DAYS, FLAGGED
from participation.compliance.priority import FACTS_OF_OWNER, GROUPS, OLD_AFTER_DAYS, end_of_week
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import STATUTORY_STRENGTHS, STRENGTHS
from participation.models import Transition

from .judging import under_rules
from .status_expressions import status_of_flagged_on

#: The columns by which the obligations of a subgroup are in order; of what is equal in these, their title decides.
ORDER: Final = ("is_planned", "strength", "day")
#: The columns by which the obligations of one owner that are equal in those are in order.
ORDER_IN_OWNER: Final = ("by_rule", "by_subject")
#: The columns that are equal for obligations of a subgroup that wait for the same missing fact.
CAUSE: Final = ("trajectory_id", "motion_id", "commitment_id", "fact", "fact_subject")


def subgroup(group: str, is_old: bool) -> int:
    """Return the number of a group without what is old, or of what is old in it; they are in reading order."""
    return 2 * GROUPS.index(group) + is_old


def with_novelty(flagged: QuerySet[Any], today: date, since: datetime) -> QuerySet[Any]:
    """Return these obligations with ``status``, and ``is_new``: whether the log has it since then, and another before.

    All must be flagged on that day.
    """
    log = Transition.objects.order_by()
    earlier = log.filter(noticed_at__lte=since)
    last_earlier = earlier.filter(~Exists(earlier.filter(obligation=OuterRef("obligation"), pk__gt=OuterRef("pk"))))
    unchanged = last_earlier.filter(obligation=OuterRef("obligation"), to_status=OuterRef("to_status"))
    later = log.filter(obligation=OuterRef("obligation"), pk__gt=OuterRef("pk"))
    # One condition that compares columns for equality: of it PostgreSQL makes a set, of what was logged since.
    noticed = log.filter(~Exists(later), ~Exists(unchanged), noticed_at__gt=since, to_status__in=FLAGGED)
    rows: QuerySet[Any] = flagged.annotate(status=status_of_flagged_on(today)).annotate(
        is_new=Exists(noticed.filter(obligation=OuterRef("pk"), to_status=OuterRef("status")))
    )
    return rows


def with_priority(flagged: QuerySet[Any], rulebooks: Rulebooks, today: date) -> QuerySet[Any]:
    """Return the obligations of ``with_novelty`` with ``subgroup``, and the columns by which they are in order."""
    planned_in_time = {"planned_on__range": (today, F("due_on")), "first_due_on__gte": today}
    rows = flagged.alias(planned_on=Coalesce("met_on", "expected_on"), first_due_on=Coalesce("strict_due_on", "due_on"))
    ranked: QuerySet[Any] = rows.annotate(
        subgroup=_subgroup_on(rulebooks, today),
        is_planned=Case(When(**planned_in_time, then=Value(1)), default=Value(0)),
        strength=_strength_in(rulebooks),
        day=Coalesce("due_on", Value(date.max)),
        by_rule=_as_in_python("rule"),
        by_subject=_as_in_python("subject"),
        # As text: what is in JSON would be compared as JSON.
        fact=ExpressionWrapper(KeyTextTransform("0", "missing"), output_field=TextField()),
    ).annotate(fact_subject=Case(When(fact__in=FACTS_OF_OWNER, then=Value("")), default=F("subject")))
    return ranked


def with_title(obligations: QuerySet[Any]) -> QuerySet[Any]:
    """Return these obligations with ``by_title``, the title of their owner."""
    title = Coalesce("trajectory__title", "motion__title", "commitment__text", Value(""), output_field=TextField())
    rows: QuerySet[Any] = obligations.annotate(by_title=_as_in_python(title))
    return rows


def _strength_in(rulebooks: Rulebooks) -> Case:
    """Return the expression for the index of the strength of the rule in ``STRENGTHS``."""

    def has_strength(strength: str) -> Q:
        return under_rules(rulebooks, lambda rule: rule.strength == strength)

    indexes = (When(has_strength(strength), then=Value(index)) for index, strength in enumerate(STRENGTHS))
    return Case(*indexes, default=Value(len(STRENGTHS)), output_field=IntegerField())


def _subgroup_on(rulebooks: Rulebooks, today: date) -> Case:
    statutory = under_rules(rulebooks, lambda rule: rule.strength in STATUTORY_STRENGTHS)
    is_old = Q(due_on__lt=today - timedelta(days=OLD_AFTER_DAYS))
    unless_new = (
        (statutory & is_old, "statutory", True),
        (statutory, "statutory", False),
        (Q(due_on=today), "today", False),
        (Q(due_on__isnull=True), "unknown", False),
        (is_old, "late", True),
        (Q(due_on__lt=today) | Q(strict_due_on__lt=today), "late", False),
        (Q(due_on__lte=end_of_week(today)), "week", False),
        (Q(due_on__lte=today + timedelta(days=DUE_SOON_DAYS)), "soon", False),
    )
    if_new = ((statutory, "statutory", False), (Q(due_on=today), "today", False))
    # Whether it is new is looked up in the log, so it stands here once.
    return Case(When(is_new=True, then=_first_of(if_new, "new")), default=_first_of(unless_new, "planned"))


def _first_of(conditions: Any, otherwise: str) -> Case:
    return Case(
        *(When(condition, then=Value(subgroup(group, is_old))) for condition, group, is_old in conditions),
        default=Value(subgroup(otherwise, False)),
        output_field=IntegerField(),
    )


def _as_in_python(text: Any) -> Collate:
    """Return a text that is in order of its characters, as in Python: each database has another order of its own."""
    return Collate(text, "C" if connection.vendor == "postgresql" else "BINARY")
