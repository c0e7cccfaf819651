"""Import preview of a planning: what each row becomes, what is there already, and what would be late or missing.

The preview keeps no state on the server: the page sends back every cell.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.dossier.characters import without_case
from participation.interchange.plannings.day_mentions import may_name_step, separate_days
from participation.interchange.plannings.source import MAX_ENTRIES
from participation.interchange.sheets.reading import SheetError, read_text
from participation.models import Contribution, Document, Step, Trajectory
from participation.models.labels import LABELS
from participation.services.contributions.sheet_preview import (
    KNOWN_HEADINGS,
    Defaults,
    ProposedContribution,
    detect_columns,
    propose_contributions,
    text_notes,
)
from participation.services.trajectories.planning_import import (
    StepUpdate,
    StoredStep,
    match_documents,
    match_steps,
    similar_steps,
    split_inspection,
    stored_steps,
    validate_step,
)
from participation.web.shared.addresses import trajectory_address
from participation.web.shared.forms import Form

from .choices import document_title
from .planning_consequences import RowConsequences
from .planning_import_forms import PlanningChoices, PlanningDocumentForm, PlanningRowForm
from .planning_page_data import MAX_DOCUMENTS, MAX_LEFTOVERS

#: Characters on a line of a cell, by which its height is chosen.
_LINE_LENGTH = 24
#: The cells of a row that are always open, and those that unfold.
_MAIN_CELLS, _MORE_CELLS = ("when", "title", "kind"), ("times", "place", "phase", "body", "audience", "note")


class PreviewCell(NamedTuple):
    """A cell that can be corrected: its field, label, value, choices and errors."""

    name: str
    id: str
    label: str
    value: str
    choices: Sequence[tuple[str, Any]]
    errors: Sequence[str]

    @property
    def key(self) -> str:
        """Return the name of the field without that of its row."""
        return self.name.rpartition("-")[2]

    @property
    def lines(self) -> int:
        """Return how many lines of text it is shown with; 0 for a single one."""
        if self.key == "note":
            return 4
        return min(1 + len(self.value) // _LINE_LENGTH, 4) if self.key in ("title", "when") else 0


def preview_cell(form: Form, name: str, label: str, errors: Mapping[str, Sequence[str]]) -> PreviewCell:
    """Return a field of a form as a cell."""
    bound = form[name]
    choices: Any = getattr(bound.field, "choices", ())
    return PreviewCell(
        bound.html_name, bound.id_for_label, label, str(bound.value() or ""), choices, errors.get(name, ())
    )


@dataclass
class PreviewRow:
    """A row of the preview: its cells, the step that it becomes, and the stored step that it is, if any."""

    form: PlanningRowForm
    step: Step
    errors: Mapping[str, Sequence[str]]
    stored: StoredStep | None = None
    is_ticked: bool = False
    #: Whether the planning says that it does not take place.
    is_cancelled: bool = False
    #: A stored step that it may be, in other words.
    similar: StoredStep | None = None
    #: Whether a row above it says the same.
    is_repeated: bool = False
    consequences: RowConsequences | None = None

    @property
    def state(self) -> str:
        """Return what becomes of it: "known", "moved", "invalid", "new", "similar", "repeated" or "unticked"."""
        if self.stored:
            return "moved" if self.is_moved else "known"
        if not self.is_valid:
            return "invalid"
        if self.is_ticked:
            return "new"
        return "repeated" if self.is_repeated else "similar" if self.similar else "unticked"

    @property
    def content(self) -> tuple[object, ...]:
        """Return what two equal rows have in common: all but the phase, which is that of the heading above."""
        step = self.step
        when = step.planned[:3] if step.planned else str(self.form["when"].value() or "")
        times, title = (step.starts_at, step.ends_at), without_case(step.title)
        return when, title, times, step.body, tuple(step.audience), step.place_name, self.form["note"].value()

    @property
    def similar_url(self) -> str:
        """Return the URL of the stored step that it may be; "" without one."""
        return trajectory_address(self.step.trajectory.slug, f"stap-{self.similar.ref}") if self.similar else ""

    @property
    def separate_days(self) -> Sequence[str]:
        """Return the days that it names where they are not one moment or period; else none."""
        planned = self.step.planned
        printed = (planned.text or str(self.form["when"].value() or "")) if planned else ""
        return separate_days(f"{printed} | {self.step.title}")

    @property
    def number(self) -> int:
        """Return the number of the row or line in the source."""
        return int(self.form.cleaned_data.get("number") or 0)

    @property
    def is_valid(self) -> bool:
        """Return whether it can be recorded."""
        return not self.errors

    @property
    def is_moved(self) -> bool:
        """Return whether it is a stored step, still open, on another date."""
        stored = self.stored
        return bool(
            stored and stored.is_open and self.step.planned and not _same_day(stored.planned, self.step.planned)
        )

    @property
    def is_selectable(self) -> bool:
        """Return whether it can be ticked."""
        return self.stored is None or self.is_moved

    @property
    def tick_value(self) -> str:
        """Return the value of its checkbox: of a stored step its date, so that a tick holds for what was shown."""
        return (_stored_text(self.stored) or "none") if self.stored else "new"

    @property
    def cells(self) -> Mapping[str, list[PreviewCell]]:
        """Return the cells that can be corrected: those that are always open, and those that unfold."""
        labels = {
            "when": _("Date"),
            "title": _("Name"),
            "kind": _("Kind of step"),
            "times": _("Time"),
            "place": _("Name of the place"),
            "phase": _("Phase"),
            "body": _("Who meets or decides"),
            "audience": _("For whom"),
            "note": _("What else the row says"),
        }
        cells = {name: preview_cell(self.form, name, label, self.errors) for name, label in labels.items()}
        return {"main": [cells[name] for name in _MAIN_CELLS], "more": [cells[name] for name in _MORE_CELLS]}

    @property
    def summary(self) -> str:
        """Return what the cells that unfold say, in short."""
        values = (str(self.form[name].value() or "") for name in ("times", "place", "body", "audience"))
        phase = LABELS.get(self.step.phase, "")
        optional = _("It is optional") if self.step.optional else ""
        done = _("It took place") if self.step.done else ""
        return ", ".join(filter(None, (*values, str(phase), optional, done))) or _("More about this step")

    @property
    def text_notes(self) -> list[str]:
        """Return notes on what may be personal data in what would be public."""
        return text_notes(f"{self.step.title}\n{self.step.place_name}\n{self.step.note}")

    @property
    def has_folded_errors(self) -> bool:
        """Return whether a cell that unfolds has an error."""
        return any(name in self.errors for name in _MORE_CELLS)

    @property
    def take_name(self) -> str:
        """Return the name of its checkbox."""
        return self.form.add_prefix("take")

    @property
    def cancelled_name(self) -> str:
        """Return the name of the field that keeps that it is cancelled."""
        return self.form.add_prefix("cancelled")

    @property
    def anchor(self) -> str:
        """Return the id of the row on the page."""
        return f"id_{self.form.prefix}"

    @property
    def about(self) -> str:
        """Return what labels of cells name the row by."""
        return _("row %(number)s") % {"number": self.number}

    @property
    def first_error(self) -> str:
        """Return the first error of the row; "" without any."""
        return next((error for errors in self.errors.values() for error in errors), "")

    @property
    def other_errors(self) -> list[str]:
        """Return the errors of what has no cell."""
        shown = (*_MAIN_CELLS, *_MORE_CELLS)
        return [error for name, errors in self.errors.items() if name not in shown for error in errors]


@dataclass
class PreviewDocument:
    """A document of the preview; ``stored_ref`` is that of the stored document that it is, "" for a new one."""

    form: PlanningDocumentForm
    document: Document
    errors: Mapping[str, Sequence[str]]
    stored_ref: str = ""
    is_ticked: bool = False

    @property
    def cells(self) -> list[PreviewCell]:
        """Return the cells that can be corrected."""
        labels = {
            "title": _("Title"),
            "version": _("Version"),
            "kind": _("Kind"),
            "dated_on": _("Date on the document"),
        }
        return [preview_cell(self.form, name, label, self.errors) for name, label in labels.items()]

    @property
    def take_name(self) -> str:
        """Return the name of its checkbox."""
        return self.form.add_prefix("take")

    @property
    def anchor(self) -> str:
        """Return the id of the document on the page."""
        return f"id_{self.form.prefix}"

    @property
    def about(self) -> str:
        """Return its title and version, by which its cells are named."""
        return document_title(self.document)

    @property
    def first_error(self) -> str:
        """Return the first error of the document; "" without any."""
        return next((error for errors in self.errors.values() for error in errors), "")

    @property
    def ref(self) -> str:
        """Return the ref by which steps name it."""
        return self.stored_ref or self.document.ref


class PreviewContribution(NamedTuple):
    """A contribution of a table in the same file."""

    proposal: ProposedContribution
    is_ticked: bool


@dataclass
class PlanningPreview:
    """The import preview, built from what the page sent."""

    rows: list[PreviewRow]
    documents: list[PreviewDocument]
    contributions: list[PreviewContribution]
    #: The table of contributions, and the lines that were not taken as steps, as the page carries them along.
    contributions_text: str
    leftovers: list[str]
    keeps_notes: bool

    @property
    def dated_leftovers(self) -> int:
        """Return the number of lines that were not taken as steps and have a date."""
        return sum(map(may_name_step, self.leftovers))

    @property
    def leftovers_text(self) -> str:
        """Return the lines that were not taken as steps, as the page sends them back."""
        return "\n".join(self.leftovers)

    @cached_property
    def new_rows(self) -> list[PreviewRow]:
        """Return the ticked rows that become a new step."""
        return [row for row in self.rows if row.is_ticked and row.stored is None]

    @cached_property
    def moved_rows(self) -> list[PreviewRow]:
        """Return the ticked rows that put a stored step on another date."""
        return [row for row in self.rows if row.is_ticked and row.is_moved]

    @cached_property
    def new_documents(self) -> list[PreviewDocument]:
        """Return the ticked documents that are new."""
        return [one for one in self.documents if one.is_ticked and not one.stored_ref]

    @cached_property
    def new_contributions(self) -> list[Contribution]:
        """Return the ticked contributions."""
        return [one.proposal.contribution for one in self.contributions if one.is_ticked]

    @property
    def invalid_rows(self) -> list[PreviewRow]:
        """Return the ticked rows with errors."""
        return [row for row in (*self.new_rows, *self.moved_rows) if not row.is_valid]

    @property
    def invalid_documents(self) -> list[PreviewDocument]:
        """Return the ticked documents with errors."""
        return [one for one in self.new_documents if one.errors]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Return the number of rows in each state; together they are all rows."""
        return Counter(row.state for row in self.rows)

    @property
    def can_be_saved(self) -> bool:
        """Return whether everything that is ticked is valid."""
        return not self.invalid_rows and not self.invalid_documents

    @property
    def has_ticks(self) -> bool:
        """Return whether anything is ticked."""
        return bool(self.new_rows or self.moved_rows or self.new_documents or self.new_contributions)

    @property
    def steps(self) -> list[Step]:
        """Return the new steps, valid ones only."""
        return [row.step for row in self.new_rows if row.is_valid]

    @property
    def updates(self) -> dict[int, StepUpdate]:
        """Return the other dates of stored steps, by primary key."""
        return {
            row.stored.pk: StepUpdate(_stored_text(row.stored), row.step.planned, row.step.closes)
            for row in self.moved_rows
            if row.stored and row.step.planned and row.is_valid
        }


