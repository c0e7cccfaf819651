"""Inserting many rows at once: the same rows and versions as saving makes, all or none."""

from __future__ import annotations

from datetime import UTC, date

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models.functions import Upper

from participation.compliance.dates import ImpreciseDate
from participation.models import (
    Contribution,
    Document,
    DocumentShare,
    Obligation,
    PlanActor,
    Step,
    Trajectory,
    Transition,
    Waiver,
)
from participation.selectors.dossiers.field_mapping import SECTION_TABLES
from participation.services.bulk_insert import bulk_insert, bulk_insert_with_history, insert_values
from participation.services.dossiers.dossiers import import_dossier
from tests import world
from tests.dossier.example import importable_dossier
from tests.services.changes.test_changesets import write_arguments

pytestmark = pytest.mark.django_db

NOW = world.moment("2026-03-21T09:00")
TODAY = date(2026, 3, 21)


def stored(model, **owner):
    """The rows as the database has them, without the keys that differ between two owners."""
    fields = model._meta.concrete_fields
    hidden = {"id", "history_id", *(f"{name}_id" for name in owner)}
    columns = [field.column for field in fields if field.attname not in hidden]
    rows = model._base_manager.filter(**owner).order_by(model._meta.pk.name)
    with connection.cursor() as cursor:
        keys = list(rows.values_list("pk", flat=True))
        table, key = model._meta.db_table, model._meta.pk.column
        marks = ", ".join(["%s"] * len(keys)) or "NULL"
        names = ", ".join(map(connection.ops.quote_name, columns))
        cursor.execute(f"SELECT {names} FROM {table} WHERE {key} IN ({marks}) ORDER BY {key}", keys)
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def saved(rows, by, at):
    for row in rows:
        row._history_user, row._history_date = by, at
        row.save()


def copies(rows, **changes):
    """New rows with the values of these."""
    found = []
    for row in rows:
        values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        del values["id"]
        found.append(type(row)(**{**values, **changes}))
    return found


def full_trajectory():
    world.trajectory("elders")
    world.organisation("wijk-b")
    import_dossier(importable_dossier(), write_arguments()["rulebooks"], TODAY, NOW)
    return Trajectory.objects.get(slug=importable_dossier()["trajectory"]["slug"])


@pytest.mark.parametrize("author", ["adviser", None])
def test_rows_and_versions_equal_those_of_saving_in_every_column(author):
    full, by = full_trajectory(), world.user(author) if author else None
    one, other = world.trajectory("een"), world.trajectory("ander")
    for model in SECTION_TABLES.values():
        rows = list(model._default_manager.filter(trajectory=full))
        assert rows, model
        saved(copies(rows, trajectory_id=one.pk), by, NOW)
        new = copies(rows, trajectory_id=other.pk)
        versions = bulk_insert_with_history(new, by, NOW)
        expected = stored(model, trajectory=one)
        assert stored(model, trajectory=other) == expected
        assert len(expected) == len(rows)
        assert stored(model.history.model, trajectory=other) == stored(model.history.model, trajectory=one)
        lines = dict(model.history.filter(trajectory=other).values_list("id", "history_id"))
        assert lines == dict(zip((row.pk for row in new), versions, strict=True))


def test_shares_and_actors_equal_those_of_saving_in_every_column():
    by = world.user("adviser")
    one, other = (world.plan(world.trajectory(slug)) for slug in ("een", "ander"))
    for plan, insert in ((one, saved), (other, bulk_insert_with_history)):
        document = world.document(plan.trajectory)
        insert([DocumentShare(document=document, party="residents", on=world.on("2026-03-02"))], by, NOW)
        insert([PlanActor(plan=plan, organisation=world.organisation(slug)) for slug in ("wijk-a", "wijk-c")], by, NOW)
    for table in (DocumentShare, DocumentShare.history.model):
        documents = [Document.objects.get(trajectory=plan.trajectory) for plan in (one, other)]
        assert stored(table, document=documents[0]) == stored(table, document=documents[1]) != []
    for table in (PlanActor, PlanActor.history.model):
        assert stored(table, plan=one) == stored(table, plan=other) != []


