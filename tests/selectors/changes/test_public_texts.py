"""Earlier values of a trajectory as everyone may read them: texts are marked, addresses left out, numbers kept."""

import pytest

from participation.selectors.dossiers.records import plan_record, section_records, section_rows, trajectory_records
from tests import world

pytestmark = pytest.mark.django_db
THEN, NOW = "2026-04-01 10:00", "2026-04-02 10:00"
MOMENT = world.moment("2026-04-01 12:00")
CHANGED = "[tekst later gewijzigd]"


def changed(row, before, after):
    """Save a row with these columns, and later with others."""
    row.history.update(history_date=world.moment("2026-03-31 10:00"))
    world.record(row, THEN, **before)
    world.record(row, NOW, **after)


def test_the_new_texts_of_a_trajectory_are_marked_and_its_addresses_left_out():
    square = world.trajectory()
    before = {
        "case_number": "Z/26/1 (Jansen)",
        "contact_email": "jansen@leiden.nl",
        "contact_phone": "06 1234 5678",
        "external": [{"system": "Jansen", "id": "1", "url": "https://jansen.example"}],
        "no_participation_ground": "urgent",
        "no_participation_reason": "Jansen is ziek",
        "no_participation_by": "Jansen",
        "instrument": "permit",
    }
    after = {"contact_email": "plein@leiden.nl", "contact_phone": "14 071", "external": [], "case_number": "Z/26/1"}
    changed(square, before, {**after, "no_participation_reason": "Spoed", "no_participation_by": "college"})

    (record,) = trajectory_records([square.pk], MOMENT)

    assert record["case_number"] == CHANGED
    assert (record["contact"]["email"], record["contact"]["phone"]) == (None, None)
    assert record["external"] == [{"system": CHANGED, "id": CHANGED, "url": None}]
    decision = {"ground": "urgent", "reason": CHANGED, "decided_on": None, "by": CHANGED}
    assert (record["no_participation"], record["instrument"]) == (decision, "permit")


def test_the_new_texts_of_a_step_are_marked_and_its_numbers_kept():
    square = world.trajectory()
    step = world.step(square)
    before = {
        "place_name": "Bij Jansen",
        "place_online_url": "https://jansen.example",
        "sign_up_url": "https://jansen.example",
        "description": "Jansen vertelt",
        "reach_total": 40,
        "reach_groups": [{"group": "children", "count": 6}, {"group": "familie Jansen", "count": 3}],
        "reach_neighbourhoods": [{"slug": world.CENTRE, "count": 30}],
        "effect": "some",
        "effect_note": "Jansen kreeg gelijk",
        "items": {"summary": "Jansen sprak", "procedure": "Drie avonden"},
    }
    changed(step, before, {**dict.fromkeys(["place_name", "place_online_url", "sign_up_url", "description"], ""),
                           "reach_total": 41, "reach_groups": [], "reach_neighbourhoods": [], "effect_note": "Een bank",
                           "effect": "much", "items": {"procedure": "Drie avonden"}})  # fmt: skip

    (record,) = section_records("steps", section_rows("steps", square.pk, MOMENT), MOMENT)

    assert record["place"] == {"name": CHANGED, "address": None, "accessible": None, "online_url": None}
    assert (record["sign_up_url"], record["description"], record["effect_note"]) == (None, CHANGED, CHANGED)
    assert (record["reach"]["total"], record["effect"]) == (40, "some")
    assert record["reach"]["groups"] == [{"group": "children", "count": 6}, {"group": CHANGED, "count": 3}]
    assert record["reach"]["neighbourhoods"] == [{"slug": world.CENTRE, "count": 30}]
    assert record["items"] == {"summary": CHANGED, "procedure": "Drie avonden"}


def test_the_new_texts_of_a_scenario_and_a_plan_are_marked():
    square = world.trajectory()
    scenario, plan = world.scenario(square), world.plan(square)
    before = {"description": "Jansen", "advantages": "Jansen", "chosen": True, "chosen_reason": "Jansen"}
    changed(scenario, before, {"description": "", "advantages": "Rust", "chosen": False, "chosen_reason": ""})
    changed(plan, {"items": {"goal": "Jansen"}}, {"items": {}})

    (record,) = section_records("scenarios", section_rows("scenarios", square.pk, MOMENT), MOMENT)

    assert (record["description"], record["advantages"], record["chosen_reason"]) == (CHANGED, CHANGED, CHANGED)
    assert record["chosen"] is True
    assert plan_record(square.pk, MOMENT)["items"] == {"goal": CHANGED}


def test_staff_read_all_of_it():
    step = world.step(world.trajectory())
    changed(step, {"place_name": "Bij Jansen"}, {"place_name": ""})

    (record,) = section_records("steps", section_rows("steps", step.trajectory_id, MOMENT), MOMENT, True)

    assert record["place"]["name"] == "Bij Jansen"
