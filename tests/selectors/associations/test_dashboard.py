"""The dashboard of an association member: participation opportunities, and what waits for an answer since when."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation import models
from participation.compliance.rulebooks import load_rulebooks
from participation.selectors.associations.dashboard import dashboard_trajectories, open_requests, parties_of
from tests import world

pytestmark = pytest.mark.django_db

TODAY = date(2026, 4, 20)
RULEBOOKS = load_rulebooks("leiden")


@pytest.fixture
def member():
    return world.user("association_member", world.RESIDENTS)


def requests_of(user):
    return open_requests({party.slug for party in parties_of(user)}, RULEBOOKS, TODAY)


def dashboard_of(user):
    return dashboard_trajectories(user, parties_of(user), TODAY)


def test_organisations_are_listed_with_their_neighbourhoods(member):
    (party,) = parties_of(member)
    assert (party.slug, party.neighbourhoods) == (world.RESIDENTS, ((world.CENTRE, world.CENTRE.title()),))
    assert parties_of(world.user("adviser")) == []


def test_public_trajectories_nearby_or_naming_the_association_are_listed(member):
    world.trajectory("nabij")
    far = world.trajectory("ver", world.LAKES)
    world.trajectory("elders", world.LAKES)
    world.trajectory("geheim", public=False)
    world.plan(far, world.RESIDENTS)
    assert {one.slug: one.organisations for one in dashboard_of(member)} == {
        "nabij": (world.RESIDENTS,),
        "ver": (world.RESIDENTS,),
    }


def test_with_two_memberships_each_trajectory_names_the_associations_concerned():
    both = world.user("association_member", world.RESIDENTS, world.OUTSIDER)
    world.trajectory("nabij")
    world.trajectory("plas", world.LAKES)
    world.trajectory("stad", world.CENTRE, world.LAKES)
    assert {one.slug: set(one.organisations) for one in dashboard_of(both)} == {
        "nabij": {world.RESIDENTS},
        "plas": {world.OUTSIDER},
        "stad": {world.RESIDENTS, world.OUTSIDER},
    }


def test_the_next_step_is_the_first_that_is_not_over(member):
    square = world.trajectory()
    world.step(square, "s1", planned=world.on("2026-04-19"))
    world.step(square, "s2", planned=world.on("2026-05-20"))
    world.step(square, "s3", planned=world.on("2026-04-25"), cancelled=True)
    world.step(square, "s4", planned=world.on("2026-05-10"))
    world.step(square, "s5", planned=world.on("2026-04-20"), done=world.on("2026-04-20"))
    (one,) = dashboard_of(member)
    assert one.next_step.ref == "s4"


def test_a_step_for_another_party_only_is_no_opportunity(member):
    square = world.trajectory()
    columns = {"planned": world.on("2026-05-10"), "announced_on": world.on("2026-04-01")}
    world.step(square, "s1", audience=[world.RESIDENTS], **columns)
    world.step(square, "s2", audience=[world.SHOPS], **columns)
    (one,) = dashboard_of(member)
    assert [opportunity.step.ref for opportunity in one.opportunities] == ["s1"]


def test_a_survey_that_began_is_open_until_its_last_day(member):
    square = world.trajectory()
    begun = {"method": "survey", "planned": world.on("2026-04-10"), "done": world.on("2026-04-10")}
    world.step(square, closes=world.on("2026-04-20"), **begun)
    world.step(square, "s2", closes=world.on("2026-04-19"), **begun)
    (one,) = dashboard_of(member)
    assert [(opportunity.step.ref, opportunity.until) for opportunity in one.opportunities] == [("s1", TODAY)]


def test_open_opportunities_come_first_and_past_ones_last(member):
    world.trajectory("a-dicht", status="closed")
    world.trajectory("b-terug", retrospective=True)
    world.trajectory("c-stil")
    later = world.trajectory("d-straks")
    world.step(later, planned=world.on("2026-05-01"))
    now = world.trajectory("e-nu")
    world.step(now, planned=world.on("2026-06-01"), announced_on=world.on("2026-04-01"))
    assert [one.slug for one in dashboard_of(member)] == ["e-nu", "d-straks", "c-stil", "a-dicht", "b-terug"]


def test_submissions_are_listed_until_answered_with_age_and_term(member):
    square = world.trajectory()
    world.contribution(square, "c1")
    world.contribution(square, "c2", outcome="adopted")
    world.contribution(square, "c3", party=world.SHOPS)
    world.obligation(trajectory=square, rule="contribution-answered", subject="c1")
    (one,) = requests_of(member)
    assert (one.item_type, one.ref, one.days, one.due_on, one.status) == (
        "contribution",
        "c1",
        31,
        date(2026, 4, 17),
        "overdue",
    )


def test_of_two_terms_the_first_running_one_is_shown(member):
    square = world.trajectory()
    world.request(square, kind="initiative")
    of = {"trajectory": square, "subject": "r1", "strict_due_on": None}
    world.obligation(rule="initiative-acknowledged", due_on=date(2026, 4, 8), met_on=date(2026, 4, 7), **of)
    world.obligation(rule="initiative-answered", due_on=date(2026, 5, 20), **of)
    (one,) = requests_of(member)
    assert (one.kind, one.due_on, one.status) == ("initiative", date(2026, 5, 20), "pending")


def test_an_answer_stays_for_a_while_and_that_to_an_initiative_always(member):
    square = world.trajectory()
    long_ago, lately = world.on("2026-01-10"), world.on("2026-04-01")
    early = {"received_on": world.on("2026-01-02"), "answered_on": long_ago}
    world.request(square, "r1", **early)
    world.request(square, "r2", answered_on=lately, answer="Ja")
    world.request(square, "r3", kind="right_to_challenge", **early)
    found = requests_of(member)
    assert {one.ref for one in found} == {"r2", "r3"}
    assert {one.answered for one in found} == {True}
    assert {one.status for one in found} == {""}


def test_a_counter_signal_is_labelled_as_such(member):
    square = world.trajectory()
    concern = world.request(square, summary="Wij waren er niet")
    models.CounterSignal.objects.create(
        trajectory=square,
        rule="feedback-given",
        subject="s1",
        status="met",
        on=TODAY,
        organisation=world.organisation(),
        made_by=member,
        request=concern,
    )
    (one,) = requests_of(member)
    assert (one.item_type, one.rule, one.subject, one.summary) == (
        "counter_signal",
        "feedback-given",
        "s1",
        "Wij waren er niet",
    )


def test_private_trajectories_are_not_listed(member):
    hidden = world.trajectory("geheim", public=False)
    world.contribution(hidden)
    world.request(hidden)
    assert requests_of(member) == []


def test_the_oldest_open_submission_comes_first_and_answered_ones_last(member):
    square = world.trajectory()
    world.contribution(square, "c1", received_on=world.on("2026-04-01"))
    world.request(square, "r1", received_on=world.on("2026-03-01"))
    world.request(square, "r2", received_on=world.on("2026-02-01"), answered_on=world.on("2026-04-01"))
    assert [one.ref for one in requests_of(member)] == ["r1", "c1", "r2"]


def test_fifty_trajectories_take_as_many_queries_as_one(member):
    counts = []
    for more in (1, 50):
        for number in range(more):
            square = world.trajectory(f"plein-{more}-{number}")
            world.step(square)
            world.contribution(square)
            world.request(square)
            world.plan(square, world.RESIDENTS)
        with CaptureQueriesContext(connection) as queries:
            parties = parties_of(member)
            dashboard_trajectories(member, parties, TODAY)
            open_requests({party.slug for party in parties}, RULEBOOKS, TODAY)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 11
