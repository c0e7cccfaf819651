"""The decision chain as linked data: contribution, weighing, decision, motion or commitment, and execution.

Each has one address: that of its record in the API, which answers with its nodes where JSON-LD is asked for
(``nodes_of_trajectory`` and those after it). What leads to what is read from what was recorded, and written in
both directions: ``leadsTo`` and ``follows``. Nothing is inferred from dates or from titles. Where the chain stops,
there is a row of loose ends.
"""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from participation.compliance.dates import ImpreciseDate
from participation.models import (
    Commitment,
    CommitmentFulfilment,
    Contribution,
    Document,
    Motion,
    ProgressReport,
    Step,
    Trajectory,
)
from participation.presentation.mail import link
from participation.presentation.trajectory_pages import path_of_fragment

#: Trajectories read per chunk.
CHUNK_SIZE: Final = 500
#: The characters that may stand in a path as they are, as in ``django.urls.reverse``.
_SAFE: Final = "/~:@!$&'()*+,;="
_MAX_NAME_LENGTH: Final = 120
_TRAJECTORY_COLUMNS: Final = ("pk", "slug", "title", "retrospective", "started_on")
#: The columns of a step with refs. They are read as text: most steps lead to no decision.
_REFS: Final = ("about", "uses", "documents")

_TYPES: Final[Mapping[str, list[str]]] = {
    "trajectory": ["prov:Activity", "schema:Project"],
    "contribution": ["prov:Entity", "schema:Comment"],
    "weighing": ["prov:Activity", "schema:AssessAction"],
    "weighing_document": ["prov:Entity", "schema:DigitalDocument"],
    "decision": ["prov:Activity", "schema:ChooseAction"],
    "motion": ["prov:Entity", "opengov:Motion"],
    "commitment": ["prov:Entity", "prov:Plan"],
    "report": ["prov:Entity", "schema:Report"],
    "fulfilment": ["prov:Activity", "schema:Action"],
}

Node = dict[str, Any]


class ChainPart(NamedTuple):
    """Nodes of the chain, and the values of the rows of loose ends among them."""

    nodes: list[Node]
    loose_ends: list[list[Any]]


class _Item(NamedTuple):
    """An item of a trajectory: its ref, and its values by column."""

    ref: str
    values: Mapping[str, Any]


class _Owner(NamedTuple):
    """A trajectory with its items."""

    slug: str
    title: str
    retrospective: bool
    started_on: ImpreciseDate | None
    motions: list[str]
    contributions: list[_Item]
    documents: list[_Item]
    steps: Mapping[str, _Item]


def api_address(*path: str) -> str:
    """Return the address in the API of a resource with this path."""
    return "/".join((f"{settings.BASE_URL}/api/v1", *(quote(part, safe=_SAFE) for part in path)))


def chain(on: date) -> Iterator[ChainPart]:
    """Yield the public chain as known on that day: first motions and commitments, then trajectories by chunk."""
    visible = Trajectory.objects.visible_to(None)
    motions_by_trajectory, trajectories_by_motion = _links(visible)
    yield _motions(Motion.objects.all(), on, trajectories_by_motion)
    yield _commitments(Commitment.objects.all(), on)
    rows = visible.order_by("pk").values_list(*_TRAJECTORY_COLUMNS).iterator()
    while chunk := list(islice(rows, CHUNK_SIZE)):
        yield _trajectories(chunk, on, motions_by_trajectory)


def nodes_of_trajectory(found: Trajectory, on: date) -> list[Node]:
    """Return the nodes of this trajectory and of all in it; five queries."""
    own = Trajectory.objects.filter(pk=found.pk)
    return _trajectories(list(own.values_list(*_TRAJECTORY_COLUMNS)), on, _links(own)[0]).nodes


def nodes_of_motion(found: Motion, on: date, visible: QuerySet[Trajectory]) -> list[Node]:
    """Return the nodes of this motion and its reports, with links to these trajectories only; three queries."""
    return _motions(Motion.objects.filter(pk=found.pk), on, _links(visible.filter(motions=found.pk))[1]).nodes


def nodes_of_commitment(found: Commitment, on: date) -> list[Node]:
    """Return the nodes of this commitment, its reports and fulfilments; three queries."""
    return _commitments(Commitment.objects.filter(pk=found.pk), on).nodes


def nodes_at(address: str, nodes: Iterable[Node]) -> list[Node]:
    """Return the nodes with this address, and those with a fragment after it: what the record itself tells."""
    return [node for node in nodes if node["@id"].partition("#")[0] == address]


