"""The contents of a digest, and their order."""

from __future__ import annotations

import ast
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.obligations import FLAGGED, ObligationValue
from participation.compliance.vocabulary import STATUSES, STRENGTHS
from participation.presentation import digest_data as digest
from participation.presentation.digest_data import ExpiringWaiver, Recipient, build_digest
from tests.presentation.lines import COORDINATOR, EARLIER, MONDAY, SINCE, WITHIN, line, new, report, resolved


def in_full(section):
    return [entry.line for group in section.groups for entry in group.entries]


def order(section):
    return [(line.name, line.rule, line.subject) for line in in_full(section)]


def left_out(section):
    return section.more + sum(group.more for group in section.groups)


def codes(found):
    return [section.code for section in found.sections]


# ---------- empty digests


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([], id="nothing"),
        pytest.param([line("pending"), line("explained"), line("met")], id="nothing flagged"),
        pytest.param([resolved(noticed_at=EARLIER)], id="resolved before the period"),
        pytest.param([line(retrospective=True)], id="old news of a case looked back on"),
    ],
)
def test_an_empty_digest_is_not_sent(lines):
    assert report(*lines) is None


@pytest.mark.parametrize("status", FLAGGED)
def test_every_flag_makes_a_digest_worth_sending(status):
    assert codes(report(new(status))) == ["new"]
    assert report(line(status)).rest.total == 1


def test_a_resolved_flag_makes_a_digest_worth_sending():
    assert report(resolved()).resolved.total == 1


def test_an_ending_waiver_makes_a_digest_worth_sending():
    waiver = ExpiringWaiver("Plein", "https://x.example/", "Scenario's", MONDAY, "https://x")
    assert report(waivers=[waiver]).waivers == (waiver,)


def test_a_change_in_a_retrospective_case_makes_a_digest_worth_sending():
    found = report(new(retrospective=True))
    assert (found.review.total, found.sections, found.rest) == (1, (), None)
    assert found.subject == "Participatie week 47: nieuw bij de terugblik"


# ---------- order


def test_law_comes_first_then_what_is_due_today_then_what_is_new():
    found = report(
        new(rule="a-wish", strength="wish"),
        line("due_soon", rule="a-promise", strength="commitment", due_on=MONDAY),
        line("due_soon", rule="an-ordinance", strength="ordinance", due_on=date(2026, 11, 28)),
        line(rule="a-law", strength="law"),
    )
    assert codes(found) == ["statutory", "today", "new"]
    assert [line.strength for section in found.sections for line in in_full(section)] == [
        *("law", "ordinance", "commitment", "wish")
    ]


def test_within_one_strength_what_is_overdue_longest_comes_first():
    found = report(new(subject="a", due_on=date(2026, 11, 14)), new(subject="b", due_on=date(2026, 10, 18)))
    assert [line.subject for line in in_full(found.sections[0])] == ["b", "a"]


def test_rows_of_a_trajectory_are_grouped_at_its_first_row():
    found = report(
        new(name="plein", subject="a", due_on=date(2026, 11, 1)),
        new(name="brug", subject="b", due_on=date(2026, 11, 2)),
        new(name="plein", subject="c", due_on=date(2026, 11, 3)),
    )
    assert order(found.sections[0]) == [
        ("plein", "feedback-given", "a"),
        ("plein", "feedback-given", "c"),
        ("brug", "feedback-given", "b"),
    ]


def test_what_is_neither_law_nor_today_nor_new_is_counted_by_group():
    found = report(
        line(),
        line(subject="b", due_on=date(2026, 10, 1)),
        line("due_soon", subject="c", due_on=date(2026, 11, 20)),
        line("due_soon", subject="d", due_on=date(2026, 11, 28)),
        line("planned_late", subject="e", due_on=date(2027, 1, 1)),
        line("unknown", subject="f", due_on=None, missing=("level",)),
    )
    assert found.sections == ()
    assert found.rest.counts == (("late", 2), ("week", 1), ("soon", 1), ("planned", 1), ("unknown", 1))
    assert found.rest.old == 1


