"""Many rows written with a line of history each: the same line as a row leaves that is saved by itself."""

from __future__ import annotations

import pytest
from django.db import transaction

from participation.models import Contribution, Step, Webhook
from participation.services import histories
from participation.services.histories import create_all, history_of, update_all
from tests import world

pytestmark = pytest.mark.django_db

NOW, LATER = world.moment("2026-03-21T09:00"), world.moment("2026-03-22T10:30")


def evening(square, number, **more):
    return Step(
        trajectory=square,
        ref=f"s{number}",
        kind="activity",
        title=f"Avond {number}",
        audience=["residents"],
        planned=world.on("2026-04-20"),
        **more,
    )


def lines(model, *apart):
    """Return the lines of its history in their order, without what differs from row to row."""
    apart = {"history_id", "id", "ref", "title", *apart}
    fields = [field.attname for field in history_of(model)._meta.concrete_fields if field.attname not in apart]
    return [tuple(getattr(line, name) for name in fields) for line in model.history.order_by("history_id")]


def test_lines_are_what_a_row_that_is_saved_by_itself_leaves():
    square, adviser = world.trajectory(), world.user("adviser")
    alone = evening(square, 1, starts_at="19:30", cancelled=True)
    alone._history_user, alone._history_date = adviser, NOW
    alone.save()
    create_all(Step, [evening(square, 2, starts_at="19:30", cancelled=True)], adviser, NOW)
    one, other = lines(Step)
    assert one == other
    alone.note = "Verzet"
    alone._history_date = LATER
    alone.save()
    many = Step.objects.get(ref="s2")
    many.note = "Verzet"
    update_all(Step, [many], adviser, LATER)
    assert lines(Step)[2] == lines(Step)[3]


def test_a_line_holds_what_was_stored_not_what_was_given():
    square = world.trajectory()
    create_all(Contribution, [Contribution(trajectory=square, ref="c1", summary="   ")], None, NOW)
    line = Contribution.history.get()
    assert (line.summary, line.history_user, line.history_type) == ("", None, "+")


def test_the_machine_signs_as_nobody_and_a_person_by_name():
    square, adviser = world.trajectory(), world.user("adviser")
    create_all(Step, [evening(square, 1)], None, NOW)
    create_all(Step, [evening(square, 2)], adviser, LATER)
    signed = Step.history.order_by("history_id").values_list("ref", "history_user", "history_date", "history_type")
    assert list(signed) == [("s1", None, NOW, "+"), ("s2", adviser.pk, LATER, "+")]


def test_every_row_has_one_line_in_the_order_of_the_rows_however_many_statements_it_takes(monkeypatch):
    monkeypatch.setattr(histories, "_NAMED", 3)
    square, adviser = world.trajectory(), world.user("adviser")
    rows = [evening(square, number) for number in range(8)]
    create_all(Step, rows, adviser, NOW)
    found = list(Step.history.order_by("history_id").values_list("id", "ref"))
    assert found == [(row.pk, f"s{number}") for number, row in enumerate(rows)]


def test_other_rows_of_the_table_get_no_line():
    square, adviser = world.trajectory(), world.user("adviser")
    create_all(Step, [evening(square, 1)], adviser, NOW)
    create_all(Step, [evening(square, 2)], adviser, NOW)
    assert Step.history.count() == 2


def test_columns_without_history_are_left_out_of_it():
    create_all(Webhook, [Webhook(url="https://example.org/in", secret="geheim")], None, NOW)
    assert Webhook.objects.get().secret == "geheim"
    assert "secret" not in {field.name for field in history_of(Webhook)._meta.fields}
    assert Webhook.history.get().url == "https://example.org/in"


def test_the_number_of_queries_does_not_grow_with_the_rows(django_assert_max_num_queries):
    square, adviser = world.trajectory(), world.user("adviser")
    for start, count in ((0, 1), (1, 20)):
        with transaction.atomic(), django_assert_max_num_queries(2):
            create_all(Step, [evening(square, start + number) for number in range(count)], adviser, NOW)
