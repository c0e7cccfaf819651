"""Motions of the council, commitments of the municipal executive, and requests of the register, with obligations."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from participation.compliance.vocabulary import REQUEST_KINDS
from participation.interchange.open_data.chain import api_address, nodes_of_commitment, nodes_of_motion
from participation.models import Commitment, Motion, Trajectory
from participation.models import Request as RegisterRequest
from participation.presentation.explanation_json import ExplanationQuery, register_explanation_record
from participation.selectors import register
from participation.selectors.changes.row_versions import current_version
from participation.selectors.dossiers.records import record_keys
from participation.selectors.dossiers.register_records import (
    SECTIONS,
    overdue_keys_as_known,
    records_with_obligations,
)
from participation.selectors.searching import rows_matching
from participation.services.dossiers.register_records import write_dated_text, write_register_row

from .core.etags import etag_of_representation, etag_of_row, if_match
from .core.idempotency import idempotent
from .core.problems import ErrorLocation, ValidationProblem
from .core.query_params import ApiQuery, select_fields
from .filters import ApiFilters, SearchFilter, StrictBooleanFilter, VocabularyFilter
from .linked_data import RENDERERS, LinkedDataView
from .obligations import EXPLANATION_OPERATION, EXPLANATION_PARAMETERS, rule_url
from .openapi.schema import TEXT, OperationDoc
from .views import FIELD_SELECTION_PARAMETERS, PAGINATION_PARAMETERS, TIME_TRAVEL_PARAMETERS, ApiView

MODELS: Mapping[str, Any] = {"motion": Motion, "commitment": Commitment, "request": RegisterRequest}
_TIME_TRAVEL_TEXT = (
    "`geldigOp` gives the state and obligations on that day, computed from the facts known now. `bekendOp` returns "
    "the record as it was at that moment and recomputes its obligations."
)


class _Tracked(ApiView):
    """Base view of rows of the register; ``owner_type`` is "motion", "commitment" or "request"."""

    owner_type: ClassVar[str] = ""

    @property
    def section(self) -> str:
        """Return the kind of record."""
        return SECTIONS[self.owner_type]

    def _rows(self, query: ApiQuery) -> QuerySet[Any]:
        """Return the rows that the user may see: every motion and commitment."""
        rows = register.rows_with_state(self.owner_type, query.day, query.known_at)
        return register.requests_visible_to(self.request.user, rows) if self.owner_type == "request" else rows

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
        headers = {"ETag": etag_of_representation(etag_of_row(row_version), record)}
        if status == HTTPStatus.CREATED:
            headers["Location"] = reverse(_url_name(self.owner_type), args=[row.number], request=self.request)
        return Response(record, status=status, headers=headers)


def _url_name(owner_type: str) -> str:
    """Return the name of the URL of one row; that of a request differs from that of a request in a trajectory."""
    return "api:register-request" if owner_type == "request" else f"api:{owner_type}"


class RegisterFilters(ApiFilters):
    """Filters of motions, of commitments and of requests of the register."""

    municipality = CharFilter(label="Slug of the municipality.")
    overdue = StrictBooleanFilter("Whether it has an overdue obligation.", method="_overdue")

    class Meta:
        model = Motion
        fields: list[str] = []

    def __init__(self, data: QueryDict, rows: QuerySet[Any], owner_type: str, query: ApiQuery) -> None:
        """Filter these rows by their state as of the requested day."""
        super().__init__(data, rows)
        self.owner_type, self.query = owner_type, query

    def _overdue(self, rows: QuerySet[Any], _name: str, wanted: bool) -> QuerySet[Any]:
        rulebooks, day, known_at = self.query.rulebooks, self.query.day, self.query.known_at
        late: Any = register.has_overdue(self.owner_type, rulebooks, day)
        if known_at is not None:
            late = Q(id__in=overdue_keys_as_known(self.owner_type, rulebooks, day, known_at))
        return rows.filter(late) if wanted else rows.exclude(late)


class TrackedFilters(RegisterFilters):
    """Filters of motions and of commitments."""

    search = SearchFilter("number, title, text or owner")
    owner = CharFilter(label="Owner.", method="_owner")

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


class MotionFilters(TrackedFilters):
    """Filters of the list of motions."""

    state = VocabularyFilter(register.MOTION_STATES, "State on the requested day.")


class CommitmentFilters(TrackedFilters):
    """Filters of the list of commitments."""

    state = VocabularyFilter(register.COMMITMENT_STATES, "State on the requested day.")


class RequestFilters(RegisterFilters):
    """Filters of the list of requests of the register."""

    state = VocabularyFilter(register.REQUEST_STATES, "State on the requested day.")
    kind = VocabularyFilter(REQUEST_KINDS, "Kind of request.")
    party = CharFilter(label="Slug of the organisation that asked, or residents, entrepreneurs or everyone.")
    neighbourhood = CharFilter(label="Slug of the neighbourhood.", method="_neighbourhood")
    trajectory = CharFilter(label="Slug of the trajectory that it belongs to.", field_name="trajectory__slug")
    linked = StrictBooleanFilter(
        "Whether it belongs to a trajectory.", field_name="trajectory", lookup_expr="isnull", exclude=True
    )

    def _neighbourhood(self, rows: QuerySet[Any], _name: str, slug: str) -> QuerySet[Any]:
        return register.in_neighbourhood(rows, slug)


class TrackedList(_Tracked):
    """The list of motions, of commitments, or of requests."""

    filters: ClassVar[type[RegisterFilters]] = RegisterFilters

    def get(self, request: Request) -> Response:
        """Return a page ordered by number."""
        query = self.parse_query()
        rows = self.filters(request.query_params, self._rows(query), self.owner_type, query).filtered()
        page = self.paginate(rows.values("id", "number"), "number")
        return self.paginated_response(select_fields(self._records(query, [row["id"] for row in page]), query.fields))

    def post(self, request: Request) -> Response:
        """Create a motion, a commitment or a request."""
        query = self.parse_query()
        self._require_editor()
        return idempotent(request, query.now, lambda: self._add(query))

    def _add(self, query: ApiQuery) -> Response:
        row = write_register_row(self.section, MODELS[self.owner_type](), self.body(), self.write_context(query))
        return self._response(query, row, HTTPStatus.CREATED)


class TrackedDetail(_Tracked, LinkedDataView):
    """One motion, commitment or request, by its number."""

    def get(self, request: Request, number: str) -> Response:
        """Return it, current or as known at a moment."""
        query = self.parse_query()
        if self.is_linked_data_asked:
            return self._linked_data(query, self._row(query, number))
        key = self._find_key(query, number)
        is_current = not query.known_at and query.day == query.today
        row_version = current_version(MODELS[self.owner_type]._default_manager.get(pk=key)) if is_current else None
        (full_record,) = self._records(query, [key])
        (record,) = select_fields([full_record], query.fields)
        etag = etag_of_representation(etag_of_row(row_version), record) if row_version else ""
        return self.respond_or_304(record, etag)

    def _linked_data(self, query: ApiQuery, row: Any) -> Response:
        address = api_address(f"{self.owner_type}s", row.number)
        if self.owner_type == "commitment":
            return self.linked_data(address, nodes_of_commitment(row, query.today))
        return self.linked_data(
            address, nodes_of_motion(row, query.today, Trajectory.objects.visible_to(self.request.user))
        )

    def patch(self, request: Request, number: str) -> Response:
        """Change the given fields."""
        query = self.parse_query()
        self._require_editor()
        row = self._row(query, number)
        row_version = if_match(request, current_version(row))
        write_register_row(self.section, row, self.body(), self.write_context(query), row_version)
        return self._response(query, row, HTTPStatus.OK)


class TrackedExplanation(_Tracked):
    """The full explanation of one obligation of a motion, commitment or request."""

    def get(self, request: Request, number: str) -> Response:
        """Return the explanation as of a day and as known at a moment. Raises Http404 without such an obligation."""
        query = self.parse_query()
        rule, subject = (request.query_params.get(name, "") for name in ("rule", "subject"))
        if not rule:
            raise ValidationProblem([ErrorLocation.query("rule", _("Name the rule of the obligation."), "required")])
        explanation_query = ExplanationQuery(
            rule, subject, query.day, query.known_at, query.language, earlier_texts=query.earlier_texts
        )
        row = self._row(query, number)
        found = register_explanation_record(row, query.rulebooks, explanation_query)
        if found is None:
            raise Http404
        return self.respond_or_304({**found, "rule_url": rule_url(request, rule, row.municipality, query)})


class TrackedTexts(_Tracked):
    """The progress reports on one motion or commitment, or the fulfilments of one commitment; ``key`` tells which."""

    key: ClassVar[str] = "reports"

    def post(self, request: Request, number: str) -> Response:
        """Create a progress report, or a fulfilment."""
        query = self.parse_query()
        self._require_editor()
        row = self._row(query, number)
        return idempotent(request, query.now, lambda: self._add(query, row))

    def _add(self, query: ApiQuery, row: Any) -> Response:
        write_dated_text(self.section, self.key, row, self.body(), self.write_context(query))
        return self._response(query, row, HTTPStatus.CREATED)


_EXTRA_FIELDS: Mapping[str, tuple[str, ...]] = {"motion": ("printed_as",), "commitment": (), "request": ()}
_RULE_PARAMETER = {"description": "Id of the rule.", "required": True, "schema": {**TEXT, "minLength": 1}}
#: The names of the operations, where these differ from the owner type: a trajectory has requests too.
_OPERATION_NAMES = {"request": "registerRequest"}


def _list_view(
    owner_type: str, operations: Mapping[str, OperationDoc], filters: type[RegisterFilters], tag: str
) -> Any:
    return TrackedList.as_view(
        owner_type=owner_type,
        operation_name=f"{_OPERATION_NAMES.get(owner_type, owner_type)}s",
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
    return (*record_keys(SECTIONS[owner_type]), *_EXTRA_FIELDS[owner_type], "state", "obligations")


def tracked_views(
    owner_type: str, component: str, singular: str, filters: type[RegisterFilters]
) -> tuple[Any, Any, Any, Mapping[str, Any]]:
    """Return the list, detail and explanation views of rows of the register, and those of their dated texts."""
    tag, path = _TAGS[component], {"number": f"Number of the {owner_type}, in any printed notation, slashes included."}
    if owner_type == "request":
        path = {"number": "Number of the request, slashes included."}
    list_operations = {
        "GET": OperationDoc(
            f"List {owner_type}s",
            component,
            many="page",
            description=f"Paginated, ordered by number. {_VISIBILITY.get(owner_type, '')}{_TIME_TRAVEL_TEXT}",
        ),
        "POST": OperationDoc(
            f"Create {singular}", component, request_body=f"New{component}", status=201, idempotent=True
        ),
    }
    text = "Omitted fields are unchanged; null clears a field. `number` cannot be changed."
    detail_operations = {
        "GET": OperationDoc(
            f"Read {singular}",
            component,
            version=True,
            description=f"{_VISIBILITY.get(owner_type, '')}{_TIME_TRAVEL_TEXT}",
            linked_data=owner_type != "request",
        ),
        "PATCH": OperationDoc(
            f"Update {singular}", component, request_body=f"{component}Update", version=True, description=text
        ),
    }
    shared = {"owner_type": owner_type, "tag": tag, "path_parameters": path}
    return (
        _list_view(owner_type, list_operations, filters, tag),
        TrackedDetail.as_view(
            operation_name=_OPERATION_NAMES.get(owner_type, owner_type),
            operations=detail_operations,
            parameters={**FIELD_SELECTION_PARAMETERS, **TIME_TRAVEL_PARAMETERS},
            fields=_fields(owner_type),
            renderer_classes=RENDERERS[:1] if owner_type == "request" else RENDERERS,
            **shared,
        ),
        TrackedExplanation.as_view(
            operation_name=f"{_OPERATION_NAMES.get(owner_type, owner_type)}Explanation",
            operations={"GET": EXPLANATION_OPERATION},
            parameters={"rule": _RULE_PARAMETER, **EXPLANATION_PARAMETERS},
            **shared,
        ),
        {key: _text_view(key, component, singular, shared) for key in _TEXTS[owner_type]},
    )


def _text_view(key: str, component: str, singular: str, shared: Mapping[str, Any]) -> Any:
    owner_type = shared["owner_type"]
    summary, body, name = _TEXT_OPERATIONS[key]
    operation = OperationDoc(
        summary.format(singular=singular),
        component,
        request_body=body,
        status=201,
        idempotent=True,
        description=f"Returns the {owner_type} with all its {key if key == 'fulfilments' else 'progress reports'}.",
    )
    return TrackedTexts.as_view(operation_name=f"{owner_type}{name}", operations={"POST": operation}, key=key, **shared)


#: The lists of dated texts to which texts are added one by one, by owner type.
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "motion": ("reports",),
    "commitment": ("reports", "fulfilments"),
    "request": (),
}
_TEXT_OPERATIONS: Mapping[str, tuple[str, str, str]] = {
    "reports": ("Report on {singular}", "ProgressReport", "Report"),
    "fulfilments": ("Record that {singular} that repeats was fulfilled", "Fulfilment", "Fulfilment"),
}
_TAGS: Mapping[str, str] = {"Motion": "Motions", "Commitment": "Commitments", "RegisterRequest": "Requests"}
_VISIBILITY: Mapping[str, str] = {
    "request": (
        "A request that belongs to no trajectory is visible to staff, and to members of the organisation that asked; "
        "one that a visitor handed in to everybody, once it was made public; another one as its trajectory is. "
    ),
}
