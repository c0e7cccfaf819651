"""Involvement before an anchor, and what follows a decision: reports, evaluations and messages."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.calendar import Calendar, Term
from participation.compliance.checks import DateRules
from participation.compliance.checks.involvement import (
    decision_communicated,
    followed_by,
    preceded_by,
    preceded_each,
    scenarios_presented,
)
from participation.compliance.dates import ImpreciseDate
from participation.compliance.facts import (
    Facts,
    OrganisationFacts,
    PlanFacts,
    ScenarioFacts,
    StepFacts,
    TrajectoryFacts,
)

DAYS = DateRules(Calendar())
UNKNOWN = ImpreciseDate.unknown()
UNSCHEDULED = ImpreciseDate(None, None, "unscheduled")
LEIDEN, OEGSTGEEST = "leiden", "oegstgeest"
PARTIES = [
    OrganisationFacts("wijk-a", "residents_association"),
    OrganisationFacts("tuin", "residents_initiative"),
    OrganisationFacts("winkels", "business_association"),
    OrganisationFacts("gemeente", "municipality"),
    OrganisationFacts("college", "executive", LEIDEN),
    OrganisationFacts("andere-gemeente", "municipality", OEGSTGEEST),
    OrganisationFacts("bureau", "research_bureau"),
    OrganisationFacts("raad-leiden", "council", LEIDEN),
    OrganisationFacts("raad-oegstgeest", "council", OEGSTGEEST),
    OrganisationFacts("wijk-oegstgeest", "residents_association", OEGSTGEEST),
]
REPORT = {
    "kind": "final_report",
    "after": ["last_activity", "final_decision"],
    "latest": True,
    "for_everyone": True,
    "term": Term(28),
}
INDEPENDENT = {"kind": "evaluation", "after": ["final_decision"], "independent": True, "term": Term(90)}


def on(text):
    return ImpreciseDate.on(date.fromisoformat(text))


def step(ref, kind, done=None, **columns):
    return StepFacts(ref, kind, done=on(done) if isinstance(done, str) else done, **columns)


def adoption(done="2026-05-07", ref="d", **columns):
    return step(ref, "decision", done, stage="adoption", **columns)


def facts(*steps, plan=None, scenarios=(), municipality=LEIDEN):
    trajectory = TrajectoryFacts("t", municipality=municipality)
    return Facts(trajectory, plan, scenarios, steps, organisations={party.slug: party for party in PARTIES})


def report(*steps):
    [draft] = followed_by(facts(*steps), DAYS, **REPORT)
    return draft


# ---------- the final report


@pytest.mark.parametrize(
    ("activity", "decided", "due"),
    [
        ("2026-03-10", "2026-05-07", "2026-06-04"),
        ("2026-06-06", "2026-05-07", "2026-07-04"),
        ("2026-05-07", "2026-05-07", "2026-06-04"),
    ],
)
def test_the_report_follows_the_later_of_activity_and_decision(activity, decided, due):
    assert report(step("a", "activity", activity), adoption(decided)).due == on(due)


def test_both_bounds_are_those_of_the_later_one():
    month = ImpreciseDate(date(2026, 5, 1), date(2026, 5, 31), "month")
    due = report(step("a", "activity", month), adoption("2026-05-15")).due

    assert (due.earliest, due.latest) == (date(2026, 6, 12), date(2026, 6, 28))


@pytest.mark.parametrize(
    ("steps", "missing"),
    [
        ([step("a", "activity", "2026-03-10")], "final_decision"),
        (
            [step("a", "activity", "2026-03-10"), step("d", "decision", "2026-05-07", stage="proposal")],
            "final_decision",
        ),
        ([step("a", "activity", "2026-03-10"), adoption(UNKNOWN)], "final_decision"),
        ([step("a", "activity", "2026-03-10"), adoption(), adoption(None, "e", planned=UNSCHEDULED)], "final_decision"),
        ([adoption()], "last_activity"),
        ([step("a", "activity", UNKNOWN), adoption()], "last_activity"),
        ([step("a", "activity", planned=UNSCHEDULED), adoption()], "last_activity"),
    ],
)
def test_without_both_days_it_is_not_known_when_the_report_is_due(steps, missing):
    assert report(*steps).missing == (missing,)


def test_the_report_is_for_everyone_of_every_activity():
    steps = [
        step("a", "activity", "2026-03-10", audience=("residents",)),
        step("b", "activity", "2026-06-06", audience=("entrepreneurs",)),
        adoption(),
    ]

    assert report(*steps, step("r", "final_report", "2026-06-10", audience=("residents",))).met is None
    both = step("r", "final_report", "2026-06-10", audience=("residents", "entrepreneurs"))
    assert report(*steps, both).met == date(2026, 6, 10)


# ---------- an independent evaluation


def evaluation(*steps, municipality=LEIDEN):
    [draft] = followed_by(facts(*steps, municipality=municipality), DAYS, **INDEPENDENT)
    return draft


@pytest.mark.parametrize("evaluator", ["bureau", "wijk-a", "andere-gemeente", "raad-leiden"])
def test_anyone_but_the_municipality_and_its_executive_is_independent(evaluator):
    assert evaluation(adoption(), step("e", "evaluation", "2026-06-01", evaluated_by=evaluator)).met == date(2026, 6, 1)


@pytest.mark.parametrize("evaluator", ["gemeente", "college", "executive"])
def test_the_municipality_and_its_executive_are_not_independent(evaluator):
    draft = evaluation(adoption(), step("e", "evaluation", "2026-06-01", evaluated_by=evaluator))

    assert (draft.missing, draft.met, draft.due) == ((), None, on("2026-08-05"))


def test_a_municipality_counts_as_the_own_one_while_that_is_not_known():
    named = step("e", "evaluation", "2026-06-01", evaluated_by="andere-gemeente")

    assert evaluation(adoption(), named, municipality="").met is None


def test_an_evaluation_by_nobody_named_is_not_known():
    unnamed = step("e", "evaluation", "2026-06-01")

    assert evaluation(adoption(), unnamed).missing == ("evaluated_by",)
    # One in time by a bureau meets it; one too late does not tell whether the other was in time.
    in_time, late = (step("f", "evaluation", day, evaluated_by="bureau") for day in ("2026-08-05", "2026-08-06"))
    assert evaluation(adoption(), unnamed, in_time).met == date(2026, 8, 5)
    assert evaluation(adoption(), unnamed, late).missing == ("evaluated_by",)


def test_a_planned_evaluation_may_still_get_an_independent_evaluator():
    planned = StepFacts("e", "evaluation", planned=on("2026-06-01"))

    assert evaluation(adoption(), planned).expected == date(2026, 6, 1)
    assert evaluation(adoption(), planned._replace(evaluated_by="college")).expected is None


# ---------- a message about a decision


def message(audience, kind="update", done="2026-05-08", about=("d",)):
    found = decision_communicated(
        facts(adoption(body="college"), step("m", kind, done, audience=audience, about=about)),
        DAYS,
        term=Term(7),
        bodies=["executive"],
    )
    [draft] = found
    return draft.met


@pytest.mark.parametrize("audience", ["wijk-a", "residents", "everyone"])
@pytest.mark.parametrize("kind", ["contact", "update", "feedback"])
def test_a_message_with_an_association_that_names_the_decision_counts(audience, kind):
    assert message((audience,), kind) == date(2026, 5, 8)


@pytest.mark.parametrize("audience", [(), ("tuin",), ("winkels",), ("entrepreneurs",), ("raad-leiden",)])
def test_a_message_without_an_association_does_not_count(audience):
    assert message(audience) is None


@pytest.mark.parametrize("kind", ["final_report", "activity", "plan_review", "briefing"])
def test_other_kinds_of_step_are_no_message_about_a_decision(kind):
    assert message(("wijk-a",), kind) is None


@pytest.mark.parametrize(("about", "done"), [((), "2026-05-08"), (("x",), "2026-05-08"), (("d",), "2026-05-06")])
def test_a_message_that_does_not_name_the_decision_or_precedes_it_does_not_count(about, done):
    assert message(("wijk-a",), done=done, about=about) is None


def test_only_decisions_of_the_named_bodies_need_a_message():
    drafts = decision_communicated(facts(adoption(body="raad-leiden")), DAYS, term=Term(7), bodies=["executive"])

    assert list(drafts) == []


# ---------- one obligation per municipality


def before_council(*steps):
    found = preceded_each(facts(*steps), DAYS, each="council_judgement", kinds=["activity"], term=Term(-1))
    return {draft.subject: draft.met for draft in found}


def judgement(ref, body, done="2026-04-17"):
    return step(ref, "briefing", done, phase="judgement", body=body)


def test_a_council_named_by_its_kind_is_that_of_the_trajectory():
    both = judgement("b", "council", "2026-04-24"), judgement("c", "raad-leiden")

    assert before_council(*both) == {"c": None}


def test_an_activity_counts_for_the_municipalities_of_its_parties():
    steps = judgement("l", "council"), judgement("o", "raad-oegstgeest")
    own = step("a", "activity", "2026-04-08", audience=("wijk-oegstgeest",))
    all_of_them = step("a", "activity", "2026-04-08", audience=("residents",))

    assert before_council(*steps, own) == {"l": None, "o": date(2026, 4, 8)}
    assert before_council(*steps, all_of_them) == {"l": date(2026, 4, 8), "o": date(2026, 4, 8)}


# ---------- a plan without a day of adoption


@pytest.mark.parametrize("adopted_on", [None, UNKNOWN, UNSCHEDULED])
def test_what_a_plan_without_a_day_says_is_not_known(adopted_on):
    plan = PlanFacts(adopted_on=adopted_on, channels=("letter", "website"), scenarios_reason=True)
    walk = step("a", "activity", "2026-03-10", method="walk")
    asked = {"kinds": ["activity"], "methods": ["walk"], "with_residents": False, "due": ["first_decision"]}
    [channels] = preceded_by(facts(walk, adoption(), plan=plan), DAYS, channels=2, term=Term(-1), **asked)
    [reason] = scenarios_presented(facts(adoption(), plan=plan), DAYS, least=2, due=["first_decision"])

    assert channels.missing == reason.missing == ("plan_adopted_on",)


def test_what_was_not_done_is_not_excused_by_a_plan_without_a_day():
    plan = PlanFacts(channels=("letter", "website"))
    asked = {"kinds": ["activity"], "methods": ["walk"], "with_residents": False, "due": ["first_decision"]}
    [draft] = preceded_by(facts(adoption(), plan=plan), DAYS, channels=2, term=Term(-1), **asked)

    assert (draft.missing, draft.met, draft.due) == ((), None, on("2026-05-06"))


def test_two_scenarios_in_time_need_no_reason_in_the_plan():
    scenarios = tuple(ScenarioFacts(ref, on("2026-04-01")) for ref in ("a", "b"))
    plan = PlanFacts(scenarios_reason=True)
    [draft] = scenarios_presented(
        facts(adoption(), plan=plan, scenarios=scenarios), DAYS, least=2, due=["first_decision"]
    )

    assert draft.met == date(2026, 4, 1)
