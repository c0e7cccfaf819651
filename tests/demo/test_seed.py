"""Seeding the demonstration again after a visitor has used it, and its contributions of residents."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.demo import initiatives, participants, seed
from participation.demo.people import ADVISER, MEMBER
from participation.models import (
    Changeset,
    CounterSignal,
    EvaluationResponse,
    Neighbourhood,
    PlanActor,
    Request,
    Scenario,
    Step,
    Submission,
    Trajectory,
)
from participation.selectors.postcodes import neighbourhood_of_postcode
from tests import world


def filled(today):
    now = world.moment(f"{today} 08:00")
    seed.fill(load_rulebooks("leiden"), today, now, lambda _stage, _done, _total: None)


@pytest.mark.django_db
def test_in_another_week_changes_of_visitors_are_not_shifted():
    filled(date(2026, 11, 16))
    parking = Trajectory.objects.get(slug="parkeerplan-singelrand-voorbeeld")
    visitor = world.user("adviser", name=ADVISER)
    Changeset.objects.create(trajectory=parking, by=visitor, at=world.moment("2026-11-17T10:00"), verb="added")
    before = parking.started_on

    filled(date(2026, 11, 24))

    assert Trajectory.objects.get(pk=parking.pk).started_on == before


@pytest.mark.django_db
def test_data_added_by_a_demo_account_does_not_count_as_foreign():
    filled(date(2026, 11, 16))
    mine = world.trajectory("mijn-probeersel")
    assert seed.has_foreign_data(date(2026, 11, 16))

    visitor = world.user("adviser", name=ADVISER)
    Changeset.objects.create(trajectory=mine, by=visitor, at=world.moment("2026-11-17T10:00"), verb="added")

    assert not seed.has_foreign_data(date(2026, 11, 16))


@pytest.mark.django_db
def test_contributions_of_residents_are_created_once():
    filled(date(2026, 11, 16))
    member = world.user("association_member", name=MEMBER)
    for _time in range(2):
        participants.add(member, world.moment("2026-11-16T09:00"))

    assert CounterSignal.objects.filter(rule="meeting-announced", subject="werksessie", made_by=member).count() == 1
    assert EvaluationResponse.objects.filter(step__ref="ontwerpdag").count() == 10
    assert list(PlanActor.objects.filter(part="").values_list("organisation__slug", flat=True)) == [
        "sportclub-de-singel-voorbeeld"
    ]


@pytest.mark.django_db
def test_initiatives_are_created_once_and_one_of_them_awaits_moderation():
    for _time in range(2):
        initiatives.add(load_rulebooks("leiden"), world.moment("2026-11-16T09:00"))

    found = Request.objects.order_by("number").values_list("number", "moderation")
    assert list(found) == [("I-2026-001", "public"), ("I-2026-002", "public"), ("I-2026-003", "awaiting")]
    assert not Submission.objects.exists(), "no name and no address"


@pytest.mark.django_db
def test_every_neighbourhood_has_postcodes_and_all_but_one_inhabitants():
    filled(date(2026, 11, 16))

    found = {neighbourhood_of_postcode(f"1234{first}{last}") for first in "AB" for last in "ABCDEGHJKL"}
    assert found == set(Neighbourhood.objects.all())
    assert neighbourhood_of_postcode("1234AB").slug == "binnenstad-zuid"
    unknown = Neighbourhood.objects.filter(inhabitants=None)
    assert [row.slug for row in unknown] == ["stevenshofdistrict"]
    assert set(Neighbourhood.objects.exclude(pk__in=unknown).values_list("inhabitants_year", flat=True)) == {2026}


@pytest.mark.django_db
def test_the_invented_trajectories_say_where_to_come_whom_to_call_and_what_to_choose():
    filled(date(2026, 11, 16))

    for slug in ("herinrichting-lindeplein-voorbeeld", "parkeerplan-singelrand-voorbeeld"):
        row = Trajectory.objects.get(slug=slug)
        assert (row.contact_phone, row.contact_name) == ("14 071", "")
        assert row.contact_email.endswith("@example.org")
        coming = Step.objects.get(trajectory=row, kind="activity", done__isnull=True, cancelled=False)
        assert coming.place_name
        assert coming.place_address
        assert coming.place_accessible
        assert coming.place_online_url.startswith("https://example.org/")
        assert coming.sign_up_url.startswith("https://example.org/")
        assert coming.description
        scenarios = Scenario.objects.filter(trajectory=row)
        assert all(one.description and one.advantages and one.disadvantages for one in scenarios)
    chosen = Scenario.objects.filter(trajectory__slug="herinrichting-lindeplein-voorbeeld")
    assert sorted(chosen.values_list("chosen", flat=True)) == [False, False, True]
    assert all(one.chosen_reason for one in chosen)


@pytest.mark.django_db
def test_reach_has_small_counts_and_activities_that_were_not_counted():
    filled(date(2026, 11, 16))

    done = Step.objects.filter(trajectory__slug__endswith="-voorbeeld", kind="activity", done__isnull=False)
    counts = [row["count"] for step in done for row in (*step.reach_groups, *step.reach_neighbourhoods)]
    assert any(0 < count < 5 for count in counts)
    assert done.filter(reach_total=None).exists()