def test_obligations_and_transitions_equal_those_of_saving():
    one, other = world.trajectory("een"), world.trajectory("ander")
    columns = {
        "rule": "meeting-announced",
        "subject": "s1",
        "due_on": date(2026, 3, 1),
        "missing": ["announced_on"],
        "details": {"weeks": 3, "plek": "’t Café"},
    }
    Obligation(trajectory=one, **columns).save()
    new = [Obligation(trajectory=other, **columns)]
    bulk_insert(new)
    assert stored(Obligation, trajectory=other) == stored(Obligation, trajectory=one)
    transition = {"from_status": "", "to_status": "overdue", "on": TODAY, "noticed_at": NOW, "rulebook": "x"}
    Transition(obligation=one.obligations.get(), **transition).save()
    bulk_insert([Transition(obligation=new[0], **transition)])
    assert stored(Transition, obligation=new[0]) == stored(Transition, obligation=one.obligations.get())


def test_values_are_stored_as_rows_with_these_values_are():
    one, other = world.trajectory("een"), world.trajectory("ander")
    columns = {
        "rule": "meeting-announced",
        "due_on": date(2026, 3, 1),
        "missing": ["één"],
        "details": {"weeks": 3, "leeg": None},
        "withdrawn_at": NOW,
    }
    bulk_insert([Obligation(trajectory=one, **columns), Obligation(trajectory=one, **columns)])
    keys = insert_values(Obligation, ("trajectory_id", *columns), [(other.pk, *columns.values())] * 2)
    assert stored(Obligation, trajectory=other) == stored(Obligation, trajectory=one)
    assert list(other.obligations.order_by("pk").values_list("pk", flat=True)) == keys
    assert insert_values(Obligation, ("rule",), []) == []
    for model, name in ((Obligation, "naam"), (Contribution, "ref")):
        with pytest.raises(TypeError), transaction.atomic():
            insert_values(model, (name,), [("x",)])


def test_rows_that_the_database_numbers_are_stored_in_order_and_without_keys():
    square = world.trajectory()
    rows = [(square.pk, "meeting-announced", subject) for subject in ("s1", "s2")]
    assert insert_values(Obligation, ("trajectory_id", "rule", "subject"), rows, with_keys=False) == []
    assert list(square.obligations.order_by("pk").values_list("subject", flat=True)) == ["s1", "s2"]
    later = Obligation.objects.create(trajectory=square, rule="meeting-announced", subject="s3")
    assert later.pk == max(square.obligations.values_list("pk", flat=True))


def test_days_and_moments_are_stored_as_by_saving():
    one, other = world.trajectory("een"), world.trajectory("ander")
    days = (date(2026, 3, 1), date(1, 1, 1), date.max, None, date(2026, 3, 1))
    moments = (NOW, NOW.astimezone(UTC), NOW.replace(microsecond=7), None, NOW)
    for owner, insert in ((one, lambda rows: [row.save() for row in rows]), (other, bulk_insert)):
        insert(
            [
                Obligation(trajectory=owner, rule="r", subject=f"s{number}", trigger_on=day, withdrawn_at=moment)
                for number, (day, moment) in enumerate(zip(days, moments, strict=True))
            ]
        )
    assert stored(Obligation, trajectory=other) == stored(Obligation, trajectory=one)


def test_texts_dates_and_lists_are_prepared_by_their_fields():
    square = world.trajectory()
    texts = ["Één „plein” – 🌳\t\\N\n\\.", "  \u00a0 ", "a\x01b", "x" * 100_000, ""]
    rows = [Contribution(trajectory=square, ref=f"c{nr}", summary=text) for nr, text in enumerate(texts)]
    rows[0].received_on = date(2026, 3, 1)
    rows[1].received_on = ImpreciseDate(None, date(2026, 3, 1), "not_later_than", "vóór\nmaart")
    bulk_insert_with_history(rows, None, NOW)
    found = list(Contribution.objects.order_by("pk"))
    assert [row.summary for row in found] == [texts[0], "", "ab", texts[3], ""]
    assert found[0].search_text == "een „plein” – 🌳 \\n \\."
    assert [row.received_on for row in found[:3]] == [
        ImpreciseDate.on(date(2026, 3, 1)),
        ImpreciseDate(None, date(2026, 3, 1), "not_later_than", "vóór maart"),
        None,
    ]
    assert [line.summary for line in Contribution.history.order_by("pk")] == [row.summary for row in found]
    steps = [Step(trajectory=square, ref="s1", kind="activity", audience=["a\x01b"], items={"goal": "é"})]
    bulk_insert_with_history(steps, None, NOW)
    step = Step.objects.get()
    assert (step.audience, step.items, step.starts_at, step.room_kept) == (["ab"], {"goal": "é"}, None, None)


