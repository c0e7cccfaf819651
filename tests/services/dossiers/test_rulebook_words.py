"""Items and grounds are words of the rulebook: unknown ones are refused, and what is stored may stay."""

from copy import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.compliance.rulebook import load
from participation.compliance.rulebooks import Rulebooks
from participation.dossier.errors import DossierError
from participation.models import Plan, Step, Trajectory
from participation.selectors.dossiers.dossiers import dossier_document
from participation.services.changes.changesets import WriteContext
from participation.services.dossiers.dossiers import import_dossier
from participation.services.dossiers.rulebook_words import unknown_words
from participation.services.dossiers.trajectories import write_trajectory
from participation.services.dossiers.trajectory_items import write_part, write_plan
from tests import world
from tests.dossier.example import dossier, mini

pytestmark = pytest.mark.django_db
TODAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 9, tzinfo=UTC)


def rulebook(plan: Any = (), report: Any = (), exceptions: Any = ()) -> Any:
    """Return the rules of Leiden with these items and grounds."""
    found = copy(load("leiden"))
    found.plan_items, found.report_items = dict.fromkeys(plan), dict.fromkeys(report)
    found.exceptions = dict.fromkeys(exceptions)
    return found


OWN = rulebook(["goal", "moment_of_feedback"], ["procedure", "summary"], ["minor_change", "urgent"])
BARE = rulebook()


def import_with(document, own=OWN, **options):
    import_dossier(document, Rulebooks([own]), TODAY, NOW, **options)
    return dossier_document(Trajectory.objects.get(slug=document["trajectory"]["slug"]))


def problems_of(document, own=OWN, **options):
    with pytest.raises(DossierError) as refused:
        import_dossier(document, Rulebooks([own]), TODAY, NOW, **options)
    return {problem.location: (problem.reason, problem.hint) for problem in refused.value.problems}


def test_a_dossier_with_every_key_survives_import_export_and_import():
    once = import_with(dossier())
    again = import_dossier(once, Rulebooks([OWN]), TODAY, NOW, replace=True)

    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert dossier_document(Trajectory.objects.get()) == once
    expected = dossier()
    assert once["trajectory"]["no_participation"] == expected["trajectory"]["no_participation"]
    assert once["plan"]["items"] == {"goal": "Een koele hof"}
    assert once["steps"][0]["reach"] == {
        **expected["steps"][0]["reach"], "groups": [{"group": "children", "count": 6}, {"group": "renters"}],
    }  # fmt: skip
    assert (once["steps"][0]["score"], once["steps"][0]["place"]) == (8.2, expected["steps"][0]["place"])
    assert (once["steps"][0]["about"], once["steps"][0]["uses"]) == ([], [])


def test_null_in_a_list_of_objects_is_stored_as_it_is_exported():
    plan = {"frameworks": [{"what": "Het riool", "why": None}, {"what": None}], "roles": {"council": None}}
    once = import_with(mini(plan=plan))

    assert once["plan"] == {"frameworks": [{"what": "Het riool"}]}
    again = import_dossier(once, Rulebooks([OWN]), TODAY, NOW)
    assert (again.added, again.changed) == (0, 0)
    Plan.objects.get().full_clean()


def test_words_that_the_rulebook_does_not_know_are_refused_with_the_nearest():
    document = mini(
        plan={"items": {"goals": "x", "colour": "x"}},
        steps=[{"ref": "s1", "items": {"goal": "x"}}, {"items": {"procedure": "x"}}],
    )
    document["trajectory"]["no_participation"] = {"ground": "urgnt"}

    assert problems_of(document) == {
        "/plan/items/colour": ("the rulebook has no item of a plan 'colour'", "one of: goal, moment_of_feedback"),
        "/plan/items/goals": ("the rulebook has no item of a plan 'goals'", "did you mean 'goal'?"),
        "/steps/0/items/goal": ("the rulebook has no item of a report 'goal'", "one of: procedure, summary"),
        "/trajectory/no_participation/ground": (
            "the rulebook has no ground for no participation 'urgnt'",
            "did you mean 'urgent'?",
        ),
    }
    assert not Trajectory.objects.exists()


