"""Requests of the register as visitors see them: their state, what is due, and the terms of what can be handed in."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When

from participation.compliance.calendar import Term
from participation.compliance.obligations import DUE_SOON_DAYS, SETTLED
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.rules import Rule
from participation.models import Neighbourhood, Obligation, Organisation, Request, Submission, Trajectory
from participation.models.requests import RequestQuerySet
from participation.models.submissions import SUBMISSION_KINDS
from participation.selectors.obligations.judging import rulebook_of, under_rules
from participation.selectors.obligations.status_expressions import with_status
from participation.selectors.register import in_neighbourhood
from participation.selectors.trajectories.date_queries import occurred_by

#: The states that everybody can see, then those of what is not public.
PUBLIC_STATES = ("received", "acknowledged", "answered", "granted", "declined")
STATES = (*PUBLIC_STATES, "awaiting", "withheld")


class RequestTermDue(NamedTuple):
    """What is due first for a request: the rule, the day and the status."""

    rule: Rule
    due_on: date | None
    status: str


class InitiativeLine(NamedTuple):
    """A request in the list, with its state, what is due first, and the names of its neighbourhoods."""

    row: Request
    state: str
    due: RequestTermDue | None
    neighbourhoods: list[str]


class OfferedTerm(NamedTuple):
    """A term for what can be handed in: the kinds that it is about, and the rule that sets it."""

    kinds: Sequence[str]
    rule: Rule
    term: Term


def initiatives(user: Any, today: date) -> QuerySet[Request]:
    """Return the requests of the register that this user may see, each with its ``state`` on that day, newest first."""
    newest = F("received_on__latest").desc(nulls_last=True)
    return with_state(today).visible_to(user).order_by(newest, "-pk")


def with_state(today: date) -> RequestQuerySet:
    """Return all requests of the register with their trajectory, each with its ``state`` on that day."""
    return Request.objects.in_register().select_related("trajectory").annotate(state=_state(today))


def initiatives_near(neighbourhood: Neighbourhood, today: date) -> QuerySet[Request]:
    """Return the public requests about this neighbourhood that await an answer, newest first."""
    rows = in_neighbourhood(initiatives(None, today), neighbourhood.slug)
    return rows.filter(state__in=("received", "acknowledged"))


def awaiting_moderation() -> QuerySet[Request]:
    """Return the requests that await moderation, the oldest first."""
    return Request.objects.filter(moderation="awaiting").order_by("received_on__latest", "pk")


def initiatives_to_do(
    rulebooks: Rulebooks, today: date, municipality: str = ""
) -> list[tuple[Any, RequestTermDue | None]]:
    """Return the requests without a trajectory that await moderation, or have something due within fourteen days.

    Each with what is due first, in that order; two queries.
    """
    soon = Obligation.objects.open().filter(
        Q(met_on__isnull=True) | Q(met_on__gt=today),
        request=OuterRef("pk"),
        due_on__lte=today + timedelta(days=DUE_SOON_DAYS),
    )
    rows = with_state(today).filter(Q(moderation="awaiting") | Q(Exists(soon)), trajectory__isnull=True)
    found = list(rows.filter(municipality=municipality) if municipality else rows)
    due = due_first(found, rulebooks, today)

    def sort_key(row: Any) -> tuple[date, int]:
        first = due.get(row.pk)
        return (first.due_on if first and first.due_on else date.max, row.pk)

    return [(row, due.get(row.pk)) for row in sorted(found, key=sort_key)]


def _state(today: date) -> Case:
    answered = occurred_by("answered_on", today) | (Q(answered_on__isnull=True) & ~Q(answer=""))
    return Case(
        *(When(moderation=state, then=Value(state)) for state in ("awaiting", "withheld")),
        *(When(answered & Q(outcome=outcome), then=Value(outcome)) for outcome in ("granted", "declined")),
        When(answered, then=Value("answered")),
        When(occurred_by("acknowledged_on", today), then=Value("acknowledged")),
        default=Value("received"),
        output_field=CharField(),
    )


def initiative_lines(page: Collection[Any], rulebooks: Rulebooks, today: date) -> list[InitiativeLine]:
    """Return the list lines of these requests, which must have ``state``; two queries, however many there are."""
    rows = list(page)
    due = due_first(rows, rulebooks, today)
    slugs = {slug for row in rows for slug in row.neighbourhoods}
    names = dict(Neighbourhood.objects.filter(slug__in=slugs).values_list("slug", "name")) if slugs else {}
    return [
        InitiativeLine(row, row.state, due.get(row.pk), [names.get(slug, slug) for slug in row.neighbourhoods])
        for row in rows
    ]


def due_first(rows: Collection[Request], rulebooks: Rulebooks, today: date) -> dict[int, RequestTermDue]:
    """Return what is due first for each of these requests, where something is; one query."""
    if not rows:
        return {}
    linked = {(row.trajectory_id, row.ref): row for row in rows if row.trajectory_id}
    alone = {row.pk: row for row in rows if not row.trajectory_id}
    owners = Q(request__in=list(alone))
    if linked:
        owners |= Q(
            trajectory__in={trajectory for trajectory, _ref in linked}, subject__in={ref for _key, ref in linked}
        )
    obligations = Obligation.objects.open().filter(owners, under_rules(rulebooks))
    columns = ("request_id", "trajectory_id", "subject", "rule", "due_on", "status")
    found: dict[int, RequestTermDue] = {}
    unmet = with_status(obligations, today).exclude(status__in=SETTLED)
    for request, trajectory, subject, rule, due_on, status in unmet.order_by(
        F("due_on").asc(nulls_last=True), "rule"
    ).values_list(*columns):
        row = alone.get(request or 0) or linked.get((trajectory, subject))
        known = _rulebook(row, rulebooks).by_id.get(rule) if row else None
        if row and known:
            found.setdefault(row.pk, RequestTermDue(known, due_on, status))
    return found


def _rulebook(row: Request, rulebooks: Rulebooks) -> Rulebook:
    return rulebook_of(row.trajectory or row, rulebooks)


def submission_by_token(token: str) -> Submission | None:
    """Return the submission with this token, or None: what was deleted has none."""
    return Submission.objects.select_related("request", "neighbourhood").filter(token=token).first()


def offered_terms(rulebook: Rulebook, today: date) -> Iterator[OfferedTerm]:
    """Yield the terms within which what a visitor hands in today is acknowledged or answered, the shortest first."""
    found = []
    for rule in rulebook.rules:
        version = next((version for version in rule.versions if version.is_in_force(today)), None)
        if version is None or rule.check != "request_answered" or not rule.is_about("request"):
            continue
        kinds = [kind for kind in SUBMISSION_KINDS if kind in version.parameters["kinds"]]
        if kinds:
            found.append(OfferedTerm(kinds, rule, version.parameters["term"]))
    yield from sorted(found, key=lambda term: (SUBMISSION_KINDS.index(term.kinds[0]), str(term.rule.id)))


def only_municipality() -> str:
    """Return the slug of the municipality for which the installation works; "" where there are several, or none yet."""
    slugs: set[str] = set()
    for model in (Neighbourhood, Trajectory):
        named = model._default_manager.filter(municipality__gt="").order_by()
        slugs |= set(named.values_list("municipality", flat=True).distinct()[:2])
    if not slugs:
        slugs = set(Organisation.objects.filter(kind="municipality").order_by().values_list("slug", flat=True)[:2])
    return slugs.pop() if len(slugs) == 1 else ""


def is_municipality_chosen_by_neighbourhood() -> bool:
    """Return whether the neighbourhood tells which of several municipalities has to answer."""
    return not only_municipality() and Neighbourhood.objects.filter(municipality__gt="").exists()


def linkable_trajectories(user: Any, municipality: str) -> QuerySet[Trajectory]:
    """Return the public trajectories to which this user may tie a request of this municipality.

    Public ones only: what everybody could read must not disappear.
    """
    rows = Trajectory.objects.editable_by(user).filter(public=True)
    return (rows.filter(municipality__in=("", municipality)) if municipality else rows).order_by("title")
