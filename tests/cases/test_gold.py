"""The expected statuses of the real cases: case, rule, subject, day and status."""

import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from participation.compliance.dossier_parser import commitment_of, facts_of, motion_of
from participation.compliance.evaluate import evaluate
from participation.compliance.obligations import days_late, status
from participation.compliance.rulebooks import load_rulebooks

FIXTURES = Path(__file__).parents[2] / "fixtures"
CASES = {
    "A": "onderzoek-participatie-leiden",
    "B": "handreiking-samenwerken-in-de-stad",
    "C": "gesprekken-wijkverenigingen",
    "E": "toekomstvisie-leidse-regio-fase-2",
}

# "-" is no subject, "none" is no obligation.
GOLD = """
A  affected-in-setup         opzet-commissie      2020-11-26  due_soon
A  affected-in-setup         opzet-commissie      2020-11-27  overdue
A  affected-in-setup         opzet-raad           2020-12-03  due_soon
A  affected-in-setup         opzet-raad           2020-12-04  overdue
A  roles-recorded            -                    2020-12-10  due_soon
A  roles-recorded            -                    2020-12-11  overdue
A  progress-update           -                    2020-10-29  due_soon
A  progress-update           -                    2020-10-30  overdue
A  progress-update           -                    2026-11-22  overdue
A  equal-information         concept              2021-05-01  due_soon
A  equal-information         concept              2021-05-05  possibly_overdue
A  equal-information         concept              2021-05-10  possibly_overdue
A  equal-information         concept              2021-05-11  overdue
A  changes-marked            eindrapport          2021-07-01  due_soon
A  changes-marked            eindrapport          2021-07-02  overdue
A  papers-in-time            presentatie          2021-06-24  due_soon
A  papers-in-time            presentatie          2021-06-25  overdue
A  papers-in-time            presentatie          2021-07-01  met_late
A  papers-in-time            debat                2021-09-03  overdue
A  papers-in-time            debat                2021-09-21  met_late
A  wob-decided               wob                  2021-07-27  due_soon
A  wob-decided               wob                  2021-07-28  overdue
A  wob-decided               wob                  2021-09-20  overdue
A  wob-decided               wob                  2021-09-21  met_late
A  information-answered      fractievraag         2021-09-20  due_soon
A  information-answered      fractievraag         2021-09-21  met
A  complaint-handled         klacht               2021-09-03  unknown
A  scenarios-offered         -                    2021-12-31  none
A  level-minimum             -                    2021-12-31  none

B  inspection-six-weeks      inzage               2023-12-20  due_soon
B  inspection-six-weeks      inzage               2023-12-21  met
B  meeting-times-spread      -                    2023-09-14  met
B  meeting-announced         stadsgesprek-middag  2023-09-14  unknown
B  meeting-announced         stadsgesprek-avond   2026-11-22  unknown
B  trajectory-evaluated      -                    2024-08-14  due_soon
B  trajectory-evaluated      -                    2024-08-15  overdue
B  trajectory-evaluated      -                    2026-01-27  met_late
B  plan-recorded             -                    2026-11-22  none

C  meeting-evaluated         *                    2026-11-22  none

E  scenarios-offered         -                    2017-03-14  pending
E  scenarios-offered         -                    2017-03-17  met
E  phase-order               p-2103-colleges      2017-03-14  due_soon
E  phase-order               p-0606-colleges      2017-03-14  pending
E  meeting-announced         p-0304-inwoners      2017-03-13  pending
E  meeting-announced         p-0304-inwoners      2017-03-14  possibly_overdue
E  meeting-announced         p-0304-inwoners      2017-03-23  possibly_overdue
E  meeting-announced         p-0304-inwoners      2017-03-24  met
E  results-in-time           p-1703-verzending    2017-03-14  planned_late
E  results-in-time           p-1703-verzending    2017-03-18  overdue
E  feedback-given            p-0304-inwoners      2017-05-20  possibly_overdue
E  feedback-given            p-0304-inwoners      2017-05-21  overdue
E  progress-update           p-2903-pers          2017-03-14  pending
E  progress-update           p-2903-pers          2017-05-10  due_soon
E  progress-update           p-2903-pers          2017-05-11  overdue
E  papers-in-time            p-1306-commissie     2017-03-14  pending
E  papers-in-time            p-1306-commissie     2017-06-06  met
E  trajectory-evaluated      -                    2017-10-02  due_soon
E  trajectory-evaluated      -                    2017-10-03  overdue
E  record-kept               *                    2017-12-31  none
"""
ROWS = [line.split() for line in GOLD.splitlines() if line]