def test_a_fact_for_which_several_points_wait_is_named_with_their_number():
    def waiting(subject, missing, **columns):
        return line("unknown", subject=subject, due_on=None, missing=missing, **columns)

    found = report(
        waiting("a", ("first_activity",)),
        waiting("b", ("first_activity", "level")),
        waiting("s1", ("step_date",), about="“Avond”"),
        waiting("s1", ("step_date",), rule="plan-recorded"),
        waiting("s2", ("step_date",)),
        waiting("a", ("first_activity",), name="brug"),
    )
    assert [cause[:3] for cause in found.rest.causes] == [("first_activity", "", 2), ("step_date", "“Avond”", 2)]


# ---------- new and resolved


def test_a_status_reached_within_the_period_is_marked_new():
    found = report(new(subject="a", strength="law"), line(subject="b", strength="law"))
    assert [entry.new for entry in found.sections[0].groups[0].entries] == [True, False]


@pytest.mark.parametrize(
    "past",
    [
        pytest.param({"noticed_at": EARLIER}, id="noticed before the period"),
        pytest.param({"noticed_at": SINCE}, id="noticed as the last report was made"),
        pytest.param({"before": "overdue"}, id="it was so before, and in between it was not"),
        pytest.param({"noticed": "due_soon"}, id="the ledger has not noticed yet"),
        pytest.param({"noticed": "", "noticed_at": None}, id="the ledger has nothing"),
    ],
)
def test_a_status_without_a_transition_is_not_marked_new(past):
    assert codes(report(new(**past))) == []


@pytest.mark.parametrize("status", ["met", "met_late", "explained", "withdrawn"])
def test_a_flag_is_resolved_when_met_waived_or_withdrawn(status):
    assert report(resolved(status)).resolved.total == 1


def test_a_flag_raised_and_met_within_one_period_is_resolved():
    assert report(resolved(before="pending", flagged_meanwhile=True)).resolved.total == 1


def test_an_obligation_met_in_time_without_a_flag_is_not_mentioned():
    assert report(resolved(before="pending")) is None


def test_a_withdrawn_and_recreated_obligation_is_not_resolved():
    again = new(before="", noticed_at=WITHIN)
    found = report(resolved("withdrawn", before="overdue"), again)
    assert (found.resolved, found.sections, found.rest.total) == (None, (), 1)


# ---------- subject, summary and figures


def test_the_subject_has_the_numbers_of_the_sections():
    lines = [
        new("due_soon", subject="a"),
        new("unknown", subject="b", due_on=None),
        new(subject="law", strength="law"),
        line(subject="c"),
        *(resolved(subject=subject) for subject in "def"),
    ]
    found = report(*lines)
    assert found.subject == "Participatie week 47: 1 uit wet of verordening, 2 nieuw, 3 opgelost"
    assert [(section.code, section.total) for section in found.sections] == [("statutory", 1), ("new", 2)]
    assert found.resolved.total == 3
    assert (
        report(*lines, recipient=Recipient("auditor", "en")).subject
        == "Participation week 47: 1 by law or ordinance, 2 new, 3 resolved"
    )


@pytest.mark.parametrize(
    ("lines", "result"),
    [
        ([resolved()], "1 opgelost"),
        (
            [line("due_soon", due_on=date(2026, 11, 28)), line("unknown", subject="c", due_on=None)],
            "1 binnen veertien dagen, 1 nog niet bekend",
        ),
        ([line()], "1 te laat"),
        ([line("planned_late", due_on=date(2027, 1, 1))], "1 te laat gepland"),
    ],
)
def test_the_subject_of_a_quiet_week_counts_the_rest(lines, result):
    assert report(*lines).subject == f"Participatie week 47: {result}"


