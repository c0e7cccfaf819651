"""What residents said: recorded by the batch from a sheet, looked at first, and answered on one screen."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participation.compliance.dates import When
from participation.exchange.sheets import Sheet, as_text
from participation.models import Contribution, Entry
from participation.selectors.contributions import Waiting, open_contributions
from participation.services.contributions import (
    COLUMNS,
    Answer,
    Defaults,
    columns_of,
    proposed,
    record_answers,
    record_contributions,
)
from participation.services.editing import save_part
from participation.web.shared import rights
from participation.web.shared.dates import SaidWhenField
from participation.web.shared.pages import page, saved
from participation.web.shared.visit import Visit, visit_of

from .contribution_forms import AnswerForm, AnswersForm, ContributionForm, SheetForm, column_label
from .forms import RowForm
from .screen import Changing

#: So many open contributions on one screen: more cannot be answered with attention in one go.
ON_SCREEN = 25


class Column(NamedTuple):
    """A column of the sheet, and what it is taken for."""

    name: str
    heading: str
    choices: list[tuple[str, str]]
    chosen: str


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def contributions_add(request: HttpRequest, name: str) -> HttpResponse:
    """Take a sheet, show what would be recorded, and record what is ticked."""
    trajectory = rights.editable(request, name)
    form = SheetForm(trajectory, request.POST or None, request.FILES or None, initial=_asked(request))
    if not form.is_valid():
        return page(request, "web/recording/contributions_add.html", {"trajectory": trajectory, "form": form})
    sheet: Sheet = form.cleaned_data["sheet"]
    columns = _chosen_columns(request, sheet)
    defaults = Defaults(form.cleaned_data["step"], form.cleaned_data["party"], form.cleaned_data["received_on"])
    rows = proposed(sheet, columns, trajectory, defaults, SaidWhenField().clean) if "summary" in columns else []
    ticked = _ticked(request, rows)
    chosen = [row.contribution for row in rows if row.number in ticked and not row.problems]
    if request.POST.get("do") == "save" and chosen:
        entry = record_contributions(_user(request), trajectory, chosen, **_moment(visit_of(request)))
        saved(request, entry)
        return redirect(f"{reverse('trajectory', args=[trajectory.slug])}#inbreng")
    context = {
        "trajectory": trajectory,
        "form": SheetForm(trajectory, initial={**request.POST.dict(), "text": as_text(sheet)}),
        "columns": _columns(sheet, columns),
        "rows": [(row, row.number in ticked and not row.problems) for row in rows],
        "wrong": sum(bool(row.problems) for row in rows),
        "doubles": sum(row.double for row in rows),
        "count": len(chosen),
        "asks_for_column": "summary" not in columns,
        "nothing_ticked": request.POST.get("do") == "save",
    }
    return page(request, "web/recording/contributions_preview.html", context)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {"step": request.GET.get("step", ""), "party": request.GET.get("party", "residents")}


def _chosen_columns(request: HttpRequest, sheet: Sheet) -> dict[str, int]:
    """Return which column holds what: as chosen on the screen, else as the headings say."""
    if not any(key.startswith("column-") for key in request.POST):
        return columns_of(sheet)
    chosen = ((request.POST.get(f"column-{index}", ""), index) for index in range(sheet.width))
    found: dict[str, int] = {}
    for column, index in chosen:
        if column in COLUMNS:
            found.setdefault(column, index)
    return found


def _ticked(request: HttpRequest, rows: Any) -> set[int]:
    """Return the numbers of the rows that take part: as ticked, else all that are sound and new."""
    if "looked" in request.POST:
        return {int(number) for number in request.POST.getlist("row") if number.isdecimal()}
    return {row.number for row in rows if row.takes_part}


def _columns(sheet: Sheet, columns: dict[str, int]) -> list[Column]:
    taken = {index: column for column, index in columns.items()}
    choices = [("", _("leave out")), *((column, column_label(column)) for column in COLUMNS)]
    return [
        Column(
            f"column-{index}",
            sheet.headings[index] if sheet.headings else _("Column %(number)s") % {"number": index + 1},
            choices,
            taken.get(index, ""),
        )
        for index in range(sheet.width)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def contributions_answer(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the open contributions of a trajectory on one screen: each by itself, or many in one go."""
    trajectory, visit = rights.editable(request, name), visit_of(request)
    groups = open_contributions(trajectory.pk, visit.rulebook, visit.today, visit.language, ON_SCREEN)
    data = request.POST or None
    shared = AnswersForm(data, initial={"responded_on": When.on(visit.today)})
    forms = [(group, [_answer_form(row, data) for row in group.rows]) for group in groups.groups]
    flat = [form for _group, own in forms for form in own]
    if data is not None and _valid(shared, flat, data.getlist("ticked")):
        answers = [
            Answer(form.contribution, form.cleaned_data["outcome"], form.cleaned_data["response"])
            for form in flat
            if form.is_answered
        ]
        if answers:
            entry = record_answers(
                _user(request), trajectory, answers, shared.cleaned_data["responded_on"], **_moment(visit)
            )
            saved(request, entry)
            return redirect(f"{reverse('trajectory', args=[trajectory.slug])}#inbreng")
        shared.add_error(None, _("Nothing is answered yet. Choose what is done with a contribution, and say why."))
    context = {
        "trajectory": trajectory,
        "form": shared,
        "groups": forms,
        "open": groups.open,
        "more": groups.open - len(flat),
        "ticked": set(data.getlist("ticked")) if data else set(),
        "wrong": [form for form in flat if form.is_bound and form.errors],
    }
    return page(request, "web/recording/contributions_answer.html", context)


def _answer_form(row: Waiting, data: Any) -> AnswerForm:
    return AnswerForm(data, prefix=row.contribution.ref, contribution=row.contribution, told=row)


def _valid(shared: AnswersForm, forms: list[AnswerForm], ticked: list[str]) -> bool:
    """Tell whether all that was filled in is sound; what is ticked gets the shared answer first."""
    sound = shared.is_valid()
    if sound:
        for form in forms:
            if form.contribution.ref in ticked:
                form.take(shared.cleaned_data["outcome"], shared.cleaned_data["response"])
        if ticked and not (shared.cleaned_data["outcome"] and shared.cleaned_data["response"]):
            shared.add_error("outcome", _("Choose an outcome and a reason for what is ticked."))
            sound = False
    # Each is asked, so that each says what is wrong with it.
    found = [form.is_valid() for form in forms]
    return all(found) and sound


def _user(request: HttpRequest) -> Any:
    return request.user


def _moment(visit: Visit) -> dict[str, Any]:
    return {"rulebook": visit.rulebook, "today": visit.today, "now": visit.now}


class ContributionChange(Changing):
    """Change one contribution, or answer it."""

    model, form_class, anchor = Contribution, ContributionForm, "inbreng"

    def title(self) -> str:
        """Return its theme."""
        return _("Contribution: %(about)s") % {"about": self.row.theme or self.row.summary[:60]}

    def save(self, form: RowForm) -> Entry | None:
        """Save the change; an answer is told as one."""
        answered = {"outcome", "response"} & set(form.changed_data)
        about = form.instance.theme or form.instance.summary[:100]
        verb = "answered" if answered else "changed"
        return save_part(form.instance, self.door, verb=verb, about=about, shown=form.shown_state)
