"""A dossier can change exactly what its writer can change row by row, through the API or the administration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client

from participation.models import Motion, Neighbourhood, Organisation, Trajectory
from tests import world

from .client import ApiTestClient, errors_of

pytestmark = pytest.mark.django_db

OTHERS = ("visitor", "member", "outsider", "other adviser", "auditor")
WRITERS = ("adviser", "coordinator", "coordinator with staff status", "administrator")
SQUARE = "/trajectories/voorbeeldplein"
NEW = {"slug": "nieuwe-partij", "name": "Nieuwe partij", "kind": "other"}


class Way(NamedTuple):
    """A kind of change: for a single row and as part of a dossier. Its effect is visible in the columns of a table."""

    table: str
    single: Callable[[DossierWriters], Any]
    bulk: dict[str, Any]
    #: The roles that can do it for a single row, so that a way without effect is noticed.
    by: tuple[str, ...] = WRITERS


class DossierWriters(NamedTuple):
    """The user who writes, as an API client and in the administration."""

    caller: ApiTestClient
    browser: Client

    def patch(self, address: str, **body: Any) -> Any:
        return self.caller.patch(address, body, If_Match="*")

    def administer(self, model: Any, pk: int | None, **form: Any) -> Any:
        where = f"/admin/participation/{model._meta.model_name}/"
        return self.browser.post(f"{where}{pk}/change/" if pk else f"{where}add/", form)


def added(section: str, **row: Any) -> Way:
    return Way(_table(section), lambda town: town.caller.post(f"{SQUARE}/{section}", row), {section: [row]})


def changed(section: str, ref: str, **row: Any) -> Way:
    bulk = {section: [{"ref": ref, **row}]}
    return Way(_table(section), lambda town: town.patch(f"{SQUARE}/{section}/{ref}", **row), bulk)


def of_trajectory(**values: Any) -> Way:
    own = {key: value for key, value in values.items() if key != "motions"}
    bulk = {"trajectory": own, **({"motions": values["motions"]} if "motions" in values else {})}
    return Way("trajectory", lambda town: town.patch(SQUARE, **values), bulk)


def planned(**plan: Any) -> Way:
    table = "planactor" if "actors" in plan else "plan"
    return Way(table, lambda town: town.caller.put(f"{SQUARE}/plan", plan, If_Match="*"), {"plan": plan})


def administered(bulk: dict[str, Any], model: Any, form: Callable[[], dict[str, Any]], pk: bool = False) -> Way:
    """A change in the administration of an existing row or a new one."""

    def single(town: DossierWriters) -> Any:
        filled = form()
        return town.administer(model, model.objects.get(slug=filled["slug"]).pk if pk else None, **filled)

    return Way(model._meta.model_name, single, bulk, ADMINISTER)


def _table(section: str) -> str:
    return section.removesuffix("s")


def _speaks(slug: str = world.CENTRE, **row: str) -> dict[str, Any]:
    """The residents' association, as fields of the form in the administration."""
    return {**RESIDENTS, **row, "neighbourhoods": [Neighbourhood.objects.get(slug=slug).pk]}


