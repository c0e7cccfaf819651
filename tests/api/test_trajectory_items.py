"""Items of a trajectory in the API: read, added, changed and assessed as on the pages."""

import pytest
from django.db import connection

from participation.models import Changeset, Obligation
from participation.selectors.dossiers.field_mapping import SECTION_TABLES
from participation.selectors.dossiers.records import StoredRecord
from tests import world

from .client import ApiTestClient, errors_of

pytestmark = pytest.mark.django_db
SQUARE = "/trajectories/voorbeeldplein"

#: For each section a record to add, and a change of it.
RECORDS = {
    "steps": (
        {
            "kind": "activity",
            "title": "Avond",
            "planned": "2026-12-01",
            "audience": [world.RESIDENTS],
            "about": ["d0"],
            "place": {"name": "Buurthuis", "address": "Plein 1", "accessible": True, "online_url": "https://a.example"},
            "reach": {
                "total": 40,
                "groups": [{"group": "children", "count": 6}],
                "neighbourhoods": [{"slug": world.CENTRE, "count": 30}],
                "note": "Geteld bij de deur",
            },
            "score": 8.2,
            "evaluated_by": world.RESIDENTS,
            "effect": "none",
            "room_kept": False,
        },
        {
            "done": {"from": "2026-12-01", "to": "2026-12-03", "precision": "range", "text": "begin december"},
            "score": 8,
        },
    ),
    "documents": (
        {"title": "Schets", "kind": "draft", "shared": [{"with": world.RESIDENTS, "on": "2026-03-02"}]},
        {"published_on": "2026-03-05"},
    ),
    "contributions": (
        {"step": "s0", "from": world.RESIDENTS, "received_on": "2026-03-20", "summary": "Meer bomen"},
        {"outcome": "partly", "response": "Tien bomen.", "responded_on": "2026-04-10"},
    ),
    "requests": (
        {"kind": "concern", "from": world.RESIDENTS, "received_on": "2026-03-25", "summary": "Te laat gehoord"},
        {"answered_on": "2026-04-01", "answer": "Dat klopt."},
    ),
    "scenarios": (
        {"title": "Autovrij", "advantages": "Rust", "document": "d0"},
        {"presented_on": "2026-03-20", "chosen": False, "chosen_reason": "Te duur"},
    ),
    "waivers": (
        {"rule": "scenarios-offered", "reason": "Er is maar één weg.", "by": "projectleider"},
        {"until": "2099-12-31"},
    ),
}


@pytest.fixture
def square():
    made = world.trajectory()
    world.step(made, "s0")
    world.document(made, "d0")
    world.organisation()
    return made


@pytest.fixture
def adviser(square):
    user = world.user("adviser")
    square.advisers.add(user)
    return ApiTestClient(user)


