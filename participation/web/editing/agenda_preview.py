"""Import preview of agendas: per trajectory what each item becomes, what is there already, and what changes."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from participation.interchange.agendas.values import CANCELLED, HELD, AgendaDocument
from participation.models import Step, Trajectory
from participation.models.labels import LABELS
from participation.services.contributions.sheet_preview import text_notes
from participation.services.trajectories.agenda_import import (
    AgendaProposal,
    StoredDocuments,
    TrajectoryAgenda,
    match_items,
    new_document,
    stored_documents,
)
from participation.services.trajectories.agenda_matching import BY_HAND, CASE_NUMBER, RECORDED
from participation.services.trajectories.planning_import import (
    StepUpdate,
    StoredStep,
    stored_steps,
    validate_step,
)

from .planning_import_forms import kind_choices

#: Maximum numbers of rows and of documents of one preview: what a person can look at, and what a form can carry.
MAX_ROWS, MAX_DOCUMENTS = 300, 1_500
#: Kinds of step that an item may become.
_KINDS = ("decision", "briefing", "update")


class SentTicks(NamedTuple):
    """The boxes that are ticked, by the names of the fields: items, items that took place, documents."""

    take: frozenset[str]
    held: frozenset[str]
    document: frozenset[str]


@dataclass
class AgendaPreviewDocument:
    """A document of a row; ``stored_ref`` is that of the stored document that it is, "" for a new one."""

    key: str
    document: AgendaDocument
    stored_ref: str
    is_ticked: bool = False

    @property
    def ref(self) -> str:
        """Return the ref by which steps name it."""
        return self.stored_ref or self.document.ref

    @property
    def notes(self) -> list[str]:
        """Return notes on what may be personal data in its title."""
        return text_notes(self.document.title)


@dataclass
class AgendaPreviewRow:
    """An item in a trajectory: the step that it becomes, and the stored step that it is, if any."""

    index: int
    proposal: AgendaProposal
    step: Step
    documents: list[AgendaPreviewDocument]
    stored: StoredStep | None
    today: date
    #: Titles of other steps on the same day, which may be the same one.
    similar: Sequence[str] = ()
    is_ticked: bool = False
    is_held: bool = False
    error: str = ""

    @property
    def is_cancelled(self) -> bool:
        """Return whether the agenda says that the meeting does not take place."""
        return self.proposal.state == CANCELLED

    @property
    def is_moved(self) -> bool:
        """Return whether it is a stored step, still open, on another date."""
        stored = self.stored
        if stored is None or not stored.is_open or self.is_cancelled:
            return False
        return (stored.planned[:3] if stored.planned else None) != self.proposal.on[:3]

    @property
    def is_selectable(self) -> bool:
        """Return whether its step can be ticked."""
        if self.stored is None:
            return not self.is_cancelled
        return self.is_moved or (self.is_cancelled and self.stored.is_open)

    @property
    def can_be_held(self) -> bool:
        """Return whether it can be recorded that it took place."""
        is_past = bool(self.proposal.on.latest and self.proposal.on.latest <= self.today)
        return is_past and not self.is_cancelled and (self.stored is None or self.stored.is_open)

    @property
    def has_choices(self) -> bool:
        """Return whether it, or a document of it, can be ticked."""
        return self.is_selectable or self.can_be_held or any(not one.stored_ref for one in self.documents)

    @property
    def needs_kind(self) -> bool:
        """Return whether a kind is chosen here: that of a stored step stays as it is."""
        return self.stored is None and not self.is_cancelled

    @property
    def kind(self) -> str:
        """Return the kind as its value in the list."""
        return f"{self.step.kind}:{self.step.stage}" if self.step.stage else self.step.kind

    @property
    def tick_value(self) -> str:
        """Return the value of its boxes: of a stored step with its date, so that a tick holds for what was shown."""
        return f"{self.index} {self._seen or 'none' if self.stored else 'new'}"

    @property
    def found_by(self) -> str:
        """Return how the trajectory was found."""
        if self.proposal.how == RECORDED:
            return _("It was recorded from an agenda before.")
        if self.proposal.how == BY_HAND:
            return _("You chose this trajectory.")
        if self.proposal.how == CASE_NUMBER:
            is_certain = self.proposal.is_certain
            return _("It has the case number.") if is_certain else _("More trajectories have this case number.")
        return _("Only words of the title are the same. Is it about this trajectory?")

    @property
    def notes(self) -> list[str]:
        """Return notes on what may be personal data in its title."""
        return text_notes(self.proposal.title)

    @property
    def kind_name(self) -> str:
        """Return the name of the field with its kind."""
        return f"kind-{self.index}"

    @property
    def new_documents(self) -> list[AgendaPreviewDocument]:
        """Return the ticked documents that are new."""
        return [one for one in self.documents if one.is_ticked and not one.stored_ref]

    @property
    def becomes_step(self) -> bool:
        """Return whether it is ticked as a new step."""
        return self.is_ticked and self.stored is None

    @property
    def update(self) -> StepUpdate | None:
        """Return what changes in the stored step; None where nothing does."""
        if self.stored is None:
            return None
        on = self.proposal.on
        update = StepUpdate(
            self._seen,
            planned=on if self.is_ticked and self.is_moved else None,
            done=on if self.is_held else None,
            is_cancelled=self.is_ticked and self.is_cancelled,
            documents=tuple(one.ref for one in self.new_documents),
        )
        return update if update.changes_state or update.documents else None

    @property
    def _seen(self) -> str:
        return self.stored.planned.to_text() if self.stored and self.stored.planned else ""


@dataclass
class AgendaSection:
    """The rows of one trajectory."""

    trajectory: Trajectory
    rows: list[AgendaPreviewRow] = field(default_factory=list)

    @property
    def agenda(self) -> TrajectoryAgenda:
        """Return what is ticked, as it is recorded."""
        documents = {one.document.ref: one.document for row in self.rows for one in row.new_documents}
        steps = {row.step.ref: row.step for row in self.rows if row.becomes_step}
        return TrajectoryAgenda(
            self.trajectory,
            list(steps.values()),
            [new_document(self.trajectory, document) for document in documents.values()],
            {row.stored.pk: update for row in self.rows if row.stored and (update := row.update)},
        )


@dataclass
class AgendaPreview:
    """The import preview, per trajectory; ``is_stale`` where a tick is for something that changed since."""

    sections: list[AgendaSection]
    is_stale: bool = False

    @property
    def rows(self) -> Iterator[AgendaPreviewRow]:
        """Yield the rows of all trajectories."""
        return (row for section in self.sections for row in section.rows)

    @cached_property
    def agendas(self) -> list[TrajectoryAgenda]:
        """Return what is ticked in each trajectory, without those where nothing is."""
        found = [section.agenda for section in self.sections]
        return [agenda for agenda in found if any(agenda[1:])]

    @cached_property
    def invalid_rows(self) -> list[AgendaPreviewRow]:
        """Return the ticked rows with an error."""
        return [row for row in self.rows if row.becomes_step and row.error]

    @property
    def has_choices(self) -> bool:
        """Return whether there is anything that can be ticked."""
        return any(row.has_choices for row in self.rows)

    @property
    def step_count(self) -> int:
        """Return the number of steps that are ticked as new."""
        return sum(row.becomes_step for row in self.rows)

    @property
    def known_count(self) -> int:
        """Return the number of items that are there already."""
        return sum(row.stored is not None for row in self.rows)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Return the kinds that a row may be, with their labels."""
        found = [(value, label) for value, label in kind_choices() if value.partition(":")[0] in _KINDS]
        return [("", _("not known")), *found]


