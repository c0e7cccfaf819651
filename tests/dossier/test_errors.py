import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.dossier.errors import MAX_LISTED, DossierError, Problem, pointer

PROBLEMS = st.builds(Problem, st.sampled_from(["/", "/a", "/steps/2", "/steps/10/x", "line 2"]), st.sampled_from("pq"))


def test_a_problem_is_formatted_as_location_reason_and_remedy() -> None:
    assert str(Problem("/steps/3/planned", "no day", "write another")) == "/steps/3/planned: no day — write another"
    assert str(Problem("/steps/3/planned", "no day")) == "/steps/3/planned: no day"


def test_row_2_sorts_before_row_10() -> None:
    error = DossierError([Problem("/steps/10/kind", "b"), Problem("/steps/2/kind", "a")])
    assert [problem.location for problem in error.problems] == ["/steps/2/kind", "/steps/10/kind"]


@given(st.lists(PROBLEMS), st.randoms())
def test_problems_are_sorted_independently_of_detection_order(problems: list[Problem], random: object) -> None:
    shuffled = list(problems)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert DossierError(problems).problems == DossierError(shuffled).problems
    assert set(DossierError(problems).problems) == set(problems)


@pytest.mark.parametrize("rest", [0, 1, 25])
def test_the_first_problems_are_listed_and_the_rest_is_counted(rest: int) -> None:
    error = DossierError(Problem(f"/steps/{number}", "x") for number in range(MAX_LISTED + rest))
    lines = str(error).splitlines()
    assert lines[MAX_LISTED - 1] == f"/steps/{MAX_LISTED - 1}: x"
    assert lines[MAX_LISTED:] == ([f"… and {rest} more"] if rest else [])
    assert len(error.problems) == MAX_LISTED + rest


def test_a_json_pointer_escapes_its_separators() -> None:
    assert pointer("a/b", 0, "c~d") == "/a~1b/0/c~0d"
    assert pointer() == "/"
