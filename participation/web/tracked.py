"""The pages of what is tracked: trajectories, motions and commitments, and what is owed in each today."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.db.models.functions import Length
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance import words
from participation.compliance.dates import When
from participation.compliance.rulebook import load
from participation.models import Commitment, Motion, Trajectory
from participation.models.words import LABELS
from participation.reports.content import phrase
from participation.selectors.pages import explanations_of, overdue_counts, owed_with_status
from participation.selectors.verdicts import party_names

from .shared.owed import Reading, told
from .shared.pages import language_of, page
from .words import words_in

#: So many rows on a page of a list.
ROWS = 50
Row = TypeVar("Row", bound=Model)


class Shown(NamedTuple):
    """One row of a list."""

    href: str
    title: str
    overdue: str
    retrospective: bool = False


@require_safe
@never_cache
@login_not_required
def trajectories(request: HttpRequest) -> HttpResponse:
    """Return the list of the trajectories that this visitor may see; what looks back stands at its end."""
    rows = Trajectory.objects.visible_to(request.user).order_by("retrospective", "title", "slug")
    return _list(request, "trajectory", rows.values_list("pk", "slug", "title", "retrospective"))


@require_safe
@never_cache
@login_not_required
def motions(request: HttpRequest) -> HttpResponse:
    """Return the list of motions: they are all public."""
    return _list(request, "motion", Motion.objects.values_list("pk", "number", "title"))


@require_safe
@never_cache
@login_not_required
def commitments(request: HttpRequest) -> HttpResponse:
    """Return the list of commitments: they are all public."""
    # So that 2 comes before 10.
    rows = Commitment.objects.order_by(Length("number"), "number")
    return _list(request, "commitment", rows.values_list("pk", "number", "text"))


@require_safe
@never_cache
@login_not_required
def trajectory(request: HttpRequest, name: str) -> HttpResponse:
    """Return what is owed in one trajectory. Raises Http404 where this visitor may not see it."""
    row = _one(Trajectory.objects.visible_to(request.user).filter(slug=name))
    editable = Trajectory.objects.editable_by(request.user).filter(pk=row.pk).exists()
    shown = {"title": row.title, "text": row.summary, "retrospective": row.retrospective}
    return _tracked(request, "trajectory", row, editable, party_names(), shown)


@require_safe
@never_cache
@login_not_required
def motion(request: HttpRequest, name: str) -> HttpResponse:
    """Return one motion, what was reported on it, and what is owed. Raises Http404 where there is none."""
    row, names = _one(Motion.objects.filter(number=name)), party_names()
    said = words_in(language_of(request))
    counted = row.votes_for is not None and row.votes_against is not None
    facts = {
        "body": names.get(row.body) or LABELS.get(row.body, row.body),
        "outcome": row.get_outcome_display(),
        "adopted_on": row.adopted_on,
        "votes": said["for_and_against"].format(yes=row.votes_for, no=row.votes_against) if counted else "",
        "owner": row.owner or None,
        "due_on": row.due_on,
        "settled_proposed_on": row.settled_proposed_on,
        "settled_on": row.settled_on,
    }
    shown = {
        "title": _called("motion", row.number, row.title, language_of(request)),
        "text": row.dictum,
        "facts": _facts(request, facts),
        "reports": _reports(request, row),
    }
    return _tracked(request, "motion", row, _edits_everything(request), names, shown)


@require_safe
@never_cache
@login_not_required
def commitment(request: HttpRequest, name: str) -> HttpResponse:
    """Return one commitment, what was reported on it, and what is owed. Raises Http404 where there is none."""
    row = _one(Commitment.objects.filter(number=name))
    facts = {
        "made_by": row.made_by,
        "made_on": row.made_on,
        "owner": row.owner or None,
        "due_on": row.due_on,
        "fulfilled_on": row.fulfilled_on,
        "source": row.source,
    }
    shown = {
        "title": _called("commitment", row.number, "", language_of(request)),
        "text": row.text,
        "facts": _facts(request, facts),
        "reports": _reports(request, row),
    }
    return _tracked(request, "commitment", row, _edits_everything(request), party_names(), shown)


def _one(rows: QuerySet[Row]) -> Row:
    row = rows.first()
    if row is None:
        raise Http404
    return row


def _edits_everything(request: HttpRequest) -> bool:
    return getattr(request.user, "edits_everything", False)


def _called(of: str, number: str, title: str, language: str) -> str:
    return ": ".join(part for part in (phrase(of, language, name=number), title) if part)


def _facts(request: HttpRequest, facts: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return each fact with what it is called; one that is None is told as not recorded, an empty one not."""
    language = language_of(request)
    told = [
        (name, words.say_when(value, language) if value is None or isinstance(value, When) else value)
        for name, value in facts.items()
        if value != ""
    ]
    return [(words_in(language)[name], value) for name, value in told]


def _reports(request: HttpRequest, row: Motion | Commitment) -> list[tuple[str, str]]:
    language = language_of(request)
    return [(words.say_when(report.on, language), report.text) for report in row.reports.order_by("pk")]


def _tracked(
    request: HttpRequest, of: str, row: Any, may_change: bool, names: words.Names, shown: dict[str, Any]
) -> HttpResponse:
    """Return the page of one trajectory, motion or commitment."""
    rulebook, today = load(settings.RULEBOOK), timezone.localdate()
    reading = Reading(
        rulebook, today, language_of(request), names, may_change, retrospective=shown.get("retrospective", False)
    )
    explanations = explanations_of(row.pk, today) if of == "trajectory" else ()
    user: Any = request.user
    # The administration asks for more than a role: without that, a link would lead to a closed door.
    enters = may_change and user.is_staff and user.has_perm(f"participation.change_{of}")
    context = {
        **shown,
        "change": reverse(f"admin:participation_{of}_change", args=[row.pk]) if enters else "",
        "owed": told(owed_with_status(of, row.pk, rulebook.by_id, today), reading, explanations),
    }
    return page(request, "web/tracked.html", context)


def _list(request: HttpRequest, of: str, rows: QuerySet[Any, Any]) -> HttpResponse:
    """Return a page of the list; the rows are key, name, title, and whether it looks back."""
    rulebook, today, language = load(settings.RULEBOOK), timezone.localdate(), language_of(request)
    shown = Paginator(rows, ROWS).get_page(request.GET.get("pagina"))
    counts = overdue_counts(of, [row[0] for row in shown], rulebook.by_id, today)
    said = words_in(language)
    found = []
    for pk, name, title, *retrospective in shown:
        count = counts.get(pk, 0)
        overdue = said[{0: "overdue_none", 1: "overdue_one"}.get(count, "overdue_many")].format(n=count)
        called = title if of == "trajectory" else _called(of, name, title, language)
        found.append(Shown(reverse(of, args=[name]), called, overdue, any(retrospective)))
    part = said["part"].format(page=shown.number, pages=shown.paginator.num_pages)
    context = {"title": said[f"all_{of}"], "rows": found, "shown": shown, "part": part}
    return page(request, "web/list.html", context)
