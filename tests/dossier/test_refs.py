from typing import Any

import pytest

from participation.dossier.errors import Problem
from participation.dossier.validate import problems_in
from tests.dossier.example import dossier, mini


def only_problem(document: dict[str, Any]) -> Problem:
    (problem,) = problems_in(document)
    return problem


def test_a_waiver_may_be_about_a_target_group_of_the_plan() -> None:
    plan = {"target_groups": [{"group": "Ouders  met kinderen", "method": "walk"}]}
    waiver = {"rule": "target-groups-reached", "reason": "Later.", "by": "college", "granted_on": "2026-03-01"}
    assert list(problems_in(mini(plan=plan, waivers=[{**waiver, "subject": "Ouders met kinderen"}]))) == []
    assert only_problem(mini(plan=plan, waivers=[{**waiver, "subject": "ouderen"}])).location == "/waivers/0/subject"


def test_a_duplicate_ref_is_reported_with_both_locations() -> None:
    problem = only_problem(mini(documents=[{"ref": "x"}], requests=[{}, {"ref": "x"}]))
    assert problem.location == "/requests/1/ref"
    assert "/documents/0" in problem.reason


@pytest.mark.parametrize(
    ("section", "key", "good", "wrong_kind"),
    [
        ("steps", "about", ("s", "d", "c"), ("r", "sc")),
        ("steps", "uses", ("s", "d"), ("c", "r", "sc")),
        ("steps", "documents", ("d",), ("s", "c", "r", "sc")),
        ("documents", "replaces", ("d",), ("s", "c", "r", "sc")),
        ("contributions", "step", ("s",), ("d", "c", "r", "sc")),
        ("waivers", "subject", ("s", "d", "c", "r", "sc"), ()),
    ],
)
def test_a_ref_must_point_to_a_row_of_the_right_kind(
    section: str, key: str, good: tuple[str, ...], wrong_kind: tuple[str, ...]
) -> None:
    def pointing_to(ref: str) -> dict[str, Any]:
        document = mini(
            scenarios=[{"ref": "sc"}],
            documents=[{"ref": "d"}],
            steps=[{"ref": "s"}],
            contributions=[{"ref": "c"}],
            requests=[{"ref": "r"}],
            waivers=[],
        )
        target = [ref] if key in {"about", "uses", "documents"} else ref
        row: dict[str, Any] = {key: target}
        if section == "waivers":
            row |= {"rule": "a", "reason": "b", "by": "c", "granted_on": "2026-01-01"}
        document[section].append(row)
        return document

    for ref in good:
        assert problems_in(pointing_to(ref)) == []
    for ref in wrong_kind:
        problem = only_problem(pointing_to(ref))
        assert problem.location.startswith(f"/{section}/1/{key}")
        assert f"{ref!r} is a " in problem.reason
    lost = only_problem(pointing_to("zz"))
    assert "with the ref 'zz'" in lost.reason
    assert all(ref in lost.hint for ref in good)


def test_an_unknown_ref_gets_a_suggestion() -> None:
    problem = only_problem(mini(steps=[{"ref": "avond-1"}, {"about": ["avond1"]}]))
    assert problem.location == "/steps/1/about/0"
    assert "'avond-1'" in problem.hint


def test_a_ref_into_an_empty_section_is_reported() -> None:
    assert "no document in this document yet" in only_problem(mini(steps=[{"documents": ["d1"]}])).hint


@pytest.mark.parametrize("key", ["about", "uses"])
def test_a_step_cannot_be_about_itself(key: str) -> None:
    problem = only_problem(mini(steps=[{"ref": "s", key: ["s"]}]))
    assert problem.location == f"/steps/0/{key}/0"
    assert "itself" in problem.reason


def test_a_document_cannot_replace_itself() -> None:
    problem = only_problem(mini(documents=[{"ref": "d", "replaces": "d"}]))
    assert problem[:2] == ("/documents/0/replaces", "it replaces itself")


def test_a_replacement_cycle_is_reported_once() -> None:
    rows = [{"ref": "a", "replaces": "b"}, *({"ref": x, "replaces": y} for x, y in ("bc", "cd", "db"))]
    problem = only_problem(mini(documents=rows))
    assert problem.location == "/documents/1/replaces"
    assert "b → c → d → b" in problem.reason


def test_two_cycles_are_two_problems() -> None:
    rows = [{"ref": x, "replaces": y} for x, y in ("ab", "ba", "cd", "dc")]
    assert [problem.location for problem in problems_in(mini(documents=rows))] == [
        "/documents/0/replaces",
        "/documents/2/replaces",
    ]


def test_two_documents_may_replace_the_same_one() -> None:
    rows = [
        {"ref": "a"},
        {"ref": "b", "replaces": "a"},
        {"ref": "c", "replaces": "a"},
        {"ref": "d", "replaces": "c"},
    ]
    assert problems_in(mini(documents=rows)) == []


def test_an_update_may_refer_to_stored_rows() -> None:
    document = mini(steps=[{"ref": "s2", "about": ["s1"], "documents": ["d1"]}])
    assert len(problems_in(document)) == 2
    assert problems_in(document, {}, {"s1", "d1"}) == []


def test_an_update_cannot_refer_to_its_own_document_as_a_step() -> None:
    document = mini(documents=[{"ref": "x"}], contributions=[{"step": "x"}])
    (problem,) = problems_in(document, {}, {"x"})
    assert problem.location == "/contributions/0/step"


def test_removing_a_referenced_section_makes_the_example_invalid() -> None:
    document = dossier()
    del document["contributions"]
    assert only_problem(document).location == "/steps/1/about/1"
