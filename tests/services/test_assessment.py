"""What is stored equals what the facts say, whatever way it came there; and time is noticed exactly once."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from participation.compliance.dossier_parser import facts_of
from participation.compliance.evaluate import evaluate
from participation.compliance.obligations import status
from participation.compliance.rulebook import load
from participation.models import JobRun, Obligation, Step, Trajectory, Transition, Waiver
from participation.selectors.obligations import stored_obligations
from participation.services import assessment, jobs
from participation.services.assessment import flag_due, reassess_one
from participation.services.dossiers import import_dossier
from tests import world
from tests.dossiers import dossiers, undone

RULEBOOK = load("leiden")
TODAY, NOW = date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def take_in(document, today=TODAY, **options):
    import_dossier(deepcopy(document), RULEBOOK, today, NOW, **options)
    return Trajectory.objects.get(slug=document["trajectory"]["slug"])


def reassess_all(rulebook, today, now, finished=None):
    return jobs.run("reassess-all", today, rulebook, now, lambda: finished or now)


def stored(trajectory):
    found = stored_obligations("trajectory", [trajectory.pk])[trajectory.pk]
    return sorted((s.owed for s in found.values()), key=lambda o: o.identity)


def ledger(trajectory):
    lines = Transition.objects.filter(obligation__trajectory=trajectory).order_by("pk")
    return list(lines.values_list("obligation__rule", "obligation__subject", "from_status", "to_status", "on"))


PLANNED = {
    "dossier": 1,
    "trajectory": {"slug": "plein", "title": "Plein", "kind": "public_space", "status": "active"},
    "steps": [{"ref": "avond", "kind": "activity", "planned": "2026-03-20", "audience": ["residents"]}],
}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(dossiers(), min_size=2, max_size=4))
def test_any_sequence_of_edits_ends_where_judging_the_result_from_scratch_does(versions):
    def body():
        for number, version in enumerate(versions):
            square = take_in(version, TODAY + timedelta(days=number * 9), replace=True)
        assert stored(square) == evaluate(facts_of(versions[-1]), RULEBOOK)

    undone(body)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers(), st.randoms(use_true_random=False))
def test_no_order_of_recording_changes_the_outcome(document, random):
    shuffled = deepcopy(document)
    for section in ("steps", "documents", "contributions", "requests", "scenarios", "organisations"):
        random.shuffle(shuffled[section])
    for step in shuffled["steps"]:
        random.shuffle(step.get("audience", []))
    assert evaluate(facts_of(shuffled), RULEBOOK) == evaluate(facts_of(document), RULEBOOK)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers(slug="plein"), dossiers(slug="elders"))
def test_an_unrelated_trajectory_changes_nothing(document, unrelated):
    def body():
        square = take_in(document)
        before = stored(square), ledger(square)
        take_in(unrelated)
        assert (stored(square), ledger(square)) == before

    undone(body)


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
def test_what_is_done_later_only_moves_the_verdict_the_later_way(what, day, delay, after):
    key, rule = what

    def verdict(on):
        steps = [
            {"ref": "a", "kind": "activity", "method": "meeting", "done": "2026-03-20"},
            {"ref": "f", "kind": "feedback", "about": ["a"]},
        ]
        steps[1 if key == "done" else 0][key] = on.isoformat()
        (found,) = [
            o
            for o in evaluate(facts_of({"trajectory": {"slug": "x"}, "steps": steps}), RULEBOOK)
            if (o.rule, o.subject) == (rule, "a")
        ]
        return status(found, date(2026, 1, 1) + timedelta(days=after))

    late = ("overdue", "met_late")
    assert (verdict(day + timedelta(days=delay)) in late) >= (verdict(day) in late)


def test_saving_the_feedback_clears_its_flag_and_the_ledger_says_so():
    square = take_in({**PLANNED, "steps": [{**PLANNED["steps"][0], "done": "2026-01-20"}]})
    assert ("feedback-given", "avond", "", "overdue", TODAY) in ledger(square)
    take_in({**PLANNED, "steps": [{"ref": "terug", "kind": "feedback", "about": ["avond"], "done": "2026-03-02"}]})
    assert ("feedback-given", "avond", "overdue", "met_late", TODAY) in ledger(square)


def test_what_is_no_longer_called_for_is_withdrawn_and_kept():
    square = take_in(PLANNED)
    take_in({**PLANNED, "steps": [{"ref": "avond", "cancelled": True}]})
    gone = Obligation.objects.get(rule="feedback-given", subject="avond")
    assert gone.withdrawn_at == NOW
    assert ("feedback-given", "avond", "pending", "withdrawn", TODAY) in ledger(square)


def test_what_comes_back_after_it_was_withdrawn_is_a_new_obligation():
    square = take_in(PLANNED)
    take_in({**PLANNED, "steps": [{"ref": "avond", "cancelled": True}]})
    take_in({**PLANNED, "steps": [{"ref": "avond", "cancelled": False}]})
    feedback = square.obligations.filter(rule="feedback-given", subject="avond")
    assert (feedback.count(), feedback.open().count()) == (2, 1)


def test_assessing_again_writes_nothing():
    square = take_in(PLANNED)
    lines = ledger(square)
    outcome = reassess_one(square.pk, RULEBOOK, TODAY, NOW)
    assert {k: v for k, v in outcome.counts.items() if v} == {"assessed": 1}
    assert ledger(square) == lines


def test_an_explanation_is_noticed_and_so_is_its_withdrawal():
    square = take_in({**PLANNED, "steps": [{**PLANNED["steps"][0], "done": "2026-01-20"}]})
    waiver = Waiver.objects.create(
        trajectory=square, rule="feedback-given", reason="Ziekte.", by="college", granted_on=TODAY
    )
    reassess_one(square.pk, RULEBOOK, TODAY, NOW)
    assert ("feedback-given", "avond", "overdue", "explained", TODAY) in ledger(square)
    waiver.delete()
    reassess_one(square.pk, RULEBOOK, TODAY, NOW)
    assert ("feedback-given", "avond", "explained", "overdue", TODAY) in ledger(square)


def test_time_alone_is_noticed_on_the_day_it_changes_something():
    square = take_in(PLANNED)
    flag_due(RULEBOOK, date(2026, 4, 17), NOW)
    # Due 28 days after 20 March: on 17 April still in time.
    assert [line[2:] for line in ledger(square) if line[:2] == ("feedback-given", "avond")] == [
        ("", "pending", TODAY),
        ("pending", "due_soon", date(2026, 4, 3)),
    ]
    flag_due(RULEBOOK, date(2026, 4, 18), NOW)
    assert ledger(square)[-1] == ("feedback-given", "avond", "due_soon", "overdue", date(2026, 4, 18))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers(), st.integers(1, 400))
def test_nights_that_were_missed_are_made_up_for_as_if_none_was(document, nights):
    last = TODAY + timedelta(days=nights)

    def look(days):
        found = []

        def body():
            square = take_in(document)
            for day in days:
                flag_due(RULEBOOK, day, NOW)
            found.extend(sorted(ledger(square), key=lambda line: (line[:2], line[4])))

        undone(body)
        return found

    turning = [TODAY + timedelta(days=n) for n in range(1, nights, 7)]
    assert look([last]) == look([*turning, last])


def test_flagging_twice_flags_once():
    square = take_in(PLANNED)
    flag_due(RULEBOOK, date(2026, 6, 1), NOW)
    lines = ledger(square)
    again = flag_due(RULEBOOK, date(2026, 6, 1), NOW)
    assert ledger(square) == lines
    assert again.counts["assessed"] == 0


def test_a_look_at_everything_tells_that_nothing_drifted():
    square = take_in(PLANNED)
    run = reassess_all(RULEBOOK, TODAY, NOW)
    assert {k: v for k, v in run.counts.items() if v} == {"assessed": 1}
    # Something changed the facts behind the services' back: that is a drift, and it is mended.
    Step.objects.filter(trajectory=square).update(cancelled=True)
    assert reassess_all(RULEBOOK, TODAY, NOW).counts["withdrawn"] > 0


def test_what_makes_a_rule_fail_is_told_keeps_its_obligations_and_stops_nobody_else(monkeypatch):
    square, other = (
        take_in(PLANNED),
        take_in({**PLANNED, "trajectory": {"slug": "elders", "title": "Elders"}}),
    )
    before = stored(square)
    Step.objects.filter(ref="avond").update(cancelled=True)
    check = RULEBOOK.by_id["feedback-given"].registered.run

    def breaks(facts, days, **parameters):
        if facts.trajectory.slug == "plein":
            raise KeyError("avond")
        return check(facts, days, **parameters)

    rule = RULEBOOK.by_id["feedback-given"]
    broken = rule._replace(registered=rule.registered._replace(run=breaks))
    monkeypatch.setitem(
        RULEBOOK._about,
        "trajectory",
        tuple(broken if r is rule else r for r in RULEBOOK.rules_about(facts_of(PLANNED))),
    )
    run = reassess_all(RULEBOOK, TODAY, NOW)
    assert [(f["trajectory"], f["rule"], f["error"]) for f in run.failures] == [
        ("plein", "feedback-given", "KeyError: 'avond'")
    ]
    assert stored(square) == before
    assert not other.obligations.open().filter(subject="avond").exists()


def test_the_receipt_says_by_which_rules_for_which_day_and_what_came_of_it():
    take_in(PLANNED)
    run = reassess_all(RULEBOOK, TODAY, NOW, finished=NOW + timedelta(minutes=2))
    found = JobRun.objects.get()
    assert (found.pk, found.kind, found.day, found.rulebook) == (run.pk, "reassess-all", TODAY, RULEBOOK.hash)
    assert found.finished_at - found.started_at == timedelta(minutes=2)
    assert found.counts["assessed"] == 1
    assert found.code_version


@pytest.mark.parametrize("count", [1, 50])
def test_assessing_takes_the_same_queries_for_one_trajectory_and_for_fifty(count, django_assert_max_num_queries):
    trajectories = [world.trajectory(f"t{n}") for n in range(count)]
    keys = [t.pk for t in trajectories]
    assessment.reassess("trajectory", keys, RULEBOOK, TODAY, NOW)
    with django_assert_max_num_queries(16):
        assessment.reassess("trajectory", keys, RULEBOOK, TODAY, NOW)
