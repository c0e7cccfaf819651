"""Who may see an obligation, and how that is looked up."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from participation.models import Obligation, Request
from participation.selectors.obligations.visibility import is_visible_to
from tests import world


@pytest.mark.django_db
def test_the_public_sees_obligations_of_public_trajectories_and_of_the_register():
    shown, hidden = world.trajectory("open"), world.trajectory("dicht", public=False)
    motion, asked = world.motion(), world.register_request()
    owners = ({"trajectory": shown}, {"trajectory": hidden}, {"motion": motion}, {"request": asked})
    public, secret, register, private = (world.obligation(**owner) for owner in owners)

    def seen_by(user):
        return set(Obligation.objects.filter(is_visible_to(user)))

    assert seen_by(None) == seen_by(AnonymousUser()) == {public, register}
    assert seen_by(world.user("coordinator")) == {public, secret, register, private}


def test_a_visible_trajectory_is_looked_up_per_row_and_not_as_a_set_of_all():
    for rows in (Obligation.objects.filter(is_visible_to(None)), Request.objects.visible_to(None)):
        assert '"trajectory_id" = (SELECT' in str(rows.query).replace("((", "(")
