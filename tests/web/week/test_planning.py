"""The schedule: tried with other dates without writing, and applied after a confirmation."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.models import Changeset, Step
from tests import world
from tests.web.html_helpers import get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

PLANNING = "/trajecten/voorbeeldplein/planning/"


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def adviser(client, square):
    user = world.user("adviser")
    square.advisers.add(user)
    client.force_login(user)
    return user


@pytest.fixture
def planned(square):
    """Create a meeting on 20 May and a decision of the council on 1 July."""
    evening = world.step(square, "s1", title="Avond", planned=world.on("2026-05-20"))
    decision = world.step(
        square,
        "b1",
        kind="decision",
        method="",
        stage="adoption",
        body="council",
        title="Raadsbesluit",
        planned=world.on("2026-07-01"),
        starts_at=None,
        ends_at=None,
        audience=[],
    )
    return evening, decision


def everything():
    """Return the number of rows of every table, with histories."""
    return {
        model._meta.label: model._default_manager.count() for model in apps.get_app_config("participation").get_models()
    }


def main(html):
    return html.partition("<main")[2]


def test_a_new_trajectory_gets_a_full_schedule_from_its_decision_date(client, adviser):
    assert "Er is nog geen besluit met een dag." in get_html(client, PLANNING)
    html = main(get_html(client, f"{PLANNING}?besluit=2026-11-05")).partition("<tbody>")[2]
    for what, day in (
        ("Eerste bijeenkomst met bewoners", "24 september 2026"),
        ("Aankondiging van de bijeenkomst", "3 september 2026"),
        ("Belangenafweging openbaar gemaakt", "26 oktober 2026"),
        ("Stukken naar raad of commissie gestuurd", "29 oktober 2026"),
        ("Evaluatie van het traject", "3 februari 2027"),
    ):
        row = next(row for row in html.split("<tr>") if what in row)
        assert f'<span class="ld-nowrap">{day}</span>' in row, what
    assert html.index("Vandaag") < html.index("Eerste bijeenkomst") < html.index("Het besluit</td>")
    assert html.index("Het besluit</td>") < html.index("Evaluatie van het traject")


def test_a_suggestion_that_is_too_late_says_so_and_cannot_be_selected(client, adviser):
    html = main(get_html(client, f"{PLANNING}?besluit=2026-05-20"))
    row = next(row for row in html.split("<tr>") if "Eerste bijeenkomst met bewoners" in row)
    assert "niet meer op tijd" in row
    assert "checkbox" not in row


def test_moving_a_date_shows_what_no_longer_fits_and_what_fits_again(client, adviser, planned):
    evening, decision = planned
    html = main(get_html(client, f"{PLANNING}?besluit=2026-06-08&stap-{evening.pk}=2026-05-20"))
    worse = html.partition("Dit past niet meer")[2].partition("</ul>")[0]
    assert "Genoeg tijd vóór het besluit" in worse
    assert "uiterlijk 27 april 2026" in worse
    assert "gepland op 20 mei 2026" in worse
    world.record(decision, "2026-04-19 12:00", planned=world.on("2026-06-08"))
    html = main(get_html(client, f"{PLANNING}?besluit=2026-07-02"))
    assert "Genoeg tijd vóór het besluit" in html.partition("Dit past nu wel")[2].partition("</ul>")[0]
    assert "Dit past niet meer" not in html


def test_a_preview_writes_nothing_whatever_is_moved(client, adviser, planned):
    evening, _decision = planned
    before = everything()
    with CaptureQueriesContext(connection) as queries:
        get_html(client, f"{PLANNING}?besluit=2026-06-08&stap-{evening.pk}=2026-06-01")
    wrote = [q["sql"] for q in queries if re.match(r"\s*(INSERT|UPDATE|DELETE)\b", q["sql"], re.IGNORECASE)]
    assert wrote == []
    assert everything() == before


def test_a_preview_of_fifty_steps_takes_no_more_queries_than_of_one(client, adviser, square, planned):
    with CaptureQueriesContext(connection) as few:
        get_html(client, PLANNING)
    for number in range(50):
        world.step(square, f"s{number + 10}", planned=world.on("2026-05-28"), title=f"Avond {number}")
    with CaptureQueriesContext(connection) as many:
        get_html(client, PLANNING)
    assert len(many) == len(few)


def test_applying_the_schedule_asks_for_confirmation_first(client, adviser, planned):
    evening, decision = planned
    data = {"besluit": "2026-07-08", f"stap-{evening.pk}": "2026-05-27", "neem": ["evaluation"]}
    before = everything()
    html = main(client.post(PLANNING, data).content.decode())
    assert "Avond: 20 mei 2026 → 27 mei 2026" in html
    assert "Raadsbesluit: 1 juli 2026 → 8 juli 2026" in html
    assert "Evaluatie van het traject" in html
    assert everything() == before

    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html)
    confirmed: dict[str, list[str]] = {}
    for name, value in hidden:
        if name != "csrfmiddlewaretoken":
            confirmed.setdefault(name, []).append(value)
    response = client.post(PLANNING, confirmed, follow=True)
    evening.refresh_from_db()
    decision.refresh_from_db()
    assert (evening.planned, decision.planned) == (world.on("2026-05-27"), world.on("2026-07-08"))
    [evaluation] = Step.objects.filter(kind="evaluation")
    assert evaluation.planned == world.on("2026-10-06")
    [entry] = Changeset.objects.all()
    assert entry.verb == "rescheduled"
    assert f"/ongedaan/{entry.pk}/" in response.content.decode()


def test_steps_moved_concurrently_are_not_overwritten(client, adviser, planned):
    evening, _decision = planned
    Step.objects.filter(pk=evening.pk).update(planned=world.on("2026-05-21"))
    data = {f"stap-{evening.pk}": "2026-05-27", f"gezien-{evening.pk}": "2026-05-20", "bevestig": "1"}
    response = client.post(PLANNING, {**data, "besluit": "2026-07-01"})
    assert response.status_code == 409
    assert "Iemand heeft de planning intussen veranderd." in response.content.decode()
    evening.refresh_from_db()
    assert evening.planned == world.on("2026-05-21")


def test_without_a_selection_there_is_nothing_to_apply(client, adviser, planned):
    html = client.post(PLANNING, {"besluit": "2026-07-01"}).content.decode()
    assert "Er is nog niets over te nemen" in html
    assert Changeset.objects.count() == 0


def test_an_unreadable_date_gives_a_field_error_and_is_kept(client, adviser, planned):
    html = main(get_html(client, f"{PLANNING}?besluit=ooit"))
    assert 'role="alert"' in html
    assert 'value="ooit"' in html
    assert 'role="alert"' in main(get_html(client, f"{PLANNING}?besluit=0001-01-01"))


def test_a_decision_that_was_taken_is_not_moved(client, adviser, square, planned):
    _evening, decision = planned
    Step.objects.filter(pk=decision.pk).update(done=world.on("2026-04-15"))
    html = main(get_html(client, f"{PLANNING}?besluit=2026-09-01"))
    assert "bij een besluit op 15 april 2026" in html


@pytest.mark.parametrize(
    ("role", "get", "post"),
    [("auditor", 200, 403), ("coordinator", 200, 200), ("adviser", 200, 403), ("association_member", 403, 403)],
)
def test_staff_may_preview_and_editors_may_apply(client, planned, role, get, post):
    client.force_login(world.user(role, *([world.RESIDENTS] if role == "association_member" else [])))
    assert client.get(PLANNING).status_code == get
    assert client.post(PLANNING, {"besluit": "2026-07-08"}).status_code == post


def test_visitors_are_redirected_to_login_and_unknown_trajectories_give_404(client, square, adviser):
    assert client.get("/trajecten/elders/planning/").status_code == 404
    client.logout()
    assert client.get(PLANNING).status_code == 302


def test_the_schedule_of_a_retrospective_trajectory_is_read_only(client, adviser, square, planned):
    square.retrospective = True
    square.save()
    assert "Neem deze planning over" not in get_html(client, f"{PLANNING}?besluit=2026-08-01")
    assert client.post(PLANNING, {"besluit": "2026-08-01", "bevestig": "1"}).status_code == 403


def test_the_dates_can_be_shared_in_a_url(client, adviser, planned):
    evening, _decision = planned
    html = get_html(client, f"{PLANNING}?besluit=2026-07-08&stap-{evening.pk}=2026-05-27")
    assert re.search(rf'name="stap-{evening.pk}" value="2026-05-27"', html)
    assert date(2026, 7, 8).isoformat() in html
