"""Recording items of agendas as steps and documents of the trajectories that they are about.

An item keeps its ref each time that a file is read, so that nothing is recorded twice; a document is also known by its
address. Each trajectory gets a changeset of its own, for its history; all of them are recorded or none, and undone
together. An item that no trajectory was found for can be assigned to one by hand.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.dossier.characters import without_case
from participation.interchange.agendas.item_kinds import kind_and_stage
from participation.interchange.agendas.values import SYSTEMS, AgendaDocument, AgendaItem, AgendaMeeting
from participation.interchange.plannings.words import KnownOrganisation, WordReader
from participation.models import Changeset, Document, Organisation, Step, Trajectory
from participation.services.changes.changesets import WriteContext

from .agenda_matching import BY_HAND, ItemMatch
from .planning_import import StepUpdate, StoredStep, record_planning

#: Kinds of organisations that have agendas.
_BODIES = ("council", "committee", "executive")
#: How the refs of items of agendas start.
_AGENDA_PREFIXES = tuple(f"{system}-" for system in SYSTEMS)


class AgendaProposal(NamedTuple):
    """An item as it would be recorded in a trajectory, which was found by ``how``.

    Of an item without a trajectory ``trajectory`` is 0. ``types`` and ``is_formality`` are as in ``AgendaItem``, and
    with its title tell its kind once it has one.
    """

    trajectory: int
    how: str
    is_certain: bool
    meeting: str
    on: ImpreciseDate
    state: str
    ref: str
    title: str
    case_number: str
    kind: str
    stage: str
    body: str
    types: str
    is_formality: bool
    documents: tuple[AgendaDocument, ...]

    def to_json(self) -> list[Any]:
        """Return it as a list that ``from_json`` reads."""
        documents = [
            [*document[:-1], document.dated_on.to_text() if document.dated_on else ""] for document in self.documents
        ]
        return [*self[:4], self.on.to_text(), *self[5:-1], documents]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> "AgendaProposal":
        """Return the proposal that ``to_json`` wrote."""
        *middle, documents = values
        found = tuple(
            AgendaDocument._make([*document[:-1], ImpreciseDate.from_text(document[-1]) if document[-1] else None])
            for document in documents
        )
        return cls._make([*middle[:4], ImpreciseDate.from_text(middle[4]), *middle[5:], found])


class StoredDocuments(NamedTuple):
    """The refs of the documents of a trajectory: all of them, and by address."""

    refs: frozenset[str]
    by_url: Mapping[str, str]

    def ref_of(self, document: AgendaDocument) -> str:
        """Return the ref of this document where it is stored; "" where it is new."""
        return document.ref if document.ref in self.refs else self.by_url.get(document.url, "")


class TrajectoryAgenda(NamedTuple):
    """What is recorded in one trajectory."""

    trajectory: Trajectory
    steps: Sequence[Step]
    documents: Sequence[Document]
    updates: Mapping[int, StepUpdate]


def propose_steps(matches: Iterable[ItemMatch]) -> list[AgendaProposal]:
    """Return what the matches would be recorded as: with the body that meets, and the kind as far as it is known."""
    found = list(matches)
    municipalities: dict[int, str] = dict(
        Trajectory.objects.filter(pk__in={match.trajectory for match in found}).values_list("pk", "municipality")
    )
    bodies = _BodyReader()
    # An item may stand in a file twice, as two pages of answers overlap.
    unique = {(match.trajectory, match.item.ref): match for match in reversed(found)}
    return [_with_kind(_proposal(match), bodies, municipalities[match.trajectory]) for match in unique.values()]


def propose_others(others: Iterable[tuple[AgendaMeeting, AgendaItem]]) -> list[AgendaProposal]:
    """Return the items that no trajectory was found for, each once; no queries."""
    unique = {item.ref: ItemMatch(meeting, item, 0, "", False) for meeting, item in reversed(list(others))}
    return [_proposal(match) for match in reversed(unique.values())]


def assign_by_hand(proposals: Sequence[AgendaProposal], chosen: Mapping[int, Trajectory]) -> list[AgendaProposal]:
    """Return the proposals with these trajectories, by their index, for those that had none; one query."""
    bodies = _BodyReader()
    found = list(proposals)
    for index, trajectory in chosen.items():
        if not found[index].trajectory:
            assigned = found[index]._replace(trajectory=trajectory.pk, how=BY_HAND, is_certain=True)
            found[index] = _with_kind(assigned, bodies, trajectory.municipality)
    return found


def _proposal(match: ItemMatch) -> AgendaProposal:
    meeting, item = match.meeting, match.item
    return AgendaProposal(
        match.trajectory,
        match.how,
        match.is_certain,
        meeting.name,
        meeting.on,
        meeting.state,
        item.ref,
        item.title,
        item.case_numbers[0] if len(item.case_numbers) == 1 else "",
        "",
        "",
        "",
        item.types,
        item.is_formality,
        item.documents,
    )


def _with_kind(proposal: AgendaProposal, bodies: "_BodyReader", municipality: str) -> AgendaProposal:
    """Return the proposal with the body that meets, and what kind of step it becomes."""
    body, body_kind = bodies.read(proposal.meeting, municipality)
    kind, stage = kind_and_stage(proposal, body_kind)
    return proposal._replace(kind=kind, stage=stage, body=body)


def match_items(stored: Sequence[StoredStep], steps: Sequence[Step]) -> list[StoredStep | None]:
    """Return the stored step that each of these is, None for a new one; each stored step at most once.

    It is known by its ref; else by title and date; else by title and kind, where one open step has them that is not of
    an agenda itself: a committee and the council have an item with the same title.
    """
    found: list[StoredStep | None] = [None] * len(steps)
    free = {step.pk: step for step in stored}

    def claim(key_of: Any, candidates: Iterable[StoredStep]) -> None:
        by_key: dict[Any, list[StoredStep]] = {}
        for one in candidates:
            by_key.setdefault(key_of(one), []).append(one)
        wanted = Counter(key_of(step) for index, step in enumerate(steps) if found[index] is None)
        for index, step in enumerate(steps):
            key = key_of(step)
            matching = [one for one in by_key.get(key, ()) if one.pk in free]
            if found[index] is None and wanted[key] == 1 and len(matching) == 1:
                found[index] = free.pop(matching[0].pk)

    claim(lambda step: step.ref, stored)
    claim(lambda step: (without_case(step.title), step.planned[:3] if step.planned else None), _titled(free.values()))
    own = [step for step in _titled(free.values()) if step.is_open and not step.ref.startswith(_AGENDA_PREFIXES)]
    claim(lambda step: (without_case(step.title), step.kind), own)
    return found


def _titled(steps: Iterable[StoredStep]) -> list[StoredStep]:
    return [step for step in steps if step.title]


def stored_documents(trajectories: Collection[int]) -> Mapping[int, StoredDocuments]:
    """Return the documents of these trajectories, by the primary key of the trajectory; one query."""
    rows: dict[int, list[tuple[str, str]]] = {pk: [] for pk in trajectories}
    for pk, ref, url in Document.objects.filter(trajectory__in=rows).values_list("trajectory_id", "ref", "url"):
        rows[pk].append((ref, url))
    return {
        pk: StoredDocuments(frozenset(ref for ref, _url in own), {url: ref for ref, url in own if url})
        for pk, own in rows.items()
    }


def new_document(trajectory: Trajectory, document: AgendaDocument) -> Document:
    """Return a document of an agenda as an unsaved row."""
    return Document(
        trajectory=trajectory,
        ref=document.ref,
        title=document.title,
        kind=document.kind,
        version=document.version,
        url=document.url,
        dated_on=document.dated_on,
    )


def record_agendas(
    agendas: Iterable[TrajectoryAgenda], write_context: WriteContext
) -> list[tuple[Trajectory, Changeset]]:
    """Record what is new and what changes in each trajectory, all of it or nothing; return these with a changeset.

    Raises StaleVersion and ValidationError as ``record_planning`` does.
    """
    changesets: list[tuple[Trajectory, Changeset]] = []
    with transaction.atomic():
        # In the order of their keys, so that two users never wait for each other.
        for agenda in sorted(agendas, key=lambda agenda: agenda.trajectory.pk):
            changeset = record_planning(
                agenda.trajectory,
                write_context,
                steps=agenda.steps,
                documents=agenda.documents,
                updates=agenda.updates,
                label=_("an agenda (%(parts)s)"),
            )
            if changeset:
                changesets.append((agenda.trajectory, changeset))
        if len(changesets) > 1:
            others = [changeset.pk for _trajectory, changeset in changesets[1:]]
            Changeset.objects.filter(pk__in=others).update(import_lead=changesets[0][1])
    return changesets


class _BodyReader:
    """Reads which body a meeting is of, among the organisations of a municipality."""

    def __init__(self) -> None:
        rows = Organisation.objects.filter(kind__in=_BODIES).order_by("pk")
        self._organisations = list(rows.values_list("slug", "name", "kind", "municipality"))
        self._kinds = {slug: kind for slug, _name, kind, _municipality in self._organisations}
        self._readers: dict[str, WordReader] = {}

    def read(self, meeting: str, municipality: str) -> tuple[str, str]:
        """Return the organisation, or else its kind, and the kind; "" where the name does not tell."""
        if municipality not in self._readers:
            own = [row for row in self._organisations if row[3] in ("", municipality)]
            self._readers[municipality] = WordReader(KnownOrganisation(*row[:3]) for row in own)
        body = self._readers[municipality].body_of(meeting)
        kind = self._kinds.get(body, body)
        return (body, kind) if kind in _BODIES else ("", "")
