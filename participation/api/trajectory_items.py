"""Items of a trajectory: steps, documents, contributions, requests, scenarios and waivers."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from participation.interchange.open_data.chain import api_address, nodes_of_trajectory
from participation.models import Trajectory
from participation.selectors.changes.row_versions import current_version
from participation.selectors.dossiers.field_mapping import SECTION_TABLES
from participation.selectors.dossiers.records import section_records, section_rows
from participation.selectors.published_reach import published_step
from participation.services.dossiers.trajectory_items import write_part

from .core.etags import etag_of_row, if_match
from .core.idempotency import idempotent
from .core.query_params import ApiQuery, select_fields
from .linked_data import LinkedDataView
from .openapi.schema import OperationDoc
from .views import (
    FIELD_SELECTION_PARAMETERS,
    KNOWN_AT_PARAMETERS,
    PAGINATION_PARAMETERS,
    TRAJECTORY_PATH_PARAMETERS,
    ApiView,
)


class _TrajectoryItem(ApiView):
    """Base view of items; ``section`` is the key of their list in a dossier."""

    tag = "Trajectory items"
    section: ClassVar[str] = ""

    def _rows(self, trajectory: Trajectory, query: ApiQuery) -> Any:
        return section_rows(self.section, trajectory.pk, query.known_at)

    def _records(self, rows: Any, query: ApiQuery) -> list[dict[str, Any]]:
        records = section_records(self.section, rows, query.known_at, query.earlier_texts)
        if self.section != "steps":
            return records
        return [published_step(record, query.user, is_past=query.known_at is not None) for record in records]


class TrajectoryItemList(_TrajectoryItem):
    """The items of one kind of a trajectory, in the order in which they were recorded."""

    path_parameters = TRAJECTORY_PATH_PARAMETERS
    parameters = {**FIELD_SELECTION_PARAMETERS, **PAGINATION_PARAMETERS, **KNOWN_AT_PARAMETERS}

    def get(self, request: Request, slug: str) -> Response:
        """Return a page of items, current or as known at a moment."""
        query = self.parse_query()
        rows = self._rows(self.visible_trajectory(slug), query)
        page = self.paginate(rows.values("id"), "id")
        found = rows.filter(id__in=[row["id"] for row in page])
        return self.paginated_response(select_fields(self._records(found, query), query.fields))

    def post(self, request: Request, slug: str) -> Response:
        """Create an item."""
        query = self.parse_query()
        trajectory = self.editable_trajectory(slug)
        return idempotent(request, query.now, lambda: self._add(trajectory, query))

    def _add(self, trajectory: Trajectory, query: ApiQuery) -> Response:
        row = write_part(
            self.section, SECTION_TABLES[self.section](trajectory=trajectory), self.body(), self.write_context(query)
        )
        name = getattr(row, "ref", "") or row.pk
        url = reverse(f"api:{self.section}-one", args=[trajectory.slug, name], request=self.request)
        return _response(self.section, row, HTTPStatus.CREATED, {"Location": url})


class TrajectoryItemDetail(_TrajectoryItem, LinkedDataView):
    """One item, by its ref; a waiver has no ref and is found by its primary key."""

    parameters = {**FIELD_SELECTION_PARAMETERS, **KNOWN_AT_PARAMETERS}

    def get(self, request: Request, slug: str, **name: Any) -> Response:
        """Return the item, current or as known at a moment."""
        query = self.parse_query()
        trajectory = self.visible_trajectory(slug)
        rows = self._rows(trajectory, query).filter(**name)
        row = rows.first()
        if row is None:
            raise Http404
        if self.is_linked_data_asked:
            address = api_address("trajectories", trajectory.slug, self.section, row.ref)
            return self.linked_data(address, nodes_of_trajectory(trajectory, query.today))
        version = self.etag_for(row, query)
        records = select_fields(self._records(rows, query), query.fields)
        if not records:
            raise Http404  # deleted between the two queries
        return self.respond_selected_or_304(records[0], version, query)

    def patch(self, request: Request, slug: str, **name: Any) -> Response:
        """Change the given fields of the item."""
        query = self.parse_query()
        rows = self._rows(self.editable_trajectory(slug), query).filter(**name)
        row = rows.select_related("trajectory").first()
        if row is None:
            raise Http404
        row_version = if_match(request, current_version(row))
        return _response(
            self.section, write_part(self.section, row, self.body(), self.write_context(query), row_version)
        )


def _response(
    section: str, row: Any, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    version = etag_of_row(current_version(row))
    (record,) = section_records(section, SECTION_TABLES[section]._default_manager.filter(pk=row.pk))
    return Response(record, status=status, headers={"ETag": version, **(headers or {})})


def list_operations(component: str, singular: str, many: str) -> dict[str, OperationDoc]:
    """Return the OpenAPI metadata of a list of items; ``singular`` and ``many`` are their names in the summaries."""
    return {
        "GET": OperationDoc(f"List {many}", component, many="page"),
        "POST": OperationDoc(
            f"Create {singular}", component, request_body=f"New{component}", status=201, idempotent=True
        ),
    }


def detail_operations(component: str, singular: str, linked_data: bool = False) -> dict[str, OperationDoc]:
    """Return the OpenAPI metadata of one item; ``singular`` is its name in the summaries."""
    text = "Omitted fields are unchanged; null clears a field."
    return {
        "GET": OperationDoc(f"Read {singular}", component, version=True, linked_data=linked_data),
        "PATCH": OperationDoc(
            f"Update {singular}", component, request_body=f"{component}Update", version=True, description=text
        ),
    }
