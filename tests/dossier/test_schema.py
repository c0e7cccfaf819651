import json
import re
from calendar import isleap
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance import dates, facts
from participation.compliance.dossier_parser import REF_WORDS
from participation.dossier.day_patterns import day_pattern
from participation.dossier.rulebook_schema import rulebook_schema
from participation.dossier.schema import document_schema, kind_schema, schema_text
from participation.dossier.schema_fields import SCALARS, SECTIONS, Fragment
from participation.dossier.validate import problems_in
from tests.dossier.example import dossier, mini, paths, register, set_value

ROOT = Path(__file__).parents[2]
PUBLISHED = jsonschema.Draft202012Validator(document_schema())
EXAMPLES = {"dossier": dossier, "register": register}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["", "a b", "2021-02-30", "x\n"]),
) | st.recursive(st.text(max_size=3), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4)


def keys_of(schema: Fragment, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if "items" in schema:
        return keys_of(schema["items"], path)
    found = set()
    for key, inner in schema.get("properties", {}).items():
        found |= {(*path, key)} | keys_of(inner, (*path, key))
    return found


def keys_in(document: Any) -> set[tuple[str, ...]]:
    found = {tuple(part for part in path if isinstance(part, str)) for path in paths(document)}
    # The keys of items are ids of the rulebook.
    return {path for path in found if path[-2:-1] != ("items",)}


def test_the_schema_file_equals_the_generated_schema() -> None:
    assert (ROOT / "participation/dossier.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_itself_a_valid_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))


def test_each_list_whose_rows_have_a_ref_is_a_section_of_the_dossier() -> None:
    assert REF_WORDS.keys() <= SECTIONS.keys()


@pytest.mark.parametrize("kind", ["dossier", "register"])
def test_the_example_has_every_key_and_no_other(kind: Any) -> None:
    known = keys_of(kind_schema(kind))
    used = keys_in(EXAMPLES[kind]())
    of_dates = {path for path in known if path[-1] in {"from", "to", "precision", "text"} and path[:-1] in known}
    assert used <= known
    assert {path for path in known - used if path not in of_dates} == set()


@pytest.mark.parametrize("kind", ["dossier", "register"])
def test_the_example_passes_the_schema_and_the_validation(kind: str) -> None:
    document = EXAMPLES[kind]()
    assert list(PUBLISHED.iter_errors(document)) == []
    assert problems_in(document) == []


def test_every_key_of_the_schema_has_a_description() -> None:
    def undescribed(schema: Fragment, path: str = "") -> list[str]:
        found = []
        for key, inner in schema.get("properties", {}).items():
            if not inner.get("description") and key != "precision":
                found.append(f"{path}/{key}")
            found += undescribed(inner, f"{path}/{key}")
        return found + (undescribed(schema["items"], f"{path}/*") if "items" in schema else [])

    assert undescribed(kind_schema("dossier")) + undescribed(kind_schema("register")) == []


def _shape(fragment: Fragment) -> str:
    """The kind of value that a fragment of the schema allows, in a word; for a list with what is in it."""
    if fragment.get("title") in {"date", "time"}:
        return str(fragment["title"])
    if "enum" in fragment:
        return "word"
    shape = (
        next(of for of in fragment["type"] if of != "null") if isinstance(fragment["type"], list) else fragment["type"]
    )
    if shape == "array":
        return f"list of {_shape(fragment['items'])}"
    keys = ", ".join(sorted(fragment.get("properties", ()))) or "any key"
    return f"object of {keys}" if shape == "object" else str(shape)


#: By the type of a fact: the shapes that its key may have.
SHAPES: dict[Any, tuple[str, ...]] = {
    str: ("string", "word"),
    facts.Number: ("string",),
    bool: ("boolean",),
    bool | None: ("boolean",),
    int | None: ("integer",),
    Decimal | None: ("number",),
    time | None: ("time",),
    dates.ImpreciseDate | None: ("date",),
    tuple[str, ...]: ("list of string",),
    facts.Filled: ("string",),
    facts.FilledKeys: (
        "object of college, council, organisation",
        "object of budget, expertise, lead_time, people",
        "object of any key",
    ),
    facts.ReachedGroups: ("list of object of count, group",),
    facts.Frameworks: ("list of object of what, why",),
    facts.TargetGroups: ("list of object of group, method",),
    facts.Actors: ("list of object of organisation, part, suggested_by",),
    facts.Shares: ("list of object of on, with",),
    facts.ReportDays: ("list of object of on, text",),
    facts.FulfilmentDays: ("list of object of on, text",),
    facts.Suspensions: ("list of object of from, reason, to",),
}


@pytest.mark.parametrize("section", facts.FACTS_BY_SECTION)
def test_every_fact_is_a_key_of_the_dossier_with_a_fitting_type(section: str) -> None:
    kind: Any = "register" if section in {"motions", "commitments"} else "dossier"
    fragment = kind_schema(kind)["properties"][section]
    keys = fragment.get("items", fragment)["properties"]
    for name, of in facts.field_types(facts.FACTS_BY_SECTION[section]).items():
        parent, _slash, key = facts.KEYS.get(name, name).rpartition("/")
        found = (keys[parent]["properties"] if parent else keys)[key]
        assert _shape(found) in SHAPES[of], name


#: Keys that an object within a record must have.
REQUIRED = {
    *(("repeats", "every_months"), ("repeats", "first_due_on"), (0, "from")),
    *(("geometry", "type"), ("geometry", "coordinates")),
}

OPTIONAL = [
    (kind, path)
    for kind, example in EXAMPLES.items()
    for path in paths(example())
    if isinstance(path[-1], str) and path[-1] not in {"dossier", "register", "trajectory", "number"}
    if path not in {("trajectory", "slug"), ("trajectory", "title")}
    if path[-2:] not in REQUIRED or path == ("requests", 0, "from")
]


@pytest.mark.parametrize(("kind", "path"), OPTIONAL, ids=lambda value: "/".join(map(str, value)))
def test_an_optional_value_may_be_null_or_absent(kind: str, path: tuple[Any, ...]) -> None:
    document = set_value(EXAMPLES[kind](), path, None)
    assert list(PUBLISHED.iter_errors(document)) == []
    without = set_value(EXAMPLES[kind](), path, None)
    holder = without
    for part in path[:-1]:
        holder = holder[part]
    del holder[path[-1]]
    assert list(PUBLISHED.iter_errors(without)) == []


def test_a_slug_and_a_title_make_a_valid_dossier() -> None:
    assert problems_in(mini()) == []
    assert problems_in({"register": 1}) == []


@given(st.data())
def test_documents_rejected_by_the_schema_are_rejected_with_a_location(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(EXAMPLES)))
    document = EXAMPLES[kind]()
    path = data.draw(st.sampled_from(list(paths(document))))
    set_value(document, path, data.draw(ODD))
    if not PUBLISHED.is_valid(document):
        problems = problems_in(document)
        assert problems
        assert all(problem.location.startswith("/") and problem.reason for problem in problems)


def test_schema_and_date_validation_agree_on_the_range_of_years() -> None:
    for year, known in (
        (dates.MIN_YEAR, True),
        (dates.MAX_YEAR, True),
        (dates.MIN_YEAR - 1, False),
        (dates.MAX_YEAR + 1, False),
    ):
        day = f"{year:04}-06-01"
        document = mini(documents=[{"ref": "d", "dated_on": day}])
        assert PUBLISHED.is_valid(document) is known
        assert (problems_in(document) == []) is known


def test_the_pattern_of_a_day_has_exactly_the_days_in_the_calendar() -> None:
    pattern = re.compile(day_pattern(range(19, 22)))
    numbers = [f"{month:02}-{day:02}" for month in range(14) for day in range(33)]
    for year in (1899, 1900, 1904, 1999, 2000, 2023, 2024, 2100, 2196, 2199, 2200):
        texts = {f"{year}-{number}" for number in numbers}
        known = 1900 <= year <= 2199
        days = {date(year, 1, 1) + timedelta(number) for number in range(365 + isleap(year))} if known else set()
        assert {text for text in texts if pattern.search(text)} == {day.isoformat() for day in days}
    assert not pattern.search("2026-03-20\n")


@pytest.mark.parametrize("name", sorted(SCALARS))
def test_only_text_may_end_with_a_line_break(name: str) -> None:
    good = {
        "slug": "a",
        "ref": "a",
        "number": "1",
        "url": "https://a.b",
        "time": "19:30",
        "day": "2026-01-01",
    }
    if name in good:
        scalar = {**document_schema(), **SCALARS[name]}
        del scalar["if"]
        assert jsonschema.Draft202012Validator(scalar).is_valid(good[name])
        assert not jsonschema.Draft202012Validator(scalar).is_valid(good[name] + "\n")


def fragments_of(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, list):
        for value in schema:
            yield from fragments_of(value)
    if isinstance(schema, dict):
        yield schema
        for keyword, value in schema.items():
            is_by_name = keyword in ("properties", "$defs") and isinstance(value, dict)
            for part in value.values() if is_by_name else [value]:
                yield from fragments_of(part)


@pytest.mark.parametrize("made", [document_schema, rulebook_schema], ids=["dossier", "rulebook"])
def test_a_strict_validator_accepts_the_schema(made: Any) -> None:
    """As ``ajv`` with ``strict``: only null beside another type, and a type or a key wherever one is supposed."""
    for fragment in fragments_of(made()):
        types = fragment.get("type", [])
        assert not isinstance(types, list) or len(types) - types.count("null") <= 1, fragment
        assert set(fragment.get("required", ())) <= fragment.get("properties", {}).keys(), fragment
        assert "items" not in fragment or "array" in types, fragment
