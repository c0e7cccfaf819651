"""What the council controls: findings per trajectory and basic condition, and what comes to the council."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Case, CharField, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from participation.compliance.dates import ImpreciseDate
from participation.compliance.rulebooks import Rulebooks
from participation.compliance.vocabulary import STRENGTHS
from participation.models import CounterSignal, Obligation, Organisation, Step, Trajectory
from participation.selectors.obligations.judging import under_rules
from participation.selectors.obligations.status_expressions import with_status
from participation.selectors.obligations.statuses import Verdict, obligations_of
from participation.selectors.statistics.city import Counts
from participation.selectors.trajectories.list_query import steps_with_days

#: What the council reads of an obligation, the most urgent first.
FINDINGS: Final = ("late", "contradicted", "explained", "unknown", "met")
#: The statuses that a finding counts; "contradicted" is a counter-signal, whatever the status. What is perhaps overdue
#: is not known: its due date is imprecise.
_STATUSES: Mapping[str, tuple[str, ...]] = {
    "late": ("overdue",),
    "explained": ("explained",),
    "unknown": ("unknown", "possibly_overdue"),
    "met": ("met", "met_late"),
}
_FINDING_BY_STATUS = {status: finding for finding, statuses in _STATUSES.items() for status in statuses}
#: Where a rule comes from: what binds the municipality, law first, apart from what others advise or wish.
BINDING: Final = ("law", "ordinance", "policy", "motion", "commitment")
ADVISORY: Final = tuple(strength for strength in STRENGTHS if strength not in BINDING)
#: Steps in which a body of the council decides or is informed.
COUNCIL_STEPS: Final = ("decision", "briefing")
COUNCIL_BODIES: Final = ("council", "committee")
#: How far ahead the council looks, and the maximum number of steps that are listed.
COMING_WEEKS, MAX_COMING_STEPS = 6, 50

#: By trajectory and basic condition: how many obligations have each finding.
Findings = dict[int, dict[str, Counter[str]]]


def findings_of(status: str, is_contradicted: bool) -> list[str]:
    """Return the findings of an obligation; a contradiction counts beside the finding of its status."""
    found = [_FINDING_BY_STATUS[status]] if status in _FINDING_BY_STATUS else []
    return [*found, "contradicted"] if is_contradicted else found


def findings_by_basic(
    trajectories: Collection[int], rulebooks: Rulebooks, today: date, strengths: Collection[str]
) -> Findings:
    """Return the findings of these trajectories under rules of these strengths; one query."""
    wanted = under_rules(rulebooks, lambda rule: rule.strength in strengths, ("trajectory",))
    rows = with_status(Obligation.objects.open().filter(wanted, trajectory__in=list(trajectories)), today).order_by()
    identity = {name: OuterRef(name) for name in ("trajectory", "rule", "subject")}
    rows = rows.annotate(is_contradicted=Exists(CounterSignal.objects.filter(on__lte=today, **identity)))
    found: Findings = {}
    for trajectory, municipality, rule, status, is_contradicted in rows.values_list(
        "trajectory_id", "trajectory__municipality", "rule", "status", "is_contradicted"
    ):
        basic = rulebooks.for_municipality(municipality).by_id[rule].basic
        findings = findings_of(status, is_contradicted)
        found.setdefault(trajectory, {}).setdefault(basic, Counter()).update(findings)
    return found


def obligations_with_finding(
    trajectory: Trajectory,
    rulebooks: Rulebooks,
    today: date,
    strengths: Collection[str],
    basic: str = "",
    finding: str = "",
) -> list[Verdict]:
    """Return the obligations that ``findings_by_basic`` counts, of one basic condition and finding where given."""
    signals = CounterSignal.objects.filter(trajectory=trajectory, on__lte=today).order_by()
    contradicted = set(signals.values_list("rule", "subject"))
    rows = obligations_of("trajectory", {trajectory.pk: trajectory.slug}, rulebooks, today)[trajectory.pk]
    found = []
    for row in rows:
        findings = findings_of(row.status, row.obligation.identity in contradicted)
        is_wanted = row.rule.strength in strengths and basic in ("", row.rule.basic)
        if is_wanted and findings and (not finding or finding in findings):
            found.append(row)
    return found


def total_overdue(counts: Counts, rulebooks: Rulebooks, strengths: Collection[str]) -> int:
    """Return how many of the counted obligations are overdue under rules of these strengths."""
    return sum(
        statuses["overdue"]
        for key, statuses in counts.items()
        if rulebooks.for_municipality(key.municipality).by_id[key.rule].strength in strengths
    )


class CouncilChoices(NamedTuple):
    """What trajectories can be chosen by: municipalities by slug, where there are several, and portfolios, by name."""

    municipalities: dict[str, str]
    portfolios: list[str]


def council_choices(trajectories: QuerySet[Trajectory]) -> CouncilChoices:
    """Return the municipalities and portfolios of these trajectories; one query."""
    name = Organisation.objects.filter(kind="municipality", slug=OuterRef("municipality")).values("name")[:1]
    rows = trajectories.order_by().annotate(municipality_name=Subquery(name))
    found = set(rows.values_list("municipality", "municipality_name", "portfolio").distinct())
    names = {slug: municipality or slug for slug, municipality, _portfolio in found if slug}
    ordered = dict(sorted(names.items(), key=lambda row: (row[1].casefold(), row[0])))
    portfolios = {portfolio for *_municipality, portfolio in found if portfolio}
    return CouncilChoices(
        ordered if len(ordered) > 1 else {}, sorted(portfolios, key=lambda text: (text.casefold(), text))
    )


class ComingStep(NamedTuple):
    """A decision or briefing that comes to the council; ``body`` is who meets, a slug or a kind; "" if not recorded.

    ``body_name`` is None where no organisation has that slug.
    """

    slug: str
    title: str
    ref: str
    kind: str
    step_title: str
    planned: ImpreciseDate
    body: str
    body_name: str | None


class Meeting(NamedTuple):
    """The steps of one day and body."""

    when: ImpreciseDate
    body: str
    steps: list[ComingStep]

    @property
    def day(self) -> date | None:
        """Return the day of the meeting; None where it is not known precisely."""
        return self.when.latest if self.when.earliest == self.when.latest else None


def council_steps(trajectories: QuerySet[Trajectory], first: date, last: date) -> QuerySet[Any]:
    """Return the decisions and briefings of the council from the first day to the last, by day and body.

    A step with a body that is neither council nor committee is left out; one without a body is not. Each has who
    ``meets``: its body, and of "council" the one organisation that is that in its municipality.
    """
    bodies = Organisation.objects.filter(kind__in=COUNCIL_BODIES).values("slug")
    of_council = Q(kind="briefing") | Q(body="") | Q(body__in=COUNCIL_BODIES) | Q(body__in=bodies)
    steps = steps_with_days().filter(
        of_council,
        kind__in=COUNCIL_STEPS,
        cancelled=False,
        last_day__gte=first,
        last_day__lte=last,
        trajectory__in=trajectories.order_by().values("pk"),
    )
    meets = Coalesce(_only_council(), F("body"), output_field=CharField())
    found: QuerySet[Any] = steps.annotate(meets=meets).order_by("last_day", "meets", "trajectory__title", "pk")
    return found


def _only_council() -> Case:
    """Return the slug of the council of a step with the body "council"; NULL where there is none, or several."""
    of_town = Q(municipality="") | Q(municipality=OuterRef("trajectory__municipality"))
    councils = Organisation.objects.filter(of_town, kind="council").order_by().values("kind")
    only = councils.annotate(first=Min("slug"), last=Max("slug")).filter(first=F("last"))
    return Case(When(body="council", then=Subquery(only.values("first"))))


def meeting_steps(trajectories: QuerySet[Trajectory], day: date, body: str = "") -> QuerySet[Any]:
    """Return the decisions and briefings of the council on this day, of a body where given, with their trajectories.

    Each has its ``body_name``, None where no organisation has that slug. A step in some month has no meeting yet.
    """
    steps = (
        council_steps(trajectories, day, day)
        .filter(first_day=day)
        .select_related("trajectory")
        .annotate(body_name=_body_name())
    )
    found: QuerySet[Any] = steps.filter(Q(meets=body) | Q(body=body)) if body else steps
    return found


def _body_name() -> Subquery:
    return Subquery(Organisation.objects.filter(slug=OuterRef("meets")).values("name")[:1])


def first_recorded(trajectories: Collection[int]) -> dict[int, datetime]:
    """Return when each of these trajectories was first recorded, by its key; one query."""
    versions = Trajectory.history.filter(id__in=list(trajectories)).order_by().values("id")
    return dict(versions.annotate(first=Min("history_date")).values_list("id", "first"))


def coming_meetings(trajectories: QuerySet[Trajectory], today: date) -> list[Meeting]:
    """Return what comes to the council in the coming weeks, by day and body; one query."""
    steps = council_steps(trajectories, today, today + timedelta(weeks=COMING_WEEKS)).filter(done__isnull=True)
    steps = steps.annotate(body_name=_body_name())
    columns = ("trajectory__slug", "trajectory__title", "ref", "kind", "title", "planned", "meets", "body_name")
    found: list[Meeting] = []
    for values in steps.values_list(*columns)[:MAX_COMING_STEPS]:
        step = ComingStep(*values)
        if not found or (found[-1].when, found[-1].body) != (step.planned, step.body):
            found.append(Meeting(step.planned, step.body, []))
        found[-1].steps.append(step)
    return found


def next_council_step(steps: Iterable[Step], day: date, kinds: Mapping[str, str]) -> Step | None:
    """Return the first decision or briefing for the council from that day on; None where none is planned.

    ``kinds`` are the kinds of organisations by slug.
    """
    found = [
        (when.sort_key, step.ref, step)
        for step in steps
        if step.kind in COUNCIL_STEPS
        and not step.cancelled
        and (when := step.done or step.planned)
        and (when.latest or date.min) >= day
        and (step.kind == "briefing" or not step.body or kinds.get(step.body, step.body) in COUNCIL_BODIES)
    ]
    return min(found, key=lambda row: row[:2])[2] if found else None
