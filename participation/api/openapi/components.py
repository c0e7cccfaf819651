"""OpenAPI component schemas: the records of the dossier format, plus derived data, problems and the index."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from participation.compliance.dates import DATELESS, MAX_YEAR, MIN_YEAR
from participation.dossier.schema_fields import DOSSIER, REGISTER, SCALARS, Fragment, or_null
from participation.selectors.register import COMMITMENT_STATES, MOTION_STATES, REQUEST_STATES

from ..core.query_params import DAY_PATTERN
from .components_found import DERIVED_COMPONENTS
from .json_schema import (
    NULLABLE_INTEGER,
    NULLABLE_PREFIX,
    NULLABLE_TEXT,
    SELECTION_SUFFIX,
    TEXT,
    URL,
    closed_object,
    complete_object,
    enum_of,
    list_of,
    ref,
    with_description,
    with_types_apart,
)


def _sendable(pattern: str) -> str:
    """Return a pattern of the dossier without the surrogates in it.

    Tools that are not written in Python or JavaScript cannot read those, and no text in UTF-8 has them.
    """
    return pattern.replace(r"\ud800-\udfff", "")


@lru_cache(maxsize=1)
def components() -> Mapping[str, Fragment]:
    """Return all component schemas by name."""
    scalars = {}
    for name, fragment in _stored_scalars():
        scalars[_component_name(name)] = _with_component_refs(fragment)
        scalars[_component_name(f"{name}_or_null")] = _with_component_refs(or_null(fragment))
    trajectory, organisation = DOSSIER["trajectory"][0], DOSSIER["organisations"][0]
    dossier = {key: _with_component_refs(fragment) for key, (fragment, _description) in DOSSIER.items()}
    motion, commitment, request = (REGISTER[key][0] for key in ("motions", "commitments", "requests"))
    read = {
        "Trajectory": _record(trajectory, motions=_MOTION_NUMBERS),
        "Plan": _item("plan"),
        **{name: _item(section) for name, (section, _required) in _ITEMS.items()},
        "Waiver": _item("waivers", id=_ID),
        "Motion": _record(motion, printed_as=_PRINTED_NUMBER, **_derived_properties(MOTION_STATES)),
        "Commitment": _record(commitment, **_derived_properties(COMMITMENT_STATES)),
        "RegisterRequest": _record(request, **_derived_properties(REQUEST_STATES)),
        "Organisation": _record(organisation),
        "Neighbourhood": closed_object(_NEIGHBOURHOOD),
    }
    selectable = {**read, "Obligation": DERIVED_COMPONENTS["Obligation"]}
    found = {
        **scalars,
        **{name: complete_object(schema["properties"]) for name, schema in read.items()},
        **{f"{name}{SELECTION_SUFFIX}": _selection(name, schema) for name, schema in selectable.items()},
        "NewTrajectory": _sent(_record(trajectory, ["title"], motions=_MOTION_NUMBERS)),
        "TrajectoryUpdate": _update(_record(trajectory, ["title"], motions=_MOTION_NUMBERS)),
        "NewPlan": _item("plan"),
        **{f"New{name}": _sent(_item(section, required)) for name, (section, required) in _ITEMS.items()},
        **{f"{name}Update": _item_update(section, required) for name, (section, required) in _ITEMS.items()},
        "Dossier": closed_object(dossier, ["dossier", "trajectory"]),
        "ImportedDossier": closed_object({**dossier, "left_alone": _IGNORED_CHANGES}, ["dossier", "trajectory"]),
        "NewMotion": _record(motion, ["number"]),
        "MotionUpdate": _update(_record(motion, ["number"])),
        "NewCommitment": _record(commitment, ["number"]),
        "CommitmentUpdate": _update(_record(commitment, ["number"])),
        "NewRegisterRequest": _record(request, ["number"]),
        "RegisterRequestUpdate": _update(_record(request, ["number"])),
        "ProgressReport": _record(motion["items"]["properties"]["reports"], ["on", "text"]),
        "Fulfilment": _record(commitment["items"]["properties"]["fulfilments"], ["on", "text"]),
        "NewOrganisation": _record(organisation, ["name"]),
        **DERIVED_COMPONENTS,
        "Index": _INDEX,
        "OpenApiDocument": {"type": "object", "description": "An OpenAPI document."},
        "Problem": _PROBLEM,
    }
    return {name: _with_days_by_precision(with_types_apart(schema)) for name, schema in found.items()}


#: What an object, or each of a list of them, must have besides what the dossier format asks for by its schema.
_NEEDED_WITHIN: Final[Mapping[str, tuple[str, ...]]] = {"shared": ("with",), "no_participation": ("ground",)}
#: Any text, and a text that is not blank.
_ANY_TEXT: Final = _sendable(SCALARS["text"]["pattern"])
_FILLED: Final[Fragment] = {"type": "string", "pattern": _sendable(SCALARS["title"]["pattern"])}
_MOTION_NUMBERS: Final[Fragment] = list_of(ref("Number"), "Numbers of the motions that it implements.")
_ID: Final[Fragment] = {"type": "integer", "description": "Primary key, used in the URL."}
_PRINTED_NUMBER: Final[Fragment] = {**NULLABLE_TEXT, "description": "Number as printed in the source."}
#: Components of the items of a trajectory: their section of the dossier, and what must be sent to create one.
_ITEMS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "Scenario": ("scenarios", ()),
    "Document": ("documents", ()),
    "Step": ("steps", ()),
    "Contribution": ("contributions", ()),
    "Request": ("requests", ()),
    "Waiver": ("waivers", ("by", "reason", "rule")),
}


def _stored_scalars() -> Iterator[tuple[str, Fragment]]:
    """Yield the scalars of the dossier by name: of dates the years that can be stored, which are fewer."""
    for name, fragment in SCALARS.items():
        if name in ("day", "date"):
            description = fragment["description"].replace(f"{MIN_YEAR} and {MAX_YEAR}", "1900 and 2199")
            yield name, {**fragment, "pattern": DAY_PATTERN, "description": description}
        else:
            yield name, fragment


def _with_days_by_precision(schema: Fragment) -> Fragment:
    """Return the schema, where it is that of a date with the days that each precision asks for.

    Generators of clients pass over these conditions.
    """
    parts = [
        _with_days(part) if "precision" in part.get("properties", {}) else part for part in schema.get("anyOf", ())
    ]
    return {**schema, "anyOf": parts} if parts else schema


def _with_days(imprecise: Fragment) -> Fragment:
    """Return the schema of an imprecise date with the condition on its days, as in ``ImpreciseDate.problem``."""

    def when(*precisions: str) -> Fragment:
        return {"required": ["precision"], "properties": {"precision": {"enum": list(precisions)}}}

    def needs(*keys: str) -> Fragment:
        return {"required": list(keys), "properties": dict.fromkeys(keys, TEXT)}

    without_days = {"properties": {key: {"type": "null"} for key in ("from", "to")}}
    dated = {"if": when("not_later_than"), "then": needs("to"), "else": needs("from", "to")}
    return {**imprecise, "if": when(*DATELESS), "then": without_days, "else": dated}


def _with_component_refs(fragment: Any) -> Any:
    """Return a fragment of the dossier's JSON Schema with its references pointing to OpenAPI components."""
    if isinstance(fragment, list):
        return [_with_component_refs(item) for item in fragment]
    if not isinstance(fragment, Mapping):
        return fragment
    found = {key: _with_component_refs(value) for key, value in fragment.items()}
    if "$ref" in found:
        found["$ref"] = ref(_component_name(str(fragment["$ref"]).rpartition("/")[2]))["$ref"]
    if isinstance(pattern := found.get("pattern"), str):
        found["pattern"] = _sendable(pattern)
    return found


