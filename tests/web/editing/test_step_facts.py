"""What a step form asks by kind: place and sign-up, who was reached, what the input changed, and who evaluated."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest

from participation.models import Changeset, Step
from participation.web.editing.step_form import StepForm
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

NEW_URL = "/trajecten/voorbeeldplein/stappen/nieuw/"
EVENING = "/trajecten/voorbeeldplein/stappen/s1/"
PLACE = ("place_name", "place_address", "place_accessible", "place_online_url", "sign_up_url")
REACH = ("reach_total", "reach_groups", "reach_neighbourhoods", "reach_note")
EFFECT = ("effect", "effect_note", "room_kept", "room_reason")


def step_form(kind, trajectory=None, **initial):
    """Return the unbound form of a new step of this kind."""
    found = trajectory or world.trajectory()
    row = Step(trajectory=found)
    return StepForm(row=row, trajectory=found, request_context=request_context(), initial={"kind": kind, **initial})


def open_fields(form):
    """Return the names of the fields that are visible without unfolding a group."""
    return [field.name for part in form.fieldsets() if not part.folded for field in part.fields]


def test_where_a_meeting_is_planned_place_and_sign_up_are_asked():
    assert set(PLACE) <= set(open_fields(step_form("activity")))
    decision = step_form("decision", world.trajectory("kade"))
    assert set(PLACE) <= set(decision.fields)
    assert set(PLACE).isdisjoint(open_fields(decision))


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("activity", {*REACH}),
        ("decision", {*EFFECT, "case_number"}),
        ("evaluation", {"evaluated_by"}),
        ("application", {"case_number"}),
        ("update", set()),
        ("inspection", set()),
    ],
)
def test_only_the_kinds_that_have_them_are_asked_for_the_new_facts(kind, asked):
    every = {*REACH, *EFFECT, "evaluated_by", "case_number"}
    assert every & set(step_form(kind).fields) == asked


def test_facts_that_another_kind_left_behind_stay_visible():
    row = world.step(world.trajectory(), kind="update", reach_total=12)
    form = StepForm(row=row, trajectory=row.trajectory, request_context=request_context())
    assert "reach_total" in form.fields
    assert "reach_note" not in form.fields


def test_without_a_telephone_number_the_form_of_a_meeting_leads_to_it(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    link = "/trajecten/voorbeeldplein/wijzigen/?veld=contact_phone&amp;veld=contact_email"
    assert link in get_form(client, NEW_URL, kind="activity").html
    square.contact_phone = "14 071"
    square.save()
    assert link not in get_form(client, NEW_URL, kind="activity").html


def test_a_meeting_is_recorded_with_its_place(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    get_form(client, NEW_URL, kind="activity").send(
        client,
        title="Bewonersavond",
        planned="volgende week dinsdag",
        place_name="Buurthuis Matilo",
        place_address="Zaanstraat 126, Leiden",
        place_accessible="yes",
        place_online_url="meet.example.org/plein",
        sign_up_url="https://example.org/aanmelden",
        description="U kiest uit drie schetsen.",
    )
    step = Step.objects.get()
    assert step.planned == world.on("2026-04-28")
    assert (step.place_name, step.place_address, step.place_accessible) == (
        "Buurthuis Matilo",
        "Zaanstraat 126, Leiden",
        True,
    )
    assert (step.place_online_url, step.sign_up_url) == (
        "https://meet.example.org/plein",
        "https://example.org/aanmelden",
    )
    assert step.description == "U kiest uit drie schetsen."


def test_an_address_that_is_no_web_address_gives_an_error_at_its_field():
    typed = {"kind": "activity", "title": "Avond", "sign_up_url": "bel de balie"}
    form = bound_form(StepForm, Step(trajectory=world.trajectory()), typed)
    assert list(form.errors) == ["sign_up_url"]


@pytest.mark.parametrize(("kind", "at_once"), [("activity", True), ("inspection", True), ("decision", False)])
def test_the_last_day_of_a_survey_is_asked_at_once(kind, at_once):
    assert ("closes" in open_fields(step_form(kind))) is at_once


def test_the_groups_of_the_plan_and_the_neighbourhoods_are_rows_already(client):
    square = world.trajectory()
    world.plan(square, target_groups=[{"group": "young_people", "method": "online"}, {"group": "de schaakclub"}])
    world.neighbourhood().neighbours.add(world.neighbourhood(world.LAKES))
    world.neighbourhood("ver-weg")
    world.step(square, done=world.on("2026-03-20"))
    log_in_as_adviser_of(client, square)
    shown = get_form(client, EVENING)
    assert [shown[f"reach_groups-{n}-group"] for n in range(3)] == ["jongeren", "de schaakclub", ""]
    assert shown["reach_neighbourhoods-0-slug"] == world.CENTRE
    chosen, empty = (
        shown.form.partition(f'name="reach_neighbourhoods-{row}-slug"')[2].partition("</select>")[0] for row in (0, 1)
    )
    assert world.LAKES not in chosen
    near, _heading, elsewhere = empty.partition('<optgroup label="Andere wijken en buurten">')
    assert f'value="{world.LAKES}"' in near
    assert 'value="ver-weg"' in elsewhere
    assert "ver-weg" not in near
    shown.send(client)
    assert not Changeset.objects.exists()


def test_who_was_reached_is_stored_with_the_words_of_the_plan(client):
    square = world.trajectory()
    world.plan(square, target_groups=[{"group": "young_people"}, {"group": "de schaakclub"}])
    world.step(square, done=world.on("2026-03-20"))
    log_in_as_adviser_of(client, square)
    reached = {"reach_groups-0-count": "4", "reach_groups-2-group": "Ouderen", "reach_groups-2-count": "0"}
    get_form(client, EVENING).send(client, reach_total="32", reach_note="Geteld bij de deur", **reached)
    step = Step.objects.get()
    assert (step.reach_total, step.reach_note) == (32, "Geteld bij de deur")
    assert step.reach_groups == [{"group": "young_people", "count": 4}, {"group": "older_people", "count": 0}]
    assert step.reach_neighbourhoods == []
    shown = get_form(client, EVENING)
    assert [shown[f"reach_groups-{n}-group"] for n in range(3)] == ["jongeren", "ouderen", "de schaakclub"]
    shown.send(client)
    assert Changeset.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"reach_total": "-1"}, "reach_total"),
        (table("reach_groups", {"group": "", "count": "3"}), "reach_groups"),
        (table("reach_groups", {"group": "jongeren", "count": "veel"}), "reach_groups"),
        (table("reach_neighbourhoods", {"slug": "verzonnen", "count": "3"}), "reach_neighbourhoods"),
    ],
)
def test_a_wrong_number_of_people_gives_an_error_at_its_field(typed, wrong):
    row = Step(trajectory=world.trajectory())
    form = bound_form(StepForm, row, {"kind": "activity", "title": "Avond", **typed})
    assert list(form.errors) == [wrong]


def test_people_from_another_neighbourhood_of_the_town_can_be_recorded(client):
    square = world.trajectory()
    world.neighbourhood("ver-weg")
    world.neighbourhood("elders", municipality="oegstgeest")
    world.step(square, done=world.on("2026-03-20"))
    log_in_as_adviser_of(client, square)
    shown = get_form(client, EVENING)
    assert 'value="elders"' not in shown.form
    shown.send(client, **{"reach_neighbourhoods-1-slug": "ver-weg", "reach_neighbourhoods-1-count": "6"})
    assert Step.objects.get().reach_neighbourhoods == [{"slug": "ver-weg", "count": 6}]


@pytest.mark.parametrize(
    ("typed", "wrong", "message"),
    [
        (
            table("reach_groups", {"group": "jongeren", "count": "12"}, {"group": "ouderen", "count": "10"}),
            ["reach_groups"],
            "jongeren: 12 mensen, en in totaal waren het er 10. Verbeter een van beide getallen",
        ),
        (
            table("reach_neighbourhoods", {"slug": world.CENTRE, "count": "11"}),
            ["reach_neighbourhoods"],
            "Binnenstad-Noord: 11 mensen, en in totaal waren het er 10.",
        ),
        # People are in several groups, and a district has the people of its neighbourhoods in it.
        (
            {
                **table("reach_groups", {"group": "jongeren", "count": "10"}, {"group": "ouderen", "count": "10"}),
                **table("reach_neighbourhoods", {"slug": world.CENTRE, "count": "10"}, {"slug": "wijk", "count": "10"}),
            },
            [],
            "",
        ),
    ],
)
def test_a_count_above_the_total_is_refused_and_a_sum_above_it_is_not(typed, wrong, message):
    square = world.trajectory()
    world.neighbourhood("wijk")
    facts = {"kind": "activity", "title": "Avond", "reach_total": "10"}
    form = bound_form(StepForm, Step(trajectory=square), {**facts, **typed})
    assert list(form.errors) == wrong
    assert message in str(form.errors)
    if wrong:
        assert str(form.errors).count("in totaal waren het er") == 1


def test_who_was_reached_is_unfolded_once_a_meeting_is_over():
    square = world.trajectory()
    coming = world.step(square, planned=world.on("2026-05-20"))
    past = world.step(square, "s2", planned=world.on("2026-04-19"))
    for row, visible in ((coming, False), (past, True)):
        form = StepForm(row=row, trajectory=square, request_context=request_context())
        assert ("reach_total" in open_fields(form)) is visible


def test_a_decision_says_what_the_input_changed_beside_the_room_of_the_plan(client):
    square = world.trajectory()
    world.plan(square, room="De plek van de bankjes")
    world.step(square, kind="decision", method="", done=world.on("2026-04-10"), starts_at=None, ends_at=None)
    log_in_as_adviser_of(client, square)
    shown = get_form(client, EVENING)
    assert "In het plan staat: “De plek van de bankjes”" in shown.form
    shown.send(
        client, effect="some", effect_note="Meer bomen", room_kept="no", room_reason="Te duur", case_number="RV 26.0012"
    )
    step = Step.objects.get()
    assert (step.effect, step.effect_note, step.room_kept, step.room_reason, step.case_number) == (
        "some",
        "Meer bomen",
        False,
        "Te duur",
        "RV 26.0012",
    )


def test_an_evaluation_names_its_maker_and_has_a_mark_with_a_decimal(client):
    square = world.trajectory()
    world.organisation("bureau-x", kind="research_bureau")
    log_in_as_adviser_of(client, square)
    shown = get_form(client, NEW_URL, kind="evaluation")
    shown.send(client, done="gisteren", evaluated_by="bureau-x", score="8,2")
    step = Step.objects.get()
    assert (step.evaluated_by, step.score, step.done) == ("bureau-x", Decimal("8.2"), world.on("2026-04-19"))
    shown = get_form(client, EVENING)
    assert shown["score"] == "8,2"
    shown.send(client)
    assert Changeset.objects.count() == 1


def test_a_report_has_the_items_that_the_rulebook_asks(client, settings):
    settings.RULEBOOK = "amsterdam"
    square = world.trajectory(municipality="amsterdam")
    log_in_as_adviser_of(client, square)
    shown = get_form(client, NEW_URL, kind="final_report", veld="items")
    assert "Hoe de participatie is gegaan" in shown.form
    assert shown.form.count('class="ld-highlighted"') == 5
    shown.send(client, item_procedure="Drie avonden", item_summary="Meer bomen\r\nen bankjes")
    step = Step.objects.get()
    assert step.items == {"procedure": "Drie avonden", "summary": "Meer bomen\nen bankjes"}
    get_form(client, EVENING).send(client, item_summary="")
    step.refresh_from_db()
    assert step.items == {"procedure": "Drie avonden"}


def test_an_item_that_the_rulebook_no_longer_asks_is_kept(client, settings):
    settings.RULEBOOK = "amsterdam"
    square = world.trajectory(municipality="amsterdam")
    world.step(square, kind="final_report", items={"verdwenen": "Tekst", "procedure": "Eén avond"})
    log_in_as_adviser_of(client, square)
    get_form(client, EVENING).send(client, item_procedure="Drie avonden")
    assert Step.objects.get().items == {"verdwenen": "Tekst", "procedure": "Drie avonden"}


def test_a_rulebook_without_items_asks_none():
    form = step_form("final_report")
    assert not any(name.startswith("item_") for name in form.fields)


@pytest.mark.parametrize(
    ("columns", "offered"), [({}, False), ({"instrument": "permit"}, True), ({"kind": "permit"}, True)]
)
def test_an_application_is_offered_where_it_is_about_a_permit(client, columns, offered):
    log_in_as_adviser_of(client, world.trajectory(**columns))
    assert ("kind=application" in client.get(NEW_URL).content.decode()) is offered
    assert ('value="application"' in get_form(client, NEW_URL, kind="activity").form) is offered


def test_new_times_take_back_that_it_ended_on_the_next_day(client):
    square = world.trajectory()
    world.step(square, starts_at=time(21, 0), ends_at=time(0, 30), ends_next_day=True)
    log_in_as_adviser_of(client, square)
    get_form(client, EVENING).send(client, note="Koffie om elf uur")
    assert Step.objects.get().ends_next_day is True
    get_form(client, EVENING).send(client, ends_at="23:00")
    step = Step.objects.get()
    assert (step.ends_at, step.ends_next_day) == (time(23, 0), None)


def test_an_impossible_mark_gives_an_error_at_its_field(client):
    square = world.trajectory()
    log_in_as_adviser_of(client, square)
    shown = FormPage(get_form(client, NEW_URL, kind="evaluation").send(client, title="Peiling", score="11"))
    assert list(shown.wrong) == ["score"]
    assert shown["score"] == "11"