def test_a_row_that_is_saved_afterwards_gets_a_fresh_key():
    square = world.trajectory()
    bulk_insert_with_history([Contribution(trajectory=square, ref=f"c{nr}") for nr in range(3)], None, NOW)
    later = world.contribution(square, "c9")
    assert Contribution.objects.count() == Contribution.history.count() == 4
    assert later.pk == max(Contribution.objects.values_list("pk", flat=True))


def test_an_inserted_row_can_be_changed_and_saved():
    square = world.trajectory()
    row = Contribution(trajectory=square, ref="c1", summary="Bomen")
    bulk_insert_with_history([row], None, NOW)
    row.summary = "Meer bomen"
    row.save()
    assert Contribution.objects.get().summary == "Meer bomen"
    assert list(Contribution.history.order_by("pk").values_list("history_type", flat=True)) == ["+", "~"]


def test_nothing_is_asked_of_the_database_for_no_rows(django_assert_num_queries):
    with django_assert_num_queries(0):
        bulk_insert([])
        assert bulk_insert_with_history([], None, NOW) == []


def rejected_rows(square):
    twice = [Contribution(trajectory=square, ref="c1"), Contribution(trajectory=square, ref="c1")]
    unknown = [Contribution(trajectory=square, ref="c1"), Contribution(trajectory=square, ref="c2", outcome="nee")]
    return {"contribution_ref_once": twice, "contribution_outcome_known": unknown}


@pytest.mark.parametrize("constraint", ["contribution_ref_once", "contribution_outcome_known"])
def test_a_row_that_the_database_rejects_leaves_nothing_behind(constraint):
    square = world.trajectory()
    rows = rejected_rows(square)[constraint]
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        bulk_insert_with_history(rows, None, NOW)
    if connection.vendor == "postgresql":
        assert error.value.__cause__.diag.constraint_name == constraint
    assert not Contribution.objects.exists()
    assert not Contribution.history.exists()
    assert [row.pk for row in rows] == [None, None]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite stores it in a column without a limit")
@pytest.mark.parametrize("ref", ["a\x00b", "x" * 101])
def test_a_value_that_does_not_fit_is_refused_as_by_saving(ref):
    square = world.trajectory()
    errors = []
    for insert in (bulk_insert, lambda rows: rows[0].save()):
        with pytest.raises((DatabaseError, ValueError)) as error, transaction.atomic():
            insert([Contribution(trajectory=square, ref=ref)])
        errors.append(isinstance(error.value, DatabaseError))
    assert errors[0]
    assert not Contribution.objects.exists()


def test_a_contradictory_date_is_refused_without_a_query():
    backwards = ImpreciseDate(date(2026, 3, 2), date(2026, 3, 1), "range")
    with pytest.raises(ValueError, match="received_on"):
        bulk_insert([Contribution(trajectory=world.trajectory(), ref="c1", received_on=backwards)])


def test_a_related_row_that_was_not_saved_is_refused():
    with pytest.raises(ValueError, match="unsaved related object"):
        bulk_insert([Contribution(trajectory=Trajectory(slug="x"), ref="c1")])


def test_a_related_row_that_was_saved_after_it_was_assigned_is_stored():
    square = Trajectory(slug="plein", title="Plein")
    row = Waiver(trajectory=square, rule="feedback-given", reason="Geen", granted_on=TODAY, by="college")
    square.save()
    bulk_insert_with_history([row], None, NOW)
    assert Waiver.objects.get().trajectory == square


def test_what_it_cannot_insert_is_refused():
    square = world.trajectory()
    stored_row = world.contribution(square)
    for rows in (
        [stored_row],
        [Contribution(trajectory=square, ref="c2"), Document(trajectory=square, ref="d1")],
        [Contribution(trajectory=square, ref="c2", theme=Upper("ref"))],
        [Session(session_key="x")],
    ):
        with pytest.raises(TypeError), transaction.atomic():
            bulk_insert(rows)
    assert Contribution.objects.count() == 1
    assert not Document.objects.exists()
