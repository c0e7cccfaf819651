"""The participation plan: its parts with their progress, and the form for one part or for all of them."""

from __future__ import annotations

import re

import pytest

from participation.models import Changeset, Plan, PlanActor
from participation.selectors.changes.row_versions import actors_of
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of

pytestmark = pytest.mark.django_db

PLAN = "/trajecten/voorbeeldplein/plan/wijzigen/?deel=alles"


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
    assert response["Location"] == OVERVIEW
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


# ---------- in parts

OVERVIEW = "/trajecten/voorbeeldplein/plan/wijzigen/"


def overview(client):
    """Return the text of the page with the parts, and the text of each part by the key in its link."""
    html = client.get(OVERVIEW).content.decode().partition("<main")[2]
    cards = re.findall(r'<li class="ld-card">(.*?)\n        </li>', html, re.DOTALL)
    parts = {re.search(r"deel=(\w+)", card)[1]: " ".join(re.sub(r"<[^>]+>", " ", card).split()) for card in cards}
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()), parts


def test_an_empty_plan_shows_its_parts_and_that_nothing_is_filled_in(client, settings):
    settings.RULEBOOK = "leiden"
    log_in_as_adviser_of(client, world.trajectory())
    text, parts = overview(client)
    assert "0 van 8 onderdelen ingevuld" in text
    assert list(parts) == ["ruimte", "partijen", "bereik", "omgeving", "keuze", "rollen", "middelen", "klaar"]
    assert all("Nog niets" in part for part in parts.values())


def test_a_part_counts_as_filled_in_when_every_question_has_an_answer(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    page = get_form(client, OVERVIEW, deel="omgeving")
    assert "room" not in page.fields
    response = page.send(client, neighbouring_areas_reason="Er ligt water omheen")
    assert response["Location"] == OVERVIEW
    get_form(client, OVERVIEW, deel="ruimte").send(client, room="De bankjes")
    text, parts = overview(client)
    assert "1 van 8 onderdelen ingevuld" in text
    assert "Ingevuld" in parts["omgeving"]
    assert "1 van 3 vragen beantwoord" in parts["ruimte"]


def test_saving_a_part_leaves_the_other_parts_as_they_were(client):
    square = world.trajectory()
    world.organisation(world.RESIDENTS, name="Wijkvereniging A")
    world.neighbourhood(world.LAKES)
    log_in_as_adviser_of(client, square)
    get_form(client, PLAN).send(client, **typed(square))
    get_form(client, OVERVIEW, deel="ruimte").send(client, room="Alleen de bankjes")
    plan = Plan.objects.get()
    assert plan.room == "Alleen de bankjes"
    assert plan.silent_interests == ["nature", "de dode dichters", "animals"]
    assert (plan.roles, plan.resources) == ({"council": "Stelt vast"}, {"budget": "Vijf ton"})
    assert plan.neighbouring_areas == [world.LAKES]
    assert actors_of(plan) == [(world.RESIDENTS, "participant", "residents")]


def test_a_part_says_which_rules_wait_for_it_until_it_is_filled_in(client, settings):
    settings.RULEBOOK = "leiden"
    square = world.trajectory()
    world.step(square, planned=world.on("2026-06-01"))
    log_in_as_adviser_of(client, square)
    get_form(client, OVERVIEW, deel="rollen").send(client, role_council="Stelt vast")
    before = overview(client)[1]["rollen"]
    assert "Dit wacht erop:" in before
    assert "Uiterlijk" in before
    get_form(client, OVERVIEW, deel="rollen").send(client, role_college="Besluit", role_organisation="Voert uit")
    assert "Dit wacht erop:" not in overview(client)[1]["rollen"]


def test_a_link_to_a_missing_fact_shows_the_part_that_it_is_in(client):
    log_in_as_adviser_of(client, world.trajectory())
    shown = get_form(client, OVERVIEW, veld="role_college")
    assert {"role_council", "role_college"} <= shown.fields.keys()
    assert "room" not in shown.fields
    both = get_form(client, OVERVIEW, veld=["roles", "room"])
    assert {"role_council", "room"} <= both.fields.keys()
    assert "support" not in both.fields


def test_one_goes_on_from_part_to_part_without_the_overview(client):
    log_in_as_adviser_of(client, world.trajectory())
    response = get_form(client, OVERVIEW, deel="ruimte").send(client, room="De bankjes", next="1")
    assert response["Location"] == f"{OVERVIEW}?deel=partijen"
    assert Plan.objects.get().room == "De bankjes"


def test_the_parts_offer_the_first_activity_until_there_is_one(client):
    square = world.trajectory(public=False)
    log_in_as_adviser_of(client, square)
    assert "De eerste activiteit plannen" in overview(client)[0]
    assert "Openbaar maken" in overview(client)[0]
    world.step(square, planned=world.on("2026-06-01"))
    assert "De eerste activiteit plannen" not in overview(client)[0]


def test_the_overview_needs_as_many_queries_for_fifty_steps_as_for_one(client, django_assert_max_num_queries):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    for number in range(50):
        world.step(square, f"s{number}", planned=world.on("2026-06-01"))
    with django_assert_max_num_queries(40):
        client.get(OVERVIEW)


def test_a_row_in_use_offers_its_own_organisation_so_that_a_long_plan_is_a_light_page(client):
    square = world.trajectory()
    organisations = [world.organisation(f"vereniging-{number}") for number in range(60)]
    world.plan(square)
    PlanActor.objects.bulk_create(
        PlanActor(plan=square.plan, organisation=organisation, part="participant")
        for organisation in organisations[:20]
    )
    log_in_as_adviser_of(client, square)
    shown = get_form(client, PLAN)

    def offered(number):
        select = shown.html.partition(f'name="actors-{number}-organisation"')[2].partition("</select>")[0]
        return re.findall(r'<option value="([^"]*)"', select)

    assert offered(0) == ["", "vereniging-0"]
    assert set(offered(20)) >= {organisation.slug for organisation in organisations}
    assert len(shown.html.encode()) < 120_000
    # Another organisation is still accepted in its place.
    shown.send(client, **{"actors-0-organisation": "vereniging-40"})
    assert PlanActor.objects.filter(organisation__slug="vereniging-40").exists()
    assert not PlanActor.objects.filter(organisation__slug="vereniging-0").exists()
