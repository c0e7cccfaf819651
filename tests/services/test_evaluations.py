"""Evaluation forms: links to hand out, one answer a link, and nothing that tells whose it was."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from participation.compliance.rulebook import load
from participation.models import EvaluationLink, EvaluationResponse, Obligation, Step
from participation.services.changesets import undo
from participation.services.evaluations import (
    MOST_LINKS,
    LinkSpent,
    fill_in,
    make_links,
    new_code,
    open_link,
    withdraw_links,
    written,
)
from tests import world

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 21)
NOW = world.moment("2026-03-21T09:00")
SCORES = {"fairness": 8, "heard": 7, "informed": None}


def door():
    return {"rulebook": load(settings.RULEBOOK), "today": TODAY, "now": NOW}


@pytest.fixture
def evening():
    return world.step(world.trajectory(), title="Bewonersavond", done=world.on("2026-03-20"))


def link(evening):
    return EvaluationLink.objects.create(step=evening, token=new_code(), made_on=TODAY)


def test_the_first_links_record_the_day_on_which_the_form_is_handed_out(evening):
    adviser = world.user("adviser")

    links, entry = make_links(adviser, evening, 3, date(2026, 3, 23), **door())

    assert len({one.token for one in links}) == EvaluationLink.objects.filter(step=evening, used=False).count() == 3
    assert Step.objects.get().evaluation_sent_on == world.on("2026-03-23")
    owed = Obligation.objects.open().get(rule="meeting-evaluated", subject=evening.ref)
    assert owed.met_on == date(2026, 3, 23)
    assert (entry.verb, entry.about, entry.by) == ("evaluated", "Bewonersavond", adviser)
    undo(entry, adviser, **door())
    assert Step.objects.get().evaluation_sent_on is None


def test_later_links_leave_that_day_as_it_is(evening):
    make_links(world.user("adviser"), evening, 1, TODAY, **door())
    stale = Step.objects.get()
    stale.evaluation_sent_on = None

    _links, entry = make_links(world.user("coordinator"), stale, 2, date(2026, 4, 1), **door())

    assert entry is None
    assert Step.objects.get().evaluation_sent_on == world.on("2026-03-21")
    assert EvaluationLink.objects.count() == 3


@pytest.mark.parametrize(
    ("how_many", "day"), [(0, TODAY), (-1, TODAY), (MOST_LINKS + 1, TODAY), (1, date(2026, 3, 20))]
)
def test_a_senseless_number_or_a_day_before_the_links_were_made_is_refused(evening, how_many, day):
    with pytest.raises(ValidationError):
        make_links(world.user("adviser"), evening, how_many, day, **door())
    assert not EvaluationLink.objects.exists()
    assert Step.objects.get().evaluation_sent_on is None


def test_an_answer_spends_its_link_and_keeps_nothing_of_it(evening):
    spent, other = link(evening), link(evening)

    fill_in(spent.token, SCORES, " Fijn dat het kon. ", TODAY)

    answer = EvaluationResponse.objects.get()
    assert (answer.step, answer.fairness, answer.heard, answer.informed) == (evening, 8, 7, None)
    assert (answer.remark, answer.answered_on) == ("Fijn dat het kon.", TODAY)
    assert {field.name for field in EvaluationResponse._meta.get_fields()} == {
        *("id", "step", "answered_on", "fairness", "heard", "informed", "remark")
    }
    assert list(EvaluationLink.objects.filter(used=False)) == [other]


def test_a_link_is_good_for_one_answer(evening):
    spent = link(evening)
    fill_in(spent.token, SCORES, "", TODAY)

    with pytest.raises(LinkSpent):
        fill_in(spent.token, SCORES, "", TODAY)
    assert EvaluationResponse.objects.count() == 1


def test_of_two_who_come_at_once_one_is_let_in(evening, monkeypatch):
    from participation.services import evaluations

    one = link(evening)
    # The other comes between looking and claiming.
    looked = evaluations.open_link

    def look(token):
        found = looked(token)
        EvaluationLink.objects.update(used=True)
        return found

    monkeypatch.setattr(evaluations, "open_link", look)
    with pytest.raises(LinkSpent):
        fill_in(one.token, SCORES, "", TODAY)
    assert not EvaluationResponse.objects.exists()


@pytest.mark.parametrize("token", ["", "zzzz-zzzz-zzzz", "x" * 500, "\0", "abcd\0efghjk", "é"])
def test_a_link_that_nobody_made_is_refused(evening, token, django_assert_max_num_queries):
    link(evening)
    # What cannot be a token is not looked for at all: not every database takes a NUL.
    looks = 4 if token.startswith("zzzz") else 0
    with django_assert_max_num_queries(looks), pytest.raises(LinkSpent):
        open_link(token)
    with pytest.raises(LinkSpent):
        fill_in(token, SCORES, "", TODAY)


def test_a_form_of_a_cancelled_meeting_is_closed(evening):
    one = link(evening)
    Step.objects.update(cancelled=True)
    with pytest.raises(LinkSpent):
        fill_in(one.token, SCORES, "", TODAY)


@pytest.mark.parametrize(
    ("scores", "remark"), [({}, " "), ({"heard": 11}, ""), ({"heard": 0}, "Hm"), ({"fairness": -1}, "")]
)
def test_what_is_wrong_with_an_answer_gives_the_link_back(evening, scores, remark):
    one = link(evening)
    with pytest.raises(ValidationError):
        fill_in(one.token, scores, remark, TODAY)
    assert open_link(one.token) == one
    assert not EvaluationResponse.objects.exists()


def test_every_question_may_be_left_open(evening):
    fill_in(link(evening).token, {}, "Alleen dit", TODAY)
    fill_in(link(evening).token, {"heard": 1}, "", TODAY)
    assert EvaluationResponse.objects.count() == 2


def test_a_code_can_be_typed_over_from_paper(evening):
    one = link(evening)
    assert one.token == written(one.token.upper().replace("-", " "))
    assert open_link(one.token.replace("-", "").upper()) == one
    assert not {*"01ilo"} & {*one.token}


def test_links_of_a_sheet_that_got_lost_are_withdrawn_and_answers_stay(evening):
    fill_in(link(evening).token, SCORES, "", TODAY)
    lost = link(evening)
    elsewhere = link(world.step(evening.trajectory, "s2"))

    assert withdraw_links(evening) == 1
    with pytest.raises(LinkSpent):
        fill_in(lost.token, SCORES, "", TODAY)
    assert EvaluationResponse.objects.count() == 1
    assert open_link(elsewhere.token) == elsewhere
