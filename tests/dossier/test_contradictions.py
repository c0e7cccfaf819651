"""Values of one record that cannot go together: refused at their place, and only where they certainly cannot."""

from typing import Any

import pytest

from participation.compliance.vocabulary import INSTRUMENTS
from participation.dossier.contradictions import INSTRUMENT_PERIODS
from participation.dossier.errors import Problem
from participation.dossier.validate import problems_in


def trajectory_problems(**values: Any) -> list[Problem]:
    return problems_in({"dossier": 1, "trajectory": {"slug": "a", "title": "A", **values}})


def step_problems(**values: Any) -> list[Problem]:
    return problems_in({"dossier": 1, "trajectory": {"slug": "a", "title": "A"}, "steps": [values]})


def test_every_instrument_has_a_period() -> None:
    assert set(INSTRUMENT_PERIODS) == set(INSTRUMENTS)


@pytest.mark.parametrize("given", [{"reason": "Spoed"}, {"decided_on": "2026-02-01"}, {"by": "college"}])
def test_a_decision_to_hold_no_participation_needs_a_ground(given: Any) -> None:
    assert trajectory_problems(no_participation=given) == [
        Problem(
            "/trajectory/no_participation/ground",
            "it is missing",
            "name the ground: the id of one of the exceptions in the rulebook",
        )
    ]


@pytest.mark.parametrize("given", [None, {}, {"reason": None}, {"ground": "urgent"}])
def test_no_decision_and_a_ground_alone_are_accepted(given: Any) -> None:
    assert trajectory_problems(no_participation=given) == []


@pytest.mark.parametrize(
    ("instrument", "required", "accepted"),
    [("permit", True, True), (None, True, True), ("programme", True, False), ("programme", False, True)],
)
def test_only_a_permit_can_require_participation(instrument: Any, required: bool, accepted: bool) -> None:
    problems = trajectory_problems(instrument=instrument, participation_required=required)
    assert [problem.location for problem in problems] == ([] if accepted else ["/trajectory/participation_required"])


@pytest.mark.parametrize(
    ("instrument", "closed_on", "accepted"),
    [
        ("environment_plan", "2023-12-31", False),
        ("environment_plan", "2024-01-01", True),
        ("environment_vision", "2021-06-01", False),
        ("programme", "2021-06-01", False),
        ("project_decision", "2021-06-01", False),
        ("permit", "2010-09-30", False),
        ("permit", "2010-10-01", True),
        ("zoning_plan", "1999-01-01", True),
        ("environment_plan", {"from": "2023-12-01", "to": "2024-01-31", "precision": "range"}, True),
        ("environment_plan", {"from": None, "to": "2023-12-01", "precision": "not_later_than"}, False),
        ("environment_plan", {"precision": "unknown"}, True),
        ("environment_plan", None, True),
        ("environment_plan", "2023-12-32", True),  # reported as a date
    ],
)
def test_a_trajectory_cannot_close_before_its_instrument_existed(
    instrument: str, closed_on: Any, accepted: bool
) -> None:
    problems = trajectory_problems(instrument=instrument, started_on="1998-01-01", closed_on=closed_on)
    found = [problem for problem in problems if problem.location == "/trajectory/instrument"]
    assert (found == []) is accepted
    if found:
        assert "exists since" in found[0].reason
        assert "closed_on" in found[0].hint


@pytest.mark.parametrize(
    ("started_on", "accepted"),
    [
        ("2023-12-31", True),
        ("2024-01-01", False),
        ({"from": "2023-12-01", "to": "2024-02-28", "precision": "range"}, True),
        ({"from": "2024-01-01", "to": "2024-02-28", "precision": "range"}, False),
        ({"from": None, "to": "2024-02-28", "precision": "not_later_than"}, True),
        (None, True),
    ],
)
def test_a_zoning_plan_cannot_start_after_its_law(started_on: Any, accepted: bool) -> None:
    problems = trajectory_problems(instrument="zoning_plan", started_on=started_on)
    assert [problem.location for problem in problems] == ([] if accepted else ["/trajectory/instrument"])


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "ends_next_day", "accepted"),
    [
        ("19:30", "21:00", False, True),
        ("19:30", "21:00", None, True),
        ("19:30", "21:00", True, False),
        ("21:00", "00:30", True, True),
        ("21:00", "00:30", None, True),
        ("21:00", "00:30", False, False),
        (None, "00:30", True, True),
        ("21:00", None, True, True),
        ("21:00", "onzin", True, True),  # reported as a time
    ],
)
def test_whether_a_step_ends_the_next_day_fits_its_times(
    starts_at: Any, ends_at: Any, ends_next_day: Any, accepted: bool
) -> None:
    problems = step_problems(starts_at=starts_at, ends_at=ends_at, ends_next_day=ends_next_day)
    found = [problem for problem in problems if problem.location == "/steps/0/ends_next_day"]
    assert (found == []) is accepted
    if found:
        assert ends_at in found[0].reason
        assert found[0].hint == "leave it out, or check both times"


def test_what_ends_at_the_time_it_starts_is_reported_once() -> None:
    problems = step_problems(starts_at="20:00", ends_at="20:00", ends_next_day=True)
    assert [problem.location for problem in problems] == ["/steps/0/ends_at"]


@pytest.mark.parametrize(
    ("key", "name"),
    [("groups", "group"), ("neighbourhoods", "slug")],
)
def test_a_count_of_people_is_not_above_the_total(key: str, name: str) -> None:
    rows = [{name: "a", "count": 10}, {name: "b", "count": 12}, {name: "c", "count": None}]
    assert step_problems(reach={"total": 10, key: rows}) == [
        Problem(
            f"/steps/0/reach/{key}/1/count",
            "12 is more than the total, which is 10",
            "check both; everybody of a group or neighbourhood is in the total too",
        )
    ]
    # Their sum may be: people are in several groups, and a district has the people of its neighbourhoods in it.
    assert step_problems(reach={"total": 12, key: rows}) == []
    assert step_problems(reach={"total": None, key: rows}) == []
