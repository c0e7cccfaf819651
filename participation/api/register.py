"""Motions of the council and commitments of the municipal executive, with their obligations."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from participation.models import Commitment, Motion
from participation.selectors import register
from participation.selectors.changes.row_versions import current_version
from participation.selectors.dossiers.records import record_keys
from participation.selectors.dossiers.register_records import overdue_keys_as_known, records_with_obligations
from participation.selectors.searching import rows_matching
from participation.services.dossiers.register_records import write_motion_or_commitment, write_report

from .core.etags import etag_of_representation, if_match
from .core.idempotency import idempotent
from .core.query_params import ApiQuery, select_fields
from .filters import ApiFilters, SearchFilter, StrictBooleanFilter, VocabularyFilter
from .openapi.schema import OperationDoc
from .views import FIELD_SELECTION_PARAMETERS, PAGINATION_PARAMETERS, TIME_TRAVEL_PARAMETERS, ApiView

MODELS: Mapping[str, Any] = {"motion": Motion, "commitment": Commitment}
_TIME_TRAVEL_TEXT = (
    "`geldigOp` gives the state and obligations on that day, computed from the facts known now. `bekendOp` returns "
    "the record as it was at that moment and recomputes its obligations."
)


class _Tracked(ApiView):
    """Base view of motions and commitments; ``owner_type`` is "motion" or "commitment"."""

    owner_type: ClassVar[str] = ""

    @property
    def section(self) -> str:
        """Return the key of the list in a register document."""
        return f"{self.owner_type}s"

    def _rows(self, query: ApiQuery) -> QuerySet[Any]:
        return register.rows_with_state(self.owner_type, query.day, query.known_at)

    def _find_key(self, query: ApiQuery, number: str) -> int:
        """Return the primary key of this number in any notation. Raises Http404 if there is none."""
        found = register.key_by_number(self._rows(query), self.owner_type, number)
        if found is None:
            raise Http404
        return found

    def _records(self, query: ApiQuery, keys: Sequence[int]) -> list[dict[str, Any]]:
        return records_with_obligations(
            self.owner_type, keys, query.rulebooks, query.day, query.known_at, query.language, query.earlier_texts
        )

    def _require_editor(self) -> None:
        """Raise NotAuthenticated or PermissionDenied unless the user may change motions and commitments."""
        self.require_user()
        if not getattr(self.request.user, "edits_everything", False):
            raise PermissionDenied

    def _row(self, query: ApiQuery, number: str) -> Any:
        return MODELS[self.owner_type]._default_manager.get(pk=self._find_key(query, number))

    def _response(self, query: ApiQuery, row: Any, status: HTTPStatus) -> Response:
        row_version = current_version(row)
        (record,) = self._records(query, [row.pk])
        headers = {"ETag": etag_of_representation(row_version, record)}
        if status == HTTPStatus.CREATED:
            headers["Location"] = reverse(f"api:{self.owner_type}", args=[row.number], request=self.request)
        return Response(record, status=status, headers=headers)


class TrackedFilters(ApiFilters):
    """Filters of motions and of commitments."""

    search = SearchFilter("number, title, text or owner")
    owner = CharFilter(label="Owner.", method="_owner")
    overdue = StrictBooleanFilter("Whether it has an overdue obligation.", method="_overdue")

    class Meta:
        model = Motion
        fields: list[str] = []

    def __init__(self, data: QueryDict, rows: QuerySet[Any], owner_type: str, query: ApiQuery) -> None:
        """Filter these motions or commitments by their state as of the requested day."""
        super().__init__(data, rows)
        self.owner_type, self.query = owner_type, query

    def _search(self, rows: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        return self._restrict(rows, lambda found: rows_matching(found, text))

    def _owner(self, rows: QuerySet[Any], _name: str, owner: str) -> QuerySet[Any]:
        return self._restrict(rows, lambda found: found.filter(owner=owner))

    def _restrict(self, rows: QuerySet[Any], narrow: Callable[[QuerySet[Any]], QuerySet[Any]]) -> QuerySet[Any]:
        """Return the rows that ``narrow`` keeps.

        For a past moment, a user who may not read earlier texts filters by the current text, so that a search does
        not reveal what a text said before it was changed.
        """
        if self.query.known_at is None or self.query.earlier_texts:
            return narrow(rows)
        return rows.filter(id__in=narrow(MODELS[self.owner_type]._default_manager.order_by()).values("id"))

    def _overdue(self, rows: QuerySet[Any], _name: str, wanted: bool) -> QuerySet[Any]:
        rulebooks, day, known_at = self.query.rulebooks, self.query.day, self.query.known_at
        late: Any = register.has_overdue(self.owner_type, rulebooks, day)
        if known_at is not None:
            late = Q(id__in=overdue_keys_as_known(self.owner_type, rulebooks, day, known_at))
        return rows.filter(late) if wanted else rows.exclude(late)


class MotionFilters(TrackedFilters):
    """Filters of the list of motions."""

    state = VocabularyFilter(register.MOTION_STATES, "State on the requested day.")


class CommitmentFilters(TrackedFilters):
    """Filters of the list of commitments."""

    state = VocabularyFilter(register.COMMITMENT_STATES, "State on the requested day.")


class TrackedList(_Tracked):
    """The list of motions, or of commitments."""

    filters: ClassVar[type[TrackedFilters]] = TrackedFilters

    def get(self, request: Request) -> Response:
        """Return a page ordered by number."""
        query = self.parse_query()
        rows = self.filters(request.query_params, self._rows(query), self.owner_type, query).filtered()
        page = self.paginate(rows.values("id", "number"), "number")
        return self.paginated_response(select_fields(self._records(query, [row["id"] for row in page]), query.fields))

    def post(self, request: Request) -> Response:
        """Create a motion or a commitment."""
        query = self.parse_query()
        self._require_editor()
        return idempotent(request, query.now, lambda: self._add(query))

    def _add(self, query: ApiQuery) -> Response:
        row = write_motion_or_commitment(
            self.section, MODELS[self.owner_type](), self.body(), self.write_context(query)
        )
        return self._response(query, row, HTTPStatus.CREATED)


class TrackedDetail(_Tracked):
    """One motion, or one commitment, by its number."""

    def get(self, request: Request, number: str) -> Response:
        """Return the motion or commitment, current or as known at a moment."""
        query = self.parse_query()
        key = self._find_key(query, number)
        is_current = not (query.known_at or query.fields or query.day != query.today)
        row_version = current_version(MODELS[self.owner_type]._default_manager.get(pk=key)) if is_current else None
        (full_record,) = self._records(query, [key])
        (record,) = select_fields([full_record], query.fields)
        return self.respond_or_304(record, etag_of_representation(row_version, record) if row_version else "")

    def patch(self, request: Request, number: str) -> Response:
        """Change the given fields."""
        query = self.parse_query()
        self._require_editor()
        row = self._row(query, number)
        row_version = if_match(request, current_version(row))
        write_motion_or_commitment(self.section, row, self.body(), self.write_context(query), row_version)
        return self._response(query, row, HTTPStatus.OK)


class TrackedReports(_Tracked):
    """The progress reports on one motion or commitment."""

    def post(self, request: Request, number: str) -> Response:
        """Create a progress report."""
        query = self.parse_query()
        self._require_editor()
        row = self._row(query, number)
        return idempotent(request, query.now, lambda: self._add(query, row))

    def _add(self, query: ApiQuery, row: Any) -> Response:
        write_report(self.section, row, self.body(), self.write_context(query))
        return self._response(query, row, HTTPStatus.CREATED)


_EXTRA_FIELDS = {"motion": ("printed_as",), "commitment": ()}


def _list_view(owner_type: str, operations: Mapping[str, OperationDoc], filters: type[TrackedFilters], tag: str) -> Any:
    return TrackedList.as_view(
        owner_type=owner_type,
        operation_name=f"{owner_type}s",
        tag=tag,
        operations=operations,
        filters=filters,
        parameters={
            **filters.parameters(),
            **FIELD_SELECTION_PARAMETERS,
            **TIME_TRAVEL_PARAMETERS,
            **PAGINATION_PARAMETERS,
        },
        fields=_fields(owner_type),
    )


def _fields(owner_type: str) -> tuple[str, ...]:
    return (*record_keys(f"{owner_type}s"), *_EXTRA_FIELDS[owner_type], "state", "obligations")


def tracked_views(
    owner_type: str, component: str, singular: str, filters: type[TrackedFilters]
) -> tuple[Any, Any, Any]:
    """Return the list, detail and report view of motions or of commitments."""
    tag, path = component + "s", {"number": f"Number of the {owner_type}, in any printed notation, slashes included."}
    list_operations = {
        "GET": OperationDoc(
            f"List {owner_type}s",
            component,
            many="page",
            description=f"Paginated, ordered by number. {_TIME_TRAVEL_TEXT}",
        ),
        "POST": OperationDoc(
            f"Create {singular}", component, request_body=f"New{component}", status=201, idempotent=True
        ),
    }
    text = "Omitted fields are unchanged; null clears a field. `number` cannot be changed."
    detail_operations = {
        "GET": OperationDoc(f"Read {singular}", component, version=True, description=_TIME_TRAVEL_TEXT),
        "PATCH": OperationDoc(f"Update {singular}", component, request_body=component, version=True, description=text),
    }
    text = f"Returns the {owner_type} with all its progress reports."
    reports = {
        "POST": OperationDoc(
            f"Report on {singular}",
            component,
            request_body="ProgressReport",
            status=201,
            idempotent=True,
            description=text,
        ),
    }
    shared = {"owner_type": owner_type, "tag": tag, "path_parameters": path}
    return (
        _list_view(owner_type, list_operations, filters, tag),
        TrackedDetail.as_view(
            operation_name=owner_type,
            operations=detail_operations,
            parameters={**FIELD_SELECTION_PARAMETERS, **TIME_TRAVEL_PARAMETERS},
            fields=_fields(owner_type),
            **shared,
        ),
        TrackedReports.as_view(operation_name=f"{owner_type}Report", operations=reports, **shared),
    )
