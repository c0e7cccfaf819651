"""Recording steps: quick, with what is known filled in, and nothing lost."""

from __future__ import annotations

from datetime import time

import pytest

from participation.models import Changeset, Step
from tests import world
from tests.web.editing.sheet import Sheet, adviser_of, sheet

pytestmark = pytest.mark.django_db

NEW = "/trajecten/voorbeeldplein/stappen/nieuw/"
EVENING = "/trajecten/voorbeeldplein/stappen/s1/"
LATE = "Een einde vóór het begin is op de volgende dag, en dat is meer dan 12 uur later. Kijk beide tijden na."


def test_without_a_kind_one_chooses_that_first_and_keeps_what_was_asked_for(client):
    adviser_of(client, world.trajectory())
    html = client.get(NEW, {"about": "s1"}).content.decode()
    assert "stappen/nieuw/?about=s1&amp;kind=feedback" in html
    assert "<form" not in html.partition("<main")[2]


def test_what_the_address_says_is_filled_in(client):
    square = world.trajectory()
    world.step(square, title="Avond over de schets")
    adviser_of(client, square)
    shown = sheet(client, NEW, kind="feedback", about="s1", done="2026-03-28", method="meeting")
    assert shown["about"] == ["s1"]
    assert (shown["done"], shown["method"], shown["kind"]) == ("28 maart 2026", "meeting", "feedback")
    assert shown["title"] == "Terugkoppeling: Avond over de schets"
    assert shown["audience"] == ["residents"]
    assert "Avond over de schets (20 maart 2026)" in shown.html
    assert ">s1<" not in shown.html


def test_what_the_address_says_and_cannot_be_is_left_out(client):
    adviser_of(client, world.trajectory())
    shown = sheet(client, NEW, kind="activity", method="dance", planned="ooit", about="s9", score="many")
    assert (shown["method"], shown["planned"], shown["score"]) == ("", "", "")
    assert "s9" not in shown.form


def test_what_matters_for_a_kind_comes_first_and_all_else_is_there_folded(client):
    adviser_of(client, world.trajectory())
    shown = sheet(client, NEW, kind="inspection")
    first = shown.form.partition("<details")[0]
    for name in ("procedure", "closes", "announced_on"):
        assert f'name="{name}"' in first
    for name in ("score", "method", "stage", "starts_at"):
        assert f'name="{name}"' not in first
        assert name in shown.fields


def test_a_recorded_step_gets_a_ref_is_told_with_a_way_back_and_leads_to_its_trajectory(client):
    square = world.trajectory()
    world.step(square)
    adviser_of(client, square)
    shown = sheet(client, NEW, kind="contact")
    answer = shown.send(client, title="Gebeld met de vereniging", done="medio maart 2026", audience=["residents"])
    step = Step.objects.get(kind="contact")
    assert (step.ref, step.title, step.done.precision, step.audience) == (
        "s2",
        "Gebeld met de vereniging",
        "month_part",
        ["residents"],
    )
    assert answer["Location"] == "/trajecten/voorbeeldplein/"
    assert Changeset.objects.get().verb == "added"
    html = client.get("/trajecten/voorbeeldplein/").content.decode()
    assert f"/ongedaan/{Changeset.objects.get().pk}/" in html
    assert '<a href="#tijdlijn">' in html
    assert 'id="tijdlijn"' in html


def test_another_one_can_follow_with_the_same_filled_in(client):
    adviser_of(client, world.trajectory())
    answer = sheet(client, NEW, kind="contact", audience="residents").send(client, title="Gebeld", another="1")
    assert answer["Location"] == f"{NEW}?kind=contact&audience=residents"


def test_one_returns_to_where_one_came_from_and_never_to_another_site(client):
    adviser_of(client, world.trajectory())
    assert sheet(client, NEW, kind="contact", terug="/deze-week/").send(client)["Location"] == "/deze-week/"
    for elsewhere in ("//kwaad.example/", "https://kwaad.example/", "/\\kwaad.example", "javascript:alert(1)"):
        answer = sheet(client, NEW, kind="contact", terug=elsewhere).send(client)
        assert answer["Location"].startswith("/trajecten/voorbeeldplein/"), elsewhere


def test_a_mistake_is_told_at_its_field_and_nothing_typed_is_lost(client):
    adviser_of(client, world.trajectory())
    shown = sheet(client, NEW, kind="activity")
    again = Sheet(
        shown.send(client, title="Avond", planned="31-2-2026", starts_at="20:00", ends_at="19:00", note="Koffie")
    )
    assert not Step.objects.exists()
    assert (again["title"], again["planned"], again["note"]) == ("Avond", "31-2-2026", "Koffie")
    assert "planned" in again.wrong
    fixed = Sheet(again.send(client, planned="1-3-2026"))
    assert fixed.wrong == {"ends_at": LATE}
    fixed.send(client, ends_at="21:30")
    assert Step.objects.get().ends_at == time(21, 30)


