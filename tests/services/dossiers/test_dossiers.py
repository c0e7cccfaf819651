"""Importing and exporting dossiers: all or nothing, the same in both directions, without loss."""

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from participation.compliance.dossier_parser import facts_of
from participation.compliance.rulebooks import load_rulebooks
from participation.dossier.errors import DossierError
from participation.models import (
    Contribution,
    CounterSignal,
    DocumentShare,
    EvaluationLink,
    EvaluationResponse,
    Motion,
    Obligation,
    Organisation,
    ProgressReport,
    Step,
    Trajectory,
    Upload,
)
from participation.selectors.dossiers.dossiers import dossier_document, register_document
from participation.selectors.obligations.facts import facts_for
from participation.services.dossiers.dossiers import import_dossier, import_register
from tests import towns, world
from tests.dossiers import dossiers, rolled_back

TODAY, NOW = date(2026, 11, 22), datetime(2026, 11, 22, 9, tzinfo=UTC)
RULEBOOKS = load_rulebooks("leiden")
FIXTURES = sorted((Path(__file__).parents[3] / "fixtures").glob("*/*.json"))

pytestmark = pytest.mark.django_db


def import_document(document, **options):
    import_dossier(deepcopy(document), RULEBOOKS, TODAY, NOW, **options)
    return Trajectory.objects.get(slug=document["trajectory"]["slug"])


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_importing_an_export_gives_the_same_dossier(path):
    once = dossier_document(import_document(json.loads(path.read_text(encoding="utf-8"))))
    again = dossier_document(import_document(once, replace=True))
    assert again == once


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_an_exported_dossier_equals_the_imported_file(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    assert facts_of(dossier_document(import_document(document))) == facts_of(document)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers())
def test_any_dossier_survives_import_export_and_import(document):
    def body():
        once = dossier_document(import_document(document))
        assert dossier_document(import_document(once, replace=True)) == once
        assert facts_of(once) == facts_of(document)

    rolled_back(body)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers())
def test_facts_from_rows_equal_facts_from_the_document(document):
    def body():
        trajectory = import_document(document)
        assert dict(facts_for([trajectory.pk]))[trajectory.pk] == facts_of(document)

    rolled_back(body)


SQUARE = {
    "dossier": 1,
    "trajectory": {"slug": "plein", "title": "Plein", "level": "advise"},
    "organisations": [{"slug": "wijk-a", "name": "Wijkvereniging A", "kind": "residents_association"}],
    "documents": [{"ref": "d1", "title": "Ontwerp", "shared": [{"with": "wijk-a", "on": "2026-03-02"}]}],
    "steps": [
        {"ref": "s1", "kind": "activity", "planned": "2026-03-20", "audience": ["wijk-a"]},
        {"ref": "s2", "kind": "decision", "stage": "adoption", "planned": "2026-09-01"},
    ],
}


def test_an_update_adds_changes_and_keeps_the_remaining_rows():
    import_document(SQUARE)
    newer = {
        "dossier": 1,
        "trajectory": {"slug": "plein", "title": "Plein", "impact": "high"},
        "steps": [{"ref": "s1", "done": "2026-03-21"}, {"ref": "s3", "kind": "feedback", "about": ["s1"]}],
    }
    square = import_document(newer)
    assert (square.level, square.impact) == ("advise", "high")
    assert list(square.steps.order_by("ref").values_list("ref", flat=True)) == ["s1", "s2", "s3"]
    first = square.steps.get(ref="s1")
    assert (first.kind, first.planned.to_json(), first.done.to_json()) == (
        "activity",
        "2026-03-20",
        "2026-03-21",
    )
    assert square.documents.count() == 1


def test_a_null_clears_a_known_value():
    import_document(SQUARE)
    square = import_document({"dossier": 1, "trajectory": {"slug": "plein", "title": "Plein", "level": None}})
    assert square.level == ""


def test_replacing_removes_absent_rows_and_keeps_their_history():
    import_document(SQUARE)
    square = import_document({**SQUARE, "steps": SQUARE["steps"][:1], "documents": []}, replace=True)
    assert list(square.steps.values_list("ref", flat=True)) == ["s1"]
    assert DocumentShare.objects.count() == 0
    assert Step.history.filter(ref="s2", history_type="-").count() == 1


