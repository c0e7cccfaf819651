"""An organisation that is added in the form at hand, after a look at those with nearly the same name."""

from __future__ import annotations

import pytest

from participation.models import Changeset, Contribution, Organisation, PlanActor, Request, Step
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

SQUARE = "/trajecten/voorbeeldplein/"
REQUEST = f"{SQUARE}verzoeken/nieuw/"
STEP = f"{SQUARE}stappen/nieuw/"
ACTORS = f"{SQUARE}plan/wijzigen/?deel=partijen"
NEW = {"new_party_name": "Stichting De Kade", "new_party_kind": "residents_initiative"}


@pytest.fixture
def square(client):
    made = world.trajectory()
    log_in_as_adviser_of(client, made)
    return made


def test_a_request_of_a_new_organisation_adds_it_in_the_same_changeset(client, square):
    get_form(client, REQUEST).send(client, kind="concern", summary="Het licht", **NEW)
    made = Organisation.objects.get(name="Stichting De Kade")
    assert (made.slug, made.kind) == ("stichting-de-kade", "residents_initiative")
    assert made.municipality == square.municipality
    assert Request.objects.get().party == "stichting-de-kade"
    assert [change[0] for change in Changeset.objects.get().row_changes] == ["organisation", "request"]


def test_undo_takes_the_organisation_away_unless_it_is_named_elsewhere(client, square):
    page = get_form(client, REQUEST)
    page.send(client, kind="concern", summary="Het licht", **NEW)
    made = Changeset.objects.get()
    other = world.trajectory("andere-kade")
    world.contribution(other, party="stichting-de-kade")
    client.post(f"/ongedaan/{made.pk}/")
    assert Organisation.objects.filter(slug="stichting-de-kade").exists()
    assert Request.objects.exists()
    Contribution.objects.all().delete()
    client.post(f"/ongedaan/{made.pk}/")
    assert not Organisation.objects.filter(slug="stichting-de-kade").exists()
    assert not Request.objects.exists()


def test_nothing_is_added_when_the_rest_of_the_form_is_wrong(client, square):
    wrong = FormPage(get_form(client, REQUEST).send(client, kind="", summary="Het licht", **NEW))
    assert list(wrong.wrong) == ["kind"]
    assert wrong["new_party_name"] == "Stichting De Kade"
    assert not Organisation.objects.filter(name="Stichting De Kade").exists()


@pytest.mark.parametrize("typed", ["Stichting de kade", "Stichting De Kaden", "De Kade", "STICHTING  DE KADÉ"])
def test_nearly_the_same_name_asks_whether_it_is_that_one(client, square, typed):
    world.organisation("kade", name="Stichting De Kade")
    asked = FormPage(
        get_form(client, REQUEST).send(
            client, kind="concern", new_party_name=typed, new_party_kind="residents_initiative"
        )
    )
    assert list(asked.wrong) == ["new_party_same"]
    assert "Is het een van deze?" in asked.form
    assert not Request.objects.exists()
    asked.send(client, new_party_same="kade")
    assert Request.objects.get().party == "kade"
    assert Organisation.objects.filter(name__icontains="kade").count() == 1


def test_one_that_is_nearly_the_same_can_be_added_anyway(client, square):
    world.organisation("kade", name="Stichting De Kade")
    typed = {"kind": "concern", "new_party_name": "Stichting De Kaden", "new_party_kind": "other"}
    asked = FormPage(get_form(client, REQUEST).send(client, **typed))
    asked.send(client, new_party_same="new")
    assert Request.objects.get().party == "stichting-de-kaden"


def test_exactly_the_same_name_cannot_be_added_twice(client, square):
    world.organisation("kade", name="Stichting De Kade")
    asked = FormPage(get_form(client, REQUEST).send(client, kind="concern", **NEW))
    assert 'value="new"' not in asked.form
    refused = FormPage(asked.send(client, new_party_same="new"))
    assert list(refused.wrong) == ["new_party_same"]
    assert Organisation.objects.filter(name="Stichting De Kade").count() == 1


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"new_party_kind": ""}, ["new_party_kind"]),
        ({"new_party_name": ""}, ["new_party_name"]),
        ({"new_party_name": "x" * 201}, ["new_party_name"]),
        ({"party": "residents"}, ["new_party_name"]),
    ],
)
def test_what_is_missing_or_too_much_is_named_at_its_field(client, square, changes, wrong):
    page = FormPage(get_form(client, REQUEST).send(client, **{"kind": "concern", **NEW, **changes}))
    assert list(page.wrong) == wrong
    assert not Request.objects.exists()


def test_the_audience_of_a_step_gets_a_new_organisation_beside_the_others(client, square):
    get_form(client, STEP, kind="activity").send(client, title="Avond", audience=["residents"], **NEW)
    assert Step.objects.get().audience == ["residents", "stichting-de-kade"]


def test_the_plan_gets_a_new_organisation_with_its_part(client, square):
    get_form(client, ACTORS).send(client, **NEW, new_party_part="participant")
    actor = PlanActor.objects.get()
    assert (actor.organisation.slug, actor.part) == ("stichting-de-kade", "participant")


def test_the_plan_takes_the_organisation_that_is_there(client, square):
    world.organisation("kade", name="Stichting De Kade")
    asked = FormPage(get_form(client, ACTORS).send(client, **NEW, new_party_part="informed"))
    asked.send(client, new_party_same="kade")
    assert [(a.organisation.slug, a.part) for a in PlanActor.objects.all()] == [("kade", "informed")]


def test_contributions_come_from_a_new_organisation(client, square):
    page = FormPage(client.get(f"{SQUARE}inbreng/nieuw/"), "text")
    seen = FormPage(page.send(client, text="Meer bomen\nMinder steen", **NEW), "text")
    assert "worden vastgelegd als van Stichting De Kade" in seen.html
    seen.send(client, do="save")
    assert set(Contribution.objects.values_list("party", flat=True)) == {"stichting-de-kade"}
    assert Changeset.objects.count() == 1


def test_a_contribution_is_corrected_to_a_new_organisation(client, square):
    row = world.contribution(square, party="")
    get_form(client, f"{SQUARE}inbreng/{row.ref}/").send(client, **NEW)
    row.refresh_from_db()
    assert row.party == "stichting-de-kade"
