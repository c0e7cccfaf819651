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


def read_text(read_yaml, folder, text):
    path = folder / "regels.yaml"
    path.write_text(text, encoding="utf-8")
    report = ProblemReporter([], path.name)
    return read_yaml(path, report), report.problems


def test_both_parsers_read_the_shipped_rulebooks_the_same(read_yaml):
    report = ProblemReporter([], "")
    for path in sorted(RULEBOOKS_DIR.glob("*.yaml")):
        assert read_yaml(path, report) == yaml_reader.read_yaml(path, report)
    assert report.problems == []


def test_words_stay_words_and_mappings_know_their_line(read_yaml, tmp_path):
    data, problems = read_text(read_yaml, tmp_path, "a: {on: no}\nb:\n  c: true\n  d: 2026-03-20\n")
    assert data == {"a": {"on": "no"}, "b": {"c": True, "d": date(2026, 3, 20)}}
    assert (data.line, data["a"].line, data["b"].line) == (1, 1, 3)
    assert problems == []


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3", 3, "column 1: the key 'a' is there twice"),
        ("a: 1\nb: 2026-13-01", 2, "column 4: '2026-13-01' is not a day in the calendar"),
        ("a: 1\nb: 2026-03-20T10:00:00", 2, "is not a date like 2026-03-20"),
        ("a: 1\n[b]: 2", 2, "unhashable key"),
        ("a: 1\nb: " + "[" * 100_000, 2, "this is nested more than 100 levels deep"),
        ("- " * 100_000, 1, "this is nested more than 100 levels deep"),
        ("a: 1\nb: !!python/object:os.system {}", 2, "could not determine a constructor"),
        ("a: " + "9" * 5_000, 0, "integer string conversion"),
        ("a: \0", 0, "characters are not allowed"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_gives_one_problem_with_its_line(read_yaml, tmp_path, text, line, reason):
    data, (problem,) = read_text(read_yaml, tmp_path, text)
    assert data is None
    assert problem.line == line
    assert reason in problem.reason
    assert problem.hint


def test_a_file_that_is_not_utf_8_gives_a_problem(read_yaml, tmp_path):
    path = tmp_path / "regels.yaml"
    path.write_bytes("a: één".encode("latin-1"))
    report = ProblemReporter([], path.name)
    assert read_yaml(path, report) is None
    assert report.problems[0].hint == "save it as UTF-8"
