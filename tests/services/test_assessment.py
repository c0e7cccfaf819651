"""Stored obligations equal what the facts give, whichever way they were written; each transition is recorded once."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from participation.compliance.dossier_parser import facts_of
from participation.compliance.evaluate import evaluate
from participation.compliance.obligations import status
from participation.compliance.rulebooks import load_rulebooks
from participation.models import AssessmentFingerprint, JobRun, Obligation, Step, Trajectory, Transition, Waiver
from participation.selectors.obligations.statuses import stored_obligations
from participation.services import assessment
from participation.services.assessment import flag_due, reassess_one
from participation.services.dossiers.dossiers import import_dossier
from participation.services.jobs import jobs
from tests import towns, world
from tests.dossiers import dossiers, rolled_back

RULEBOOKS = load_rulebooks("leiden")
TODAY, NOW = date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def import_document(document, today=TODAY, **options):
    import_dossier(deepcopy(document), RULEBOOKS, today, NOW, **options)
    return Trajectory.objects.get(slug=document["trajectory"]["slug"])


def reassess_all(rulebook, today, now, finished=None):
    return jobs.run("reassess-all", today, rulebook, now, lambda: finished or now)


def stored(trajectory):
    found = stored_obligations("trajectory", [trajectory.pk])[trajectory.pk]
    return sorted((s.obligation for s in found.values()), key=lambda o: o.identity)


def logged_transitions(trajectory):
    lines = Transition.objects.filter(obligation__trajectory=trajectory).order_by("pk")
    return list(lines.values_list("obligation__rule", "obligation__subject", "from_status", "to_status", "on"))


PLANNED = {
    "dossier": 1,
    "trajectory": {"slug": "plein", "title": "Plein", "kind": "public_space", "status": "active"},
    "steps": [{"ref": "avond", "kind": "activity", "planned": "2026-03-20", "audience": ["residents"]}],
}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(dossiers(), min_size=2, max_size=4))
def test_any_sequence_of_edits_gives_the_same_result_as_a_full_assessment(versions):
    def body():
        for number, version in enumerate(versions):
            square = import_document(version, TODAY + timedelta(days=number * 9), replace=True)
        assert stored(square) == evaluate(facts_of(versions[-1]), RULEBOOKS.first)

    rolled_back(body)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers(), st.randoms(use_true_random=False))
def test_the_order_of_recording_does_not_change_the_result(document, random):
    shuffled = deepcopy(document)
    for section in ("steps", "documents", "contributions", "requests", "scenarios", "organisations"):
        random.shuffle(shuffled[section])
    for step in shuffled["steps"]:
        random.shuffle(step.get("audience", []))
    assert evaluate(facts_of(shuffled), RULEBOOKS.first) == evaluate(facts_of(document), RULEBOOKS.first)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers(slug="plein"), dossiers(slug="elders"))
def test_an_unrelated_trajectory_changes_nothing(document, unrelated):
    def body():
        square = import_document(document)
        before = stored(square), logged_transitions(square)
        import_document(unrelated)
        assert (stored(square), logged_transitions(square)) == before

    rolled_back(body)


LATER = [
    ("done", "feedback-given"),
    ("announced_on", "meeting-announced"),
    ("evaluation_sent_on", "meeting-evaluated"),
]


@given(
    st.sampled_from(LATER),
    st.dates(date(2026, 1, 1), date(2026, 6, 30)),
    st.integers(1, 90),
    st.integers(0, 200),
)
def test_a_later_date_only_worsens_the_status(what, day, delay, after):
    key, rule = what

    def verdict(on):
        steps = [
            {"ref": "a", "kind": "activity", "method": "meeting", "done": "2026-03-20"},
            {"ref": "f", "kind": "feedback", "about": ["a"]},
        ]
        steps[1 if key == "done" else 0][key] = on.isoformat()
        (found,) = [
            o
            for o in evaluate(facts_of({"trajectory": {"slug": "x"}, "steps": steps}), RULEBOOKS.first)
            if (o.rule, o.subject) == (rule, "a")
        ]
        return status(found, date(2026, 1, 1) + timedelta(days=after))

    late = ("overdue", "met_late")
    assert (verdict(day + timedelta(days=delay)) in late) >= (verdict(day) in late)


def test_saving_the_feedback_resolves_its_flag_and_logs_the_transition():
    square = import_document({**PLANNED, "steps": [{**PLANNED["steps"][0], "done": "2026-01-20"}]})
    assert ("feedback-given", "avond", "", "overdue", TODAY) in logged_transitions(square)
    import_document(
        {**PLANNED, "steps": [{"ref": "terug", "kind": "feedback", "about": ["avond"], "done": "2026-03-02"}]}
    )
    assert ("feedback-given", "avond", "overdue", "met_late", TODAY) in logged_transitions(square)


def test_an_obligation_that_no_longer_applies_is_withdrawn_and_kept():
    square = import_document(PLANNED)
    import_document({**PLANNED, "steps": [{"ref": "avond", "cancelled": True}]})
    gone = Obligation.objects.get(rule="feedback-given", subject="avond")
    assert gone.withdrawn_at == NOW
    assert ("feedback-given", "avond", "pending", "withdrawn", TODAY) in logged_transitions(square)


def test_an_obligation_that_returns_after_withdrawal_is_a_new_row():
    square = import_document(PLANNED)
    import_document({**PLANNED, "steps": [{"ref": "avond", "cancelled": True}]})
    import_document({**PLANNED, "steps": [{"ref": "avond", "cancelled": False}]})
    feedback = square.obligations.filter(rule="feedback-given", subject="avond")
    assert (feedback.count(), feedback.open().count()) == (2, 1)


def test_assessing_again_writes_nothing():
    square = import_document(PLANNED)
    lines = logged_transitions(square)
    outcome = reassess_one("trajectory", square.pk, RULEBOOKS, TODAY, NOW)
    assert {k: v for k, v in outcome.counts.items() if v} == {"assessed": 1}
    assert logged_transitions(square) == lines


def test_a_waiver_and_its_withdrawal_are_logged_as_transitions():
    square = import_document({**PLANNED, "steps": [{**PLANNED["steps"][0], "done": "2026-01-20"}]})
    waiver = Waiver.objects.create(
        trajectory=square, rule="feedback-given", reason="Ziekte.", by="college", granted_on=TODAY
    )
    reassess_one("trajectory", square.pk, RULEBOOKS, TODAY, NOW)
    assert ("feedback-given", "avond", "overdue", "explained", TODAY) in logged_transitions(square)
    waiver.delete()
    reassess_one("trajectory", square.pk, RULEBOOKS, TODAY, NOW)
    assert ("feedback-given", "avond", "explained", "overdue", TODAY) in logged_transitions(square)


def test_a_status_change_by_time_alone_is_logged_on_its_day():
    square = import_document(PLANNED)
    flag_due(RULEBOOKS, date(2026, 4, 17), NOW)
    # Due 28 days after 20 March: still in time on 17 April.
    assert [line[2:] for line in logged_transitions(square) if line[:2] == ("feedback-given", "avond")] == [
        ("", "pending", TODAY),
        ("pending", "due_soon", date(2026, 4, 3)),
    ]
    flag_due(RULEBOOKS, date(2026, 4, 18), NOW)
    assert logged_transitions(square)[-1] == ("feedback-given", "avond", "due_soon", "overdue", date(2026, 4, 18))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers(), st.integers(1, 400))
def test_missed_nights_are_caught_up_as_if_none_was_missed(document, nights):
    last = TODAY + timedelta(days=nights)

    def look(days):
        found = []

        def body():
            square = import_document(document)
            for day in days:
                flag_due(RULEBOOKS, day, NOW)
            found.extend(sorted(logged_transitions(square), key=lambda line: (line[:2], line[4])))

        rolled_back(body)
        return found

    turning = [TODAY + timedelta(days=n) for n in range(1, nights, 7)]
    assert look([last]) == look([*turning, last])


def test_flagging_twice_gives_one_transition():
    square = import_document(PLANNED)
    flag_due(RULEBOOKS, date(2026, 6, 1), NOW)
    lines = logged_transitions(square)
    again = flag_due(RULEBOOKS, date(2026, 6, 1), NOW)
    assert logged_transitions(square) == lines
    assert again.counts["assessed"] == 0


def test_a_full_reassessment_without_changes_finds_no_differences():
    square = import_document(PLANNED)
    run = reassess_all(RULEBOOKS, TODAY, NOW)
    assert {k: v for k, v in run.counts.items() if v} == {"compared": 1, "assessed": 1}
    # The facts changed outside the services, which is drift; it is corrected.
    Step.objects.filter(trajectory=square).update(cancelled=True)
    assert reassess_all(RULEBOOKS, TODAY, NOW).counts["withdrawn"] > 0


def test_a_first_assessment_hashes_nothing_to_compare_with(monkeypatch):
    import_document(PLANNED)
    AssessmentFingerprint.objects.all().delete()
    monkeypatch.setattr("participation.selectors.obligations.fingerprints.digests", None)
    assert reassess_all(RULEBOOKS, TODAY, NOW).counts["assessed"] == 1


def test_a_failing_rule_is_reported_and_affects_no_other_obligations(monkeypatch):
    square, other = (
        import_document(PLANNED),
        import_document({**PLANNED, "trajectory": {"slug": "elders", "title": "Elders"}}),
    )
    before = stored(square)
    Step.objects.filter(ref="avond").update(cancelled=True)
    check = RULEBOOKS.first.by_id["feedback-given"].check_definition.run

    def breaks(facts, days, **parameters):
        if facts.trajectory.slug == "plein":
            raise KeyError("avond")
        return check(facts, days, **parameters)

    rule = RULEBOOKS.first.by_id["feedback-given"]
    broken = rule._replace(check_definition=rule.check_definition._replace(run=breaks))
    monkeypatch.setitem(
        RULEBOOKS.first._rules_by_owner_type,
        "trajectory",
        tuple(broken if r is rule else r for r in RULEBOOKS.first.rules_about(facts_of(PLANNED))),
    )
    run = reassess_all(RULEBOOKS, TODAY, NOW)
    assert [(f["trajectory"], f["rule"], f["error"]) for f in run.failures] == [
        ("plein", "feedback-given", "KeyError: 'avond'")
    ]
    assert stored(square) == before
    assert not other.obligations.open().filter(subject="avond").exists()


def test_the_job_result_has_the_rulebook_the_day_and_the_counts():
    import_document(PLANNED)
    run = reassess_all(RULEBOOKS, TODAY, NOW, finished=NOW + timedelta(minutes=2))
    found = JobRun.objects.get()
    assert (found.pk, found.kind, found.day) == (run.pk, "reassess-all", TODAY)
    assert found.rulebooks == {"": RULEBOOKS.first.hash}
    assert found.finished_at - found.started_at == timedelta(minutes=2)
    assert found.counts["assessed"] == 1
    assert found.code_version


@pytest.mark.parametrize("count", [1, 50])
def test_assessing_fifty_trajectories_takes_as_many_queries_as_one(count, django_assert_max_num_queries):
    trajectories = [world.trajectory(f"t{n}") for n in range(count)]
    keys = [t.pk for t in trajectories]
    assessment.reassess("trajectory", keys, RULEBOOKS, TODAY, NOW)
    with django_assert_max_num_queries(16):
        assessment.reassess("trajectory", keys, RULEBOOKS, TODAY, NOW)


# ---------- several municipalities


def obligations_of(found):
    return {
        (o.rule, o.subject): o.due_on.isoformat()
        for o in found.obligations.open()
        if o.due_on and o.rule in ("feedback-given", "neighbours-invited", "plan-recorded")
    }


def hashes_of(found):
    transitions = Transition.objects.filter(obligation__in=found.obligations.all())
    return set(transitions.values_list("rulebook", flat=True))


def test_each_trajectory_is_judged_by_the_rulebook_of_its_municipality():
    square, park = towns.trajectory("plein", "leiden"), towns.trajectory("park", "oegstgeest")
    assert obligations_of(square) == {("feedback-given", "s1"): "2026-03-02", ("plan-recorded", ""): "2026-02-01"}
    assert obligations_of(park) == {("feedback-given", "s1"): "2026-03-30", ("neighbours-invited", "s1"): "2026-01-26"}
    assert (hashes_of(square), hashes_of(park)) == ({towns.LEIDEN.hash}, {towns.TOWN.hash})


@pytest.mark.parametrize("municipality", ["leiderdorp", ""])
def test_the_first_rulebook_judges_towns_without_one_of_their_own(municipality):
    found = towns.trajectory("elders", municipality)
    assert obligations_of(found)["feedback-given", "s1"] == "2026-03-02"
    assert hashes_of(found) == {towns.LEIDEN.hash}


def test_a_trajectory_that_moves_to_another_town_is_judged_anew():
    square = towns.trajectory("plein", "leiden")
    Trajectory.objects.update(municipality="oegstgeest")
    reassess_one("trajectory", square.pk, towns.RULEBOOKS, TODAY, NOW)
    assert obligations_of(square).keys() == {("feedback-given", "s1"), ("neighbours-invited", "s1")}
    assert {o.rule for o in square.obligations.filter(withdrawn_at__isnull=False)} >= {"plan-recorded"}
    withdrawn = Transition.objects.filter(to_status="withdrawn").values_list("rulebook", flat=True)
    assert set(withdrawn) == {towns.TOWN.hash}


def test_motions_and_commitments_are_judged_by_the_rulebook_of_their_municipality():
    ours, theirs = world.motion("24.0001", municipality="leiden"), world.motion("24.0002", municipality="oegstgeest")
    promise = world.commitment("T-1", municipality="oegstgeest")
    for owner_type, row in (("motion", ours), ("motion", theirs), ("commitment", promise)):
        assessment.reassess(owner_type, [row.pk], towns.RULEBOOKS, TODAY, NOW)
    assert ours.obligations.exists()
    # The rulebook of Oegstgeest has no rules about them.
    assert not theirs.obligations.exists()
    assert not promise.obligations.exists()


def test_the_passing_of_time_is_noticed_by_the_rulebook_of_each_town():
    rows = [world.trajectory(slug, municipality=slug) for slug in ("leiden", "oegstgeest")]
    for row in rows:
        world.step(row, planned=None, done=world.on("2026-02-02"))
        reassess_one("trajectory", row.pk, towns.RULEBOOKS, date(2026, 2, 3), NOW)
    before = Transition.objects.count()
    flag_due(towns.RULEBOOKS, date(2026, 4, 26), NOW)
    noticed = Transition.objects.filter(obligation__rule="feedback-given", to_status="overdue", pk__gt=before)
    assert set(noticed.values_list("obligation__trajectory", "on", "rulebook")) == {
        (rows[0].pk, date(2026, 3, 3), towns.LEIDEN.hash),
        (rows[1].pk, date(2026, 3, 31), towns.TOWN.hash),
    }


@pytest.mark.parametrize("count", [1, 50])
def test_assessing_fifty_trajectories_of_two_towns_takes_as_many_queries(count, django_assert_max_num_queries):
    rows = [world.trajectory(f"t{n}", municipality=("leiden", "oegstgeest")[n % 2]) for n in range(count)]
    keys = [row.pk for row in rows]
    assessment.reassess("trajectory", keys, towns.RULEBOOKS, TODAY, NOW)
    with django_assert_max_num_queries(16):
        assessment.reassess("trajectory", keys, towns.RULEBOOKS, TODAY, NOW)