def test_the_field_one_was_sent_for_is_in_sight_marked_and_first(client):
    square = world.trajectory()
    world.step(square, title="Avond")
    adviser_of(client, square)
    shown = sheet(client, EVENING, veld=["recess_reason", "announced_on", "nonsense"])
    assert 'name="recess_reason"' in shown.html
    assert shown.html.count("autofocus") == 1
    assert "autofocus" in shown.tag("recess_reason")
    assert shown.html.count('class="ld-asked"') == 2
    opened = shown.html.partition('name="recess_reason"')[0].rpartition("<details")[2].partition(">")[0]
    assert "open" in opened


def test_done_is_one_button_where_the_planned_day_has_come(client):
    square = world.trajectory()
    world.step(square)
    adviser_of(client, square)
    assert sheet(client, EVENING)["done"] == ""
    shown = sheet(client, EVENING, veld="done")
    assert shown["done"] == "20 maart 2026"
    shown.send(client)
    assert Step.objects.get().done == world.on("2026-03-20")


def test_another_day_that_the_address_says_goes_before_the_planned_one(client):
    square = world.trajectory()
    world.step(square)
    adviser_of(client, square)
    assert sheet(client, EVENING, veld="done", done="2026-03-21")["done"] == "21 maart 2026"


def test_what_is_to_be_planned_is_not_taken_to_be_done_today(client):
    adviser_of(client, world.trajectory())
    assert sheet(client, NEW, kind="contact", veld="planned")["done"] == ""
    assert sheet(client, NEW, kind="contact")["done"] != ""


def test_what_is_still_to_come_is_not_taken_to_be_done(client):
    square = world.trajectory()
    world.step(square, planned=world.on("2099-01-01"))
    adviser_of(client, square)
    assert sheet(client, EVENING, veld="done")["done"] == ""


def test_a_step_is_cancelled_with_its_reason(client):
    square = world.trajectory()
    world.step(square)
    adviser_of(client, square)
    refused = Sheet(sheet(client, EVENING).send(client, cancelled="on"))
    assert "note" in refused.wrong
    assert not Step.objects.get().cancelled
    refused.send(client, note="De zaal is afgebrand")
    assert Step.objects.get().cancelled


def test_what_was_chosen_before_and_is_not_offered_any_more_is_kept(client):
    square = world.trajectory(municipality="leiden")
    world.organisation("ver-weg", municipality="elders")
    world.step(square, audience=["ver-weg", "residents"], body="council")
    adviser_of(client, square)
    shown = sheet(client, EVENING)
    assert sorted(shown["audience"]) == ["residents", "ver-weg"]
    shown.send(client, title="Avond")
    step = Step.objects.get()
    assert (step.title, step.audience, step.body) == ("Avond", ["ver-weg", "residents"], "council")


def test_the_parties_of_the_plan_come_first_and_other_organisations_are_folded(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS)
    world.organisation(world.OUTSIDER)
    adviser_of(client, square)
    html = sheet(client, NEW, kind="activity").html
    audience = html.partition('id="id_audience"')[2]
    inside, outside = audience.index('value="wijk-a"'), audience.index('value="wijk-elders"')
    assert inside < audience.index('value="residents"') < audience.index("<details") < outside


def test_saving_what_nobody_changed_records_nothing(client):
    square = world.trajectory()
    world.step(
        square,
        note="Regel één\nRegel twee",
        done=world.between("2026-03-11", "2026-03-20", "month_part", "Medio maart"),
    )
    adviser_of(client, square)
    shown = sheet(client, EVENING)
    shown.send(client, note=shown["note"].replace("\n", "\r\n"))
    assert not Changeset.objects.exists()


@pytest.mark.parametrize("ref", ["s9", "", "nieuw/nieuw"])
def test_a_step_that_is_not_there_is_not_found(client, ref):
    square = world.trajectory()
    world.step(world.trajectory("elders"), "s9")
    adviser_of(client, square)
    assert client.get(f"/trajecten/voorbeeldplein/stappen/{ref}/").status_code == 404


@pytest.mark.parametrize("ref", ["avond 1", "é&?", "1/2", "100%"])
def test_a_ref_may_hold_any_text(client, ref):
    from django.urls import reverse

    square = world.trajectory()
    world.step(square, ref)
    adviser_of(client, square)
    assert client.get(reverse("step_change", args=[square.slug, ref])).status_code == 200


def test_the_number_of_queries_does_not_grow_with_what_there_is(client, django_assert_max_num_queries):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS)
    world.step(square)
    adviser_of(client, square)
    with django_assert_max_num_queries(30) as one:
        client.get(EVENING)
    for number in range(2, 30):
        world.step(square, f"s{number}")
        world.document(square, f"d{number}")
        world.contribution(square, f"c{number}")
        world.organisation(f"o{number}")
    with django_assert_max_num_queries(len(one)):
        client.get(EVENING)
