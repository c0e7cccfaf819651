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
    PlanActor,
    Request,
    Submission,
    Trajectory,
)
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
