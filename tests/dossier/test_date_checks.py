import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.dates import ImpreciseDate
from participation.dossier.errors import Problem
from participation.dossier.validate import problems_in
from tests.dossier.example import mini

DAYS = st.dates(date(2020, 1, 1), date(2020, 1, 20))
PAIRS = [
    ("trajectory", "closed_on", "started_on"),
    ("steps", "closes", "done"),
    ("steps", "closes", "planned"),
    ("contributions", "responded_on", "received_on"),
    ("requests", "acknowledged_on", "received_on"),
    ("requests", "extended_on", "received_on"),
    ("requests", "answered_on", "received_on"),
]


def planned(value: Any) -> list[Problem]:
    return problems_in(mini(steps=[{"planned": value}]))


def document_with(section: str, row: dict[str, Any]) -> dict[str, Any]:
    document = mini()
    if section == "trajectory":
        document["trajectory"] |= row
    else:
        document[section] = [row]
    return document


@pytest.mark.parametrize(
    ("written", "reason", "remedy"),
    [
        ("2021-02-30", "'2021-02-30' is not a day in the calendar", "write YYYY-MM-DD, e.g. 2026-03-20"),
        ("17/5", "is not a date", '"precision"'),
        ("17-5-2021", "is not a date", 'write "2021-05-17"'),
        ("17/05/2021", "is not a date", 'write "2021-05-17"'),
        ("20210517", "is not a date", 'write "2021-05-17"'),
        ("2021-05-17T19:30:00+02:00", "is not a date", 'write "2021-05-17"'),
        ("2021-05-17\n", "is not a date", 'write "2021-05-17"'),
        ("2021-02", "is not a date", '{"from": "2021-02-01", "to": "2021-02-28", "precision": "month"}'),
        ("2021", "is not a date", '{"from": "2021-01-01", "to": "2021-12-31", "precision": "year"}'),
        ("2021-13", "is not a date", "write YYYY-MM-DD"),
        ("", "is not a date", "write YYYY-MM-DD"),
        ("9999-12-31", "lies outside the years", "write YYYY-MM-DD"),
        (
            {"from": "2026-03-20", "to": "2026-03-11", "precision": "range"},
            "is after",
            "first and last possible day",
        ),
        (
            {"from": "17/5", "to": "2026-03-11", "precision": "range"},
            "'17/5' is not a date",
            "first and last possible day",
        ),
        ({"precision": "week"}, "`to` is missing", "first and last possible day"),
        ({}, "`to` is missing", "first and last possible day"),
        ({"from": "2026-03-11", "to": None, "precision": "unknown"}, "has no days", "first and last possible day"),
    ],
)
def test_an_invalid_date_is_rejected_with_the_right_notation(written: Any, reason: str, remedy: str) -> None:
    (problem,) = planned(written)
    assert problem.location == "/steps/0/planned"
    assert reason in problem.reason
    assert remedy in problem.hint


@pytest.mark.parametrize(
    "value",
    [
        None,
        "2024-02-29",
        {"from": None, "to": "2026-03-11", "precision": "not_later_than", "text": "uiterlijk 11/3"},
        {"precision": "unknown"},
        {"from": None, "to": None, "precision": "unscheduled", "text": None},
        {"from": "2026-03-11", "to": "2026-03-11"},
    ],
)
def test_a_date_may_be_exact_or_imprecise(value: Any) -> None:
    assert planned(value) == []


def test_a_hint_for_a_month_is_itself_a_valid_date() -> None:
    (problem,) = planned("2024-02")
    assert planned(json.loads(problem.hint.removeprefix("write "))) == []


@pytest.mark.parametrize("precision", ["weekly", "Day"])
def test_an_unknown_precision_is_reported_once_at_its_own_location(precision: str) -> None:
    (problem,) = planned({"from": "2026-03-11", "to": "2026-03-11", "precision": precision})
    assert problem.location == "/steps/0/planned/precision"
    assert "month_part" in problem.hint


