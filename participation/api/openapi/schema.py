"""Generation of the OpenAPI 3.1 document from the views' metadata and the component schemas (drf-spectacular)."""

from collections.abc import Iterable, Mapping, Set
from typing import Any, Final, NamedTuple

from drf_spectacular.openapi import AutoSchema

from participation.dossier.schema_fields import Fragment

from ..core.idempotency import MAX_KEY_LENGTH
from ..core.pagination import MAX_PAGE_SIZE
from ..core.problems import MEDIA_TYPE, TITLES
from ..core.query_params import DAY_PATTERN, YEAR_PATTERN
from ..core.version import PREFIX, VERSION
from .components import components
from .json_schema import DAY, SELECTION_SUFFIX, TEXT, TIMESTAMP, ref

JSON: Final = "application/json"
JSON_LD: Final = "application/ld+json"


class OperationDoc(NamedTuple):
    """OpenAPI metadata of one method of a view.

    ``response_body`` and ``request_body`` name the components of the response and request body. ``many`` is "" for one
    object, "page" for a page by cursor, "list" for a full list. ``version`` adds the ETag headers: If-None-Match to
    reads, If-Match to writes. ``creates`` is for a PUT that creates what is not there. ``idempotent`` adds
    Idempotency-Key. ``verb`` replaces that of the method in the operationId. ``linked_data`` is for a record with a
    place in the decision chain.
    """

    summary: str
    response_body: str
    request_body: str = ""
    many: str = ""
    status: int = 200
    version: bool = False
    creates: bool = False
    idempotent: bool = False
    description: str = ""
    verb: str = ""
    linked_data: bool = False


