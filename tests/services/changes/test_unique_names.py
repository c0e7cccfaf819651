"""A name that is taken concurrently is replaced by a free one, or reported as in use."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from participation.compliance.rulebooks import load_rulebooks
from participation.dossier.errors import DossierError
from participation.models import Changeset, Commitment, Motion, Organisation, PlanActor, Trajectory
from participation.services.associations import submissions
from participation.services.changes import changesets as editing
from participation.services.changes import unique_names
from participation.services.changes.changesets import WriteContext, save_trajectory
from participation.services.dossiers import organisations
from participation.services.register.register import save_register_row
from tests import world

pytestmark = pytest.mark.django_db

RULEBOOKS = load_rulebooks("leiden")
TODAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 10, tzinfo=UTC)


@pytest.fixture
def write_context():
    return WriteContext(world.user("coordinator"), RULEBOOKS, TODAY, NOW)


def simulate_race(monkeypatch, module, name, *found):
    """Let the first calls of this function of the module return these, without what was added concurrently."""
    look, before = getattr(module, name), list(found)
    monkeypatch.setattr(module, name, lambda *values: before.pop(0) if before else look(*values))


@pytest.mark.parametrize("checked", [True, False])
def test_a_slug_taken_meanwhile_is_replaced_by_another(write_context, monkeypatch, checked):
    world.trajectory("brug")
    world.trajectory("brug-2")
    simulate_race(monkeypatch, editing, "free_slug", "brug", "brug-2")
    if not checked:
        # As with an uncommitted row, which only the database sees.
        monkeypatch.setattr(Trajectory, "full_clean", lambda *_args, **_more: None)

    entry = save_trajectory(Trajectory(title="Brug"), write_context, verb="added", links={})

    assert sorted(Trajectory.objects.values_list("slug", flat=True)) == ["brug", "brug-2", "brug-3"]
    assert (entry.trajectory.slug, Changeset.objects.count()) == ("brug-3", 1)


def test_after_too_many_attempts_an_error_is_raised_and_nothing_is_stored(write_context, monkeypatch):
    world.trajectory("brug")
    monkeypatch.setattr(editing, "free_slug", lambda *_values: "brug")

    with pytest.raises(ValidationError) as raised:
        save_trajectory(Trajectory(title="Brug"), write_context, verb="added", links={})

    assert [error.code for error in raised.value.error_dict["slug"]] == ["unique"]
    assert not Changeset.objects.exists()


@pytest.mark.parametrize(("model", "number"), [(Motion, "21.0098/04"), (Commitment, "T-1")])
def test_a_number_taken_meanwhile_is_reported_as_in_use(write_context, monkeypatch, model, number):
    model.objects.create(number=number)
    monkeypatch.setattr(model, "full_clean", lambda *_args, **_more: None)

    with pytest.raises(ValidationError) as raised:
        save_register_row(model(number=number), write_context)

    assert list(raised.value.error_dict) == ["number"]
    assert model.objects.count() == 1


def test_other_errors_are_reported_unchanged(write_context):
    with pytest.raises(ValidationError) as raised:
        save_trajectory(Trajectory(title=""), write_context, verb="added", links={})
    assert list(raised.value.error_dict) == ["title"]


def test_an_organisation_added_meanwhile_is_not_duplicated(write_context, monkeypatch):
    world.organisation("nieuw", name="Nieuw")
    simulate_race(monkeypatch, organisations, "free_slug", "nieuw")
    simulate_race(monkeypatch, organisations, "slugs_by_name", {})

    with pytest.raises(DossierError) as raised:
        organisations.add_organisation({"name": "Nieuw"}, write_context)

    assert [(found.location, found.is_taken) for found in raised.value.problems] == [("/name", True)]
    assert Organisation.objects.count() == 1


def test_a_party_added_meanwhile_is_the_one_suggested(write_context, monkeypatch):
    square, known = world.trajectory(), world.organisation("nieuw", name="Nieuw")
    simulate_race(monkeypatch, submissions, "free_slug", "nieuw")
    simulate_race(monkeypatch, submissions, "organisation_named", None)

    submissions.suggest_party(
        write_context.by,
        square,
        world.organisation(),
        Organisation(name="nieuw"),
        rulebooks=RULEBOOKS,
        today=TODAY,
        now=NOW,
    )

    assert PlanActor.objects.get().organisation == known
    assert not Organisation.objects.filter(name="nieuw").exists()


def test_a_lost_race_is_retried_a_limited_number_of_times():
    tried = []

    @unique_names.retry_on_conflict
    def work(until):
        tried.append(world.neighbourhood(f"buurt-{len(tried)}"))
        if len(tried) < until:
            raise IntegrityError
        return "done"

    assert work(3) == "done"
    # Nothing of the failed change is stored.
    assert len(tried) == 3
    assert list(type(tried[0]).objects.values_list("slug", flat=True)) == ["buurt-2"]
    tried.clear()
    with pytest.raises(IntegrityError):
        work(unique_names.MAX_ATTEMPTS + 1)
    assert len(tried) == unique_names.MAX_ATTEMPTS
