"""All rows of one trajectory, for its page: every table is read once, however many rows there are."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import F, Q

from participation.models import (
    Contribution,
    Document,
    DocumentShare,
    Motion,
    Neighbourhood,
    Organisation,
    Plan,
    PlanActor,
    Request,
    Scenario,
    Step,
    Trajectory,
    Upload,
)
from participation.selectors.changes.public_texts import public_value
from participation.selectors.changes.row_versions import row_of_version
from participation.selectors.obligations.facts import rows_known_at
from participation.selectors.published_reach import publish_step


class TrajectoryRows(NamedTuple):
    """The rows of a trajectory, each kind in the order in which it was recorded.

    ``shares`` are by the key of their document; ``names`` and ``kinds`` are the names and kinds of organisations by
    slug; ``areas`` the names of the neighbouring areas in the plan, and of those from which people were reached.
    """

    trajectory: Trajectory
    neighbourhoods: list[Neighbourhood]
    plan: Plan | None
    actors: list[PlanActor]
    scenarios: list[Scenario]
    steps: list[Step]
    documents: list[Document]
    shares: Mapping[int, list[DocumentShare]]
    contributions: list[Contribution]
    requests: list[Request]
    motions: list[Motion]
    names: Mapping[str, str]
    kinds: Mapping[str, str]
    areas: Mapping[str, str]

    @property
    def steps_by_ref(self) -> dict[str, Step]:
        """Return the steps by ref."""
        return {step.ref: step for step in self.steps}


#: In place of the contributions: the same without their texts.
CONTRIBUTIONS_WITHOUT_TEXTS = "contributions_without_texts"
_TEXTS = ("theme", "summary", "response", "search_text")
#: What of a trajectory can be read apart; the names of organisations and areas always are.
TABLES = frozenset(
    (
        *("neighbourhoods", "plan", "actors", "scenarios", "steps", "documents", "shares", "contributions"),
        *("requests", "motions"),
    )
)


def trajectory_rows(trajectory: Trajectory, tables: Collection[str] = TABLES) -> TrajectoryRows:
    """Return the rows of the trajectory in these tables, and of the others none; one query per table."""
    return rows_by_trajectory([trajectory], tables)[trajectory.pk]


def rows_by_trajectory(
    trajectories: Collection[Trajectory], tables: Collection[str] = TABLES
) -> dict[int, TrajectoryRows]:
    """Return the rows of each of these trajectories, by its key, as ``trajectory_rows`` does, in as many queries."""
    keys = {trajectory.pk for trajectory in trajectories}

    def read(name: str, rows: Any) -> dict[int, list[Any]]:
        return _grouped(rows) if name in tables else {}

    def own(name: str, model: Any) -> dict[int, list[Any]]:
        return read(name, model.objects.filter(trajectory__in=keys).order_by("pk"))

    plans = own("plan", Plan)
    actors = PlanActor.objects.filter(plan__trajectory__in=keys).select_related("organisation", "plan").order_by("pk")
    documents = Document.objects.filter(trajectory__in=keys).select_related("file").order_by("pk")
    shares = DocumentShare.objects.filter(document__trajectory__in=keys).order_by("pk")
    parties = list(Organisation.objects.values_list("slug", "name", "kind"))
    names = {slug: name for slug, name, _kind in parties}
    kinds = {slug: kind for slug, _name, kind in parties}
    found = {
        "neighbourhoods": read("neighbourhoods", _linked(Neighbourhood, keys)),
        "actors": _grouped(actors, lambda row: row.plan.trajectory_id) if plans and "actors" in tables else {},
        "scenarios": own("scenarios", Scenario),
        "steps": own("steps", Step),
        "documents": read("documents", documents),
        "contributions": _grouped(_contributions(keys, tables)),
        "requests": own("requests", Request),
        "motions": read("motions", _linked(Motion, keys).order_by("number")),
    }
    shares_by_document = _by_document(shares) if "shares" in tables else {}
    areas = {pk: _areas(plans.get(pk, ()), found["steps"].get(pk, ())) for pk in keys}
    every = set().union(*areas.values())
    area_names = dict(Neighbourhood.objects.filter(slug__in=every).values_list("slug", "name")) if every else {}
    return {
        trajectory.pk: TrajectoryRows(
            trajectory,
            plan=next(iter(plans.get(trajectory.pk, ())), None),
            shares=shares_by_document,
            names=names,
            kinds=kinds,
            areas={slug: area_names[slug] for slug in areas[trajectory.pk] if slug in area_names},
            **{name: rows.get(trajectory.pk, []) for name, rows in found.items()},
        )
        for trajectory in trajectories
    }


def _contributions(trajectories: Collection[int], tables: Collection[str]) -> Iterable[Contribution]:
    rows = Contribution.objects.filter(trajectory__in=trajectories).order_by("pk")
    if CONTRIBUTIONS_WITHOUT_TEXTS in tables:
        return rows.defer(*_TEXTS).annotate(has_response=Q(response__gt=""))
    return rows if "contributions" in tables else ()


def is_answered(contribution: Contribution) -> bool:
    """Return whether it has an outcome and a reason for it; also of one without its texts."""
    has_response = vars(contribution).get("has_response")
    return bool(contribution.outcome and (contribution.response if has_response is None else has_response))


def with_texts(contributions: Collection[Contribution]) -> dict[int, Contribution]:
    """Return these contributions with their texts, by primary key; one query, none for those that have them."""
    without = [row.pk for row in contributions if row.get_deferred_fields()]
    return {row.pk: row for row in contributions} | (Contribution.objects.in_bulk(without) if without else {})


def _linked(model: Any, trajectories: Collection[int]) -> Any:
    """Return the rows that are linked to these trajectories, once for each, with its key as ``trajectory_id``."""
    return model.objects.filter(trajectories__in=trajectories).annotate(trajectory_id=F("trajectories"))


def _grouped(rows: Iterable[Any], key: Callable[[Any], int] = attrgetter("trajectory_id")) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _by_document(shares: Iterable[DocumentShare]) -> Mapping[int, list[DocumentShare]]:
    return _grouped(shares, attrgetter("document_id"))


def _areas(plans: Iterable[Plan], steps: Iterable[Step]) -> set[str]:
    areas = {row["slug"] for step in steps for row in step.reach_neighbourhoods if row.get("slug")}
    return areas.union(*(plan.neighbouring_areas for plan in plans))


def title_only_rows(trajectory: Trajectory) -> TrajectoryRows:
    """Return the trajectory with nothing but its title: no items, plan or names."""
    bare = Trajectory(pk=trajectory.pk, slug=trajectory.slug, title=trajectory.title, public=trajectory.public)
    return TrajectoryRows(bare, [], None, [], [], [], [], {}, [], [], [], {}, {}, {})


def trajectory_rows_at(trajectory: Trajectory, known_at: datetime, earlier_texts: bool) -> TrajectoryRows | None:
    """Return all rows as recorded at that moment; None where the trajectory did not exist yet.

    Without ``earlier_texts``, a text that differs from its present version is marked as changed: a name that was
    removed from a text must not be readable there after all. The neighbourhoods and motions of a trajectory have no
    history: those are the present ones, as far as they were recorded by then, and so are names of organisations.
    """
    return rows_at_by_trajectory([trajectory], known_at, earlier_texts).get(trajectory.pk)


def rows_at_by_trajectory(
    trajectories: Collection[Trajectory], known_at: datetime, earlier_texts: bool
) -> dict[int, TrajectoryRows]:
    """Return the rows of each of these trajectories that existed, by its key, as ``trajectory_rows_at`` does.

    In as many queries.
    """
    now = rows_by_trajectory(trajectories)

    def earlier(model: Any, current: Iterable[Any], **filters: Any) -> list[Any]:
        versions = rows_known_at(model, known_at).filter(**filters).order_by("id")
        rows = [row_of_version(version) for version in versions]
        if not earlier_texts:
            known = {row.pk: row for row in current}
            for row in rows:
                _redact_texts(row, known.get(row.pk))
        return rows

    def own(model: Any, name: str) -> list[Any]:
        current = (row for rows in now.values() for row in getattr(rows, name))
        return earlier(model, current, trajectory__in=list(now))

    found = {row.pk: row for row in earlier(Trajectory, trajectories, id__in=list(now))}
    if not found:
        return {}
    steps = own(Step, "steps")
    for step in steps:
        publish_step(step, is_past=True)
    current_plans = [rows.plan for rows in now.values() if rows.plan]
    plans = {plan.pk: plan for plan in earlier(Plan, current_plans, trajectory__in=list(now))}
    documents = own(Document, "documents")
    files = Upload.objects.in_bulk([row.file_id for row in documents if row.file_id])
    for row in documents:
        row.file = files.get(row.file_id)
    any_rows = next(iter(now.values()))
    current_shares = [share for several in any_rows.shares.values() for share in several]
    shares = _by_document(earlier(DocumentShare, current_shares, document__in=[row.pk for row in documents]))
    current_actors = [actor for rows in now.values() for actor in rows.actors]
    actors = earlier(PlanActor, current_actors, plan__in=list(plans))
    organisations = Organisation.objects.in_bulk({row.organisation_id for row in actors})
    for actor in actors:
        actor.organisation = organisations.get(actor.organisation_id)
    present = {row.pk for rows in now.values() for row in rows.motions}
    motions = set(rows_known_at(Motion, known_at).filter(id__in=present).values_list("id", flat=True))
    tables: dict[str, Any] = {
        "steps": _grouped(steps),
        "documents": _grouped(documents),
        "scenarios": _grouped(own(Scenario, "scenarios")),
        "contributions": _grouped(own(Contribution, "contributions")),
        "requests": _grouped(own(Request, "requests")),
        "actors": _grouped(
            (actor for actor in actors if actor.organisation), lambda actor: plans[actor.plan_id].trajectory_id
        ),
    }
    plan_by_trajectory = {plan.trajectory_id: plan for plan in plans.values()}
    return {
        pk: now[pk]._replace(
            trajectory=trajectory,
            plan=plan_by_trajectory.get(pk),
            shares=shares,
            motions=[row for row in now[pk].motions if row.pk in motions],
            **{name: rows.get(pk, []) for name, rows in tables.items()},
        )
        for pk, trajectory in found.items()
    }


def _redact_texts(row: Any, now: Any) -> None:
    """Mark in an earlier version of a row what is not public now; a file that was replaced is left out."""
    for field in row._meta.concrete_fields:
        earlier, current = getattr(row, field.attname), getattr(now, field.attname, None)
        if earlier and earlier != current:
            is_file = field.related_model is Upload
            public = None if is_file else public_value(type(row), field.name, earlier, {field.name: current})
            setattr(row, field.attname, public)
