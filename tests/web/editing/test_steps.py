"""Pages for steps: known values are filled in, and nothing is lost."""

from __future__ import annotations

from datetime import time

import pytest
from django.db import connection

from participation.models import Changeset, Step
from tests import world
from tests.web.editing.form_helpers import FormPage, get_form, log_in_as_adviser_of

pytestmark = pytest.mark.django_db

NEW_URL = "/trajecten/voorbeeldplein/stappen/nieuw/"
EVENING = "/trajecten/voorbeeldplein/stappen/s1/"
LATE = "Een einde vóór het begin is op de volgende dag, en dat is meer dan 12 uur later. Kijk beide tijden na."


def test_without_a_kind_one_is_chosen_first_and_other_parameters_are_kept(client):
    log_in_as_adviser_of(client, world.trajectory())
    html = client.get(NEW_URL, {"about": "s1"}).content.decode()
    assert "stappen/nieuw/?about=s1&amp;kind=feedback" in html
    assert "<form" not in html.partition("<main")[2]


def test_url_parameters_prefill_the_form(client):
    square = world.trajectory()
    world.step(square, title="Avond over de schets")
    log_in_as_adviser_of(client, square)
    shown = get_form(client, NEW_URL, kind="feedback", about="s1", done="2026-03-28", method="meeting")
    assert shown["about"] == ["s1"]
    assert (shown["done"], shown["method"], shown["kind"]) == ("28 maart 2026", "meeting", "feedback")
    assert shown["title"] == "Terugkoppeling: Avond over de schets"
    assert shown["audience"] == ["residents"]
    assert "Avond over de schets (20 maart 2026)" in shown.html
    assert ">s1<" not in shown.html


def test_invalid_url_parameters_are_ignored(client):
    log_in_as_adviser_of(client, world.trajectory())
    shown = get_form(client, NEW_URL, kind="activity", method="dance", planned="ooit", about="s9", score="many")
    assert (shown["method"], shown["planned"], shown["score"]) == ("", "", "")
    assert "s9" not in shown.form


def test_fields_relevant_to_the_kind_come_first_and_others_are_collapsed(client):
    log_in_as_adviser_of(client, world.trajectory())
    shown = get_form(client, NEW_URL, kind="inspection")
    first = shown.form.partition("<details")[0]
    for name in ("procedure", "closes", "announced_on"):
        assert f'name="{name}"' in first
    for name in ("score", "method", "stage", "starts_at"):
        assert f'name="{name}"' not in first
        assert name in shown.fields


def test_a_recorded_step_gets_a_ref_and_a_message_with_an_undo_button(client):
    square = world.trajectory()
    world.step(square)
    log_in_as_adviser_of(client, square)
    shown = get_form(client, NEW_URL, kind="contact")
    response = shown.send(client, title="Gebeld met de vereniging", done="medio maart 2026", audience=["residents"])
    step = Step.objects.get(kind="contact")
    assert (step.ref, step.title, step.done.precision, step.audience) == (
        "s2",
        "Gebeld met de vereniging",
        "month_part",
        ["residents"],
    )
    assert response["Location"] == "/trajecten/voorbeeldplein/plan/"
    assert Changeset.objects.get().verb == "added"
    html = client.get("/trajecten/voorbeeldplein/plan/").content.decode()
    assert f"/ongedaan/{Changeset.objects.get().pk}/" in html
    assert '<a href="#tijdlijn">' in html
    assert 'id="tijdlijn"' in html


def test_another_step_can_be_added_with_the_same_values(client):
    log_in_as_adviser_of(client, world.trajectory())
    response = get_form(client, NEW_URL, kind="contact", audience="residents").send(client, title="Gebeld", another="1")
    assert response["Location"] == f"{NEW_URL}?kind=contact&audience=residents"


def test_the_user_returns_to_the_previous_page_on_this_site_only(client):
    log_in_as_adviser_of(client, world.trajectory())
    assert get_form(client, NEW_URL, kind="contact", terug="/deze-week/").send(client)["Location"] == "/deze-week/"
    for elsewhere in ("//kwaad.example/", "https://kwaad.example/", "/\\kwaad.example", "javascript:alert(1)"):
        response = get_form(client, NEW_URL, kind="contact", terug=elsewhere).send(client)
        assert response["Location"].startswith("/trajecten/voorbeeldplein/"), elsewhere


