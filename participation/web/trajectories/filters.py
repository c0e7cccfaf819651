"""Search and filters of the list of trajectories, in the query string."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.forms import CheckboxInput
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, FilterSet

from participation.compliance import wording
from participation.compliance.vocabulary import (
    BASICS,
    CONTACT_ROLES,
    LEVELS,
    PHASES,
    TRAJECTORY_KINDS,
    TRAJECTORY_STATUSES,
)
from participation.models import Neighbourhood, Organisation, Trajectory
from participation.models.labels import LABELS, labelled_choices
from participation.selectors.municipalities import municipalities_of
from participation.selectors.trajectories.list_query import (
    SORTS,
    phase_expression,
    trajectories_with_overdue,
)
from participation.selectors.trajectories.search import trajectories_matching

from ..shared.filtering import FilterForm, FilterSelect, SearchField
from ..shared.request_context import RequestContext

#: Query parameter of each filter.
QUERY_PARAMS = {
    "search": "zoek",
    "open": "meedoen",
    "mine": "mijn",
    "association": "mijn-vereniging",
    "sort": "volgorde",
    "municipality": "gemeente",
    "neighbourhood": "wijk",
    "district": "stadsdeel",
    "phase": "fase",
    "kind": "soort",
    "level": "niveau",
    "status": "stand",
    "late": "te-laat",
    "retrospective": "terugblik",
}
#: Fields that are always visible; the others are collapsed.
VISIBLE_FIELDS = ("search", "open", "mine", "association", "sort")

_SORTS = dict(
    zip(
        SORTS,
        (_("most relevant first"), _("what happens soonest first"), _("by title"), _("newest first")),
        strict=True,
    )
)
_ANY = "alles"


class ListForm(FilterForm):
    """The filter form."""

    names = QUERY_PARAMS


def filter_choice(label: Any, **kwargs: Any) -> ChoiceFilter:
    """Return a filter with a select as its field."""
    return ChoiceFilter(label=label, widget=FilterSelect, **kwargs)


class _Search(CharFilter):
    field_class = SearchField


class Filters(FilterSet):
    """The filters; choices are limited to what this user may see, so that they disclose no names."""

    search = _Search(label=_("Search"), method="_search")
    open = BooleanFilter(label=_("I can still take part"), method="_as_it_is", widget=CheckboxInput)
    mine = BooleanFilter(label=_("Only my trajectories"), method="_mine", widget=CheckboxInput)
    association = BooleanFilter(label=_("Only those of my association"), method="_association", widget=CheckboxInput)
    sort = filter_choice(_("Order"), choices=list(_SORTS.items()), method="_as_it_is", empty_label=None)
    municipality = filter_choice(_("Municipality"), choices=(), empty_label=_("all municipalities"))
    neighbourhood = filter_choice(
        _("Neighbourhood"), choices=(), method="_neighbourhood", empty_label=_("all neighbourhoods")
    )
    district = filter_choice(_("District"), choices=(), method="_district", empty_label=_("all districts"))
    phase = filter_choice(
        _("Phase now"), choices=labelled_choices(PHASES), method="_phase", empty_label=_("all phases")
    )
    kind = filter_choice(_("Kind"), choices=labelled_choices(TRAJECTORY_KINDS), empty_label=_("all kinds"))
    level = filter_choice(_("Level of participation"), choices=labelled_choices(LEVELS), empty_label=_("all levels"))
    status = filter_choice(_("Status"), choices=labelled_choices(TRAJECTORY_STATUSES), empty_label=_("all"))
    late = filter_choice(_("What is overdue"), choices=(), method="_late", empty_label=_("all"))
    retrospective = filter_choice(
        _("Looking back"),
        choices=[("zonder", _("without those that look back")), ("alleen", _("only those that look back"))],
        method="_retrospective",
        empty_label=_("all"),
    )

    class Meta:
        model = Trajectory
        form = ListForm
        fields = list(QUERY_PARAMS)

    def __init__(self, data: QueryDict, visible: QuerySet[Trajectory], context: RequestContext) -> None:
        """Filter the visible trajectories; takes two queries, for the choices of municipality and neighbourhood.

        A third one, whether they speak for an organisation, only for who is logged in.
        """
        super().__init__(data, visible)
        # Always bound: an empty query string is a form without filters.
        self.data, self.is_bound, self.context = data, True, context
        # Only advisers are assigned to trajectories.
        if getattr(context.user, "role", "") != "adviser":
            del self.filters["mine"]
        if not Organisation.objects.represented_by(context.user).exists():
            del self.filters["association"]
        #: Names by slug, where the trajectories are of several municipalities.
        self.municipalities = municipalities_of(visible)
        if self.municipalities:
            self._set_choices("municipality", list(self.municipalities.items()))
        else:
            del self.filters["municipality"]
        neighbourhoods = list(neighbourhoods_of(visible))
        self._set_choices("neighbourhood", [(slug, name) for slug, name, *_rest in neighbourhoods])
        self._set_choices("district", [(name, name) for name in sorted({row[2] for row in neighbourhoods} - {""})])
        #: Whether a neighbourhood can be chosen on a map.
        self.has_map = any(shape for *_names, shape in neighbourhoods)
        basics = [(code, wording.label("basics", code, context.language)) for code in BASICS]
        self._set_choices("late", [(_ANY, _("something is overdue")), *basics])

    def _set_choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.filters[name].extra["choices"] = choices

    @property
    def sorted_by(self) -> str:
        """Return the chosen order: one of ``SORTS``."""
        chosen: str = self.form.cleaned_data.get("sort") or SORTS[0]
        return chosen

    @property
    def only_open(self) -> bool:
        """Return whether to list only trajectories open for participation; applied by ``LazyOrderedKeys``."""
        return bool(self.form.cleaned_data.get("open"))

    @property
    def is_common(self) -> bool:
        """Return whether only open and order are chosen, as by most: other lists are too many to keep in a cache."""
        return self.form.is_valid() and not any(
            value for name, value in self.form.cleaned_data.items() if name not in ("open", "sort")
        )

    @property
    def search_text(self) -> str:
        """Return the text that is searched for."""
        text: str = self.form.cleaned_data.get("search") or ""
        return text

    @property
    def roles(self) -> dict[str, str]:
        """Return the label of each contact role, in the language of the user."""
        return {role: str(LABELS[role]) for role in CONTACT_ROLES}

    @property
    def visible(self) -> list[Any]:
        """Return the fields that are not collapsed, in order."""
        return [self.form[name] for name in VISIBLE_FIELDS if name in self.form.fields]

    @property
    def folded(self) -> list[Any]:
        """Return the collapsed fields."""
        return [field for field in self.form if field.name not in VISIBLE_FIELDS]

    @property
    def unfolded(self) -> bool:
        """Return whether a collapsed field has a value or an error."""
        return any(self.form.cleaned_data.get(field.name) or field.errors for field in self.folded)

    def _as_it_is(self, rows: QuerySet[Trajectory], _name: str, _value: Any) -> QuerySet[Trajectory]:
        return rows

    def _search(self, rows: QuerySet[Trajectory], _name: str, text: str) -> QuerySet[Trajectory]:
        return trajectories_matching(rows, text, self.roles)

    def _mine(self, rows: QuerySet[Trajectory], _name: str, wanted: bool) -> QuerySet[Trajectory]:
        assigned = Trajectory.advisers.through.objects.filter(user=self.context.user.pk)
        return rows.filter(pk__in=assigned.values("trajectory")) if wanted else rows

    def _association(self, rows: QuerySet[Trajectory], _name: str, wanted: bool) -> QuerySet[Trajectory]:
        involved = Trajectory.objects.for_member(self.context.user).order_by()
        return rows.filter(pk__in=involved.values("pk")) if wanted else rows

    def _phase(self, rows: QuerySet[Trajectory], _name: str, phase: str) -> QuerySet[Trajectory]:
        return rows.alias(phase_now=phase_expression(self.context.today)).filter(phase_now=phase)

    def _neighbourhood(self, rows: QuerySet[Trajectory], _name: str, slug: str) -> QuerySet[Trajectory]:
        return rows.filter(in_neighbourhood(slug=slug))

    def _district(self, rows: QuerySet[Trajectory], _name: str, district: str) -> QuerySet[Trajectory]:
        return rows.filter(in_neighbourhood(district=district))

    def _late(self, rows: QuerySet[Trajectory], _name: str, basic: str) -> QuerySet[Trajectory]:
        wanted = "" if basic == _ANY else basic
        return trajectories_with_overdue(rows, self.context.rulebooks, self.context.today, wanted)

    def _retrospective(self, rows: QuerySet[Trajectory], _name: str, choice: str) -> QuerySet[Trajectory]:
        return rows.filter(retrospective=choice == "alleen")


def in_neighbourhood(**columns: str) -> Exists:
    """Return the condition on neighbourhood as EXISTS; a join would yield duplicates."""
    conditions = {f"neighbourhood__{name}": value for name, value in columns.items()}
    return Exists(Trajectory.neighbourhoods.through.objects.filter(trajectory=OuterRef("pk"), **conditions))


def neighbourhoods_of(visible: QuerySet[Trajectory]) -> QuerySet[Any, Any]:
    """Return slug, name, district and shape of the neighbourhoods of these trajectories."""
    has_trajectory = Exists(visible.order_by().filter(neighbourhoods=OuterRef("pk")))
    found = Neighbourhood.objects.filter(has_trajectory).order_by("name", "slug")
    return found.values_list("slug", "name", "district", "shape")
