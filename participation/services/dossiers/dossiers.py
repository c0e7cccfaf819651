"""Importing a dossier or a register: validated as a whole, stored as a whole or not at all, then assessed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from simple_history.utils import bulk_update_with_history

from participation.compliance.dossier_parser import refs_of
from participation.compliance.facts import OrganisationFacts
from participation.compliance.rulebook import Rulebook
from participation.compliance.rulebooks import Rulebooks
from participation.dossier.errors import DossierError, Problem, pointer
from participation.dossier.hints import closest_word_hint
from participation.dossier.merge import merge_documents
from participation.dossier.motion_number import normalize_number
from participation.dossier.validate import problems_in, with_refs
from participation.models import (
    Commitment,
    CommitmentFulfilment,
    Document,
    DocumentShare,
    Motion,
    Neighbourhood,
    Organisation,
    Plan,
    PlanActor,
    ProgressReport,
    Request,
    Trajectory,
    User,
)
from participation.selectors.dossiers.dossiers import dossier_document, register_document
from participation.selectors.dossiers.field_mapping import SECTION_TABLES, row_values, to_column, written_empty_lists
from participation.services.assessment import gc_disabled, reassess_naming, reassess_one, reassess_register
from participation.services.bulk_insert import bulk_insert_with_history
from participation.services.changes.unique_names import retry_on_conflict
from participation.services.register.requests import RequestReferences, number_of

from .rulebook_words import unknown_words
from .shared_rows import HistoryAuthor, has_permission, shared_problems, store_shared

BATCH_SIZE = 500
#: Relations to rows of a dossier that are no part of it, by section: why such a row may not be left out.
_REQUIRED_RELATIONS = {
    "documents": {"file": gettext_noop("%(ref)s is left out, but a file of this trajectory would lose it")},
    "steps": {
        "evaluation_links": gettext_noop(
            "%(ref)s is left out, but links to an evaluation form of this trajectory would lose it"
        ),
        "responses": gettext_noop(
            "%(ref)s is left out, but answered evaluation forms of this trajectory would lose it"
        ),
    },
    "requests": {
        "counter_signal": gettext_noop("%(ref)s is left out, but a counter-signal of this trajectory would lose it")
    },
}
#: The sections with rows that associations submit: these may not be left out either.
_SUBMITTED_SECTIONS = ("contributions", "requests")


class Imported(NamedTuple):
    """Result of an import: the dossier, whether it is new, and the number of rows added, changed and removed.

    ``unapplied`` lists differences in rows shared between trajectories that the importing user may not change.
    """

    name: str
    created: bool
    added: int
    changed: int
    removed: int
    unapplied: tuple[Problem, ...] = ()


class _Tally:
    def __init__(self) -> None:
        self.added = self.changed = self.removed = 0


def import_dossier(
    document: Mapping[str, Any],
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
    replace: bool = False,
    by: User | None = None,
) -> Imported:
    """Store a dossier, new or over the one with the same slug, and assess it as of today.

    Rows it does not name are kept, unless ``replace`` is given. The caller checks that ``by`` may change this
    trajectory; rows shared with other trajectories are added and changed with the permissions of ``by`` (None, for
    commands: all). Raises DossierError, with nothing stored, where anything in it is invalid, refers to what does not
    exist, or leaves out a row that others refer to.
    """
    with gc_disabled():
        return _import(document, rulebooks, today, now, replace, by)


# Where a concurrent insert of the same trajectory wins, the retry updates that one.
@retry_on_conflict
def _import(
    document: Mapping[str, Any], rulebooks: Rulebooks, today: date, now: datetime, replace: bool, by: User | None
) -> Imported:
    known = {
        slug: OrganisationFacts(slug, kind, municipality)
        for slug, kind, municipality in Organisation.objects.values_list("slug", "kind", "municipality")
    }
    trajectory = None
    if isinstance(slug := _slug(document), str):
        trajectory = Trajectory.objects.select_for_update().filter(slug=slug[:101]).first()
    before = dossier_document(trajectory) if trajectory and not replace else {}
    existing_refs = frozenset(ref for refs in refs_of(before).values() for ref in refs) if before else frozenset()
    problems = problems_in(document, known, existing_refs)
    rulebook = rulebooks.for_municipality(_municipality(document, None if replace else trajectory))
    problems += _unknown_rules(document, rulebook, trajectory)
    problems += unknown_words(document, rulebook, trajectory)
    if problems or (problems := list(shared_problems(document, by))):
        raise DossierError(problems)
    merged_document = merge_documents(before, with_refs(document))
    # Both may be valid and their combination not: a cycle of replacements, or a ref used for something else.
    if before and (problems := problems_in(merged_document, known)):
        raise DossierError(problems)
    if trajectory and (problems := _required_row_problems(trajectory, merged_document)):
        raise DossierError(problems)
    author, tally = HistoryAuthor(by, now), _Tally()
    shared = store_shared(document, author)
    stored = _store(trajectory, merged_document, author, tally)
    reassess_one("trajectory", stored.pk, rulebooks, today, now)
    reassess_naming(shared.reclassified, rulebooks, today, now)
    added, changed = tally.added + shared.added, tally.changed + shared.changed
    return Imported(stored.slug, trajectory is None, added, changed, tally.removed, shared.unapplied)


def import_register(
    document: Mapping[str, Any],
    rulebooks: Rulebooks,
    today: date,
    now: datetime,
    replace: bool = False,
    by: User | None = None,
) -> Imported:
    """Store motions, commitments and requests, by their numbers, and assess them as of today.

    An organisation that a request is from, and that is not known yet, is added with its slug as its name where ``by``
    may add one (None, for commands: always). ``replace`` clears the columns that a row does not name; rows not in the
    document are never removed. Raises DossierError.
    """
    if problems := problems_in(document):
        raise DossierError(problems)
    author, tally = HistoryAuthor(by, now), _Tally()
    with transaction.atomic():
        wanted = _normalise_register(document)
        merged_document = (
            wanted if replace else merge_documents(_restrict_register(register_document(), wanted), wanted)
        )
        # Both may be valid and their combination not: a repetition that ends before it begins.
        if problems := problems_in({key: rows for key, rows in merged_document.items() if key != "motions"}):
            raise DossierError(problems)
        for section, model in (("motions", Motion), ("commitments", Commitment)):
            for row in merged_document.get(section) or []:
                _store_register_row(section, model, row, author, tally)
        trajectories = _store_requests(merged_document.get("requests") or [], author, tally)
        reassess_register(rulebooks, today, now)
        for trajectory in trajectories:
            reassess_one("trajectory", trajectory, rulebooks, today, now)
    return Imported("register", False, tally.added, tally.changed, tally.removed)


def _slug(document: Any) -> Any:
    trajectory = document.get("trajectory") if isinstance(document, Mapping) else None
    return trajectory.get("slug") if isinstance(trajectory, Mapping) else None


def _municipality(document: Any, stored: Trajectory | None) -> str:
    """Return the municipality that the trajectory of this document will have: what is absent stays as it is stored."""
    trajectory = document.get("trajectory") if isinstance(document, Mapping) else None
    if isinstance(trajectory, Mapping) and "municipality" in trajectory:
        return str(trajectory["municipality"] or "")
    return stored.municipality if stored else ""


def _unknown_rules(document: Any, rulebook: Rulebook, trajectory: Trajectory | None) -> list[Problem]:
    """Return the waivers of unknown rules; one of a rule since removed from the rulebook may stay."""
    known = {*rulebook.by_id, *(trajectory.waivers.values_list("rule", flat=True) if trajectory else ())}
    waivers = document.get("waivers") if isinstance(document, Mapping) else None
    return [
        Problem(
            pointer("waivers", index, "rule"),
            _("there is no rule %(rule)s") % {"rule": repr(row["rule"])},
            closest_word_hint(row["rule"], rulebook.by_id),
        )
        for index, row in enumerate(waivers if isinstance(waivers, list) else [])
        if isinstance(row, Mapping) and isinstance(row.get("rule"), str) and row["rule"] not in known
    ]


def _required_row_problems(trajectory: Trajectory, document: Mapping[str, Any]) -> list[Problem]:
    """Return the rows that this document leaves out but that must stay, as rows outside dossiers refer to them."""
    found = []
    for section, relations in _REQUIRED_RELATIONS.items():
        included = [row["ref"] for row in document.get(section) or []]
        omitted = SECTION_TABLES[section]._default_manager.filter(trajectory=trajectory).exclude(ref__in=included)
        for relation, reason in relations.items():
            refs = omitted.filter(**{f"{relation}__isnull": False}).order_by("ref").values_list("ref", flat=True)
            found += [_omitted_problem(section, ref, _(reason)) for ref in refs.distinct()]
    for section in _SUBMITTED_SECTIONS:
        included = [row["ref"] for row in document.get(section) or []]
        model: Any = SECTION_TABLES[section]
        omitted = model._default_manager.filter(trajectory=trajectory).exclude(ref__in=included).order_by("ref")
        submitted = model.history.filter(history_type="+", history_user__role="association_member")
        refs = omitted.filter(pk__in=submitted.filter(trajectory=trajectory.pk).order_by().values("id"))
        reason = _("%(ref)s is left out, but it is what an association handed in")
        found += [_omitted_problem(section, ref, reason) for ref in refs.values_list("ref", flat=True)]
    included = [row["ref"] for row in document.get("requests") or []]
    omitted = Request.objects.in_register().filter(trajectory=trajectory).exclude(ref__in=included).order_by("ref")
    reason = _("%(ref)s is left out, but it is a request of the register")
    found += [_omitted_problem("requests", ref, reason) for ref in omitted.values_list("ref", flat=True)]
    return found


def _omitted_problem(section: str, ref: str, reason: str) -> Problem:
    hint = _("take it up in the dossier as it is exported, or import without --replace")
    return Problem(pointer(section), reason % {"ref": repr(ref)}, hint)


def _save(row: models.Model, values: Mapping[str, Any], author: HistoryAuthor, tally: _Tally) -> None:
    """Set these columns and save the row, with its history, where it is new or differs."""
    new = row.pk is None
    differs = [name for name, value in values.items() if getattr(row, name) != value]
    if not new and not differs:
        return
    for name, value in values.items():
        setattr(row, name, value)
    author.save_row(row)
    if new:
        tally.added += 1
    else:
        tally.changed += 1


def _store(
    trajectory: Trajectory | None, document: Mapping[str, Any], author: HistoryAuthor, tally: _Tally
) -> Trajectory:
    row = document["trajectory"]
    stored = trajectory.empty_lists if trajectory else ()
    values = row_values("trajectory", row, trajectory)
    values["empty_lists"] = sorted({*values["empty_lists"], *written_empty_lists("dossier", document, stored)})
    # Nothing refers to a new one yet.
    is_new, trajectory = trajectory is None, trajectory or Trajectory()
    _save(trajectory, values, author, tally)
    trajectory.neighbourhoods.set(Neighbourhood.objects.filter(slug__in=row.get("neighbourhoods") or []))
    numbers = [normalize_number(number) for number in document.get("motions") or []]
    trajectory.motions.set(Motion.objects.filter(number__in=numbers))
    plan = None if is_new else Plan.objects.filter(trajectory=trajectory).first()
    _store_plan(trajectory, plan, document.get("plan"), author, tally)
    for section, model in SECTION_TABLES.items():
        existing = [] if is_new else list(model._default_manager.filter(trajectory=trajectory))
        _store_section(trajectory, existing, section, model, document.get(section) or [], author, tally)
    _store_shares(trajectory, document.get("documents") or [], author, tally)
    return trajectory


def _store_plan(
    trajectory: Trajectory,
    plan: Plan | None,
    row: Mapping[str, Any] | None,
    author: HistoryAuthor,
    tally: _Tally,
) -> None:
    if row is None:
        if plan:
            _remove([*plan.actors.all(), plan], author, tally)
        return
    stored_actors = list(plan.actors.all()) if plan else []
    plan = plan or Plan(trajectory=trajectory)
    _save(plan, row_values("plan", row, plan), author, tally)
    actors = row.get("actors") or []
    organisations = Organisation.objects.in_bulk({actor["organisation"] for actor in actors}, field_name="slug")
    wanted = [
        {
            "plan": plan,
            "organisation": organisations[actor["organisation"]],
            "part": actor.get("part") or "",
            "suggested_by": actor.get("suggested_by") or "",
        }
        for actor in actors
    ]
    _sync(PlanActor, stored_actors, wanted, ("organisation", "part"), author, tally)


def _store_section(
    trajectory: Trajectory,
    stored: Sequence[Any],
    section: str,
    model: type[models.Model],
    rows: Sequence[Mapping[str, Any]],
    author: HistoryAuthor,
    tally: _Tally,
) -> None:
    identity = ("rule", "subject", "granted_on") if section == "waivers" else ("ref",)
    stored_rows = {row.ref: row for row in stored} if identity == ("ref",) else {}
    wanted = [{"trajectory": trajectory, **row_values(section, row, stored_rows.get(row.get("ref")))} for row in rows]
    omitted = {*stored_rows} - {row["ref"] for row in wanted} if section == "documents" else set()
    if omitted:
        _remove(
            list(DocumentShare.objects.filter(document__ref__in=omitted, document__trajectory=trajectory)),
            author,
            tally,
        )
    _sync(model, stored, wanted, identity, author, tally)


def _store_shares(
    trajectory: Trajectory, rows: Sequence[Mapping[str, Any]], author: HistoryAuthor, tally: _Tally
) -> None:
    if not rows:
        return
    documents = {d.ref: d for d in Document.objects.filter(trajectory=trajectory)}
    wanted = [
        {
            "document": documents[row["ref"]],
            "party": share["with"],
            "on": to_column(DocumentShare, "on", share.get("on")),
        }
        for row in rows
        for share in row.get("shared") or []
    ]
    stored = DocumentShare.objects.filter(document__in=documents.values()).select_related("document")
    _sync(DocumentShare, stored, wanted, ("document", "party", "on"), author, tally)


def _sync(
    model: type[models.Model],
    stored: Iterable[Any],
    wanted: Sequence[Mapping[str, Any]],
    identity: Sequence[str],
    author: HistoryAuthor,
    tally: _Tally,
) -> None:
    """Make the stored rows equal to the wanted ones, each change with its history, in a fixed number of queries."""
    stored_rows: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in stored:
        stored_rows[tuple(getattr(row, name) for name in identity)].append(row)
    new, changed = [], []
    for values in wanted:
        # Two reports may be alike.
        alike = stored_rows[tuple(values[name] for name in identity)]
        row = alike.pop(0) if alike else None
        if row is None:
            new.append(model(**values))
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    if omitted := [row for rows in stored_rows.values() for row in rows]:
        _remove(omitted, author, tally)
    if new:
        bulk_insert_with_history(new, author.by, author.at)
    if changed:
        names = [f.name for f in model._meta.concrete_fields if not f.primary_key]
        history_options: Any = {"default_user": author.by, "default_date": author.at}
        bulk_update_with_history(changed, model, names, batch_size=BATCH_SIZE, **history_options)
    tally.added += len(new)
    tally.changed += len(changed)


def _remove(rows: Sequence[models.Model], author: HistoryAuthor, tally: _Tally) -> None:
    """Remove rows one by one, so that each gets its deletion in the history."""
    for row in rows:
        author.set_author(row)
        row.delete()
    tally.removed += len(rows)


def _normalise_register(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the register with numbers as they are stored, keeping the printed number of a motion."""
    motions = [
        {**row, "number": normalize_number(row["number"]), "printed_as": row["number"]}
        for row in document.get("motions") or []
    ]
    requests = [{**row, "number": number_of(row)} for row in document.get("requests") or []]
    return {**document, "motions": motions, "requests": requests}


