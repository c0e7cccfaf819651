"""A planning is recorded as one changeset with one undo, with the checks of single forms, and adds nothing twice."""

from __future__ import annotations

from datetime import time

import pytest
from django.core.exceptions import ValidationError

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Changeset, Contribution, Document, Obligation, Step
from participation.services.changes.changesets import StaleVersion, WriteContext
from participation.services.changes.undo import undo
from participation.services.trajectories.planning_import import (
    StepUpdate,
    document_refs,
    match_documents,
    match_steps,
    record_planning,
    similar_steps,
    split_inspection,
    step_refs,
    stored_steps,
    validate_step,
)
from tests import world

pytestmark = pytest.mark.django_db
NOW = world.moment("2026-11-30 09:00")


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def context(square):
    adviser = world.user("adviser")
    adviser.trajectories.set([square])
    return WriteContext(adviser, load_rulebooks("leiden"), NOW.date(), NOW)


def new_step(square, ref="pl-000000000001", **columns):
    defaults = {"title": "Avond", "kind": "activity", "method": "meeting", "planned": world.on("2027-03-20")}
    return Step(trajectory=square, ref=ref, **{**defaults, **columns})


def matched(square, steps):
    return match_steps(stored_steps([square.pk])[square.pk], steps)


def new_document(square, ref="pd-000000000001", **columns):
    return Document(trajectory=square, ref=ref, **{"title": "Schets", "version": "0.2", "kind": "draft", **columns})


# ---------------------------------------------------------------- recording


def test_steps_documents_and_contributions_are_one_changeset_with_one_undo(square, context):
    moved = world.step(square, "s1", planned=world.on("2027-01-10"))
    changeset = record_planning(
        square,
        context,
        steps=[new_step(square, documents=["pd-000000000001"]), new_step(square, "pl-000000000002", title="Raad")],
        documents=[new_document(square)],
        updates={moved.pk: StepUpdate("2027-01-10", world.on("2027-01-17"))},
        contributions=[Contribution(trajectory=square, summary="Meer bomen", received_on=world.on("2026-11-01"))],
    )
    assert Changeset.objects.get() == changeset
    assert changeset.verb == "added"
    assert Step.objects.count() == 3
    assert Step.objects.get(ref="s1").planned == world.on("2027-01-17")
    assert Document.objects.get().ref == "pd-000000000001"
    assert Contribution.objects.get().ref == "c1"
    assert Obligation.objects.open().filter(subject="pl-000000000001", rule="meeting-announced").exists()

    undo(changeset, context.by, **context.arguments)
    assert list(Step.objects.values_list("ref", "planned")) == [("s1", world.on("2027-01-10"))]
    assert not Document.objects.exists()
    assert not Contribution.objects.exists()


def test_the_history_names_who_recorded_it(square, context):
    record_planning(square, context, steps=[new_step(square)])
    (version,) = Step.history.all()
    assert (version.history_user, version.history_date) == (context.by, NOW)


def test_only_other_dates_are_recorded_as_rescheduled(square, context):
    step = world.step(square, "s1", planned=world.on("2027-01-10"))
    changeset = record_planning(
        square, context, steps=[], updates={step.pk: StepUpdate("2027-01-10", world.on("2027-01-17"))}
    )
    assert changeset.verb == "rescheduled"


def test_a_row_that_was_recorded_meanwhile_is_skipped(square, context):
    record_planning(square, context, steps=[new_step(square)], documents=[new_document(square)])
    again = record_planning(
        square, context, steps=[new_step(square, title="Anders")], documents=[new_document(square, title="Anders")]
    )
    assert again is None
    assert Step.objects.get().title == "Avond"


def test_a_ref_that_something_else_has_is_skipped(square, context):
    world.document(square, "pl-000000000001")
    assert record_planning(square, context, steps=[new_step(square)]) is None


