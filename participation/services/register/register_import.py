"""Importing motions, commitments and requests from a file, with a preview first, in one transaction.

An import adds and changes, but never removes data: values that the file leaves out are kept, and so is a date that is
recorded more precisely. Importing the same file again changes nothing.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from participation.compliance.dates import ImpreciseDate
from participation.compliance.vocabulary import AUDIENCES
from participation.dossier.errors import DossierError, Problem, sort_problems
from participation.dossier.motion_number import normalize_number
from participation.interchange.register.values import ParsedRegister
from participation.models import (
    Changeset,
    Commitment,
    CommitmentFulfilment,
    Motion,
    Organisation,
    ProgressReport,
    Request,
    Trajectory,
)
from participation.models.fields import ImpreciseDateField
from participation.selectors.dossiers.field_mapping import record_columns, to_column, value_at, written_empty_lists
from participation.services.assessment import reassess_keys
from participation.services.changes.changesets import ChangesetWriter, StaleVersion, WriteContext

from .requests import RequestReferences, number_of

MODELS: Mapping[str, Any] = {"motions": Motion, "commitments": Commitment, "requests": Request}
OWNER_TYPES: Mapping[str, str] = {"motions": "motion", "commitments": "commitment", "requests": "request"}
#: The kinds of record, by the list of the register.
_KINDS: Mapping[str, str] = {"motions": "motions", "commitments": "commitments", "requests": "register_requests"}
#: List columns to which an import only adds items as they are.
_LIST_COLUMNS = ("made_to", "rules", "neighbourhoods")
#: Columns that are not compared: the identity of a row.
_IDENTITY_COLUMNS = ("number", "printed_as")

DatedText = ProgressReport | CommitmentFulfilment
#: The lists of dated texts of a record, each with its table.
_DATED_TEXTS: Mapping[str, type[DatedText]] = {"reports": ProgressReport, "fulfilments": CommitmentFulfilment}


class RegisterDifference(NamedTuple):
    """A column in which the file differs from what is recorded."""

    column: str
    old: Any
    new: Any


class Proposal(NamedTuple):
    """Preview of one row of the file: the motion, commitment or request as it would become, unsaved.

    With its differences, and the new reports on it and fulfilments of it.
    """

    section: str
    location: str
    row: Any
    new: bool
    differences: tuple[RegisterDifference, ...]
    reports: tuple[DatedText, ...]

    @property
    def key(self) -> str:
        """Return the key by which a user can leave this row out."""
        return f"{self.section}:{self.row.number}"

    @property
    def changes(self) -> bool:
        """Return whether there is anything to record."""
        return self.new or bool(self.differences or self.reports)


class Proposals(NamedTuple):
    """Preview of a whole file; it cannot be imported while there are problems."""

    rows: tuple[Proposal, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    @property
    def new(self) -> list[Proposal]:
        """Return the rows to add."""
        return [row for row in self.rows if row.new]

    @property
    def changed(self) -> list[Proposal]:
        """Return the rows to change."""
        return [row for row in self.rows if row.changes and not row.new]

    @property
    def same(self) -> int:
        """Return the number of rows that stay the same."""
        return sum(not row.changes for row in self.rows)

    @property
    def fingerprint(self) -> str:
        """Return a checksum of the changes, which also differs where the register was changed meanwhile."""
        values = [
            [
                row.key,
                row.new,
                [[d.column, _fingerprint_value(d.old), _fingerprint_value(d.new)] for d in row.differences],
                _fingerprint_reports(row),
            ]
            for row in self.rows
            if row.changes
        ]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]


class RegisterRecorded(NamedTuple):
    """Result of an import: counts of rows added and changed and of reports, and a changeset for each row."""

    added: int
    changed: int
    reports: int
    changesets: tuple[Changeset, ...]


def proposals(read: ParsedRegister, *, lock: bool = False) -> Proposals:
    """Return what importing this file would change; nothing is written.

    With ``lock``, inside a transaction, the existing rows are locked until it ends.
    """
    rows: list[Proposal] = []
    problems, notes = list(read.problems), list(read.notes)
    for section, model in MODELS.items():
        wanted = read.document.get(section) or []
        locations = read.locations.get(section, ())
        stored: Any = _StoredRequests(wanted, lock) if section == "requests" else _Stored(section, wanted, lock)
        seen: dict[int, tuple[str, str]] = {}
        for record, location in zip(wanted, locations, strict=True):
            row = stored.find(record)
            if row is not None and row.pk in seen:
                other, number = seen[row.pk]
                # A number that occurs twice in the file was already reported when it was read.
                if stored.key(record["number"]) != stored.key(number):
                    reason = _("This is the same as what stands in %(place)s: both numbers are of %(number)s.")
                    values = {"place": other, "number": row.number}
                    problems.append(Problem(location, reason % values, _("Make the two one, or correct the number.")))
                continue
            if row is not None:
                seen[row.pk] = (location, record["number"])
            proposal = _proposal(section, model, location, record, row, stored)
            problems += [*stored.problems(record, location), *_model_problems(proposal)]
            rows.append(proposal)
        if stored.unknown_parties:
            names = {"names": ", ".join(sorted(stored.unknown_parties))}
            notes.append(_("These organisations are not known yet, and are added: %(names)s.") % names)
    return Proposals(tuple(rows), tuple(sort_problems(problems)), tuple(notes))


def import_rows(
    read: ParsedRegister,
    write_context: WriteContext,
    *,
    expected_fingerprint: str | None = None,
    left_out: Collection[str] = (),
    as_system: bool = False,
) -> RegisterRecorded:
    """Import this file in one transaction, and assess the result.

    ``expected_fingerprint`` is the fingerprint of the preview: raises StaleVersion where the register was changed
    since. ``left_out`` are the keys of rows not to import. Each motion, commitment and request gets a changeset, and
    these can be undone together, unless the import is ``as_system``. Raises DossierError where the file has problems.
    """
    try:
        with transaction.atomic():
            found = proposals(read, lock=True)
            if found.problems:
                raise DossierError(found.problems)
            if expected_fingerprint is not None and found.fingerprint != expected_fingerprint:
                raise StaleVersion
            return _record([row for row in found.rows if row.key not in left_out], write_context, as_system)
    except IntegrityError:
        # The same number was added concurrently.
        raise StaleVersion from None


def _record(rows: Iterable[Proposal], write_context: WriteContext, as_system: bool) -> RegisterRecorded:
    wanted = [row for row in rows if row.changes]
    by: Any = None if as_system else write_context.by
    changesets: list[Changeset] = []
    for section in MODELS:
        own = [row for row in wanted if row.section == section]
        recorder = ChangesetWriter(by, write_context.now)
        _add_organisations(own, recorder)
        recorder.save_all([row.row for row in own if row.new])
        recorder.save_all([row.row for row in own if row.differences and not row.new])
        texts = [_set_owner(text, section, row.row) for row in own for text in row.reports]
        for model in _DATED_TEXTS.values():
            recorder.save_all([text for text in texts if isinstance(text, model)])
        if by is not None:
            changesets += _entries(section, own, recorder, write_context)
        moment = (write_context.rulebooks, write_context.today, write_context.now)
        reassess_keys(OWNER_TYPES[section], [row.row.pk for row in own], *moment)
        reassess_keys("trajectory", sorted(_trajectories(own)), *moment)
    Changeset.objects.bulk_create(changesets)
    if len(changesets) > 1:
        Changeset.objects.filter(pk__in=[one.pk for one in changesets[1:]]).update(import_lead=changesets[0])
    added = sum(row.new for row in wanted)
    return RegisterRecorded(added, len(wanted) - added, sum(len(row.reports) for row in wanted), tuple(changesets))


def _trajectories(rows: Iterable[Proposal]) -> set[int]:
    """Return the keys of the trajectories that these requests belong to, or belonged to."""
    found: set[int | None] = {row.row.trajectory_id for row in rows if row.section == "requests"}
    moved = (d.old for row in rows for d in row.differences if d.column == "trajectory" and d.old)
    return {key for key in (*found, *(trajectory.pk for trajectory in moved)) if key}


def _add_organisations(rows: Iterable[Proposal], recorder: ChangesetWriter) -> None:
    """Add the organisations that these requests are from and that are not known yet, named by their slug."""
    slugs = {row.row.party for row in rows if row.section == "requests"} - {"", *AUDIENCES}
    known = set(Organisation.objects.filter(slug__in=slugs).values_list("slug", flat=True)) if slugs else set()
    recorder.save_all([Organisation(slug=slug, name=slug) for slug in sorted(slugs - known)])


class _Stored:
    """The existing motions or commitments with these numbers, and their reports, in a few queries."""

    unknown_parties: Collection[str] = ()

    def __init__(self, section: str, records: Sequence[Mapping[str, Any]], lock: bool) -> None:
        model, self.section = MODELS[section], section
        self.rows: dict[str, Any] = {}
        self.texts: dict[str, dict[int, set[tuple[Any, str]]]] = {key: {} for key in _DATED_TEXTS}
        numbers = [record["number"] for record in records]
        if not numbers:
            return
        keys = {self.key(number) for number in numbers}
        rows = model._default_manager.select_for_update() if lock else model._default_manager.all()
        if section == "motions":
            others = model._default_manager.exclude(also_printed_as=[]).values_list("pk", "also_printed_as")
            also = {self.key(name): pk for pk, names in others for name in names}
            found = rows.in_bulk([pk for name, pk in also.items() if name in keys])
            self.rows = {name: found[pk] for name, pk in also.items() if pk in found}
        self.rows |= {row.number: row for row in rows.filter(number__in=keys)}
        pks = {row.pk for row in self.rows.values()}
        self._read_texts("reports", OWNER_TYPES[section], pks)
        if section == "commitments":
            self._read_texts("fulfilments", "commitment", pks)

    def _read_texts(self, key: str, owner: str, pks: Collection[int]) -> None:
        rows = _DATED_TEXTS[key]._default_manager.filter(**{f"{owner}__in": pks})
        for pk, on, text in rows.values_list(f"{owner}_id", "on", "text"):
            self.texts[key].setdefault(pk, set()).add((on, text))

    def find(self, record: Mapping[str, Any]) -> Any:
        """Return the row with the number of this record, in any printed form, or None."""
        return self.rows.get(self.key(record["number"]))

    def problems(self, record: Mapping[str, Any], location: str) -> Iterator[Problem]:
        """Yield nothing: motions and commitments refer to nothing."""
        yield from ()

    def key(self, printed: str) -> str:
        """Return a number normalised for comparison."""
        return normalize_number(printed) if self.section == "motions" else printed.strip()


class _StoredRequests:
    """The existing requests that these records are about, and what the records refer to, in a few queries.

    A record without a trajectory says nothing about it: a request that was linked stays linked.
    """

    texts: Mapping[str, Mapping[int, Collection[Any]]] = {key: {} for key in _DATED_TEXTS}

    def __init__(self, records: Sequence[Mapping[str, Any]], lock: bool) -> None:
        self.references = RequestReferences(records, lock)
        self.unknown_parties = self.references.unknown_parties

    def key(self, printed: str) -> str:
        """Return a number as it is stored."""
        return printed.strip()

    def find(self, record: Mapping[str, Any]) -> Any:
        """Return the row that this record is about, or None."""
        return self.references.row_of(record)

    def trajectory(self, record: Mapping[str, Any]) -> Trajectory | None:
        """Return the trajectory that this record names, or None."""
        return self.references.trajectories.get(record.get("trajectory") or "")

    def problems(self, record: Mapping[str, Any], location: str) -> Iterator[Problem]:
        """Yield why the request cannot belong to the trajectory that the record names."""
        for found in self.references.problems(record, location) if record.get("trajectory") else ():
            reason = _("This does not fit the register: %(reason)s.") % {"reason": found.reason}
            yield Problem(location, reason, _("Correct it in the file: %(hint)s.") % {"hint": found.hint})


def _proposal(section: str, model: Any, location: str, record: Mapping[str, Any], row: Any, stored: Any) -> Proposal:
    new = row is None
    if new:
        number = normalize_number(record["number"]) if section == "motions" else record["number"].strip()
        row = model(number=number)
        # A file in our own format tells an empty list from one that is left out.
        row.empty_lists = written_empty_lists(_KINDS[section], record)
        if section == "motions":
            row.printed_as = record["number"]
    differences = tuple(_differences(section, model, record, row))
    if section == "requests":
        row.ref = number_of(record)
        if not row.number:
            # A request that came with a dossier gets the number that the register gives it.
            differences = (RegisterDifference("number", "", row.ref), *differences)
        named = stored.trajectory(record)
        if named is not None and named.pk != row.trajectory_id:
            differences = (*differences, RegisterDifference("trajectory", row.trajectory, named))
    for difference in differences:
        setattr(row, difference.column, difference.new)
    texts: dict[tuple[str, Any, str], DatedText] = {}
    for key, text_model in _DATED_TEXTS.items():
        existing = stored.texts[key].get(row.pk, set()) if not new else set()
        for item in record.get(key) or []:
            on, text = to_column(text_model, "on", item.get("on")), item.get("text") or ""
            if (on, text) not in existing:
                texts.setdefault((key, on, text), text_model(on=on, text=text))
    return Proposal(section, location, row, new, differences, tuple(texts.values()))


def _differences(section: str, model: Any, record: Mapping[str, Any], row: Any) -> Iterator[RegisterDifference]:
    for path, column in record_columns(_KINDS[section]).items():
        if column in _IDENTITY_COLUMNS:
            continue
        old, new = getattr(row, column), to_column(model, column, value_at(record, path))
        if column == "also_printed_as":
            new = _other_printed_forms(old, new, record, row)
        elif column == "suspended":
            new = _merge_suspensions(old, new)
        elif column in _LIST_COLUMNS:
            new = _append_new(old, new)
        if new in (None, "", []) or new == old or _is_less_precise(model, column, new, old):
            continue
        yield RegisterDifference(column, old, new)


def _other_printed_forms(old: list[str], new: list[str], record: Mapping[str, Any], row: Any) -> list[str]:
    """Return the other printed forms of its number, which users may search for."""
    return _append_new(
        old, [name for name in (record["number"].strip(), *new) if name not in (row.number, row.printed_as)]
    )


def _merge_suspensions(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the suspensions with those of the file; one with the same first day fills in what is recorded."""
    found = {json.dumps(period.get("from")): period for period in old}
    for period in new:
        key = json.dumps(period.get("from"))
        found[key] = {**found.get(key, {}), **period}
    return list(found.values())


