"""Permission to edit: the adviser of the trajectory and coordinators; others are refused, and see no hidden pages."""

from __future__ import annotations

import pytest

from participation.models import Changeset
from tests import world
from tests.web.editing.form_helpers import log_in_as_adviser_of

pytestmark = pytest.mark.django_db

PAGES = (
    "wijzigen/",
    "plan/wijzigen/",
    "planning/inlezen/",
    "stappen/nieuw/?kind=update",
    "stappen/s1/",
    "stukken/nieuw/",
    "stukken/d1/",
    "stukken/d1/delen/",
    "verzoeken/nieuw/",
    "verzoeken/r1/",
    "scenarios/nieuw/",
    "scenarios/sc1/",
    "uitleg/",
    "uitleg/?rule=feedback-given&subject=s1",
    "uitleg/1/",
)


def square(**columns):
    made = world.trajectory(**columns)
    world.organisation()
    for make in (world.step, world.document, world.request, world.scenario):
        make(made)
    world.waiver(made, pk=1)
    world.obligation(trajectory=made)
    return made


def answers(client, page):
    """Return the statuses of reading the page and posting to it."""
    address = f"/trajecten/voorbeeldplein/{page}"
    return client.get(address).status_code, client.post(address, {"title": "Gekaapt", "reason": "x"}).status_code


@pytest.mark.parametrize("page", PAGES)
def test_the_adviser_and_coordinators_have_access_and_others_do_not(client, page):
    made = square()
    for user in (
        world.user("auditor"),
        world.user("association_member", world.RESIDENTS),
        world.user("association_member", world.OUTSIDER, name="outsider"),
        world.user("adviser", name="of-another"),
    ):
        client.force_login(user)
        assert answers(client, page) == (403, 403), user.username
    assert not Changeset.objects.exists()
    for user in (log_in_as_adviser_of(client, made), world.user("coordinator"), world.user("administrator")):
        client.force_login(user)
        assert client.get(f"/trajecten/voorbeeldplein/{page}").status_code == 200, user.username


@pytest.mark.parametrize("page", PAGES)
def test_private_trajectories_give_404_for_members(client, page):
    square(public=False)
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert answers(client, page) == (404, 404)


@pytest.mark.parametrize("page", [*PAGES, None])
def test_a_visitor_is_redirected_to_the_login_page(client, page):
    square()
    address = f"/trajecten/voorbeeldplein/{page}" if page else "/trajecten/nieuw/"
    for response in (client.get(address), client.post(address)):
        assert response.status_code == 302
        assert "/inloggen/" in response["Location"]
    assert not Changeset.objects.exists()


@pytest.mark.parametrize("page", PAGES)
def test_only_get_and_post_are_allowed(client, page):
    log_in_as_adviser_of(client, square())
    assert client.put(f"/trajecten/voorbeeldplein/{page}").status_code == 405
    assert client.delete(f"/trajecten/voorbeeldplein/{page}").status_code == 405


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_not_cached_and_are_in_the_reader_language(client, page):
    made = square()
    user = log_in_as_adviser_of(client, made)
    response = client.get(f"/trajecten/voorbeeldplein/{page}", headers={"Accept-Language": "en"})
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Language"] == "nl"
    user.language = "en"
    user.save()
    assert '<html lang="en"' in client.get(f"/trajecten/voorbeeldplein/{page}").content.decode()
