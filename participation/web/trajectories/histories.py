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
from participation.exchange.tables import PART
from participation.models import Changeset, Transition
from participation.models.labels import LABELS
from participation.reports.digest import status_name
from participation.reports.values import Called, column_name, told
from participation.selectors.changesets import undoable_by
from participation.selectors.history import (
    TABLES,
    ChangesetView,
    ColumnChange,
    Linked,
    Person,
    RowVersion,
    blocks,
    ledger_in,
    lines_in,
    publish,
)
from participation.selectors.public_texts import may_read_earlier
from participation.selectors.trajectory_page import recorded_of

from ..shared import permissions
from ..shared.addresses import address
from ..shared.downloads import download, list_asked
from ..shared.obligation_list import anchor
from ..shared.pages import page
from ..shared.request_context import RequestContext, visit_of
from . import files
from .sections.base import titles_of

#: Number of changes per page.
LINES = 50
LEDGER = 50
KINDS = {"+": "added", "~": "changed", "-": "removed"}


class ShownLine(NamedTuple):
    """Changes to one row, as text; ``changes`` are (name, old, new), with old "" for a new row."""

    kind: str
    what: str
    changes: list[tuple[str, str, str]]
    new: bool = False
    #: URL of the admin page that erases text from all versions of the row.
    erase: str = ""


class HistoryReader(NamedTuple):
    """Permissions of the reader: names, earlier texts, undoable changesets, and erasure."""

    names: bool = False
    earlier: bool = False
    undoable: Collection[int] = ()
    erases: bool = False


class ShownBlock(NamedTuple):
    """A changeset, as text."""

    title: str
    block: ChangesetView
    who: str
    undone: bool
    undo: str
    lines: list[ShownLine]


class ShownTurn(NamedTuple):
    """A status transition, as text."""

    row: Transition
    what: str
    place: str
    before: str
    after: str