def _append_new(old: list[str], new: list[str]) -> list[str]:
    return [*old, *dict.fromkeys(item for item in new if item not in old)]


def _is_less_precise(model: Any, column: str, new: Any, old: Any) -> bool:
    """Return whether the file's date is only less precise: "2026" where 20 March 2026 is recorded."""
    if (
        not isinstance(model._meta.get_field(column), ImpreciseDateField)
        or not old
        or not isinstance(new, ImpreciseDate)
    ):
        return False
    if not new.is_dated:
        return bool(old.is_dated)
    if not old.is_dated:
        return False
    starts = new.earliest is None or (old.earliest is not None and new.earliest <= old.earliest)
    return starts and old.latest <= new.latest and (new.precision != "day" or old.precision == "day")


def _model_problems(proposal: Proposal) -> Iterator[Problem]:
    """Yield the errors of the model's own validation."""
    row, location = proposal.row, proposal.location
    # What a request refers to was looked up for all of them at once.
    validate = partial(Model.clean_fields, row) if isinstance(row, Request) else row.clean_fields
    try:
        validate(exclude={"id", "trajectory"})
        row.clean()
    except ValidationError as error:
        for column, messages in error.message_dict.items():
            name = str(row._meta.get_field(column).verbose_name)
            for message in messages:
                yield Problem(location, f"{name}: {message}", _("Correct it in the file."))