def _restrict_register(register: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of the register whose numbers occur in the wanted one."""
    found: dict[str, Any] = {"register": 1}
    for section, rows in _normalise_register(register).items():
        if isinstance(rows, list):
            numbers = {normalize_number(row["number"]) for row in wanted.get(section) or []}
            found[section] = [row for row in rows if normalize_number(row["number"]) in numbers]
    return found


def _store_requests(records: Sequence[Mapping[str, Any]], author: HistoryAuthor, tally: _Tally) -> list[int]:
    """Store these requests of the register, and return the keys of the trajectories that they belong or belonged to."""
    references = RequestReferences(records, lock=True)
    found = [(row, references.row_of(row), pointer("requests", index)) for index, row in enumerate(records)]
    problems = [problem for row, _stored, place in found for problem in references.problems(row, place)]
    if references.unknown_parties and not has_permission(author.by, "add", Organisation):
        problems += [
            Problem(
                f"{place}/from",
                _("there is no organisation %(value)s") % {"value": repr(row["from"])},
                _("ask an adviser to add it"),
            )
            for row, _stored, place in found
            if row.get("from") in references.unknown_parties
        ]
    if problems:
        raise DossierError(problems)
    for slug in sorted(references.unknown_parties):
        author.save_row(Organisation(slug=slug, name=slug))
        tally.added += 1
    wanted = []
    for row, stored, _place in found:
        trajectory = references.trajectories.get(row.get("trajectory") or "")
        values = row_values("register_requests", row, stored)
        wanted.append({**values, "ref": row["number"], "trajectory_id": trajectory.pk if trajectory else None})
    rows = [stored for _row, stored, _place in found if stored]
    keys = {row.trajectory_id for row in rows} | {values["trajectory_id"] for values in wanted}
    _sync(Request, rows, wanted, ("ref",), author, tally)
    return sorted(key for key in keys if key)


def _store_register_row(
    section: str, model: type[Motion] | type[Commitment], row: Mapping[str, Any], author: HistoryAuthor, tally: _Tally
) -> None:
    number = normalize_number(row["number"])
    instance = model._default_manager.filter(number=number).first() or model(number=number)
    values = {**row_values(section, row, instance), "number": number}
    if model is Motion:
        values["printed_as"] = row.get("printed_as") or row["number"]
    _save(instance, values, author, tally)
    _store_dated_texts(
        ProgressReport, "motion" if model is Motion else "commitment", instance, row.get("reports"), author, tally
    )
    if model is Commitment:
        _store_dated_texts(CommitmentFulfilment, "commitment", instance, row.get("fulfilments"), author, tally)


def _store_dated_texts(
    model: Any,
    owner: str,
    instance: Any,
    rows: Sequence[Mapping[str, Any]] | None,
    author: HistoryAuthor,
    tally: _Tally,
) -> None:
    """Make the reports on a motion or commitment, or its fulfilments, equal to these."""
    wanted = [
        {owner: instance, **{column: to_column(model, column, row.get(column)) for column in ("on", "text")}}
        for row in rows or []
    ]
    _sync(model, model._default_manager.filter(**{owner: instance}), wanted, (owner, "on", "text"), author, tally)
