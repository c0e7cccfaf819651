"""Results of evaluation forms: from five answers on, by fives, and never an answer by itself."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given as holds_for
from hypothesis import strategies as st

from participation.models import EvaluationResponse
from participation.selectors.evaluations import results_of
from tests import world
from tests.dossiers import undone

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 21)


def evening():
    return world.step(world.trajectory())


def answer(step, *scores, remark=""):
    fairness, heard, informed = (*scores, None, None, None)[:3]
    EvaluationResponse.objects.create(
        step=step, answered_on=DAY, fairness=fairness, heard=heard, informed=informed, remark=remark
    )


def test_below_five_answers_nothing_is_told_but_how_many_came():
    step = evening()
    for _number in range(4):
        answer(step, 1, 1, 1, remark="Slecht")

    found = results_of(step)

    assert (found.answered, found.included, found.missing, found.enough) == (4, 0, 1, False)
    assert [(scored.counted, scored.average, sum(scored.spread)) for scored in found.questions] == [(0, None, 0)] * 3
    assert found.remarks == ()


def test_from_five_answers_on_average_and_spread_are_told():
    step = evening()
    for score in (4, 6, 8, 8, 9):
        answer(step, score, 7)

    fairness, heard, informed = results_of(step).questions

    assert (fairness.counted, fairness.average) == (5, 7.0)
    assert [row for row in fairness.rows if row[1]] == [(4, 1), (6, 1), (8, 2), (9, 1)]
    assert (heard.average, informed.average) == (7.0, None)


def test_a_sixth_answer_changes_nothing_until_there_are_ten():
    step = evening()
    for _number in range(5):
        answer(step, 8, 8, 8, remark="Prima")
    told = results_of(step)
    for number in range(4):
        answer(step, 1, 1, 1, remark="Ik ben de zesde")
        later = results_of(step)
        assert (later.questions, later.remarks, later.included) == (told.questions, told.remarks, 5)
        assert later.waiting == number + 1

    answer(step, 1, 1, 1)

    assert results_of(step).questions[0].counted == 10


def test_a_question_that_many_left_open_waits_for_five_answers_of_its_own():
    step = evening()
    for _number in range(9):
        answer(step, 8)
    answer(step, 8, 2)

    fairness, heard, _informed = results_of(step).questions

    assert (fairness.counted, heard.counted, heard.average) == (10, 0, None)


def test_the_order_of_remarks_says_nothing_of_who_came_when():
    remarks = ["Fijn", "Te laat", "Te kort", "Warm", "Geen koffie"]
    first, second = evening(), world.step(world.trajectory("brug"))
    for remark in remarks:
        answer(first, remark=remark)
    for remark in reversed(remarks):
        answer(second, remark=remark)

    told = results_of(first).remarks

    assert sorted(told) == sorted(remarks)
    assert told == results_of(second).remarks
    assert told != tuple(remarks)


def test_answers_of_another_meeting_do_not_count():
    step = evening()
    other = world.step(step.trajectory, "s2")
    for _number in range(5):
        answer(other, 8)
    assert results_of(step).answered == 0


_ANSWERS = st.lists(st.tuples(*[st.none() | st.integers(1, 10)] * 3), max_size=16)


@holds_for(_ANSWERS)
def test_between_two_looks_never_fewer_than_five_answers_to_a_question_are_added(given):
    def body():
        step = evening()
        before = results_of(step).questions
        for scores in given:
            answer(step, *scores)
            after = results_of(step).questions
            for old, new in zip(before, after, strict=True):
                assert new.counted - old.counted in (0, 5)
                assert (new == old) is (new.counted == old.counted)
                assert sum(new.spread) == new.counted
            before = after

    undone(body)


def test_results_take_one_query(django_assert_num_queries):
    step = evening()
    for _number in range(50):
        answer(step, 8, remark="Prima")
    with django_assert_num_queries(1):
        results_of(step)