@require_safe
@never_cache
@login_not_required
def trajectory_history(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return a page of the history, newest first, or all of it as a file.

    Raises Http404 if the trajectory is not visible.
    """
    visit = visit_of(request)
    row = permissions.get_visible_trajectory(request, name)
    with translation.override(visit.language):
        rows = recorded_of(row)
        titles = {**titles_of(rows, visit.language), **_rules(visit)}
        called = Called(visit.language, {**rows.names, **rows.areas}, titles)
        reader = _reader(visit)
        context: dict[str, Any] = {"trajectory": row, "ledger_asked": request.GET.get("deel") == "stand"}
        if list_asked(request) is not None and context["ledger_asked"]:
            turns = (turn for part in _parts(ledger_in(row.pk)) for turn in _turns(row.pk, part, visit, called))
            return download(request, files.ledger(row, turns, visit.language), visit.today)
        if list_asked(request) is not None:
            every = (b for part in _parts(lines_in(row.pk)) for b in blocks(row.pk, part, reader.earlier))
            shown_blocks = (_block(block, called, reader) for block in every)
            return download(request, files.recorded(row, shown_blocks, visit.language), visit.today)
        if context["ledger_asked"]:
            shown: Any = Paginator(ledger_in(row.pk), LEDGER).get_page(request.GET.get("pagina"))
            context["turns"] = _turns(row.pk, list(shown), visit, called)
        else:
            shown = Paginator(lines_in(row.pk), LINES).get_page(request.GET.get("pagina"))
            on_page = blocks(row.pk, shown, reader.earlier)
            entries = Changeset.objects.filter(pk__in=[block.changeset.pk for block in on_page if block.changeset])
            undoable = frozenset(undoable_by(entries, visit.user).values_list("pk", flat=True))
            reader = reader._replace(undoable=undoable, erases=_administers(visit.user))
            context["blocks"] = [_block(block, called, reader) for block in on_page]
        context["shown"] = shown
    return page(request, "web/trajectories/history.html", context)


def _reader(visit: RequestContext) -> HistoryReader:
    return HistoryReader(bool(getattr(visit.user, "sees_everything", False)), may_read_earlier(visit.user))


def _administers(user: Any) -> bool:
    """Return whether this user is an administrator with access to the admin."""
    return bool(user.is_active and user.is_staff and (user.is_superuser or user.role == "administrator"))


def _parts(rows: Any) -> Iterator[list[Any]]:
    """Yield the rows in chunks, each queried when needed."""
    for start in count(0, PART):
        yield (part := list(rows[start : start + PART]))
        if len(part) < PART:
            return


def _rules(visit: RequestContext) -> Mapping[str, str]:
    return {rule.id: wording.in_language(rule.title, visit.language) for rule in visit.rulebook.rules}


def _block(block: ChangesetView, called: Called, reader: HistoryReader) -> ShownBlock:
    changeset = block.changeset
    lines = [_line(line, called, reader) for line in block.lines]
    lines += [_links(linked, reader.names) for linked in block.linked]
    can_undo = changeset is not None and changeset.undone_at is None and changeset.pk in reader.undoable
    return ShownBlock(
        _title(block),
        block,
        _who(block.by, reader.names),
        changeset is not None and changeset.undone_at is not None,
        address("changeset_undo", changeset.pk) if can_undo and changeset else "",
        lines,
    )


def _title(block: ChangesetView) -> str:
    if block.changeset is None:
        return _("Recorded")
    verb = str(block.changeset.get_verb_display())
    return f"{verb}: {block.about}" if block.about else verb


def _who(by: Person | None, names_known: bool) -> str:
    if by is None:
        return ""
    role = str(LABELS.get(by.role, by.role))
    return f"{by.name} ({role})" if names_known and by.name else role


def _line(line: RowVersion, called: Called, reader: HistoryReader) -> ShownLine:
    model = TABLES[line.of][0]
    noun = str(model._meta.verbose_name)
    ref = getattr(line.row, "ref", "")
    # The title of a removed row is no longer public.
    name = called.titles.get(ref, "") or (getattr(line.row, "title", "") if reader.earlier else "") if ref else ""
    if line.of == "waiver":
        name = called.word(line.row.rule)
    changes = [_change(model, change, called, line.kind == "+") for change in line.changes]
    erase = address("admin:participation_erasure_erase", line.of, line.row.id) if reader.erases else ""
    what = f"{noun} “{name}”" if name else noun
    return ShownLine(str(LABELS[KINDS[line.kind]]), what, changes, line.kind == "+", erase)


def _change(model: Any, change: ColumnChange, called: Called, new: bool) -> tuple[str, str, str]:
    before, after = (told(model, change.column, value, called) for value in (change.before, change.after))
    return (column_name(model, change.column), "" if new else before, after)


def _links(linked: Linked, names_known: bool) -> ShownLine:
    """Return the changed links; advisers are counted, not named, for readers who may not see names."""
    model: Any = TABLES[linked.of][0]
    field = model._meta.get_field(linked.column)
    private = linked.column == "advisers" and not names_known
    before, after = (str(len(names)) if private else ", ".join(names) for names in (linked.removed, linked.added))
    changes = []
    if linked.added:
        changes.append((_("Added"), "", after))
    if linked.removed:
        changes.append((_("Removed"), "", before))
    return ShownLine(str(LABELS["changed"]), str(field.verbose_name), changes)


def _turns(trajectory: int, rows: list[Transition], visit: RequestContext, called: Called) -> list[ShownTurn]:
    if not may_read_earlier(visit.user):
        publish(trajectory, (row.obligation for row in rows))
    return [_turn(row, visit, called) for row in rows]


def _turn(row: Transition, visit: RequestContext, called: Called) -> ShownTurn:
    stored = row.obligation
    rule = visit.rulebook.by_id.get(stored.rule)
    owed = ObligationValue(stored.rule, stored.subject, due_on=stored.due_on, details=stored.details)
    return ShownTurn(
        row,
        wording.message(rule, owed, visit.language, called.names) if rule else stored.rule,
        anchor(stored.rule, stored.subject) if rule and stored.withdrawn_at is None else "",
        status_name(row.from_status, visit.language) if row.from_status else "",
        status_name(row.to_status, visit.language) if row.to_status else "",
    )
