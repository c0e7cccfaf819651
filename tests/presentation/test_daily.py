"""The daily digest contains the changes since the last one, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from participation.compliance.obligations import FLAGGED
from participation.presentation.digest_data import ExpiringWaiver, Recipient
from tests.presentation.lines import EARLIER, line, new, report, resolved


def in_full(section):
    return [entry.line for group in section.groups for entry in group.entries]


def daily(*lines, **rest):
    return report(*lines, period="daily", **rest)


@pytest.mark.parametrize("status", FLAGGED)
def test_a_daily_digest_lists_only_the_changes(status):
    found = daily(new(status, subject="a"), line(status, subject="b"), resolved(subject="c"))
    assert [line.subject for line in in_full(found.sections[0])] == ["a"]
    assert [line.subject for line in in_full(found.resolved)] == ["c"]
    assert found.rest is None
    assert found.summary == "1 nieuw en 1 opgelost. Nieuw is sinds 9 november."


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([line(), line("unknown", subject="b")], id="what is flagged for long"),
        pytest.param([line("met"), resolved(noticed_at=EARLIER)], id="what was done before"),
        pytest.param([line(retrospective=True)], id="a case looked back on"),
    ],
)
def test_a_day_without_changes_gives_no_digest(lines):
    assert daily(*lines) is None


def test_the_subject_of_a_daily_digest_has_the_day_and_the_count():
    found = daily(new(subject="a"), new("due_soon", subject="b"), line(subject="c"))
    assert found.subject == "Participatie 16 november: 2 nieuw"
    assert daily(new(), recipient=Recipient("auditor", "en")).subject == "Participation 16 November: 1 new"


def test_changes_in_a_retrospective_case_are_in_the_daily_digest():
    found = daily(new(retrospective=True), line(retrospective=True, subject="b"))
    assert (found.review.total, found.subject) == (1, "Participatie 16 november: nieuw bij de terugblik")
    assert found.summary == "Nieuw bij de terugblik. Nieuw is sinds 9 november."


@pytest.mark.parametrize(
    ("until", "is_listed"),
    [
        pytest.param(date(2026, 11, 15), True, id="it ended"),
        pytest.param(date(2026, 11, 20), False, id="it was told of before"),
        pytest.param(date(2026, 11, 23), False, id="it was told of on the first day"),
        pytest.param(date(2026, 11, 24), True, id="it comes near"),
    ],
)
def test_a_daily_digest_mentions_a_waiver_that_ends_soon_or_today(until, is_listed):
    waiver = ExpiringWaiver("Plein", "https://x.example/", "Scenario's", until, "https://x")
    found = daily(waivers=[waiver])
    assert bool(found) == is_listed
    if found:
        assert found.subject == "Participatie 16 november: 1 keer uitleg die afloopt"
