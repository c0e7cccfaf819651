"""What the API says of itself (OpenAPI 3.1): made from the views and from the keys of the dossier."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from drf_spectacular.openapi import AutoSchema

from participation.compliance import vocabulary as words
from participation.dossier.keys import DOSSIER, REGISTER, SCALARS, Fragment, or_null

from .about import PREFIX, VERSION
from .paging import LARGEST
from .problems import MEDIA_TYPE, TITLES

JSON: Final = "application/json"
_TEXT: Final[Fragment] = {"type": "string"}
_MAYBE_TEXT: Final[Fragment] = {"type": ["string", "null"]}
_DAY: Final[Fragment] = {"type": "string", "format": "date"}
_MAYBE_DAY: Final[Fragment] = {"type": ["string", "null"], "format": "date"}
_MOMENT: Final[Fragment] = {"type": "string", "format": "date-time"}


class Told(NamedTuple):
    """What is told of one method of a view.

    ``answers`` and ``takes`` name components; ``many`` is False for one, "page" for a page by cursor, "list" for all
    of them. ``version`` tells that it is asked for, or given, which version is read.
    """

    summary: str
    answers: str
    takes: str = ""
    many: str = ""
    status: int = 200
    version: bool = False
    once: bool = False
    description: str = ""


def ref(name: str) -> Fragment:
    """Return where this component stands."""
    return {"$ref": f"#/components/schemas/{name}"}


def ours(endpoints: Iterable[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Return the endpoints that the description is about: those of the API."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(f"{PREFIX}/")]


class Schema(AutoSchema):
    """Describes a view by what it tells of each of its methods."""

    @property
    def told(self) -> Told:
        """Return what the view tells of this method."""
        told: Told = self._ours.told[self.method]
        return told

    @property
    def _ours(self) -> Any:
        return self.view

    def get_operation_id(self) -> str:
        """Return a name that says what is done to what."""
        name = self._ours.called
        return f"{name}{ {'GET': 'Read', 'POST': 'Add', 'PATCH': 'Change', 'PUT': 'Put'}[self.method]}"

    def get_tags(self) -> list[str]:
        """Return under which heading it stands."""
        return [self._ours.heading]

    def get_summary(self) -> str:
        """Return what it does, in one line."""
        return self.told.summary

    def get_description(self) -> str:  # type: ignore[override]
        """Return what else there is to say."""
        return self.told.description

    def get_request_serializer(self) -> Any:
        """Return what is sent."""
        return {JSON: ref(self.told.takes)} if self.told.takes else None

    def get_response_serializers(self) -> Any:
        """Return what is answered where all is well."""
        told = self.told
        many: Mapping[str, Fragment] = {
            "": ref(told.answers),
            "list": {"type": "array", "items": ref(told.answers)},
            "page": {
                "type": "object",
                "required": ["next", "previous", "results"],
                "properties": {
                    "next": {"type": ["string", "null"], "format": "uri"},
                    "previous": {"type": ["string", "null"], "format": "uri"},
                    "results": {"type": "array", "items": ref(told.answers)},
                },
            },
        }
        return {told.status: many[told.many]}

    def get_override_parameters(self) -> list[Any]:
        """Return what may be given in the address and the headers."""
        return []

    def _get_parameters(self) -> list[dict[str, Any]]:
        found = [
            {"name": name, "in": "path", "required": True, "schema": _TEXT, "description": description}
            for name, description in self._ours.in_path.items()
        ]
        if self.method == "GET":
            found += [{"name": name, "in": "query", **told} for name, told in self._ours.parameters.items()]
        header: dict[str, Any] = {"in": "header", "schema": _TEXT}
        if self.told.version and self.method != "GET":
            text = "The ETag of what was read, or * for whatever is there."
            found.append({**header, "name": "If-Match", "description": text})
        if self.told.version and self.method == "GET":
            text = "An ETag that was read before: the answer is 304 where it still holds."
            found.append({**header, "name": "If-None-Match", "description": text})
        if self.told.once:
            text = "A key of your own, such as a UUID: asking again with it adds nothing, and gives the same answer."
            found.append({**header, "name": "Idempotency-Key", "description": text})
        return found


# ---------- what stands in bodies


def _local(fragment: Any) -> Any:
    """Return the fragment of the dossier's schema with references to components."""
    if isinstance(fragment, list):
        return [_local(item) for item in fragment]
    if not isinstance(fragment, Mapping):
        return fragment
    found = {key: _local(value) for key, value in fragment.items()}
    if "$ref" in found:
        found["$ref"] = ref(_pascal(str(fragment["$ref"]).rpartition("/")[2]))["$ref"]
    return found


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _record(fragment: Fragment, required: Iterable[str] = (), **more: Fragment) -> Fragment:
    """Return an object with the keys of this one and more; only those named are required."""
    found = _local(fragment.get("items", fragment))
    properties = {**found["properties"], **more}
    record = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**record, "required": sorted(required)} if required else record