def _set_owner(report: DatedText, section: str, row: Any) -> DatedText:
    setattr(report, OWNER_TYPES[section], row)
    return report


def _entries(
    section: str, rows: Collection[Proposal], recorder: ChangesetWriter, write_context: Any
) -> list[Changeset]:
    """Return a changeset for each of these rows, with its own part of the recorded items."""
    owner_type, model = OWNER_TYPES[section], MODELS[section]
    owner = {(text._meta.model_name, text.pk): row.row.pk for row in rows for text in row.reports}
    items: dict[int, list[list[Any]]] = {}
    for item in recorder.row_changes:
        name, pk = item[0], item[1]
        if name != Organisation._meta.model_name:
            items.setdefault(owner.get((name, pk), pk), []).append(item)
    return [
        Changeset(
            **_changeset_owner(owner_type, row),
            by=write_context.by,
            at=write_context.now,
            verb="added" if row.new else "changed",
            about=f"{model._meta.verbose_name} {row.row.number}",
            row_changes=items.get(row.row.pk, []),
        )
        for row in rows
    ]


def _changeset_owner(owner_type: str, row: Proposal) -> dict[str, Any]:
    """Return the owner of the changeset of this row: of a request its trajectory, where it belongs to one."""
    trajectory = row.row.trajectory if owner_type == "request" else None
    return {"trajectory": trajectory} if trajectory else {owner_type: row.row}


def _fingerprint_value(value: Any) -> Any:
    if isinstance(value, Trajectory):
        return value.slug
    return value.to_text() if isinstance(value, ImpreciseDate) else value


def _fingerprint_reports(row: Proposal) -> list[list[Any]]:
    return [[text._meta.model_name, _fingerprint_value(text.on), text.text] for text in row.reports]