def _links(trajectories: QuerySet[Trajectory]) -> tuple[dict[int, list[str]], dict[str, list[str]]]:
    """Return the numbers of motions by trajectory, and the slugs of these trajectories by motion; one query."""
    motions_by_trajectory: dict[int, list[str]] = {}
    trajectories_by_motion: dict[str, list[str]] = {}
    linked = Trajectory.motions.through._default_manager.filter(trajectory__in=trajectories.order_by().values("pk"))
    for pk, slug, number in linked.order_by("motion__number", "trajectory__slug").values_list(
        "trajectory_id", "trajectory__slug", "motion__number"
    ):
        motions_by_trajectory.setdefault(pk, []).append(number)
        trajectories_by_motion.setdefault(number, []).append(slug)
    return motions_by_trajectory, trajectories_by_motion


# ---------- motions and commitments


def _motions(rows: QuerySet[Motion], on: date, trajectories: Mapping[str, list[str]]) -> ChainPart:
    part = ChainPart([], [])
    reports = _dated_texts(ProgressReport, "motion", rows)
    for row in rows.order_by("pk"):
        found = _dated_nodes("motion", row.number, "report", "bericht", reports.get(row.pk, ()))
        address, page = api_address("motions", row.number), link("motion", row.number)
        part.nodes.append(
            _node(
                *(address, "motion", page),
                name=f"{row.number} {row.title}".strip(),
                text=row.dictum,
                date=row.adopted_on,
                outcome=row.outcome,
                leadsTo=[
                    *(api_address("trajectories", slug) for slug in trajectories.get(row.number, ())),
                    *(node["@id"] for node in found),
                ],
            )
        )
        part.nodes.extend(found)
        adopted = row.outcome == "adopted" or (not row.outcome and row.adopted_on is not None)
        if not adopted or _happened(row.settled_on, on):
            continue
        name = row.title or row.dictum or row.number
        if row.number not in trajectories and not row.rules:
            part.loose_ends.append(_loose_end("motion_without_trajectory", name, address, page, motion=row.number))
        if not found:
            part.loose_ends.append(_loose_end("motion_without_execution", name, address, page, motion=row.number))
    return part


def _commitments(rows: QuerySet[Commitment], on: date) -> ChainPart:
    part = ChainPart([], [])
    reports, fulfilments = (_dated_texts(model, "commitment", rows) for model in (ProgressReport, CommitmentFulfilment))
    for row in rows.order_by("pk"):
        found = [
            *_dated_nodes("commitment", row.number, "report", "bericht", reports.get(row.pk, ())),
            *_dated_nodes("commitment", row.number, "fulfilment", "nakoming", fulfilments.get(row.pk, ())),
        ]
        address, page = api_address("commitments", row.number), link("commitment", row.number)
        part.nodes.append(
            _node(
                *(address, "commitment", page),
                name=row.number,
                text=row.text,
                date=row.made_on,
                leadsTo=[node["@id"] for node in found],
            )
        )
        part.nodes.extend(found)
        if not found and not _happened(row.fulfilled_on, on):
            name = row.text or row.number
            part.loose_ends.append(
                _loose_end("commitment_without_execution", name, address, page, commitment=row.number)
            )
    return part


def _dated_texts(model: Any, owner: str, owners: QuerySet[Any]) -> dict[int, list[Any]]:
    """Return the progress reports or fulfilments of these motions or commitments, by the primary key of theirs."""
    found: dict[int, list[Any]] = {}
    for row in model._default_manager.filter(**{f"{owner}__in": owners.order_by().values("pk")}).order_by("pk"):
        found.setdefault(getattr(row, f"{owner}_id"), []).append(row)
    return found


def _dated_nodes(owner: str, number: str, kind: str, anchor: str, rows: Iterable[Any]) -> list[Node]:
    of = api_address(f"{owner}s", number)
    return [
        _node(
            *(f"{of}#{kind}-{row.pk}", kind, link(owner, number, f"{anchor}-{row.pk}")),
            text=row.text,
            date=row.on,
            follows=[of],
        )
        for row in rows
    ]


# ---------- trajectories


def _trajectories(chunk: list[tuple[Any, ...]], on: date, motions: Mapping[int, list[str]]) -> ChainPart:
    part = ChainPart([], [])
    for owner in _owners(chunk, motions):
        _TrajectoryChain(owner, on).add_to(part)
    return part


