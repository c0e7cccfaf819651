"""What migrations do to rows that are there."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps

from participation.models import PlanActor
from tests import world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("stored", "slug"),
    [
        ("Wijk-A", world.RESIDENTS),
        ("Wijkvereniging van toen", world.RESIDENTS),
        (world.SHOPS, world.SHOPS),
        ("residents", "residents"),
        ("", ""),
        # Two have this name now, so it is the one for which its writer speaks.
        ("Samen", world.OUTSIDER),
        ("Nooit van gehoord", world.OUTSIDER),
    ],
)
def test_who_suggested_a_party_becomes_a_slug(stored, slug):
    renamed = world.organisation(world.RESIDENTS, name="Wijkvereniging van toen")
    world.record(renamed, "2026-03-01 12:00", name="Wijk-A")
    for other in (world.SHOPS, "samen-1", "samen-2"):
        world.organisation(other, name="Samen" if other.startswith("samen") else "")
    chair = world.user("association_member", world.OUTSIDER)
    actor = PlanActor(plan=world.plan(world.trajectory()), organisation=renamed, suggested_by=stored)
    actor._history_user = chair
    actor.save()

    importlib.import_module("participation.migrations.0014_suggested_by_slug").to_slugs(apps, None)

    actor.refresh_from_db()
    assert (actor.suggested_by, actor.history.get().suggested_by) == (slug, slug)


def test_a_name_of_which_nobody_knows_whose_it_is_stays_in_the_history_alone():
    actor = PlanActor.objects.create(
        plan=world.plan(world.trajectory()), organisation=world.organisation(), suggested_by="Nooit van gehoord"
    )
    importlib.import_module("participation.migrations.0014_suggested_by_slug").to_slugs(apps, None)
    actor.refresh_from_db()
    assert (actor.suggested_by, actor.history.get().suggested_by) == ("", "Nooit van gehoord")