@pytest.mark.parametrize("change", [{"done": world.on("2027-01-10")}, {"cancelled": True}, {"planned": None}])
def test_a_step_that_changed_since_it_was_shown_is_not_moved_and_nothing_is_recorded(square, context, change):
    step = world.step(square, "s1", planned=world.on("2027-01-10"))
    Step.objects.filter(pk=step.pk).update(**change)
    with pytest.raises(StaleVersion):
        record_planning(
            square,
            context,
            steps=[new_step(square)],
            updates={step.pk: StepUpdate("2027-01-10", world.on("2027-01-17"))},
        )
    assert Step.objects.count() == 1
    assert not Changeset.objects.exists()


def test_a_step_of_another_trajectory_is_not_moved(square, context):
    step = world.step(world.trajectory("elders"), "s1", planned=world.on("2027-01-10"))
    with pytest.raises(StaleVersion):
        record_planning(square, context, steps=[], updates={step.pk: StepUpdate("2027-01-10", world.on("2027-01-17"))})


@pytest.mark.parametrize(
    "columns",
    [
        {"audience": ["wijk-onbekend"]},
        {"body": "raad-onbekend"},
        {"documents": ["d9"]},
        {"kind": ""},
        {"kind": "feest"},
        {"starts_at": time(20), "ends_at": time(20)},
        {"starts_at": time(20), "ends_at": time(10)},
        {"planned": world.on("1850-01-01")},
        {"title": "x" * 5_000},
    ],
)
def test_an_invalid_row_is_refused_and_nothing_is_recorded(square, context, columns):
    with pytest.raises(ValidationError):
        record_planning(square, context, steps=[new_step(square, "pl-000000000009"), new_step(square, **columns)])
    assert not Step.objects.exists()
    assert not Changeset.objects.exists()


def test_a_document_that_replaces_what_is_not_there_is_refused(square, context):
    with pytest.raises(ValidationError):
        record_planning(square, context, steps=[], documents=[new_document(square, replaces="d9")])


def test_two_rows_with_one_ref_are_refused(square, context):
    with pytest.raises(ValidationError):
        record_planning(square, context, steps=[new_step(square), new_step(square)])


def test_control_characters_never_reach_a_title(square, context):
    record_planning(square, context, steps=[new_step(square, title="Avond\x0b met\x1f meer")])
    assert "\x0b" not in Step.objects.get().title
    assert "\x1f" not in Step.objects.get().title


def test_the_number_of_queries_does_not_grow_with_the_number_of_rows(square, context, django_assert_max_num_queries):
    world.organisation(world.RESIDENTS)
    for start, count in ((0, 1), (100, 50)):
        rows = [
            new_step(square, f"pl-{start + number:012x}", title=f"Avond {number}", audience=[world.RESIDENTS])
            for number in range(count)
        ]
        with django_assert_max_num_queries(75):
            record_planning(square, context, steps=rows)


# ---------------------------------------------------------------- recognising what is there


def test_equal_rows_are_told_apart_and_spaces_and_case_do_not_count():
    one, two, three = step_refs([("14/3", "Stuurgroep"), ("14/3", "Stuurgroep"), ("14/3 ", " stuurgroep")])
    assert len({one, two, three}) == 3
    assert step_refs([("14/3  ", "STUURGROEP")]) == [one]
    assert document_refs([("Schets", "0.2")])[0].startswith("pd-")


def test_a_row_is_known_by_its_ref_whatever_was_changed_since(square):
    world.step(square, "pl-000000000001", title="Anders", planned=world.on("2027-06-01"))
    (found,) = matched(square, [new_step(square)])
    assert found.ref == "pl-000000000001"


def test_a_row_is_known_by_its_title_and_date(square):
    world.step(square, "s1", title="avond", planned=world.on("2027-03-20"))
    world.step(square, "s2", title="Avond", planned=world.on("2027-04-20"))
    first, second = matched(square, [new_step(square), new_step(square, "pl-000000000002")])
    assert first.ref == "s1"
    # Of the other the title is known, on another date.
    assert second.ref == "s2"


def test_a_title_alone_is_not_enough_where_two_steps_or_two_rows_have_it(square):
    world.step(square, "s1", title="Stuurgroep", planned=world.on("2027-01-01"))
    rows = [
        new_step(square, f"pl-00000000000{number}", title="Stuurgroep", planned=world.on(f"2027-03-0{number}"))
        for number in (1, 2)
    ]
    assert matched(square, rows) == [None, None]
    assert matched(square, rows[:1])[0].ref == "s1"