def _owners(chunk: list[tuple[Any, ...]], motions: Mapping[int, list[str]]) -> Iterator[_Owner]:
    """Yield the trajectories of this chunk with their items; three queries."""
    keys = [row[0] for row in chunk]
    contributions = _items(
        Contribution, keys, "step", "theme", "summary", "received_on", "outcome", "response", "responded_on"
    )
    steps = _items(
        *(Step, keys, "kind", "stage", "title", "planned", "done", "cancelled"),
        *("effect", "effect_note"),
        lists=_REFS,
    )
    documents = _items(Document, keys, "kind", "title", "dated_on", "published_on")
    for pk, slug, title, retrospective, started_on in chunk:
        yield _Owner(
            *(slug, title, retrospective, started_on, motions.get(pk, [])),
            contributions.get(pk, []),
            [item for item in documents.get(pk, []) if item.values["kind"] == "weighing"],
            {item.ref: item for item in steps.get(pk, [])},
        )


def _items(model: Any, trajectories: list[int], *columns: str, lists: tuple[str, ...] = ()) -> dict[int, list[_Item]]:
    """Return the items of these trajectories by the primary key of their trajectory; ``lists`` as the text of JSON."""
    found: dict[int, list[_Item]] = {}
    rows = model._default_manager.filter(trajectory__in=trajectories).order_by("pk")
    as_text = [Cast(F(name), TextField()) for name in lists]
    for pk, ref, *values in rows.values_list("trajectory_id", "ref", *columns, *as_text):
        found.setdefault(pk, []).append(_Item(ref, dict(zip((*columns, *lists), values, strict=True))))
    return found


class _TrajectoryChain:
    """The nodes and the loose ends of one trajectory."""

    def __init__(self, owner: _Owner, on: date) -> None:
        """Find which decision uses what, which are taken by that day, and whether another is to come."""
        self.owner = owner
        self.address = api_address("trajectories", owner.slug)
        self.decisions = [step for step in owner.steps.values() if step.values["kind"] == "decision"]
        self.used = {decision.ref: _used_refs(decision, owner.steps) for decision in self.decisions}
        # Nothing was said yet when the approach is decided on.
        later = [step for step in self.decisions if not step.values["cancelled"] and step.values["stage"] != "setup"]
        self.taken = {step.ref: step.values["done"] for step in later if _happened(step.values["done"], on)}
        self.is_decided = bool(self.taken) and len(self.taken) == len(later)
        self.follows: dict[str, list[str]] = {decision.ref: [] for decision in self.decisions}
        self.nodes: list[Node] = []
        self.loose_ends: list[list[Any]] = []

    def add_to(self, part: ChainPart) -> None:
        """Add everything to this part of the chain."""
        for item in self.owner.contributions:
            self._add_contribution(item)
        for item in self.owner.documents:
            self._add_document(item)
        for item in self.decisions:
            self._add_decision(item)
        trajectory = _node(
            *(self.address, "trajectory", link("trajectory", self.owner.slug)),
            name=self.owner.title,
            date=self.owner.started_on,
            follows=[api_address("motions", number) for number in self.owner.motions],
            hasPart=[node["@id"] for node in self.nodes],
        )
        part.nodes.append(trajectory)
        part.nodes.extend(self.nodes)
        part.loose_ends.extend(self.loose_ends)

    def _add_contribution(self, item: _Item) -> None:
        values, contribution = item.values, self._item_address("contributions", item)
        place = self._place("inbreng", item)
        users = self._users(item.ref, *filter(None, [values["step"]]))
        decisions = [f"{self.address}/steps/{quote(ref, safe=_SAFE)}" for ref in users]
        last, weighing = contribution, []
        if values["outcome"] or values["response"]:
            last = f"{contribution}#weighing"
            weighing = [
                _node(
                    *(last, "weighing", place),
                    text=values["response"],
                    outcome=values["outcome"],
                    date=values["responded_on"],
                    partOf=self.address,
                    follows=[contribution],
                    leadsTo=decisions,
                )
            ]
        said = _node(
            *(contribution, "contribution", place),
            name=values["theme"],
            text=values["summary"],
            date=values["received_on"],
            partOf=self.address,
            leadsTo=[last] if weighing else decisions,
        )
        self.nodes += [said, *weighing]
        for ref in users:
            self.follows[ref].append(last)
        if kind := self._loose_end_of(values, bool(users)):
            self._add_loose_end(kind, item, values["theme"] or values["summary"], "contributions", "inbreng")

    def _loose_end_of(self, values: Mapping[str, Any], is_used: bool) -> str:
        """Return the kind of loose end that a contribution is; "" where it is none."""
        if not values["outcome"]:
            return "contribution_without_outcome"
        if not values["response"]:
            return "weighing_without_reason"
        # What is outside the scope needs no decision, and one that was taken before is about something else.
        if is_used or values["outcome"] == "out_of_scope" or not self._is_decided_since(values["received_on"]):
            return ""
        return "weighing_without_decision"

    def _add_document(self, item: _Item) -> None:
        """Add a document with a weighing of interests."""
        document, users = self._item_address("documents", item), self._users(item.ref)
        self.nodes.append(
            _node(
                *(document, "weighing_document", self._place("document", item)),
                name=item.values["title"],
                date=item.values["published_on"] or item.values["dated_on"],
                partOf=self.address,
                leadsTo=[f"{self.address}/steps/{quote(ref, safe=_SAFE)}" for ref in users],
            )
        )
        for ref in users:
            self.follows[ref].append(document)
        if self.is_decided and not users:
            self._add_loose_end("weighing_without_decision", item, item.values["title"], "documents", "document")

    def _add_decision(self, item: _Item) -> None:
        values = item.values
        self.nodes.append(
            _node(
                *(self._item_address("steps", item), "decision", self._place("besluit", item)),
                name=values["title"],
                text=values["effect_note"],
                outcome=values["effect"],
                date=values["done"] or values["planned"],
                partOf=self.address,
                follows=self.follows[item.ref],
            )
        )
        if item.ref in self.taken and not self.follows[item.ref]:
            self._add_loose_end("decision_without_weighing", item, values["title"], "steps", "besluit")

    def _users(self, *refs: str) -> list[str]:
        """Return the refs of the decisions that use one of these."""
        return [decision for decision, used in self.used.items() if not used.isdisjoint(refs)]

    def _is_decided_since(self, received: ImpreciseDate | None) -> bool:
        """Return whether no decision is to come, and one was taken that is not known to be before the receipt."""
        if not self.is_decided:
            return False
        first = received.earliest if received else None
        return any(first is None or done.latest is None or done.latest >= first for done in self.taken.values())

    def _item_address(self, section: str, item: _Item) -> str:
        return f"{self.address}/{section}/{quote(item.ref, safe=_SAFE)}"

    def _place(self, anchor: str, item: _Item) -> str:
        """Return the address of the place on the page of the trajectory."""
        return link("trajectory", self.owner.slug) + path_of_fragment(f"{anchor}-{item.ref}")

    def _add_loose_end(self, kind: str, item: _Item, name: str, section: str, anchor: str) -> None:
        self.loose_ends.append(
            _loose_end(
                *(kind, name or item.ref, self._item_address(section, item), self._place(anchor, item)),
                trajectory=self.owner.slug,
                ref=item.ref,
                retrospective=self.owner.retrospective,
            )
        )