def test_the_summary_repeats_the_numbers_and_says_since_when():
    lines = [line(), new(strength="law", subject="b"), new(subject="c")]
    assert report(*lines).summary == "1 uit wet of verordening en 1 nieuw. Nieuw is sinds 9 november."
    english = report(line(), recipient=Recipient("adviser", "en"))
    assert english.summary == "1 overdue. New means since 9 November."


def test_the_figures_of_a_digest_are_stored_by_group():
    found = report(line(), new(strength="law", subject="b"), new(subject="c"), resolved(subject="d"))
    assert found.as_figures() == {"statutory": 1, "new": 1, "late": 1, "resolved": 1}


def test_the_last_days_of_december_may_be_in_the_first_week_of_the_next_year():
    found = build_digest(COORDINATOR, date(2025, 12, 29), SINCE, [line()])
    assert found is not None
    assert found.week == 1


# ---------- retrospective trajectories, motions and commitments


def test_news_of_a_retrospective_case_is_listed_separately_and_not_counted():
    found = report(new(), new(name="toen", retrospective=True, strength="law"))
    assert [group.title for group in found.sections[0].groups] == ["Plein"]
    assert found.subject == "Participatie week 47: 1 nieuw"
    assert [group.title for group in found.review.groups] == ["Toen"]
    assert "wet" not in found.summary


def test_older_flags_of_a_retrospective_case_are_left_out():
    assert report(line(), line(name="toen", retrospective=True, strength="law")).review is None


@pytest.mark.parametrize("role", ["coordinator", "auditor"])
def test_motions_and_commitments_are_among_the_others_by_consequence(role):
    found = report(new(), new("unknown", owner_type="motion", name="21.0098/04"), recipient=Recipient(role, "nl"))
    assert (codes(found), found.sections[0].total) == (["new"], 2)


@pytest.mark.parametrize("role", ["adviser", "administrator"])
def test_the_register_is_only_in_digests_of_permitted_recipients(role):
    assert report(line(owner_type="motion", name="21.0098/04"), recipient=Recipient(role, "nl")) is None


# ---------- length limits


def test_a_long_section_lists_four_rows_and_counts_the_rest():
    section = report(*(new(subject=f"s{n}", due_on=date(2026, 11, n)) for n in range(1, 15))).sections[0]
    assert [line.due_on.day for line in in_full(section)] == [1, 2, 3, 4]
    assert (section.total, left_out(section)) == (14, 10)


@pytest.mark.parametrize("strength", ["law", "ordinance"])
def test_what_the_law_asks_is_never_omitted_unless_it_is_old(strength):
    laws = [line(subject=f"s{n}", strength=strength) for n in range(1, 15)]
    old = line(rule="x", subject="old", strength=strength, due_on=date(2026, 10, 18))
    section = report(old, *laws).sections[0]
    assert [line.strength for line in in_full(section)] == [strength] * 14
    assert (section.total, left_out(section)) == (15, 1)


def test_new_points_of_the_law_are_never_old():
    section = report(new(strength="law", due_on=date(2026, 1, 1))).sections[0]
    assert len(in_full(section)) == 1


def test_a_repeating_rule_does_not_crowd_out_other_rules():
    repeats = [new(subject=f"s{n}", due_on=date(2026, 11, 1)) for n in range(12)]
    section = report(*repeats, new(rule="plan-recorded")).sections[0]
    assert "plan-recorded" in [line.rule for line in in_full(section)]


def test_what_is_planned_in_time_gives_way_to_what_needs_action():
    planned = [new("due_soon", subject=f"s{n}", name=f"t{n}", planned_in_time=True) for n in range(12)]
    section = report(*planned, new(rule="plan-recorded")).sections[0]
    assert "plan-recorded" in [line.rule for line in in_full(section)]


def test_omitted_trajectories_are_counted_below_the_section():
    section = report(*(new(name=f"t{n}", days_late=n) for n in range(1, 13))).sections[0]
    assert (len(section.groups), section.more) == (4, 8)


