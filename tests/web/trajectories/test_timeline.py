"""The drawing of the timeline: everything is in its place for any steps."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance import vocabulary as words
from participation.compliance.dates import ImpreciseDate
from participation.models import Step
from participation.presentation.labels import state_of
from participation.web.trajectories.timeline import (
    HALF_WIDTHS,
    NARROW_WIDTH,
    RADIUS,
    WIDE_WIDTH,
    TimelineEvent,
    draw_timeline,
    shape_of,
    sort_events,
)

TODAY = date(2026, 4, 20)


def day(text):
    return ImpreciseDate.on(date.fromisoformat(text))


def evening(ref="s1", when="2026-03-20", **columns):
    return TimelineEvent(ref, "activity", "exploration", day(when) if when else None, **columns)


@st.composite
def events(draw):
    """Return a strategy for steps, over decades or on one day, with and without dates."""
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


@given(events(), st.sampled_from([NARROW_WIDTH, WIDE_WIDTH]))
def test_every_step_has_one_shape_inside_the_timeline_without_overlap(found, width):
    drawing = draw_timeline(found, TODAY, width)

    assert [mark.number for mark in sorted(drawing.markers)] == list(range(1, len(found) + 1))
    assert {mark.ref for mark in drawing.markers} == {event.ref for event in found}
    for mark in drawing.markers:
        half = HALF_WIDTHS.get(mark.shape, RADIUS)
        assert 0 <= mark.x - half <= mark.x + half <= width
        assert 0 < mark.y < drawing.axis_y
    for span in drawing.spans:
        assert span.x < span.to
    markers = sorted(drawing.markers, key=lambda mark: (mark.y, mark.x))
    for one, other in itertools.pairwise(markers):
        if one.y == other.y:
            assert other.x - one.x > RADIUS * 2 - 1


@given(events())
def test_a_later_day_is_further_to_the_right(found):
    drawing = draw_timeline(found, TODAY)
    places = {mark.ref: mark.x for mark in drawing.markers}
    days = [e for e in sort_events(found) if e.when and e.when.precision == "day" and not (e.end and e.end.latest)]

    xs = [places[event.ref] for event in days]
    assert xs == sorted(xs)


@given(events())
def test_axis_labels_are_few_ordered_and_inside_the_timeline(found):
    for width in (NARROW_WIDTH, WIDE_WIDTH):
        drawing = draw_timeline(found, TODAY, width)
        xs = [tick.x for tick in drawing.ticks]
        assert xs == sorted(xs)
        assert len(xs) <= width // 50
        assert all(0 <= x <= width for x in xs)
        assert drawing.today is None or 0 <= drawing.today <= width


def test_no_steps_make_an_empty_timeline():
    drawing = draw_timeline([], TODAY)

    assert drawing.bands == drawing.markers == drawing.ticks == ()
    assert drawing.today is None


def test_one_step_is_shown_on_a_timeline_with_today():
    drawing = draw_timeline([evening()], TODAY)

    assert [band.phase for band in drawing.bands] == ["exploration"]
    assert drawing.today is not None
    assert drawing.today > drawing.markers[0].x
    assert len(drawing.ticks) >= 1


def test_undated_steps_are_separate_at_the_end():
    drawing = draw_timeline([evening("a", None), evening("b"), TimelineEvent("c", when=ImpreciseDate.unknown())], TODAY)

    assert [band.phase for band in drawing.bands] == ["exploration", "undated"]
    assert [mark.ref for mark in drawing.markers] == ["b", "a", "c"]
    assert draw_timeline([evening("a", None)], TODAY).ticks == ()


def test_today_is_omitted_where_it_would_compress_the_rest():
    assert draw_timeline([evening("a", "2017-03-01"), evening("b", "2017-04-01")], TODAY).today is None
    assert draw_timeline([evening("a", "2026-03-01"), evening("b", "2026-04-01")], TODAY).today is not None


HELD, CLOSES = day("2026-04-10"), day("2026-04-20")


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "planned"),
        ({"done": HELD}, "done"),
        ({"optional": True}, "optional"),
        ({"optional": True, "done": HELD}, "done"),
        ({"cancelled": True, "done": HELD}, "cancelled"),
        # Started is not done: it is open until the end of its last day.
        ({"done": HELD, "closes": CLOSES}, "open"),
        ({"done": HELD, "closes": day("2026-04-19")}, "done"),
        ({"kind": "inspection", "done": HELD}, "open"),
        ({"kind": "inspection", "done": day("2026-03-09")}, "done"),
        ({"cancelled": True, "done": HELD, "closes": CLOSES}, "cancelled"),
        ({"optional": True, "closes": CLOSES}, "optional"),
    ],
)
def test_a_step_is_planned_open_done_uncertain_or_cancelled(columns, state):
    assert state_of(Step(**{"kind": "activity", **columns}), TODAY) == state


@pytest.mark.parametrize("state", ["planned", "open", "done", "optional", "cancelled"])
def test_each_state_has_its_own_shape(state):
    [mark] = draw_timeline([evening(state=state)], TODAY).markers

    assert mark.state == state


def test_an_imprecise_date_is_drawn_as_a_range_and_an_exact_one_is_not():
    wide = TimelineEvent("a", "activity", "", ImpreciseDate(date(2026, 3, 1), date(2026, 3, 31), "month"))
    around = TimelineEvent("b", "activity", "", ImpreciseDate(date(2026, 4, 1), date(2026, 4, 1), "approximate"))
    latest = TimelineEvent("c", "activity", "", ImpreciseDate(None, date(2026, 4, 9), "not_later_than"))
    spans = {
        span.number: span for span in draw_timeline([wide, around, latest, evening("d", "2026-04-11")], TODAY).spans
    }
    markers = {
        mark.number: mark for mark in draw_timeline([wide, around, latest, evening("d", "2026-04-11")], TODAY).markers
    }

    assert sorted(spans) == [1, 2, 3]
    assert all(span.imprecise for span in spans.values())
    assert spans[1].x < markers[1].x < spans[1].to
    assert spans[3].x < markers[3].x == spans[3].to


def test_an_open_period_is_drawn_until_it_closes():
    inspection = TimelineEvent("a", "inspection", "", day("2026-03-01"), day("2026-04-12"))
    [span] = draw_timeline([inspection], TODAY).spans
    [mark] = draw_timeline([inspection], TODAY).markers

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


def test_sixty_steps_fit_on_a_phone():
    steps = [evening(f"s{n}", (date(2026, 1, 1) + timedelta(days=3 * n)).isoformat()) for n in range(60)]
    drawing = draw_timeline(steps, TODAY)

    assert len(drawing.markers) == 60
    assert drawing.width == 320
    assert drawing.height < 500
