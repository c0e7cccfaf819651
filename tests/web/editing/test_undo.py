"""Taking back what was recorded: asked first or at once, by who may, and never over another's work."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings

from participation.compliance.rulebook import load
from participation.models import Changeset, Request, Step
from participation.services.changesets import recording
from tests import world
from tests.web.editing.sheet import adviser_of

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-03-21T09:00")


def recorded(by, owner, row, verb="added"):
    moment = {"rulebook": load(settings.RULEBOOK), "today": date(2026, 3, 21), "now": NOW}
    with recording(by, owner, verb, about="Bewonersavond", **moment) as recorder:
        recorder.save(row)
    return recorder.changeset


def evening(by, square, ref="s1"):
    return recorded(by, square, Step(trajectory=square, ref=ref, kind="activity"))


def address(changeset):
    return f"/ongedaan/{changeset.pk}/"


def test_asking_tells_what_would_go_and_takes_nothing_back(client):
    square = world.trajectory()
    changeset = evening(adviser_of(client, square), square)
    html = client.get(address(changeset)).content.decode()
    for text in ("Bewonersavond", "1 gegeven dat is toegevoegd, verdwijnt.", "adviser", "21 maart 2026"):
        assert text in html
    assert Step.objects.exists()


def test_the_button_takes_it_back_and_offers_no_way_to_take_that_back(client):
    square = world.trajectory()
    changeset = evening(adviser_of(client, square), square)
    answer = client.post(address(changeset), follow=True)
    assert answer.redirect_chain == [("/trajecten/voorbeeldplein/", 302)]
    html = answer.content.decode()
    assert "Ongedaan gemaakt: Bewonersavond." in html
    assert "/ongedaan/" not in html
    assert not Step.objects.exists()
    back = Changeset.objects.get(verb="undone")
    assert client.post(address(back)).status_code == 403
    assert client.get(address(back)).status_code == 403


def test_twice_is_once(client):
    square = world.trajectory()
    changeset = evening(adviser_of(client, square), square)
    client.post(address(changeset))
    html = client.post(address(changeset), follow=True).content.decode()
    assert "Dit kan niet ongedaan worden gemaakt." in html
    assert Changeset.objects.count() == 2
    assert "Dit is ongedaan gemaakt op" in client.get(address(changeset)).content.decode()


def test_what_somebody_changed_since_is_left_alone_and_that_is_said(client):
    square = world.trajectory()
    changeset = evening(adviser_of(client, square), square)
    step = Step.objects.get()
    step.title = "Avond in de kerk"
    recorded(world.user("coordinator"), square, step, "changed")
    html = client.post(address(changeset), follow=True).content.decode()
    assert "Dit kan niet ongedaan worden gemaakt." in html
    assert Step.objects.get().title == "Avond in de kerk"


def test_one_goes_back_to_where_one_came_from(client):
    square = world.trajectory()
    changeset = evening(adviser_of(client, square), square)
    assert client.post(f"{address(changeset)}?terug=/deze-week/")["Location"] == "/deze-week/"


def test_only_who_recorded_it_and_who_coordinates_take_it_back(client):
    square = world.trajectory()
    changeset = evening(world.user("coordinator", name="first"), square)
    adviser_of(client, square)
    assert client.post(address(changeset)).status_code == 403
    client.force_login(world.user("auditor"))
    assert client.post(address(changeset)).status_code == 403
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert client.post(address(changeset)).status_code == 403
    assert Step.objects.exists()
    client.force_login(world.user("coordinator", name="second"))
    assert client.post(address(changeset)).status_code == 302
    assert not Step.objects.exists()


def test_who_no_longer_works_on_the_trajectory_takes_nothing_back(client):
    square = world.trajectory()
    adviser = adviser_of(client, square)
    changeset = evening(adviser, square)
    adviser.trajectories.clear()
    assert client.post(address(changeset)).status_code == 403
    assert Step.objects.exists()


def test_a_member_takes_back_what_they_handed_in_themselves(client):
    square = world.trajectory()
    member = world.user("association_member", world.RESIDENTS)
    other = world.user("association_member", world.OUTSIDER, name="other")
    request = Request(trajectory=square, ref="r1", kind="concern", party=world.RESIDENTS)
    changeset = recorded(member, square, request, "asked")
    client.force_login(other)
    assert client.post(address(changeset)).status_code == 403
    client.force_login(member)
    assert client.post(address(changeset)).status_code == 302
    assert not Request.objects.exists()


def test_what_may_not_be_seen_is_not_there(client):
    square = world.trajectory(public=False)
    changeset = evening(world.user("coordinator"), square)
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert client.get(address(changeset)).status_code == 404
    assert client.get("/ongedaan/999999/").status_code == 404


def test_a_visitor_logs_in_first(client):
    square = world.trajectory()
    changeset = evening(world.user("coordinator"), square)
    answer = client.post(address(changeset))
    assert (answer.status_code, "/inloggen/" in answer["Location"]) == (302, True)
    assert Step.objects.exists()


def test_a_commitment_that_was_added_is_taken_back_too(client):
    commitment = world.commitment()
    coordinator = world.user("coordinator")
    commitment.owner = "Wethouder"
    changeset = recorded(coordinator, commitment, commitment, "changed")
    client.force_login(coordinator)
    assert client.post(address(changeset))["Location"] == "/toezeggingen/T-1/"
    commitment.refresh_from_db()
    assert commitment.owner == ""
