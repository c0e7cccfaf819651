"""Undoing changes: with or without a confirmation, with permission, and never over another user's change."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, Request, Step
from participation.services.changes.changesets import record_changeset
from tests import world
from tests.web.editing.form_helpers import log_in_as_adviser_of

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-03-21T09:00")


def recorded(by, owner, row, verb="added"):
    moment = {"rulebooks": load_rulebooks(settings.RULEBOOK), "today": date(2026, 3, 21), "now": NOW}
    with record_changeset(by, owner, verb, about="Bewonersavond", **moment) as recorder:
        recorder.save(row)
    return recorder.changeset


def evening(by, square, ref="s1"):
    return recorded(by, square, Step(trajectory=square, ref=ref, kind="activity"))


def address(changeset):
    return f"/ongedaan/{changeset.pk}/"


def test_the_confirmation_page_lists_the_changes_and_undoes_nothing(client):
    square = world.trajectory()
    changeset = evening(log_in_as_adviser_of(client, square), square)
    html = client.get(address(changeset)).content.decode()
    for text in ("Bewonersavond", "1 gegeven dat is toegevoegd, verdwijnt.", "adviser", "21 maart 2026"):
        assert text in html
    assert Step.objects.exists()


def test_the_button_undoes_the_changeset_and_the_undo_cannot_be_undone(client):
    square = world.trajectory()
    changeset = evening(log_in_as_adviser_of(client, square), square)
    response = client.post(address(changeset), follow=True)
    assert response.redirect_chain == [("/trajecten/voorbeeldplein/plan/", 302)]
    html = response.content.decode()
    assert "Ongedaan gemaakt: Bewonersavond." in html
    assert "/ongedaan/" not in html
    assert not Step.objects.exists()
    back = Changeset.objects.get(verb="undone")
    assert client.post(address(back)).status_code == 403
    assert client.get(address(back)).status_code == 403


def test_undo_is_idempotent(client):
    square = world.trajectory()
    changeset = evening(log_in_as_adviser_of(client, square), square)
    client.post(address(changeset))
    html = client.post(address(changeset), follow=True).content.decode()
    assert "Dit kan niet ongedaan worden gemaakt." in html
    assert Changeset.objects.count() == 2
    assert "Dit is ongedaan gemaakt op" in client.get(address(changeset)).content.decode()


def test_a_changeset_changed_later_by_others_is_not_undone_with_a_message(client):
    square = world.trajectory()
    changeset = evening(log_in_as_adviser_of(client, square), square)
    step = Step.objects.get()
    step.title = "Avond in de kerk"
    recorded(world.user("coordinator"), square, step, "changed")
    html = client.post(address(changeset), follow=True).content.decode()
    assert "Dit kan niet ongedaan worden gemaakt." in html
    assert Step.objects.get().title == "Avond in de kerk"


def test_the_user_returns_to_the_previous_page(client):
    square = world.trajectory()
    changeset = evening(log_in_as_adviser_of(client, square), square)
    assert client.post(f"{address(changeset)}?terug=/deze-week/")["Location"] == "/deze-week/"


def test_only_the_author_and_coordinators_may_undo(client):
    square = world.trajectory()
    changeset = evening(world.user("coordinator", name="first"), square)
    log_in_as_adviser_of(client, square)
    assert client.post(address(changeset)).status_code == 403
    client.force_login(world.user("auditor"))
    assert client.post(address(changeset)).status_code == 403
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert client.post(address(changeset)).status_code == 403
    assert Step.objects.exists()
    client.force_login(world.user("coordinator", name="second"))
    assert client.post(address(changeset)).status_code == 302
    assert not Step.objects.exists()


def test_a_former_adviser_may_not_undo(client):
    square = world.trajectory()
    adviser = log_in_as_adviser_of(client, square)
    changeset = evening(adviser, square)
    adviser.trajectories.clear()
    assert client.post(address(changeset)).status_code == 403
    assert Step.objects.exists()


def test_a_member_may_undo_their_own_submission(client):
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


def test_hidden_changesets_give_404(client):
    square = world.trajectory(public=False)
    changeset = evening(world.user("coordinator"), square)
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert client.get(address(changeset)).status_code == 404
    assert client.get("/ongedaan/999999/").status_code == 404


def test_a_visitor_is_redirected_to_the_login_page(client):
    square = world.trajectory()
    changeset = evening(world.user("coordinator"), square)
    response = client.post(address(changeset))
    assert (response.status_code, "/inloggen/" in response["Location"]) == (302, True)
    assert Step.objects.exists()


def test_an_added_commitment_can_be_undone(client):
    commitment = world.commitment()
    coordinator = world.user("coordinator")
    commitment.owner = "Wethouder"
    changeset = recorded(coordinator, commitment, commitment, "changed")
    client.force_login(coordinator)
    assert client.post(address(changeset))["Location"] == "/toezeggingen/T-1/"
    commitment.refresh_from_db()
    assert commitment.owner == ""
