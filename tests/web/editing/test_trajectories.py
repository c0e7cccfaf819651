"""Pages to add a trajectory and to change its own fields."""

from __future__ import annotations

import re

import pytest

from participation.models import Changeset, Trajectory
from participation.web.editing.trajectories import TrajectoryForm
from tests import world
from tests.web.editing.form_helpers import (
    FormPage,
    bound_form,
    get_form,
    log_in_as_adviser_of,
    request_context,
    table,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

NEW_URL = "/trajecten/nieuw/"
SQUARE = "/trajecten/voorbeeldplein/wijzigen/"


def unbound(trajectory):
    """Return the form of a stored trajectory."""
    return TrajectoryForm(row=trajectory, trajectory=trajectory, request_context=request_context())


def test_changing_a_trajectory_keeps_its_slug_and_relations(client):
    square, motion = world.trajectory(), world.motion()
    square.motions.set([motion])
    adviser = log_in_as_adviser_of(client, square)
    get_form(client, SQUARE).send(client, title="Een heel ander plein", contact_role="policy_adviser")
    square.refresh_from_db()
    assert (square.slug, square.title, square.contact_role) == (
        "voorbeeldplein",
        "Een heel ander plein",
        "policy_adviser",
    )
    assert (list(square.motions.all()), list(square.advisers.all())) == ([motion], [adviser])
    get_form(client, SQUARE).send(client)
    assert Changeset.objects.count() == 1


def test_neighbourhoods_are_changed_and_restored_by_undo(client):
    square, lakes = world.trajectory(), world.neighbourhood(world.LAKES)
    log_in_as_adviser_of(client, square)
    shown = get_form(client, SQUARE)
    assert shown["neighbourhoods"] == [str(world.neighbourhood().pk)]
    shown.send(client, neighbourhoods=[lakes.pk])
    assert list(square.neighbourhoods.all()) == [lakes]
    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")
    assert list(square.neighbourhoods.all()) == [world.neighbourhood()]


def test_only_coordinators_choose_advisers(client):
    square = world.trajectory()
    adviser = log_in_as_adviser_of(client, square)
    shown = get_form(client, SQUARE)
    assert "advisers" not in shown.fields
    shown.send(client, advisers=[])
    assert list(square.advisers.all()) == [adviser]
    client.force_login(world.user("coordinator"))
    other = world.user("adviser", name="ander")
    get_form(client, SQUARE).send(client, advisers=[adviser.pk, other.pk])
    assert set(square.advisers.all()) == {adviser, other}
    member = world.user("association_member")
    refused = FormPage(get_form(client, SQUARE).send(client, advisers=[member.pk]))
    assert list(refused.wrong) == ["advisers"]


def test_closing_before_the_start_gives_an_error_at_the_closing_date(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    shown = FormPage(get_form(client, SQUARE).send(client, started_on="1-3-2026", closed_on="1-2-2026"))
    assert list(shown.wrong) == ["closed_on"]


# ---------- the environmental law, no participation, contact and other systems


@pytest.mark.parametrize(
    ("kind", "asked", "unfolded"),
    [
        ("housing", True, True),
        ("policy", True, True),
        ("events", True, False),
        ("", True, False),
        ("research", False, False),
        ("conversation_series", False, False),
    ],
)
def test_the_instrument_is_asked_where_the_kind_makes_it_likely(kind, asked, unfolded):
    form = unbound(world.trajectory(kind=kind))
    assert ("instrument" in form.fields) is asked
    shown = [part for part in form.fieldsets() if "instrument" in [field.name for field in part.fields]]
    assert [part.folded for part in shown] == ([not unfolded] if asked else [])


def test_an_instrument_that_was_filled_in_is_shown_for_every_kind():
    assert "instrument" in unbound(world.trajectory(kind="research", instrument="permit")).fields


def test_each_instrument_is_explained_in_plain_words():
    labels = dict(unbound(world.trajectory()).fields["instrument"].choices)
    assert labels["environment_plan"] == "Omgevingsplan: de regels voor wat waar mag"
    assert labels["zoning_plan"].startswith("Bestemmingsplan: tot 2024")
    assert len(labels) == 7


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"instrument": "programme", "participation_required": "yes"}, "participation_required"),
        ({"instrument": "zoning_plan", "started_on": "1-3-2026"}, "instrument"),
        ({"instrument": "programme", "started_on": "1-3-2020", "closed_on": "1-3-2021"}, "instrument"),
        ({"contact_email": "geen adres"}, "contact_email"),
        ({"contact_phone": "bel mij"}, "contact_phone"),
        (table("external", {"system": "", "id": "Z/26/1"}), "external"),
        (table("external", {"system": "Zaaksysteem", "url": "javascript:alert(1)"}), "external"),
    ],
)
def test_facts_that_cannot_go_together_give_an_error_at_their_field(typed, wrong):
    form = bound_form(TrajectoryForm, world.trajectory(), {"title": "Plein", "kind": "housing", **typed})
    assert list(form.errors) == [wrong]


