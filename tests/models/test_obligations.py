"""Rows that the tracker writes: obligations by their key, and a log of transitions that only grows."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from participation.models import AppendOnlyError, Obligation, Trajectory, Transition
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    return world.transition(world.obligation(trajectory=world.trajectory()))


@pytest.mark.parametrize(
    "attempt",
    [
        lambda line: Transition.objects.update(to_status="met"),
        lambda line: Transition.objects.filter(pk=line.pk).delete(),
        lambda line: Transition.objects.bulk_update([line], ["to_status"]),
        lambda line: Transition.objects.update_or_create(pk=line.pk, defaults={"to_status": "met"}),
        lambda line: line.save(),
        lambda line: line.delete(),
        lambda line: Transition.objects.bulk_create(
            [line], update_conflicts=True, unique_fields=["id"], update_fields=["to_status"]
        ),
        lambda line: line.obligation.transitions.all().delete(),
        lambda line: line.obligation.transitions.update(to_status="met"),
    ],
    ids=[
        "update",
        "delete",
        "bulk_update",
        "update_or_create",
        "save",
        "delete one",
        "overwrite",
        "delete from the obligation",
        "update from the obligation",
    ],
)
def test_a_transition_cannot_be_changed_or_deleted(line, attempt):
    with pytest.raises(AppendOnlyError):
        attempt(line)

    assert list(Transition.objects.values_list("to_status", flat=True)) == ["pending"]


def test_a_transition_keeps_its_obligation(line):
    with pytest.raises(AppendOnlyError):
        Transition.objects.all().delete()
    with pytest.raises(Exception, match="protected"):
        line.obligation.delete()


def test_transitions_can_be_added_one_by_one_or_in_bulk(line):
    Transition.objects.bulk_create(
        Transition(
            obligation=line.obligation,
            from_status="pending",
            to_status=status,
            on=date(2026, 4, 3),
            noticed_at=world.moment("2026-04-03 03:00"),
            rulebook="0" * 16,
        )
        for status in ("due_soon", "withdrawn")
    )

    assert Transition.objects.count() == 3


def test_an_obligation_is_reviewed_on_the_day_its_status_may_change():
    obligation = world.obligation(trajectory=world.trajectory(), next_change_on=date(2026, 4, 3))

    assert not Obligation.objects.due(date(2026, 4, 2)).exists()
    assert list(Obligation.objects.due(date(2026, 4, 3))) == [obligation]


def test_withdrawn_and_final_obligations_need_no_review():
    square = world.trajectory()
    world.obligation(trajectory=square, subject="s1", withdrawn_at=world.moment("2026-03-21 09:00"))
    world.obligation(trajectory=square, subject="s2", next_change_on=None)

    assert not Obligation.objects.due(date(2030, 1, 1)).exists()
    assert [obligation.subject for obligation in Obligation.objects.open()] == ["s2"]


def test_obligations_are_limited_to_visible_trajectories():
    world.obligation(trajectory=world.trajectory("plein"))
    world.obligation(trajectory=world.trajectory("straat", public=False))
    world.obligation(motion=world.motion())

    seen = Obligation.objects.for_trajectories(Trajectory.objects.visible_to(None))

    assert list(seen.values_list("trajectory__slug", flat=True)) == ["plein"]


OWNERS = {
    "trajectory": world.trajectory,
    "motion": world.motion,
    "commitment": world.commitment,
    "request": world.register_request,
}


@pytest.mark.parametrize("owner", OWNERS)
def test_an_owner_has_each_obligation_once_besides_those_withdrawn(owner):
    columns = {owner: OWNERS[owner]()}
    withdrawn = {**columns, "withdrawn_at": world.moment("2026-04-20 10:00")}
    for _ in range(2):
        world.obligation(**withdrawn)
    world.obligation(**columns)
    with pytest.raises(IntegrityError), transaction.atomic():
        world.obligation(**columns)
