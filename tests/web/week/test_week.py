"""The week page: obligations in order of their due date, each with its remedy."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from participation.models import CounterSignal, PlanActor
from tests import towns, world
from tests.web.html_helpers import ParsedPage, get_html, overdue_obligation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

WEEK = "/deze-week/"
MONDAY = date(2026, 4, 20)


class Whole(ParsedPage):
    VOID = (*ParsedPage.VOID, "col")


@pytest.fixture
def square():
    return world.trajectory()


@pytest.fixture
def adviser(client, square):
    user = world.user("adviser")
    square.advisers.add(user)
    client.force_login(user)
    return user


def test_an_adviser_sees_only_obligations_of_assigned_trajectories(client, square, adviser):
    world.step(square, title="Avond")
    overdue_obligation(square, details={"about": "Avond"})
    overdue_obligation(world.trajectory("elders"), details={"about": "Wandeling"})
    html = get_html(client, WEEK)
    assert "Terugkoppeling na een activiteit" in html
    assert "“Avond”" in html
    assert "3 dagen te laat" in html
    assert "Wandeling" not in html
    assert "Elders" not in html


def test_each_row_links_to_its_remedy_form_with_a_return_url(client, square, adviser):
    world.step(square, done=world.on("2026-03-20"))
    overdue_obligation(square)
    html = get_html(client, WEEK)
    form = "/trajecten/voorbeeldplein/stappen/nieuw/?kind=feedback&amp;about=s1&amp;audience=residents"
    assert f'{form}&amp;done=2026-04-20&amp;terug={quote(WEEK, safe="")}"' in html
    assert '"/trajecten/voorbeeldplein/afspraken/#feedback-given--s1"' in html


def test_later_and_incomplete_items_are_collapsed_with_their_count(client, square, adviser):
    overdue_obligation(square, subject="s2", due_on=MONDAY + timedelta(days=10))
    world.obligation(trajectory=square, subject="s3", due_on=None, strict_due_on=None, missing=["step_date"])
    html = get_html(client, WEEK)
    folded = html.partition('<details class="ld-details">')[2]
    assert "Binnen veertien dagen</h2> (1)" in folded
    assert "Nog niet bekend</h2> (1)" in folded
    assert "Niets is te laat, en deze week hoeft er niets klaar te zijn." in html


def test_a_busy_week_fits_on_one_screen_and_counts_the_rest(client, square, adviser):
    for number in range(20):
        overdue_obligation(square, subject=f"a{number}")
        overdue_obligation(square, subject=f"b{number}", due_on=MONDAY)
    html = get_html(client, WEEK)
    opened = html.partition('<div class="ld-accordion">')[0]
    assert opened.count('<td class="ld-week__what">') == 9
    assert "deel=late" in html
    assert "nog 13" in html
    assert "nog 18" in html
    every = get_html(client, f"{WEEK}?deel=late")
    assert every.count('<td class="ld-week__what">') == 20
    assert "nog " not in every.partition("<main")[2]


def test_law_is_on_top_and_each_row_names_its_kind_of_source(client, square, adviser):
    overdue_obligation(square)
    overdue_obligation(square, rule="complaint-handled", subject="r1", due_on=MONDAY + timedelta(days=9))
    html = get_html(client, WEEK)
    assert html.index("Uit wet of verordening <span") < html.index("Te laat <span")
    assert html.count('<td class="ld-week__source">wet</td>') == 1
    assert html.count('<td class="ld-week__source">toezegging van het college</td>') == 1


def test_what_is_overdue_for_long_is_folded_under_one_line_with_its_count(client, square, adviser):
    overdue_obligation(square)
    for number in range(12):
        overdue_obligation(square, subject=f"o{number}", due_on=MONDAY - timedelta(days=29))
    html = get_html(client, WEEK)
    opened, _summary, folded = html.partition('<details class="ld-details ld-week__old">')
    assert opened.count('<td class="ld-week__what">') == 1
    assert 'Te laat <span class="ld-week__count">(13)' in opened
    assert "<summary>12 meer dan vier weken te laat" in folded
    assert folded.count('<td class="ld-week__what">') == 10
    assert "nog 2" in folded


def test_points_that_wait_for_one_fact_are_one_line_with_one_button(client, square, adviser):
    for rule in ("plan-recorded", "joint-start", "groups-covered"):
        world.obligation(
            trajectory=square, rule=rule, subject="", due_on=None, strict_due_on=None, missing=["first_activity"]
        )
    folded = get_html(client, WEEK).partition("Nog niet bekend</h2> (3)")[2]
    assert "Een eerste activiteit met een datum: 3 punten wachten hierop" in folded
    assert folded.count('<td class="ld-week__what">') == 1
    assert folded.count("ld-week__action") == 1
    assert folded.partition("ld-week__waiting")[2].partition("</details>")[0].count("<li>") == 3


@pytest.mark.parametrize(("lawful", "note"), [("2026-05-04", "(sluit te vroeg)"), ("", "(te laat gepland)")])
def test_an_inspection_that_closes_too_soon_is_not_planned_too_late(client, square, adviser, lawful, note):
    days = {"due_on": date(2026, 4, 30), "strict_due_on": date(2026, 4, 30), "expected_on": date(2026, 5, 4)}
    details = {"about": "Ontwerp", "first_lawful_day": lawful}
    world.obligation(trajectory=square, rule="inspection-six-weeks", subject="s1", details=details, **days)
    html = get_html(client, WEEK)
    assert [text for text in ("(sluit te vroeg)", "(te laat gepland)") if text in html] == [note]


def test_items_residents_wait_for_come_first_within_their_group(client, square, adviser):
    world.step(square)
    overdue_obligation(square, due_on=MONDAY, details={"about": "Avond"})
    plan = world.plan(square, world.RESIDENTS)
    shops = PlanActor.objects.create(
        plan=plan, organisation=world.organisation(world.SHOPS), suggested_by=world.RESIDENTS
    )
    request = world.request(square)
    CounterSignal.objects.create(
        trajectory=square,
        rule="meeting-announced",
        status="met",
        on=MONDAY,
        organisation=world.organisation(),
        made_by=world.user("association_member", world.RESIDENTS),
        request=request,
        evidence="De brief",
    )
    world.obligation(trajectory=square, rule="concern-answered", subject="r1", due_on=MONDAY, strict_due_on=MONDAY)
    html = get_html(client, WEEK)
    places = [html.index(text) for text in ("geeft een weerwoord", "wacht op een rol in het plan", "“Avond”")]
    assert places == sorted(places)
    assert html.count("Antwoord op een zorg") == 0
    assert f"/trajecten/voorbeeldplein/partijen/{shops.pk}/?terug=" in html
    assert "/verzoeken/r1/?veld=answer" in html


def test_statuses_with_a_transition_this_week_have_a_group_or_a_mark(client, square, adviser):
    for rule in ("feedback-given", "complaint-handled"):
        made = overdue_obligation(square, rule=rule)
        world.transition(made, to_status="overdue", noticed_at=timezone.now() - timedelta(days=1))
    law, _heading, rest = get_html(client, WEEK).partition("Nieuw <span")
    assert law.count('<span class="ld-week__new">nieuw</span>') == 1
    assert "Terugkoppeling na een activiteit" in rest


def test_a_coordinator_sees_everything_or_only_their_own_work(client, square):
    coordinator = world.user("coordinator")
    world.trajectory("mijn-plein").advisers.add(coordinator)
    client.force_login(coordinator)
    overdue_obligation(square)
    world.obligation(commitment=world.commitment(text="Betere brieven"), rule="commitment-kept", subject="")
    every = get_html(client, WEEK)
    assert "Voorbeeldplein" in every
    assert "Toezegging T-1: Betere brieven" in every
    mine = get_html(client, f"{WEEK}?wie=mij")
    assert "Toezegging T-1" not in mine
    assert "#feedback-given--s1" not in mine


def test_an_auditor_sees_everything_without_actions(client, square):
    client.force_login(world.user("auditor"))
    overdue_obligation(square)
    html = get_html(client, WEEK)
    assert "Terugkoppeling na een activiteit" in html
    assert "ld-week__action" not in html
    assert "<form" not in html.partition("<main")[2]


@pytest.mark.parametrize("role", ["association_member", "visitor"])
def test_the_week_page_is_for_staff_only(client, square, role):
    if role == "visitor":
        response = client.get(WEEK)
        assert (response.status_code, response.headers["Location"][:10]) == (302, "/inloggen/")
    else:
        client.force_login(world.user(role, world.RESIDENTS))
        assert client.get(WEEK).status_code == 403


def test_quick_entry_links_to_the_chosen_form(client, square, adviser):
    html = get_html(client, WEEK)
    assert '<option value="voorbeeldplein">Voorbeeldplein</option>' in html
    response = client.get(f"{WEEK}vastleggen/", {"traject": "voorbeeldplein", "wat": "inbreng"})
    assert (response.status_code, response.headers["Location"]) == (302, "/trajecten/voorbeeldplein/inbreng/nieuw/")
    assert client.get(f"{WEEK}vastleggen/", {"traject": "voorbeeldplein", "wat": "niets"}).status_code == 404
    assert client.get(f"{WEEK}vastleggen/", {"traject": "", "wat": "stap"}).status_code == 404
    world.trajectory("elders")
    assert client.get(f"{WEEK}vastleggen/", {"traject": "elders", "wat": "stap"}).status_code == 403


def test_an_adviser_without_trajectories_reads_who_assigns_them(client):
    client.force_login(world.user("adviser"))
    assert "De coördinator wijst ze toe." in get_html(client, WEEK)


def test_an_unknown_section_gives_404(client, adviser):
    assert client.get(f"{WEEK}?deel=ooit").status_code == 404


def test_a_longer_week_takes_no_more_queries(client, adviser, square, django_assert_max_num_queries):
    def add_obligations(first, last):
        for number in range(first, last):
            of = world.trajectory(f"plein-{number}")
            of.advisers.add(adviser)
            world.step(of)
            overdue_obligation(of)
            overdue_obligation(of, subject="s2", due_on=MONDAY)
            overdue_obligation(of, rule="scenarios-offered", subject="")
            world.waiver(of, until=MONDAY)
            PlanActor.objects.create(
                plan=world.plan(of), organisation=world.organisation(), suggested_by=world.RESIDENTS
            )

    add_obligations(0, 1)
    with CaptureQueriesContext(connection) as one:
        get_html(client, WEEK)
    add_obligations(1, 50)
    with django_assert_max_num_queries(len(one)):
        get_html(client, WEEK)


def test_the_page_is_valid_html_and_works_with_a_screen_reader(client, square, adviser):
    overdue_obligation(square)
    html = get_html(client, WEEK)
    Whole(html)
    assert html.count("<h1") == 1
    assert html.count('<th scope="col"') == 5
    assert 'style="' not in html
    assert "<script" not in html


def test_the_page_is_in_the_language_of_the_reader(client, square):
    user = world.user("adviser", language="en")
    square.advisers.add(user)
    client.force_login(user)
    overdue_obligation(square)
    html = get_html(client, WEEK)
    assert "This week" in html
    assert "Record the feedback" in html


# ---------- several municipalities


@pytest.fixture
def service_centre(client, settings):
    """Log in a coordinator of two towns, with something overdue in each, by the rules of each."""
    settings.RULEBOOK = towns.TOWNS
    world.organisation("oegstgeest", kind="municipality", name="Gemeente Oegstgeest")
    for town in ("leiden", "oegstgeest"):
        overdue_obligation(world.trajectory(f"plein-{town}", municipality=town))
    client.force_login(world.user("coordinator"))


def test_a_service_centre_sees_its_towns_together_each_with_its_name_and_words(client, service_centre):
    html = get_html(client, WEEK)
    assert "Plein Leiden (leiden)" in html
    assert "Plein Oegstgeest (Gemeente Oegstgeest)" in html
    assert "Terugkoppeling na een activiteit" in html
    assert "Antwoord aan Oegstgeest" in html


def test_a_service_centre_sees_its_towns_apart(client, service_centre):
    html = get_html(client, f"{WEEK}?gemeente=oegstgeest")
    assert "Plein Oegstgeest" in html
    assert "Plein Leiden" not in html.partition("</nav>")[2].partition("<select")[0]
    assert '<a class="ld-week__choice" href="?gemeente=oegstgeest" aria-current="true">' in html
    assert client.get(f"{WEEK}?gemeente=elders").status_code == 404


def test_where_there_is_one_town_it_is_not_named(client, square, adviser):
    overdue_obligation(square)
    html = get_html(client, WEEK)
    assert "(leiden)" not in html
    assert "gemeente=" not in html


@pytest.mark.parametrize("count", [1, 50])
def test_fifty_rows_of_two_towns_take_as_many_queries_as_one(
    client, service_centre, count, django_assert_max_num_queries
):
    for number in range(count):
        town = ("leiden", "oegstgeest")[number % 2]
        overdue_obligation(world.trajectory(f"t{number}", municipality=town))
    with django_assert_max_num_queries(45):
        get_html(client, WEEK)