def _object(properties: Mapping[str, Fragment]) -> Fragment:
    return {"type": "object", "additionalProperties": False, "properties": dict(properties)}


def _part(section: str, required: Iterable[str] = (), **more: Fragment) -> Fragment:
    return _record(DOSSIER[section][0], required, **more)


_NUMBERS: Final[Fragment] = {"type": "array", "items": _TEXT, "description": "Numbers of the motions it carries out."}
_READ_ONLY_ID: Final[Fragment] = {"type": "integer", "readOnly": True, "description": "By which it is changed."}
_PRINTED: Final[Fragment] = {**_MAYBE_TEXT, "readOnly": True, "description": "The number as it was printed."}


@lru_cache(maxsize=1)
def components() -> Mapping[str, Fragment]:
    """Return everything that bodies are made of, by name."""
    scalars = {}
    for name, fragment in SCALARS.items():
        scalars[_pascal(name)] = _local(fragment)
        scalars[_pascal(f"{name}_or_null")] = _local(or_null(fragment))
    trajectory = DOSSIER["trajectory"][0]
    motion, commitment = REGISTER["motions"][0], REGISTER["commitments"][0]
    return {
        **scalars,
        "Trajectory": _record(trajectory, motions=_NUMBERS),
        "NewTrajectory": _record(trajectory, ["title"], motions=_NUMBERS),
        "Plan": _part("plan"),
        "Scenario": _part("scenarios"),
        "Document": _part("documents"),
        "Step": _part("steps"),
        "Contribution": _part("contributions"),
        "Request": _part("requests"),
        "Waiver": _part("waivers", id=_READ_ONLY_ID),
        "Dossier": _object({key: _local(fragment) for key, (fragment, _description) in DOSSIER.items()})
        | {"required": ["dossier", "trajectory"]},
        "Motion": _record(motion, printed_as=_PRINTED),
        "NewMotion": _record(motion, ["number"]),
        "Commitment": _record(commitment),
        "NewCommitment": _record(commitment, ["number"]),
        "Organisation": _part("organisations"),
        "Neighbourhood": _object(
            {
                "slug": _TEXT,
                "name": _TEXT,
                "district": _MAYBE_TEXT,
                "municipality": _MAYBE_TEXT,
                "cbs_code": _MAYBE_TEXT,
                "neighbours": {"type": "array", "items": _TEXT},
            }
        ),
        "Obligation": _object(_OBLIGATION),
        "Transition": _object(_TRANSITION),
        "Problem": _PROBLEM,
    }


