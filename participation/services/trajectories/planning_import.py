"""Importing a planning: its rows become steps and documents, as one changeset that can be undone.

Each row has a ref made from what the planning prints, so that the same planning again adds nothing, whatever was
changed in the preview or since.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import DocumentFacts, StepFacts
from participation.compliance.times import has_no_duration, is_too_long
from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS
from participation.models import Changeset, Contribution, Document, Organisation, Step, Trajectory
from participation.models.trajectory_items import TrajectoryItem
from participation.services.changes.changesets import ChangesetWriter, StaleVersion, WriteContext
from participation.services.contributions.outcomes import add_contributions

#: How the refs of imported steps and documents start.
STEP_PREFIX, DOCUMENT_PREFIX = "pl-", "pd-"
_DIGEST_LENGTH = 12


class StoredStep(NamedTuple):
    """A step that is there already. ``is_open`` unless it was done or cancelled."""

    pk: int
    ref: str
    title: str
    planned: ImpreciseDate | None
    is_open: bool


class StepMove(NamedTuple):
    """Another date for a stored step: the one that was shown, and the new one with the last day of an inspection."""

    seen: str
    planned: ImpreciseDate
    closes: ImpreciseDate | None = None


def step_refs(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return the ref of each row, from its date and its title as printed; equal rows are numbered."""
    return _refs(STEP_PREFIX, rows)