def attach_item(square, on):
    """Create rows that refer to a row of the dossier, and that no dossier contains."""
    evening = square.steps.get(ref="s1")
    if on == "links":
        return EvaluationLink.objects.create(step=evening, made_on=TODAY)
    if on == "a file":
        # Uploads are not part of a dossier.
        file = Upload.objects.create(name="stuk.pdf", size=4, uploaded_at=NOW, uploaded_by=world.user("adviser"))
        return record(square.documents.get(ref="d1"), by=None, file=file)
    if on == "an association":
        member = world.user("association_member", world.RESIDENTS)
        return record(Contribution(trajectory=square, ref="c1", party="wijk-a", summary="Meer bomen"), by=member)
    if on == "answers":
        return EvaluationResponse.objects.create(step=evening, answered_on=TODAY, heard=3)
    return CounterSignal.objects.create(
        trajectory=square,
        rule="feedback-given",
        subject="s1",
        status="met",
        on=TODAY,
        organisation=Organisation.objects.get(slug="wijk-a"),
        made_by=world.user("association_member"),
        request=square.requests.get(ref="r1"),
    )


def record(row, by, **columns):
    """Save a row as this user."""
    for name, value in columns.items():
        setattr(row, name, value)
    row._history_user = by
    row.save()
    return row


CONCERN = {**SQUARE, "requests": [{"ref": "r1", "kind": "concern", "from": "wijk-a", "received_on": "2026-03-21"}]}


@pytest.mark.parametrize(
    ("on", "left_out", "location"),
    [
        ("links", {"steps": SQUARE["steps"][1:]}, "/steps"),
        ("answers", {"steps": SQUARE["steps"][1:]}, "/steps"),
        ("counter-signal", {"requests": []}, "/requests"),
        ("a file", {"documents": []}, "/documents"),
        ("an association", {"contributions": []}, "/contributions"),
    ],
)
def test_replacing_does_not_remove_rows_with_items_added_by_users(on, left_out, location):
    square = import_document(CONCERN)
    hung = attach_item(square, on)
    before = dossier_document(square)

    with pytest.raises(DossierError) as refused:
        import_document(
            {**CONCERN, "trajectory": {**SQUARE["trajectory"], "title": "Anders"}, **left_out}, replace=True
        )

    (problem,) = refused.value.problems
    assert problem.location == location
    assert "left out" in problem.reason
    assert "--replace" in problem.hint
    assert dossier_document(Trajectory.objects.get()) == before
    assert type(hung).objects.filter(pk=hung.pk).exists()


@pytest.mark.parametrize("on", ["links", "answers", "counter-signal"])
def test_rows_with_items_added_by_users_are_replaced_where_they_remain(on):
    hung = attach_item(import_document(CONCERN), on)

    square = import_document({**CONCERN, "trajectory": {**SQUARE["trajectory"], "title": "Anders"}}, replace=True)

    assert square.title == "Anders"
    assert type(hung).objects.filter(pk=hung.pk).exists()


def test_importing_the_same_dossier_again_writes_nothing():
    square = import_document(SQUARE)
    lines = Step.history.count(), Trajectory.history.count()
    done = import_dossier(deepcopy(SQUARE), RULEBOOKS, TODAY, NOW)
    assert (done.added, done.changed, done.removed) == (0, 0, 0)
    assert (Step.history.count(), Trajectory.history.count()) == lines
    assert square.obligations.open().count() == Obligation.objects.count()


def test_unsupported_characters_are_cleaned_and_a_reimport_changes_nothing():
    dirty = "Avond\x0bover \x01groen\u2028\ufffe"
    document = {
        "dossier": 1,
        "trajectory": {
            "slug": "vt",
            "title": dirty,
            "contact": {"name": dirty},
            "source": {"cite": dirty, "stance": dirty},
            "started_on": {"from": "2026-03-01", "to": "2026-03-02", "precision": "range", "text": dirty},
        },
        "organisations": [{"slug": "wijk-a", "name": dirty}],
        "plan": {"frameworks": [{"what": dirty}], "channels": [dirty], "roles": {"council": dirty}},
        "steps": [{"ref": "s", "kind": "activity", "title": dirty, "starts_at": "21:00", "ends_at": "00:30"}],
        "contributions": [{"ref": "c", "summary": dirty}],
    }
    stored = json.dumps(dossier_document(import_document(document)), ensure_ascii=False)

    assert not set(stored) & set("\x0b\x01\u2028\ufffe")
    assert r"Avond over groen " in stored
    assert r"Avond\nover groen\n" in stored
    done = import_dossier(deepcopy(document), RULEBOOKS, TODAY, NOW)
    assert (done.added, done.changed, done.removed) == (0, 0, 0)
    with pytest.raises(DossierError, match="/trajectory/title"):
        import_document({"dossier": 1, "trajectory": {"slug": "leeg", "title": "\x0b\x01"}})


def test_an_imported_trajectory_is_assessed_immediately():
    square = import_document(SQUARE)
    assert square.obligations.open().filter(rule="feedback-given", subject="s1").exists()


