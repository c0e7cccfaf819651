"""Base class of the API views: query parsing, permissions, conditional responses and pagination."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from participation.models import Trajectory
from participation.selectors.changes.row_versions import current_version
from participation.services.changes.changesets import WriteContext

from .core.etags import etag_of_document, etag_of_representation, etag_of_row, is_not_modified
from .core.parsers import StrictJSONParser
from .core.problems import ErrorLocation, ValidationProblem
from .core.query_params import FIELDS, KNOWN_AT, VALID_ON, ApiQuery, parse_query
from .core.throttling import Throttle
from .openapi.schema import DAY_PARAMETER, FIELDS_PARAMETER, PAGE_PARAMETERS, TIMESTAMP_PARAMETER, OperationDoc

Parameters = Mapping[str, Mapping[str, Any]]

TIME_TRAVEL_PARAMETERS: Parameters = {VALID_ON: DAY_PARAMETER, KNOWN_AT: TIMESTAMP_PARAMETER}
KNOWN_AT_PARAMETERS: Parameters = {KNOWN_AT: TIMESTAMP_PARAMETER}
PAGINATION_PARAMETERS: Parameters = PAGE_PARAMETERS
FIELD_SELECTION_PARAMETERS: Parameters = {FIELDS: FIELDS_PARAMETER}
#: Path parameter of everything below a trajectory.
TRAJECTORY_PATH_PARAMETERS = {"slug": "Slug of the trajectory."}


class ApiView(APIView):
    """Base API view. Subclasses set the operation metadata for the OpenAPI document, which openapi/schema.py reads.

    ``operation_name`` is the prefix of the operationIds, ``tag`` the tag, ``operations`` the metadata by HTTP method,
    and ``path_parameters`` the descriptions of the path parameters.
    """

    operation_name: ClassVar[str] = ""
    tag: ClassVar[str] = ""
    operations: ClassVar[Mapping[str, OperationDoc]] = {}
    path_parameters: ClassVar[Mapping[str, str]] = {}
    parser_classes = [StrictJSONParser]
    #: Accepted query parameters of GET, and the fields that ``fields`` may select.
    parameters: ClassVar[Parameters] = {}
    fields: ClassVar[Collection[str]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Run authentication, permission and throttle checks. Raises Http404 on NUL, which PostgreSQL cannot store."""
        if any("\0" in value for value in kwargs.values() if isinstance(value, str)):
            raise Http404
        super().initial(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Authenticate the request. Raises AuthenticationFailed, or Throttled on too many failures (key guessing)."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            for throttle in self.get_throttles():
                if isinstance(throttle, Throttle) and not throttle.allow_anonymous(request):
                    self.throttled(request, throttle.wait())
            raise

    def get_renderers(self) -> list[Any]:
        """Return the renderers: what is written comes back as JSON only."""
        found = super().get_renderers()
        return found if self.request is not None and self.request.method in ("GET", "HEAD") else found[:1]

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Return an empty response with the Allow header; the OpenAPI document has all other metadata."""
        return Response()

    def parse_query(self) -> ApiQuery:
        """Return the parsed query. Raises ValidationProblem on unknown parameters and invalid values."""
        accepted = self.parameters if self.request.method in ("GET", "HEAD") else {}
        return parse_query(self.request, accepted, self.fields)

    def visible_trajectory(self, slug: str) -> Trajectory:
        """Return the trajectory. Raises Http404 if it does not exist or the user may not see it."""
        found = Trajectory.objects.visible_to(self.request.user).filter(slug=slug).first()
        if found is None:
            raise Http404
        return found

    def editable_trajectory(self, slug: str) -> Trajectory:
        """Return the trajectory. Raises NotAuthenticated, Http404 or PermissionDenied if the user may not edit it."""
        self.require_user()
        user = self.request.user
        found: Any = Trajectory.objects.visible_to(user).filter(slug=slug).with_editability(user).first()
        if found is None:
            raise Http404
        if not found.is_editable:
            raise PermissionDenied
        return cast(Trajectory, found)

    def require_user(self) -> None:
        """Raise NotAuthenticated on an anonymous request."""
        if not self.request.user.is_authenticated:
            raise NotAuthenticated(_("Authentication required: send `Authorization: Bearer` with an API key."))

    def write_context(self, query: ApiQuery) -> WriteContext:
        """Return the write context for the services: user, rulebooks, today and now."""
        return WriteContext(query.user, query.rulebooks, query.today, query.now)

    def body(self) -> dict[str, Any]:
        """Return the JSON object in the request body. Raises ValidationProblem on anything else."""
        data = self.request.data
        if self.request.stream is None or not isinstance(data, dict):
            raise ValidationProblem([ErrorLocation.body("", _("Send a JSON object: { … }."), "type")])
        return data

    def etag_for(self, row: Any, query: ApiQuery) -> str:
        """Return the ETag of the current row; "" if a past state is requested.

        Call it before reading the record: a concurrent change then makes the ETag stale, never the record.
        """
        return "" if query.known_at else etag_of_row(current_version(row))

    def respond_selected_or_304(self, record: Any, etag: str, query: ApiQuery) -> Response:
        """Return the selected fields of a row with this ETag, as ``respond_or_304`` does."""
        return self.respond_or_304(record, etag_of_representation(etag, record) if etag and query.fields else etag)

    def respond_or_304(self, record: Any, etag: str = "") -> Response:
        """Return the record with its ETag, or 304 if the client has this version already.

        Without ``etag`` it is the hash of the record.
        """
        etag = etag or etag_of_document(record)
        headers = {"ETag": etag}
        if is_not_modified(self.request, etag):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(record, headers=headers)

    def paginate(self, rows: Any, ordering: str | Sequence[str]) -> Any:
        """Return one page of these rows, with a cursor over ``ordering``."""
        self.paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        self.paginator.ordering = ordering
        return self.paginator.paginate_queryset(rows, self.request, view=self)

    def paginated_response(self, records: Any) -> Response:
        """Return the paginated response for these records."""
        response: Response = self.paginator.get_paginated_response(records)
        return response