RESIDENTS = {"slug": world.RESIDENTS, "name": "Wijk-A", "kind": "residents_association", "municipality": "leiden"}
NEW_NEIGHBOURHOOD = {"slug": "nieuwe-buurt", "name": "Nieuwe buurt"}
ADMINISTER = ("coordinator with staff status", "administrator")
WAIVER = {"rule": "scenarios-offered", "reason": "Een plek", "by": "projectleider", "granted_on": "2026-03-05"}
WAYS = {
    "title": of_trajectory(title="Anders"),
    "public": of_trajectory(public=False),
    "municipality": of_trajectory(municipality="leiderdorp"),
    "link to a neighbourhood": of_trajectory(neighbourhoods=[world.LAKES]),
    "link to a motion": of_trajectory(motions=["21.0098/04"]),
    "commissioner": of_trajectory(commissioner=world.COUNCIL),
    "add a step": added("steps", ref="s9", kind="activity"),
    "change a step": changed("steps", "s1", title="Avond"),
    "add a document": added("documents", ref="d9", title="Stuk"),
    "change a document": changed("documents", "d1", title="Stuk"),
    "share": Way(
        "documentshare",
        lambda town: town.patch(f"{SQUARE}/documents/d1", shared=[{"with": world.RESIDENTS, "on": "2026-03-02"}]),
        {"documents": [{"ref": "d1", "shared": [{"with": world.RESIDENTS, "on": "2026-03-02"}]}]},
    ),
    "add a contribution": added("contributions", ref="c9", summary="Bomen"),
    "answer a contribution": changed(
        "contributions", "c1", outcome="adopted", response="Ja", responded_on="2026-04-01"
    ),
    "add a request": added("requests", ref="r9", kind="concern"),
    "answer a request": changed("requests", "r1", answer="Ja", answered_on="2026-04-01"),
    "add a scenario": added("scenarios", ref="sc9", title="Vol"),
    "change a scenario": changed("scenarios", "sc1", title="Vol"),
    "explain": added("waivers", **WAIVER),
    "write the plan": planned(room="Veel"),
    "name actors": planned(actors=[{"organisation": world.SHOPS, "part": "decides"}]),
    "add an organisation": Way(
        "organisation",
        lambda town: town.caller.post("/organisations", NEW),
        {"organisations": [NEW]},
    ),
    "rename an organisation": administered(
        {"organisations": [{**RESIDENTS, "name": "Van ons"}]}, Organisation, lambda: _speaks(name="Van ons"), pk=True
    ),
    "let an organisation speak for another neighbourhood": administered(
        {"organisations": [{**RESIDENTS, "neighbourhoods": [world.LAKES]}]},
        Organisation,
        lambda: _speaks(world.LAKES),
        pk=True,
    ),
    "add a neighbourhood": administered(
        {"trajectory": {"neighbourhoods": ["nieuwe-buurt"]}}, Neighbourhood, lambda: dict(NEW_NEIGHBOURHOOD)
    ),
    "add a neighbourhood with an organisation": administered(
        {"organisations": [{**NEW, "neighbourhoods": ["nieuwe-buurt"]}]},
        Neighbourhood,
        lambda: dict(NEW_NEIGHBOURHOOD),
    ),
    "add a motion": Way(
        "motion",
        lambda town: town.caller.post("/motions", {"number": "24.0001/02"}),
        {"motions": ["24.0001/02"]},
        WRITERS[1:],
    ),
}


@pytest.fixture
def writer(request):
    """A trajectory that is assigned to the adviser, and a writer with this role."""
    square = world.trajectory()
    for slug in (world.SHOPS, world.COUNCIL, world.OUTSIDER, world.RESIDENTS):
        world.organisation(slug)
    world.motion()
    world.plan(square, world.RESIDENTS)
    world.step(square)
    world.document(square)
    world.contribution(square)
    world.request(square)
    world.scenario(square)
    user = _user(request.param)
    if request.param == "adviser":
        square.advisers.add(user)
    browser = Client()
    if user:
        browser.force_login(user)
    return request.param, DossierWriters(ApiTestClient(user), browser)


def _user(role: str) -> Any:
    if role == "visitor":
        return None
    if role in ("member", "outsider"):
        return world.user("association_member", world.RESIDENTS if role == "member" else world.OUTSIDER)
    if role == "administrator":
        return world.user("administrator", is_staff=True, is_superuser=True)
    user = world.user(role.removeprefix("other ").removesuffix(" with staff status"))
    if role.endswith("staff status"):
        user.is_staff = True
        user.save()
        wanted = ("change_organisation", "add_neighbourhood", "change_neighbourhood")
        user.user_permissions.set(apps.get_model("auth", "Permission").objects.filter(codename__in=wanted))
    return user


def effect(way: Way, do: Callable[[], Any]) -> tuple[bool, Any]:
    """Return whether this changes the table and its linked rows, and roll the change back."""
    model = apps.get_model("participation", way.table)

    def seen() -> Any:
        links = [list(field.remote_field.through.objects.values()) for field in model._meta.many_to_many]
        return list(model._default_manager.order_by("pk").values()), links

    with transaction.atomic():
        before = seen()
        answer = do()
        after = seen()
        transaction.set_rollback(True)
    return before != after, answer


def put(town: DossierWriters, part: dict[str, Any]) -> Any:
    own = {"slug": "voorbeeldplein", "title": "Voorbeeldplein", **part.get("trajectory", {})}
    return town.caller.put(f"{SQUARE}/dossier", {"dossier": 1, **part, "trajectory": own}, If_Match="*")


@pytest.mark.parametrize("writer", WRITERS, indirect=True)
def test_a_dossier_gives_no_writer_more_permissions_than_single_edits(writer):
    role, town = writer
    of_the_town = ("organisation", "neighbourhood", "motion")
    for name, way in WAYS.items():
        # Staff status only adds access to the administration.
        if role == "coordinator with staff status" and way.table not in of_the_town:
            continue
        single, answer = effect(way, lambda way=way: way.single(town))
        assert single == (role in way.by), (name, answer.status_code, answer.content[:500])
        bulk, answer = effect(way, lambda way=way: put(town, way.bulk))
        # A dossier changes neither more nor less than changes of single rows.
        assert bulk == single, (name, answer.content)


