"""History of a trajectory: changesets with old and new values, and status transitions."""

from collections.abc import Collection, Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import wording
from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebook import Rulebook
from participation.interchange.tables import CHUNK_SIZE
from participation.models import Changeset, Transition
from participation.models.labels import LABELS
from participation.presentation.digest_data import status_name
from participation.presentation.labels import titles_of
from participation.presentation.trajectory_pages import obligation_fragment
from participation.presentation.values import DisplayNames, column_name, value_text
from participation.selectors.changes.changesets import changesets_undoable_by
from participation.selectors.changes.history import (
    TABLES,
    ChangesetView,
    ColumnChange,
    LinkChange,
    Person,
    RowVersion,
    changeset_views,
    history_rows,
    redact_withdrawn,
    transitions_in,
)
from participation.selectors.changes.public_texts import can_read_earlier_texts
from participation.selectors.trajectories.detail import trajectory_rows

from ..shared import permissions
from ..shared.addresses import address
from ..shared.downloads import download, requested_list
from ..shared.pages import page
from ..shared.request_context import RequestContext, request_context_of
from . import files

#: Number of changes per page.
CHANGES_PER_PAGE = 50
TRANSITIONS_PER_PAGE = 50
CHANGE_KINDS = {"+": "added", "~": "changed", "-": "removed"}


class HistoryLine(NamedTuple):
    """Changes to one row, as text; ``changes`` are (name, old, new), with old "" for a new row."""

    kind: str
    description: str
    changes: list[tuple[str, str, str]]
    new: bool = False
    #: URL of the admin page that erases text from all versions of the row.
    erase_url: str = ""


class HistoryReader(NamedTuple):
    """Permissions of the reader: names, earlier texts, undoable changesets, and erasure."""

    names: bool = False
    earlier: bool = False
    undoable: Collection[int] = ()
    can_erase: bool = False


class HistoryBlock(NamedTuple):
    """A changeset, as text."""

    title: str
    view: ChangesetView
    author: str
    undone: bool
    undo_url: str
    lines: list[HistoryLine]


class TransitionLine(NamedTuple):
    """A status transition, as text."""

    row: Transition
    description: str
    fragment: str
    before: str
    after: str


