"""Statistics: how many obligations to residents were met, met late or overdue."""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from participation.compliance import vocabulary as words
from participation.models import Trajectory
from participation.selectors.statistics.city import MAX_REASSESSED_TRAJECTORIES, Period, TooManyTrajectories
from participation.selectors.statistics.statistics import statistics

from .core.problems import ErrorLocation, ValidationProblem
from .core.query_params import KNOWN_AT
from .filters import ApiFilters, VocabularyFilter
from .filters_parsed import DayFilter
from .openapi.schema import OperationDoc
from .views import TIME_TRAVEL_PARAMETERS, ApiView


class StatisticsFilters(ApiFilters):
    """Filters of what the statistics cover."""

    dueFrom = DayFilter("Only obligations due on or after this date.", method="_unfiltered")  # noqa: N815 - name of the parameter
    kind = VocabularyFilter(words.TRAJECTORY_KINDS, "Only trajectories of this kind.")
    municipality = CharFilter(label="Only trajectories of the municipality with this slug.")
    district = CharFilter(label="Only trajectories in this district.", method="_near")
    neighbourhood = CharFilter(label="Only trajectories in the neighbourhood with this slug.", method="_near")

    class Meta:
        model = Trajectory
        fields: list[str] = []

    def _unfiltered(self, rows: QuerySet[Trajectory], _name: str, _day: object) -> QuerySet[Trajectory]:
        return rows

    def _near(self, rows: QuerySet[Trajectory], name: str, area: str) -> QuerySet[Trajectory]:
        column = {"district": "neighbourhood__district", "neighbourhood": "neighbourhood__slug"}[name]
        near = Trajectory.neighbourhoods.through.objects.filter(trajectory=OuterRef("pk"), **{column: area})
        return rows.filter(Exists(near))


class Statistics(ApiView):
    """The statistics that the city page shows."""

    operation_name, tag = "statistics", "Statistics"
    operations = {
        "GET": OperationDoc(
            "Read the statistics",
            "Statistics",
            version=True,
            description=(
                "Counts per basic condition and rule, over the trajectories visible to the user: together, and for "
                "each municipality apart. `geldigOp` gives the counts on that day from the facts known now. "
                "`bekendOp` recomputes the obligations from the facts recorded by then, for at most "
                f"{MAX_REASSESSED_TRAJECTORIES} trajectories; districts, fairness, motions and commitments stay "
                "current."
            ),
        )
    }
    parameters = {**StatisticsFilters.parameters(), **TIME_TRAVEL_PARAMETERS}

    def get(self, request: Request) -> Response:
        """Return the statistics as of a day and as known at a moment."""
        query = self.parse_query()
        filters = StatisticsFilters(request.query_params, Trajectory.objects.visible_to(request.user))
        visible, values = filters.filtered(), filters.validated_values()
        period = Period(values.get("dueFrom"), query.day)
        try:
            municipality = values.get("municipality", "")
            found = statistics(visible, query.rulebooks, period, query.today, query.known_at, municipality)
        except TooManyTrajectories:
            message = _("bekendOp recomputes at most %(most)s trajectories. Filter further, or omit it.")
            raise ValidationProblem(
                [ErrorLocation.query(KNOWN_AT, message % {"most": MAX_REASSESSED_TRAJECTORIES}, "too_many")]
            ) from None
        return self.respond_or_304(found)
