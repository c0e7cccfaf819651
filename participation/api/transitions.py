"""The log of status transitions, for clients that poll for changes."""

from typing import Any

from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from participation.models import Transition
from participation.models.obligations import LEDGER_STATUSES
from participation.reports.urls import link
from participation.selectors.transitions import certain_until, transitions_as_records, transitions_visible_to

from .filters import ApiFilters, Word
from .filters_parsed import LONGEST_NUMBER, Moment, Whole
from .openapi.schema import OperationDoc
from .views import OF_TRAJECTORY, PAGED, ApiView

_POLLING = (
    "Oldest first. To hear what is new, ask again with `after` the `id` of the last line that you have: no line is "
    "missed and none comes twice. A line that is being added at this moment, and those after it, come a little later."
)


class LedgerFilters(ApiFilters):
    """Filters of the status transitions of one trajectory."""

    after = Whole("Only lines after the one with this id: what a poller asks.", field_name="pk", lookup_expr="gt")
    since = Moment(
        "Only what was noticed at this moment or later; a day stands for its beginning.",
        field_name="noticed_at",
        lookup_expr="gte",
    )
    rule = CharFilter(label="Id of the rule.", field_name="obligation__rule")
    to = Word(LEDGER_STATUSES, "The status after.", field_name="to_status")

    class Meta:
        model = Transition
        fields: list[str] = []


class AllLedgerFilters(LedgerFilters):
    """Filters of all status transitions."""

    trajectory = CharFilter(label="Slug of the trajectory.", field_name="obligation__trajectory__slug")


class _Ledger(ApiView):
    heading = "Changes of status"

    def _page(self, filters: LedgerFilters) -> Response:
        """Return a page of the filtered transitions, up to the last id before which no transaction is still open."""
        rows, after = filters.found(), filters.chosen().get("after", 0)
        # The gap check starts at the id that the client continues from: rows still to come have a higher id.
        cursor: Any = self.settings.DEFAULT_PAGINATION_CLASS().decode_cursor(self.request)
        if cursor and (position := cursor.position or "").isdecimal() and len(position) <= LONGEST_NUMBER:
            after = max(after, int(position))
        page = self.page_of(rows.filter(pk__lte=certain_until(after)).values("id"), "id")
        found = Transition.objects.filter(pk__in=[row["id"] for row in page]).order_by("pk")
        return self.paged(transitions_as_records(found, link))


class AllTransitions(_Ledger):
    """All status transitions visible to the user."""

    called = "transitions"
    told = {"GET": OperationDoc("List changes of status", "Transition", many="page", description=_POLLING)}
    parameters = {**AllLedgerFilters.parameters(), **PAGED}

    def get(self, request: Request) -> Response:
        """Return a page of status transitions, oldest first."""
        self.asked()
        return self._page(AllLedgerFilters(request.query_params, transitions_visible_to(request.user)))


class TransitionsOfTrajectory(_Ledger):
    """The status transitions of one trajectory."""

    called, in_path = "trajectoryTransitions", OF_TRAJECTORY
    told = {
        "GET": OperationDoc("List changes of status in a trajectory", "Transition", many="page", description=_POLLING)
    }
    parameters = {**LedgerFilters.parameters(), **PAGED}

    def get(self, request: Request, slug: str) -> Response:
        """Return a page of status transitions, oldest first."""
        self.asked()
        rows = Transition.objects.filter(obligation__trajectory=self.visible(slug))
        return self._page(LedgerFilters(request.query_params, rows))
