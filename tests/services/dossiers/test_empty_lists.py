"""A list that was written as empty is not one that is absent, and comes back as it was, from every entry."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from participation.compliance.rulebooks import load_rulebooks
from participation.dossier.schema import kind_schema
from participation.models import Changeset, Document, Organisation, Plan, Step, Trajectory
from participation.selectors.changes.history import changeset_views, history_rows
from participation.selectors.changes.row_versions import current_version
from participation.selectors.dossiers.dossiers import dossier_document
from participation.services.changes.changesets import WriteContext, save_part
from participation.services.changes.undo import undo
from participation.services.dossiers.dossiers import import_dossier
from participation.services.dossiers.trajectories import write_trajectory
from participation.services.dossiers.trajectory_items import write_part, write_plan
from tests import world
from tests.dossiers import rolled_back

pytestmark = pytest.mark.django_db
TODAY, NOW = date(2026, 4, 20), datetime(2026, 4, 20, 9, tzinfo=UTC)
MOMENT: Any = {"rulebooks": load_rulebooks("leiden"), "today": TODAY, "now": NOW}

#: Each list of a dossier by its path, with what it can hold; "*" is the only row of a list.
FILLED: Mapping[str, list[Any]] = {
    "trajectory/external": [{"system": "Zaaksysteem", "id": "1"}],
    "trajectory/neighbourhoods": ["binnenstad-noord"],
    "organisations": [{"slug": "wijk-a", "name": "Wijk A", "kind": "residents_association"}],
    "organisations/*/neighbourhoods": ["binnenstad-noord"],
    "plan/frameworks": [{"what": "Het riool"}],
    "plan/target_groups": [{"group": "children", "method": "walk"}],
    "plan/silent_interests": ["nature"],
    "plan/channels": ["letter"],
    "plan/neighbouring_areas": ["merenwijk"],
    "plan/actors": [{"organisation": "wijk-a", "part": "participant"}],
    "scenarios": [{"ref": "sc1"}],
    "documents": [{"ref": "d1"}],
    "documents/*/external": [{"url": "https://example.org/42"}],
    "documents/*/shared": [{"with": "residents"}],
    "steps": [{"ref": "s1", "kind": "activity"}],
    "steps/*/audience": ["residents"],
    "steps/*/about": ["d1"],
    "steps/*/uses": ["d1"],
    "steps/*/documents": ["d1"],
    "steps/*/reach/groups": [{"group": "children", "count": 3}],
    "steps/*/reach/neighbourhoods": [{"slug": "binnenstad-noord", "count": 3}],
    "contributions": [{"ref": "c1", "from": "residents"}],
    "requests": [{"ref": "r1", "kind": "complaint", "received_on": "2026-03-01"}],
    "requests/*/suspended": [{"from": "2026-03-10", "to": "2026-03-12"}],
    "waivers": [{"rule": "plan-recorded", "reason": "Spoed", "by": "college", "granted_on": "2026-03-01"}],
    "motions": ["21.0098/04"],
}
#: What must be there for a list to hold what it holds above.
NEEDS = {
    "plan/actors": ("organisations",),
    **dict.fromkeys(("steps/*/about", "steps/*/uses", "steps/*/documents"), ("documents",)),
}
STATES = st.fixed_dictionaries({path: st.sampled_from(["absent", "null", "empty", "filled"]) for path in FILLED})
SLOW = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])


def list_paths(schema: Any, path: str = "") -> Iterator[str]:
    for key, inner in schema.get("properties", {}).items():
        here = f"{path}{key}"
        if inner.get("title") == "point or area":
            continue  # a geometry is one value
        if "array" in inner.get("type", ()):
            yield here
            yield from list_paths(inner["items"], f"{here}/*/")
        else:
            yield from list_paths(inner, f"{here}/")


def test_the_table_above_has_every_list_of_a_dossier():
    assert set(FILLED) == set(list_paths(kind_schema("dossier")))


def document_of(states: Mapping[str, str]) -> dict[str, Any]:
    document: dict[str, Any] = {"dossier": 1, "trajectory": {"slug": "plein", "title": "Plein"}, "plan": {"room": "x"}}
    # A list before the lists in its row.
    for path in sorted(FILLED, key=lambda path: path.count("/")):
        section, row, inner = path.partition("/*/")
        rows = document.get(section) if row else [document]
        for holder in rows or ():
            *parents, key = (inner or path).split("/")
            for parent in parents:
                holder = holder.setdefault(parent, {})
            state = states[path]
            if state == "filled" and any(not document.get(needed) for needed in NEEDS.get(path, ())):
                state = "empty"
            if state != "absent":
                holder[key] = {"null": None, "empty": [], "filled": deepcopy(FILLED[path])}[state]
    return document


def known(value: Any) -> Any:
    """Without null, and without objects that are empty because of that."""
    if isinstance(value, list):
        return [known(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: known(inner) for key, inner in value.items() if inner is not None}
    return {key: inner for key, inner in found.items() if inner != {}}


def exported() -> dict[str, Any]:
    found = dossier_document(Trajectory.objects.get(slug="plein"))
    return {**found, "trajectory": {key: value for key, value in found["trajectory"].items() if key != "public"}}


def expected(document: dict[str, Any]) -> dict[str, Any]:
    """What comes back: of the organisations only those that the dossier refers to."""
    found = known(document)
    if organisations := found.get("organisations"):
        named = [actor["organisation"] for actor in found.get("plan", {}).get("actors", ())]
        kept = [row for row in organisations if row["slug"] in named]
        found = {**found, "organisations": kept}
        if not kept:
            del found["organisations"]
    return found


@SLOW
@given(STATES)
def test_any_mix_of_absent_null_empty_and_filled_lists_comes_back_as_it_was(states):
    def body():
        import_dossier(document_of(states), **MOMENT)
        once = exported()
        assert once == expected(document_of(states))
        for replace in (False, True):
            again = import_dossier(once, **MOMENT, replace=replace)
            assert (again.added, again.changed, again.removed) == (0, 0, 0)
            assert exported() == once

    rolled_back(body)


@SLOW
@given(STATES, STATES)
def test_a_dossier_that_replaces_another_comes_back_as_it_was(before, after):
    def body():
        import_dossier(document_of(before), **MOMENT)
        import_dossier(document_of(after), **MOMENT, replace=True)
        found, wanted = exported(), expected(document_of(after))
        # A row that several trajectories share keeps what a dossier leaves out.
        for document in (found, wanted):
            document.pop("organisations", None)
        assert found == wanted

    rolled_back(body)


@SLOW
@given(STATES, STATES)
def test_what_an_update_leaves_out_stays_and_its_empty_lists_are_kept(before, after):
    def body():
        import_dossier(document_of(before), **MOMENT)
        once = exported()
        import_dossier(document_of(after), **MOMENT)
        twice, update = exported(), document_of(after)
        for key in ("channels", "frameworks", "neighbouring_areas"):
            if key not in update["plan"]:
                assert twice["plan"].get(key) == once["plan"].get(key)
            else:
                assert twice["plan"].get(key) == update["plan"][key]
        for section in ("scenarios", "contributions", "waivers"):
            if not update.get(section):
                # An empty list adds nothing; it is kept where there was none.
                written = update.get(section) if once.get(section) is None else once[section]
                assert twice.get(section) == written
        assert_unchanged_by_its_own_export()

    rolled_back(body)


def assert_unchanged_by_its_own_export() -> None:
    once = exported()
    again = import_dossier(once, **MOMENT)
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert exported() == once


@pytest.fixture
def write_context():
    return WriteContext(world.user("coordinator"), **MOMENT)


@pytest.fixture
def plein():
    import_dossier(document_of(dict.fromkeys(FILLED, "absent") | {"steps": "filled", "documents": "filled"}), **MOMENT)
    return Trajectory.objects.get()


class TestRecordsOfTheApi:
    def test_an_empty_list_in_a_new_row_is_kept(self, plein, write_context):
        write_part(
            "steps", Step(trajectory=plein), {"ref": "s2", "audience": [], "reach": {"groups": []}}, write_context
        )

        (_s1, new) = exported()["steps"]
        assert (new["audience"], new["reach"], "about" in new) == ([], {"groups": []}, False)
        assert_unchanged_by_its_own_export()

    def test_a_list_that_is_emptied_is_kept_as_empty(self, plein, write_context):
        step = Step.objects.get()
        write_part("steps", step, {"audience": ["residents"]}, write_context)
        write_part("steps", Step.objects.get(), {"audience": []}, write_context)
        assert exported()["steps"][0]["audience"] == []

        write_part("steps", Step.objects.get(), {"audience": None}, write_context)
        assert "audience" not in exported()["steps"][0]

    def test_a_record_that_is_sent_back_as_it_was_read_changes_nothing(self, plein, write_context):
        from participation.selectors.dossiers.records import plan_record, section_records, trajectory_records

        before, count = exported(), Changeset.objects.count()
        write_trajectory(plein, trajectory_records([plein.pk])[0], write_context)
        write_plan(plein, plan_record(plein.pk), write_context)
        for section, model in (("steps", Step), ("documents", Document)):
            write_part(section, model.objects.get(), section_records(section, model.objects.all())[0], write_context)

        assert exported() == before
        assert Changeset.objects.count() == count

    def test_the_lists_of_a_trajectory_and_its_plan_are_kept(self, plein, write_context):
        plan = {"channels": ["letter"], "frameworks": [{"what": "Het riool"}], "room": "x"}
        write_plan(plein, plan, write_context)
        write_plan(plein, {"channels": [], "room": "x"}, write_context)
        assert exported()["plan"] == {"channels": [], "room": "x"}

        write_trajectory(plein, {"external": [{"id": "1"}], "motions": [world.motion().number]}, write_context)
        write_trajectory(Trajectory.objects.get(), {"external": [], "motions": []}, write_context)
        found = exported()
        assert (found["trajectory"]["external"], found["motions"]) == ([], [])
        assert_unchanged_by_its_own_export()

    def test_a_change_of_the_trajectory_keeps_the_empty_sections(self, plein, write_context):
        import_dossier({**exported(), "scenarios": [], "waivers": []}, **MOMENT)
        write_trajectory(Trajectory.objects.get(), {"summary": "Kort"}, write_context)

        found = exported()
        assert (found["scenarios"], found["waivers"]) == ([], [])


def test_a_change_by_a_form_and_its_undo_keep_what_was_written(write_context):
    import_dossier(document_of(dict.fromkeys(FILLED, "empty") | {"steps": "filled"}), **MOMENT)
    before, step = exported(), Step.objects.get()
    step.audience, step.title = ["residents"], "Avond"
    entry = save_part(step, write_context, verb="changed", about="stap")

    assert exported()["steps"][0]["audience"] == ["residents"]
    assert exported()["steps"][0]["about"] == []
    assert_unchanged_by_its_own_export()
    undo(entry, write_context.by, **MOMENT)
    assert exported() == before


def test_an_earlier_moment_has_the_empty_lists_of_then():
    import_dossier(document_of(dict.fromkeys(FILLED, "empty")), **MOMENT)
    later = datetime(2026, 4, 22, 9, tzinfo=UTC)
    import_dossier({**exported(), "plan": {"channels": None}}, **{**MOMENT, "now": later})
    square = Trajectory.objects.get()

    assert dossier_document(square, datetime(2026, 4, 21, tzinfo=UTC))["plan"]["channels"] == []
    assert "channels" not in dossier_document(square)["plan"]


def test_which_lists_are_empty_is_neither_in_the_history_nor_a_conflict(write_context):
    import_dossier(document_of(dict.fromkeys(FILLED, "absent") | {"steps": "filled"}), **MOMENT)
    step = Step.objects.get()
    shown = current_version(step)
    later = {**MOMENT, "now": datetime(2026, 4, 22, 9, tzinfo=UTC)}
    import_dossier({**exported(), "steps": [{"ref": "s1", "kind": "activity", "audience": []}]}, **later)
    step = Step.objects.get()
    assert step.empty_lists == ["audience"]

    step.title = "Avond"
    save_part(step, write_context, verb="changed", about="stap", expected_version=shown)
    views = changeset_views(step.trajectory_id, history_rows(step.trajectory_id)[:20])
    changes = [change.column for view in views for line in view.lines for change in line.changes]
    assert "title" in changes
    assert "empty_lists" not in changes


def test_an_organisation_keeps_that_it_speaks_for_no_neighbourhood():
    import_dossier(document_of(dict.fromkeys(FILLED, "filled") | {"organisations/*/neighbourhoods": "empty"}), **MOMENT)

    assert exported()["organisations"][0]["neighbourhoods"] == []
    assert Organisation.objects.get().empty_lists == ["neighbourhoods"]
    assert Plan.objects.get().empty_lists == []