@st.composite
def lines(draw):
    """Return a strategy for lines with any history; an identity occurs once, and possibly withdrawn as well."""
    status = draw(st.sampled_from([*STATUSES, "withdrawn"]))
    due = st.dates(date(2026, 1, 1), date(2026, 12, 31))
    name = draw(st.sampled_from(["plein", "brug", "toen"]))
    return line(
        status,
        name=name,
        rule=draw(st.sampled_from(["feedback-given", "plan-recorded"])),
        subject=draw(st.sampled_from(["", "s1", "s2", "s3", "s4", "s5", "s6"])),
        owner_type="trajectory" if name == "toen" else draw(st.sampled_from(["trajectory", "trajectory", "motion"])),
        strength=draw(st.sampled_from(STRENGTHS)),
        retrospective=name == "toen",
        due_on=draw(st.none() | due),
        days_late=draw(st.integers(0, 40)),
        before=draw(st.sampled_from(["", *STATUSES])),
        noticed=draw(st.sampled_from([status, status, "pending"])),
        noticed_at=draw(st.sampled_from([None, EARLIER, SINCE, WITHIN])),
        flagged_meanwhile=draw(st.booleans()),
    )


many = st.lists(lines(), max_size=40, unique_by=lambda line: (line.identity, line.status == "withdrawn"))


@given(many, st.randoms(use_true_random=False))
def test_the_order_of_input_rows_does_not_matter(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    assert report(*shuffled) == report(*found)


@given(many)
def test_every_flag_is_listed_once_or_counted_and_current_law_is_listed(found):
    result = report(*found)
    flags = [line for line in found if line.status in FLAGGED and not line.retrospective]
    if result is None:
        assert flags == []
        return
    shown = [line.identity for section in result.sections for line in in_full(section)]
    rest = result.rest.total if result.rest else 0
    assert len(shown) == len(set(shown))
    assert len(shown) + sum(map(left_out, result.sections)) + rest == len(flags)
    current = (line for line in flags if line.due_on is None or MONDAY - line.due_on <= timedelta(days=28))
    assert {line.identity for line in current if line.strength == "law"} <= set(shown)


@given(many)
def test_a_retrospective_case_changes_neither_subject_nor_summary_nor_counts(found):
    current = [line for line in found if not line.retrospective]
    with_them, without = report(*found), report(*current)
    if without is None:
        assert with_them is None or not (with_them.sections or with_them.rest or with_them.resolved)
    else:
        assert (with_them.subject, with_them.summary) == (without.subject, without.summary)
        assert (with_them.sections, with_them.rest) == (without.sections, without.rest)


def test_the_data_of_a_digest_reads_no_database():
    tree = ast.parse(Path(digest.__file__).read_text(encoding="utf-8"))
    modules = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert "participation.compliance" in modules
    assert [
        module for module in modules if module.startswith(("participation.selectors", "participation.models"))
    ] == []


@pytest.mark.parametrize(
    ("language", "details", "text"),
    [
        ("nl", {}, "Uiterlijk 25 december 2026, maar gepland op 28 december 2026."),
        ("nl", {"first_lawful_day": "2026-12-28"}, "Sluit op 25 december 2026, maar moet open zijn tot en met 28"),
        ("en", {}, "Due by 25 December 2026, but planned for 28 December 2026."),
        ("en", {"first_lawful_day": "2026-12-28"}, "Closes on 25 December 2026, but must stay open until 28 December"),
    ],
)
def test_a_last_day_and_a_first_lawful_day_are_said_the_right_way_round(language, details, text):
    days = {"due_on": date(2026, 12, 25), "expected_on": date(2026, 12, 28)}
    obligation = ObligationValue("inspection-six-weeks", "s1", **days, details=details)
    assert digest.when_text(obligation, "planned_late", 0, MONDAY, language).startswith(text)
