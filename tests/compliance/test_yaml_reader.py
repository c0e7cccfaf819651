"""YAML files of rules are read the same with and without libyaml, and a wrong one gives a problem with its line."""

import importlib.util
from datetime import date

import pytest
import yaml

from participation.compliance import yaml_reader
from participation.compliance.problems import ProblemReporter
from participation.compliance.rulebook import RULEBOOKS_DIR


@pytest.fixture(params=["libyaml", "python"])
def read_yaml(request, monkeypatch):
    """Return the reader of this parser."""
    if request.param == "libyaml":
        return yaml_reader.read_yaml
    monkeypatch.delattr(yaml, "CSafeLoader")
    spec = importlib.util.spec_from_file_location(f"{yaml_reader.__package__}.python_reader", yaml_reader.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.read_yaml


def read_text(read_yaml, text):
    report = ProblemReporter([], "regels.yaml")
    return read_yaml(text.encode("utf-8"), report), report.problems


def test_both_parsers_read_the_shipped_rulebooks_the_same(read_yaml):
    report = ProblemReporter([], "")
    for path in sorted(RULEBOOKS_DIR.glob("*.yaml")):
        assert read_yaml(path.read_bytes(), report) == yaml_reader.read_yaml(path.read_bytes(), report)
    assert report.problems == []


def test_words_stay_words(read_yaml):
    data, problems = read_text(read_yaml, "a: {on: no, off: yes}\nb:\n  c: true\n  d: 2026-03-20\n")
    assert data == {"a": {"on": "no", "off": "yes"}, "b": {"c": True, "d": date(2026, 3, 20)}}
    assert problems == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("28", 28),
        ("-14", -14),
        ("8.2", 8.2),
        ("0", 0),
        ("003", "003"),
        ("19:30", "19:30"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        (".inf", ".inf"),
        ("1e400", "1e400"),
        ("9" * 5_000, "9" * 5_000),
        ("1" + ":59" * 5_000, "1" + ":59" * 5_000),
        ("~", None),
        ("!!str 3", "3"),
        ("!!int '3'", 3),
    ],
)
def test_only_plain_numbers_are_numbers(read_yaml, written, read):
    data, problems = read_text(read_yaml, f"a: {written}")
    assert data == {"a": read}
    assert type(data["a"]) is type(read)
    assert problems == []


def test_a_file_with_a_byte_order_mark_is_read(read_yaml):
    assert read_text(read_yaml, "\ufeffa: 1\r\nb: 2\r\n") == ({"a": 1, "b": 2}, [])


def test_an_empty_file_holds_nothing(read_yaml):
    assert read_text(read_yaml, "# nog leeg\n") == (None, [])


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3", 3, "column 1: the key 'a' is there twice"),
        ("a: 1\nb: 2026-13-01", 2, "column 4: '2026-13-01' is not a day"),
        ("a: 1\nb: 2026-03-20T10:00:00", 2, "column 4: '2026-03-20T10:00:00' is not a day"),
        ("a: 1\n[b]: 2", 2, "unhashable key"),
        ("a: 1\nb: " + "[" * 100_000, 2, "this is nested more than 100 levels deep"),
        ("- " * 100_000, 1, "this is nested more than 100 levels deep"),
        ("a: 1\nb: !!python/object:os.system {}", 2, "could not determine a constructor"),
        ("a: 1\nb: !!int ''", 2, "'' is no int"),
        ("a: 1\nb: !!float x", 2, "'x' is no float"),
        ("a: 1\nb: !!bool maybe", 2, "'maybe' is no bool"),
        ("a: 1\nb: !!int [3]", 2, "expected a scalar node"),
        ("a: 1\nb: !!timestamp 3", 2, "'3' is not a day"),
        ("a: 1\nb: !!map 3", 2, "expected a mapping node"),
        ("a: 1\nb: !!seq 3", 2, "expected a sequence node"),
        ("a: 1\nb: !!set {c}", 2, "could not determine a constructor"),
        ("a: 1\nb: !!binary AAAA", 2, "could not determine a constructor"),
        ("a: 1\nb: =", 2, "could not determine a constructor"),
        ("a: 1\n---\na: 2", 2, "but found another document"),
        ("a: 1\nb: *c", 2, "found undefined alias"),
        ("a: \0", 0, "characters are not allowed"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_gives_one_problem_with_its_line(read_yaml, text, line, reason):
    data, (problem,) = read_text(read_yaml, text)
    assert data is None
    assert problem.line == line
    assert reason in problem.reason
    assert problem.hint


def test_a_file_that_is_not_utf_8_gives_a_problem(read_yaml):
    report = ProblemReporter([], "regels.yaml")
    assert read_yaml("a: één".encode("latin-1"), report) is None
    assert report.problems[0].hint == "save it as UTF-8"


# ---------- what a few lines can stand for


def bomb(merge):
    """Return ten lines that stand for ten to the tenth values."""
    lines = ["a0: &a0 {k: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}"]
    for level in range(1, 11):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} " + (f"{{<<: [{aliases}]}}" if merge else f"[{aliases}]"))
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (bomb(merge=False), "with its aliases written out this has more than 100,000 values"),
        (bomb(merge=True), "with its aliases written out this has more than 100,000 values"),
        ("a: &a [*a]", "this is nested more than 100 levels deep"),
        ("a: &a {b: *a}", "this is nested more than 100 levels deep"),
        (
            "a0: &a0 []\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 2_000)),
            "this is nested more than 100 levels deep",
        ),
    ],
    ids=["lists", "merged mappings", "a list in itself", "a mapping in itself", "a long chain"],
)
def test_aliases_that_stand_for_too_much_are_refused(read_yaml, text, reason):
    data, (problem,) = read_text(read_yaml, text)
    assert data is None
    assert reason in problem.reason
    assert problem.hint


def test_an_alias_may_stand_for_what_is_written_once(read_yaml):
    text = "a: &eigen {kinds: [policy]}\nb: *eigen\nc: {<<: *eigen, levels: [advise]}\n"
    eigen = {"kinds": ["policy"]}
    assert read_text(read_yaml, text) == ({"a": eigen, "b": eigen, "c": {**eigen, "levels": ["advise"]}}, [])


def test_a_file_of_more_than_a_megabyte_is_refused(read_yaml):
    data, (problem,) = read_text(read_yaml, "a: " + "x" * 1_000_000)
    assert data is None
    assert problem.reason == "the file is larger than 1,000,000 bytes"


# ---------- lines

LINES = b"""# een regelboek
rules:
  - id: eerste
    versions:
      - {from: 2026-01-01, term: 28 days}
      - from: 2027-01-01
        kinds: [policy,
                events]
    scope: &scope
      levels: [advise]
  - id: tweede
    scope:
      <<: *scope
      kinds: [policy]
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 2),
        (("rules",), 2),
        (("rules", 0), 3),
        (("rules", 0, "id"), 3),
        (("rules", 0, "versions"), 4),
        (("rules", 0, "versions", 0, "term"), 5),
        (("rules", 0, "versions", 1), 6),
        (("rules", 0, "versions", 1, "kinds", 1), 8),
        (("rules", 0, "versions", 1, "term"), 6),
        (("rules", 0, "versions", 7), 4),
        (("rules", 0, "why", "en"), 3),
        (("rules", 1, "scope", "levels"), 10),
        (("rules", 1, "scope", "kinds", 0), 14),
        (("title",), 2),
        (("rules", "id"), 2),
    ],
)
def test_a_place_has_the_line_of_its_closest_part(place, line):
    assert yaml_reader.line_finder(LINES)(place) == line
