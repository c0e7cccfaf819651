"""The steps behind a number of the statistics: decisions, evaluations with a score, and activities."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.vocabulary import EFFECTS
from participation.interchange.tables import Table, TableColumn, in_chunks
from participation.models import Step, Trajectory
from participation.models.labels import LABELS
from participation.presentation.figure_labels import EFFECT_LABELS, ROOM_LABELS
from participation.selectors.changes.public_texts import can_read_earlier_texts
from participation.selectors.municipalities import municipalities_of
from participation.selectors.statistics.city import MAX_REASSESSED_TRAJECTORIES, Period, TooManyTrajectories
from participation.selectors.statistics.coverage import activities_with
from participation.selectors.statistics.influence import decisions_in
from participation.selectors.statistics.known import check_number, redact_versions
from participation.selectors.statistics.yearly import NOT_RECORDED, ROOM_NAMES, evaluations_in

from ..shared.addresses import trajectory_address
from ..shared.downloads import download, requested_list
from ..shared.filtering import PAGE_PARAM, FilterSelect
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .influence import ACTIVITIES, DECISIONS, EVALUATIONS, INFLUENCE_SCOPES, STEP_KINDS
from .lines import ROWS_PER_PAGE
from .periods import PublicField, ScopeForm, scoped_trajectories, without_known

_KIND_LABELS: Final[Mapping[str, Any]] = {
    DECISIONS: gettext_lazy("decisions"),
    EVALUATIONS: gettext_lazy("evaluations with a score"),
    ACTIVITIES: gettext_lazy("activities"),
}
_EFFECTS: Final = {code or NOT_RECORDED: EFFECT_LABELS[code] for code in (*reversed(EFFECTS), "")}
_ROOMS: Final = {ROOM_NAMES[kept]: label for kept, label in ROOM_LABELS.items()}
#: The choice of trajectories that look back together with all others.
_EVERYTHING: Final = "alles"


class StepsForm(PublicField, ScopeForm):
    """What selects steps behind a number."""

    soort = forms.ChoiceField(label=gettext_lazy("What"), required=False, widget=FilterSelect)
    effect = forms.ChoiceField(label=gettext_lazy("What the input changed"), required=False, widget=FilterSelect)
    ruimte = forms.ChoiceField(label=gettext_lazy("The promised room"), required=False, widget=FilterSelect)
    stadsdeel = forms.CharField(label=gettext_lazy("District"), required=False, max_length=200)
    groep = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    field_order: Iterable[str] | None = (
        *("gemeente", "soort", "effect", "ruimte", "stadsdeel", "wat", "van", "op", "bekend"),
    )

    def __init__(self, *args: Any) -> None:
        """Offer the kinds of steps, and what can be chosen of each."""
        super().__init__(*args)
        self.fields["van"].label, self.fields["op"].label = _("Took place from"), _("Until")
        self.offer("soort", list(_KIND_LABELS.items()))
        self.offer("effect", [("", _("all")), *_EFFECTS.items()])
        self.offer("ruimte", [("", _("all")), *_ROOMS.items()])
        self.offer("wat", [*INFLUENCE_SCOPES, (_EVERYTHING, _("all trajectories"))])
        kept = {DECISIONS: ("effect", "ruimte"), ACTIVITIES: ("stadsdeel", "groep")}.get(self.kind, ())
        for name in {"effect", "ruimte", "stadsdeel", "groep"} - set(kept):
            del self.fields[name]
        if self.kind == ACTIVITIES:
            del self.fields["bekend"]

    @property
    def kind(self) -> str:
        """Return the kind of steps: that which was asked for, else decisions."""
        asked = self.data.get("soort")
        return asked if asked in STEP_KINDS else DECISIONS


class StepLine(NamedTuple):
    """A step in the list, with its URL, and what it counts for in words."""

    row: Any
    title: str
    href: str
    about: str


@require_safe
@never_cache
@login_not_required
def city_steps(request: HttpRequest) -> HttpResponseBase:
    """Return the decisions, evaluations or activities behind a number, in trajectories that this user may see."""
    request_context, file = request_context_of(request), requested_list(request)
    visible = Trajectory.objects.visible_to(request_context.user)
    language = request_context.language
    with translation.override(language):
        offered = (request_context.today, municipalities_of(visible))
        form = StepsForm(*offered, request.GET or None)
        period = Period(form.chosen("van"), form.chosen("op") or request_context.today)
        too_many, earlier_texts = False, can_read_earlier_texts(request_context.user)
        try:
            found = _steps(form, visible, period)
        except TooManyTrajectories:
            form, too_many = StepsForm(*offered, without_known(request)), True
            found = _steps(form, visible, period)

        def read(part: Iterable[Any]) -> list[StepLine]:
            rows = list(part)
            if form.known_at and not earlier_texts:
                redact_versions(Step, rows, ("title", "effect_note", "room_reason"))
            return [_line(row, form.kind) for row in rows]

        rows = found.select_related("trajectory")
        if file is not None and not form.errors and not too_many:
            lines = in_chunks(rows.iterator(500), read)
            return download(request, _table(form.kind, lines, language), request_context.today)
        shown = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get(PAGE_PARAM))
        context = {
            "form": form,
            "kind": _KIND_LABELS[form.kind],
            "page_obj": shown,
            "period": period,
            "public_only": form.chosen("openbaar"),
            "chosen": [
                str(label)
                for label in (
                    _EFFECTS.get(form.chosen("effect") or ""),
                    _ROOMS.get(form.chosen("ruimte") or ""),
                    form.chosen("stadsdeel"),
                    LABELS.get(form.chosen("groep") or "", form.chosen("groep")),
                )
                if label
            ],
            "known_on": form.chosen("bekend"),
            "too_many": too_many,
            "max_trajectories": MAX_REASSESSED_TRAJECTORIES,
            "lines": read(shown),
            "heading": _("The steps behind a figure"),
        }
    return page(request, "web/city/steps.html", context)


def _steps(form: StepsForm, visible: QuerySet[Trajectory], period: Period) -> QuerySet[Any]:
    """Return the steps that the form selects. Raises TooManyTrajectories."""
    if form.errors:
        return Step.objects.none()
    if form.chosen("wat") == _EVERYTHING:
        municipality = form.chosen("gemeente")
        selected = visible.filter(municipality=municipality) if municipality else visible
        selected = selected.filter(public=True) if form.chosen("openbaar") else selected
    else:
        selected = scoped_trajectories(form, visible)
    known_at = form.known_at
    if known_at:
        check_number(selected)
    if form.kind == EVALUATIONS:
        return evaluations_in(selected, period, known_at)
    if form.kind == ACTIVITIES:
        chosen = (form.chosen(name) or "" for name in ("gemeente", "stadsdeel", "groep"))
        return Step.objects.filter(pk__in=activities_with(selected, period, *chosen)).order_by("-done__latest", "pk")
    found = decisions_in(selected, period, known_at)
    if effect := form.chosen("effect"):
        found = found.filter(effect="" if effect == NOT_RECORDED else effect)
    if room := form.chosen("ruimte"):
        found = found.filter(room_kept=next(kept for kept, name in ROOM_NAMES.items() if name == room))
    return found


def _line(row: Any, kind: str) -> StepLine:
    section = "besluit" if kind == DECISIONS else "stap"
    href = trajectory_address(row.trajectory.slug, f"{section}-{row.ref}")
    label = LABELS.get(row.method or row.kind, "")
    if kind == DECISIONS:
        about = f"{EFFECT_LABELS[row.effect]}. {ROOM_LABELS[row.room_kept]}"
    elif kind == EVALUATIONS:
        about = _("score %(score)s") % {"score": row.score}
    else:
        about = str(label)
    return StepLine(row, row.title or (_("Decision") if kind == DECISIONS else str(label)), href, about)


def _table(kind: str, lines: Iterable[StepLine], language: str) -> Table:
    columns = [
        TableColumn("trajectory", gettext_lazy("Trajectory"), lambda line: line.row.trajectory.title),
        TableColumn("title", Step._meta.get_field("title").verbose_name, lambda line: line.title),
        TableColumn("done", Step._meta.get_field("done").verbose_name, lambda line: line.row.done),
        TableColumn("about", gettext_lazy("What counts"), lambda line: line.about),
        TableColumn("slug", Trajectory._meta.get_field("slug").verbose_name, lambda line: line.row.trajectory.slug),
    ]
    return Table(kind, str(_KIND_LABELS[kind]), columns, lines, language)
