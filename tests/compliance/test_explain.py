"""An explanation contains the calculation that was made: following its lines gives the same date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance import explain, wording
from participation.compliance.calendar import Term
from participation.compliance.dates import ImpreciseDate
from participation.compliance.dossier_parser import commitment_of, facts_of, motion_of
from participation.compliance.evaluate import evaluate, obligations_under
from participation.compliance.evidence import facts_used
from participation.compliance.explain import Explainer, trace_obligations
from participation.compliance.explain_wording import format_trace_line
from participation.compliance.facts import ContributionFacts, Facts, RequestFacts, StepFacts, TrajectoryFacts
from participation.compliance.obligations import ObligationValue
from participation.compliance.rulebook import load
from tests.dossiers import dossiers

LEIDEN = load("leiden")
READERS = {"dossier": facts_of, "motion": motion_of, "commitment": commitment_of}
EXAMPLES = [(rule, example) for rule in LEIDEN.rules for example in rule.examples]
ONE_DAY = timedelta(days=1)
STARTS = (
    "from",
    "from_bounds",
    "from_strict",
    "from_strict_decision",
    "inspection_from",
    "inspection_notice",
    "closes",
    "agreed_until",
)


def about(example):
    ((kind, document),) = example.document.items()
    return READERS[kind](document)


def followed(lines, strict):
    """Return the date that a reader finds who follows the lines with a calendar."""
    day = None
    for line in lines:
        if line.strict != strict:
            continue
        if line.code in STARTS:
            day = line.values["day"]
        elif line.code in MOVES:
            day = MOVES[line.code](day, line)
            assert day == line.values.get("end", day), line
    return day


def after_days_off(day, line):
    for off in line.values["off"]:
        assert off.day == day, "each day off is passed in its turn"
        day += ONE_DAY
    return day


def after_term(day, line):
    term = line.values["term"]
    if term.unit == "months":
        month = day.month - 1 + term.length
        first = date(day.year + month // 12, month % 12 + 1, 1)
        return first.replace(day=min(day.day, ((first + timedelta(days=31)).replace(day=1) - ONE_DAY).day))
    return day + timedelta(days=term.length * (7 if term.unit == "weeks" else 1))


def after_working_days(day, line):
    return passed(day, line.values["term"].length, {off.day for off in line.values["off"]})


MOVES = {
    "first_day_counts": lambda day, _line: day - ONE_DAY,
    "term": after_term,
    "term_before": after_term,
    "working_days": after_working_days,
    "working_days_before": after_working_days,
    "runs_on": after_days_off,
    "to_working_day": after_days_off,
    "suspended": lambda day, line: day + timedelta(days=line.values["days"]),
}


def passed(day, count, off):
    step = ONE_DAY if count > 0 else -ONE_DAY
    while count:
        day += step
        count -= 0 if day in off else step.days
    return day


def counts_as_told(found, of):
    explainer = Explainer(of, LEIDEN)
    for obligation in found:
        lines = explainer.explanation_lines(obligation, date(2026, 4, 20))
        result = {(line.code, line.strict) for line in lines}
        if obligation.due_on is None:
            assert not result & {("due", False), ("due_strict", True)}
            continue
        assert followed(lines, strict=False) == obligation.due_on, (obligation, lines)
        if obligation.strict_due_on not in (None, obligation.due_on):
            assert followed(lines, strict=True) == obligation.strict_due_on, (obligation, lines)
        elif obligation.strict_due_on == obligation.due_on:
            assert not any(line.strict for line in lines)


@pytest.mark.parametrize(
    ("rule", "example"), EXAMPLES, ids=[f"{rule.id}: {example.title['en']}" for rule, example in EXAMPLES]
)
def test_following_the_lines_of_an_example_gives_its_due_date(rule, example):
    facts = about(example)

    counts_as_told([o for o in evaluate(facts, LEIDEN) if o.rule == rule.id], facts)


@given(dossiers())
def test_following_the_lines_gives_the_due_date_for_any_dossier(dossier):
    facts = facts_of(dossier)

    counts_as_told(evaluate(facts, LEIDEN), facts)


@given(dossiers())
def test_tracing_does_not_change_the_obligations(dossier):
    facts = facts_of(dossier)
    heard = [found.obligation for rule in LEIDEN.rules_about(facts) for found in trace_obligations(rule, facts)]

    assert sorted(heard, key=lambda o: o.identity) == evaluate(facts, LEIDEN)


@given(dossiers(), st.sampled_from(["nl", "en"]))
def test_every_line_is_a_sentence_in_both_languages(dossier, language):
    facts = facts_of(dossier)
    explainer = Explainer(facts, LEIDEN)
    for obligation in evaluate(facts, LEIDEN):
        rule = LEIDEN.by_id[obligation.rule]
        for line in explainer.explanation_lines(obligation, date(2026, 4, 20)):
            result = format_trace_line(line, rule, obligation, language)
            assert result.endswith("."), result
            assert result[0] == result[0].upper(), result
            assert not {"{", "}", "…", "_"} & set(result), result


@given(dossiers())
def test_every_referenced_fact_exists(dossier):
    facts = facts_of(dossier)
    refs = {
        "step": {s.ref for s in facts.steps},
        "document": {d.ref for d in facts.documents},
        "contribution": {c.ref for c in facts.contributions},
        "request": {r.ref for r in facts.requests},
        "scenario": {s.ref for s in facts.scenarios},
        "trajectory": {""},
        "plan": {""} if facts.plan else set(),
    }
    for obligation in evaluate(facts, LEIDEN):
        found = facts_used(LEIDEN.by_id[obligation.rule], obligation, facts)
        assert len({used[:2] for used in found}) == len(found)
        for used in found:
            assert used.ref in refs[used.row_type], (obligation, used)
            assert used.columns


@pytest.mark.parametrize(
    ("rule", "instrument", "used"),
    [
        ("intention-announced", "environment_plan", {("step", "i1"), ("document", "n1")}),
        ("project-announced", "project_decision", {("step", "a1"), ("document", "n1")}),
        ("involvement-accounted", "programme", {("step", "b1"), ("document", "p1")}),
        ("draft-open-for-views", "programme", {("step", "b1"), ("step", "i1")}),
        ("permit-involvement-stated", "permit", {("step", "v1"), ("document", "p1")}),
        ("permit-involvement-held", "permit", {("step", "v1"), ("step", "a1")}),
        ("zoning-decided-in-time", "zoning_plan", {("step", "i1"), ("step", "b1")}),
        ("inspection-accounted", "", {("step", "i1"), ("step", "b1"), ("document", "w1")}),
    ],
)
def test_a_legal_step_names_the_rows_that_decided_it(rule, instrument, used):
    facts = facts_of(
        {
            "trajectory": {"slug": "t", "title": "T", "instrument": instrument, "participation_required": True},
            "documents": [
                {"ref": "n1", "kind": "notice_of_intention", "published_on": "2023-02-01"},
                {"ref": "p1", "kind": "participation_account", "dated_on": "2023-02-01"},
                {"ref": "w1", "kind": "weighing", "published_on": "2023-04-20"},
                {"ref": "x1", "kind": "other", "published_on": "2023-04-20"},
            ],
            "steps": [
                {"ref": "a1", "kind": "activity", "phase": "exploration", "audience": ["residents"],
                 "done": "2023-02-06"},
                {"ref": "i1", "kind": "inspection", "procedure": "extended", "title": "Ontwerp",
                 "done": "2023-03-01", "closes": "2023-04-11"},
                {"ref": "b1", "kind": "decision", "stage": "adoption", "done": "2023-05-11"},
                {"ref": "v1", "kind": "application", "done": "2023-05-01"},
            ],
        }
    )  # fmt: skip
    rule = LEIDEN.by_id[rule]
    # Without a version's own days: which rows are used does not depend on when the law began.
    rule = rule._replace(versions=(rule.versions[-1]._replace(first=date(2000, 1, 1)),))
    [obligation] = obligations_under(rule, facts)
    found = {row[:2] for row in facts_used(rule, obligation, facts)} - {("trajectory", "")}
    assert found == used


def test_every_check_names_the_date_it_counts_from():
    said_of = {"decision_after", "received", "step_start", "step_end", "start", "report"}
    known = set(wording._load_words()["counted_from"]) | said_of
    anchored = {"plan_says", "trajectory_states", "preceded_by", "followed_by", "scenarios_presented"}
    anchored |= {"document_published", "inspection_closed", "involvement_required", "target_groups_reached"}
    split = {"step_dated", "contribution_answered", "inspection_open", "motion_settled", "commitment_kept"}

    assert {rule.check for rule in LEIDEN.rules} <= known | anchored | split


# ---------- the text of the lines


def lines_of(rule, facts, on=date(2026, 12, 28), language="nl"):
    [obligation] = [o for o in evaluate(facts, LEIDEN) if o.rule == rule]
    found = Explainer(facts, LEIDEN).explanation_lines(obligation, on)
    return [format_trace_line(line, LEIDEN.by_id[rule], obligation, language) for line in found]


def facts_with_request(kind, received, **columns):
    return Facts(TrajectoryFacts("t"), requests=(RequestFacts("r1", kind, received_on=received, **columns),))


def day(text):
    return ImpreciseDate.on(date.fromisoformat(text))


def test_a_statutory_term_names_the_holiday_that_moved_its_end():
    result = lines_of("complaint-handled", facts_with_request("complaint", day("2026-11-14")))

    assert result[2:5] == [
        "We tellen vanaf de dag van ontvangst: 14 november 2026.",
        "6 weken later is het 26 december 2026.",
        "Een termijn uit een wet of verordening mag niet op een zaterdag, zondag of feestdag eindigen. "
        "26 december 2026 is Tweede kerstdag. De termijn loopt daarom door tot 28 december 2026.",
    ]
    assert (
        "Second Day of Christmas"
        in lines_of("complaint-handled", facts_with_request("complaint", day("2026-11-14")), language="en")[4]
    )


def test_a_term_in_working_days_names_the_skipped_days():
    result = lines_of("concern-answered", facts_with_request("concern", day("2026-03-30")))

    assert result[4] == (
        "10 werkdagen later is het 15 april 2026. Weekenden en feestdagen tellen niet mee (4 dagen in het weekend; "
        "Goede vrijdag op 3 april 2026 en Tweede paasdag op 6 april 2026)."
    )


def test_extensions_that_count_and_that_do_not_are_both_explained():
    longer = facts_with_request("woo", day("2026-03-02"), extended_on=day("2026-03-10"), extension_reason=True)
    without = facts_with_request("woo", day("2026-03-02"), extended_on=day("2026-03-10"))
    late = facts_with_request("woo", day("2026-03-02"), extended_on=day("2026-04-10"), extension_reason=True)

    assert "De termijn van 4 weken is met 2 weken verlengd. Dat bericht is verstuurd: 10 maart 2026." in lines_of(
        "woo-decided", longer
    )
    assert any("zonder reden" in line for line in lines_of("woo-decided", without))
    assert any("niet binnen de eerste termijn van 4 weken" in line for line in lines_of("woo-decided", late))


def around_a_decision(done, decided="2026-05-07"):
    evening = StepFacts("s1", "activity", "meeting", done=day(done))
    council = StepFacts("b1", "decision", stage="adoption", title="Raadsbesluit", done=day(decided))
    return Facts(TrajectoryFacts("t"), steps=(evening, council))


def test_a_term_that_leaves_too_little_time_before_a_decision_says_so():
    assert lines_of("feedback-before-decision", around_a_decision("2026-04-27"))[3:6] == [
        "Terugtellen vanaf het besluit laat te weinig tijd over. Daarom tellen we vooruit.",
        "We tellen vanaf het einde van de laatste activiteit ervoor: 27 april 2026.",
        "7 dagen later is het 4 mei 2026.",
    ]
    assert lines_of("feedback-before-decision", around_a_decision("2026-05-06"))[3:6] == [
        "Later dan de dag van het besluit kan niet. Die dag is daarom de laatste.",
        "We tellen vanaf de dag van “Raadsbesluit”: 7 mei 2026.",
        "Uiterlijk op 7 mei 2026. Op die dag zelf is het nog op tijd.",
    ]
    assert "Terugtellen" not in "".join(lines_of("feedback-before-decision", around_a_decision("2026-03-10")))


def answer_lines(received, decided):
    council = StepFacts("b1", "decision", stage="adoption", title="Raadsbesluit", done=decided)
    contribution = ContributionFacts("c1", received_on=received)
    return lines_of(
        "contribution-answered", Facts(TrajectoryFacts("t"), steps=(council,), contributions=(contribution,))
    )


def test_an_answer_says_from_which_day_and_why():
    month = ImpreciseDate(date(2026, 5, 1), date(2026, 5, 31), "month")

    assert answer_lines(day("2026-05-01"), day("2026-05-21"))[3] == (
        "We tellen vanaf het eerstvolgende besluit, “Raadsbesluit”: 21 mei 2026."
    )
    assert answer_lines(day("2026-05-11"), day("2026-05-21"))[3:5] == [
        "Terugtellen vanaf het besluit laat te weinig tijd over. Daarom tellen we vooruit.",
        "We tellen vanaf de dag van ontvangst: 11 mei 2026.",
    ]
    assert answer_lines(day("2026-05-19"), day("2026-05-21"))[3].startswith("Later dan de dag van het besluit")
    assert answer_lines(day("2026-05-22"), day("2026-05-21"))[3:5] == [
        "We tellen vanaf de dag van ontvangst: 22 mei 2026.",
        "28 dagen later is het 19 juni 2026.",
    ]
    # Received before or after the decision: strictly it came before.
    assert "Streng gerekend is er eerder een besluit dat op de ontvangst kan volgen: 21 mei 2026." in answer_lines(
        month, day("2026-05-21")
    )


def test_a_suspension_is_explained_with_its_days_and_the_day_put_on_a_par():
    suspended = ((day("2026-04-20"), day("2026-04-29")), (day("2026-05-19"), day("2026-05-20")))
    result = lines_of("woo-decided", facts_with_request("woo", day("2026-04-06"), suspended=suspended))

    assert result[3:7] == [
        "4 weken later is het 4 mei 2026.",
        "Van 20 april 2026 tot en met 29 april 2026 stond de termijn stil. Daarom komen er 10 dagen bij. Dan is het "
        "14 mei 2026.",
        "Een termijn uit een wet of verordening mag niet op een zaterdag, zondag of feestdag eindigen. 14 mei 2026 is "
        "Hemelvaartsdag. De termijn loopt daarom door tot 18 mei 2026.",
        "De termijn is ook stilgezet vanaf 19 mei 2026. Toen was de termijn al voorbij: die duurde tot en met 18 mei "
        "2026. Daarom telt dat niet mee.",
    ]
    on_the_day = lines_of("woo-decided", facts_with_request("woo", day("2026-04-17")))
    assert any("15 mei 2026 is een dag die gelijkstaat aan een feestdag." in line for line in on_the_day)


def test_committee_extension_and_consent_are_explained():
    request = facts_with_request(
        "complaint", day("2026-03-10"), committee=True, extended_on=day("2026-05-19"), agreed_until=day("2026-07-01")
    )
    result = lines_of("complaint-handled", request)

    assert result[2:] == [
        "We tellen vanaf de dag van ontvangst: 10 maart 2026.",
        "Een commissie geeft advies. Daarom is de termijn 10 weken.",
        "De termijn van 10 weken is met 4 weken verlengd. Dat bericht is verstuurd: 19 mei 2026.",
        "10 weken later is het 19 mei 2026.",
        "4 weken later is het 16 juni 2026.",
        "Wie het verzoek deed, vond uitstel tot en met 1 juli 2026 goed.",
        "Uiterlijk op 1 juli 2026. Op die dag zelf is het nog op tijd.",
        "Stand op 28 december 2026: 180 dagen te laat.",
    ]


@given(
    st.dates(date(2022, 5, 1), date(2028, 12, 31)),
    st.lists(st.tuples(st.integers(-5, 60), st.integers(-3, 20)), max_size=4),
    st.none() | st.integers(0, 60),
    st.none() | st.integers(0, 90),
    st.integers(0, 20),
)
def test_following_the_lines_of_a_request_gives_its_due_date(received, suspended, extended, agreed, width):
    def about_day(number):
        first = received + timedelta(days=number)
        return ImpreciseDate(first, first + timedelta(days=width), "range")

    facts = facts_with_request(
        "woo",
        about_day(0),
        suspended=tuple((about_day(first), about_day(first + length)) for first, length in suspended),
        extended_on=None if extended is None else about_day(extended),
        extension_reason=True,
        agreed_until=None if agreed is None else about_day(agreed),
    )

    counts_as_told(evaluate(facts, LEIDEN), facts)


def test_a_notice_that_came_later_is_explained():
    inspection = StepFacts(
        "i1",
        "inspection",
        procedure="extended",
        done=day("2023-11-06"),
        announced_on=day("2023-11-10"),
        closes=day("2023-12-20"),
    )
    result = lines_of("inspection-six-weeks", Facts(TrajectoryFacts("t"), steps=(inspection,)))

    assert result[2:5] == [
        "De stukken liggen ter inzage vanaf 6 november 2023.",
        "De kennisgeving kwam later: 10 november 2023. Daarom tellen we vanaf 10 november 2023.",
        "Die eerste dag telt mee. We rekenen dus vanaf de dag ervoor: 9 november 2023.",
    ]


def test_a_rule_of_an_instrument_says_why_it_applies():
    application = StepFacts("v1", "application", done=day("2025-03-10"))
    facts = Facts(TrajectoryFacts("t", instrument="permit"), steps=(application,))
    result = lines_of("permit-involvement-stated", facts)

    assert "Deze regel geldt omdat dit traject gaat over een omgevingsvergunning." in result
    assert "We tellen vanaf de aanvraag van de vergunning: 10 maart 2025." in result


def test_an_imprecise_date_is_counted_from_both_bounds():
    evening = StepFacts(
        "s1", "activity", "meeting", done=ImpreciseDate(date(2026, 3, 11), date(2026, 3, 20), "month_part")
    )
    result = lines_of("feedback-given", Facts(TrajectoryFacts("t"), steps=(evening,)))

    assert (
        "We tellen vanaf het einde van “s1”: medio maart 2026. Dat is geen precieze dag. We rekenen met de laatste "
        "dag die het kan zijn: 20 maart 2026." in result
    )
    assert "Streng gerekend is het de eerste dag die het kan zijn: 11 maart 2026." in result
    assert "Streng gerekend uiterlijk op 8 april 2026." in result


def test_a_retrospective_trajectory_states_that_the_current_rule_applies():
    evening = StepFacts("s1", "activity", "meeting", done=day("2017-03-01"))
    result = lines_of("feedback-given", Facts(TrajectoryFacts("t", retrospective=True), steps=(evening,)))

    assert "Dit is een terugblik. Daarom gebruiken we de regel van nu." in result
    assert not any("De regel zoals hij was op" in line for line in result)


def test_without_matching_facts_only_the_dates_are_explained():
    evening = StepFacts("s1", "activity", "meeting", done=day("2026-03-20"))
    stored = ObligationValue("feedback-given", "s1", date(2026, 3, 1), date(2026, 3, 29), date(2026, 3, 29))
    found = Explainer(Facts(TrajectoryFacts("t"), steps=(evening,)), LEIDEN).explanation_lines(
        stored, date(2026, 3, 28)
    )

    assert [line.code for line in found] == ["due", "left"]


def test_an_obligation_of_a_removed_rule_is_explained_by_its_dates_alone():
    stored = ObligationValue("afgeschaft", "", None, date(2026, 3, 29))

    assert [
        line.code
        for line in Explainer(Facts(TrajectoryFacts("t")), LEIDEN).explanation_lines(stored, date(2026, 3, 30))
    ] == [
        "due",
        "after",
    ]


@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.integers(-30, 60),
    st.sampled_from(["days", "weeks", "working_days"]),
)
def test_a_term_is_explained_to_the_day_on_which_the_calendar_ends_it(start, length, unit):
    for rule in ("complaint-handled", "feedback-given"):
        days, term = LEIDEN.by_id[rule].days, Term(length, unit)
        lines = list(explain.term_lines(start, term, days))
        first = explain.TraceLine("from", {"day": start})

        assert followed([first, *lines], strict=False) == days.calendar.after(start, term, days.by_law)
