"""Motions, commitments and requests of the register with their state, as a list and one by one."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Length

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.dossier.motion_number import normalize_number
from participation.models import Commitment, Motion, Obligation, Request
from participation.models.requests import visible_requests
from participation.selectors.obligations.facts import rows_known_at
from participation.selectors.obligations.judging import under_rules
from participation.selectors.obligations.status_expressions import overdue_on
from participation.selectors.obligations.statuses import overdue_counts
from participation.selectors.trajectories.date_queries import occurred_by

#: The states of a motion. The executive (college) can only propose to settle it: "proposed" is not settled.
MOTION_STATES = ("open", "proposed", "settled", "not_adopted")
COMMITMENT_STATES = ("open", "kept")
REQUEST_STATES = ("open", "answered")


class RegisterLine(NamedTuple):
    """A motion or commitment in the list; ``closed_on`` is when the council settled it, or when it was kept."""

    number: str
    title: str
    state: str
    owner: str
    began_on: ImpreciseDate | None
    due_on: ImpreciseDate | None
    proposed_on: ImpreciseDate | None
    closed_on: ImpreciseDate | None
    overdue: int


def motions(today: date) -> QuerySet[Motion]:
    """Return the motions, each with its ``state`` on that day; the open ones first, then the newest."""
    newest = F("adopted_on__latest").desc(nulls_last=True)
    return Motion.objects.annotate(state=_motion_state(today)).order_by(_state_order(MOTION_STATES), newest, "number")


def commitments(today: date) -> QuerySet[Commitment]:
    """Return the commitments, each with its ``state`` on that day; the open ones first, then in numerical order."""
    rows = Commitment.objects.annotate(state=_commitment_state(today))
    return rows.order_by(_state_order(COMMITMENT_STATES), Length("number"), "number")


def motions_adopted_by(on: date) -> QuerySet[Motion]:
    """Return the motions that were adopted by that day, or on no recorded day, with their ``state`` on it."""
    return motions(on).filter(Q(adopted_on__isnull=True) | occurred_by("adopted_on", on))


def commitments_made_by(on: date) -> QuerySet[Commitment]:
    """Return the commitments that were made by that day, or on no recorded day, with their ``state`` on it."""
    return commitments(on).filter(Q(made_on__isnull=True) | occurred_by("made_on", on))


def rows_with_state(owner_type: str, today: date, known_at: datetime | None = None) -> QuerySet[Any]:
    """Return the motions, commitments or requests of the register, each with its ``state`` on that day, by number.

    They are rows as they are, or as they were recorded at that moment, identified by their ``id``. What was removed
    since is not among them. Not everyone may see every request: see ``requests_visible_to``.
    """
    model, state = _STATES[owner_type]
    rows: QuerySet[Any] = rows_known_at(model, known_at).exclude(number="").annotate(state=state(today))
    if known_at is not None:
        rows = rows.filter(id__in=model._default_manager.order_by().values("id"))
    return rows.order_by("number")


def requests_visible_to(user: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return these requests, or versions of them, as far as this user may see them.

    A version is shown to who might see it then and may see the request now.
    """
    now = Request.objects.visible_to(user).order_by().values("pk")
    visible: QuerySet[Any] = rows.filter(visible_requests(user), id__in=now)
    return visible


def in_neighbourhood(rows: QuerySet[Any], slug: str) -> QuerySet[Any]:
    """Return the requests that are about this neighbourhood."""
    # Not every database can look into a list.
    named: QuerySet[Any] = rows.alias(neighbourhoods_text=Cast("neighbourhoods", TextField()))
    return named.filter(neighbourhoods_text__contains=f'"{slug}"')


def key_by_number(rows: QuerySet[Any], owner_type: str, printed: str) -> int | None:
    """Return the key of the row of the register with this number, in any printed form; None where there is none."""
    if owner_type != "motion":
        found: int | None = rows.filter(number=printed.strip()).values_list("id", flat=True).first()
        return found
    number = normalize_number(printed)
    found = rows.filter(number=number).values_list("id", flat=True).first()
    if found is None:
        found = rows.filter(printed_as=printed.strip()).values_list("id", flat=True).first()
    if found is None:
        others = rows.exclude(also_printed_as=[]).values_list("id", "also_printed_as")
        found = next((pk for pk, names in others if number in map(normalize_number, names)), None)
    return found


def _motion_state(today: date) -> Case:
    adopted = Q(outcome="adopted") | Q(outcome="", adopted_on__isnull=False)
    return Case(
        When(~adopted, then=Value("not_adopted")),
        When(occurred_by("settled_on", today), then=Value("settled")),
        When(occurred_by("settled_proposed_on", today), then=Value("proposed")),
        default=Value("open"),
        output_field=CharField(),
    )


def _commitment_state(today: date) -> Case:
    return Case(
        When(occurred_by("fulfilled_on", today), then=Value("kept")), default=Value("open"), output_field=CharField()
    )


def _request_state(today: date) -> Case:
    answered = occurred_by("answered_on", today) | (Q(answered_on__isnull=True) & ~Q(answer=""))
    return Case(When(answered, then=Value("answered")), default=Value("open"), output_field=CharField())


_STATES: Mapping[str, tuple[Any, Callable[[date], Case]]] = {
    "motion": (Motion, _motion_state),
    "commitment": (Commitment, _commitment_state),
    "request": (Request, _request_state),
}


def _state_order(states: Collection[str]) -> Case:
    return Case(*(When(state=state, then=Value(position)) for position, state in enumerate(states)))


def has_overdue(owner_type: str, rulebooks: Rulebooks, today: date) -> Exists:
    """Return the condition that a motion or commitment has an obligation that is overdue on that day."""
    rules = under_rules(rulebooks, owner_types=(owner_type,))
    late = Obligation.objects.open().filter(overdue_on(today), rules, **{owner_type: OuterRef("pk")})
    return Exists(late)


def owner_names(model: type[Motion] | type[Commitment]) -> list[str]:
    """Return the distinct owners of motions or commitments, by name."""
    return list(model._default_manager.exclude(owner="").order_by("owner").values_list("owner", flat=True).distinct())


def register_lines(page: Collection[Any], rulebooks: Rulebooks, today: date) -> list[RegisterLine]:
    """Return the list lines of these motions or commitments, which must have ``state``; one query."""
    rows = list(page)
    owner_type = "motion" if rows and isinstance(rows[0], Motion) else "commitment"
    late = overdue_counts(owner_type, [row.pk for row in rows], rulebooks, today) if rows else {}
    return [_register_line(row, late.get(row.pk, 0)) for row in rows]


def _register_line(row: Any, overdue: int) -> RegisterLine:
    if isinstance(row, Motion):
        days = row.adopted_on, row.due_on, row.settled_proposed_on, row.settled_on
        return RegisterLine(row.number, row.title, row.state, row.owner, *days, overdue)  # type: ignore[attr-defined]
    days = row.made_on, row.due_on, None, row.fulfilled_on
    return RegisterLine(row.number, row.text, row.state, row.owner, *days, overdue)
