"""The page that says with which districts and groups nobody spoke for some months."""

from typing import Any, Final

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from participation.compliance.calendar import add_months
from participation.compliance.wording import format_list
from participation.interchange.tables import Table, TableColumn
from participation.models import Trajectory
from participation.presentation.coverage import DEFAULT_MONTHS, CoverageRow, district_rows, group_name, group_rows
from participation.selectors.municipalities import municipalities_of
from participation.selectors.statistics.coverage import coverage

from ..shared.addresses import MUNICIPALITY_PARAM, address
from ..shared.downloads import download, requested_list
from ..shared.filtering import FilterSelect
from ..shared.forms import Form
from ..shared.pages import page
from ..shared.request_context import request_context_of
from .influence import ACTIVITIES

#: The lists of the page as files.
LISTS: Final = ("stadsdelen", "groepen")


class CoverageForm(Form):
    """The municipality, and the number of months."""

    gemeente = forms.ChoiceField(label=gettext_lazy("Municipality"), required=False, widget=FilterSelect)
    maanden = forms.IntegerField(
        label=gettext_lazy("Number of months"),
        required=False,
        min_value=1,
        max_value=120,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, municipalities: Any, *args: Any, **kwargs: Any) -> None:
        """Offer these municipalities, named by slug, where there are any."""
        super().__init__(*args, **kwargs)
        if municipalities:
            field: Any = self.fields[MUNICIPALITY_PARAM]
            field.choices = [("", _("all municipalities")), *municipalities.items()]
        else:
            del self.fields[MUNICIPALITY_PARAM]


@require_safe
@never_cache
@login_not_required
def city_coverage(request: HttpRequest) -> HttpResponseBase:
    """Return with which districts and groups people spoke, by the trajectories that this user may see."""
    request_context, file = request_context_of(request), requested_list(request, LISTS)
    visible = Trajectory.objects.visible_to(request_context.user)
    with translation.override(request_context.language):
        form = CoverageForm(municipalities_of(visible), request.GET or None)
        chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
        months, municipality = chosen.get("maanden") or DEFAULT_MONTHS, chosen.get(MUNICIPALITY_PARAM) or ""
        if municipality:
            visible = visible.filter(municipality=municipality)
        since = add_months(request_context.today, -months)
        found = coverage(visible, since, request_context.today, municipality)
        if file is not None and not form.errors:
            is_districts = file == LISTS[0]
            rows = district_rows(found, since) if is_districts else group_rows(found, since)
            first = _("District") if is_districts else _("Group")
            return download(request, _table(file, first, rows, request_context.language), request_context.today)
        days = {"van": since.isoformat(), "op": request_context.today.isoformat()}
        lines = {"soort": ACTIVITIES, "wat": "alles", **days, MUNICIPALITY_PARAM: municipality}
        districts = _with_urls(district_rows(found, since), "stadsdeel", lines)
        groups = _with_urls(group_rows(found, since), "groep", lines)
        context = {
            "form": form,
            "section": "coverage",
            "months": months,
            "since": since,
            "districts": districts,
            "groups": groups,
            "missed": {
                "districts": _names([row.label for row in districts if row.is_missed], request_context.language),
                "groups": _names([group_name(row.name) for row in groups if row.is_missed], request_context.language),
            },
        }
    return page(request, "web/city/coverage.html", context)


def _names(names: list[str], language: str) -> str:
    return format_list(names, language) if names else ""


def _with_urls(rows: list[CoverageRow], param: str, lines: dict[str, str]) -> list[CoverageRow]:
    """Return these rows, each with the URL of its activities where there are any."""
    return [
        row._replace(url=address("city_steps", **lines, **{param: row.name})) if row.number else row for row in rows
    ]


def _table(name: str, first: str, rows: list[CoverageRow], language: str) -> Table:
    columns = [
        TableColumn("name", first, lambda row: row.label),
        TableColumn("last", gettext_lazy("Last spoken with on"), lambda row: row.last),
        TableColumn("count", gettext_lazy("Activities in this period"), lambda row: row.number),
    ]
    return Table(f"bereik-{name}", _("Reach"), columns, rows, language)
