"""JSON Schema of dossiers and registers; ``python -m participation.dossier.schema`` prints it."""

import json
from typing import Final, Literal

from .schema_fields import DOSSIER, REGISTER, SCALARS, Fragment, or_null, record

Kind = Literal["dossier", "register"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_KINDS: Final[dict[Kind, Fragment]] = {
    "dossier": record(DOSSIER, ("dossier", "trajectory")),
    "register": record(REGISTER, ("register",)),
}


def document_schema() -> Fragment:
    """Return the schema of any document: a register when it has the key ``register``, else a dossier."""
    return {
        "$schema": _DRAFT,
        "title": "Leidraad: dossier or register, version 1",
        "description": (
            "One participation trajectory with all its items (dossier), or the motions, commitments and numbered "
            "requests of the municipality (register). All other keys than the required ones may be omitted; null "
            "means unknown. "
            "Refs are unique within a document."
        ),
        "if": {"type": "object", "required": ["register"], "properties": {"register": {}}},
        "then": _KINDS["register"],
        "else": _KINDS["dossier"],
        "$defs": {name: _with_one_type(fragment) for name, fragment in _definitions().items()},
    }


def _definitions() -> dict[str, Fragment]:
    definitions: dict[str, Fragment] = {}
    for name, fragment in SCALARS.items():
        definitions[name] = fragment
        definitions[f"{name}_or_null"] = or_null(fragment)
    return definitions


def _with_one_type(fragment: Fragment) -> Fragment:
    """Return the fragment as alternatives of one type each, where it is a text or an object.

    Strict validators (``ajv``) allow no other union than with null, and generators of classes read this better.
    """
    types = fragment.get("type")
    if not isinstance(types, list) or not {"string", "object"} <= {*types}:
        return fragment
    of_text, of_object = ("pattern",), ("additionalProperties", "properties")
    alternatives = {
        "string": {key: fragment[key] for key in of_text},
        "object": {key: fragment[key] for key in of_object},
    }
    shared = {key: value for key, value in fragment.items() if key not in ("type", *of_text, *of_object)}
    return {**shared, "anyOf": [{"type": name, **alternatives.get(name, {})} for name in types]}


def kind_schema(kind: Kind) -> Fragment:
    """Return the schema of one kind of document with references inlined, which validates twice as fast."""
    definitions = _definitions()

    def inline_refs(fragment: Fragment) -> Fragment:
        found = {
            key: inline_refs(value) if isinstance(value, dict) else value
            for key, value in fragment.items()
            if key != "$ref"
        }
        if target := fragment.get("$ref"):
            # Keywords beside the reference win, such as the description of this key; the title is the definition's.
            found = {**inline_refs(definitions[target.rpartition("/")[2]]), **found}
        return found

    return {"$schema": _DRAFT, **inline_refs(_KINDS[kind])}


def schema_text() -> str:
    """Return the contents of dossier.schema.json."""
    return json.dumps(document_schema(), indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")  # noqa: T201 -- printing is what it is for
