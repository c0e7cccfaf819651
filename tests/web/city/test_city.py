"""Statistics: how much of what was due was done, on any day and as known at any moment."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from participation.compliance.rulebooks import load_rulebooks
from participation.models import Obligation, Trajectory
from participation.selectors.statistics import city
from participation.selectors.statistics.city import CityFigures, Period, percent
from participation.services.assessment import reassess_one
from tests import towns, world
from tests.web.html_helpers import TODAY, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

CITY = "/stad/"
RULEBOOKS = load_rulebooks("leiden")


def add_obligation(of, days, subject, **columns):
    """Create feedback that is due this number of days from today."""
    due = TODAY + timedelta(days=days)
    return world.obligation(trajectory=of, subject=subject, due_on=due, strict_due_on=due, **columns)


@pytest.fixture
def square():
    """Create an obligation in every status, and one that is not due yet."""
    of = world.trajectory()
    add_obligation(of, -10, "in time", met_on=TODAY - timedelta(days=12))
    add_obligation(of, -10, "on the last day", met_on=TODAY - timedelta(days=10))
    add_obligation(of, -10, "late", met_on=TODAY - timedelta(days=5))
    add_obligation(of, -10, "explained", rule="contribution-answered")
    world.waiver(of, rule="contribution-answered")
    add_obligation(of, -10, "overdue")
    world.obligation(trajectory=of, subject="gap", due_on=None, strict_due_on=None, missing=["step_date"])
    add_obligation(of, 1, "tomorrow")
    add_obligation(of, 5, "done before its day", met_on=TODAY - timedelta(days=1))
    add_obligation(of, 5, "explained before its day", rule="contribution-answered")
    return of


def figures(on=TODAY, first=None, rows=None, retrospective=False):
    rows = Trajectory.objects.all() if rows is None else rows
    counts = city.count_by_status(rows, RULEBOOKS, Period(first, on))
    return city.figures_by_basic(counts, RULEBOOKS, retrospective)


def test_the_page_shows_what_became_of_the_obligations(square):
    [feedback] = figures()
    assert feedback.basic == "feedback"
    assert feedback.figures == CityFigures(in_time=2, late=1, explained=1, overdue=1, unknown=1)
    assert feedback.figures.due == 5
    assert feedback.figures.share("in_time") == pytest.approx(0.4)
    assert {row.rule: row.figures.due for row in feedback.rules} == {"feedback-given": 4, "contribution-answered": 1}


def test_an_earlier_day_gives_the_figures_of_that_day(square):
    [then] = figures(on=TODAY - timedelta(days=7))
    assert then.figures == CityFigures(in_time=2, late=0, explained=1, overdue=2, unknown=1)
    [before] = figures(on=TODAY - timedelta(days=11))
    assert before.figures == CityFigures(unknown=1)


def test_a_period_excludes_earlier_due_dates(square):
    add_obligation(square, -400, "old")
    [all_of_it], [this_year] = figures(), figures(first=TODAY - timedelta(days=365))
    assert (all_of_it.figures.overdue, this_year.figures.overdue) == (2, 1)


def test_retrospective_trajectories_are_shown_separately(square):
    add_obligation(world.trajectory("oud", retrospective=True), -10, "s1")
    assert figures()[0].figures.overdue == 1
    assert figures(retrospective=True)[0].figures == CityFigures(overdue=1)


def test_percentages_add_up_and_all_is_used_only_for_all():
    assert [percent(share) for share in (0, 0.001, 0.5, 0.999, 1)] == [0, 1, 50, 99, 100]
    assert CityFigures(unknown=3).share("in_time") == 0


def test_as_known_at_a_moment_later_recorded_facts_do_not_count(client):
    of = world.trajectory()
    world.record(of, "2026-02-01 12:00")
    Trajectory.history.filter(id=of.pk).exclude(history_date__lt=world.moment("2026-02-02 12:00")).delete()
    evening = world.step(of, done=world.on("2026-03-20"))
    evening.history.update(history_date=world.moment("2026-03-21 12:00"))
    result = world.step(of, "s2", kind="feedback", method="", about=["s1"], done=world.on("2026-04-01"))
    result.history.update(history_date=world.moment("2026-04-19 12:00"))
    reassess_one("trajectory", of.pk, RULEBOOKS, TODAY, timezone.now())
    rows = Trajectory.objects.all()
    period = Period(None, TODAY)

    def given(known):
        counts, _delays = city.count_by_status_as_known(rows, RULEBOOKS, period, world.moment(known))
        return counts.get(("leiden", "feedback-given", False), {})

    assert dict(given("2026-04-20 12:00")) == {"met": 1}
    assert dict(given("2026-04-18 12:00")) == {"overdue": 1}
    assert dict(given("2026-03-01 12:00")) == {}
    assert city.count_by_status(rows, RULEBOOKS, period)["leiden", "feedback-given", False] == given("2026-04-20 12:00")
    assert "Zoals het bekend was op 18 april 2026." in get_html(client, f"{CITY}?bekend=2026-04-18")


def test_too_many_trajectories_to_reassess_give_a_message(client, square, monkeypatch):
    monkeypatch.setattr(city, "MAX_REASSESSED_TRAJECTORIES", 0)
    html = get_html(client, f"{CITY}?bekend=2026-04-18")
    assert "kan hier voor hoogstens 0 trajecten" in html
    assert "40% van wat de gemeente voor bewoners moest doen, was op tijd klaar: 2 van de 5." in html


def test_the_summary_is_three_sentences_and_one_table(client, square):
    html = get_html(client, CITY)
    assert "40% van wat de gemeente voor bewoners moest doen, was op tijd klaar: 2 van de 5." in html
    assert "1 punt is te laat en nog niet gedaan." in html
    assert "Van 1 punt is nog niet bekend of het op tijd was" in html
    table = html.partition("<table")[2].partition("</table>")[0]
    row = " ".join(table.partition("Terugkoppeling")[2].split())
    assert 'role="img" aria-label="Op tijd: 2 (40%), Te laat gedaan: 1 (20%), Uitgelegd: 1 (20%)' in table
    assert '>2<span class="ld-visually-hidden"> Op tijd, Terugkoppeling</span></a>' in row
    assert 'href="/stad/punten/?wat=alles&amp;op=2026-04-20&amp;basis=feedback&amp;uitkomst=in_time"' in row
    assert '<span class="ld-muted ld-small">40%</span>' in row
    assert 'width="33.33"' in table
    assert "/regels/feedback-given/" in html


def test_the_longest_overdue_obligations_link_to_their_explanation(client, square):
    add_obligation(square, -40, "s/9", rule="meeting-announced")
    html = get_html(client, CITY)
    assert "/trajecten/voorbeeldplein/afspraken/#meeting-announced--s%2F9" in html
    assert "sinds 11 maart 2026, 40 dagen" in html


def test_visitors_count_public_trajectories_and_staff_count_all(client, square):
    add_obligation(world.trajectory("geheim", public=False), -90, "s1")
    html = get_html(client, CITY)
    assert "2 van de 5" in html
    assert "Geheim" not in html
    assert "Openbare trajecten tellen mee." in html
    assert "Geheim" not in get_html(client, f"{CITY}?bekend=2026-04-19")
    client.force_login(world.user("auditor"))
    html = get_html(client, CITY)
    assert "2 van de 6" in html
    assert "ook die niet openbaar zijn" in html


def test_districts_fairness_and_the_register_are_shown(client, square):
    world.neighbourhood("slaaghwijk", district="Noord")
    world.neighbourhood(world.CENTRE).__class__.objects.filter(slug=world.CENTRE).update(district="Midden")
    for ref, score in (("e1", 8), ("e2", 7)):
        world.step(square, ref, kind="evaluation", method="", done=world.on("2026-04-01"), score=score)
    world.step(square, "e3", kind="evaluation", method="", done=world.on("2026-05-01"), score=1)
    world.motion()
    world.motion("21.0098/05", settled_on=world.on("2022-01-01"))
    world.commitment()
    assert city.count_by_district(Trajectory.objects.all()) == [("Midden", 1), ("Noord", 0)]
    html = get_html(client, CITY)
    assert "Gemiddeld een 7,5 (van 10), in 2 evaluaties (van 7 tot 8)." in html
    states = [
        re.findall(r"<li>(.*?)</li>", part) for part in re.findall(r'<ul class="ld-action-links">(.*?)</ul>', html)
    ]
    motions, commitments = [[unescape(strip_tags(state)) for state in row] for row in states]
    assert motions == ["1 open", "0 volgens het college afgedaan, door de raad nog niet", "1 afgedaan door de raad"]
    assert commitments == ["1 open", "0 nagekomen"]


@pytest.mark.parametrize(
    ("query", "result"),
    [
        ("van=2026-05-01", "Deze dag komt na de dag waar u naar kijkt."),
        ("bekend=2026-05-01", "Kies een dag die geweest is, of vandaag."),
        ("op=0001-01-01", "Controleer het jaar."),
        ("op=ooit", 'value="ooit"'),
    ],
)
def test_an_invalid_date_gives_a_field_error_on_the_page(client, square, query, result):
    html = get_html(client, f"{CITY}?{query}")
    assert result in html
    assert "2 van de 5" in html


def test_without_data_the_page_says_so(client):
    html = get_html(client, CITY)
    assert "In deze periode hoefde er niets klaar te zijn." in html
    assert "Nog geen evaluatie heeft een cijfer." in html


@pytest.mark.parametrize("query", ["", "?bekend=2026-04-19"])
def test_more_trajectories_take_no_more_queries(client, square, query):
    with CaptureQueriesContext(connection) as few:
        get_html(client, CITY + query)
    for number in range(50):
        add_obligation(world.trajectory(f"plein-{number}"), -3, "s1")
    with CaptureQueriesContext(connection) as many:
        get_html(client, CITY + query)
    assert len(many) <= len(few) + (2 if query else 0)


def test_a_page_on_which_nothing_changed_takes_four_queries(client, square):
    for number in range(50):
        add_obligation(world.trajectory(f"plein-{number}"), -3, "s1")
    first = get_html(client, CITY)
    with CaptureQueriesContext(connection) as queries:
        assert get_html(client, CITY) == first
    assert len(queries) == 4


def test_figures_equal_a_direct_calculation(square):
    from participation.compliance.obligations import ObligationValue, status
    from participation.selectors.obligations.statuses import waivers_of

    waivers = waivers_of([square.pk])[square.pk]
    for on in (TODAY - timedelta(days=days) for days in range(-10, 20)):
        found: dict[str, int] = {}
        for row in Obligation.objects.all().values_list(*ObligationValue._fields):
            value = ObligationValue(*row)
            if value.due_on is None or value.due_on <= on:
                result = status(value, on, waivers)
                found[result] = found.get(result, 0) + 1
        counts = city.count_by_status(Trajectory.objects.all(), RULEBOOKS, Period(None, on))
        assert sum(dict(c).get("overdue", 0) for c in counts.values()) == found.get("overdue", 0)
        assert sum(sum(c.values()) for c in counts.values()) == sum(found.values())


def test_the_last_twelve_months_end_today():
    assert city.start_of_year_until(date(2026, 4, 20)) == date(2025, 4, 21)
    assert city.start_of_year_until(date(2024, 2, 29)) == date(2023, 3, 1)


# ---------- several municipalities


@pytest.fixture
def two_towns(settings):
    """Create obligations in two towns: Leiden was on time once out of twice, Oegstgeest every time."""
    settings.RULEBOOK = towns.TOWNS
    world.organisation("oegstgeest", kind="municipality", name="Gemeente Oegstgeest")
    for town, met in (("leiden", [True, False]), ("oegstgeest", [True])):
        for number, on_time in enumerate(met):
            of = world.trajectory(f"{town}-{number}", municipality=town)
            add_obligation(of, -10, "s1", met_on=TODAY - timedelta(days=12) if on_time else None)


def test_the_towns_are_counted_apart_and_together(two_towns):
    counts = city.count_by_status(Trajectory.objects.all(), towns.RULEBOOKS, Period(None, TODAY))
    [together] = city.figures_by_basic(counts, towns.RULEBOOKS)
    apart = city.figures_by_municipality(counts, towns.RULEBOOKS, {})
    assert together.figures == CityFigures(in_time=2, overdue=1)
    assert {town: rows[0].figures for town, rows in apart.items()} == {
        "leiden": CityFigures(in_time=1, overdue=1),
        "oegstgeest": CityFigures(in_time=1),
    }
    assert [(row.rulebook, row.rule, row.figures.due) for row in together.rules] == [
        ("leiden", "feedback-given", 2),
        ("oegstgeest", "feedback-given", 1),
    ]


def test_the_page_sets_the_towns_side_by_side_and_together(client, two_towns):
    html = get_html(client, CITY)
    table = html.partition("Op tijd, per basisvoorwaarde en gemeente")[2].partition("</table>")[0]
    assert [strip_tags(cell).strip() for cell in re.findall(r"<th[^>]*>(.*?)</th>", table)][:4] == [
        "Basisvoorwaarde",
        "Gemeente Oegstgeest",
        "leiden",
        "samen",
    ]
    assert [strip_tags(cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", table, re.DOTALL)] == [
        "100% 1 van 1 Terugkoppeling, Gemeente Oegstgeest",
        "50% 1 van 2 Terugkoppeling, leiden",
        "67% 2 van 3 Terugkoppeling, samen",
    ]
    assert 'href="?gemeente=oegstgeest"' in html


def test_the_page_shows_one_town_by_its_own_rules(client, two_towns):
    html = get_html(client, f"{CITY}?gemeente=oegstgeest")
    assert "Gemeente Oegstgeest</h1>" in html
    assert "Antwoord aan Oegstgeest" in html
    assert "/regels/feedback-given/?regelboek=oegstgeest" in html
    assert "Terugkoppeling na een activiteit" not in html
    assert "Op tijd, per basisvoorwaarde en gemeente" not in html


def test_the_download_has_a_row_for_each_town(client, two_towns):
    lines = client.get(f"{CITY}?bestand=csv").getvalue().decode("utf-8-sig").splitlines()
    found = [dict(zip(lines[0].split(";"), line.split(";"), strict=True)) for line in lines[1:]]
    assert {(row["Gemeente"], row["Regel"], row["Op tijd"]) for row in found} == {
        ("leiden", "Terugkoppeling na een activiteit", "1"),
        ("oegstgeest", "Antwoord aan Oegstgeest", "1"),
    }


def test_the_download_and_the_page_count_trajectories_without_a_town(client, two_towns):
    add_obligation(world.trajectory("elders", municipality=""), -3, "s1")
    lines = client.get(f"{CITY}?bestand=csv").getvalue().decode("utf-8-sig").splitlines()
    rows = [dict(zip(lines[0].split(";"), line.split(";"), strict=True)) for line in lines[1:]]
    assert sorted((row["Gemeente"], row["Te laat"]) for row in rows) == [
        ("", "1"),
        ("leiden", "1"),
        ("oegstgeest", "0"),
    ]
    assert "niet vastgelegd" in get_html(client, CITY)


def test_a_town_that_is_not_there_is_refused(client, two_towns):
    assert "Kies iets uit de lijst." in get_html(client, f"{CITY}?gemeente=elders")


def test_more_towns_take_no_more_queries(client, two_towns):
    with CaptureQueriesContext(connection) as few:
        get_html(client, CITY)
    for number in range(20):
        add_obligation(world.trajectory(f"t{number}", municipality=f"stad-{number}"), -3, "s1")
    with CaptureQueriesContext(connection) as many:
        get_html(client, CITY)
    assert len(many) == len(few)