def only_api_endpoints(endpoints: Iterable[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Return the endpoints under the API prefix (a preprocessing hook of drf-spectacular)."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(f"{PREFIX}/")]


class ApiAutoSchema(AutoSchema):
    """Schema generator that reads the operation metadata of ``ApiView.operations``."""

    @property
    def operation_doc(self) -> OperationDoc:
        """Return the view's metadata of this method."""
        operation_doc: OperationDoc = self._api_view.operations[self.method]
        return operation_doc

    @property
    def _api_view(self) -> Any:
        return self.view

    def get_operation_id(self) -> str:
        """Return the operationId: the view's name and a verb, such as trajectoryRead."""
        verbs = {"GET": "Read", "POST": "Create", "PATCH": "Update", "PUT": "Replace"}
        return f"{self._api_view.operation_name}{self.operation_doc.verb or verbs[self.method]}"

    def get_tags(self) -> list[str]:
        """Return the tag of the view."""
        return [self._api_view.tag]

    def get_summary(self) -> str:
        """Return the one-line summary of the operation."""
        return self.operation_doc.summary

    def get_description(self) -> str:  # type: ignore[override]
        """Return the description of the operation."""
        operation_doc = self.operation_doc
        text = f"With `Accept: {JSON_LD}`, and without parameters: its nodes in the decision chain."
        return f"{operation_doc.description} {text}".strip() if operation_doc.linked_data else operation_doc.description

    def get_request_serializer(self) -> Any:
        """Return the schema of the request body, None if there is none."""
        return {JSON: ref(self.operation_doc.request_body)} if self.operation_doc.request_body else None

    def get_response_serializers(self) -> Any:
        """Return the schema of the successful response."""
        operation_doc = self.operation_doc
        one = ref(operation_doc.response_body)
        if self.method == "GET" and FIELDS_PARAMETER in self._api_view.parameters.values():
            one = {"anyOf": [one, ref(f"{operation_doc.response_body}{SELECTION_SUFFIX}")]}
        many: Mapping[str, Fragment] = {
            "": one,
            "list": {"type": "array", "items": one},
            "page": {
                "type": "object",
                "required": ["next", "previous", "results"],
                "properties": {
                    "next": {"type": ["string", "null"], "format": "uri"},
                    "previous": {"type": ["string", "null"], "format": "uri"},
                    "results": {"type": "array", "items": one},
                },
            },
        }
        codes = (operation_doc.status, 201) if operation_doc.creates else (operation_doc.status,)
        # JSON-LD is in the description only: with two media types a generated client returns either shape.
        return dict.fromkeys(codes, many[operation_doc.many])

    def get_override_parameters(self) -> list[Any]:
        """Return no overrides: ``_get_parameters`` lists all parameters."""
        return []

    def _query(self, parameter: Fragment) -> Fragment:
        """Return the description of a query parameter; that of ``fields`` gets the view's selectable fields."""
        if parameter is not FIELDS_PARAMETER:
            return parameter
        names: Fragment = {"type": "string", "enum": list(self._api_view.fields)}
        return {
            **parameter,
            "style": "form",
            "explode": False,
            "schema": {"type": "array", "minItems": 1, "items": names},
        }

    def _get_parameters(self) -> list[dict[str, Any]]:
        found = [
            {"name": name, "in": "path", "required": True, "schema": TEXT, "description": description}
            for name, description in self._api_view.path_parameters.items()
        ]
        if self.method == "GET":
            found += [
                {"name": name, "in": "query", **self._query(parameter)}
                for name, parameter in self._api_view.parameters.items()
            ]
        header: dict[str, Any] = {"in": "header", "schema": TEXT}
        if self.operation_doc.version and self.method != "GET":
            text = "ETag that was read, or * to match any version."
            if self.operation_doc.creates:
                text += " Required unless If-None-Match is sent."
            required = {} if self.operation_doc.creates else {"required": True}
            found.append({**header, "name": "If-Match", "description": text, "schema": _ETAGS, **required})
        if self.operation_doc.creates:
            text = "* to create it, and to change nothing if it exists."
            schema = {"type": "string", "enum": ["*"]}
            found.append({"in": "header", "name": "If-None-Match", "description": text, "schema": schema})
        if self.operation_doc.version and self.method == "GET":
            text = "ETag of a cached response; 304 if it is current."
            found.append({**header, "name": "If-None-Match", "description": text})
        if self.operation_doc.idempotent:
            text = "Client-generated unique key, such as a UUID; a repeated request returns the stored response."
            found.append({**header, "name": "Idempotency-Key", "description": text, "schema": _IDEMPOTENCY_KEY})
        return found


#: ETags in their quotes, with commas between them, or any version.
_ETAGS: Final = {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$'}
#: Printable, and not blank: what `participation.api.core.idempotency` accepts of what a header can hold.
_IDEMPOTENCY_KEY: Final = {
    "type": "string",
    "maxLength": MAX_KEY_LENGTH,
    "pattern": r"^ *[!-~\u00a1-\u00ac\u00ae-\u00ff][ -~\u00a1-\u00ac\u00ae-\u00ff]*$",
}

# ---------- headers and errors of every response

_RESPONSE_HEADERS: Final = {
    "API-Version": {"description": "Semantic version of the API.", "schema": {"type": "string", "example": VERSION}}
}
_ETAG: Final = {"ETag": {"description": "ETag of the resource.", "schema": TEXT}}
_LOCATION: Final = {
    "Location": {"description": "URL of the created resource.", "schema": {"type": "string", "format": "uri"}}
}
_COMMON_ERROR_CODES: Final = (400, 401, 406, 429)


def add_components_and_errors(  # the arguments are those of a hook
    result: dict[str, Any],
    generator: Any,  # noqa: ARG001
    request: Any,  # noqa: ARG001
    public: bool,  # noqa: ARG001
) -> dict[str, Any]:
    """Return the document with its components and the error responses of each operation (a postprocessing hook)."""
    known = {**result["components"].get("schemas", {}), **components()}
    for path, item in result["paths"].items():
        for method, operation in item.items():
            _complete_operation(path, method, operation)
    result["components"]["schemas"] = {
        name: known[name] for name in sorted(_referenced_components(result["paths"], known))
    }
    return result


def _referenced_components(fragment: Any, known: Mapping[str, Fragment]) -> set[str]:
    """Return the components that the fragment refers to, transitively."""
    found: set[str] = set()
    pending: list[Any] = [fragment]
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            pending += node.values()
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name in known and name not in found:
                found.add(name)
                pending.append(known[name])
        elif isinstance(node, list | tuple):
            pending += node
    return found


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if method == "get":
        # Public data can be read anonymously.
        operation["security"] = [{}, *operation.get("security", [])]
    headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
    for code in sorted(_error_codes(path, method, headers)):
        problem = {MEDIA_TYPE: {"schema": ref("Problem")}}
        responses.setdefault(str(code), {"description": str(TITLES[code]), "content": problem})
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    if method == "get" and "If-None-Match" in headers:
        responses["304"] = {"description": "Not modified."}
    for code, response in responses.items():
        response.setdefault("description", "")
        found = response.setdefault("headers", {})
        found.update(_RESPONSE_HEADERS)
        if code in ("200", "201") and headers & {"If-Match", "If-None-Match"}:
            found.update(_ETAG)
        if code == "201":
            found.update({**_ETAG, **_LOCATION})
        if path == "/openapi.json" and code == "200":
            found["access-control-allow-origin"] = {"schema": {"type": "string", "example": "*"}}


def _error_codes(path: str, method: str, headers: Set[str]) -> set[int]:
    """Return the HTTP status codes of the errors of an operation with these request headers."""
    codes = set(_COMMON_ERROR_CODES)
    if "{" in path:
        codes.add(404)
    if method != "get":
        codes |= {403, 409, 413, 415}
    if "If-Match" in headers:
        codes |= {412, 428}
    if "Idempotency-Key" in headers:
        codes.add(422)
    return codes


_DAY_IN_RANGE: Final = {**DAY, "pattern": DAY_PATTERN}
#: Query parameters that several views share.
FIELDS_PARAMETER: Final = {"description": "Comma-separated list of fields to return.", "schema": TEXT}
DAY_PARAMETER: Final = {"description": "Valid time; default today.", "schema": _DAY_IN_RANGE}
TIMESTAMP_PARAMETER: Final = {
    "description": "Transaction time; a date means the end of that day; default now.",
    "schema": {"anyOf": [{**TIMESTAMP, "pattern": YEAR_PATTERN}, _DAY_IN_RANGE]},
}
PAGE_PARAMETERS: Final = {
    "cursor": {"description": "Cursor from `next` or `previous`.", "schema": TEXT},
    "pageSize": {
        "description": "Page size.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": 100},
    },
}
