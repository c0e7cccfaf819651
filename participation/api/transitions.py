"""The log of status transitions, for clients that poll for changes."""

from typing import Any

from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from participation.models import Transition
from participation.models.obligations import TRANSITION_STATUSES
from participation.presentation.mail import link
from participation.selectors.obligations.transitions import (
    safe_read_position,
    transitions_as_records,
    transitions_visible_to,
)

from .filters import ApiFilters, VocabularyFilter
from .filters_parsed import MAX_INTEGER_DIGITS, IntegerFilter, TimestampFilter
from .openapi.schema import OperationDoc
from .views import PAGINATION_PARAMETERS, TRAJECTORY_PATH_PARAMETERS, ApiView

_POLLING = (
    "Oldest first. To poll, repeat the request with `after` set to the `id` of the last transition received: none is "
    "missed or repeated. Transitions of a transaction that is still open, and later ones, appear once it is committed."
)


class TransitionFilters(ApiFilters):
    """Filters of the status transitions of one trajectory."""

    after = IntegerFilter("Only transitions after this id (for polling).", field_name="pk", lookup_expr="gt")
    since = TimestampFilter(
        "Only transitions noticed at or after this timestamp; a date means 00:00.",
        field_name="noticed_at",
        lookup_expr="gte",
    )
    rule = CharFilter(label="Id of the rule.", field_name="obligation__rule")
    to = VocabularyFilter(TRANSITION_STATUSES, "New status.", field_name="to_status")

    class Meta:
        model = Transition
        fields: list[str] = []


class AllTransitionFilters(TransitionFilters):
    """Filters of all status transitions."""

    trajectory = CharFilter(label="Slug of the trajectory.", field_name="obligation__trajectory__slug")


class _TransitionView(ApiView):
    tag = "Status transitions"

    def _page(self, filters: TransitionFilters) -> Response:
        """Return a page of the filtered transitions, up to the last id before which no transaction is still open."""
        rows, after = filters.filtered(), filters.validated_values().get("after", 0)
        # The gap check starts at the id that the client continues from: rows still to come have a higher id.
        cursor: Any = self.settings.DEFAULT_PAGINATION_CLASS().decode_cursor(self.request)
        if cursor and (position := cursor.position or "").isdecimal() and len(position) <= MAX_INTEGER_DIGITS:
            after = max(after, int(position))
        page = self.paginate(rows.filter(pk__lte=safe_read_position(after)).values("id"), "id")
        found = Transition.objects.filter(pk__in=[row["id"] for row in page]).order_by("pk")
        return self.paginated_response(transitions_as_records(found, link))


class TransitionList(_TransitionView):
    """All status transitions visible to the user."""

    operation_name = "transitions"
    operations = {"GET": OperationDoc("List status transitions", "Transition", many="page", description=_POLLING)}
    parameters = {**AllTransitionFilters.parameters(), **PAGINATION_PARAMETERS}

    def get(self, request: Request) -> Response:
        """Return a page of status transitions, oldest first."""
        self.parse_query()
        return self._page(AllTransitionFilters(request.query_params, transitions_visible_to(request.user)))


class TrajectoryTransitions(_TransitionView):
    """The status transitions of one trajectory."""

    operation_name, path_parameters = "trajectoryTransitions", TRAJECTORY_PATH_PARAMETERS
    operations = {
        "GET": OperationDoc(
            "List the status transitions of a trajectory", "Transition", many="page", description=_POLLING
        )
    }
    parameters = {**TransitionFilters.parameters(), **PAGINATION_PARAMETERS}

    def get(self, request: Request, slug: str) -> Response:
        """Return a page of status transitions, oldest first."""
        self.parse_query()
        rows = Transition.objects.filter(obligation__trajectory=self.visible_trajectory(slug))
        return self._page(TransitionFilters(request.query_params, rows))
