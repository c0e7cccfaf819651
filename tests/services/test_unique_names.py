"""A name that somebody else takes at the same moment is chosen anew, or said to be in use."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from participation.compliance.rulebook import load
from participation.dossier.errors import DossierError
from participation.models import Changeset, Commitment, Motion, Organisation, PlanActor, Trajectory
from participation.services import editing, organisations, submissions, unique_names
from participation.services.editing import WriteContext, save_trajectory
from participation.services.register import save_tracked
from tests import world

pytestmark = pytest.mark.django_db

RULEBOOK = load("leiden")
TODAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 10, tzinfo=UTC)


@pytest.fixture
def door():
    return WriteContext(world.user("coordinator"), RULEBOOK, TODAY, NOW)


def overtaken(monkeypatch, module, name, *found):
    """Let this function of the module find these first, what somebody else took in the meantime not among them."""
    look, before = getattr(module, name), list(found)
    monkeypatch.setattr(module, name, lambda asked: before.pop(0) if before else look(asked))


@pytest.mark.parametrize("checked", [True, False])
def test_an_address_that_is_taken_meanwhile_is_chosen_anew(door, monkeypatch, checked):
    world.trajectory("brug")
    world.trajectory("brug-2")
    overtaken(monkeypatch, editing, "free_slug", "brug", "brug-2")
    if not checked:
        # As where the other is not committed yet: only the database knows.
        monkeypatch.setattr(Trajectory, "full_clean", lambda *_args, **_more: None)

    entry = save_trajectory(Trajectory(title="Brug"), door, verb="added", links={})

    assert sorted(Trajectory.objects.values_list("slug", flat=True)) == ["brug", "brug-2", "brug-3"]
    assert (entry.trajectory.slug, Changeset.objects.count()) == ("brug-3", 1)


def test_after_so_many_times_it_is_said_and_nothing_is_stored(door, monkeypatch):
    world.trajectory("brug")
    monkeypatch.setattr(editing, "free_slug", lambda _title: "brug")

    with pytest.raises(ValidationError) as told:
        save_trajectory(Trajectory(title="Brug"), door, verb="added", links={})

    assert [error.code for error in told.value.error_dict["slug"]] == ["unique"]
    assert not Changeset.objects.exists()


@pytest.mark.parametrize(("model", "number"), [(Motion, "21.0098/04"), (Commitment, "T-1")])
def test_a_number_that_is_taken_meanwhile_is_said_to_be_in_use(door, monkeypatch, model, number):
    model.objects.create(number=number)
    monkeypatch.setattr(model, "full_clean", lambda *_args, **_more: None)

    with pytest.raises(ValidationError) as told:
        save_tracked(model(number=number), door)

    assert list(told.value.error_dict) == ["number"]
    assert model.objects.count() == 1


def test_what_else_is_wrong_is_told_as_it_is(door):
    with pytest.raises(ValidationError) as told:
        save_trajectory(Trajectory(title=""), door, verb="added", links={})
    assert list(told.value.error_dict) == ["title"]


def test_an_organisation_that_is_added_meanwhile_is_not_added_twice(door, monkeypatch):
    world.organisation("nieuw", name="Nieuw")
    overtaken(monkeypatch, organisations, "free_slug", "nieuw")
    overtaken(monkeypatch, organisations, "named_so", {})

    with pytest.raises(DossierError) as told:
        organisations.add_organisation({"name": "Nieuw"}, door)

    assert [(found.place, found.is_taken) for found in told.value.problems] == [("/name", True)]
    assert Organisation.objects.count() == 1


def test_a_party_that_is_added_meanwhile_is_the_one_that_is_suggested(door, monkeypatch):
    square, known = world.trajectory(), world.organisation("nieuw", name="Nieuw")
    overtaken(monkeypatch, submissions, "free_slug", "nieuw")
    overtaken(monkeypatch, submissions, "named_alike", None)

    submissions.suggest(
        door.by, square, world.organisation(), Organisation(name="nieuw"), rulebook=RULEBOOK, today=TODAY, now=NOW
    )

    assert PlanActor.objects.get().organisation == known
    assert not Organisation.objects.filter(name="nieuw").exists()


def test_what_is_overtaken_is_done_anew_and_not_for_ever():
    tried = []

    @unique_names.retried
    def work(until):
        tried.append(world.neighbourhood(f"buurt-{len(tried)}"))
        if len(tried) < until:
            raise IntegrityError
        return "done"

    assert work(3) == "done"
    # Nothing stays of what failed.
    assert len(tried) == 3
    assert list(type(tried[0]).objects.values_list("slug", flat=True)) == ["buurt-2"]
    tried.clear()
    with pytest.raises(IntegrityError):
        work(unique_names.ATTEMPTS + 1)
    assert len(tried) == unique_names.ATTEMPTS
