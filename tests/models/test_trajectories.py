"""Permissions on a trajectory: asked for many users at once, the result is the same as for each."""

import pytest

from participation.models import Trajectory
from tests import world

pytestmark = pytest.mark.django_db


def alone(user):
    mine = Trajectory.objects.editable_by(user) if user.role == "adviser" else Trajectory.objects.for_member(user)
    return set(mine.values_list("pk", flat=True))


@pytest.fixture
def people():
    square, lake = world.trajectory(), world.trajectory("meeroever", world.LAKES)
    hidden = world.trajectory("stil-plan", title="Stil plan", public=False)
    plan = world.models.Plan.objects.create(trajectory=hidden)
    world.models.PlanActor.objects.create(plan=plan, organisation=world.organisation(), part="participant")
    near = world.models.Plan.objects.create(trajectory=lake)
    world.models.PlanActor.objects.create(plan=near, organisation=world.organisation(world.SHOPS), part="informed")
    adviser, gone = world.user("adviser"), world.user("adviser", name="vertrokken", is_active=False)
    hidden.advisers.add(adviser, gone)
    square.advisers.add(adviser)
    return [
        adviser,
        gone,
        world.user("association_member", world.RESIDENTS, name="bewoner"),
        world.user("association_member", world.SHOPS, world.OUTSIDER, name="ondernemer"),
        world.user("association_member", name="niemand"),
    ]


def test_permissions_of_many_users_equal_those_computed_one_by_one(people):
    found = Trajectory.objects.keys_by_user(people)

    assert found == {user.pk: alone(user) for user in people}
    assert len({frozenset(keys) for keys in found.values()}) >= 4, "the people do not differ enough to show anything"


def test_permissions_of_many_users_take_no_more_queries_than_of_one(people, django_assert_num_queries):
    members = [user for user in people if user.role == "association_member"]
    for users in (members[:1], members):
        with django_assert_num_queries(2):
            Trajectory.objects.keys_by_user(users)