def _component_name(definition: str) -> str:
    """Return the component of a definition of the dossier's JSON Schema: NullableText for text_or_null."""
    name = definition.removesuffix("_or_null")
    prefix = NULLABLE_PREFIX if name != definition else ""
    return prefix + "".join(part.capitalize() for part in name.split("_"))


def _record(fragment: Fragment, required: Iterable[str] = (), **extra: Fragment) -> Fragment:
    """Return the schema of an object with the keys of this fragment and ``extra``; only ``required`` are required.

    These may not be null, nor a blank text.
    """
    found = {**_with_component_refs(fragment.get("items", fragment))["properties"], **extra}
    return closed_object({**found, **{key: _not_null(found[key]) for key in required}}, required)


def _update(schema: Fragment) -> Fragment:
    """Return the schema of a change: what is required of a new one may be left out, but not emptied."""
    return closed_object(_sent(schema)["properties"])


def _sent(schema: Fragment) -> Fragment:
    """Return the schema of what is sent: with what its objects need, which what is stored may lack."""
    properties = schema["properties"]
    needed = {key: _needing(properties[key], keys) for key, keys in _NEEDED_WITHIN.items() if key in properties}
    return {**schema, "properties": {**properties, **needed}}


def _needing(fragment: Fragment, keys: Iterable[str]) -> Fragment:
    """Return the schema of an object, or of a list of objects, that cannot be without these keys."""
    if "items" in fragment:
        return {**fragment, "items": _needing(fragment["items"], keys)}
    properties = {**fragment["properties"], **{key: _not_null(fragment["properties"][key]) for key in keys}}
    return {**fragment, "properties": properties, "required": sorted({*fragment["required"], *keys})}