def test_dates_are_validated_in_every_section() -> None:
    bad = "2021-02-30"
    document = mini(
        plan={"adopted_on": bad},
        scenarios=[{"presented_on": bad}],
        documents=[{"shared": [{"with": "everyone", "on": bad}]}],
        waivers=[{"rule": "a", "reason": "b", "by": "c", "granted_on": bad}],
    )
    document["trajectory"]["started_on"] = bad
    assert [problem.location for problem in problems_in(document)] == [
        "/documents/0/shared/0/on",
        "/plan/adopted_on",
        "/scenarios/0/presented_on",
        "/trajectory/started_on",
        "/waivers/0/granted_on",
    ]
    register = {"register": 1, "motions": [{"number": "1", "due_on": bad, "reports": [{"on": bad}]}]}
    assert [problem.location for problem in problems_in(register)] == [
        "/motions/0/due_on",
        "/motions/0/reports/0/on",
    ]


@pytest.mark.parametrize(("section", "later", "earlier"), PAIRS)
def test_a_date_certainly_before_its_predecessor_is_rejected(section: str, later: str, earlier: str) -> None:
    row = {earlier: "2026-03-20", later: "2026-03-19"}
    (problem,) = problems_in(document_with(section, row))
    assert problem.location.endswith(f"/{later}")
    assert earlier in problem.reason
    assert problems_in(document_with(section, {**row, later: "2026-03-20"})) == []


@given(st.sampled_from(PAIRS), st.tuples(DAYS, DAYS), st.tuples(DAYS, DAYS))
def test_bounds_that_may_be_in_order_are_accepted(
    pair: tuple[str, str, str], first: tuple[date, date], second: tuple[date, date]
) -> None:
    section, later, earlier = pair
    before, after = (ImpreciseDate(min(bounds), max(bounds), "range") for bounds in (first, second))
    row = {earlier: before.to_json(), later: after.to_json()}
    assert (problems_in(document_with(section, row)) == []) == (max(second) >= min(first))


def test_an_open_bound_is_never_certainly_out_of_order() -> None:
    open_start = {"from": None, "to": "2026-03-20", "precision": "not_later_than"}
    assert problems_in(document_with("requests", {"received_on": open_start, "answered_on": "2020-01-01"})) == []
    assert (
        problems_in(document_with("requests", {"received_on": {"precision": "unknown"}, "answered_on": "2020-01-01"}))
        == []
    )


def test_a_waiver_cannot_end_before_it_was_granted() -> None:
    row = {"rule": "a", "reason": "b", "by": "c", "granted_on": "2026-03-20", "until": "2026-03-19"}
    (problem,) = problems_in(mini(waivers=[row]))
    assert problem.location == "/waivers/0/until"
    assert problems_in(mini(waivers=[{**row, "until": "2026-03-20"}])) == []


def test_motions_and_commitments_cannot_be_settled_before_they_were_made() -> None:
    motion = {"number": "1", "adopted_on": "2021-11-11", "settled_on": "2021-11-10"}
    commitment = {"number": "1", "made_on": "2021-11-11", "fulfilled_on": "2021-11-10"}
    found = problems_in({"register": 1, "motions": [motion], "commitments": [commitment]})
    assert [problem.location for problem in found] == ["/commitments/0/fulfilled_on", "/motions/0/settled_on"]


MINUTES = st.integers(0, 24 * 60 - 1)


@given(MINUTES, MINUTES)
def test_a_meeting_ends_after_it_starts_or_within_twelve_hours_on_the_next_day(starts: int, ends: int) -> None:
    times = {
        key: (f"{minutes // 60:02}:{minutes % 60:02}") for key, minutes in (("starts_at", starts), ("ends_at", ends))
    }
    found = [problem.location for problem in problems_in(mini(steps=[times]))]
    lasts = (ends - starts) % (24 * 60)
    assert found == ([] if ends > starts or 0 < lasts <= 12 * 60 else ["/steps/0/ends_at"])


@pytest.mark.parametrize("time", ["24:00", "9:30", "19.30", "19:30:00", "19:60", "19:30\n", ""])
def test_a_time_has_two_digits_and_a_colon(time: str) -> None:
    (problem,) = problems_in(mini(steps=[{"starts_at": time}]))
    assert problem.location == "/steps/0/starts_at"
    assert "HH:MM" in problem.hint


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 3))
def test_a_date_in_another_notation_gets_a_suggestion(day: date, way: int) -> None:
    written = [
        f"{day.day}-{day.month}-{day.year}",
        f"{day:%d/%m/%Y}",
        f"{day:%Y%m%d}",
        f"{day.isoformat()}T00:00",
    ][way]
    (problem,) = planned(written)
    assert problem.hint == f'write "{day}"'
    assert planned(str(day + timedelta(days=1))) == []
