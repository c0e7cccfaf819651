"""What was done with what people said, added up; and what it changed in decisions."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.interchange.tables import Table, TableColumn, in_chunks
from participation.models import Step, Trajectory
from participation.models.labels import LABELS
from participation.presentation.figure_labels import (
    AGE_LABELS,
    EFFECT_LABELS,
    ROOM_LABELS,
    SCOPE_LABELS,
    STATE_LABELS,
)
from participation.selectors.changes.public_texts import can_read_earlier_texts, changed_text_marker
from participation.selectors.municipalities import municipalities_of
from participation.selectors.obligations.statuses import party_names
from participation.selectors.statistics.city import (
    MAX_REASSESSED_TRAJECTORIES,
    Period,
    TooManyTrajectories,
    percent,
)
from participation.selectors.statistics.influence import (
    CHANGED_THEME,
    STATES,
    ContributionCounts,
    Influence,
    compared_trajectories,
    contributions_in,
    count_effects,
    decisions_in,
    influence,
)
from participation.selectors.statistics.known import check_number, redact_versions
from participation.selectors.statistics.yearly import NOT_RECORDED, ROOM_NAMES

from ..shared.addresses import address, trajectory_address
from ..shared.downloads import download, requested_list
from ..shared.filtering import PAGE_PARAM
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .bars import bar, legend
from .figure_rows import FigureRow, cells_text, figure_cells
from .periods import PublicField, ScopeForm, figures_url, scoped_trajectories, without_known

INFLUENCE_SCOPES: Final = [
    ("", gettext_lazy("trajectories that do not look back")),
    ("terugblik", SCOPE_LABELS["retrospective"]),
]
#: The lists of the page: counts of contributions, and decisions.
_LISTS: Final = ("inbreng", "besluiten")
_DECISIONS_PER_PAGE: Final = 10
#: The kinds of steps that have a list of their own behind figures.
DECISIONS: Final = "besluiten"
EVALUATIONS: Final = "evaluaties"
ACTIVITIES: Final = "activiteiten"
STEP_KINDS: Final = (DECISIONS, EVALUATIONS, ACTIVITIES)


class InfluenceForm(PublicField, ScopeForm):
    """The municipality, the trajectories, and the period in which contributions came in and decisions were taken."""

    field_order: Iterable[str] | None = ("gemeente", "wat", "van", "op", "bekend")

    def __init__(self, *args: Any) -> None:
        """Name the fields by what they are of here."""
        super().__init__(*args)
        self.fields["van"].label = _("Received, or decided, from")
        self.fields["wat"].label = _("Which trajectories")
        self.offer("wat", list(INFLUENCE_SCOPES))


@require_safe
@never_cache
@login_not_required
def city_influence(request: HttpRequest) -> HttpResponseBase:
    """Return what was done with the contributions to the trajectories that this user may see."""
    request_context, file = request_context_of(request), requested_list(request, _LISTS)
    visible = Trajectory.objects.visible_to(request_context.user)
    language = request_context.language
    with translation.override(language):
        form = InfluenceForm(request_context.today, municipalities_of(visible), request.GET or None)
        chosen = scoped_trajectories(form, visible)
        period = Period(form.chosen("van"), form.chosen("op") or request_context.today)
        known_at, too_many = form.known_at, False
        earlier_texts = can_read_earlier_texts(request_context.user)
        if known_at:
            try:
                check_number(chosen)
            except TooManyTrajectories:
                form = InfluenceForm(request_context.today, municipalities_of(visible), without_known(request))
                chosen, known_at, too_many = scoped_trajectories(form, visible), None, True
        in_period = decisions_in(chosen, period, known_at)
        decisions = in_period.select_related("trajectory")

        def read(part: Iterable[Any]) -> list[Any]:
            found = list(part)
            if known_at and not earlier_texts:
                redact_versions(Step, found, ("title", "effect_note", "room_reason"))
            return found

        if file == "besluiten" and not form.errors and not too_many:
            table = _decisions_table(in_chunks(decisions.iterator(500), read), language)
            return download(request, table, request_context.today)
        found = influence(contributions_in(chosen, period, known_at, earlier_texts), period.on, known_at)
        rows = _StateRows(form, period)
        if file is not None and not form.errors and not too_many:
            return download(request, _influence_table(found, language), request_context.today)
        effects = count_effects(in_period)
        shown = Paginator(decisions, _DECISIONS_PER_PAGE).get_page(request.GET.get(PAGE_PARAM))
        names = party_names() if shown.object_list else {}
        compared = compared_trajectories({row.trajectory_id for row in shown})
        context = {
            "form": form,
            "section": "influence",
            "period": period,
            "scope": form.scope,
            "public_only": form.chosen("openbaar"),
            "known_on": form.chosen("bekend"),
            "too_many": too_many,
            "max_trajectories": MAX_REASSESSED_TRAJECTORIES,
            "legend": legend(STATE_LABELS),
            "total_row": rows.row(_("All contributions"), ContributionCounts("", "", found.states), {}),
            "themes": [rows.row(_theme(row), row, {"thema": row.key or "-"}) for row in found.themes],
            "other_themes": found.other_themes,
            "senders": [rows.row(_sender(row), row, {"afzender": row.key or "-"}) for row in found.senders],
            "districts": [rows.row(_named(row), row, {"stadsdeel": row.key or "-"}) for row in found.districts],
            "ages": [(AGE_LABELS[age], number, rows.url(number, leeftijd=age)) for age, number in found.ages.items()],
            "effect_bar": bar([(_effect_part(code), number) for code, number in effects.effects.items()]),
            "effects": [
                (item, effects.effects[code], rows.decisions_url(effects.effects[code], effect=code or NOT_RECORDED))
                for code, item in zip(
                    effects.effects,
                    legend({_effect_part(code): EFFECT_LABELS[code] for code in effects.effects}),
                    strict=True,
                )
            ],
            "room_bar": bar([(_room_part(kept), number) for kept, number in effects.room.items()]),
            "room": [
                (item, effects.room[kept], rows.decisions_url(effects.room[kept], ruimte=ROOM_NAMES[kept]))
                for kept, item in zip(
                    effects.room, legend({_room_part(kept): ROOM_LABELS[kept] for kept in effects.room}), strict=True
                )
            ],
            "decision_count": effects.total,
            "page_obj": shown,
            "decisions": [_decision(row, names, compared) for row in read(shown)],
        }
    return page(request, "web/city/influence.html", context)


def _effect_part(code: str) -> str:
    return f"effect_{code or 'unknown'}"


def _room_part(kept: bool | None) -> str:
    return "room_unknown" if kept is None else "room_yes" if kept else "room_no"


def _theme(row: ContributionCounts) -> str:
    return changed_text_marker() if row.name == CHANGED_THEME else row.name or _("Without a theme")


def _sender(row: ContributionCounts) -> str:
    return capfirst(str(LABELS[row.key])) if row.key else _("Not recorded")


def _named(row: ContributionCounts) -> str:
    return row.name or _("Not recorded")


class _StateRows:
    """Makes the rows of the tables of contributions."""

    def __init__(self, form: InfluenceForm, period: Period) -> None:
        self.form, self.period = form, period
        self.names = {state: capfirst(str(label)) for state, label in STATE_LABELS.items()}

    def row(self, label: str, counts: ContributionCounts, params: Mapping[str, str]) -> FigureRow:
        """Return the row of this group of contributions, with links to them."""
        numbers = {state: counts.states[state] for state in STATES}
        shares = {state: percent(number / counts.total) for state, number in numbers.items() if number}
        lines = self._lines_url(params)
        cells = figure_cells(numbers, self.names, shares, lines)
        return FigureRow(label, cells, cells_text(cells), total=counts.total, total_url=lines if counts.total else "")

    def url(self, number: int, **params: str) -> str:
        """Return the URL of the contributions behind a number; "" where there are none."""
        return self._lines_url(params) if number else ""

    def _lines_url(self, params: Mapping[str, str]) -> str:
        return figures_url("city_contributions", self.form, self.period.first, self.period.on, **params)

    def decisions_url(self, number: int, **params: str) -> str:
        """Return the URL of the decisions behind a number; "" where there are none."""
        found = figures_url("city_steps", self.form, self.period.first, self.period.on, soort=DECISIONS, **params)
        return found if number else ""


def _decision(row: Step, names: Mapping[str, str], compared: Collection[int]) -> dict[str, Any]:
    return {
        "row": row,
        "title": row.title or _("Decision"),
        "href": trajectory_address(row.trajectory.slug, f"besluit-{row.ref}"),
        "body": names.get(row.body) or (str(LABELS.get(row.body, "")) if row.body else ""),
        "effect": EFFECT_LABELS[row.effect],
        "comparison": address("document_comparison", row.trajectory.slug) if row.trajectory_id in compared else "",
        "room": ROOM_LABELS[row.room_kept],
    }


def _influence_table(found: Influence, language: str) -> Table:
    rows = [
        *((_("Theme"), _theme(row), row) for row in found.themes),
        *((_("From"), _sender(row), row) for row in found.senders),
        *((_("District"), _named(row), row) for row in found.districts),
    ]

    def number(state: str) -> TableColumn:
        return TableColumn(state, STATE_LABELS[state], lambda line: line[2].states[state])

    columns = [
        TableColumn("group", gettext_lazy("By what"), lambda line: line[0]),
        TableColumn("name", gettext_lazy("Name"), lambda line: line[1]),
        *map(number, STATES),
    ]
    return Table("invloed", _("Influence"), columns, rows, language)


def _decisions_table(rows: Iterator[Step], language: str) -> Table:
    def of_row(key: str) -> TableColumn:
        return TableColumn(key, Step._meta.get_field(key).verbose_name, lambda row: getattr(row, key))  # type: ignore[union-attr]

    columns = [
        TableColumn("trajectory", gettext_lazy("Trajectory"), lambda row: row.trajectory.title),
        *map(of_row, ("title", "done", "body", "stage")),
        TableColumn("effect", gettext_lazy("What the input changed"), lambda row: EFFECT_LABELS[row.effect]),
        of_row("effect_note"),
        TableColumn("room", gettext_lazy("The promised room"), lambda row: ROOM_LABELS[row.room_kept]),
        of_row("room_reason"),
        TableColumn("slug", Trajectory._meta.get_field("slug").verbose_name, lambda row: row.trajectory.slug),
    ]
    return Table("besluiten", _("Decisions"), columns, rows, language)
