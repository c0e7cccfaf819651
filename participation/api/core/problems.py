"""Problem details (RFC 9457): mapping of exceptions to responses, with an error per field, parameter or header."""

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import OperationalError
from django.http import Http404, JsonResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from participation.dossier.errors import DossierError, Problem
from participation.services.changes.changesets import StaleVersion
from participation.services.jobs.storage import is_unavailable

MEDIA_TYPE: Final = "application/problem+json"
UNAVAILABLE: Final = _lazy("The service is temporarily unavailable. Try again later.")
TITLES: Final[Mapping[int, Any]] = {
    400: _lazy("Invalid request"),
    401: _lazy("Authentication required"),
    403: _lazy("Permission denied"),
    404: _lazy("Not found"),
    405: _lazy("Method not allowed"),
    406: _lazy("Format not available"),
    409: _lazy("Conflict"),
    412: _lazy("Condition not met"),
    413: _lazy("Request too large"),
    415: _lazy("Unsupported format"),
    422: _lazy("Idempotency-Key already used"),
    428: _lazy("If-Match is required"),
    429: _lazy("Too many requests"),
    500: _lazy("Internal error"),
    503: _lazy("Service unavailable"),
}


#: Codes of Django's ValidationError for a unique constraint.
_UNIQUE_CODES: Final = frozenset({"unique", "unique_together"})
#: PostgreSQL SQLSTATEs: deadlock_detected and serialization_failure.
_CONCURRENCY_SQLSTATES: Final = frozenset({"40P01", "40001"})


class ErrorLocation(dict[str, Any]):
    """One validation error, as it appears under ``errors``: its location (body, query or header), code and detail."""

    @classmethod
    def body(cls, pointer: str, detail: str, code: str = "invalid") -> "ErrorLocation":
        """Return an error at this JSON pointer (RFC 6901) of the body; "" is the whole body."""
        return cls({"in": "body", "location": {"pointer": f"#{pointer}"}, "code": code, "detail": detail})

    @classmethod
    def query(cls, name: str, detail: str, code: str = "invalid") -> "ErrorLocation":
        """Return an error in this query parameter."""
        return cls({"in": "query", "location": {"name": name}, "code": code, "detail": detail})

    @classmethod
    def header(cls, name: str, detail: str, code: str = "invalid") -> "ErrorLocation":
        """Return an error in this request header."""
        return cls({"in": "header", "location": {"name": name}, "code": code, "detail": detail})


class ValidationProblem(exceptions.APIException):
    """400: the request is invalid, with an error for each location."""

    status_code = HTTPStatus.BAD_REQUEST

    def __init__(self, locations: Iterable[ErrorLocation]) -> None:
        self.locations = list(locations)
        super().__init__(_("The request is invalid; see `errors`."))


class ConflictProblem(exceptions.APIException):
    """A valid request that cannot be carried out in the current state; the status says why (409, 412, 428, ...)."""

    def __init__(self, status: HTTPStatus, detail: str, locations: Iterable[ErrorLocation] = ()) -> None:
        self.status_code, self.locations = status, list(locations)
        super().__init__(detail)


def title(status: int) -> str:
    """Return the title of a problem with this HTTP status."""
    return force_str(TITLES.get(status) or HTTPStatus(status).phrase)


def problem_details(status: int, detail: str, locations: Iterable[ErrorLocation] = ()) -> dict[str, Any]:
    """Return the body of a problem response."""
    found: dict[str, Any] = {"type": "about:blank", "status": int(status), "title": title(status), "detail": detail}
    errors = list(locations)
    return {**found, "errors": errors} if errors else found


def problem_response(status: int, detail: str) -> JsonResponse:
    """Return a problem response, for code outside API views such as middleware."""
    return JsonResponse(problem_details(status, detail), status=status, content_type=MEDIA_TYPE)


def handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the problem response for an exception of a view; None if it is not handled, which results in a 500."""
    error = _as_api_exception(error)
    response = drf_exception_handler(error, dict(context))
    if response is None:
        return None
    locations = getattr(error, "locations", ())
    detail = _library_detail(error, context) or getattr(error, "detail", "")
    if isinstance(error, exceptions.ValidationError):
        locations = list(_serializer_errors(error.detail))
        detail = _("The request is invalid; see `errors`.")
    response.data = problem_details(response.status_code, force_str(detail), locations)
    response.content_type = MEDIA_TYPE
    return response


def _library_detail(error: Exception, context: Mapping[str, Any]) -> str:
    """Return what to do about an error of which the library only says that it is one; "" for others."""
    match error:
        case exceptions.MethodNotAllowed():
            allowed = ", ".join(context["view"].allowed_methods)
            return _("This address cannot do that. Use one of: %(allowed)s.") % {"allowed": allowed}
        case exceptions.NotAcceptable():
            return _("This address gives JSON. Send `Accept: application/json`, or leave `Accept` out.")
        case exceptions.UnsupportedMediaType():
            return _("This address reads JSON. Send it with `Content-Type: application/json`.")
        case _:
            return ""


def _as_api_exception(error: Exception) -> Exception:
    """Return the DRF exception that stands for an exception of services or Django; others unchanged."""
    match error:
        case Http404():
            return exceptions.NotFound(_("It does not exist, or you may not see it."))
        case PermissionDenied():
            return exceptions.PermissionDenied(_("You may see this, but not change it."))
        case DossierError():
            locations = list(error_locations(error.problems))
            return (
                _already_exists(locations)
                if all(found.is_taken for found in error.problems)
                else ValidationProblem(locations)
            )
        case StaleVersion():
            return precondition_failed()
        case ValidationError():
            return (
                _already_exists(_model_errors(error))
                if _codes(error) <= _UNIQUE_CODES
                else ValidationProblem(_model_errors(error))
            )
        case OperationalError() if getattr(error.__cause__, "sqlstate", "") in _CONCURRENCY_SQLSTATES:
            detail = _(
                "Another request changed this at the same moment, so nothing was stored. Send the request again."
            )
            return ConflictProblem(HTTPStatus.CONFLICT, detail)
        case _ if is_unavailable(error):
            return ConflictProblem(HTTPStatus.SERVICE_UNAVAILABLE, str(UNAVAILABLE))
        case _:
            return error


def _already_exists(locations: Iterable[ErrorLocation]) -> ConflictProblem:
    """Return the exception for a unique constraint that the request would violate (409)."""
    detail = _("This exists already. Read it, or choose another name.")
    return ConflictProblem(HTTPStatus.CONFLICT, detail, locations)


def _codes(error: ValidationError) -> set[str | None]:
    errors = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
    return {one.code for found in errors for one in found}


def precondition_failed() -> ConflictProblem:
    """Return the exception for a failed If-Match precondition (412)."""
    return ConflictProblem(
        HTTPStatus.PRECONDITION_FAILED,
        _("This was changed after you read it. Read it again, and apply your change to the current version."),
    )


def error_locations(problems: Iterable[Problem], code: str = "invalid") -> Iterator[ErrorLocation]:
    """Yield the problems of a dossier as errors in the body, with this error code."""
    for found in problems:
        detail = f"{found.reason} — {found.hint}" if found.hint else found.reason
        yield ErrorLocation.body("" if found.location == "/" else found.location, detail, code)


def _model_errors(error: ValidationError) -> Iterator[ErrorLocation]:
    """Yield the errors of a model's ValidationError; field names become body keys, ``party`` becomes ``from``."""
    if not hasattr(error, "error_dict"):
        yield from (ErrorLocation.body("", message) for message in error.messages)
        return
    for column, messages in error.message_dict.items():
        key = {"party": "from"}.get(column, column)
        pointer = "" if column == NON_FIELD_ERRORS else f"/{key}"
        yield from (ErrorLocation.body(pointer, message) for message in messages)


def _serializer_errors(detail: Any, pointer: str = "") -> Iterator[ErrorLocation]:
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            yield from _serializer_errors(value, pointer if key == "non_field_errors" else f"{pointer}/{key}")
    elif isinstance(detail, list | tuple):
        for index, value in enumerate(detail):
            # A list holds either the messages of one field, or the errors of list items, each with its own pointer.
            yield from _serializer_errors(value, f"{pointer}/{index}" if isinstance(value, Mapping | list) else pointer)
    else:
        yield ErrorLocation.body(pointer, force_str(detail), getattr(detail, "code", "invalid"))