def _used_refs(decision: _Item, steps: Mapping[str, _Item]) -> set[str]:
    """Return the refs of what a decision is about or uses, and of what those steps are about or use in turn."""
    found: set[str] = set()
    to_read = [decision]
    while to_read:
        values = to_read.pop().values
        for ref in (ref for name in _REFS for ref in json.loads(values[name])):
            if ref not in found:
                found.add(ref)
                to_read += [steps[ref]] if ref in steps else []
    return found


def _happened(when: ImpreciseDate | None, on: date) -> bool:
    """Return whether this is recorded as done, and not for a later day."""
    return when is not None and not (when.earliest and when.earliest > on)


# ---------- nodes and rows


def _node(address: str, kind: str, url: str, **values: Any) -> Node:
    """Return a node without empty values."""
    found: Node = {"@id": address, "@type": _TYPES[kind], "kind": kind.partition("_")[0], "url": url}
    if when := values.get("date"):
        values["date"] = _edtf(when)
    return {**found, **{key: value for key, value in values.items() if value}}


def _edtf(when: ImpreciseDate) -> str:
    """Return the date in the Extended Date/Time Format; "" where no day is known."""
    if when.latest is None:
        return ""
    if when.earliest == when.latest:
        mark = {"approximate": "~", "tentative": "?"}.get(when.precision, "")
        return f"{when.latest.isoformat()}{mark}"
    return f"{when.earliest.isoformat() if when.earliest else '..'}/{when.latest.isoformat()}"


def _loose_end(
    kind: str,
    name: str,
    address: str,
    page: str,
    *,
    trajectory: str | None = None,
    ref: str | None = None,
    motion: str | None = None,
    commitment: str | None = None,
    retrospective: bool = False,
) -> list[Any]:
    """Return the values of a row in the order of the columns of ``datasets.LOOSE_ENDS``."""
    line = " ".join(name.split())
    if len(line) > _MAX_NAME_LENGTH:
        line = textwrap.shorten(line, _MAX_NAME_LENGTH, placeholder="…")
    return [kind, line, address, page, trajectory, ref, motion, commitment, retrospective]