def test_a_permit_may_require_participation_and_has_numbers_elsewhere(client):
    square = world.trajectory(kind="permit")
    log_in_as_adviser_of(client, square)
    rows = table("external", {"system": "Zaaksysteem", "id": "Z/26/1", "url": "zaken.example.org/1"}, {"system": ""})
    get_form(client, SQUARE).send(
        client, instrument="permit", participation_required="yes", case_number="Z/26/0012", **rows
    )
    square.refresh_from_db()
    assert (square.instrument, square.participation_required, square.case_number) == ("permit", True, "Z/26/0012")
    assert square.external == [{"system": "Zaaksysteem", "id": "Z/26/1", "url": "https://zaken.example.org/1"}]
    get_form(client, SQUARE).send(client)
    assert Changeset.objects.count() == 1


def test_the_telephone_and_the_mail_of_the_function_are_recorded(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    shown = get_form(client, SQUARE, veld=["contact_phone", "contact_email"])
    assert shown.form.count('class="ld-highlighted"') == 2
    shown.send(client, contact_phone="+31 (0)71 516 5000", contact_email="plein@leiden.nl")
    square.refresh_from_db()
    assert (square.contact_phone, square.contact_email) == ("+31 (0)71 516 5000", "plein@leiden.nl")


def test_no_participation_is_asked_only_where_the_rulebook_knows_grounds(settings):
    square = world.trajectory(municipality="amsterdam")
    assert "no_participation_ground" not in unbound(square).fields
    settings.RULEBOOK = "amsterdam"
    form = unbound(square)
    assert ("minor_change", "Het gaat om een kleine wijziging") in form.fields["no_participation_ground"].choices
    (part,) = (part for part in form.fieldsets() if "no_participation_by" in [field.name for field in part.fields])
    assert "Een volledig participatieplan" in part.intro
    assert "Alleen als met een reden is besloten" in part.intro


def test_a_reasoned_decision_to_hold_no_participation_is_recorded(client, settings):
    settings.RULEBOOK = "amsterdam"
    square = world.trajectory(municipality="amsterdam")
    log_in_as_adviser_of(client, square)
    typed = {
        "no_participation_reason": "Alleen de kleur van de bankjes",
        "no_participation_decided_on": "vandaag",
        "no_participation_by": "het college",
    }
    refused = FormPage(get_form(client, SQUARE).send(client, **typed))
    assert list(refused.wrong) == ["no_participation_ground"]
    refused.send(client, no_participation_ground="minor_change")
    square.refresh_from_db()
    assert (square.no_participation_ground, square.no_participation_reason) == (
        "minor_change",
        "Alleen de kleur van de bankjes",
    )


def test_a_stored_ground_that_the_rulebook_does_not_know_is_kept(client):
    square = world.trajectory(no_participation_ground="verdwenen", no_participation_reason="Waarom")
    log_in_as_adviser_of(client, square)
    get_form(client, SQUARE).send(client, summary="Een plein")
    square.refresh_from_db()
    assert (square.summary, square.no_participation_ground) == ("Een plein", "verdwenen")


def test_the_form_warns_that_what_is_saved_is_public_at_once(client):
    square, hidden = world.trajectory(), world.trajectory("kade", public=False)
    log_in_as_adviser_of(client, square, hidden)
    assert "Wat u hier opslaat, kan iedereen meteen lezen. Noem geen namen" in get_form(client, SQUARE).html
    html = get_form(client, "/trajecten/kade/wijzigen/").html
    assert "bewoners zien niet wat u hier schrijft" in html
    assert "kan iedereen meteen lezen" not in html
    assert "Dit traject is een concept" in get_form(client, NEW_URL).html


def test_every_field_that_may_stay_empty_is_marked_so(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    form = get_form(client, SQUARE).form
    assert re.search(r'for="id_title">[^<]*</label>', form)
    assert re.search(r'for="id_summary">[^<]*<span class="ld-optional">\(niet verplicht\)</span>', form)


@pytest.mark.parametrize("role", ["association_member", "auditor"])
def test_users_without_permission_cannot_add_a_trajectory(client, role):
    client.force_login(world.user(role))
    assert client.get(NEW_URL).status_code == 403
    assert client.post(NEW_URL, {"title": "Brug"}).status_code == 403
    assert not Trajectory.objects.exists()
