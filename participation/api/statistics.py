"""Statistics: how many obligations to residents were met, met late or overdue."""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from participation.compliance import vocabulary as words
from participation.models import Trajectory
from participation.selectors.city import MOST_JUDGED, Period, TooMany
from participation.selectors.statistics import statistics

from .core.problems import ErrorLocation, ValidationProblem
from .core.query_params import KNOWN_AT
from .filters import ApiFilters, Word
from .filters_parsed import DayFilter
from .openapi.schema import OperationDoc
from .views import TIME_TRAVEL, ApiView


class StatisticsFilters(ApiFilters):
    """Filters of what the statistics cover."""

    dueFrom = DayFilter("Only what fell due from this day on.", method="_kept")  # noqa: N815 - so it is called
    kind = Word(words.TRAJECTORY_KINDS, "Only trajectories that are about this.")
    municipality = CharFilter(label="Only trajectories of the municipality with this slug.")
    district = CharFilter(label="Only trajectories that touch this district.", method="_near")
    neighbourhood = CharFilter(label="Only trajectories about the neighbourhood with this slug.", method="_near")

    class Meta:
        model = Trajectory
        fields: list[str] = []

    def _kept(self, rows: QuerySet[Trajectory], _name: str, _day: object) -> QuerySet[Trajectory]:
        return rows

    def _near(self, rows: QuerySet[Trajectory], name: str, place: str) -> QuerySet[Trajectory]:
        column = {"district": "neighbourhood__district", "neighbourhood": "neighbourhood__slug"}[name]
        near = Trajectory.neighbourhoods.through.objects.filter(trajectory=OuterRef("pk"), **{column: place})
        return rows.filter(Exists(near))


class Statistics(ApiView):
    """The statistics that the city page shows."""

    called, heading = "statistics", "Statistics"
    told = {
        "GET": OperationDoc(
            "Read the statistics",
            "Statistics",
            version=True,
            description=(
                "Per basic condition and rule, over the trajectories that may be seen. With geldigOp it is how "
                "things stood on that day, by what is known now. With bekendOp what is owed is judged anew from what "
                f"had been recorded by then, over at most {MOST_JUDGED} trajectories; districts, fairness, motions "
                "and commitments are then still those of now."
            ),
        )
    }
    parameters = {**StatisticsFilters.parameters(), **TIME_TRAVEL}

    def get(self, request: Request) -> Response:
        """Return the statistics as of a day and as known at a moment."""
        asked = self.asked()
        filters = StatisticsFilters(request.query_params, Trajectory.objects.visible_to(request.user))
        visible, first = filters.found(), filters.chosen().get("dueFrom")
        try:
            found = statistics(visible, asked.rulebook, Period(first, asked.day), asked.known_at)
        except TooMany:
            told = _("At most %(most)s trajectories are judged anew. Ask for a part of them, or leave this out.")
            raise ValidationProblem([ErrorLocation.query(KNOWN_AT, told % {"most": MOST_JUDGED}, "too_many")]) from None
        return self.unless_known(found)
