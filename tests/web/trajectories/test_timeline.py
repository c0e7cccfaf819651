"""The drawing of the timeline: everything in its place, whatever the steps are."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance import vocabulary as words
from participation.compliance.dates import ImpreciseDate
from participation.models import Step
from participation.reports.labels import state_of
from participation.web.trajectories.timeline import HALF, NARROW, RADIUS, WIDE, TimelineEvent, drawn, in_order, shape_of

TODAY = date(2026, 4, 20)


def day(text):
    return ImpreciseDate.on(date.fromisoformat(text))


def evening(ref="s1", when="2026-03-20", **columns):
    return TimelineEvent(ref, "activity", "exploration", day(when) if when else None, **columns)


@st.composite
def events(draw):
    """Any steps, over decades or on one day, with and without days."""
    first = draw(st.dates(date(1950, 1, 1), date(2080, 1, 1)))
    far = draw(st.sampled_from([0, 1, 40, 400, 20_000]))
    found = []
    for number in range(draw(st.integers(0, 25))):
        begin = first + timedelta(days=draw(st.integers(0, far)))
        last = begin + timedelta(days=draw(st.sampled_from([0, 0, 9, 300])))
        when = draw(
            st.sampled_from(
                [
                    ImpreciseDate.on(begin),
                    ImpreciseDate(begin, last, "range"),
                    ImpreciseDate(None, last, "not_later_than"),
                    ImpreciseDate(begin, begin, "tentative"),
                    ImpreciseDate(None, None, "unscheduled"),
                    None,
                ]
            )
        )
        end = draw(st.sampled_from([None, None, ImpreciseDate.on(last), ImpreciseDate.unknown()]))
        kind, phase = draw(st.sampled_from(words.STEP_KINDS)), draw(st.sampled_from(["", *words.PHASES]))
        state = draw(st.sampled_from(["planned", "optional", "done", "open", "cancelled"]))
        found.append(TimelineEvent(f"s{number}", kind, phase, when, end, state))
    return found


@given(events(), st.sampled_from([NARROW, WIDE]))
def test_every_step_has_one_shape_within_the_picture_and_none_covers_another(found, width):
    drawing = drawn(found, TODAY, width)

    assert [mark.number for mark in sorted(drawing.marks)] == list(range(1, len(found) + 1))
    assert {mark.ref for mark in drawing.marks} == {event.ref for event in found}
    for mark in drawing.marks:
        half = HALF.get(mark.shape, RADIUS)
        assert 0 <= mark.x - half <= mark.x + half <= width
        assert 0 < mark.y < drawing.foot
    for span in drawing.spans:
        assert span.x < span.to
    marks = sorted(drawing.marks, key=lambda mark: (mark.y, mark.x))
    for one, other in itertools.pairwise(marks):
        if one.y == other.y:
            assert other.x - one.x > RADIUS * 2 - 1


@given(events())
def test_a_later_day_stands_further_to_the_right(found):
    drawing = drawn(found, TODAY)
    places = {mark.ref: mark.x for mark in drawing.marks}
    days = [e for e in in_order(found) if e.when and e.when.precision == "day" and not (e.end and e.end.latest)]

    xs = [places[event.ref] for event in days]
    assert xs == sorted(xs)


@given(events())
def test_dates_under_the_line_are_few_in_order_and_in_the_picture(found):
    for width in (NARROW, WIDE):
        drawing = drawn(found, TODAY, width)
        xs = [tick.x for tick in drawing.ticks]
        assert xs == sorted(xs)
        assert len(xs) <= width // 50
        assert all(0 <= x <= width for x in xs)
        assert drawing.today is None or 0 <= drawing.today <= width


def test_no_steps_make_an_empty_picture():
    drawing = drawn([], TODAY)

    assert drawing.bands == drawing.marks == drawing.ticks == ()
    assert drawing.today is None


def test_one_step_stands_in_a_picture_with_today():
    drawing = drawn([evening()], TODAY)

    assert [band.phase for band in drawing.bands] == ["exploration"]
    assert drawing.today is not None
    assert drawing.today > drawing.marks[0].x
    assert len(drawing.ticks) >= 1


def test_what_has_no_day_stands_apart_at_the_end():
    drawing = drawn([evening("a", None), evening("b"), TimelineEvent("c", when=ImpreciseDate.unknown())], TODAY)

    assert [band.phase for band in drawing.bands] == ["exploration", "undated"]
    assert [mark.ref for mark in drawing.marks] == ["b", "a", "c"]
    assert drawn([evening("a", None)], TODAY).ticks == ()


def test_today_is_left_out_where_it_would_make_all_else_small():
    assert drawn([evening("a", "2017-03-01"), evening("b", "2017-04-01")], TODAY).today is None
    assert drawn([evening("a", "2026-03-01"), evening("b", "2026-04-01")], TODAY).today is not None


HELD, CLOSES = day("2026-04-10"), day("2026-04-20")


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "planned"),
        ({"done": HELD}, "done"),
        ({"optional": True}, "optional"),
        ({"optional": True, "done": HELD}, "done"),
        ({"cancelled": True, "done": HELD}, "cancelled"),
        # Begun is not done: it is open up to and with its last day.
        ({"done": HELD, "closes": CLOSES}, "open"),
        ({"done": HELD, "closes": day("2026-04-19")}, "done"),
        ({"kind": "inspection", "done": HELD}, "open"),
        ({"kind": "inspection", "done": day("2026-03-09")}, "done"),
        ({"cancelled": True, "done": HELD, "closes": CLOSES}, "cancelled"),
        ({"optional": True, "closes": CLOSES}, "optional"),
    ],
)
def test_a_step_is_planned_open_done_perhaps_or_cancelled(columns, state):
    assert state_of(Step(**{"kind": "activity", **columns}), TODAY) == state


@pytest.mark.parametrize("state", ["planned", "open", "done", "optional", "cancelled"])
def test_each_state_is_drawn_apart(state):
    [mark] = drawn([evening(state=state)], TODAY).marks

    assert mark.state == state


def test_an_imprecise_date_is_a_stretch_and_a_precise_one_is_none():
    wide = TimelineEvent("a", "activity", "", ImpreciseDate(date(2026, 3, 1), date(2026, 3, 31), "month"))
    around = TimelineEvent("b", "activity", "", ImpreciseDate(date(2026, 4, 1), date(2026, 4, 1), "approximate"))
    latest = TimelineEvent("c", "activity", "", ImpreciseDate(None, date(2026, 4, 9), "not_later_than"))
    spans = {span.number: span for span in drawn([wide, around, latest, evening("d", "2026-04-11")], TODAY).spans}
    marks = {mark.number: mark for mark in drawn([wide, around, latest, evening("d", "2026-04-11")], TODAY).marks}

    assert sorted(spans) == [1, 2, 3]
    assert all(span.imprecise for span in spans.values())
    assert spans[1].x < marks[1].x < spans[1].to
    assert spans[3].x < marks[3].x == spans[3].to


def test_what_is_open_for_a_while_runs_until_it_closes():
    inspection = TimelineEvent("a", "inspection", "", day("2026-03-01"), day("2026-04-12"))
    [span] = drawn([inspection], TODAY).spans
    [mark] = drawn([inspection], TODAY).marks

    assert not span.imprecise
    assert span.x == mark.x
    assert mark.shape == "bar"


def test_kinds_of_step_differ_in_shape():
    assert (
        len(
            {
                shape_of(TimelineEvent("a", kind))
                for kind in ("activity", "decision", "inspection", "briefing", "update")
            }
        )
        == 5
    )


def test_sixty_steps_fit_a_telephone():
    steps = [evening(f"s{n}", (date(2026, 1, 1) + timedelta(days=3 * n)).isoformat()) for n in range(60)]
    drawing = drawn(steps, TODAY)

    assert len(drawing.marks) == 60
    assert drawing.width == 320
    assert drawing.height < 500
