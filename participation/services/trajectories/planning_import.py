"""Importing a planning: its rows become steps and documents, as one changeset that can be undone.

Each row has a ref made from what the planning prints, so that the same planning again adds nothing, whatever was
changed in the preview or since.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import DocumentFacts, StepFacts
from participation.compliance.times import has_no_duration, is_too_long
from participation.compliance.vocabulary import AUDIENCES, ORGANISATION_KINDS
from participation.dossier.characters import without_case
from participation.interchange.plannings.words import normalize_words
from participation.models import Changeset, Contribution, Document, Organisation, Step, Trajectory
from participation.models.trajectory_items import TrajectoryItem
from participation.services.changes.changesets import ChangesetWriter, StaleVersion, WriteContext
from participation.services.contributions.outcomes import add_contributions

#: How the refs of imported steps and documents start.
STEP_PREFIX, DOCUMENT_PREFIX = "pl-", "pd-"
_DIGEST_LENGTH = 12
_WORD = re.compile(r"[^\W\d_]+")
#: Length of a word that says what a step is about, and of what words of one stem have in common.
_MIN_WORD_LENGTH, _MIN_STEM_LENGTH = 4, 6
_COMMON_WORDS = frozenset(
    ("over", "voor", "naar", "door", "deze", "eerste", "tweede", "derde", "nieuwe", "inclusief", "alle", "with", "from")
)


class StoredStep(NamedTuple):
    """A step that is there already. ``is_open`` unless it was done or cancelled."""

    pk: int
    ref: str
    title: str
    planned: ImpreciseDate | None
    is_open: bool
    kind: str = ""
    documents: tuple[str, ...] = ()
    body: str = ""
    done: ImpreciseDate | None = None


class StepUpdate(NamedTuple):
    """What changes in a stored step: ``seen`` is the date that was shown, "" where it had none.

    ``planned`` is another date, with the last day of an inspection; ``done`` the day on which it took place.
    ``documents`` are refs that it gets besides its own.
    """

    seen: str
    planned: ImpreciseDate | None = None
    closes: ImpreciseDate | None = None
    done: ImpreciseDate | None = None
    is_cancelled: bool = False
    documents: tuple[str, ...] = ()

    @property
    def changes_state(self) -> bool:
        """Return whether it changes more than the documents."""
        return bool(self.planned or self.done or self.is_cancelled)


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
        words = tuple(map(without_case, row))
        seen[words] += 1
        digest = hashlib.sha256("\n".join((*words, str(seen[words]))).encode()).hexdigest()
        found.append(f"{prefix}{digest[:_DIGEST_LENGTH]}")
    return found


def match_steps(stored: Sequence[StoredStep], steps: Sequence[Step]) -> list[StoredStep | None]:
    """Return the stored step that each of these is, None for a new one; each stored step at most once.

    It is known by its ref; else by title and date; else by its title alone, where only one open step has it.
    """
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
        same_day[without_case(other.title), _bounds(other.planned)].append(other)
    for index, step in enumerate(steps):
        candidates = [one for one in same_day[without_case(step.title), _bounds(step.planned)] if one.pk in free]
        if step.title and candidates:
            claim(index, candidates[0])
    same_title = defaultdict(list)
    for other in free.values():
        same_title[without_case(other.title)].append(other)
    unmatched = Counter(without_case(step.title) for index, step in enumerate(steps) if found[index] is None)
    for index, step in enumerate(steps):
        others = same_title[without_case(step.title)]
        if step.title and len(others) == 1 and others[0].is_open and unmatched[without_case(step.title)] == 1:
            claim(index, others[0])
    return found


def similar_steps(
    stored: Sequence[StoredStep], steps: Sequence[Step], matches: Sequence[StoredStep | None]
) -> list[StoredStep | None]:
    """Return the stored step that each of these may be in other words, None where none is alike or it was matched.

    Alike are steps on the same days, of one kind or by one body, with a word in common or without a title.
    """
    matched = {match.pk for match in matches if match}
    by_days = defaultdict(list)
    for other in stored:
        if other.pk not in matched:
            words = _title_words(other.title)
            for days in {_days(other.planned), _days(other.done or other.planned)}:
                by_days[days].append((other, words))
    found: list[StoredStep | None] = []
    for step, match in zip(steps, matches, strict=True):
        words = _title_words(step.title)
        alike = {
            other: shared
            for other, other_words in (() if match else by_days[_days(step.planned)])
            if _is_of_kind(step, other)
            and ((shared := sum(_is_shared(word, other_words) for word in words)) or not (words and other_words))
        }
        found.append(max(alike, key=lambda other: alike[other], default=None))
    return found


def _days(when: ImpreciseDate | None) -> tuple[date | None, date | None]:
    return (when.earliest, when.latest) if when else (None, None)


def _is_of_kind(step: Step, other: StoredStep) -> bool:
    """Return whether the kind or the body may be the same; a kind that is not known may be any."""
    return not step.kind or step.kind == other.kind or bool(step.body and step.body == other.body)


def _title_words(title: str) -> set[str]:
    words = _WORD.findall(normalize_words(title))
    return {word for word in words if len(word) >= _MIN_WORD_LENGTH and word not in _COMMON_WORDS}


def _is_shared(word: str, others: Collection[str]) -> bool:
    """Return whether a word, its beginning or a compound of it is among these: "commissie" in "raadscommissie"."""
    for other in others:
        short, long = sorted((word, other), key=len)
        if short == long or (len(short) >= _MIN_STEM_LENGTH and (short in long or _begins_alike(short, long))):
            return True
    return False


def _begins_alike(one: str, other: str) -> bool:
    return one[:_MIN_STEM_LENGTH] == other[:_MIN_STEM_LENGTH]


def stored_steps(trajectories: Collection[int]) -> Mapping[int, list[StoredStep]]:
    """Return the steps of these trajectories, by the primary key of the trajectory; one query."""
    found: dict[int, list[StoredStep]] = {pk: [] for pk in trajectories}
    rows = Step.objects.filter(trajectory__in=found).order_by("pk")
    columns = ("trajectory_id", "pk", "ref", "title", "planned", "done", "cancelled", "kind", "documents", "body")
    for trajectory, pk, ref, title, planned, done, cancelled, kind, documents, body in rows.values_list(*columns):
        is_open = done is None and not cancelled
        found[trajectory].append(StoredStep(pk, ref, title, planned, is_open, kind, tuple(documents), body, done))
    return found


def match_documents(trajectory: Trajectory, documents: Sequence[Document]) -> list[str]:
    """Return the ref of the stored document that each of these is, by ref or else by title and version; "" if new."""
    rows = list(Document.objects.filter(trajectory=trajectory).order_by("pk").values_list("ref", "title", "version"))
    by_name = {(without_case(title), version): ref for ref, title, version in rows}
    refs = {ref for ref, _title_text, _version in rows}
    return [
        document.ref if document.ref in refs else by_name.get((without_case(document.title), document.version), "")
        for document in documents
    ]


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
        done=step.done,
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
    updates: Mapping[int, StepUpdate] = {},
    contributions: Sequence[Contribution] = (),
    label: str = "",
) -> Changeset | None:
    """Record new steps, documents and contributions, and updates of stored steps (by primary key).

    One with a ref that exists by now is skipped. Returns the changeset, None where nothing was recorded. Raises
    StaleVersion where a step to update was changed since it was shown, and ValidationError where a row is invalid or
    refers to what does not exist. ``label`` is what was imported, with %(parts)s in it.
    """
    about = (label or _("a planning (%(parts)s)")) % {"parts": _parts(steps, updates, documents, contributions)}
    verb = "rescheduled" if all(update.planned for update in updates.values()) else "changed"
    if steps or documents or contributions:
        verb = "added"
    refs = [row.ref for row in (*steps, *documents)]
    if len(set(refs)) != len(refs):
        raise ValidationError(_("Two rows are the same one. Read the planning again."))
    with write_context.record_changeset(trajectory, verb, about) as recorder:
        existing = _existing_refs(trajectory, refs)
        new_documents = [document for document in documents if document.ref not in existing]
        new_steps = [step for step in steps if step.ref not in existing]
        added_refs = {ref for update in updates.values() for ref in update.documents}
        _validate_references(trajectory, new_steps, new_documents, added_refs)
        for step in new_steps:
            validate_step(step)
        recorder.save_all(new_documents)
        recorder.save_all(new_steps)
        _update_steps(recorder, trajectory, updates)
        add_contributions(recorder, trajectory, contributions)
    return recorder.changeset


def _parts(
    steps: Sequence[Step],
    updates: Mapping[int, StepUpdate],
    documents: Sequence[Document],
    contributions: Sequence[Contribution],
) -> str:
    moved = sum(update.planned is not None for update in updates.values())
    others = sum(update.changes_state and update.planned is None for update in updates.values())
    parts = [
        _("steps: %(count)s") % {"count": len(steps)} if steps else "",
        _("steps on another date: %(count)s") % {"count": moved} if moved else "",
        _("steps that took place or were cancelled: %(count)s") % {"count": others} if others else "",
        _("documents: %(count)s") % {"count": len(documents)} if documents else "",
        _("contributions: %(count)s") % {"count": len(contributions)} if contributions else "",
    ]
    return ", ".join(filter(None, parts))


def _existing_refs(trajectory: Trajectory, refs: Sequence[str]) -> set[str]:
    """Return which of these refs are in use, by any kind of item."""
    found: set[str] = set()
    for model in TrajectoryItem.__subclasses__():
        rows = model._default_manager.filter(trajectory=trajectory, ref__in=refs)
        found.update(rows.values_list("ref", flat=True))
    return found


def _validate_references(
    trajectory: Trajectory, steps: Sequence[Step], documents: Sequence[Document], added_refs: Collection[str]
) -> None:
    """Raise ValidationError on a party or a document that does not exist: in bulk, what saving one row looks up."""
    parties = {party for step in steps for party in step.audience} - set(AUDIENCES)
    parties |= {step.body for step in steps} - {"", *ORGANISATION_KINDS}
    parties -= set(Organisation.objects.filter(slug__in=parties).values_list("slug", flat=True))
    if parties:
        message = _("There is no organisation %(names)s.")
        raise ValidationError(message, params={"names": ", ".join(sorted(parties))})
    refs = {ref for step in steps for ref in step.documents} | {document.replaces for document in documents}
    refs |= set(added_refs)
    refs -= {"", *(document.ref for document in documents)}
    refs -= set(Document.objects.filter(trajectory=trajectory, ref__in=refs).values_list("ref", flat=True))
    if refs:
        message = _("There is no %(names)s in this trajectory.")
        raise ValidationError(message, params={"names": ", ".join(sorted(refs))})


def _update_steps(recorder: ChangesetWriter, trajectory: Trajectory, updates: Mapping[int, StepUpdate]) -> None:
    rows = list(Step.objects.filter(trajectory=trajectory, pk__in=list(updates)).order_by("pk"))
    if len(rows) != len(updates):
        raise StaleVersion
    changed = []
    for row in rows:
        update = updates[row.pk]
        seen = row.planned.to_text() if row.planned else ""
        if seen != update.seen or (update.changes_state and (row.done is not None or row.cancelled)):
            raise StaleVersion
        before = (row.planned, row.closes, row.done, row.cancelled, row.documents)
        if update.planned and row.planned != update.planned:
            row.planned, row.closes = update.planned, update.closes or row.closes
        row.done, row.cancelled = update.done or row.done, update.is_cancelled or row.cancelled
        row.documents = [*row.documents, *(ref for ref in update.documents if ref not in row.documents)]
        if before != (row.planned, row.closes, row.done, row.cancelled, row.documents):
            validate_step(row)
            changed.append(row)
    recorder.save_all(changed)
