"""A commitment that repeats: the due dates of its fulfilments."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.calendar import Calendar, Term, add_months
from participation.compliance.checks.base import DateRules
from participation.compliance.checks.register import commitment_dated, commitment_kept, commitment_reported
from participation.compliance.dates import MAX_YEAR, ImpreciseDate
from participation.compliance.dossier_parser import commitment_of
from participation.compliance.facts import CommitmentFacts

DAYS = DateRules(Calendar())
UNKNOWN_DAY = ImpreciseDate.unknown()

days = st.dates(date(2021, 5, 19), date(2040, 12, 31))


@st.composite
def imprecise_dates(draw):
    first = draw(days)
    kind = draw(st.sampled_from(["day", "range", "not_later_than"]))
    if kind == "day":
        return ImpreciseDate.on(first)
    return ImpreciseDate(first if kind == "range" else None, first + timedelta(days=draw(st.integers(0, 400))), kind)


@st.composite
def repeated_commitments(draw):
    fulfilment = st.one_of(imprecise_dates(), st.just(UNKNOWN_DAY), st.none())
    return CommitmentFacts(
        "T-1",
        made_on=draw(st.one_of(st.none(), days.map(ImpreciseDate.on))),
        fulfilled_on=draw(st.one_of(st.none(), imprecise_dates(), st.just(UNKNOWN_DAY))),
        repeats_every_months=draw(st.integers(1, 120)),
        repeats_first_due_on=draw(imprecise_dates()),
        repeats_until=draw(st.one_of(st.none(), days.map(ImpreciseDate.on))),
        fulfilments=tuple(draw(st.lists(fulfilment, max_size=12))),
    )


def on(text):
    return ImpreciseDate.on(date.fromisoformat(text))


def repeated(*fulfilments, every=6, first="2025-07-01", made="2025-01-15", **columns):
    return CommitmentFacts(
        "T-1",
        made_on=on(made),
        repeats_every_months=every,
        repeats_first_due_on=on(first),
        fulfilments=tuple(on(day) for day in fulfilments),
        **columns,
    )


def lines(commitment):
    """Return (subject, day on which it was met) of each obligation to keep this commitment."""
    return [(line.subject, line.met.isoformat() if line.met else "") for line in commitment_kept(commitment, DAYS)]


def test_the_first_time_is_due_on_the_first_due_date():
    assert lines(repeated()) == [("2025-07-01", "")]


def test_after_a_fulfilment_in_time_the_months_count_from_the_due_date():
    assert lines(repeated("2025-06-20")) == [("2025-07-01", "2025-06-20"), ("2026-01-01", "")]


def test_after_a_late_fulfilment_the_months_count_from_that_fulfilment():
    assert lines(repeated("2025-08-15")) == [("2025-07-01", "2025-08-15"), ("2026-02-15", "")]


def test_each_fulfilment_closes_one_time_and_opens_the_next():
    found = lines(repeated("2025-06-20", "2025-12-12", "2026-09-01"))

    assert found == [
        ("2025-07-01", "2025-06-20"),
        ("2026-01-01", "2025-12-12"),
        ("2026-07-01", "2026-09-01"),
        ("2027-03-01", ""),
    ]


def test_nothing_is_due_after_the_day_until_which_it_repeats():
    assert lines(repeated("2025-06-20", repeats_until=on("2025-12-31"))) == [("2025-07-01", "2025-06-20")]
    assert lines(repeated("2025-06-20", repeats_until=on("2026-01-01")))[1:] == [("2026-01-01", "")]


def test_a_fulfilment_after_the_last_due_date_opens_nothing():
    found = lines(repeated("2025-06-20", "2026-01-05", repeats_until=on("2025-12-31")))

    assert found == [("2025-07-01", "2025-06-20")]


def test_a_commitment_that_was_fulfilled_as_a_whole_owes_no_next_time():
    assert lines(repeated("2025-06-20", fulfilled_on=on("2025-09-01"))) == [("2025-07-01", "2025-06-20")]


def test_fulfilling_the_whole_keeps_what_is_due_by_then():
    assert lines(repeated(fulfilled_on=on("2025-06-01"))) == [("2025-07-01", "2025-06-01")]
    assert lines(repeated("2025-06-20", fulfilled_on=on("2026-03-01")))[1:] == [("2026-01-01", "2026-03-01")]


def test_the_end_of_a_month_stays_within_a_shorter_month():
    found = lines(repeated("2026-01-31", "2026-02-28", every=1, first="2026-01-31"))

    # From 28 February on it is the 28th: the months count from the due date itself.
    assert [subject for subject, _met in found] == ["2026-01-31", "2026-02-28", "2026-03-28"]


def test_two_fulfilments_on_one_day_count_as_one():
    assert lines(repeated("2025-06-20", "2025-06-20")) == lines(repeated("2025-06-20"))


def test_what_was_held_before_the_commitment_was_made_counts_for_nothing():
    assert lines(repeated("2024-12-01")) == [("2025-07-01", "")]


def test_a_fulfilment_on_an_unknown_day_makes_the_open_time_unknown_never_late():
    commitment = repeated()._replace(fulfilments=(UNKNOWN_DAY,))

    [line] = commitment_kept(commitment, DAYS)
    assert (line.subject, line.missing, line.due) == ("2025-07-01", ("fulfilled_on",), None)


def test_beside_an_unknown_day_a_late_fulfilment_is_not_provably_late():
    commitment = repeated()._replace(fulfilments=(on("2025-08-15"), UNKNOWN_DAY))

    assert [line.missing for line in commitment_kept(commitment, DAYS)] == [("fulfilled_on",), ("fulfilled_on",)]


def test_a_first_due_date_without_a_day_is_what_is_missing():
    commitment = repeated("2025-06-20")._replace(repeats_first_due_on=UNKNOWN_DAY)

    [line] = commitment_kept(commitment, DAYS)
    assert (line.subject, line.missing) == ("", ("due_on",))


def test_both_bounds_of_an_imprecise_due_date_move_by_the_months():
    commitment = repeated()._replace(
        repeats_first_due_on=ImpreciseDate(date(2025, 7, 1), date(2025, 7, 31), "month"),
        fulfilments=(ImpreciseDate(date(2025, 7, 11), date(2025, 8, 5), "range"),),
    )

    found = list(commitment_kept(commitment, DAYS))
    assert [(line.subject, line.met) for line in found] == [("2025-07-31", date(2025, 7, 11)), ("2026-02-05", None)]
    assert found[1].due[:2] == (date(2026, 1, 11), date(2026, 2, 5))


def test_a_repetition_without_months_is_no_repetition():
    commitment = CommitmentFacts("T-1", made_on=on("2025-01-15"), due_on=on("2025-12-31"), repeats_every_months=0)

    assert lines(commitment) == [("", "")]


def test_a_commitment_that_repeats_is_dated_by_its_first_due_date():
    [line] = commitment_dated(repeated()._replace(owner="wethouder"), DAYS)

    assert line.met == date(2025, 1, 15)


def test_a_fulfilment_is_no_report():
    commitment = repeated("2025-02-01")

    assert [line.met for line in commitment_reported(commitment, DAYS, term=Term(90))] == [None]


def test_twelve_hundred_fulfilments_of_a_century_give_as_many_obligations_and_one():
    first = date(2026, 1, 31)
    fulfilments = tuple(ImpreciseDate.on(add_months(first, n)) for n in range(1200))
    commitment = CommitmentFacts(
        "T-1", repeats_every_months=1, repeats_first_due_on=ImpreciseDate.on(first), fulfilments=fulfilments
    )

    assert len(list(commitment_kept(commitment, DAYS))) == 1201


def test_no_due_date_lies_after_the_last_year_of_the_format():
    same = tuple(ImpreciseDate(date(2026, 1, 1), date(2026, 12, 31), "year") for _ in range(100))
    commitment = CommitmentFacts(
        "T-1", repeats_every_months=120, repeats_first_due_on=on("2026-12-31"), fulfilments=same
    )

    assert [line.due.latest.year for line in commitment_kept(commitment, DAYS)][-1] <= MAX_YEAR


@given(repeated_commitments())
def test_due_dates_strictly_increase_and_are_at_most_one_more_than_fulfilments(commitment):
    found = list(commitment_kept(commitment, DAYS))
    subjects = [line.subject for line in found]

    assert subjects == sorted(set(subjects))
    assert len(found) <= len(commitment.fulfilments) + 1
    for line in found:
        assert line.due is None or line.due.latest.isoformat() == line.subject
        assert line.due is None or line.due.earliest is None or line.due.earliest <= line.due.latest


@given(repeated_commitments(), st.randoms())
def test_the_order_in_which_fulfilments_were_recorded_does_not_matter(commitment, random):
    shuffled = list(commitment.fulfilments)
    random.shuffle(shuffled)

    assert list(commitment_kept(commitment._replace(fulfilments=tuple(shuffled)), DAYS)) == list(
        commitment_kept(commitment, DAYS)
    )


@given(repeated_commitments(), imprecise_dates())
def test_one_more_fulfilment_never_takes_a_line_away(commitment, extra):
    more = commitment._replace(fulfilments=(*commitment.fulfilments, extra))

    assert len(list(commitment_kept(more, DAYS))) >= len(list(commitment_kept(commitment, DAYS)))


@given(days, st.integers(1, 120), st.integers(1, 120))
def test_months_are_added_in_calendar_order(day, months, more):
    assert add_months(day, months) > day
    assert add_months(day, months + more) > add_months(day, months)
    assert add_months(day, months).day <= day.day


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-03-31", 120, "2036-03-31"),
    ],
)
def test_a_day_so_many_months_later_is_the_same_day_or_the_last_of_the_month(day, months, expected):
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_a_dossier_row_is_read_with_its_repetition_and_fulfilments_in_order():
    commitment = commitment_of(
        {
            "number": "T-1",
            "repeats": {"every_months": 6, "first_due_on": "2025-07-01", "until": "2030-12-31"},
            "fulfilments": [{"on": "2026-01-05", "text": "…"}, {"on": "2025-06-20"}, {"text": "op een onbekende dag"}],
        }
    )

    assert commitment.repeats_every_months == 6
    assert commitment.repeats_first_due_on == on("2025-07-01")
    assert commitment.repeats_until == on("2030-12-31")
    assert commitment.fulfilments == (on("2025-06-20"), on("2026-01-05"), None)