BAD = {
    "a day that does not exist": ({"trajectory": {"started_on": "2021-02-30"}}, "/trajectory/started_on"),
    "a day in another notation": ({"steps": [{"ref": "s1", "planned": "17/5"}]}, "/steps/0/planned"),
    "an end before its start": (
        {"steps": [{"ref": "s1", "planned": "2026-03-20", "closes": "2026-03-01"}]},
        "/steps/0/closes",
    ),
    "bounds the wrong way round": (
        {"steps": [{"ref": "s1", "planned": {"from": "2026-03-20", "to": "2026-03-01", "precision": "range"}}]},
        "/steps/0/planned",
    ),
    "a step about itself": ({"steps": [{"ref": "s1", "about": ["s1"]}]}, "/steps/0/about/0"),
    "a step about nothing": ({"steps": [{"ref": "s1", "about": ["s9"]}]}, "/steps/0/about/0"),
    "a ref used twice": ({"steps": [{"ref": "s1"}, {"ref": "s1"}]}, "/steps/1/ref"),
    "documents replacing each other": (
        {"documents": [{"ref": "d1", "replaces": "d2"}, {"ref": "d2", "replaces": "d1"}]},
        "/documents",
    ),
    "an unknown key": ({"steps": [{"ref": "s1", "plannd": "2026-03-20"}]}, "/steps/0/plannd"),
    "a wrong type": ({"steps": {"ref": "s1"}}, "/steps"),
    "a party that nobody knows": ({"steps": [{"ref": "s1", "audience": ["wijk-z"]}]}, "/steps/0/audience/0"),
    "an explanation of an unknown rule": (
        {"waivers": [{"rule": "feedback-givn", "reason": "x", "by": "y", "granted_on": "2026-03-01"}]},
        "/waivers/0/rule",
    ),
    "an explanation without a reason": (
        {"waivers": [{"rule": "feedback-given", "reason": " ", "by": "y", "granted_on": "2026-03-01"}]},
        "/waivers/0/reason",
    ),
}


@pytest.mark.parametrize(("addition", "location"), BAD.values(), ids=BAD)
def test_invalid_input_is_reported_at_its_location_and_nothing_is_stored(addition, location):
    trajectory = {"slug": "plein", "title": "Plein", **addition.get("trajectory", {})}
    with pytest.raises(DossierError) as refused:
        import_document({"dossier": 1, **addition, "trajectory": trajectory})
    assert any(problem.location.startswith(location) for problem in refused.value.problems), refused.value
    assert all(problem.reason for problem in refused.value.problems)
    assert not Trajectory.objects.exists()
    assert not Organisation.objects.exists()


def test_replacing_removes_rows_recorded_by_the_municipality():
    square = import_document(CONCERN)
    record(Contribution(trajectory=square, ref="c1", summary="Meer bomen"), by=world.user("adviser"))
    import_document({**CONCERN, "requests": []}, replace=True)
    assert not {*square.requests.all(), *square.contributions.all()}


def test_two_valid_dossiers_that_together_form_a_cycle_are_rejected():
    first = {**SQUARE, "documents": [{"ref": "d1"}, {"ref": "d2", "replaces": "d1"}]}
    import_document(first)
    with pytest.raises(DossierError):
        import_document(
            {"dossier": 1, "trajectory": SQUARE["trajectory"], "documents": [{"ref": "d1", "replaces": "d2"}]}
        )
    assert dossier_document(Trajectory.objects.get())["documents"][0] == {"ref": "d1"}


REGISTER = {
    "register": 1,
    "motions": [
        {
            "number": "M21.0098/04",
            "outcome": "adopted",
            "adopted_on": {"from": "2021-01-01", "to": "2021-12-31", "precision": "year"},
            "reports": [{"on": "2022-03-01", "text": "Nog bezig."}],
        }
    ],
    "commitments": [{"number": "Z/21-1", "text": "Vaker overleg.", "made_on": "2021-05-19"}],
}


def test_a_motion_in_two_notations_is_one_motion():
    import_register(deepcopy(REGISTER), RULEBOOKS, TODAY, NOW)
    newer = {"register": 1, "motions": [{"number": "0021/0098/4", "title": "Scenario's"}]}
    import_register(newer, RULEBOOKS, TODAY, NOW)
    motion = Motion.objects.get()
    assert (motion.number, motion.title, motion.outcome) == ("21.0098/04", "Scenario's", "adopted")
    assert ProgressReport.objects.count() == 1


def test_the_register_survives_import_export_and_import():
    import_register(deepcopy(REGISTER), RULEBOOKS, TODAY, NOW)
    once = register_document()
    assert once == REGISTER
    done = import_register(deepcopy(once), RULEBOOKS, TODAY, NOW)
    assert (done.added, done.changed, done.removed) == (0, 0, 0)


