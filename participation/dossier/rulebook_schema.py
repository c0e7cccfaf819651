"""JSON Schema of rulebooks, for editors: from the format that the loader reads and the signatures of the checks.

``manage.py rulebook schema`` prints it. The facts of an example are those of a dossier, so it stands on this layer.
"""

import json
from typing import Any, Final

from participation.compliance.checks import CHECKS, CheckDefinition
from participation.compliance.parameter_parser import parameter_keys
from participation.compliance.rule_parser import COMMON_PLACEHOLDERS, VersionValue
from participation.compliance.rulebook import RULEBOOK, shipped_rulebooks
from participation.compliance.structure import Fragment, RecordValue, or_null

from .schema import document_schema

#: The draft that editors know best.
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def rulebook_schema() -> Fragment:
    """Return the JSON Schema of a rulebook."""
    found = RULEBOOK.schema()
    properties = found["properties"]
    properties["extends"]["examples"] = shipped_rulebooks()
    properties["adjust"]["items"]["properties"]["versions"]["items"] = _any_version()
    rule = properties["rules"]["items"]
    example = rule["properties"]["examples"]["items"]["properties"]
    for key, document in example_documents().items():
        example[key] = {**document, "description": example[key]["description"]}
    rule["allOf"] = [_condition(name, definition) for name, definition in CHECKS.items()]
    return {
        "$schema": _DRAFT,
        "title": "Leidraad: rulebook",
        "description": "The rules of a municipality. The manual is docs/rulebook.md.",
        **found,
        "$defs": document_schema()["$defs"],
    }


def example_documents() -> dict[str, Fragment]:
    """Return the schemas of what an example holds, by its key: as in a document, but nothing is required."""
    document = document_schema()
    register = document["then"]["properties"]
    found = {
        "dossier": document["else"],
        "motion": register["motions"]["items"],
        "commitment": register["commitments"]["items"],
    }
    return {key: or_null(_optional(schema)) for key, schema in found.items()}


def _optional(fragment: Any) -> Any:
    """Return a schema without required keys, all the way down."""
    if isinstance(fragment, dict):
        return {key: _optional(value) for key, value in fragment.items() if key != "required"}
    return [_optional(value) for value in fragment] if isinstance(fragment, list) else fragment


def _condition(name: str, definition: CheckDefinition) -> Fragment:
    """Return what holds for a rule with this check: its parameters, and what its message may name."""
    keys = RecordValue({**VersionValue.keys, **parameter_keys(name, definition)})
    places = ", ".join(f"{{{word}}}" for word in sorted(definition.fills | COMMON_PLACEHOLDERS))
    return {
        "if": {"required": ["check"], "properties": {"check": {"const": name}}},
        "then": {
            "properties": {
                "versions": {"type": "array", "items": keys.schema()},
                "message": {"description": f"What is due, as one sentence. It may name {places}."},
            }
        },
    }


def _any_version() -> Fragment:
    """Return the schema of a version of any check: which check it is for stands in another file."""
    found: dict[str, list[Fragment]] = {}
    for name, definition in CHECKS.items():
        for parameter, key in parameter_keys(name, definition).items():
            fragment = key._replace(description="").kind.schema()
            if fragment not in found.setdefault(parameter, []):
                found[parameter].append(fragment)
    parameters = {
        name: fragments[0] if len(fragments) == 1 else {"anyOf": fragments} for name, fragments in found.items()
    }
    days = VersionValue().schema()
    return {**days, "properties": {**days["properties"], **parameters}, "additionalProperties": False}


def schema_text() -> str:
    """Return the contents of rulebook.schema.json."""
    return json.dumps(rulebook_schema(), indent=1, ensure_ascii=True) + "\n"