def _stored_text(stored: StoredStep) -> str:
    return stored.planned.to_text() if stored.planned else ""


def _same_day(one: ImpreciseDate | None, other: ImpreciseDate | None) -> bool:
    return (one[:3] if one else None) == (other[:3] if other else None)


def make_preview(
    trajectory: Trajectory, data: Any, choices: PlanningChoices, today: date, *, is_first: bool
) -> PlanningPreview:
    """Return the preview of these fields. Ticked as sent, or on the first showing what is new and can be read."""
    documents = _preview_documents(trajectory, data, choices, is_first)
    keeps_notes = bool(data.get("notes"))
    rows = [
        _preview_row(trajectory, PlanningRowForm(data, prefix=f"row-{index}", choices=choices), documents, keeps_notes)
        for index in range(_count(data, "rows", MAX_ENTRIES))
    ]
    _compare_rows(rows, stored_steps([trajectory.pk])[trajectory.pk])
    for row in rows:
        row.is_cancelled = bool(data.get(row.cancelled_name))
        if is_first:
            is_doubtful = row.is_cancelled or row.is_repeated or row.similar
            row.is_ticked = row.stored is None and row.is_valid and not is_doubtful
        else:
            row.is_ticked = row.is_selectable and data.get(row.form.add_prefix("take")) == row.tick_value
    text = data.get("contributions", "")
    ticked = None if is_first else set(data.getlist("contribution"))
    return PlanningPreview(
        rows,
        documents,
        _preview_contributions(text, trajectory, today, ticked),
        text,
        data.get("leftovers", "").splitlines()[:MAX_LEFTOVERS],
        keeps_notes,
    )


