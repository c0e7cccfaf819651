"""Assignment of trajectories: visible to coordinators and auditors, changed by coordinators."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset
from participation.selectors.trajectories.coordination import adviser_loads
from tests import world
from tests.web.html_helpers import TODAY, get_html, overdue_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

PAGE = "/werkverdeling/"
RULEBOOKS = load_rulebooks("leiden")


@pytest.fixture
def coordinator(client):
    user = world.user("coordinator")
    client.force_login(user)
    return user


def add_workload(name, overdue_by=(), soon=0, **columns):
    """Create an adviser with a trajectory that has this number of obligations."""
    user = world.user("adviser", name=name, **columns)
    of = world.trajectory(f"plein-van-{name}")
    of.advisers.add(user)
    for number, days in enumerate(overdue_by):
        overdue_obligation(of, subject=f"o{number}", due_on=TODAY - timedelta(days=days))
    for number in range(soon):
        overdue_obligation(of, subject=f"s{number}", due_on=TODAY)
    return user


def test_the_adviser_with_the_most_work_comes_first_with_the_oldest_date():
    add_workload("ann", [3, 12], soon=1)
    add_workload("bob")
    add_workload("cas", [1, 1, 1], soon=4)
    found = adviser_loads(RULEBOOKS, TODAY)
    assert [(load.name, load.trajectories, load.overdue, load.soon) for load in found] == [
        ("cas", 1, 3, 4),
        ("ann", 1, 2, 1),
        ("bob", 1, 0, 0),
    ]
    assert [load.oldest for load in found] == [date(2026, 4, 19), date(2026, 4, 8), None]
    assert [load.is_high for load in found] == [True, False, False]


def test_who_has_most_by_law_comes_first_and_what_is_old_is_counted_apart(client, coordinator):
    add_workload("ann", [3, 29, 40])
    bob = add_workload("bob")
    overdue_obligation(bob.trajectories.get(), rule="complaint-handled", subject="r1", due_on=TODAY)
    assert [(load.name, load.statutory, load.overdue, load.old) for load in adviser_loads(RULEBOOKS, TODAY)] == [
        ("bob", 1, 0, 0),
        ("ann", 0, 3, 2),
    ]
    assert "(2 al meer dan vier weken)" in " ".join(get_html(client, PAGE).split())


def test_trajectories_with_most_by_law_come_first(client, coordinator):
    ann = add_workload("ann", [3, 40])
    last = world.trajectory("zuid")
    last.advisers.add(ann)
    overdue_obligation(last, rule="complaint-handled", subject="r1", due_on=TODAY)
    html = " ".join(get_html(client, f"{PAGE}?adviseur={ann.pk}").partition('id="trajecten"')[2].split())
    assert html.index(">Zuid<") < html.index(">Plein Van Ann<")
    assert "1 uit wet of verordening" in html
    assert "2 punten te laat (1 al meer dan vier weken)" in html


def test_retrospective_trajectories_are_no_work_and_shared_ones_count_for_both():
    ann, bob = add_workload("ann", [3]), world.user("adviser", name="bob")
    ann.trajectories.first().advisers.add(bob)
    old = world.trajectory("oud", retrospective=True)
    old.advisers.add(bob)
    overdue_obligation(old)
    assert [(load.name[:3], load.trajectories, load.overdue) for load in adviser_loads(RULEBOOKS, TODAY)] == [
        ("ann", 1, 1),
        ("bob", 1, 1),
    ]


def test_a_single_adviser_is_not_compared():
    add_workload("ann", [1] * 20)
    assert [load.is_high for load in adviser_loads(RULEBOOKS, TODAY)] == [False]


def test_groups_nobody_spoke_with_keep_the_capitals_of_names(client, coordinator):
    world.trajectory()
    assert ", nieuwkomers in Nederland, " in get_html(client, "/werkverdeling/")


def test_a_departed_adviser_is_listed_until_their_work_is_reassigned(client, coordinator):
    add_workload("ann", [3], is_active=False)
    html = get_html(client, PAGE)
    assert "geen adviseur meer" in html
    assert "Trajecten zonder adviseur (1)" in " ".join(html.split())


def test_unassigned_trajectories_are_assigned_together(client, coordinator):
    ann = world.user("adviser", name="ann")
    squares = [world.trajectory("een"), world.trajectory("twee"), world.trajectory("dicht", status="closed")]
    html = get_html(client, PAGE)
    assert "Een" in html
    assert "Dicht" not in html
    response = client.post(PAGE, {"traject": [squares[0].pk, squares[1].pk], "naar": ann.pk}, follow=True)
    assert "2 trajecten zijn overgedragen." in response.content.decode()
    assert set(ann.trajectories.values_list("slug", flat=True)) == {"een", "twee"}
    assert Changeset.objects.filter(verb="assigned").count() == 2


def test_work_of_a_departing_adviser_is_reassigned_and_can_be_undone(client, coordinator):
    ann, bob = add_workload("ann"), world.user("adviser", name="bob")
    [square] = ann.trajectories.all()
    html = get_html(client, f"{PAGE}?adviseur={ann.pk}")
    assert "Trajecten van ann" in html
    response = client.post(f"{PAGE}?adviseur={ann.pk}", {"traject": [square.pk], "naar": bob.pk}, follow=True)
    assert list(square.advisers.all()) == [bob]
    assert f"/ongedaan/{Changeset.objects.get().pk}/" in response.content.decode()
    client.post(f"{PAGE}?adviseur={bob.pk}", {"traject": [square.pk], "naar": "niemand"})
    assert not square.advisers.exists()


@pytest.mark.parametrize("missing", ["traject", "naar"])
def test_a_missing_choice_gives_an_error_and_ticked_rows_are_kept(client, coordinator, missing):
    ann, square = world.user("adviser", name="ann"), world.trajectory()
    data = {"traject": str(square.pk), "naar": str(ann.pk)}
    del data[missing]
    html = client.post(PAGE, data).content.decode()
    assert ("Kruis de trajecten aan" in html) is (missing == "traject")
    assert ("Kies wie ze overneemt." in html) is (missing == "naar")
    assert (f'value="{square.pk}" checked' in html) is (missing == "naar")
    assert not square.advisers.exists()


def test_only_advisers_can_be_assigned(client, coordinator):
    square, auditor = world.trajectory(), world.user("auditor")
    client.post(PAGE, {"traject": [square.pk], "naar": auditor.pk})
    assert not square.advisers.exists()


@pytest.mark.parametrize(
    ("role", "get", "post"), [("auditor", 200, 403), ("adviser", 403, 403), ("association_member", 403, 403)]
)
def test_other_users_cannot_assign(client, role, get, post):
    square = world.trajectory()
    client.force_login(world.user(role, *([world.RESIDENTS] if role == "association_member" else [])))
    assert client.get(PAGE).status_code == get
    assert client.post(PAGE, {"traject": [square.pk]}).status_code == post
    assert client.get("/trajecten/voorbeeldplein/toewijzen/").status_code == 403
    assert client.post("/trajecten/voorbeeldplein/toewijzen/", {}).status_code == 403


def test_an_auditor_sees_no_form(client):
    world.trajectory()
    client.force_login(world.user("auditor"))
    assert "<form" not in get_html(client, PAGE).partition("<main")[2]


def test_a_single_trajectory_is_assigned_on_its_own_page(client, coordinator):
    ann, bob, square = world.user("adviser", name="ann"), world.user("adviser", name="bob"), world.trajectory()
    square.advisers.add(ann)
    page = "/trajecten/voorbeeldplein/toewijzen/"
    html = get_html(client, page)
    assert f'name="seen" value="{ann.pk}"' in html
    response = client.post(page, {"advisers": [ann.pk, bob.pk], "seen": str(ann.pk)})
    assert (response.status_code, response.headers["Location"]) == (302, "/trajecten/voorbeeldplein/")
    assert square.advisers.count() == 2
    stale = client.post(page, {"advisers": [ann.pk], "seen": str(ann.pk)})
    assert stale.status_code == 409
    assert "Iemand heeft de adviseurs intussen veranderd." in stale.content.decode()
    assert square.advisers.count() == 2


def test_an_unknown_adviser_gives_404(client, coordinator):
    assert client.get(f"{PAGE}?adviseur=999").status_code == 404


def test_more_users_take_no_more_queries(client, coordinator):
    add_workload("ann", [3])
    world.trajectory("los")
    with CaptureQueriesContext(connection) as few:
        get_html(client, PAGE)
    for number in range(50):
        add_workload(f"n{number}", [3, 4])
        overdue_obligation(world.trajectory(f"los-{number}"))
    with CaptureQueriesContext(connection) as many:
        get_html(client, PAGE)
    assert len(many) == len(few)
