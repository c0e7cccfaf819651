"""OpenAPI component schemas: the records of the dossier format, plus derived data, problems and the index."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from participation.dossier.schema_fields import DOSSIER, REGISTER, SCALARS, Fragment, or_null
from participation.selectors.register import COMMITMENT_STATES, MOTION_STATES

from .components_found import FOUND
from .json_schema import MAYBE_TEXT, TEXT, URL, closed, list_of, one_of, ref, told, whole


@lru_cache(maxsize=1)
def components() -> Mapping[str, Fragment]:
    """Return all component schemas by name."""
    scalars = {}
    for name, fragment in SCALARS.items():
        scalars[_pascal(name)] = _local(fragment)
        scalars[_pascal(f"{name}_or_null")] = _local(or_null(fragment))
    trajectory, organisation = DOSSIER["trajectory"][0], DOSSIER["organisations"][0]
    dossier = {key: _local(fragment) for key, (fragment, _description) in DOSSIER.items()}
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
        "Dossier": closed(dossier, ["dossier", "trajectory"]),
        "WrittenDossier": closed({**dossier, "left_alone": _LEFT_ALONE}, ["dossier", "trajectory"]),
        "Motion": _record(motion, printed_as=_PRINTED, **_tracked(MOTION_STATES)),
        "NewMotion": _record(motion, ["number"]),
        "Commitment": _record(commitment, **_tracked(COMMITMENT_STATES)),
        "NewCommitment": _record(commitment, ["number"]),
        "ProgressReport": _record(motion["items"]["properties"]["reports"]),
        "Organisation": _record(organisation),
        "NewOrganisation": _record(organisation, ["name"]),
        "Neighbourhood": closed(_NEIGHBOURHOOD),
        **FOUND,
        "Index": _INDEX,
        "Description": {"type": "object", "description": "An OpenAPI document."},
        "Problem": _PROBLEM,
    }


_NUMBERS: Final[Fragment] = list_of(TEXT, "Numbers of the motions it carries out.")
_READ_ONLY_ID: Final[Fragment] = {"type": "integer", "readOnly": True, "description": "By which it is changed."}
_PRINTED: Final[Fragment] = {**MAYBE_TEXT, "readOnly": True, "description": "The number as it was printed."}


def _local(fragment: Any) -> Any:
    """Return a fragment of the dossier's JSON Schema with its references pointing to OpenAPI components."""
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
    """Return the schema of an object with the keys of this fragment and ``more``; only ``required`` are required."""
    found = _local(fragment.get("items", fragment))
    return closed({**found["properties"], **more}, required)


def _part(section: str, required: Iterable[str] = (), **more: Fragment) -> Fragment:
    return _record(DOSSIER[section][0], required, **more)


def _tracked(states: Iterable[str]) -> Mapping[str, Fragment]:
    """Return the read-only keys that are derived for a motion or a commitment: its state and obligations."""
    return {
        "state": one_of(states, "Where it stands on the day that is asked about.") | {"readOnly": True},
        "obligations": list_of(ref("Obligation"), "What is owed on the ground of it.") | {"readOnly": True},
    }


_NEIGHBOURHOOD: Final[Mapping[str, Fragment]] = {
    "slug": TEXT,
    "name": TEXT,
    "district": MAYBE_TEXT,
    "municipality": told(MAYBE_TEXT, "Slug of the municipality."),
    "cbs_code": told(MAYBE_TEXT, "Code of Statistics Netherlands: WK and six signs, or BU and eight."),
    "neighbours": list_of(TEXT, "Slugs of the neighbourhoods beside it."),
}
_INDEX: Final[Fragment] = whole(
    {
        "title": TEXT,
        "version": told(TEXT, "The full version of the API."),
        "description": told(URL, "This API, as an OpenAPI document."),
        "docs": told(URL, "The same to read and to try."),
        "links": {
            "type": "object",
            "description": "Where the lists stand, by name.",
            "additionalProperties": URL,
        },
    }
)
_PLACE: Final[Fragment] = {
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
_LEFT_ALONE: Final[Fragment] = {
    **list_of(_PLACE, "What you say otherwise of rows that trajectories share, and may not change."),
    "readOnly": True,
}
_PROBLEM: Final[Fragment] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["status", "title", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "default": "about:blank"},
        "status": {"type": "integer"},
        "title": TEXT,
        "detail": TEXT,
        "errors": list_of(_PLACE),
    },
}