def _compare_rows(rows: Sequence[PreviewRow], stored: Sequence[StoredStep]) -> None:
    """Set which stored step each row is or may be, and whether it repeats a row above it."""
    steps = [row.step for row in rows]
    matches = match_steps(stored, steps)
    seen: set[tuple[object, ...]] = set()
    for row, match, similar in zip(rows, matches, similar_steps(stored, steps, matches), strict=True):
        row.stored, row.similar, row.is_repeated = match, similar, row.content in seen
        seen.add(row.content)
        if match:
            # Nothing is asked for what is there already.
            row.errors = {}


def _preview_contributions(
    text: str, trajectory: Trajectory, today: date, ticked: Collection[str] | None
) -> list[PreviewContribution]:
    """Return the contributions of a table; without ``ticked`` those are ticked that are new and valid."""
    if not text.strip():
        return []
    try:
        sheet = read_text(text, KNOWN_HEADINGS)
        found = propose_contributions(sheet, detect_columns(sheet), trajectory, Defaults(None, "", None), today)
    except (SheetError, ValidationError):
        return []
    return [
        PreviewContribution(
            one,
            one.is_preselected
            if ticked is None
            else (not one.problems and not one.known and str(one.number) in ticked),
        )
        for one in found
    ]


def _count(data: Any, name: str, most: int) -> int:
    text = data.get(name, "")
    return min(int(text), most) if text.isdecimal() and len(text) <= 4 else 0


