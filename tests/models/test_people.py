"""Who sees, and who may change, which trajectories; the outsider is the proof."""

import pytest
from django.contrib.auth.models import AnonymousUser

from participation.models import Trajectory
from tests import world

pytestmark = pytest.mark.django_db


def slugs(trajectories):
    return {trajectory.slug for trajectory in trajectories}


@pytest.fixture(autouse=True)
def town():
    """A public square and a hidden street in the centre; by the lakes a jetty, and a market of the shops."""
    world.trajectory("plein")
    world.trajectory("straat", public=False)
    world.trajectory("steiger", world.LAKES)
    world.plan(world.trajectory("markt", world.LAKES), world.SHOPS)


def test_everyone_sees_what_is_public_and_nothing_else():
    for visitor in (None, AnonymousUser(), world.user("association_member", world.RESIDENTS)):
        assert slugs(Trajectory.objects.visible_to(visitor)) == {"plein", "steiger", "markt"}


@pytest.mark.parametrize("role", ["adviser", "coordinator", "auditor", "administrator"])
def test_staff_see_everything(role):
    assert slugs(Trajectory.objects.visible_to(world.user(role))) == {"plein", "straat", "steiger", "markt"}


def test_someone_who_left_sees_what_everyone_sees():
    assert "straat" not in slugs(Trajectory.objects.visible_to(world.user("coordinator", is_active=False)))


def test_an_adviser_changes_only_what_is_assigned():
    adviser, colleague = world.user("adviser"), world.user("adviser", name="colleague")
    Trajectory.objects.get(slug="straat").advisers.add(adviser)

    assert slugs(Trajectory.objects.editable_by(adviser)) == {"straat"}
    assert slugs(Trajectory.objects.editable_by(colleague)) == set()


def test_who_coordinates_changes_everything_and_who_audits_nothing():
    assert Trajectory.objects.editable_by(world.user("coordinator")).count() == 4
    assert Trajectory.objects.editable_by(world.user("administrator")).count() == 4
    for role in ("auditor", "association_member"):
        assert not Trajectory.objects.editable_by(world.user(role)).exists()
    assert not Trajectory.objects.editable_by(AnonymousUser()).exists()


def test_an_assignment_ends_with_the_role_and_with_the_account():
    adviser = world.user("adviser")
    Trajectory.objects.get(slug="straat").advisers.add(adviser)

    adviser.is_active = False
    assert not Trajectory.objects.editable_by(adviser).exists()
    adviser.is_active, adviser.role = True, "association_member"
    assert not Trajectory.objects.editable_by(adviser).exists()


def test_an_associations_member_is_shown_what_is_near_it_or_with_it():
    member = world.user("association_member", world.SHOPS)

    assert slugs(Trajectory.objects.for_member(member)) == {"plein", "markt"}


def test_the_outsider_is_shown_its_own_quarter_and_nothing_of_the_centre():
    outsider = world.user("association_member", world.OUTSIDER)

    assert slugs(Trajectory.objects.for_member(outsider)) == {"steiger", "markt"}


def test_being_an_actor_does_not_open_what_is_not_public():
    world.plan(Trajectory.objects.get(slug="straat"), world.OUTSIDER)
    outsider = world.user("association_member", world.OUTSIDER)

    assert "straat" not in slugs(Trajectory.objects.for_member(outsider))


def test_a_trajectory_near_two_of_ones_associations_is_shown_once():
    member = world.user("association_member", world.SHOPS, world.RESIDENTS)

    shown = Trajectory.objects.for_member(member)

    assert sorted(trajectory.slug for trajectory in shown) == ["markt", "plein"]


def test_who_speaks_for_nobody_is_shown_nothing():
    assert not Trajectory.objects.for_member(world.user("association_member")).exists()
    assert not Trajectory.objects.for_member(AnonymousUser()).exists()