def test_an_error_is_shown_at_its_field_and_the_input_is_kept(client):
    log_in_as_adviser_of(client, world.trajectory())
    shown = get_form(client, NEW_URL, kind="activity")
    again = FormPage(
        shown.send(client, title="Avond", planned="31-2-2026", starts_at="20:00", ends_at="19:00", note="Koffie")
    )
    assert not Step.objects.exists()
    assert (again["title"], again["planned"], again["note"]) == ("Avond", "31-2-2026", "Koffie")
    assert "planned" in again.wrong
    fixed = FormPage(again.send(client, planned="1-3-2026"))
    assert fixed.wrong == {"ends_at": LATE}
    fixed.send(client, ends_at="21:30")
    assert Step.objects.get().ends_at == time(21, 30)


@pytest.mark.parametrize(
    ("kind", "date_field"),
    [("activity", "planned"), ("decision", "planned"), ("milestone", "planned"), ("update", "done")],
)
def test_a_step_without_a_name_or_a_date_is_not_recorded(client, kind, date_field):
    log_in_as_adviser_of(client, world.trajectory())
    again = FormPage(get_form(client, NEW_URL, kind=kind).send(client, title=" ", planned="", done=""))

    assert sorted(again.wrong) == sorted(["title", date_field])
    assert again.wrong["title"].startswith("Vul een naam of een datum in.")
    assert not Step.objects.exists()


@pytest.mark.parametrize("typed", [{"title": "Avond"}, {"planned": "nog te plannen"}, {"done": "2-3-2026"}])
def test_a_name_or_a_date_is_enough_for_a_step(client, typed):
    log_in_as_adviser_of(client, world.trajectory())
    get_form(client, NEW_URL, kind="activity").send(client, **typed)

    assert Step.objects.count() == 1


def test_an_imported_step_without_a_name_or_a_date_can_be_changed_and_a_name_is_not_taken_away(client):
    square = world.trajectory()
    world.step(square, title="", planned=None, done=None)
    log_in_as_adviser_of(client, square)
    get_form(client, EVENING).send(client, note="Koffie om elf uur")
    assert Step.objects.get().note == "Koffie om elf uur"

    get_form(client, EVENING).send(client, title="Avond")
    assert "title" in FormPage(get_form(client, EVENING).send(client, title="")).wrong
    assert Step.objects.get().title == "Avond"


def test_the_field_named_in_the_url_is_visible_marked_and_first(client):
    square = world.trajectory()
    world.step(square, title="Avond")
    log_in_as_adviser_of(client, square)
    shown = get_form(client, EVENING, veld=["recess_reason", "announced_on", "nonsense"])
    assert 'name="recess_reason"' in shown.html
    assert shown.html.count("autofocus") == 1
    assert "autofocus" in shown.tag("recess_reason")
    assert shown.html.count('class="ld-highlighted"') == 2
    opened = shown.html.partition('name="recess_reason"')[0].rpartition("<details")[2].partition(">")[0]
    assert "open" in opened


def test_a_step_whose_planned_day_has_come_is_prefilled_as_done(client):
    square = world.trajectory()
    world.step(square)
    log_in_as_adviser_of(client, square)
    assert get_form(client, EVENING)["done"] == ""
    shown = get_form(client, EVENING, veld="done")
    assert shown["done"] == "20 maart 2026"
    shown.send(client)
    assert Step.objects.get().done == world.on("2026-03-20")


def test_a_date_in_the_url_takes_precedence_over_the_planned_date(client):
    square = world.trajectory()
    world.step(square)
    log_in_as_adviser_of(client, square)
    assert get_form(client, EVENING, veld="done", done="2026-03-21")["done"] == "21 maart 2026"


def test_a_step_that_needs_planning_is_not_prefilled_as_done_today(client):
    log_in_as_adviser_of(client, world.trajectory())
    assert get_form(client, NEW_URL, kind="contact", veld="planned")["done"] == ""
    assert get_form(client, NEW_URL, kind="contact")["done"] != ""


def test_a_future_step_is_not_prefilled_as_done(client):
    square = world.trajectory()
    world.step(square, planned=world.on("2099-01-01"))
    log_in_as_adviser_of(client, square)
    assert get_form(client, EVENING, veld="done")["done"] == ""


