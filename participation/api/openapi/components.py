"""OpenAPI component schemas: the records of the dossier format, plus derived data, problems and the index."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from participation.dossier.schema_fields import DOSSIER, REGISTER, SCALARS, Fragment, or_null
from participation.selectors.register import COMMITMENT_STATES, MOTION_STATES, REQUEST_STATES

from .components_found import DERIVED_COMPONENTS
from .json_schema import (
    NULLABLE_PREFIX,
    NULLABLE_TEXT,
    TEXT,
    URL,
    closed_object,
    complete_object,
    enum_of,
    list_of,
    ref,
    with_description,
)


@lru_cache(maxsize=1)
def components() -> Mapping[str, Fragment]:
    """Return all component schemas by name."""
    scalars = {}
    for name, fragment in SCALARS.items():
        scalars[_component_name(name)] = _with_component_refs(fragment)
        scalars[_component_name(f"{name}_or_null")] = _with_component_refs(or_null(fragment))
    trajectory, organisation = DOSSIER["trajectory"][0], DOSSIER["organisations"][0]
    dossier = {key: _with_component_refs(fragment) for key, (fragment, _description) in DOSSIER.items()}
    motion, commitment, request = (REGISTER[key][0] for key in ("motions", "commitments", "requests"))
    return {
        **scalars,
        "Trajectory": _record(trajectory, motions=_MOTION_NUMBERS),
        "NewTrajectory": _record(trajectory, ["title"], motions=_MOTION_NUMBERS),
        "Plan": _item("plan"),
        "Scenario": _item("scenarios"),
        "Document": _item("documents"),
        "Step": _item("steps"),
        "Contribution": _item("contributions"),
        "Request": _item("requests"),
        "Waiver": _item("waivers", id=_READ_ONLY_ID),
        "Dossier": closed_object(dossier, ["dossier", "trajectory"]),
        "ImportedDossier": closed_object({**dossier, "left_alone": _IGNORED_CHANGES}, ["dossier", "trajectory"]),
        "Motion": _record(motion, printed_as=_PRINTED_NUMBER, **_derived_properties(MOTION_STATES)),
        "NewMotion": _record(motion, ["number"]),
        "Commitment": _record(commitment, **_derived_properties(COMMITMENT_STATES)),
        "NewCommitment": _record(commitment, ["number"]),
        "RegisterRequest": _record(request, **_derived_properties(REQUEST_STATES)),
        "NewRegisterRequest": _record(request, ["number"]),
        "ProgressReport": _record(motion["items"]["properties"]["reports"]),
        "Fulfilment": _record(commitment["items"]["properties"]["fulfilments"]),
        "Organisation": _record(organisation),
        "NewOrganisation": _record(organisation, ["name"]),
        "Neighbourhood": closed_object(_NEIGHBOURHOOD),
        **DERIVED_COMPONENTS,
        "Index": _INDEX,
        "OpenApiDocument": {"type": "object", "description": "An OpenAPI document."},
        "Problem": _PROBLEM,
    }


_MOTION_NUMBERS: Final[Fragment] = list_of(TEXT, "Numbers of the motions that it implements.")
_READ_ONLY_ID: Final[Fragment] = {"type": "integer", "readOnly": True, "description": "Primary key, used in the URL."}
_PRINTED_NUMBER: Final[Fragment] = {
    **NULLABLE_TEXT,
    "readOnly": True,
    "description": "Number as printed in the source.",
}


def _with_component_refs(fragment: Any) -> Any:
    """Return a fragment of the dossier's JSON Schema with its references pointing to OpenAPI components."""
    if isinstance(fragment, list):
        return [_with_component_refs(item) for item in fragment]
    if not isinstance(fragment, Mapping):
        return fragment
    found = {key: _with_component_refs(value) for key, value in fragment.items()}
    if "$ref" in found:
        found["$ref"] = ref(_component_name(str(fragment["$ref"]).rpartition("/")[2]))["$ref"]
    return found


def _component_name(definition: str) -> str:
    """Return the component of a definition of the dossier's JSON Schema: NullableText for text_or_null."""
    name = definition.removesuffix("_or_null")
    prefix = NULLABLE_PREFIX if name != definition else ""
    return prefix + "".join(part.capitalize() for part in name.split("_"))


def _record(fragment: Fragment, required: Iterable[str] = (), **extra: Fragment) -> Fragment:
    """Return the schema of an object with the keys of this fragment and ``extra``; only ``required`` are required."""
    found = _with_component_refs(fragment.get("items", fragment))
    return closed_object({**found["properties"], **extra}, required)


def _item(section: str, required: Iterable[str] = (), **extra: Fragment) -> Fragment:
    return _record(DOSSIER[section][0], required, **extra)


def _derived_properties(states: Iterable[str]) -> Mapping[str, Fragment]:
    """Return the read-only keys that are derived for a row of the register: its state and obligations."""
    return {
        "state": enum_of(states, "State on the requested day.") | {"readOnly": True},
        "obligations": list_of(ref("Obligation"), "Its obligations.") | {"readOnly": True},
    }


_NEIGHBOURHOOD: Final[Mapping[str, Fragment]] = {
    "slug": TEXT,
    "name": TEXT,
    "district": NULLABLE_TEXT,
    "municipality": with_description(NULLABLE_TEXT, "Slug of the municipality."),
    "cbs_code": with_description(NULLABLE_TEXT, "CBS code: WK followed by six characters, or BU followed by eight."),
    "neighbours": list_of(TEXT, "Slugs of the neighbouring areas."),
}
_INDEX: Final[Fragment] = complete_object(
    {
        "title": TEXT,
        "version": with_description(TEXT, "Semantic version of the API."),
        "description": with_description(URL, "URL of the OpenAPI document."),
        "docs": with_description(URL, "URL of the HTML reference."),
        "links": {
            "type": "object",
            "description": "URLs of the lists, by name.",
            "additionalProperties": URL,
        },
    }
)
_ERROR_LOCATION: Final[Fragment] = {
    "type": "object",
    "required": ["in", "location", "code", "detail"],
    "properties": {
        "in": {"type": "string", "enum": ["body", "query", "header"]},
        "location": {
            "type": "object",
            "properties": {
                "pointer": {**TEXT, "description": "JSON pointer into the body."},
                "name": {**TEXT, "description": "Name of the parameter or the header."},
            },
        },
        "code": TEXT,
        "detail": TEXT,
    },
}
_IGNORED_CHANGES: Final[Fragment] = {
    **list_of(_ERROR_LOCATION, "Ignored differences in shared rows that the user may not change."),
    "readOnly": True,
}
_PROBLEM: Final[Fragment] = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["status", "title", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "default": "about:blank"},
        "status": {"type": "integer"},
        "title": TEXT,
        "detail": TEXT,
        "errors": list_of(_ERROR_LOCATION),
    },
}