@pytest.mark.parametrize("section", RECORDS)
def test_an_item_is_added_read_and_changed(square, adviser, section):
    new, changes = RECORDS[section]
    added = adviser.post(f"{SQUARE}/{section}", new)
    assert added.status_code == 201, added.content
    record = added.json()
    assert {key: record[key] for key in new} == new

    address = added.headers["Location"]
    assert ApiTestClient().get(address).json() == record
    assert ApiTestClient().get(address, If_None_Match=added.headers["ETag"]).status_code == 304
    assert record in ApiTestClient().get(f"{SQUARE}/{section}").json()["results"]

    changed = adviser.patch(address, changes, If_Match=added.headers["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed.json() == {**record, **changes}
    assert ApiTestClient().get(address).json() == changed.json()
    errors_of(adviser.patch(address, changes, If_Match=added.headers["ETag"]), 412)

    row = SECTION_TABLES[section]._default_manager.latest("pk")
    assert [line.history_user.role for line in row.history.all()] == ["adviser", "adviser"]
    assert Changeset.objects.filter(trajectory=square).count() == 2


def test_a_dossier_section_equals_the_list_of_items(square, adviser):
    for section, (new, _changes) in RECORDS.items():
        adviser.post(f"{SQUARE}/{section}", new)
    dossier = ApiTestClient().get(f"{SQUARE}/dossier").json()

    for section in RECORDS:
        listed = ApiTestClient().get(f"{SQUARE}/{section}").json()["results"]
        assert [StoredRecord({**row, "id": None}).known() for row in listed] == dossier[section]


def test_written_items_are_assessed_at_once(square, adviser):
    before = Obligation.objects.filter(trajectory=square).count()
    body = {"kind": "activity", "method": "meeting", "title": "Avond", "done": "2026-03-20", "audience": ["residents"]}
    adviser.post(f"{SQUARE}/steps", body)

    assert Obligation.objects.filter(trajectory=square).count() > before


@pytest.mark.parametrize(
    ("section", "body", "place"),
    [
        ("steps", {"kind": "party"}, "#/kind"),
        ("steps", {"kind": "activity", "planned": "2026-13-01"}, "#/planned"),
        ("steps", {"kind": "activity", "starts_at": "21:00", "ends_at": "20:00"}, "#/ends_at"),
        ("steps", {"kind": "activity", "audience": ["niemand"]}, "#/audience/0"),
        ("steps", {"kind": "feedback", "about": ["s0", "s99"]}, "#/about/1"),
        *(("steps", {"kind": "activity", "ref": ref}, "#/ref") for ref in ("nieuw", "..", "a//b", "s/evaluatie/vel")),
        ("steps", {"kind": "activity", "score": 11}, "#/score"),
        ("steps", {"kind": "activity", "score": 8.25}, "#/score"),
        ("steps", {"kind": "activity", "place": "Buurthuis"}, "#/place"),
        ("steps", {"kind": "activity", "place": {"adres": "Plein 1"}}, "#/place/adres"),
        ("steps", {"kind": "activity", "place": {"accessible": "ja"}}, "#/place/accessible"),
        ("steps", {"kind": "activity", "place": {"online_url": "ftp://a.example"}}, "#/place/online_url"),
        ("steps", {"kind": "activity", "sign_up_url": "meedoen"}, "#/sign_up_url"),
        ("steps", {"kind": "activity", "reach": {"total": -1}}, "#/reach/total"),
        ("steps", {"kind": "activity", "reach": {"total": "veel"}}, "#/reach/total"),
        (
            "steps",
            {"kind": "activity", "reach": {"total": 3, "groups": [{"group": "children", "count": 4}]}},
            "#/reach/groups/0/count",
        ),
        ("steps", {"kind": "activity", "reach": {"groups": ["children"]}}, "#/reach/groups/0"),
        ("steps", {"kind": "activity", "reach": {"groups": [{"group": "x", "count": 1.5}]}}, "#/reach/groups/0/count"),
        (
            "steps",
            {"kind": "activity", "reach": {"neighbourhoods": [{"slug": "De Kooi"}]}},
            "#/reach/neighbourhoods/0/slug",
        ),
        ("steps", {"kind": "decision", "effect": "veel"}, "#/effect"),
        ("steps", {"kind": "decision", "room_kept": "ja"}, "#/room_kept"),
        ("steps", {"kind": "evaluation", "evaluated_by": "niemand"}, "#/evaluated_by"),
        ("steps", {"kind": "final_report", "items": {"goal": "Groen"}}, "#/items/goal"),
        ("steps", {"kind": "final_report", "items": {"Goal": "Groen"}}, "#/items/Goal"),
        ("steps", {"kind": "final_report", "items": ["goal"]}, "#/items"),
        (
            "steps",
            {"kind": "activity", "starts_at": "19:30", "ends_at": "21:00", "ends_next_day": True},
            "#/ends_next_day",
        ),
        ("documents", {"shared": ["wijk-a"]}, "#/shared/0"),
        ("scenarios", {"document": "nergens"}, "#/document"),
        ("scenarios", {"chosen": "ja"}, "#/chosen"),
        ("documents", {"url": "ftp://example.org"}, "#/url"),
        ("documents", {"shared": [{"with": "niemand"}]}, "#/shared/0/with"),
        ("contributions", {"responded_on": "2026-03-01", "received_on": "2026-03-20"}, "#/responded_on"),
        ("contributions", {"summary": "Bomen", "step": "d0"}, "#/step"),
        ("contributions", {"summary": "Bo\u0000men"}, "#/summary"),
        ("requests", {"kind": "concern", "van": "wijk-a"}, "#/van"),
        ("waivers", {"rule": "geen-regel", "reason": "x", "by": "y"}, "#/rule"),
        ("waivers", {"rule": "scenarios-offered", "by": "y"}, "#/reason"),
        ("scenarios", "Autovrij", "#"),
    ],
)  # fmt: skip
def test_errors_are_reported_at_their_location_and_nothing_is_stored(square, adviser, section, body, place):
    rows = SECTION_TABLES[section]._default_manager.count()

    assert place in errors_of(adviser.post(f"{SQUARE}/{section}", body))
    assert SECTION_TABLES[section]._default_manager.count() == rows
    assert not Changeset.objects.exists()


def test_a_ref_may_contain_a_slash(square, adviser):
    added = adviser.post(f"{SQUARE}/steps", {"kind": "activity", "ref": "avond 1/2"})

    assert ApiTestClient().get(added.headers["Location"]).json()["ref"] == "avond 1/2"


def test_a_second_identical_waiver_on_one_day_gives_409(square, adviser):
    new, _changes = RECORDS["waivers"]
    adviser.post(f"{SQUARE}/waivers", new)

    assert errors_of(adviser.post(f"{SQUARE}/waivers", new), 409)


@pytest.mark.parametrize("ref", ["s0", "d0"])
def test_a_ref_in_use_gives_409(square, adviser, ref):
    assert set(errors_of(adviser.post(f"{SQUARE}/steps", {"kind": "activity", "ref": ref}), 409)) == {"#/ref"}
    assert not Changeset.objects.exists()


@pytest.mark.parametrize("section", RECORDS)
def test_writing_needs_permission_to_change_the_trajectory(square, section):
    new, _changes = RECORDS[section]

    errors_of(ApiTestClient().post(f"{SQUARE}/{section}", new), 401)
    for role, parties in (("adviser", ()), ("auditor", ()), ("association_member", (world.RESIDENTS,))):
        errors_of(ApiTestClient(world.user(role, *parties, name=f"ander-{role}")).post(f"{SQUARE}/{section}", new), 403)


def test_moving_a_date_takes_at_most_forty_queries(square, adviser, django_assert_max_num_queries):
    for number in range(2, 30):
        world.step(square, f"s{number}")
    address = f"{SQUARE}/steps/s0"
    moved = adviser.patch(address, {"planned": "2026-12-20"}, If_Match=adviser.get(address).headers["ETag"])
    with django_assert_max_num_queries(38 + connection.features.has_select_for_update):
        adviser.patch(address, {"planned": "2026-12-21"}, If_Match=moved.headers["ETag"])
    assert Changeset.objects.count() == 2


def test_a_list_of_fifty_takes_as_many_queries_as_one(square, django_assert_num_queries):
    def rows(number):
        for at in range(number):
            document = world.document(square, f"x{number}-{at}")
            document.shares.create(party="residents")

    rows(1)
    with django_assert_num_queries(4):
        ApiTestClient().get(f"{SQUARE}/documents?pageSize=100")
    rows(49)
    with django_assert_num_queries(4):
        assert len(ApiTestClient().get(f"{SQUARE}/documents?pageSize=100").json()["results"]) == 51


def test_as_known_at_a_moment_items_show_what_was_recorded_then(square):
    step = square.steps.get()
    world.record(step, "2026-03-01 12:00", title="Inloop")
    world.remove(step, "2026-04-01 12:00")

    works_here = ApiTestClient(world.user("auditor", name="leest"))
    for caller, title in ((works_here, "Inloop"), (ApiTestClient(), "[tekst later gewijzigd]")):
        then = caller.get(f"{SQUARE}/steps?bekendOp=2026-03-15").json()["results"]
        assert [(row["ref"], row["title"]) for row in then] == [("s0", title)]
        assert caller.get(f"{SQUARE}/steps/s0?bekendOp=2026-03-15").json()["title"] == title
    assert ApiTestClient().get(f"{SQUARE}/steps").json()["results"] == []
    errors_of(ApiTestClient().get(f"{SQUARE}/steps/s0"), 404)


# ---------- the plan


def test_a_plan_is_written_as_a_whole(square, adviser):
    body = {"room": "De inrichting.", "frameworks": [{"what": "Budget", "why": "De raad besloot."}],
            "actors": [{"organisation": world.RESIDENTS, "part": "participant"}]}  # fmt: skip
    errors_of(ApiTestClient().get(f"{SQUARE}/plan"), 404)
    errors_of(adviser.put(f"{SQUARE}/plan", body), 428)
    added = adviser.put(f"{SQUARE}/plan", body, If_None_Match="*")
    assert added.status_code == 201, added.content
    assert ApiTestClient().get(f"{SQUARE}/plan").json() == added.json()
    assert added.json()["actors"] == [{"organisation": world.RESIDENTS, "part": "participant", "suggested_by": None}]

    errors_of(adviser.put(f"{SQUARE}/plan", {}, If_None_Match="*"), 412)
    changed = adviser.put(f"{SQUARE}/plan", {"channels": ["letter"]}, If_Match=added.headers["ETag"])
    assert changed.status_code == 200, changed.content
    assert (changed.json()["room"], changed.json()["actors"]) == (None, [])
    errors_of(adviser.put(f"{SQUARE}/plan", body, If_Match=added.headers["ETag"]), 412)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"actors": [{"organisation": "niemand"}]}, "#/actors/0/organisation"),
        ({"adopted_on": "gisteren"}, "#/adopted_on"),
        ({"ruimte": "veel"}, "#/ruimte"),
        ({"frameworks": [{"wat": "Budget"}]}, "#/frameworks/0/wat"),
    ],
)
def test_errors_in_a_plan_are_reported_at_their_location(square, adviser, body, place):
    assert place in errors_of(adviser.put(f"{SQUARE}/plan", body, If_None_Match="*"))
    errors_of(ApiTestClient().get(f"{SQUARE}/plan"), 404)