@cache
def obligations_of(case):
    document = json.loads((FIXTURES / "cases" / f"{CASES[case]}.json").read_text(encoding="utf-8"))
    return evaluate(facts_of(document), load_rulebooks("leiden"))


@pytest.mark.parametrize(("case", "rule", "subject", "day", "expected"), ROWS, ids=[" ".join(r) for r in ROWS])
def test_a_real_case_has_the_expected_statuses(case, rule, subject, day, expected):
    found = [
        o
        for o in obligations_of(case)
        if o.rule == rule and (subject == "*" or o.subject == ("" if subject == "-" else subject))
    ]
    if expected == "none":
        assert found == []
    else:
        assert [status(o, date.fromisoformat(day)) for o in found] == [expected]


def obligation_of(case, rule, subject=""):
    (found,) = [o for o in obligations_of(case) if (o.rule, o.subject) == (rule, subject)]
    return found


def test_the_wob_request_was_answered_fifty_six_days_late_by_the_lenient_bound():
    assert days_late(obligation_of("A", "wob-decided", "wob"), date(2022, 1, 1)) == 56


def test_the_debate_papers_were_nineteen_days_late():
    assert days_late(obligation_of("A", "papers-in-time", "debat"), date(2022, 1, 1)) == 19


def test_the_committee_of_about_13_june_gets_its_papers_exactly_seven_days_before():
    papers = obligation_of("E", "papers-in-time", "p-1306-commissie")
    assert (papers.due_on, papers.met_on) == (date(2017, 6, 6), date(2017, 6, 6))


def test_the_residents_meetings_announcement_was_due_by_1_april_strictly_13_march():
    announced = obligation_of("E", "meeting-announced", "p-0304-inwoners")
    assert (announced.due_on, announced.strict_due_on) == (date(2017, 4, 1), date(2017, 3, 13))


def test_the_inspection_period_had_exactly_the_statutory_length():
    assert obligation_of("B", "inspection-six-weeks", "inzage").details["first_lawful_day"] == "2023-12-21"


REGISTER = json.loads((FIXTURES / "register.json").read_text(encoding="utf-8"))
ELEVEN = [c for c in REGISTER["commitments"] if c["number"].startswith("Z/21/3258970-")]


def test_the_executive_statement_of_2021_contains_eleven_commitments():
    assert len(ELEVEN) == 11


@pytest.mark.parametrize("commitment", ELEVEN, ids=lambda c: c["number"])
def test_none_of_the_eleven_has_an_owner_a_date_or_a_report(commitment):
    found = {o.rule: o for o in evaluate(commitment_of(commitment), load_rulebooks("leiden"))}
    assert status(found["commitment-dated"], date(2021, 5, 19)) == "due_soon"
    assert status(found["commitment-dated"], date(2021, 5, 20)) == "overdue"
    assert found["commitment-reported"].due_on == date(2021, 8, 17)
    assert status(found["commitment-kept"], date(2026, 11, 22)) == "unknown"


def test_the_council_settled_two_motions_and_left_the_scenarios_motion_open():
    settled = {
        m["number"]: [
            status(o, date(2024, 5, 16))
            for o in evaluate(motion_of(m), load_rulebooks("leiden"))
            if o.rule == "motion-settled"
        ]
        for m in REGISTER["motions"]
    }
    assert settled["21.0098/01"] == settled["21.0098/03"] == ["met"]
    assert settled["21.0098/04"] == ["unknown"]
