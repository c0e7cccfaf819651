"""The contents of a digest, and their order."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.compliance.obligations import FLAGGED
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
    assert codes(report(line(status))) == [status]


def test_a_resolved_flag_makes_a_digest_worth_sending():
    assert report(resolved()).resolved.total == 1


def test_an_ending_waiver_makes_a_digest_worth_sending():
    waiver = ExpiringWaiver("Plein", "https://x.example/", "Scenario's", MONDAY, "projectleider", "Spoed", "https://x")
    assert report(waivers=[waiver]).waivers == (waiver,)


def test_a_change_in_a_retrospective_case_makes_a_digest_worth_sending():
    found = report(new(retrospective=True))
    assert (found.review.total, found.sections, found.new) == (1, (), 0)
    assert found.subject == "Participatie week 47: nieuw bij de terugblik"


# ---------- order


def test_statutory_rules_come_before_weaker_ones_however_late():
    found = report(line(rule="a-wish", strength="wish", days_late=900), line(rule="b-law", strength="law", days_late=1))
    assert [line.strength for line in in_full(found.sections[0])] == ["law", "wish"]


def test_within_one_strength_the_most_overdue_comes_first():
    found = report(line(subject="a", days_late=2), line(subject="b", days_late=30))
    assert [line.days_late for line in in_full(found.sections[0])] == [30, 2]


def test_the_earliest_due_date_comes_first():
    found = report(
        line("due_soon", subject="a", due_on=date(2026, 11, 28)),
        line("due_soon", subject="b", due_on=date(2026, 11, 18)),
    )
    assert [line.subject for line in in_full(found.sections[0])] == ["b", "a"]


def test_rows_of_a_trajectory_are_grouped_at_its_most_severe_row():
    found = report(
        line(name="plein", subject="a", days_late=50),
        line(name="brug", subject="b", days_late=40),
        line(name="plein", subject="c", days_late=30),
    )
    assert order(found.sections[0]) == [
        ("plein", "feedback-given", "a"),
        ("plein", "feedback-given", "c"),
        ("brug", "feedback-given", "b"),
    ]


def test_sections_are_ordered_by_severity():
    assert codes(report(*(line(status, subject=status) for status in reversed(FLAGGED)))) == [
        "overdue",
        "possibly_overdue",
        "planned_late",
        "due_soon",
        "unknown",
    ]


# ---------- new and resolved


def test_a_status_reached_within_the_period_is_marked_new():
    found = report(new(subject="a", days_late=9), line(subject="b", days_late=5))
    assert [entry.new for entry in found.sections[0].groups[0].entries] == [True, False]
    assert found.new == 1


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
    assert report(new(**past)).new == 0


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
    assert (found.resolved, found.new, found.sections[0].total) == (None, 0, 1)


# ---------- subject, summary and figures


def test_the_subject_summarises_the_change():
    lines = [
        new("due_soon", subject="a"),
        new("unknown", subject="b"),
        line(subject="c"),
        *(resolved(subject=subject) for subject in "def"),
    ]
    assert report(*lines).subject == "Participatie week 47: 2 nieuw, 1 te laat, 3 opgelost"
    assert (
        report(*lines, recipient=Recipient("auditor", "en")).subject
        == "Participation week 47: 2 new, 1 overdue, 3 resolved"
    )


@pytest.mark.parametrize(
    ("lines", "result"),
    [
        ([resolved()], "1 opgelost"),
        ([line("due_soon"), line("due_soon", subject="b"), line("unknown", subject="c")], "2 binnenkort"),
        ([line("unknown")], "1 nog niet bekend"),
        ([line("planned_late")], "niets nieuws"),
    ],
)
def test_the_subject_omits_zeros_and_mentions_what_is_coming_in_a_quiet_week(lines, result):
    assert report(*lines).subject == f"Participatie week 47: {result}"


def test_the_summary_counts_overdue_upcoming_and_changed_obligations():
    lines = [line(), new(strength="law", subject="b"), line("due_soon", subject="c"), line("unknown", subject="d")]
    assert report(*lines).summary == (
        "2 punten zijn te laat. Daarvan uit de wet of een verordening: 1. Verder: 1 binnen veertien dagen en 1 nog "
        "niet bekend. Sinds 9 november 2026: 1 nieuw."
    )


def test_the_summary_of_a_week_without_overdue_obligations_starts_with_that():
    found = report(line("due_soon"), recipient=Recipient("adviser", "en"))
    assert found.summary == (
        "Nothing is overdue. Also: 1 due within fourteen days. Nothing has changed since 9 November 2026."
    )


def test_the_counts_of_last_week_are_shown_with_those_of_this_week():
    found = report(
        line(), now={"overdue": 1, "met": 4, "met_late": 2, "pending": 9}, before={"overdue": 3, "met": 5, "": 2}
    )
    assert found.figures == (("overdue", 3, 1), ("done", 5, 6))
    assert found.as_figures() == {
        "now": {"overdue": 1, "done": 6},
        "before": {"overdue": 3, "done": 5},
        "new": 0,
        "resolved": 0,
    }


def test_the_last_days_of_december_may_be_in_the_first_week_of_the_next_year():
    found = build_digest(COORDINATOR, date(2025, 12, 29), SINCE, [line()])
    assert found is not None
    assert (found.year, found.week) == (2026, 1)


# ---------- retrospective trajectories, motions and commitments


def test_a_retrospective_case_is_listed_separately_and_not_counted():
    found = report(line(), new(name="toen", retrospective=True, strength="law", days_late=999))
    assert [group.title for group in found.sections[0].groups] == ["Plein"]
    assert found.subject == "Participatie week 47: 1 te laat"
    assert [group.title for group in found.review.groups] == ["Toen"]
    assert "wet" not in found.summary


def test_older_flags_of_a_retrospective_case_are_counted_unless_statutory():
    found = report(
        line(),
        line(name="toen", retrospective=True, subject="a"),
        line(name="toen", retrospective=True, subject="b", strength="law"),
        line(name="ooit", retrospective=True, subject="c"),
    )
    result = {group.title: (len(group.entries), group.more) for group in found.review.groups}
    assert result == {"Toen": (1, 1), "Ooit": (0, 1)}


@pytest.mark.parametrize("role", ["coordinator", "auditor"])
def test_motions_and_commitments_have_their_own_section(role):
    found = report(line(), line("unknown", owner_type="motion", name="21.0098/04"), recipient=Recipient(role, "nl"))
    assert (codes(found), found.register.total) == (["overdue"], 1)


@pytest.mark.parametrize("role", ["adviser", "association_member", "administrator"])
def test_the_register_is_only_in_digests_of_permitted_recipients(role):
    assert report(line(owner_type="motion", name="21.0098/04"), recipient=Recipient(role, "nl")) is None


# ---------- length limits


def test_a_long_section_lists_ten_rows_and_counts_the_rest():
    found = report(*(line(subject=f"s{n}", days_late=n) for n in range(1, 15)))
    section = found.sections[0]
    assert [line.days_late for line in in_full(section)] == list(range(14, 4, -1))
    assert (section.total, left_out(section)) == (14, 4)


@pytest.mark.parametrize("strength", ["law", "ordinance"])
def test_statutory_obligations_are_never_omitted(strength):
    laws = [line(subject=f"s{n}", strength=strength, days_late=n) for n in range(1, 15)]
    section = report(line(rule="x", days_late=99), *laws).sections[0]
    assert [line.strength for line in in_full(section)] == [strength] * 14
    assert left_out(section) == 1


def test_new_flags_are_listed_before_older_more_severe_ones():
    old = [line(name=f"t{n}", days_late=100 + n) for n in range(12)]
    section = report(*old, new(rule="plan-recorded", days_late=1)).sections[0]
    assert "plan-recorded" in [line.rule for line in in_full(section)]


def test_a_repeating_rule_does_not_crowd_out_other_rules():
    repeats = [line(subject=f"s{n}", days_late=100 + n) for n in range(12)]
    section = report(*repeats, line(rule="plan-recorded", days_late=1)).sections[0]
    assert "plan-recorded" in [line.rule for line in in_full(section)]


def test_omitted_trajectories_are_counted_below_the_section():
    section = report(*(line(name=f"t{n}", days_late=n) for n in range(1, 13))).sections[0]
    assert (len(section.groups), section.more) == (10, 2)


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
def test_every_flag_is_listed_once_or_counted_and_statutory_ones_are_listed(found):
    result = report(*found)
    flags = [line for line in found if line.status in FLAGGED]
    if result is None:
        assert all(line.retrospective for line in flags)
        return
    sections = [*result.sections, *filter(None, [result.register, result.review])]
    shown = [line.identity for section in sections for line in in_full(section)]
    assert len(shown) == len(set(shown))
    assert len(shown) + sum(map(left_out, sections)) == len(flags)
    assert {line.identity for line in flags if line.strength == "law"} <= set(shown)


@given(many)
def test_a_retrospective_case_changes_neither_subject_nor_summary_nor_counts(found):
    current = [line for line in found if not line.retrospective]
    with_them, without = report(*found), report(*current)
    if without is None:
        assert with_them is None or not (with_them.sections or with_them.register or with_them.resolved)
    else:
        assert (with_them.subject, with_them.summary) == (without.subject, without.summary)
        assert (with_them.sections, with_them.new, with_them.figures) == (
            without.sections,
            without.new,
            without.figures,
        )


def test_the_data_of_a_digest_reads_no_database():
    tree = ast.parse(Path(digest.__file__).read_text(encoding="utf-8"))
    modules = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert "participation.compliance" in modules
    assert [
        module for module in modules if module.startswith(("participation.selectors", "participation.models"))
    ] == []
