"""Evaluation forms: links to distribute, one answer for each link, and nothing that identifies the respondent."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from participation.compliance.rulebooks import load_rulebooks
from participation.models import EvaluationCount, EvaluationLink, EvaluationResponse, Obligation, Step
from participation.selectors.associations.evaluations import form_origins
from participation.services.associations.evaluations import (
    MAX_LINKS,
    LinkSpent,
    delete_unused_links,
    make_links,
    new_token,
    normalised_token,
    store_response,
    usable_link,
)
from participation.services.changes.undo import undo
from tests import world

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 21)
NOW = world.moment("2026-03-21T09:00")
SCORES = {"fairness": 8, "heard": 7, "informed": None}


def write_arguments():
    return {"rulebooks": load_rulebooks(settings.RULEBOOK), "today": TODAY, "now": NOW}


@pytest.fixture
def evening():
    return world.step(world.trajectory(), title="Bewonersavond", done=world.on("2026-03-20"))


def link(evening):
    return EvaluationLink.objects.create(step=evening, token=new_token(), made_on=TODAY)


def test_the_first_links_record_the_distribution_day_of_the_form(evening):
    adviser = world.user("adviser")

    links, entry = make_links(adviser, evening, 3, date(2026, 3, 23), **write_arguments())

    assert len({one.token for one in links}) == EvaluationLink.objects.filter(step=evening, used=False).count() == 3
    assert Step.objects.get().evaluation_sent_on == world.on("2026-03-23")
    obligation = Obligation.objects.open().get(rule="meeting-evaluated", subject=evening.ref)
    assert obligation.met_on == date(2026, 3, 23)
    assert (entry.verb, entry.about, entry.by) == ("evaluated", "Bewonersavond", adviser)
    undo(entry, adviser, **write_arguments())
    assert Step.objects.get().evaluation_sent_on is None


def test_later_links_keep_the_distribution_day(evening):
    make_links(world.user("adviser"), evening, 1, TODAY, **write_arguments())
    stale = Step.objects.get()
    stale.evaluation_sent_on = None

    _links, entry = make_links(world.user("coordinator"), stale, 2, date(2026, 4, 1), **write_arguments())

    assert entry is None
    assert Step.objects.get().evaluation_sent_on == world.on("2026-03-21")
    assert EvaluationLink.objects.count() == 3


@pytest.mark.parametrize(("how_many", "day"), [(0, TODAY), (-1, TODAY), (MAX_LINKS + 1, TODAY), (1, date(2026, 3, 20))])
def test_an_invalid_number_or_a_date_before_the_links_is_rejected(evening, how_many, day):
    with pytest.raises(ValidationError):
        make_links(world.user("adviser"), evening, how_many, day, **write_arguments())
    assert not EvaluationLink.objects.exists()
    assert Step.objects.get().evaluation_sent_on is None


def test_an_answer_uses_up_its_link_and_stores_nothing_of_it(evening):
    spent, other = link(evening), link(evening)

    store_response(spent.token, SCORES, " Fijn dat het kon. ", TODAY)

    answer = EvaluationResponse.objects.get()
    assert (answer.step, answer.fairness, answer.heard, answer.informed) == (evening, 8, 7, None)
    assert (answer.remark, answer.answered_on) == ("Fijn dat het kon.", TODAY)
    assert {field.name for field in EvaluationResponse._meta.get_fields()} == {
        *("id", "step", "answered_on", "fairness", "heard", "informed", "remark")
    }
    assert list(EvaluationLink.objects.filter(used=False)) == [other]


def test_a_link_is_valid_for_one_answer(evening):
    spent = link(evening)
    store_response(spent.token, SCORES, "", TODAY)

    with pytest.raises(LinkSpent):
        store_response(spent.token, SCORES, "", TODAY)
    assert EvaluationResponse.objects.count() == 1


def test_of_two_concurrent_answers_with_one_link_one_is_accepted(evening, monkeypatch):
    from participation.services.associations import evaluations

    one = link(evening)
    # The other transaction comes between the check and the claim.
    looked = evaluations.usable_link

    def look(token):
        found = looked(token)
        EvaluationLink.objects.update(used=True)
        return found

    monkeypatch.setattr(evaluations, "usable_link", look)
    with pytest.raises(LinkSpent):
        store_response(one.token, SCORES, "", TODAY)
    assert not EvaluationResponse.objects.exists()


@pytest.mark.parametrize("token", ["", "zzzz-zzzz-zzzz", "x" * 500, "\0", "abcd\0efghjk", "é"])
def test_an_unknown_link_is_rejected(evening, token, django_assert_max_num_queries):
    link(evening)
    # An impossible token is not queried: PostgreSQL refuses a NUL character.
    looks = 4 if token.startswith("zzzz") else 0
    with django_assert_max_num_queries(looks), pytest.raises(LinkSpent):
        usable_link(token)
    with pytest.raises(LinkSpent):
        store_response(token, SCORES, "", TODAY)


def test_the_form_of_a_cancelled_meeting_is_closed(evening):
    one = link(evening)
    Step.objects.update(cancelled=True)
    with pytest.raises(LinkSpent):
        store_response(one.token, SCORES, "", TODAY)


@pytest.mark.parametrize(
    ("scores", "remark"), [({}, " "), ({"heard": 11}, ""), ({"heard": 0}, "Hm"), ({"fairness": -1}, "")]
)
def test_an_invalid_answer_does_not_use_up_its_link(evening, scores, remark):
    one = link(evening)
    with pytest.raises(ValidationError):
        store_response(one.token, scores, remark, TODAY)
    assert usable_link(one.token) == one
    assert not EvaluationResponse.objects.exists()


def test_every_question_is_optional(evening):
    store_response(link(evening).token, {}, "Alleen dit", TODAY)
    store_response(link(evening).token, {"heard": 1}, "", TODAY)
    assert EvaluationResponse.objects.count() == 2


def test_a_code_can_be_copied_from_paper(evening):
    one = link(evening)
    assert one.token == normalised_token(one.token.upper().replace("-", " "))
    assert usable_link(one.token.replace("-", "").upper()) == one
    assert not {*"01ilo"} & {*one.token}


def test_links_of_a_lost_sheet_are_revoked_and_answers_are_kept(evening):
    store_response(link(evening).token, SCORES, "", TODAY)
    lost = link(evening)
    elsewhere = link(world.step(evening.trajectory, "s2"))

    assert delete_unused_links(evening) == 1
    with pytest.raises(LinkSpent):
        store_response(lost.token, SCORES, "", TODAY)
    assert EvaluationResponse.objects.count() == 1
    assert usable_link(elsewhere.token) == elsewhere


def test_groups_and_neighbourhood_are_counted_apart_from_the_answer(evening):
    for number in range(5):
        groups = ["young_people", "renters"] if number else []
        store_response(link(evening).token, SCORES, "", TODAY, groups=groups, neighbourhood=world.CENTRE)
        assert (form_origins(evening) is None) is (number < 4)
    found = form_origins(evening)
    assert (found.answered, found.groups) == (5, {"young_people": 4, "renters": 4})
    assert found.neighbourhoods == {world.CENTRE: 5}
    columns = {field.name for field in EvaluationResponse._meta.get_fields()}
    assert columns == {"id", "step", "answered_on", *SCORES, "remark"}


def test_an_answer_that_is_refused_counts_nothing(evening):
    with pytest.raises(ValidationError):
        store_response(link(evening).token, {}, "", TODAY, groups=["renters"], neighbourhood=world.CENTRE)
    assert not EvaluationCount.objects.exists()
