"""Filters of the council's page, in the query string."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet

from participation.compliance.vocabulary import PHASES, TRAJECTORY_KINDS
from participation.models import Trajectory
from participation.models.labels import labelled_choices
from participation.selectors.council import CouncilChoices
from participation.selectors.council_places import CouncilPlace
from participation.selectors.trajectories.list_query import phase_expression

from ..shared.filtering import FilterForm
from ..shared.request_context import RequestContext
from ..trajectories.filters import filter_choice, in_neighbourhood

#: Query parameter of each filter.
QUERY_PARAMS = {
    "municipality": "gemeente",
    "portfolio": "portefeuille",
    "district": "stadsdeel",
    "neighbourhood": "wijk",
    "phase": "fase",
    "kind": "soort",
}
#: The filters that a council member may start with, and the column of the account that keeps each.
KEPT_FILTERS = {"portfolio": "council_portfolio", "district": "council_district"}


def kept_choice(user: Any) -> dict[str, str]:
    """Return what this council member starts with, as parameters of the query; nothing for others."""
    if getattr(user, "role", "") != "council_member":
        return {}
    kept = {QUERY_PARAMS[name]: getattr(user, column) for name, column in KEPT_FILTERS.items()}
    return {param: value for param, value in kept.items() if value}


class CouncilFilterForm(FilterForm):
    """The filter form."""

    names = QUERY_PARAMS


class CouncilFilters(FilterSet):
    """The filters; choices are limited to what this user may see, so that they disclose no names."""

    municipality = filter_choice(_("Municipality"), choices=(), empty_label=_("all municipalities"))
    portfolio = filter_choice(_("Alderman's portfolio"), choices=(), empty_label=_("all portfolios"))
    district = filter_choice(_("District"), choices=(), method="_district", empty_label=_("all districts"))
    neighbourhood = filter_choice(
        _("Neighbourhood"), choices=(), method="_neighbourhood", empty_label=_("all neighbourhoods")
    )
    phase = filter_choice(
        _("Phase now"), choices=labelled_choices(PHASES), method="_phase", empty_label=_("all phases")
    )
    kind = filter_choice(_("Kind"), choices=labelled_choices(TRAJECTORY_KINDS), empty_label=_("all kinds"))

    class Meta:
        model = Trajectory
        form = CouncilFilterForm
        fields = list(QUERY_PARAMS)

    def __init__(
        self,
        data: QueryDict,
        trajectories: QuerySet[Trajectory],
        choices: CouncilChoices,
        places: Sequence[CouncilPlace],
        context: RequestContext,
    ) -> None:
        """Filter these trajectories, each annotated with its ``phase_now``; no queries."""
        super().__init__(data, trajectories.annotate(phase_now=phase_expression(context.today)))
        # Always bound: an empty query string is a form without filters.
        self.data, self.is_bound = data, True
        if choices.municipalities:
            self.filters["municipality"].extra["choices"] = list(choices.municipalities.items())
        else:
            del self.filters["municipality"]
        own = kept_choice(context.user)
        here = [place for place in places if place.is_chosen_from]
        self._offer("portfolio", choices.portfolios, own)
        self._offer("district", sorted({place.district for place in here} - {""}), own)
        self.filters["neighbourhood"].extra["choices"] = [(place.slug, place.name) for place in here]

    def _offer(self, name: str, values: Iterable[str], own: dict[str, str]) -> None:
        """Offer these values, and the one that this user starts with, which may have no trajectory at this moment."""
        found = list(values)
        kept = own.get(QUERY_PARAMS[name], "")
        if kept and kept not in found:
            found.append(kept)
        if found or name != "portfolio":
            self.filters[name].extra["choices"] = [(value, value) for value in found]
        else:
            del self.filters[name]

    @property
    def chosen(self) -> dict[str, str]:
        """Return the valid values by the parameter of the query, without those that filter nothing."""
        values = getattr(self.form, "cleaned_data", {})
        return {QUERY_PARAMS[name]: value for name in QUERY_PARAMS if (value := values.get(name))}

    def _phase(self, rows: QuerySet[Any], _name: str, phase: str) -> QuerySet[Any]:
        return rows.filter(phase_now=phase)

    def _district(self, rows: QuerySet[Any], _name: str, district: str) -> QuerySet[Any]:
        return rows.filter(in_neighbourhood(district=district))

    def _neighbourhood(self, rows: QuerySet[Any], _name: str, slug: str) -> QuerySet[Any]:
        return rows.filter(in_neighbourhood(slug=slug))
