"""Submissions of residents are read-only in the administration, and show no private data."""

from __future__ import annotations

import pytest
from django.contrib import admin

from participation import models
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator_client(client):
    client.force_login(world.user("administrator", is_staff=True, is_superuser=True))
    return client


def test_an_evaluation_link_is_shown_without_its_token(administrator_client):
    link = world.step(world.trajectory()).evaluation_links.create(made_on="2026-03-21")
    for address in ("", f"{link.pk}/change/"):
        html = administrator_client.get(f"/admin/participation/evaluationlink/{address}").content.decode()
        assert "21 maart 2026" in html
        assert link.token not in html


def test_individual_evaluation_answers_cannot_be_viewed(administrator_client):
    assert models.EvaluationResponse not in admin.site._registry
    assert administrator_client.get("/admin/participation/evaluationresponse/").status_code == 404


def test_submissions_of_associations_cannot_be_edited(administrator_client):
    square = world.trajectory()
    signal = models.CounterSignal.objects.create(
        trajectory=square,
        rule="feedback-given",
        status="met",
        on="2026-03-21",
        organisation=world.organisation(),
        made_by=world.user("association_member", world.RESIDENTS),
        request=world.request(square),
        evidence="De brief",
    )
    address = f"/admin/participation/countersignal/{signal.pk}/change/"
    assert "De brief" in administrator_client.get(address).content.decode()
    assert administrator_client.post(address, {"evidence": "Niets"}).status_code == 403
    assert administrator_client.get("/admin/participation/countersignal/add/").status_code == 403
    signal.refresh_from_db()
    assert signal.evidence == "De brief"