def test_a_step_is_cancelled_with_its_reason(client):
    square = world.trajectory()
    world.step(square)
    log_in_as_adviser_of(client, square)
    refused = FormPage(get_form(client, EVENING).send(client, cancelled="on"))
    assert "note" in refused.wrong
    assert not Step.objects.get().cancelled
    refused.send(client, note="De zaal is afgebrand")
    assert Step.objects.get().cancelled


def test_a_stored_choice_that_is_no_longer_offered_is_kept(client):
    square = world.trajectory(municipality="leiden")
    world.organisation("ver-weg", municipality="elders")
    world.step(square, audience=["ver-weg", "residents"], body="council")
    log_in_as_adviser_of(client, square)
    shown = get_form(client, EVENING)
    assert sorted(shown["audience"]) == ["residents", "ver-weg"]
    shown.send(client, title="Avond")
    step = Step.objects.get()
    assert (step.title, step.audience, step.body) == ("Avond", ["ver-weg", "residents"], "council")


def test_parties_of_the_plan_come_first_and_other_organisations_are_collapsed(client):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS)
    world.organisation(world.OUTSIDER)
    log_in_as_adviser_of(client, square)
    html = get_form(client, NEW_URL, kind="activity").html
    audience = html.partition('id="id_audience"')[2]
    inside, outside = audience.index('value="wijk-a"'), audience.index('value="wijk-elders"')
    assert inside < audience.index('value="residents"') < audience.index("<details") < outside


def test_saving_without_changes_records_nothing(client):
    square = world.trajectory()
    world.step(
        square,
        note="Regel één\nRegel twee",
        done=world.between("2026-03-11", "2026-03-20", "month_part", "Medio maart"),
    )
    log_in_as_adviser_of(client, square)
    shown = get_form(client, EVENING)
    shown.send(client, note=shown["note"].replace("\n", "\r\n"))
    assert not Changeset.objects.exists()


@pytest.mark.parametrize("ref", ["s9", "", "nieuw/nieuw"])
def test_an_unknown_step_gives_404(client, ref):
    square = world.trajectory()
    world.step(world.trajectory("elders"), "s9")
    log_in_as_adviser_of(client, square)
    assert client.get(f"/trajecten/voorbeeldplein/stappen/{ref}/").status_code == 404


@pytest.mark.parametrize("ref", ["avond 1", "é&?", "1/2", "100%"])
def test_a_ref_may_contain_any_text(client, ref):
    from django.urls import reverse

    square = world.trajectory()
    world.step(square, ref)
    log_in_as_adviser_of(client, square)
    assert client.get(reverse("step_change", args=[square.slug, ref])).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_data(client, django_assert_max_num_queries):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS)
    world.step(square)
    log_in_as_adviser_of(client, square)
    with django_assert_max_num_queries(30) as one:
        client.get(EVENING)
    for number in range(2, 30):
        world.step(square, f"s{number}")
        world.document(square, f"d{number}")
        world.contribution(square, f"c{number}")
        world.organisation(f"o{number}")
    with django_assert_max_num_queries(len(one)):
        client.get(EVENING)


def test_saving_a_moved_date_takes_a_bounded_number_of_queries(client, django_assert_max_num_queries):
    square = world.trajectory()
    world.plan(square, world.RESIDENTS)
    world.step(square, planned="2026-12-20")
    for number in range(2, 30):
        world.step(square, f"s{number}")
        world.document(square, f"d{number}")
    log_in_as_adviser_of(client, square)
    get_form(client, EVENING).send(client, note="De grote zaal")
    page = get_form(client, EVENING)
    # PostgreSQL locks the obligations that change; SQLite has no such lock.
    with django_assert_max_num_queries(41 + connection.features.has_select_for_update):
        assert page.send(client, planned="21-12-2026").status_code == 302
    assert Changeset.objects.count() == 2
    assert Step.objects.get(ref="s1").planned == world.on("2026-12-21")


def test_a_choice_that_the_form_did_not_offer_is_refused(client):
    square = world.trajectory()
    world.step(square, documents=["d9"])
    log_in_as_adviser_of(client, square)
    page = FormPage(get_form(client, EVENING).send(client, documents=["d8"]))
    assert "d8" in page.wrong["documents"]
