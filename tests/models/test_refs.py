"""Refs and parties must exist, and an error is reported at its own field."""

import pytest
from django.core.exceptions import ValidationError
from django.forms import modelform_factory

from participation.models import Contribution, Document, DocumentShare, Motion, Plan, Scenario, Step
from tests import world

pytestmark = pytest.mark.django_db


def wrong_fields(row):
    try:
        row.full_clean()
    except ValidationError as error:
        return set(error.error_dict)
    return set()


@pytest.fixture
def square():
    square = world.trajectory()
    world.organisation(world.RESIDENTS)
    world.step(square, "avond")
    world.document(square, "schets")
    world.contribution(square, "bomen")
    return square


def test_a_step_with_an_existing_ref_is_accepted(square):
    feedback = Step(
        trajectory=square,
        ref="terugkoppeling",
        kind="feedback",
        about=["avond", "schets", "bomen"],
        uses=["avond", "schets"],
        documents=["schets"],
        audience=["residents", world.RESIDENTS],
        body="council",
    )

    assert wrong_fields(feedback) == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("about", ["ochtend"]),
        ("about", ["avond", "terugkoppeling"]),
        ("uses", ["bomen"]),
        ("documents", ["avond"]),
        ("audience", ["wijk-b"]),
        ("audience", ["council"]),
        ("body", "residents"),
        ("ref", "schets"),
        ("ref", "avond\n2"),
        ("about", ["avond", "avond"]),
        ("about", "avond"),
        ("planned", "20 maart"),
    ],
)
def test_a_step_with_an_unknown_ref_gives_a_field_error(square, field, value):
    step = Step(trajectory=square, ref="terugkoppeling", kind="feedback")
    setattr(step, field, value)

    assert wrong_fields(step) == {field}


def test_an_existing_row_cannot_refer_to_itself(square):
    evening = Step.objects.get(ref="avond")
    evening.about = evening.uses = ["avond"]

    assert wrong_fields(evening) == {"about", "uses"}


def test_a_ref_of_another_trajectory_is_rejected(square):
    elsewhere = world.trajectory("ander-plein")

    assert wrong_fields(Step(trajectory=elsewhere, ref="s1", about=["avond"])) == {"about"}


def test_refs_of_other_models_are_validated(square):
    assert wrong_fields(Contribution(trajectory=square, ref="c9", step="schets")) == {"step"}
    assert wrong_fields(Contribution(trajectory=square, ref="c9", party="wijk-b")) == {"party"}
    assert wrong_fields(Document(trajectory=square, ref="d9", replaces="avond")) == {"replaces"}
    assert wrong_fields(Scenario(trajectory=square, ref="bomen")) == {"ref"}
    assert wrong_fields(DocumentShare(document=Document.objects.get(), party="wijk-b")) == {"party"}
    assert wrong_fields(Contribution(trajectory=square, ref="c9", step="avond", party="residents")) == set()


def test_a_form_without_the_invalid_field_can_be_saved(square):
    evening = Step.objects.get(ref="avond")
    Step.objects.filter(pk=evening.pk).update(audience=["wijk-die-niet-meer-bestaat"])
    evening.refresh_from_db()

    form = modelform_factory(Step, fields=["note"])({"note": "Het regende"}, instance=evening)

    assert form.is_valid(), form.errors


def test_a_form_parses_lists_as_lines_and_empty_ones_as_empty(square):
    fields = ["audience", "about", "documents"]
    evening = Step.objects.get(ref="avond")
    typed = {"audience": "residents\r\n\r\n wijk-a \r\nresidents", "about": "", "documents": "schets"}

    form = modelform_factory(Step, fields=fields)(typed, instance=evening)
    form.save()
    evening.refresh_from_db()

    assert (evening.audience, evening.about, evening.documents) == (["residents", "wijk-a"], [], ["schets"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("frameworks", [{"what": "De riolering", "who": "gemeente"}]),
        ("frameworks", ["De riolering"]),
        ("target_groups", {"group": "children"}),
        ("roles", {"mayor": "knipt het lint"}),
        ("resources", ["geld"]),
        ("channels", [3]),
    ],
)
def test_a_json_value_of_the_wrong_shape_is_rejected(field, value):
    plan = Plan(trajectory=world.trajectory("leeg-plein"))
    setattr(plan, field, value)

    assert wrong_fields(plan) == {field}


@pytest.mark.parametrize("printed", ["0021/0098/4", "M21.0098/04", "21.0098/04", " 21.0098/4 "])
def test_a_motion_is_found_by_every_notation_of_its_number(printed):
    motion = world.motion("21.0098/04")

    assert Motion.objects.get(number=printed) == motion


def test_a_saved_motion_has_its_normalised_number():
    assert world.motion("0021/0098/4").number == "21.0098/04"


def test_the_printed_motion_number_is_kept():
    motion = Motion(number="0021/0098/4")
    motion.full_clean()
    motion.save()

    assert (motion.number, motion.printed_as) == ("21.0098/04", "0021/0098/4")


def test_a_blank_text_counts_as_empty():
    square = world.trajectory("wit-plein")
    world.contribution(square, response=" \n\t ")

    assert Contribution.objects.get().response == ""
