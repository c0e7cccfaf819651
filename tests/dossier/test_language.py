"""What is wrong with a dossier is said in the active language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from participation.dossier.errors import DossierError, Problem
from participation.dossier.parser import read_document, read_json
from participation.dossier.schema import kind_schema
from participation.dossier.schema_errors import _MISSING_HINTS
from participation.dossier.validate import problems_in

from .example import mini

ROOT = Path(__file__).resolve().parents[2] / "participation"
SOURCES = [
    *sorted((ROOT / "dossier").glob("*.py")),
    *sorted((ROOT / "services" / "dossiers").glob("*.py")),
    ROOT / "services" / "register" / "requests.py",
    *sorted((ROOT / "api").rglob("*.py")),
]
#: What makes a problem, with the positions of the reason and the hint among its arguments.
MAKERS = {"Problem": (1, 2), "_dossier_error": (1, 2), "GeometryError": (1, 2)}
#: Variables with a part of a problem.
PARTS = {"reason", "hint", "advice", "remedy", "otherwise", "detail"}


#: Parts of an expression that may be its text, by kind of expression; of "… % values" the text is on the left.
TEXTS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.JoinedStr: ("values",),
    ast.FormattedValue: ("value",),
    ast.IfExp: ("body", "orelse"),
    ast.BoolOp: ("values",),
    ast.Tuple: ("elts",),
}


def untranslated(node: Any) -> Iterator[str]:
    """Yield the words of an expression that no call translates."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and any(map(str.isalpha, node.value)):
        yield node.value
    names = TEXTS.get(type(node), ())
    if isinstance(node, ast.BinOp):
        names = ("left",) if isinstance(node.op, ast.Mod) else ("left", "right")
    for name in names:
        found = getattr(node, name)
        for part in found if isinstance(found, list) else [found]:
            yield from untranslated(part)


def untranslated_parts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
            for position in MAKERS[node.func.id]:
                yield from untranslated(node.args[position] if position < len(node.args) else None)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in PARTS:
            yield from untranslated(node.value)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('Problem("/", "it is missing")', ["it is missing"]),
        ('Problem("/", _("it is missing"), f"there is no {name}")', ["there is no "]),
        ('hint = did_you_mean(word, known) or "leave it out"', ["leave it out"]),
        ('Problem("/", _("%(value)s is not a slug") % {"value": value}, f"{close} {_(advice)}")', []),
    ],
)
def test_words_that_no_call_translates_are_found(source: str, expected: list[str]) -> None:
    assert list(untranslated_parts(ast.parse(source))) == expected


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_part_of_a_problem_is_a_message_of_the_catalogue(path: Path) -> None:
    assert list(untranslated_parts(ast.parse(path.read_text(encoding="utf-8")))) == []


def required_keys(schema: Any) -> Iterator[str]:
    """Yield the keys of records that may not be absent or null."""
    for key, inner in schema.get("properties", {}).items():
        if key in schema.get("required", ()) or "null" not in inner.get("type", "null"):
            yield key
        yield from required_keys(inner)
    if "items" in schema:
        yield from required_keys(schema["items"])


def test_each_key_that_may_not_be_missing_has_a_hint() -> None:
    # A document without its version is refused before its schema is read.
    keys = {*required_keys(kind_schema("dossier")), *required_keys(kind_schema("register"))} - {"register"}
    assert keys == set(_MISSING_HINTS)


def problems_of(document: Any) -> list[Problem]:
    try:
        content = read_json(document) if isinstance(document, bytes) else document
        return problems_in(content)
    except DossierError as error:
        return list(error.problems)


#: Documents with mistakes, each with the places of what is wrong.
BROKEN = {
    "dates": mini(
        steps=[
            {"ref": "a", "planned": "12-06-2027"},
            {"ref": "b", "planned": "2027-02-30"},
            {"ref": "c", "planned": "1066-10-14"},
            {"ref": "d", "planned": {"from": "2027-06-02", "to": "2027-06-01", "precision": "range"}},
            {"ref": "e", "planned": {"to": None, "precision": "month"}},
            {"ref": "f", "planned": {"from": "2027-06-02", "to": "2027-06-03", "precision": "day"}},
            {"ref": "g", "starts_at": "20:00", "ends_at": "20:00"},
            {"ref": "h", "done": "2027-06-01", "closes": "2027-05-01"},
        ]
    ),
    "types": mini(
        steps=[{"kind": "activty", "titel": "x", "score": "8", "audience": "residents", "cancelled": 1}],
        documents=[None, 7, {"title": "x" * 301, "pages": 0}],
        contributions=[{"from": "niemand", "step": "s9"}],
    ),
    "missing": {"dossier": 1, "trajectory": {"title": None, "contact": {"email": "plein"}}},
    "waivers": mini(waivers=[{"rule": None}]),
    "map": mini(trajectory={"slug": "a", "title": "A", "geometry": {"type": "Point", "coordinates": [52.1, 4.5]}}),
    "no JSON": b'{"dossier": 1,}',
    "cut off": b'{"dossier": 1',
    "empty": b" ",
    "PDF": b"%PDF-1.7",
    "Latin-1": '{"a": "é"}'.encode("latin-1"),
    "version": {"dossier": 9},
    "no version": {"dosier": 1},
}


@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN)
def test_a_problem_is_in_dutch_by_default_and_in_english_when_asked(document: Any) -> None:
    english = problems_of(document)
    with translation.override("nl"):
        dutch = problems_of(document)
    assert len(dutch) == len(english) > 0
    # Sorted by their texts where the place is the same.
    assert {problem.reason for problem in dutch}.isdisjoint(problem.reason for problem in english)
    assert {problem.hint for problem in dutch}.isdisjoint(problem.hint for problem in english)


def test_a_date_in_another_notation_is_explained_in_dutch() -> None:
    with translation.override("nl"):
        (problem,) = problems_of(mini(steps=[{"planned": "12-06-2027"}]))
    assert str(problem) == "/steps/0/planned: '12-06-2027' is geen datum zoals 2026-03-20 — schrijf \"2027-06-12\""


def test_a_misspelled_key_is_explained_in_dutch() -> None:
    with translation.override("nl"):
        (problem,) = problems_of(mini(steps=[{"planed": "2027-06-12"}]))
    assert str(problem) == "/steps/0/planed: deze naam bestaat hier niet — bedoelt u 'planned'?"


def test_a_file_that_is_too_large_has_a_comma_in_dutch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("participation.dossier.parser.MAX_BYTES", 2 * 1024 * 1024)
    with translation.override("nl"), pytest.raises(DossierError, match="het bestand is 2,5 MB"):
        read_document(b" " * (5 * 512 * 1024))