_OWNERS: Final[Mapping[str, Fragment]] = {
    "trajectory": {**_TEXT, "description": "Slug of the trajectory that it is about."},
    "motion": {**_TEXT, "description": "Number of the motion that it is about."},
    "commitment": {**_TEXT, "description": "Number of the commitment that it is about."},
}
_STATUS: Final[Fragment] = {"type": "string", "enum": list(words.STATUSES)}
_OBLIGATION: Final[Mapping[str, Fragment]] = {
    **_OWNERS,
    "rule": {**_TEXT, "description": "Id of the rule that calls for it."},
    "basic": {"type": "string", "enum": list(words.BASICS), "description": "The basic condition that it belongs to."},
    "strength": {**_TEXT, "description": "How strong the word is that it rests on."},
    "subject": {**_MAYBE_TEXT, "description": "Ref of what it is about; null for the whole."},
    "status": _STATUS,
    "due_on": {**_MAYBE_DAY, "description": "The last day on which it is on time."},
    "strict_due_on": {**_MAYBE_DAY, "description": "The last day, were imprecise dates at their earliest."},
    "expected_on": {**_MAYBE_DAY, "description": "The day on which it is planned."},
    "met_on": {**_MAYBE_DAY, "description": "The day on which it was met, as far as that has come."},
    "days_late": {"type": "integer", "description": "Calendar days."},
    "message": {**_TEXT, "description": "What is owed, in one sentence."},
    "remedy": {**_TEXT, "description": "What clears it."},
    "source": {"description": "On whose word: where it stands."},
    "retrospective": {"type": "boolean", "description": "Judged by today's rules, to learn from."},
}
_TRANSITION: Final[Mapping[str, Fragment]] = {
    "id": {"type": "integer"},
    **_OWNERS,
    "rule": _TEXT,
    "subject": _MAYBE_TEXT,
    "from": {**_MAYBE_TEXT, "description": "The status before; null where it was not called for."},
    "to": {**_TEXT, "description": "The status after; withdrawn where it is no longer called for."},
    "on": {**_DAY, "description": "The day from which it held."},
    "noticed_at": {**_MOMENT, "description": "When the tracker noticed."},
    "rulebook": {**_TEXT, "description": "Hash of the rulebook that decided."},
    "url": {**_TEXT, "format": "uri"},
}
_PROBLEM: Final[Fragment] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["status", "title", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "default": "about:blank"},
        "status": {"type": "integer"},
        "title": _TEXT,
        "detail": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "location", "code", "detail"],
                "properties": {
                    "in": {"type": "string", "enum": ["body", "query", "header"]},
                    "location": {
                        "type": "object",
                        "properties": {
                            "pointer": {**_TEXT, "description": "JSON pointer into the body."},
                            "name": {**_TEXT, "description": "Name of the parameter or the header."},
                        },
                    },
                    "code": _TEXT,
                    "detail": _TEXT,
                },
            },
        },
    },
}

# ---------- what holds for every answer

_ANSWER_HEADERS: Final = {
    "API-Version": {"description": "The full version of the API.", "schema": {"type": "string", "example": VERSION}}
}
_ETAG: Final = {"ETag": {"description": "Which version this is.", "schema": _TEXT}}
_LOCATION: Final = {"Location": {"description": "Where it is found.", "schema": {"type": "string", "format": "uri"}}}
_EVERYWHERE: Final = (400, 401, 406, 429)


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Return the description with its components, and at each method what may go wrong."""
    result["components"]["schemas"] = {
        name: components()[name] if name in components() else found
        for name, found in {**result["components"].get("schemas", {}), **components()}.items()
    }
    for path, item in result["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation)
    return result


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if method == "get":
        # What is public is for everyone.
        operation["security"] = [{}, *operation.get("security", [])]
    headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
    codes = set(_EVERYWHERE)
    if "{" in path:
        codes.add(404)
    if method != "get":
        codes |= {403, 413, 415}
    if "If-Match" in headers:
        codes |= {412, 428}
    if "Idempotency-Key" in headers:
        codes.add(422)
    for code in sorted(codes):
        problem = {MEDIA_TYPE: {"schema": ref("Problem")}}
        answers.setdefault(str(code), {"description": str(TITLES[code]), "content": problem})
    if "If-None-Match" in headers:
        answers["304"] = {"description": "You have this version already."}
    for code, answer in answers.items():
        answer.setdefault("description", "")
        found = answer.setdefault("headers", {})
        found.update(_ANSWER_HEADERS)
        if code in ("200", "201") and headers & {"If-Match", "If-None-Match"}:
            found.update(_ETAG)
        if code == "201":
            found.update({**_ETAG, **_LOCATION})
        if path == "/openapi.json" and code == "200":
            found["access-control-allow-origin"] = {"schema": {"type": "string", "example": "*"}}


#: Parameters that several lists have.
FIELDS_PARAMETER: Final = {"description": "Only these fields, with commas between them.", "schema": _TEXT}
DAY_PARAMETER: Final = {"description": "As of this day; today where it is left out.", "schema": _DAY}
MOMENT_PARAMETER: Final = {
    "description": "As it was known at this moment (or at the end of this day); now where it is left out.",
    "schema": {"anyOf": [_MOMENT, _DAY]},
}
PAGE_PARAMETERS: Final = {
    "cursor": {"description": "Where the page begins: taken from `next` or `previous`.", "schema": _TEXT},
    "pageSize": {
        "description": "How many on a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": 100},
    },
}