def make_agenda_preview(
    proposals: Sequence[AgendaProposal],
    user: Any,
    today: date,
    data: Any = None,
    assigned: Collection[int] = (),
) -> AgendaPreview:
    """Return the preview of these proposals, of trajectories that this user may change.

    Ticked as sent in ``data``; without it, and of those that were ``assigned`` just now, by their index, what is new
    and certain is ticked.
    """
    keys = {proposal.trajectory for proposal in proposals}
    editable = Trajectory.objects.editable_by(user).filter(pk__in=keys)
    sections = {trajectory.pk: AgendaSection(trajectory) for trajectory in editable.order_by("title", "slug")}
    steps, documents = stored_steps(sections), stored_documents(sections)
    kinds = {value for value, _label in AgendaPreview([]).kinds}
    for index, proposal in enumerate(proposals):
        if section := sections.get(proposal.trajectory):
            chosen = data.get(f"kind-{index}") if data is not None else None
            step = _step(section.trajectory, proposal, chosen if chosen in kinds else None)
            own = _documents(index, proposal, documents[proposal.trajectory])
            section.rows.append(AgendaPreviewRow(index, proposal, step, own, None, today))
    for pk, section in sections.items():
        section.rows.sort(key=lambda row: row.proposal.on.sort_key)
        _match(section, steps[pk])
    preview = AgendaPreview([section for section in sections.values() if section.rows])
    sent = None if data is None else SentTicks(*(frozenset(data.getlist(name)) for name in SentTicks._fields))
    for row in preview.rows:
        _tick_certain(row) if sent is None or row.index in assigned else _tick_sent(row, sent)
        refs = {one.ref for one in row.documents if one.stored_ref or one.is_ticked}
        row.step.documents = sorted(refs)
        row.step.done = row.proposal.on if row.is_held and row.stored is None else None
    if sent is not None:
        offered = SentTicks(
            frozenset(row.tick_value for row in preview.rows if row.is_selectable),
            frozenset(row.tick_value for row in preview.rows if row.can_be_held),
            frozenset(one.key for row in preview.rows for one in row.documents if not one.stored_ref),
        )
        preview.is_stale = any(ticks - known for ticks, known in zip(sent, offered, strict=True))
    return preview