def _not_null(fragment: Fragment) -> Fragment:
    """Return the schema without null, and without blank texts."""
    if fragment.get("$ref") == ref("NullableText")["$ref"]:
        return {**_FILLED, "description": fragment["description"]}
    if "$ref" in fragment:
        return {**fragment, "$ref": fragment["$ref"].replace(f"/{NULLABLE_PREFIX}", "/")}
    types = [name for name in fragment["type"] if name != "null"] if isinstance(fragment["type"], list) else []
    found = {**fragment, "type": types[0]} if types else fragment
    return {**found, "pattern": _FILLED["pattern"]} if found.get("pattern") == _ANY_TEXT else found


def _selection(name: str, schema: Fragment) -> Fragment:
    """Return the schema of what the parameter ``fields`` leaves of this component."""
    return {**closed_object(schema["properties"]), "description": f"Those fields of {name} that `fields` names."}


def _item(section: str, required: Iterable[str] = (), **extra: Fragment) -> Fragment:
    return _record(DOSSIER[section][0], required, **extra)


def _item_update(section: str, required: Iterable[str]) -> Fragment:
    """Return the schema of a change of an item: its ref can be changed, but not be taken away."""
    has_ref = "ref" in DOSSIER[section][0]["items"]["properties"]
    return _update(_item(section, (*required, *(["ref"] if has_ref else []))))


def _derived_properties(states: Iterable[str]) -> Mapping[str, Fragment]:
    """Return the keys that are derived for a row of the register: its state and obligations."""
    return {
        "state": enum_of(states, "State on the requested day."),
        "obligations": list_of(ref("Obligation"), "Its obligations."),
    }


_NEIGHBOURHOOD: Final[Mapping[str, Fragment]] = {
    "slug": TEXT,
    "name": TEXT,
    "district": NULLABLE_TEXT,
    "municipality": with_description(NULLABLE_TEXT, "Slug of the municipality."),
    "cbs_code": with_description(NULLABLE_TEXT, "CBS code: WK followed by six characters, or BU followed by eight."),
    "inhabitants": with_description(
        NULLABLE_INTEGER,
        "Number of inhabitants, from the key figures of CBS (Kerncijfers wijken en buurten); null if not known.",
    ),
    "inhabitants_year": with_description(NULLABLE_INTEGER, "Year of that number."),
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
_IGNORED_CHANGES: Final[Fragment] = list_of(
    _ERROR_LOCATION, "Ignored differences in shared rows that the user may not change."
)
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