@pytest.mark.parametrize("writer", OTHERS, indirect=True)
def test_without_change_permission_a_dossier_changes_nothing(writer):
    _role, town = writer
    for name in ("title", "add a step", "add an organisation", "add a neighbourhood", "link to a motion"):
        bulk, answer = effect(WAYS[name], lambda name=name: put(town, WAYS[name].bulk))
        assert not bulk, name
        assert answer.status_code in (401, 403)


@pytest.mark.parametrize("writer", ["administrator"], indirect=True)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("commitments", [{"number": "T-1"}]),
        ("counter_signals", [{"rule": "feedback-given"}]),
        ("advisers", ["adviser"]),
        ("neighbourhoods", [{"slug": world.LAKES, "name": "Anders"}]),
        ("trajectory", {"advisers": ["adviser"]}),
        ("motions", [{"number": "21.0098/04", "title": "Anders"}]),
    ],
)
def test_sections_that_a_dossier_cannot_have_are_refused_to_all(writer, key, value):
    _role, town = writer
    errors_of(put(town, {key: value}), 400)


@pytest.mark.parametrize("writer", ["adviser", "coordinator"], indirect=True)
def test_skipped_changes_are_reported_with_their_location_and_a_remedy(writer):
    _role, town = writer
    other = {**RESIDENTS, "name": "Van ons", "neighbourhoods": [world.LAKES]}
    answer = put(town, {"organisations": [NEW, other], "trajectory": {"title": "Nieuw plein"}})

    assert answer.status_code == 200, answer.content
    left = {place["location"]["pointer"]: place["detail"] for place in answer.json()["left_alone"]}
    assert left == {
        "#/organisations/1/name": "dit blijft 'Wijk-A' — vraag een beheerder om het daar te wijzigen",
        "#/organisations/1/neighbourhoods": f"dit blijven {world.CENTRE} — vraag een beheerder om het daar te wijzigen",
    }
    # Permitted changes are stored.
    assert Trajectory.objects.get().title == "Nieuw plein"
    assert Organisation.objects.filter(slug="nieuwe-partij").exists()
    read = town.caller.get(f"{SQUARE}/dossier")
    assert read.headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize("writer", ["adviser"], indirect=True)
@pytest.mark.parametrize(
    ("part", "place", "status"),
    [
        ({"trajectory": {"neighbourhoods": [world.CENTRE, "merenwjk"]}}, "#/trajectory/neighbourhoods/1", 400),
        ({"organisations": [{**NEW, "neighbourhoods": ["elders"]}]}, "#/organisations/0/neighbourhoods/0", 400),
        ({"organisations": [{"slug": "x"}]}, "#/organisations/0/name", 400),
        ({"organisations": [{"slug": "x", "name": " wijk-A "}]}, "#/organisations/0/name", 409),
        ({"organisations": [{"slug": "residents", "name": "Wij"}]}, "#/organisations/0/slug", 409),
        ({"motions": ["M21.0098/04", "24.0001/02"]}, "#/motions/1", 400),
        ({"trajectory": {"commissioner": "niemand"}}, "#/trajectory/commissioner", 400),
    ],
)
def test_an_unknown_row_that_the_user_may_not_add_is_rejected_at_its_location(writer, part, place, status):
    _role, town = writer
    # A spelling error gets a suggestion.
    found = errors_of(put(town, part), status)
    assert list(found) == [place]
    assert Motion.objects.count() == 1
    assert Trajectory.objects.get().neighbourhoods.count() == 1


@pytest.mark.parametrize("writer", ["administrator"], indirect=True)
@pytest.mark.parametrize("number", ["nieuw", "importeren", "x/wijzigen"])
def test_a_dossier_cannot_add_a_motion_whose_number_is_a_reserved_path(writer, number):
    _role, town = writer
    assert list(errors_of(put(town, {"motions": [number]}))) == ["#/motions/0"]


@pytest.mark.parametrize("writer", ["administrator"], indirect=True)
def test_a_dossier_cannot_add_a_trajectory_whose_slug_is_a_reserved_path(writer):
    _role, town = writer
    body = {"dossier": 1, "trajectory": {"slug": "nieuw", "title": "Nieuw"}}
    assert list(errors_of(town.caller.put("/trajectories/nieuw/dossier", body, If_None_Match="*"))) == [
        "#/trajectory/slug"
    ]
