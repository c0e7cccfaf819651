"""Which trajectories a user may see and change, also as an outsider."""

import pytest
from django.contrib.auth.models import AnonymousUser

from participation.models import Trajectory
from tests import world

pytestmark = pytest.mark.django_db


def slugs(trajectories):
    return {trajectory.slug for trajectory in trajectories}


@pytest.fixture(autouse=True)
def town():
    """Create a public and a hidden trajectory in the centre, and two public ones in the lake neighbourhood."""
    world.trajectory("plein")
    world.trajectory("straat", public=False)
    world.trajectory("steiger", world.LAKES)
    world.plan(world.trajectory("markt", world.LAKES), world.SHOPS)


def test_everyone_sees_public_trajectories_and_nothing_else():
    for visitor in (None, AnonymousUser(), world.user("association_member", world.RESIDENTS)):
        assert slugs(Trajectory.objects.visible_to(visitor)) == {"plein", "steiger", "markt"}


@pytest.mark.parametrize("role", ["adviser", "coordinator", "auditor", "administrator"])
def test_staff_see_all_trajectories(role):
    assert slugs(Trajectory.objects.visible_to(world.user(role))) == {"plein", "straat", "steiger", "markt"}


def test_an_inactive_user_sees_only_public_trajectories():
    assert "straat" not in slugs(Trajectory.objects.visible_to(world.user("coordinator", is_active=False)))


def test_an_adviser_changes_only_assigned_trajectories():
    adviser, colleague = world.user("adviser"), world.user("adviser", name="colleague")
    Trajectory.objects.get(slug="straat").advisers.add(adviser)

    assert slugs(Trajectory.objects.editable_by(adviser)) == {"straat"}
    assert slugs(Trajectory.objects.editable_by(colleague)) == set()


def test_coordinators_change_everything_and_auditors_nothing():
    assert Trajectory.objects.editable_by(world.user("coordinator")).count() == 4
    assert Trajectory.objects.editable_by(world.user("administrator")).count() == 4
    for role in ("auditor", "association_member"):
        assert not Trajectory.objects.editable_by(world.user(role)).exists()
    assert not Trajectory.objects.editable_by(AnonymousUser()).exists()


def test_an_assignment_ends_with_the_role_or_the_account():
    adviser = world.user("adviser")
    Trajectory.objects.get(slug="straat").advisers.add(adviser)

    adviser.is_active = False
    assert not Trajectory.objects.editable_by(adviser).exists()
    adviser.is_active, adviser.role = True, "association_member"
    assert not Trajectory.objects.editable_by(adviser).exists()


def test_a_member_gets_trajectories_that_are_nearby_or_name_the_association():
    member = world.user("association_member", world.SHOPS)

    assert slugs(Trajectory.objects.for_member(member)) == {"plein", "markt"}


def test_the_outsider_gets_trajectories_of_its_own_neighbourhood_only():
    outsider = world.user("association_member", world.OUTSIDER)

    assert slugs(Trajectory.objects.for_member(outsider)) == {"steiger", "markt"}


def test_being_an_actor_gives_no_access_to_a_private_trajectory():
    world.plan(Trajectory.objects.get(slug="straat"), world.OUTSIDER)
    outsider = world.user("association_member", world.OUTSIDER)

    assert "straat" not in slugs(Trajectory.objects.for_member(outsider))


def test_a_trajectory_near_two_associations_of_a_member_is_listed_once():
    member = world.user("association_member", world.SHOPS, world.RESIDENTS)

    shown = Trajectory.objects.for_member(member)

    assert sorted(trajectory.slug for trajectory in shown) == ["markt", "plein"]


def test_a_user_without_memberships_gets_no_trajectories():
    assert not Trajectory.objects.for_member(world.user("association_member")).exists()
    assert not Trajectory.objects.for_member(AnonymousUser()).exists()
