"""What is asked of people week by week: after planning a step, on the page of members, and for the coordinator."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from participation.models import Trajectory
from participation.selectors.trajectories.load import asked_of_people, overlaps, quieter_week, weeks_ahead
from tests import world
from tests.web.editing.form_helpers import get_form, log_in_as_adviser_of
from tests.web.html_helpers import PAGE, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
MONDAY, NEXT, BEFORE = date(2026, 5, 11), date(2026, 5, 18), date(2026, 5, 4)
TODAY = date(2026, 4, 20)


def text_of(html):
    return " ".join(strip_tags(html).split())


def plan_meeting(trajectory, day, ref="s1", **columns):
    return world.step(trajectory, ref, planned=world.on(day), title="Avond", **columns)


def asked():
    return [
        (item.day.isoformat(), item.is_last_day, item.ref)
        for item in asked_of_people(Trajectory.objects.all(), TODAY, date(2026, 6, 1))
    ]


def test_meetings_and_last_days_to_come_are_asked():
    square = world.trajectory()
    plan_meeting(square, "2026-05-12")
    world.step(square, "s2", method="survey", done=world.on("2026-04-10"), closes=world.on("2026-05-01"))
    plan_meeting(square, "2026-05-13", "s3", cancelled=True)
    plan_meeting(square, "2026-04-19", "s4")
    world.step(square, "s5", planned=world.between("2026-05-01", "2026-05-31", "month"))
    world.step(square, "s6", kind="decision", method="", planned=world.on("2026-05-12"))
    plan_meeting(world.trajectory("oud", retrospective=True), "2026-05-12", "s7")
    assert asked() == [("2026-05-01", True, "s2"), ("2026-05-12", False, "s1")]


@pytest.mark.parametrize(
    ("counts", "today", "expected"),
    [
        ({MONDAY: 3}, TODAY, NEXT),
        ({MONDAY: 3, NEXT: 1}, TODAY, NEXT),
        ({MONDAY: 3, NEXT: 2}, TODAY, BEFORE),
        ({MONDAY: 3, NEXT: 2}, date(2026, 5, 6), date(2026, 5, 25)),
        (dict.fromkeys((MONDAY, NEXT, BEFORE, date(2026, 5, 25), date(2026, 6, 1)), 2), date(2026, 5, 6), None),
    ],
)
def test_the_nearest_week_with_less_is_found(counts, today, expected):
    assert quieter_week(counts, MONDAY, today, 3) == expected


def test_a_week_is_full_from_the_number_of_the_municipality():
    square = world.trajectory()
    plan_meeting(square, "2026-05-12")
    plan_meeting(square, "2026-05-13", "s2")
    found = asked_of_people(Trajectory.objects.all(), TODAY, date(2026, 6, 1))
    assert [(row.week, row.is_busy) for row in weeks_ahead(found, 2)] == [(MONDAY, True)]
    assert [row.is_busy for row in weeks_ahead(found, 3)] == [False]


def test_after_planning_a_step_the_message_names_what_is_there_already(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    near = world.trajectory("buurplein")
    plan_meeting(near, "2026-05-12")
    plan_meeting(near, "2026-05-15", "s2")
    plan_meeting(world.trajectory("ver-weg", world.LAKES), "2026-05-14")
    get_form(client, f"{PAGE}stappen/nieuw/", kind="activity").send(client, title="Wandeling", planned="13-5-2026")
    text = text_of(get_html(client))
    assert "In die week vragen we dezelfde mensen al voor: Avond (bijeenkomst) (12 mei)" in text
    assert "Dan wordt het een volle week. In de week van 18 mei is er minder." in text
    assert "14 mei" not in text


def test_members_see_the_coming_six_weeks(client):
    client.force_login(world.user("association_member", world.RESIDENTS))
    square = world.trajectory()
    plan_meeting(square, "2026-05-12")
    plan_meeting(square, "2026-06-20", "s2")
    text = text_of(get_html(client, "/mijn/"))
    assert "In de komende zes weken Week van 11 mei 2026 Avond (bijeenkomst): 12 mei 2026" in text
    assert "20 juni" not in text.partition("In de komende zes weken")[2].partition("30 dagen")[0]


def test_trajectories_that_ask_the_same_people_can_be_joined(client):
    for slug, place in (("plein", world.CENTRE), ("straat", world.CENTRE), ("meer", world.LAKES)):
        plan_meeting(world.trajectory(slug, place), "2026-05-12")
    (found,) = overlaps(Trajectory.objects.all(), TODAY)
    assert (found.first[1], found.second[1], found.weeks) == ("plein", "straat", (MONDAY,))
    client.force_login(world.user("coordinator"))
    assert "Kan dit samen?" in get_html(client, "/werkverdeling/")


def test_fifty_trajectories_take_no_more_queries_than_two():
    def count():
        with CaptureQueriesContext(connection) as queries:
            overlaps(Trajectory.objects.all(), TODAY)
        return len(queries)

    plan_meeting(world.trajectory("een"), "2026-05-12")
    plan_meeting(world.trajectory("twee"), "2026-05-12")
    before = count()
    for number in range(50):
        plan_meeting(world.trajectory(f"t{number}"), "2026-05-12")
    assert count() == before == 3


def test_the_page_of_a_neighbourhood_shows_twelve_weeks_with_papers_and_full_weeks(client):
    square = world.trajectory()
    world.document(square, "d1", pages=120)
    world.document(square, "d2", pages=20)
    world.document(square, "d3")
    plan_meeting(square, "2026-05-12", documents=["d1", "d2"])
    plan_meeting(square, "2026-05-13", "s2", documents=["d1", "d3"])
    plan_meeting(square, "2026-05-20", "s3", closes=world.on("2026-05-22"), documents=["d2"])
    plan_meeting(world.trajectory("geheim", public=False), "2026-05-14")
    plan_meeting(world.trajectory("meer", world.LAKES), "2026-05-14")
    text = text_of(get_html(client, f"/wijken/{world.CENTRE}/gevraagd/"))
    assert "Geen van deze weken is vol." in text
    assert "11 mei 2026 2 0 3 documenten, 140 bladzijden of meer" in text
    assert "18 mei 2026 1 1 1 document, 20 bladzijden" in text
    assert "6 juli 2026 0 0 –" in text
    client.force_login(world.user("auditor"))
    text = text_of(get_html(client, f"/wijken/{world.CENTRE}/gevraagd/"))
    assert "De week van 11 mei is vol: dan wordt er veel gevraagd." in text


def test_an_organisation_is_asked_by_its_neighbourhoods_and_its_plans(client):
    plan_meeting(world.trajectory("plein"), "2026-05-12")
    lakes = world.trajectory("meer", world.LAKES)
    world.plan(lakes, world.RESIDENTS)
    plan_meeting(lakes, "2026-05-13")
    plan_meeting(world.trajectory("oever", world.LAKES), "2026-05-14")
    text = text_of(get_html(client, f"/organisaties/{world.RESIDENTS}/gevraagd/"))
    assert ("Plein" in text, "Meer" in text, "Oever" in text) == (True, True, False)
    calendar = client.get(f"/organisaties/{world.RESIDENTS}/agenda.ics").content.decode()
    assert (calendar.count("BEGIN:VEVENT"), "Oever" in calendar) == (2, False)
    client.force_login(world.user("association_member", world.RESIDENTS))
    assert f"/organisaties/{world.RESIDENTS}/gevraagd/" in get_html(client, "/mijn/")


def test_an_organisation_that_is_not_public_has_no_page_for_visitors(client):
    world.organisation("bakker", kind="developer")
    assert client.get("/organisaties/bakker/gevraagd/").status_code == 404
    assert client.get("/organisaties/bakker/agenda.ics").status_code == 404


def test_the_weeks_can_be_downloaded(client):
    square = world.trajectory()
    world.document(square, "d1", pages=12)
    plan_meeting(square, "2026-05-12", documents=["d1"])
    response = client.get(f"/wijken/{world.CENTRE}/gevraagd/?bestand=csv")
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 13
    assert "2026-05-11;1;0;1;12;nee" in lines


def test_the_page_takes_as_many_queries_for_fifty_trajectories_as_for_one(client):
    def count():
        with CaptureQueriesContext(connection) as queries:
            get_html(client, f"/wijken/{world.CENTRE}/gevraagd/")
        return len(queries)

    def add(slug):
        row = world.trajectory(slug)
        world.document(row, "d1", pages=2)
        plan_meeting(row, "2026-05-12", documents=["d1"])

    add("een")
    count()
    before = count()
    for number in range(50):
        add(f"t{number}")
    assert count() == before


def test_after_planning_a_step_the_message_says_how_much_there_is_to_read(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    near = world.trajectory("buurplein")
    world.document(near, "d1", pages=40)
    plan_meeting(near, "2026-05-12", documents=["d1"])
    get_form(client, f"{PAGE}stappen/nieuw/", kind="activity").send(client, title="Wandeling", planned="13-5-2026")
    assert "Daarvoor is er al te lezen: 1 document, 40 bladzijden." in text_of(get_html(client))
