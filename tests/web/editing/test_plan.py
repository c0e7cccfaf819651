"""The whole participation plan on one page, independent of how it is stored."""

from __future__ import annotations

import pytest

from participation.models import Changeset, Plan, PlanActor
from participation.selectors.changes.row_versions import actors_of
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of

pytestmark = pytest.mark.django_db

PLAN = "/trajecten/voorbeeldplein/plan/"


def typed(square):
    return {
        "frameworks-0-what": "De bomen blijven",
        "frameworks-0-why": "Ze zijn gezond",
        "frameworks-1-what": "Er komt geen garage",
        "room": "De plek van bankjes en speeltoestellen",
        "level_motivation": "Bewoners kennen het plein",
        "actors-0-organisation": world.RESIDENTS,
        "actors-0-part": "participant",
        "actors-0-suggested_by": "residents",
        "target_groups-0-group": "Jongeren",
        "target_groups-0-method": "huis aan huis",
        "target_groups-1-group": "de schaakclub",
        "silent_interests": ["nature"],
        "silent_interests_more": "de dode dichters, dieren",
        "channels": ["letter"],
        "channels_more": "buurtapp",
        "neighbouring_areas": [world.LAKES],
        "joint_start": "no",
        "joint_start_reason": "De school begint later",
        "role_council": "Stelt vast",
        "resource_budget": "Vijf ton",
        "adopted_on": "20-2-2026",
    }


def test_a_complete_plan_is_recorded_at_once(client):
    square = world.trajectory()
    world.organisation(world.RESIDENTS, name="Wijkvereniging A")
    world.neighbourhood(world.LAKES)
    log_in_as_adviser_of(client, square)
    response = get_form(client, PLAN).send(client, **typed(square))
    assert response["Location"] == "/trajecten/voorbeeldplein/"
    plan = Plan.objects.get()
    assert plan.frameworks == [{"what": "De bomen blijven", "why": "Ze zijn gezond"}, {"what": "Er komt geen garage"}]
    assert plan.target_groups == [{"group": "young_people", "method": "door_to_door"}, {"group": "de schaakclub"}]
    assert plan.silent_interests == ["nature", "de dode dichters", "animals"]
    assert plan.channels == ["letter", "buurtapp"]
    assert plan.neighbouring_areas == [world.LAKES]
    assert (plan.joint_start, plan.joint_start_reason) == (False, "De school begint later")
    assert (plan.roles, plan.resources) == ({"council": "Stelt vast"}, {"budget": "Vijf ton"})
    assert plan.adopted_on == world.on("2026-02-20")
    assert actors_of(plan) == [(world.RESIDENTS, "participant", "residents")]
    assert Changeset.objects.get().verb == "added"


def test_stored_values_are_shown_as_text_and_saving_changes_nothing(client):
    square = world.trajectory()
    world.plan(
        square,
        world.RESIDENTS,
        frameworks=[{"what": "De bomen blijven", "why": "Ze zijn\nal oud"}, {"what": "Geen garage", "why": None}],
        target_groups=[{"group": "young_people", "method": "online"}, {"group": "schaakclub", "method": None}],
        silent_interests=["future_residents", "dode dichters"],
        channels=["website", "buurtapp"],
        neighbouring_areas=["verdwenen-buurt"],
        joint_start=True,
        roles={"college": "Besluit", "council": None},
        resources={"people": "Twee"},
    )
    log_in_as_adviser_of(client, square)
    shown = get_form(client, PLAN)
    assert shown["target_groups-0-group"] == "jongeren"
    assert shown["target_groups-0-method"] == "online"
    assert shown["silent_interests"] == ["future_residents", "dode dichters"]
    assert shown["neighbouring_areas"] == ["verdwenen-buurt"]
    assert shown["joint_start"] == "yes"
    for sign in ("young_people", "{&#x27;", "[{", "&quot;what"):
        assert sign not in shown.form
    shown.send(client)
    assert not Changeset.objects.exists()
    assert Plan.history.count() == 1


def test_more_rows_are_added_on_request_and_the_input_is_kept(client):
    square = world.trajectory()
    world.organisation()
    log_in_as_adviser_of(client, square)
    shown = get_form(client, PLAN)
    assert "frameworks-2-what" in shown.fields
    assert "frameworks-3-what" not in shown.fields
    half = {**typed(square), "room": "Alles", "adopted_on": "gisteren"}
    more = FormPage(shown.send(client, more_rows="frameworks", **half))
    assert "frameworks-5-what" in more.fields
    assert "frameworks-6-what" not in more.fields
    assert (more["frameworks-0-what"], more["room"], more["adopted_on"]) == ("De bomen blijven", "Alles", "gisteren")
    assert more["channels"] == ["letter"]
    assert more.wrong == {}
    assert not Plan.objects.exists()
    fourth = {"frameworks-5-what": "Een zesde kader", "adopted_on": "20-2-2026"}
    more.send(client, more_rows=None, **fourth)
    assert [row["what"] for row in Plan.objects.get().frameworks] == [
        "De bomen blijven",
        "Er komt geen garage",
        "Een zesde kader",
    ]


def test_pressing_enter_saves_and_adds_no_rows(client):
    log_in_as_adviser_of(client, world.trajectory())
    first = get_form(client, PLAN).form.partition("<button")[2].partition(">")[0]
    assert 'type="submit"' in first
    assert "name=" not in first


