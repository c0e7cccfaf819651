"""The forms of the statistics: municipality, period and what is counted, as parameters of the query."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.compliance.dates import MAX_YEAR, MIN_YEAR
from participation.models import Trajectory
from participation.presentation.figure_labels import SCOPE_LABELS, SCOPE_PARAMS
from participation.selectors.statistics.known import known_trajectories
from participation.selectors.statistics.series import SCOPES

from ..shared.addresses import address
from ..shared.dates import NaturalDayField
from ..shared.filtering import FilterSelect
from ..shared.forms import Form

#: The value of a choice that stands for what is not recorded.
NOT_RECORDED: Final = "-"


class PeriodForm(Form):
    """The municipality, the period, the as-of day, and the known-at day."""

    gemeente = forms.ChoiceField(label=gettext_lazy("Municipality"), required=False, widget=FilterSelect)
    van = NaturalDayField(label=gettext_lazy("Due from"), required=False)
    op = NaturalDayField(label=gettext_lazy("Status on"), required=False)
    bekend = NaturalDayField(
        label=gettext_lazy("As known on"),
        required=False,
        help_text=gettext_lazy("Only what was recorded by then. This is worked out anew, so it takes longer."),
    )

    def __init__(self, today: date, municipalities: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        """Store the reference day, and offer these municipalities, named by slug, where there are any."""
        super().__init__(*args, today=today, **kwargs)
        self.today = today
        if municipalities:
            field: Any = self.fields["gemeente"]
            field.choices = [("", _("all municipalities")), *municipalities.items()]
        else:
            del self.fields["gemeente"]

    def _post_clean(self) -> None:
        for name, day in list(self.cleaned_data.items()):
            if isinstance(day, date) and not MIN_YEAR < day.year < MAX_YEAR:
                self.add_error(name, _("Check the year."))

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError for an inverted period, or a known-at day in the future."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        first, on, known = (found.get(name) for name in ("van", "op", "bekend"))
        if first and first > (on or self.today):
            raise ValidationError({"van": _("This day comes after the day that you look at.")})
        if known and known > self.today:
            raise ValidationError({"bekend": _("Choose a day that has been, or today.")})
        return found


class ScopeForm(PeriodForm):
    """The municipality, the period, and what is counted."""

    wat = forms.ChoiceField(label=gettext_lazy("What counts"), required=False, widget=FilterSelect)
    field_order: Iterable[str] | None = ("gemeente", "wat", "van", "op", "bekend")
    #: Whether as known on an earlier day can be chosen; else it stands beside each figure, or has no meaning.
    has_known: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the scopes."""
        super().__init__(*args, **kwargs)
        if not self.has_known:
            del self.fields["bekend"]
        self.offer("wat", [(code, SCOPE_LABELS[scope]) for code, scope in SCOPE_PARAMS.items()])

    def offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Set the choices of a field."""
        field: Any = self.fields[name]
        field.choices = choices

    @property
    def scope(self) -> str:
        """Return what is counted: one of ``SCOPES``."""
        return SCOPE_PARAMS.get(self.chosen("wat"), SCOPES[0])

    @property
    def known_at(self) -> datetime | None:
        """Return the last moment of the day by which it must have been recorded; None is what is known now."""
        day = self.chosen("bekend")
        return end_of_day(day) if day else None

    def chosen(self, name: str) -> Any:
        """Return a valid choice, else None."""
        return self.cleaned_data.get(name) if self.is_bound and self.is_valid() else None


class PublicField(Form):
    """A hidden choice of public trajectories alone, for staff who follow a figure that was published."""

    openbaar = forms.BooleanField(required=False, widget=forms.HiddenInput)


def scoped_trajectories(form: ScopeForm, visible: QuerySet[Trajectory]) -> QuerySet[Trajectory]:
    """Return the trajectories of the municipality of the form: those that look back, or all others."""
    if form.chosen("openbaar"):
        visible = visible.filter(public=True)
    municipality = form.chosen("gemeente")
    own = "" if municipality == NOT_RECORDED else municipality
    found = visible.filter(municipality=own) if municipality else visible
    return known_trajectories(found, form.known_at, retrospective=form.scope == "retrospective")


def without_known(request: HttpRequest) -> QueryDict:
    """Return the query of this request for what is known now."""
    query = request.GET.copy()
    query.pop("bekend", None)
    return query


def end_of_day(day: date) -> datetime:
    """Return the last moment of a local day."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) - timedelta(microseconds=1)


def figures_url(name: str, form: ScopeForm, first: date | None, on: date, **params: str) -> str:
    """Return the URL of the page with this name, for a period, and for the scope and the municipality of the form."""
    scope = next(code for code, scope in SCOPE_PARAMS.items() if scope == form.scope)
    period = {"van": first.isoformat() if first else "", "op": on.isoformat()}
    wat = "" if form.scope == SCOPES[0] else scope
    known = form.chosen("bekend")
    chosen = {
        "gemeente": form.chosen("gemeente") or "",
        "openbaar": "1" if form.chosen("openbaar") else "",
        "bekend": known.isoformat() if known else "",
    }
    return address(name, **period, wat=wat, **chosen, **params)