def test_a_done_or_cancelled_step_is_not_taken_for_a_row_on_another_date(square):
    world.step(square, "s1", title="Avond", planned=world.on("2027-01-01"), done=world.on("2027-01-01"))
    world.step(square, "s2", title="Wandeling", planned=world.on("2027-01-01"), cancelled=True)
    rows = [new_step(square), new_step(square, "pl-000000000002", title="Wandeling")]
    assert matched(square, rows) == [None, None]


def test_rows_without_a_title_are_only_known_by_their_ref(square):
    world.step(square, "s1", title="", planned=world.on("2027-03-20"))
    assert matched(square, [new_step(square, title="")]) == [None]


def similar(square, steps):
    stored = stored_steps([square.pk])[square.pk]
    return [one and one.ref for one in similar_steps(stored, steps, match_steps(stored, steps))]


@pytest.mark.parametrize(
    ("title", "columns"),
    [
        ("Avond over het plein", {}),
        ("Bewonersavonden", {"kind": ""}),
        ("Een avond", {"kind": "briefing", "body": "raad-a"}),
        ("", {}),
        # Of one of two days, and printed otherwise.
        ("Avondje plein", {"planned": world.between("2027-03-20", "2027-03-20", "tentative", "20/3 (?)")}),
    ],
)
def test_a_step_in_other_words_on_the_same_days_is_similar(square, title, columns):
    world.organisation("raad-a", kind="council")
    world.step(square, "s1", title="Bewonersavond plein: avond", planned=world.on("2027-03-20"), body="raad-a")
    assert similar(square, [new_step(square, title=title, **columns)]) == ["s1"]


@pytest.mark.parametrize(
    ("title", "columns"),
    [
        ("Avond", {"planned": world.on("2027-03-21")}),
        ("Avond", {"kind": "decision", "method": ""}),
        ("Wandeling voor kinderen", {}),
    ],
)
def test_another_day_another_kind_or_other_words_are_not_similar(square, title, columns):
    world.step(square, "s1", title="Avond voor bewoners", planned=world.on("2027-03-20"))
    assert similar(square, [new_step(square, title=title, **columns)]) == [None]


def test_a_row_is_similar_to_a_step_by_the_day_on_which_it_was_done(square):
    world.step(square, "s1", title="Avond voor bewoners", done=world.on("2027-03-20"))
    assert similar(square, [new_step(square)]) == ["s1"]


def test_a_step_that_another_row_is_already_is_not_similar_to_a_second(square):
    world.step(square, "s1", title="Avond", planned=world.on("2027-03-20"))
    rows = [new_step(square), new_step(square, "pl-000000000002", title="Avond voor ouders")]
    assert similar(square, rows) == [None, None]


def test_a_document_is_known_by_its_ref_or_its_title_and_version(square):
    world.document(square, "d1", title="Schets", version="0.2")
    world.document(square, "pd-000000000002", title="Anders", version="1")
    documents = [
        new_document(square, title="schets"),
        new_document(square, "pd-000000000002"),
        new_document(square, "pd-000000000003", version="0.3"),
    ]
    assert match_documents(square, documents) == ["d1", "pd-000000000002", ""]


# ---------------------------------------------------------------- one row


def test_an_inspection_planned_as_a_span_closes_on_its_last_day(square):
    step = new_step(square, kind="inspection", method="", planned=world.between("2027-05-01", "2027-06-12"))
    split_inspection(step)
    validate_step(step)
    assert (step.planned, step.closes) == (world.on("2027-05-01"), world.on("2027-06-12"))


def test_another_step_keeps_its_span(square):
    step = new_step(square, planned=world.between("2027-05-01", "2027-06-12"))
    split_inspection(step)
    assert (step.planned, step.closes) == (world.between("2027-05-01", "2027-06-12"), None)


def test_the_errors_of_a_row_name_their_columns(square):
    with pytest.raises(ValidationError) as refused:
        validate_step(new_step(square, kind="", starts_at=time(20), ends_at=time(20)))
    assert set(refused.value.message_dict) == {"kind", "ends_at"}