def test_a_rulebook_without_items_says_to_leave_them_out():
    found = problems_of(mini(plan={"items": {"goal": "x"}}), BARE)

    assert found["/plan/items/goal"][1] == "leave it out: it has none"


@pytest.mark.parametrize("replace", [False, True])
def test_what_is_stored_can_be_imported_again_after_the_rulebook_changed(replace):
    once = import_with(dossier())

    assert import_with(once, BARE, replace=replace) == once
    once["steps"][-1]["items"] = {"procedure": "x"}
    once["plan"]["items"]["moment_of_feedback"] = "x"
    once["trajectory"]["no_participation"]["ground"] = "urgent"
    assert set(problems_of(once, BARE, replace=replace)) == {
        f"/steps/{len(once['steps']) - 1}/items/procedure",
        "/plan/items/moment_of_feedback",
        "/trajectory/no_participation/ground",
    }


@pytest.mark.parametrize(
    "document",
    [
        None,
        {"trajectory": []},
        {"trajectory": {"no_participation": "urgent"}},
        {"trajectory": {"no_participation": {"ground": ["urgent"]}}},
        {"plan": {"items": ["goal"]}},
        {"plan": [], "steps": {"items": {}}},
        {"steps": [None, [], {"items": "x"}, {"ref": [], "items": {}}]},
    ],
)
def test_values_of_a_wrong_type_are_left_to_the_schema(document):
    assert list(unknown_words(document, OWN, None)) == []


def test_fifty_reports_take_as_many_queries_as_one():
    square = world.trajectory()

    def queries(number):
        steps = [{"ref": f"s{index}", "items": {"goal": "x"}} for index in range(number)]
        with CaptureQueriesContext(connection) as captured:
            assert len(list(unknown_words({"steps": steps}, OWN, square))) == number
        return len(captured)

    assert queries(1) == queries(50) == 1


class TestRecordsOfTheApi:
    @pytest.fixture
    def write_context(self):
        return WriteContext(world.user("coordinator"), Rulebooks([OWN]), TODAY, NOW)

    def test_unknown_words_are_refused_at_their_place_in_the_record(self, write_context):
        square = world.trajectory()
        step = Step(trajectory=square)
        decision = {"no_participation": {"ground": "x"}}
        writes = [
            (lambda: write_trajectory(square, decision, write_context), "/no_participation/ground"),
            (lambda: write_plan(square, {"items": {"x": "y"}}, write_context), "/items/x"),
            (lambda: write_part("steps", step, {"items": {"x": "y"}}, write_context), "/items/x"),
        ]
        for write, location in writes:
            with pytest.raises(DossierError) as refused:
                write()
            assert [problem.location for problem in refused.value.problems] == [location]

    def test_stored_words_may_stay(self, write_context):
        square = world.trajectory(no_participation_ground="old", no_participation_reason="x")
        world.plan(square, items={"old": "x"})
        step = world.step(square, kind="final_report", items={"old": "x"})

        write_trajectory(square, {"summary": "Kort"}, write_context)
        write_plan(square, {"items": {"old": "y", "goal": "z"}}, write_context)
        write_part("steps", step, {"title": "Verslag"}, write_context)

        assert dossier_document(square)["plan"]["items"] == {"old": "y", "goal": "z"}

    def test_the_items_of_a_report_are_merged_one_by_one(self, write_context):
        square = world.trajectory()
        step = world.step(square, kind="final_report", items={"procedure": "Drie avonden"})

        write_part("steps", step, {"items": {"summary": "Kort"}}, write_context)
        assert Step.objects.get().items == {"procedure": "Drie avonden", "summary": "Kort"}
        write_part("steps", Step.objects.get(), {"items": {"procedure": None}}, write_context)
        assert dossier_document(square)["steps"][0]["items"] == {"summary": "Kort"}