def _step(trajectory: Trajectory, proposal: AgendaProposal, chosen: str | None) -> Step:
    kind, stage = (proposal.kind, proposal.stage) if chosen is None else chosen.partition(":")[::2]
    is_decision = kind == "decision"
    return Step(
        trajectory=trajectory,
        ref=proposal.ref,
        kind=kind,
        stage=stage,
        title=proposal.title,
        planned=proposal.on,
        body=proposal.body if kind in ("decision", "briefing") else "",
        case_number=proposal.case_number if is_decision else "",
    )


def _documents(index: int, proposal: AgendaProposal, stored: StoredDocuments) -> list[AgendaPreviewDocument]:
    return [
        AgendaPreviewDocument(f"{index}.{number}", document, stored.ref_of(document))
        for number, document in enumerate(proposal.documents)
    ]


def _match(section: AgendaSection, stored: Sequence[StoredStep]) -> None:
    """Set the stored step of each row, what may be the same on its day, and what keeps it from being recorded."""
    for row, step in zip(section.rows, match_items(stored, [row.step for row in section.rows]), strict=True):
        row.stored = step
    known = {row.stored.pk for row in section.rows if row.stored}
    by_day: dict[Any, list[str]] = {}
    for step in stored:
        if step.planned and step.pk not in known and step.kind in ("decision", "briefing"):
            by_day.setdefault(step.planned[:3], []).append(step.title or str(LABELS[step.kind]))
    for row in section.rows:
        if row.stored is None:
            row.similar = by_day.get(row.proposal.on[:3], ())
            row.error = _error_of(row.step)


def _error_of(step: Step) -> str:
    try:
        validate_step(step)
    except ValidationError as error:
        return error.messages[0]
    return ""


def _tick_certain(row: AgendaPreviewRow) -> None:
    is_certain = row.proposal.is_certain
    is_new = row.stored is None and not row.is_cancelled
    row.is_ticked = is_certain and is_new and not row.error and not row.similar and not row.notes
    row.is_held = row.proposal.state == HELD and row.can_be_held and (row.is_ticked or bool(row.stored and is_certain))
    for one in row.documents:
        one.is_ticked = not one.stored_ref and not one.notes and (row.is_ticked or bool(row.stored and is_certain))


def _tick_sent(row: AgendaPreviewRow, sent: SentTicks) -> None:
    row.is_ticked = row.is_selectable and row.tick_value in sent.take
    # Of an item that is not recorded it cannot be recorded that it took place.
    is_there = row.stored is not None or row.is_ticked
    row.is_held = row.can_be_held and is_there and row.tick_value in sent.held
    for one in row.documents:
        one.is_ticked = not one.stored_ref and one.key in sent.document
