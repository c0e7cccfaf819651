"""Items of a trajectory: steps, documents, contributions, requests, scenarios and waivers."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from participation.models import Trajectory
from participation.selectors.mapping import TABLES
from participation.selectors.records import part_records, part_rows
from participation.selectors.row_versions import shown_now
from participation.services.parts import write_part

from .core.etags import etag_of_row, shown_to
from .core.idempotency import done_once
from .core.query_params import ApiQuery, chosen
from .openapi.schema import OperationDoc
from .views import AS_KNOWN, OF_TRAJECTORY, PAGED, SELECTED, ApiView


class _Part(ApiView):
    """Base view of items; ``section`` is the key of their list in a dossier."""

    heading = "Trajectory items"
    section: ClassVar[str] = ""

    def _rows(self, trajectory: Trajectory, asked: ApiQuery) -> Any:
        return part_rows(self.section, trajectory.pk, asked.known_at)

    def _records(self, rows: Any, asked: ApiQuery) -> list[dict[str, Any]]:
        return part_records(self.section, rows, asked.known_at, asked.earlier_texts)


class PartList(_Part):
    """The items of one kind of a trajectory, in the order in which they were recorded."""

    in_path = OF_TRAJECTORY
    parameters = {**SELECTED, **PAGED, **AS_KNOWN}

    def get(self, request: Request, slug: str) -> Response:
        """Return a page of items, current or as known at a moment."""
        asked = self.asked()
        rows = self._rows(self.visible(slug), asked)
        page = self.page_of(rows.values("id"), "id")
        found = rows.filter(id__in=[row["id"] for row in page])
        return self.paged(chosen(self._records(found, asked), asked.fields))

    def post(self, request: Request, slug: str) -> Response:
        """Create an item."""
        asked = self.asked()
        trajectory = self.editable(slug)
        return done_once(request, asked.now, lambda: self._add(trajectory, asked))

    def _add(self, trajectory: Trajectory, asked: ApiQuery) -> Response:
        row = write_part(self.section, TABLES[self.section](trajectory=trajectory), self.body(), self.door(asked))
        name = getattr(row, "ref", "") or row.pk
        address = reverse(f"api:{self.section}-one", args=[trajectory.slug, name], request=self.request)
        return _answer(self.section, row, HTTPStatus.CREATED, {"Location": address})


class PartOne(_Part):
    """One item, by its ref; a waiver has no ref and is found by its primary key."""

    parameters = {**SELECTED, **AS_KNOWN}

    def get(self, request: Request, slug: str, **name: Any) -> Response:
        """Return the item, current or as known at a moment."""
        asked = self.asked()
        rows = self._rows(self.visible(slug), asked).filter(**name)
        row = rows.first()
        if row is None:
            raise Http404
        version = self.version_of(row, asked)
        records = chosen(self._records(rows, asked), asked.fields)
        if not records:
            raise Http404  # deleted between the two queries
        return self.unless_known(records[0], version)

    def patch(self, request: Request, slug: str, **name: Any) -> Response:
        """Change the given fields of the item."""
        asked = self.asked()
        rows = self._rows(self.editable(slug), asked).filter(**name)
        row = rows.select_related("trajectory").first()
        if row is None:
            raise Http404
        shown = shown_to(request, shown_now(row))
        return _answer(self.section, write_part(self.section, row, self.body(), self.door(asked), shown))


def _answer(
    section: str, row: Any, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    version = etag_of_row(shown_now(row))
    (record,) = part_records(section, TABLES[section]._default_manager.filter(pk=row.pk))
    return Response(record, status=status, headers={"ETag": version, **(headers or {})})


def told_of_list(component: str, one: str, many: str) -> dict[str, OperationDoc]:
    """Return the OpenAPI metadata of a list of items; ``one`` and ``many`` are their names in the summaries."""
    return {
        "GET": OperationDoc(f"List {many}", component, many="page"),
        "POST": OperationDoc(f"Add {one}", component, takes=component, status=201, once=True),
    }


def told_of_one(component: str, one: str) -> dict[str, OperationDoc]:
    """Return the OpenAPI metadata of one item; ``one`` is its name in the summaries."""
    text = "What is left out stays as it is; null makes it not known."
    return {
        "GET": OperationDoc(f"Read {one}", component, version=True),
        "PATCH": OperationDoc(f"Change {one}", component, takes=component, version=True, description=text),
    }