def test_importing_fifty_steps_takes_hardly_more_queries_than_five():
    def queries(slug, count):
        steps = [{"ref": f"s{n}", "kind": "activity", "planned": "2026-03-20"} for n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            import_document({"dossier": 1, "trajectory": {"slug": slug, "title": slug}, "steps": steps})
        return len(captured)

    queries("warm", 1)
    # SQLite splits bulk writes by its number of variables; otherwise the count is constant.
    assert queries("vijftig", 50) - queries("vijf", 5) <= 5


def test_an_update_keeps_what_it_leaves_out_of_an_object():
    place = {"name": "Buurthuis", "address": "Plein 1"}
    step = {"ref": "s1", "kind": "activity", "place": place, "planned": {"precision": "unscheduled"}}
    contact = {"role": "project_manager", "email": "plein@leiden.nl"}
    first = {"dossier": 1, "trajectory": {"slug": "plein", "title": "Plein", "contact": contact}, "steps": [step]}
    import_document(first)
    update = {
        **first,
        "trajectory": {"slug": "plein", "title": "Plein", "contact": {"phone": "14 071"}},
        "steps": [{"ref": "s1", "place": {"address": None, "accessible": True}, "planned": "2026-12-01"}],
    }
    found = dossier_document(import_document(update))

    assert found["trajectory"]["contact"] == {**contact, "phone": "14 071"}
    assert found["steps"][0]["place"] == {"name": "Buurthuis", "accessible": True}
    assert found["steps"][0]["planned"] == "2026-12-01"
    replaced = dossier_document(import_document(update, replace=True))
    assert replaced["trajectory"]["contact"] == {"phone": "14 071"}


@pytest.mark.parametrize(
    "values",
    [
        {"no_participation": {"reason": "Spoed"}},
        {"instrument": "environment_plan", "closed_on": "2020-01-01"},
        {"contact": {"email": "plein@localhost@leiden.nl"}},
    ],
)
def test_a_trajectory_that_contradicts_itself_stores_nothing(values):
    document = {"dossier": 1, "trajectory": {"slug": "plein", "title": "Plein", **values}}
    with pytest.raises(DossierError):
        import_document(document)

    assert not Trajectory.objects.exists()


def test_scores_keep_their_decimal_and_whole_ones_have_none():
    scores = [8, 8.0, 8.2, 10]
    steps = [{"ref": f"s{number}", "kind": "evaluation", "score": score} for number, score in enumerate(scores)]
    found = dossier_document(
        import_document({"dossier": 1, "trajectory": {"slug": "plein", "title": "Plein"}, "steps": steps})
    )

    assert json.dumps([step["score"] for step in found["steps"]]) == "[8, 8, 8.2, 10]"


# ---------- several municipalities


def explained(municipality, rule):
    trajectory = {"slug": "plein", "title": "Plein", **({} if municipality is None else {"municipality": municipality})}
    waiver = {"rule": rule, "reason": "Er is geen buurt", "by": "projectleider", "granted_on": "2026-03-01"}
    return {"dossier": 1, "trajectory": trajectory, "waivers": [waiver]}


@pytest.mark.parametrize(
    ("municipality", "rule", "is_known"),
    [
        ("oegstgeest", "neighbours-invited", True),
        ("oegstgeest", "plan-recorded", False),
        ("leiden", "plan-recorded", True),
        ("leiden", "neighbours-invited", False),
        (None, "neighbours-invited", False),
    ],
)
def test_a_waiver_is_of_a_rule_of_its_own_town(municipality, rule, is_known):
    if is_known:
        import_dossier(explained(municipality, rule), towns.RULEBOOKS, TODAY, NOW)
        return
    with pytest.raises(DossierError) as refused:
        import_dossier(explained(municipality, rule), towns.RULEBOOKS, TODAY, NOW)
    assert [(p.location, p.reason) for p in refused.value.problems] == [
        ("/waivers/0/rule", f"there is no rule {rule!r}")
    ]
    assert not Trajectory.objects.exists()


def test_a_dossier_without_a_municipality_keeps_the_stored_one_and_its_rules():
    world.trajectory("plein", municipality="oegstgeest")
    with pytest.raises(DossierError):  # what is absent is cleared
        import_dossier(explained(None, "neighbours-invited"), towns.RULEBOOKS, TODAY, NOW, replace=True)
    import_dossier(explained(None, "neighbours-invited"), towns.RULEBOOKS, TODAY, NOW)
    assert Trajectory.objects.get().municipality == "oegstgeest"
