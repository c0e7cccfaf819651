"""The JSON Schema of rulebooks follows from the loader: what the loader takes, an editor does not underline."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from participation.compliance.checks import CHECKS
from participation.compliance.problems import ProblemReporter
from participation.compliance.rule_parser import RULE
from participation.compliance.rulebook import RULEBOOK, RULEBOOKS_DIR, shipped_rulebooks
from participation.compliance.yaml_reader import read_yaml
from participation.dossier.rulebook_schema import schema_text
from tests.compliance import odd_rulebooks

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(schema_text())
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def as_json(value):
    """Return what an editor sees: in YAML 1.2 a day is text."""
    if isinstance(value, dict):
        return {"" if key is None else str(key): as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def read(content):
    return as_json(read_yaml(content, ProblemReporter([], "")))


def underlined(document):
    return ["/".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(document)]


@pytest.fixture(scope="module")
def small_base(tmp_path_factory):
    with odd_rulebooks.small_base(tmp_path_factory.mktemp("rulebooks")):
        yield


def test_the_schema_file_equals_the_generated_schema():
    assert (ROOT / "participation" / "rulebook.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_itself_a_valid_json_schema():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_every_shipped_rulebook_fits_the_schema(name):
    assert underlined(read((RULEBOOKS_DIR / f"{name}.yaml").read_bytes())) == []


def test_a_rulebook_with_every_key_and_every_check_fits_the_schema():
    assert underlined(read(odd_rulebooks.dumped(odd_rulebooks.document()))) == []


def test_every_key_and_every_check_has_a_description():
    def undescribed(schema, path=""):
        found = []
        for key, inner in schema.get("properties", {}).items():
            if not inner.get("description") and key not in ("nl", "en", "precision"):
                found.append(f"{path}/{key}")
            found += undescribed(inner, f"{path}/{key}")
        for part in ("items", "additionalProperties"):
            found += undescribed(schema[part], f"{path}/*") if isinstance(schema.get(part), dict) else []
        return found

    rule = SCHEMA["properties"]["rules"]["items"]
    versions = {
        condition["if"]["properties"]["check"]["const"]: condition["then"]["properties"]["versions"]["items"]
        for condition in rule["allOf"]
    }
    assert versions.keys() == CHECKS.keys()
    assert [path for path in undescribed(SCHEMA) if not path.startswith("/adjust/*/versions")] == []
    assert [path for name, version in versions.items() for path in undescribed(version, name)] == []
    assert all(choice["description"] for choice in rule["properties"]["check"]["anyOf"])


def test_the_schema_has_the_keys_of_the_loader():
    assert SCHEMA["properties"].keys() == RULEBOOK.keys.keys()
    assert SCHEMA["properties"]["rules"]["items"]["properties"].keys() == RULE.keys.keys()
    for condition in SCHEMA["properties"]["rules"]["items"]["allOf"]:
        name = condition["if"]["properties"]["check"]["const"]
        parameters = condition["then"]["properties"]["versions"]["items"]["properties"].keys() - {"from", "until"}
        assert parameters == CHECKS[name].parameters.keys()


WRONG = [
    (("rulebook",), "Onze Stad"),
    (("rulebok",), "onze-stad"),
    (("title",), {"nl": "Regels"}),
    (("sources", "V", "strength"), "polcy"),
    (("sources", "V", "from"), "september"),
    (("calendar", "recesses", 0, "to"), None),
    (("plan_items", "Goal"), {"nl": "doel", "en": "goal"}),
    (("retired",), ["a", "a"]),
    (("adjust", 0, "versions", 0, "trem"), "14 days"),
    (("rules", 0, "check"), "feedback_gven"),
    (("rules", 0, "source"), []),
    (("rules", 0, "applies_to", "kinds"), ["polcy"]),
    (("rules", 0, "versions", 0, "term"), "four weeks"),
    (("rules", 0, "versions", 0, "trem"), "4 weeks"),
    (("rules", 0, "examples", 0, "expect"), "overdu"),
    (("rules", 0, "examples", 0, "dossier"), {"stepz": []}),
    (("rules", 0, "examples", 0, "dossier"), {"steps": [{"kind": "activty"}]}),
]


@pytest.mark.parametrize(("place", "value"), WRONG, ids=lambda value: str(value)[:40])
def test_what_the_loader_or_the_check_of_examples_refuses_is_underlined(place, value):
    document = as_json(odd_rulebooks.document("feedback_given"))
    within = document
    for part in place[:-1]:
        within = within[part]
    within[place[-1]] = value
    assert underlined(document)


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(odd_rulebooks.changed_documents())
def test_what_the_loader_takes_is_not_underlined(small_base, document):
    content = odd_rulebooks.dumped(document)
    found, _problems = odd_rulebooks.problems(content)
    # What examples hold is checked when they are tried, not when a rulebook is loaded.
    places = underlined(read(content)) if found else []
    assert [place for place in places if not odd_rulebooks.IN_EXAMPLE.match(place)] == []