@require_safe
@never_cache
@login_not_required
def trajectory_history(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return a page of the history, newest first, or all of it as a file.

    Raises Http404 if the trajectory is not visible.
    """
    request_context = request_context_of(request)
    row = permissions.get_visible_trajectory(request, name)
    with translation.override(request_context.language):
        rows, rulebook = trajectory_rows(row), request_context.rulebook_of(row)
        titles = {**titles_of(rows, request_context.language), **_rule_titles(rulebook, request_context.language)}
        display_names = DisplayNames(request_context.language, {**rows.names, **rows.areas}, titles)
        reader = _reader(request_context)
        context: dict[str, Any] = {"trajectory": row, "shows_transitions": request.GET.get("deel") == "stand"}
        if requested_list(request) is not None and context["shows_transitions"]:
            transitions = (
                transition
                for chunk in _chunks(transitions_in(row.pk))
                for transition in _transition_lines(row.pk, chunk, rulebook, request_context, display_names)
            )
            return download(
                request, files.transitions_table(row, transitions, request_context.language), request_context.today
            )
        if requested_list(request) is not None:
            all_blocks = (
                b for chunk in _chunks(history_rows(row.pk)) for b in changeset_views(row.pk, chunk, reader.earlier)
            )
            shown_blocks = (_block(block, display_names, reader) for block in all_blocks)
            return download(
                request, files.changes_table(row, shown_blocks, request_context.language), request_context.today
            )
        if context["shows_transitions"]:
            shown: Any = Paginator(transitions_in(row.pk), TRANSITIONS_PER_PAGE).get_page(request.GET.get("pagina"))
            context["transitions"] = _transition_lines(row.pk, list(shown), rulebook, request_context, display_names)
        else:
            shown = Paginator(history_rows(row.pk), CHANGES_PER_PAGE).get_page(request.GET.get("pagina"))
            on_page = changeset_views(row.pk, shown, reader.earlier)
            entries = Changeset.objects.filter(pk__in=[block.changeset.pk for block in on_page if block.changeset])
            undoable = frozenset(changesets_undoable_by(entries, request_context.user).values_list("pk", flat=True))
            reader = reader._replace(undoable=undoable, can_erase=_administers(request_context.user))
            context["changesets"] = [_block(block, display_names, reader) for block in on_page]
        context["page_obj"] = shown
    return page(request, "web/trajectories/history.html", context)


def _reader(request_context: RequestContext) -> HistoryReader:
    return HistoryReader(
        bool(getattr(request_context.user, "sees_everything", False)), can_read_earlier_texts(request_context.user)
    )


def _administers(user: Any) -> bool:
    """Return whether this user is an administrator with access to the admin."""
    return bool(user.is_staff and user.is_administrator)


def _chunks(rows: Any) -> Iterator[list[Any]]:
    """Yield the rows in chunks, each queried when needed."""
    for start in count(0, CHUNK_SIZE):
        yield (chunk := list(rows[start : start + CHUNK_SIZE]))
        if len(chunk) < CHUNK_SIZE:
            return


def _rule_titles(rulebook: Rulebook, language: str) -> Mapping[str, str]:
    return {rule.id: wording.text_in_language(rule.title, language) for rule in rulebook.rules}


def _block(block: ChangesetView, display_names: DisplayNames, reader: HistoryReader) -> HistoryBlock:
    changeset = block.changeset
    lines = [_line(line, display_names, reader) for line in block.lines]
    lines += [_links(linked, reader.names) for linked in block.linked]
    can_undo = changeset is not None and changeset.undone_at is None and changeset.pk in reader.undoable
    return HistoryBlock(
        _title(block),
        block,
        _person_name(block.by, reader.names),
        changeset is not None and changeset.undone_at is not None,
        address("changeset_undo", changeset.pk) if can_undo and changeset else "",
        lines,
    )


def _title(block: ChangesetView) -> str:
    if block.changeset is None:
        return _("Recorded")
    verb = str(block.changeset.get_verb_display())
    return f"{verb}: {block.about}" if block.about else verb


def _person_name(by: Person | None, names_known: bool) -> str:
    if by is None:
        return ""
    role = str(LABELS.get(by.role, by.role))
    return f"{by.name} ({role})" if names_known and by.name else role


def _line(line: RowVersion, display_names: DisplayNames, reader: HistoryReader) -> HistoryLine:
    model = TABLES[line.table][0]
    noun = str(model._meta.verbose_name)
    ref = getattr(line.row, "ref", "")
    # The title of a removed row is no longer public.
    name = (
        display_names.titles.get(ref, "") or (getattr(line.row, "title", "") if reader.earlier else "") if ref else ""
    )
    if line.table == "waiver":
        name = display_names.code_label(line.row.rule)
    changes = [_change(model, change, display_names, line.kind == "+") for change in line.changes]
    erase_url = address("admin:participation_erasure_erase", line.table, line.row.id) if reader.can_erase else ""
    description = f"{noun} “{name}”" if name else noun
    return HistoryLine(str(LABELS[CHANGE_KINDS[line.kind]]), description, changes, line.kind == "+", erase_url)


def _change(model: Any, change: ColumnChange, display_names: DisplayNames, new: bool) -> tuple[str, str, str]:
    before, after = (value_text(model, change.column, value, display_names) for value in (change.before, change.after))
    return (column_name(model, change.column), "" if new else before, after)


def _links(linked: LinkChange, names_known: bool) -> HistoryLine:
    """Return the changed links; advisers are counted, not named, for readers who may not see names."""
    model: Any = TABLES[linked.table][0]
    field = model._meta.get_field(linked.column)
    private = linked.column == "advisers" and not names_known
    before, after = (str(len(names)) if private else ", ".join(names) for names in (linked.removed, linked.added))
    changes = []
    if linked.added:
        changes.append((_("Added"), "", after))
    if linked.removed:
        changes.append((_("Removed"), "", before))
    return HistoryLine(str(LABELS["changed"]), str(field.verbose_name), changes)


def _transition_lines(
    trajectory: int,
    rows: list[Transition],
    rulebook: Rulebook,
    request_context: RequestContext,
    display_names: DisplayNames,
) -> list[TransitionLine]:
    if not can_read_earlier_texts(request_context.user):
        redact_withdrawn(trajectory, (row.obligation for row in rows))
    return [_transition_line(row, rulebook, request_context.language, display_names) for row in rows]


def _transition_line(row: Transition, rulebook: Rulebook, language: str, display_names: DisplayNames) -> TransitionLine:
    stored = row.obligation
    rule = rulebook.by_id.get(stored.rule)
    obligation = ObligationValue(stored.rule, stored.subject, due_on=stored.due_on, details=stored.details)
    return TransitionLine(
        row,
        wording.message(rule, obligation, language, display_names.names) if rule else stored.rule,
        obligation_fragment(stored.rule, stored.subject) if rule and stored.withdrawn_at is None else "",
        status_name(row.from_status, language) if row.from_status else "",
        status_name(row.to_status, language) if row.to_status else "",
    )
