"""Adding and changing the parts of a trajectory by hand: never over what somebody else changed meanwhile."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.core.files import File
from django.utils.text import slugify

from participation.compliance.rulebook import Rulebook
from participation.dossier.names import TRAJECTORY_SLUGS
from participation.models import (
    Contribution,
    Document,
    DocumentShare,
    Entry,
    Neighbourhood,
    Organisation,
    Plan,
    PlanActor,
    Request,
    Scenario,
    Step,
    Trajectory,
    User,
)
from participation.selectors.changes import Actor, Shown, changes_since, shown_now

from .recording import Recorder, next_ref, recording
from .unique_names import save_named
from .uploads import storing

#: With which letter the refs of new rows begin.
LETTERS: Mapping[type[Any], str] = {Step: "s", Document: "d", Request: "r", Scenario: "sc", Contribution: "c"}


class ChangedMeanwhile(Exception):
    """Somebody changed the row after it was shown; nothing was saved."""


class Door(NamedTuple):
    """Who writes when, and by which rules what is written is judged."""

    by: User
    rulebook: Rulebook
    today: date
    now: datetime

    def recording(self, owner: Trajectory, verb: str, about: str) -> Any:
        """Return the context in which this person records something."""
        return recording(self.by, owner, verb, about=about, rulebook=self.rulebook, today=self.today, now=self.now)


def save_part(row: Any, door: Door, *, verb: str, about: str, shown: Shown | None = None) -> Entry | None:
    """Save a part of a trajectory and return the entry, None where nothing was changed.

    A new one gets a ref that is free. Raises ChangedMeanwhile where the row is no longer what was ``shown``, and
    ValidationError, at the field, where it is not sound.
    """
    with door.recording(row.trajectory, verb, about) as recorder:
        _refuse_changed(row, shown)
        _save(recorder, row)
    return recorder.entry


def save_trajectory(
    row: Trajectory,
    door: Door,
    *,
    verb: str,
    links: Mapping[str, Iterable[int]],
    shown: Shown | None = None,
) -> Entry | None:
    """Save a trajectory with what it is linked to and return the entry, None where nothing was changed.

    A new one gets an address made of its title, and an adviser who adds it becomes its adviser. Raises
    ChangedMeanwhile and ValidationError as ``save_part`` does.
    """
    new, chosen = row.pk is None, not row.slug

    def save() -> Entry | None:
        if chosen:
            row.slug = free_slug(row.title)
        with door.recording(row, verb, row.title) as recorder:
            _refuse_changed(row, shown)
            if new:
                row.municipality = row.municipality or _municipality_of(links.get("neighbourhoods", ()))
            _save(recorder, row)
            for column, keys in links.items():
                recorder.link(row, column, keys)
            if new and door.by.role == "adviser":
                recorder.link(row, "advisers", {door.by.pk, *links.get("advisers", ())})
        return recorder.entry

    return save_named(row, "slug", save, chosen=chosen) if new else save()


def save_plan(
    plan: Plan, actors: Iterable[Actor], door: Door, *, verb: str, about: str, shown: Shown | None = None
) -> Entry | None:
    """Save a plan with its actors, (organisation, part, suggested by) each, and return the entry.

    Actors that are no longer named are removed. Raises ChangedMeanwhile and ValidationError as ``save_part`` does.
    """
    with door.recording(plan.trajectory, verb, about) as recorder:
        # Where somebody made a plan meanwhile, the form was shown none.
        there = Plan.objects.filter(trajectory=plan.trajectory).first()
        _refuse_changed(there or plan, shown)
        _save(recorder, plan)
        wanted = {(slug, part): suggested_by for slug, part, suggested_by in actors}
        stored = {(a.organisation.slug, a.part): a for a in plan.actors.select_related("organisation")}
        for key, actor in stored.items():
            if key not in wanted:
                recorder.remove(actor)
        organisations = Organisation.objects.in_bulk({slug for slug, _part in wanted}, field_name="slug")
        for (slug, part), suggested_by in wanted.items():
            actor = stored.get((slug, part)) or PlanActor(plan=plan, organisation=organisations[slug], part=part)
            actor.suggested_by = suggested_by
            _save(recorder, actor)
    return recorder.entry


def save_document(
    document: Document,
    door: Door,
    *,
    verb: str,
    about: str,
    file: File | None = None,
    shares: Iterable[tuple[str, Any]] = (),
    shown: Shown | None = None,
) -> Entry | None:
    """Save a document with its file, and to which party it was given on which day, as one entry; return the entry.

    Without a file the one that it had stays. Raises ChangedMeanwhile and ValidationError as ``save_part`` does.
    """
    with (
        storing(file, door.by, door.now) as upload,
        door.recording(document.trajectory, verb, about) as recorder,
    ):
        _refuse_changed(document, shown)
        if upload is not None:
            document.file = upload
        _save(recorder, document)
        had = set(document.shares.values_list("party", "on"))
        for party, on in dict.fromkeys(shares):
            if (party, on) not in had:
                recorder.save(DocumentShare(document=document, party=party, on=on))
    return recorder.entry


def share(
    trajectory: Trajectory, documents: Iterable[Document], parties: Iterable[str], on: Any, door: Door, *, about: str
) -> Entry | None:
    """Record that these parties got these documents on that day; return the entry, None where all had them.

    A party that lacks some of the documents gets those; one that has them all gets them again on that day.
    """
    documents, parties = list(documents), list(parties)
    with door.recording(trajectory, "shared", about) as recorder:
        had: dict[str, dict[int, set[Any]]] = {}
        rows = DocumentShare.objects.filter(document__in=documents, party__in=parties)
        for document_id, party, day in rows.values_list("document_id", "party", "on"):
            had.setdefault(party, {}).setdefault(document_id, set()).add(day)
        for party in parties:
            lacked = [d for d in documents if d.pk not in had.get(party, {})]
            for document in lacked or documents:
                if on not in had.get(party, {}).get(document.pk, ()):
                    recorder.save(DocumentShare(document=document, party=party, on=on))
    return recorder.entry


def unshare(share: DocumentShare, door: Door, *, about: str) -> Entry | None:
    """Take back that a party got a document; return the entry."""
    with door.recording(share.document.trajectory, "removed", about) as recorder:
        recorder.remove(share)
    return recorder.entry


def hold(row: Any) -> None:
    """Lock what this row hangs on until the transaction ends, and read the row anew: it is changed as it is now.

    Of a new row only what it hangs on is locked: whoever adds another one waits, and finds its ref in use. Raises
    ChangedMeanwhile where the row is no longer there.
    """
    owner = getattr(row, "trajectory", row)
    type(owner)._default_manager.select_for_update().filter(pk=owner.pk).values_list("pk").first()
    if row._state.adding:
        return
    try:
        row.refresh_from_db()
    except ObjectDoesNotExist:
        raise ChangedMeanwhile from None


def free_slug(title: str) -> str:
    """Return an address made of this title that no trajectory has yet."""
    made = slugify(title)[:90].strip("-") or "traject"
    made = "-".join(part for part in made.replace("_", "-").split("-") if part)
    taken = TRAJECTORY_SLUGS.reserved | set(
        Trajectory.objects.filter(slug__startswith=made).values_list("slug", flat=True)
    )
    names = (made, *(f"{made}-{number}" for number in range(2, len(taken) + 2)))
    return next(name for name in names if name not in taken)


def _municipality_of(neighbourhoods: Iterable[int]) -> str:
    """Return the municipality in which all of these lie; nothing where they differ or there are none."""
    rows = Neighbourhood.objects.filter(pk__in=list(neighbourhoods)).values_list("municipality", flat=True)
    found = set(rows)
    return found.pop() if len(found) == 1 else ""


def _refuse_changed(row: Any, shown: Shown | None) -> None:
    if shown is None:
        return
    now = shown_now(row)
    # What was changed and put back is what they were shown.
    if now != shown and (now.parts != shown.parts or changes_since(row, shown)):
        raise ChangedMeanwhile


def _save(recorder: Recorder, row: Any) -> None:
    """Save a row that is new or that differs from what is stored: what is the same leaves no line of history."""
    if row.pk is None:
        if type(row) in LETTERS and not row.ref:
            row.ref = next_ref(row.trajectory, LETTERS[type(row)])
        recorder.save(row)
        return
    columns = [field.attname for field in row._meta.concrete_fields]
    stored = type(row)._default_manager.filter(pk=row.pk).values_list(*columns).first()
    if stored != tuple(getattr(row, column) for column in columns):
        recorder.save(row)