def document_refs(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return the ref of each document, from its title and its version as printed."""
    return _refs(DOCUMENT_PREFIX, rows)


def _refs(prefix: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for row in rows:
        words = tuple(" ".join(text.casefold().split()) for text in row)
        seen[words] += 1
        digest = hashlib.sha256("\n".join((*words, str(seen[words]))).encode()).hexdigest()
        found.append(f"{prefix}{digest[:_DIGEST_LENGTH]}")
    return found


def match_steps(trajectory: Trajectory, steps: Sequence[Step]) -> list[StoredStep | None]:
    """Return the stored step that each of these is, None for a new one; each stored step at most once.

    It is known by its ref; else by title and date; else by its title alone, where only one open step has it.
    """
    rows = Step.objects.filter(trajectory=trajectory).order_by("pk")
    stored = [
        StoredStep(pk, ref, title, planned, done is None and not cancelled)
        for pk, ref, title, planned, done, cancelled in rows.values_list(
            "pk", "ref", "title", "planned", "done", "cancelled"
        )
    ]
    found: list[StoredStep | None] = [None] * len(steps)
    free = {step.pk: step for step in stored}

    def claim(index: int, step: StoredStep | None) -> None:
        if step is not None and found[index] is None and step.pk in free:
            found[index] = free.pop(step.pk)

    by_ref = {step.ref: step for step in stored}
    for index, step in enumerate(steps):
        claim(index, by_ref.get(step.ref))
    same_day = defaultdict(list)
    for other in stored:
        same_day[_title(other.title), _bounds(other.planned)].append(other)
    for index, step in enumerate(steps):
        candidates = [one for one in same_day[_title(step.title), _bounds(step.planned)] if one.pk in free]
        if step.title and candidates:
            claim(index, candidates[0])
    same_title = defaultdict(list)
    for other in free.values():
        same_title[_title(other.title)].append(other)
    unmatched = Counter(_title(step.title) for index, step in enumerate(steps) if found[index] is None)
    for index, step in enumerate(steps):
        others = same_title[_title(step.title)]
        if step.title and len(others) == 1 and others[0].is_open and unmatched[_title(step.title)] == 1:
            claim(index, others[0])
    return found


def match_documents(trajectory: Trajectory, documents: Sequence[Document]) -> list[str]:
    """Return the ref of the stored document that each of these is, by ref or else by title and version; "" if new."""
    rows = list(Document.objects.filter(trajectory=trajectory).order_by("pk").values_list("ref", "title", "version"))
    by_name = {(_title(title), version): ref for ref, title, version in rows}
    refs = {ref for ref, _title_text, _version in rows}
    return [
        document.ref if document.ref in refs else by_name.get((_title(document.title), document.version), "")
        for document in documents
    ]


def _title(text: str) -> str:
    return " ".join(text.casefold().split())


def _bounds(when: ImpreciseDate | None) -> tuple[object, ...]:
    return when[:3] if when else ()


def split_inspection(step: Step) -> None:
    """Set the last day of an inspection that is planned as a span: it runs from ``planned`` to ``closes``."""
    when = step.planned
    if step.kind == "inspection" and when and when.precision == "range" and when.earliest and when.latest:
        step.planned, step.closes = ImpreciseDate.on(when.earliest), ImpreciseDate.on(when.latest)


def validate_step(step: Step) -> None:
    """Raise ValidationError, by field, where a step is invalid by itself; what it refers to is not looked up."""
    errors = {}
    if has_no_duration(step.starts_at, step.ends_at) or is_too_long(step.starts_at, step.ends_at):
        errors["ends_at"] = _("Check from what time until what time it is.")
    if not step.kind:
        errors["kind"] = _("Choose what kind of step it is.")
    if errors:
        raise ValidationError(errors)
    Model.clean_fields(step, exclude=["trajectory", "id", "ref"])
    step.clean()


def step_facts(step: Step) -> StepFacts:
    """Return an unsaved step as the rules see it."""
    return StepFacts(
        step.ref,
        step.kind,
        method=step.method,
        phase=step.phase,
        stage=step.stage,
        procedure=step.procedure,
        body=step.body,
        title=step.title,
        optional=step.optional,
        starts_at=step.starts_at,
        ends_at=step.ends_at,
        audience=tuple(sorted(step.audience)),
        documents=tuple(sorted(step.documents)),
        planned=step.planned,
        closes=step.closes,
    )


def document_facts(document: Document) -> DocumentFacts:
    """Return an unsaved document as the rules see it."""
    return DocumentFacts(
        document.ref, document.kind, document.title, replaces=document.replaces, dated_on=document.dated_on
    )


def record_planning(
    trajectory: Trajectory,
    write_context: WriteContext,
    *,
    steps: Sequence[Step],
    documents: Sequence[Document] = (),
    moves: Mapping[int, StepMove] = {},
    contributions: Sequence[Contribution] = (),
) -> Changeset | None:
    """Record new steps, documents and contributions, and other dates of stored steps (by primary key).

    One with a ref that exists by now is skipped. Returns the changeset, None where nothing was recorded. Raises
    StaleVersion where a step to move was changed since it was shown, and ValidationError where a row is invalid or
    refers to what does not exist.
    """
    about = _label(len(steps), len(moves), len(documents), len(contributions))
    verb = "added" if steps or documents or contributions else "rescheduled"
    refs = [row.ref for row in (*steps, *documents)]
    if len(set(refs)) != len(refs):
        raise ValidationError(_("Two rows are the same one. Read the planning again."))
    with write_context.record_changeset(trajectory, verb, about) as recorder:
        existing = _existing_refs(trajectory, refs)
        new_documents = [document for document in documents if document.ref not in existing]
        new_steps = [step for step in steps if step.ref not in existing]
        _validate_references(trajectory, new_steps, new_documents)
        for step in new_steps:
            validate_step(step)
        recorder.save_all(new_documents)
        recorder.save_all(new_steps)
        _move_steps(recorder, trajectory, moves)
        add_contributions(recorder, trajectory, contributions)
    return recorder.changeset


def _label(steps: int, moves: int, documents: int, contributions: int) -> str:
    parts = [
        _("steps: %(count)s") % {"count": steps} if steps else "",
        _("steps on another date: %(count)s") % {"count": moves} if moves else "",
        _("documents: %(count)s") % {"count": documents} if documents else "",
        _("contributions: %(count)s") % {"count": contributions} if contributions else "",
    ]
    return _("a planning (%(parts)s)") % {"parts": ", ".join(filter(None, parts))}


def _existing_refs(trajectory: Trajectory, refs: Sequence[str]) -> set[str]:
    """Return which of these refs are in use, by any kind of item."""
    found: set[str] = set()
    for model in TrajectoryItem.__subclasses__():
        rows = model._default_manager.filter(trajectory=trajectory, ref__in=refs)
        found.update(rows.values_list("ref", flat=True))
    return found


def _validate_references(trajectory: Trajectory, steps: Sequence[Step], documents: Sequence[Document]) -> None:
    """Raise ValidationError on a party or a document that does not exist: in bulk, what saving one row looks up."""
    parties = {party for step in steps for party in step.audience} - set(AUDIENCES)
    parties |= {step.body for step in steps} - {"", *ORGANISATION_KINDS}
    parties -= set(Organisation.objects.filter(slug__in=parties).values_list("slug", flat=True))
    if parties:
        message = _("There is no organisation %(names)s.")
        raise ValidationError(message, params={"names": ", ".join(sorted(parties))})
    refs = {ref for step in steps for ref in step.documents} | {document.replaces for document in documents}
    refs -= {"", *(document.ref for document in documents)}
    refs -= set(Document.objects.filter(trajectory=trajectory, ref__in=refs).values_list("ref", flat=True))
    if refs:
        message = _("There is no %(names)s in this trajectory.")
        raise ValidationError(message, params={"names": ", ".join(sorted(refs))})


def _move_steps(recorder: ChangesetWriter, trajectory: Trajectory, moves: Mapping[int, StepMove]) -> None:
    rows = list(Step.objects.filter(trajectory=trajectory, pk__in=list(moves)).order_by("pk"))
    if len(rows) != len(moves):
        raise StaleVersion
    changed = []
    for row in rows:
        move = moves[row.pk]
        seen = row.planned.to_text() if row.planned else ""
        if row.done is not None or row.cancelled or seen != move.seen:
            raise StaleVersion
        if row.planned != move.planned:
            row.planned, row.closes = move.planned, move.closes or row.closes
            validate_step(row)
            changed.append(row)
    recorder.save_all(changed)