def _preview_row(
    trajectory: Trajectory, form: PlanningRowForm, documents: Sequence[PreviewDocument], keeps_notes: bool
) -> PreviewRow:
    errors: dict[str, list[str]] = {}
    if not form.is_valid():
        errors = {name: [str(error) for error in found] for name, found in form.errors.items()}
    cleaned = form.cleaned_data
    starts_at, ends_at = cleaned.get("times") or (None, None)
    body = cleaned.get("body") or [""]
    step = Step(
        trajectory=trajectory,
        ref=cleaned.get("ref", ""),
        planned=cleaned.get("when"),
        title=" ".join((cleaned.get("title") or "").split()),
        kind=cleaned.get("kind", ""),
        **cleaned.get("details", {}),
        phase=cleaned.get("phase") or "",
        body=body[0],
        audience=list(cleaned.get("audience") or []),
        starts_at=starts_at,
        ends_at=ends_at,
        place_name=cleaned.get("place") or "",
        done=cleaned.get("when") if cleaned.get("done") else None,
        optional=bool(cleaned.get("optional")),
        note=(cleaned.get("note") or "") if keeps_notes else "",
        documents=_mentioned(cleaned.get("documents") or (), documents),
    )
    split_inspection(step)
    try:
        validate_step(step)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            cell = {"planned": "when", "ends_at": "times", "starts_at": "times"}.get(name, name)
            errors.setdefault(cell, []).extend(messages)
    if not step.planned and "when" not in errors:
        errors["when"] = [_("Write the date here. Not known yet? Write: to be planned.")]
    return PreviewRow(form, step, errors)


def _mentioned(numbers: Iterable[int], documents: Sequence[PreviewDocument]) -> list[str]:
    """Return the refs of documents that are there or will be."""
    found = [documents[number] for number in numbers if number < len(documents)]
    return sorted({one.ref for one in found if one.stored_ref or (one.is_ticked and not one.errors)})


def _preview_documents(
    trajectory: Trajectory, data: Any, choices: PlanningChoices, is_first: bool
) -> list[PreviewDocument]:
    found: list[PreviewDocument] = []
    for index in range(_count(data, "documents", MAX_DOCUMENTS)):
        form = PlanningDocumentForm(data, prefix=f"document-{index}", choices=choices)
        form.is_valid()
        errors = {name: [str(error) for error in messages] for name, messages in form.errors.items()}
        cleaned = form.cleaned_data
        document = Document(
            trajectory=trajectory,
            ref=cleaned.get("ref", ""),
            title=" ".join((cleaned.get("title") or "").split()),
            version=" ".join((cleaned.get("version") or "").split()),
            kind=cleaned.get("kind") or "",
            dated_on=cleaned.get("dated_on"),
        )
        ticked = is_first or bool(data.get(form.add_prefix("take")))
        found.append(PreviewDocument(form, document, errors, is_ticked=ticked and bool(document.ref)))
    for one, stored in zip(found, match_documents(trajectory, [one.document for one in found]), strict=True):
        one.stored_ref = stored
    for one in found:
        number = one.form.cleaned_data.get("replaces")
        if number is not None and number < len(found):
            replaced = found[number]
            if replaced is not one and (replaced.stored_ref or replaced.is_ticked):
                one.document.replaces = replaced.ref
    return found
