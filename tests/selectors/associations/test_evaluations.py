"""Results of evaluation forms: shown from five answers on, in steps of five, and never for one answer."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given as holds_for
from hypothesis import strategies as st

from participation.models import EvaluationResponse
from participation.selectors.associations.evaluations import results_of
from tests import world
from tests.dossiers import rolled_back

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 21)


def evening():
    return world.step(world.trajectory())


def answer(step, *scores, remark=""):
    fairness, heard, informed = (*scores, None, None, None)[:3]
    EvaluationResponse.objects.create(
        step=step, answered_on=DAY, fairness=fairness, heard=heard, informed=informed, remark=remark
    )


def test_below_five_answers_only_the_number_is_shown():
    step = evening()
    for _number in range(4):
        answer(step, 1, 1, 1, remark="Slecht")

    found = results_of(step)

    assert (found.answered, found.included, found.has_results) == (4, 0, False)
    assert [(scored.answer_count, scored.average, sum(scored.spread)) for scored in found.questions] == [
        (0, None, 0)
    ] * 3
    assert found.remarks == ()


def test_from_five_answers_the_average_and_spread_are_shown():
    step = evening()
    for score in (4, 6, 8, 8, 9):
        answer(step, score, 7)

    fairness, heard, informed = results_of(step).questions

    assert (fairness.answer_count, fairness.average) == (5, 7.0)
    assert [row for row in fairness.rows if row[1]] == [(4, 1), (6, 1), (8, 2), (9, 1)]
    assert (heard.average, informed.average) == (7.0, None)


def test_results_do_not_change_between_five_and_ten_answers():
    step = evening()
    for _number in range(5):
        answer(step, 8, 8, 8, remark="Prima")
    results = results_of(step)
    for _number in range(4):
        answer(step, 1, 1, 1, remark="Ik ben de zesde")
        later = results_of(step)
        assert (later.questions, later.remarks, later.included) == (results.questions, results.remarks, 5)
        assert later.has_newer

    answer(step, 1, 1, 1)

    assert results_of(step).questions[0].answer_count == 10


def test_a_question_with_few_answers_waits_for_five_of_its_own():
    step = evening()
    for _number in range(9):
        answer(step, 8)
    answer(step, 8, 2)

    fairness, heard, _informed = results_of(step).questions

    assert (fairness.answer_count, heard.answer_count, heard.average) == (10, 0, None)


def test_the_order_of_remarks_does_not_reveal_the_order_of_answers():
    remarks = ["Fijn", "Te laat", "Te kort", "Warm", "Geen koffie"]
    first, second = evening(), world.step(world.trajectory("brug"))
    for remark in remarks:
        answer(first, remark=remark)
    for remark in reversed(remarks):
        answer(second, remark=remark)

    shown_remarks = results_of(first).remarks

    assert sorted(shown_remarks) == sorted(remarks)
    assert shown_remarks == results_of(second).remarks
    assert shown_remarks != tuple(remarks)


def test_answers_about_another_meeting_are_not_counted():
    step = evening()
    other = world.step(step.trajectory, "s2")
    for _number in range(5):
        answer(other, 8)
    assert results_of(step).answered == 0


_ANSWERS = st.lists(st.tuples(*[st.none() | st.integers(1, 10)] * 3), max_size=16)


@holds_for(_ANSWERS)
def test_each_update_of_the_results_adds_at_least_five_answers(given):
    def body():
        step = evening()
        before = results_of(step).questions
        for scores in given:
            answer(step, *scores)
            after = results_of(step).questions
            for old, new in zip(before, after, strict=True):
                assert new.answer_count - old.answer_count in (0, 5)
                assert (new == old) is (new.answer_count == old.answer_count)
                assert sum(new.spread) == new.answer_count
            before = after

    rolled_back(body)


def test_results_take_one_query(django_assert_num_queries):
    step = evening()
    for _number in range(50):
        answer(step, 8, remark="Prima")
    with django_assert_num_queries(1):
        results_of(step)