@pytest.mark.parametrize(
    ("changes", "wrong", "message"),
    [
        ({"frameworks-1-why": "Zomaar"}, "frameworks", "Rij 2: vul in: Wat vaststaat."),
        ({"actors-0-part": "informed"}, "actors", "Rij 1: vul in: Organisatie."),
        (
            {"actors-0-organisation": "verzonnen", "actors-0-part": "informed"},
            "actors",
            "Rij 1: kies opnieuw: Organisatie.",
        ),
        ({"actors-0-organisation": world.RESIDENTS, "actors-0-part": "baas"}, "actors", "Rij 1: kies opnieuw: Rol."),
        ({"target_groups-0-method": "online"}, "target_groups", "Rij 1: vul in: Groep."),
        ({"adopted_on": "31-2-2026"}, "adopted_on", ""),
        ({"neighbouring_areas": ["verzonnen"]}, "neighbouring_areas", ""),
    ],
)
def test_errors_are_shown_at_their_field_and_row(client, changes, wrong, message):
    square = world.trajectory()
    world.organisation()
    log_in_as_adviser_of(client, square)
    shown = FormPage(get_form(client, PLAN).send(client, room="De bankjes", **changes))
    assert list(shown.wrong) == [wrong]
    assert message in shown.wrong[wrong]
    assert shown["room"] == "De bankjes"
    assert not Plan.objects.exists()


def test_a_party_has_each_role_once_but_may_have_two_roles(client):
    square = world.trajectory()
    world.organisation()
    log_in_as_adviser_of(client, square)
    twice = {f"actors-{n}-organisation": world.RESIDENTS for n in (0, 1)}
    shown = FormPage(get_form(client, PLAN).send(client, **twice, **{f"actors-{n}-part": "informed" for n in (0, 1)}))
    assert list(shown.wrong) == ["actors"]
    shown.send(client, **{"actors-1-part": "decides"})
    assert PlanActor.objects.count() == 2


def test_a_suggested_party_without_a_role_does_not_block_saving(client):
    square = world.trajectory()
    plan = world.plan(square)
    PlanActor.objects.create(plan=plan, organisation=world.organisation(), suggested_by=world.RESIDENTS)
    log_in_as_adviser_of(client, square)
    get_form(client, PLAN).send(client, room="De bankjes")
    assert Plan.objects.get().room == "De bankjes"
    assert PlanActor.objects.get().suggested_by == world.RESIDENTS


def test_clearing_the_row_of_an_actor_removes_it_and_undo_restores_it(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS, world.SHOPS)
    log_in_as_adviser_of(client, square)
    gone = {f"actors-0-{key}": "" for key in ("organisation", "part", "suggested_by")}
    get_form(client, PLAN).send(client, **gone)
    assert [actor.organisation.slug for actor in PlanActor.objects.all()] == [world.SHOPS]
    client.post(f"/ongedaan/{Changeset.objects.get().pk}/")
    assert PlanActor.objects.count() == 2


@pytest.mark.parametrize("name", ["frameworks", "channels", "room", "joint_start"])
def test_the_field_named_in_the_url_gets_focus(client, name):
    log_in_as_adviser_of(client, world.trajectory())
    form = get_form(client, PLAN, veld=name).form
    marked = form.partition('class="ld-highlighted"')[2]
    assert form.count(" autofocus") == 1
    assert f'id="id_{name}"' in marked[: marked.index(" autofocus") + 300]


def test_for_roles_and_resources_the_empty_fields_are_highlighted(client):
    square = world.trajectory()
    world.plan(square, roles={"council": "Stelt vast"})
    log_in_as_adviser_of(client, square)
    form = get_form(client, PLAN, veld=["roles", "resources"]).form
    assert form.count('class="ld-highlighted"') == 6
    assert 'id="id_role_council"' not in form.partition('class="ld-highlighted"')[2].partition("ld-highlighted")[0]


def test_a_plan_has_the_items_that_the_rulebook_asks(client, settings):
    settings.RULEBOOK = "amsterdam"
    square = world.trajectory(municipality="amsterdam")
    world.plan(square, items={"verdwenen": "Tekst", "goal": "Ideeën"})
    log_in_as_adviser_of(client, square)
    shown = get_form(client, PLAN, veld="items")
    assert "Wat wilt u met de participatie bereiken?" in shown.form
    assert "Hoe de participatie is gegaan" not in shown.form
    assert shown["item_goal"] == "Ideeën"
    assert shown.form.count('class="ld-highlighted"') == 3
    shown.send(client, item_reach="Op de markt", item_goal="")
    assert Plan.objects.get().items == {"verdwenen": "Tekst", "reach": "Op de markt"}


def test_adjacent_neighbourhoods_are_listed_first(client):
    square = world.trajectory()
    world.neighbourhood("ver-weg")
    world.neighbourhood(world.CENTRE).neighbours.add(world.neighbourhood(world.LAKES))
    log_in_as_adviser_of(client, square)
    form = get_form(client, PLAN).form.partition('id="id_neighbouring_areas"')[2]
    assert form.index(f'value="{world.LAKES}"') < form.index("<details") < form.index('value="ver-weg"')


def test_the_number_of_queries_does_not_grow_with_the_data(client, django_assert_max_num_queries):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS)
    log_in_as_adviser_of(client, square)
    with django_assert_max_num_queries(30) as one:
        client.get(PLAN)
    for number in range(30):
        actor = world.organisation(f"o{number}")
        PlanActor.objects.create(plan=square.plan, organisation=actor, part="informed")
        world.neighbourhood(f"n{number}")
    with django_assert_max_num_queries(len(one)):
        client.get(PLAN)
