"""The figures of the five real cases, worked out on paper from their dates (those of test_gold.py)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from participation.compliance.rulebooks import load_rulebooks
from participation.compliance.vocabulary import BASICS
from participation.models import Trajectory
from participation.selectors.statistics.city import CityFigures, Period
from participation.selectors.statistics.coverage import Covered, coverage
from participation.selectors.statistics.influence import contributions_in, count_effects, decisions_in, influence
from participation.selectors.statistics.known import known_verdicts
from participation.selectors.statistics.series import (
    count_at,
    obligations_of_scope,
    series,
    split_period,
    sums_by_basic,
)
from participation.services.dossiers.dossiers import import_dossier
from tests import world

pytestmark = pytest.mark.django_db
FIXTURES = Path(__file__).parents[2] / "fixtures" / "cases"
RULEBOOKS = load_rulebooks("leiden")
TODAY, NOW = date(2026, 4, 20), world.moment("2026-04-20 08:00")
RESEARCH = "onderzoek-participatie-leiden"
GUIDE = "handreiking-samenwerken-in-de-stad"
TALKS = "gesprekken-wijkverenigingen"
VISION = "toekomstvisie-leidse-regio-fase-2"


def imported(*slugs):
    for slug in slugs:
        import_dossier(json.loads((FIXTURES / f"{slug}.json").read_text(encoding="utf-8")), RULEBOOKS, TODAY, NOW)
    return Trajectory.objects.all()


def figures(slug, scope, basic, first, on, unit):
    """Return the figures of one basic condition in each period of a series, as known now."""
    rows = obligations_of_scope(imported(slug), RULEBOOKS, scope)
    periods = split_period(date.fromisoformat(first), date.fromisoformat(on), unit)
    found = series(rows, RULEBOOKS, periods, [NOW for _period in periods])
    return [point.now for point in found.by_basic[basic]]


def test_the_research_had_late_papers_twice():
    # Papers of 1 July: due 24 June, there on 1 July, so still overdue on 30 June. Papers of the debat: due 2 September,
    # there on 21 September, so done late on 30 September.
    found = figures(RESEARCH, "retrospective", "decision-process", "2021-04-01", "2021-09-30", "quarter")
    assert found == [CityFigures(overdue=1), CityFigures(late=1)]


def test_the_research_by_the_end_of_2021_was_on_time_once():
    # On time: the answer to the political group (27 September, given 21 September). Late: the papers, twice, and the
    # Wob request. Overdue: contact point, equal information, update, roles, those affected (twice), summary, changes.
    # Not known, because a day is missing: the complaint, three on the evaluation, and the final report.
    rows = obligations_of_scope(imported(RESEARCH), RULEBOOKS, "retrospective")
    found = sums_by_basic(count_at(rows, Period(None, date(2021, 12, 31))), RULEBOOKS)
    together = sum(found.values(), CityFigures())
    assert together == CityFigures(in_time=1, late=3, overdue=8, unknown=5)


def test_the_guide_was_evaluated_late_and_its_talks_never():
    # 2023: two talks, each to be evaluated by 21 September. 2024: the trajectory itself, by 14 August. That came on 27
    # January 2026, which the year 2024 does not show yet.
    found = figures(GUIDE, "promised", "evaluation", "2023-01-01", "2024-12-31", "year")
    assert found == [CityFigures(overdue=2), CityFigures(overdue=1)]


def test_the_guide_answered_none_of_the_six_points_of_the_letter():
    # The letter of 20 December 2023 has five points and asks for a plan. On 1 March 2024 they are 72 days old; the
    # trajectory closed on 16 May 2024, and from then on nobody waits.
    rows = imported(GUIDE)
    march, june = date(2024, 3, 1), date(2024, 6, 1)
    in_march = influence(contributions_in(rows, Period(None, march)), march)
    in_june = influence(contributions_in(rows, Period(None, june)), june)
    assert dict(in_march.states) == {"open": 6}
    assert (in_march.ages["quarter"], in_june.ages["over"]) == (6, 6)
    assert [group.total for group in in_march.themes] == [1] * 6


def test_what_was_recorded_of_the_letter_counts_from_that_moment():
    # The case was recorded on 20 April 2026 at eight: as known the day before there was nothing.
    rows, march = imported(GUIDE), date(2024, 3, 1)
    period = Period(None, march)
    counts = [
        dict(influence(contributions_in(rows, period, known_at), march, known_at).states)
        for known_at in (NOW - timedelta(days=1), NOW)
    ]
    assert counts == [{}, {"open": 6}]
    assert count_effects(decisions_in(rows, Period(None, TODAY), NOW - timedelta(days=1))).total == 0
    assert count_effects(decisions_in(rows, Period(None, TODAY), NOW)).total == 3


def test_the_guide_as_known_when_it_was_recorded_has_the_same_figures():
    # As above: two talks of 2023 and the trajectory itself were to be evaluated by the end of 2024, and were not.
    rows, period = imported(GUIDE), Period(date(2023, 1, 1), date(2024, 12, 31))
    found = [row for row in known_verdicts(rows, RULEBOOKS, period, NOW) if row.rule.basic == "evaluation"]
    assert [row.status for row in found if row.obligation.due_on] == ["overdue"] * 3
    assert known_verdicts(rows, RULEBOOKS, period, NOW - timedelta(days=1)) == []


def test_the_talks_reached_the_city_centre_six_times_in_2021():
    # Five talks with associations and the talks in neighbourhoods, each between January and 18 May 2021 at the latest.
    for slug in ("binnenstad-noord", "binnenstad-zuid"):
        world.neighbourhood(slug, district="Centrum")
    found = coverage(imported(TALKS), date(2021, 1, 1), date(2021, 12, 31))
    assert found.districts == [Covered("Centrum", date(2021, 5, 18), 6)]
    assert {row.last for row in found.groups} == {None}


def test_the_guide_does_not_say_what_the_input_changed():
    # Three decisions: the executive on 28 February, the committee on 18 April, the council on 16 May 2024.
    counts = count_effects(decisions_in(imported(GUIDE), Period(date(2024, 1, 1), date(2024, 12, 31))))
    assert (counts.effects[""], counts.room[None], counts.total) == (3, 3, 3)


def test_the_talks_with_the_associations_have_no_figures():
    # No talk has a day, and the eleven commitments belong to the register, not to a trajectory.
    rows = obligations_of_scope(imported(TALKS), RULEBOOKS, "promised")
    assert count_at(rows, Period(None, TODAY)) == {}


def test_the_letter_of_the_audit_office_is_no_trajectory():
    # Its seven basic conditions are among the headings of the figures; it adds nothing to them.
    seven = {"influence", "timely-involvement", "transparency", "inclusivity", "feedback", "resources", "roles"}
    assert seven <= set(BASICS)
    assert not list(FIXTURES.glob("*rekenkamer*"))


def test_the_vision_had_its_papers_in_time_and_its_phases_not():
    # March 2017: the judgement by the executives, due 21 March. April: papers of 3 April due 15 April at the latest,
    # ready on 29 March. June: papers of 13 June ready on the last day, the 6th; the decision by the executives not.
    found = figures(VISION, "retrospective", "decision-process", "2017-03-01", "2017-06-30", "month")
    assert found == [
        CityFigures(overdue=1),
        CityFigures(in_time=1),
        CityFigures(),
        CityFigures(in_time=1, overdue=1),
    ]


def test_what_looks_back_is_in_no_figure_of_what_was_promised():
    rows = obligations_of_scope(imported(RESEARCH, VISION), RULEBOOKS, "promised")
    assert count_at(rows, Period(None, TODAY)) == {}
