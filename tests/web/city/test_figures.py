"""The pages of figures: over time, two days, spread, influence, and the lines behind each number."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from participation.compliance.rulebooks import load_rulebooks
from participation.compliance.vocabulary import LEVELS
from participation.models import Trajectory
from participation.models.labels import LABELS
from participation.selectors.statistics import city as statistics_city
from participation.services.assessment import reassess_one
from tests import towns, world
from tests.web.html_helpers import TODAY, ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

SERIES, DAYS, SPREAD, INFLUENCE = "/stad/verloop/", "/stad/dagen/", "/stad/spreiding/", "/stad/invloed/"
POINTS, CONTRIBUTIONS = "/stad/punten/", "/stad/inbreng/"
STEPS = "/stad/stappen/"
PAGES = (SERIES, DAYS, SPREAD, INFLUENCE, POINTS, CONTRIBUTIONS, STEPS)
LINK = re.compile(
    r'<a class="ld-tap" href="(/(?:stad/(?:punten|inbreng|stappen)|trajecten|moties|toezeggingen)/\?[^"]*)">'
    r"(\d+)(?:</a>| (?:van|te laat|niet|open|volgens|afgedaan|nagekomen)|<span)"
)


def due(of, days, subject="s1", **columns):
    """Create feedback that was due this number of days before today."""
    on = TODAY - timedelta(days=days)
    return world.obligation(trajectory=of, subject=subject, due_on=on, strict_due_on=on, **columns)


@pytest.fixture
def city():
    """Create points of each outcome in two districts, a log of some, and contributions with and without an answer."""
    world.neighbourhood("noord-1", district="Noord")
    north = world.trajectory("noordplein", "noord-1", level="consult")
    other = world.trajectory()
    for number in range(4):
        found = due(north, 20 + number, f"t{number}", met_on=TODAY - timedelta(days=40))
        world.transition(found, to_status="overdue", noticed_at=world.moment("2026-03-31 20:00"))
        world.transition(found, to_status="met", noticed_at=world.moment("2026-04-10 20:00"))
    due(north, 60, "late", met_on=TODAY - timedelta(days=2))
    due(north, 60, "overdue")
    due(other, 100, "waived", rule="contribution-answered")
    world.waiver(other, rule="contribution-answered")
    world.obligation(trajectory=other, subject="gap", due_on=None, strict_due_on=None, missing=["step_date"])
    due(other, 30, "wish", rule="support-offered")
    gone = due(other, 50, "gone", withdrawn_at=world.moment("2026-04-19 20:00"))
    world.transition(gone, to_status="overdue", noticed_at=world.moment("2026-03-05 20:00"))
    old = world.trajectory("oud", retrospective=True)
    due(old, 30)
    world.contribution(old, theme="Terugblik")
    world.organisation()
    answer = {"response": "Omdat het past", "responded_on": world.on("2026-04-10")}
    world.contribution(north, "c1", theme="Groen", outcome="adopted", **answer)
    world.contribution(north, "c2", theme="groen")
    world.contribution(other, "c3", party="residents")
    decided = {"kind": "decision", "method": "", "planned": None, "done": world.on("2026-04-01")}
    world.step(north, "b1", **decided, title="Raad stelt vast", effect="some", effect_note="Twee bomen meer")
    world.step(north, "a1", done=world.on("2026-03-20"), score="7.0", reach_groups=[{"group": "jongeren", "count": 9}])
    world.motion()
    world.commitment()
    return north


def text_of(html):
    return " ".join(unescape(strip_tags(html)).split())


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("query", ["", "?wat=terugblik", "?van=2026-01-01&op=2026-04-01"])
def test_each_page_is_well_formed(client, city, url, query):
    ParsedPage(get_html(client, f"{url}{query}"))


@pytest.mark.parametrize("url", PAGES)
def test_each_page_says_so_when_there_is_nothing(client, url):
    ParsedPage(get_html(client, url))


@pytest.mark.parametrize(
    "url",
    [
        *("/stad/", f"{SERIES}?per=maand", DAYS, SPREAD, INFLUENCE, f"{SERIES}?wat=wensen"),
        *("/stad/?van=2026-03-25", f"{INFLUENCE}?wat=terugblik", "/stad/bereik/"),
    ],
)
def test_every_number_leads_to_as_many_lines(client, city, url):
    follow_numbers(client, get_html(client, url))


def follow_numbers(client, html):
    """Follow each number of a page, and check that it counts what is listed there."""
    links = set(LINK.findall(html))
    assert links
    for address, number in links:
        shown = re.search(r'role="status"[^>]*>\s*(?:<p[^>]*>)?\s*(\d+)', get_html(client, unescape(address)))
        assert shown, address
        assert shown[1] == number, (address, number)
    # The list of trajectories has no choice of those without a level or district, nor of those as known then.
    html = re.sub(r'<tr>\s*<th scope="row">Niet vastgelegd</th>.*?</tr>', "", html, flags=re.DOTALL)
    cells = re.findall(r'<td class="ld-number"[^>]*>(.*?)</td>', html, re.DOTALL)
    bare = [cell for cell in cells if re.match(r"\s*[1-9]\d*(?!\d*%)\b", cell) and "%" not in cell]
    assert bare == []


# ---------- over time


def test_a_period_stands_as_known_now_beside_as_known_then(client, city):
    html = get_html(client, f"{SERIES}?per=maand&van=2026-02-01")
    cells = [text_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", _row(html, "maart 2026"), re.DOTALL)]
    # Of March: four on time, as is known since 10 April. The log said overdue on the last day of March, and it had one
    # that was withdrawn since: 1 March was its last day.
    assert [cell.split()[0] for cell in cells] == ["100%", "4", "0", "0", "0", "0%", "0", "5", "0"]
    assert "Op tijd: van 0% in februari 2026 naar 100% in maart 2026." in html
    assert "april 2026 tot en met 20 april" in html


def _row(html, label):
    return next(row for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL) if label in row)


def test_points_without_a_date_stand_apart(client, city):
    html = text_of(get_html(client, SERIES))
    assert "Van 1 punt is niet bekend of het op tijd was" in html


def test_wishes_and_what_looks_back_are_shown_only_when_chosen(client, city):
    assert "niemand heeft dit toegezegd" not in get_html(client, SERIES)
    assert "niemand heeft dit toegezegd" in get_html(client, f"{SERIES}?wat=wensen")
    assert "met de regels van nu" in text_of(get_html(client, f"{SERIES}?wat=terugblik"))


def test_too_many_periods_give_an_error_at_the_unit(client, city):
    html = get_html(client, f"{SERIES}?per=maand&van=2020-01-01")
    assert "Dit zijn meer dan 36 periodes." in html
    assert "januari 2020" not in html


def test_the_download_has_a_row_for_each_period_and_basic_condition(client, city):
    lines = client.get(f"{SERIES}?per=jaar&bestand=csv").getvalue().decode("utf-8-sig").splitlines()
    rows = [dict(zip(lines[0].split(";"), line.split(";"), strict=True)) for line in lines[1:]]
    assert [(row["Basisvoorwaarde"], row["Periode"], row["Op tijd (zoals nu bekend)"]) for row in rows] == [
        ("alles samen", "2026 tot en met 20 april", "4"),
        ("Terugkoppeling", "2026 tot en met 20 april", "4"),
    ]


# ---------- two days


def test_two_days_stand_side_by_side_with_what_changed(client, city):
    html = text_of(_row(get_html(client, f"{DAYS}?eerst=2026-03-01&op=2026-04-20"), "Terugkoppeling"))
    # On 1 March: two overdue and one explained. On 20 April: four on time of seven, one late, one overdue.
    assert "0% op tijd 0 van 3" in html
    assert "57% op tijd 4 van 7" in html
    assert html.endswith("57 procentpunt meer op tijd, 1 minder te laat")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("eerst=2026-04-20&op=2026-04-20", "Kies een dag vóór de tweede."),
        ("van=2026-04-10&eerst=2026-04-01", "Deze dag komt na de eerste dag waar u naar kijkt."),
    ],
)
def test_days_in_the_wrong_order_give_an_error(client, city, query, message):
    assert message in get_html(client, f"{DAYS}?{query}")


# ---------- spread


def test_the_spread_names_trajectories_levels_and_districts(client, city):
    html = text_of(get_html(client, SPREAD))
    assert "60 tot 80% op tijd 1 60 tot 80% op tijd Toon: 60 tot 80% op tijdNoordplein: 4 van 6" in html
    levels = "informeren, coproduceren, meebeslissen, zelf beheren"
    assert f"Geen enkel traject heeft een van deze niveaus: {levels}." in html
    assert "1 traject telt hier niet mee, omdat er minder dan 5 punten klaar moesten zijn." in html


def test_the_middle_of_the_spread_need_not_be_a_trajectory(client):
    # 0, 40, 100 and 100 percent: none is at the middle value.
    for slug, in_time in (("a", 0), ("b", 2), ("c", 5), ("d", 5)):
        of = world.trajectory(slug, level="consult")
        for number in range(5):
            due(of, 20, f"s{number}", met_on=TODAY - timedelta(days=40) if number < in_time else None)
    html = text_of(get_html(client, SPREAD))
    assert "in het midden is dat 70%, na het eerste kwart 30% en na driekwart 100%" in html
    assert "Zo'n getal kan tussen twee trajecten in liggen." in html


def test_one_unused_level_is_in_the_singular(client):
    for level in LEVELS[1:]:
        world.trajectory(level, level=level)
    assert f"Geen enkel traject heeft dit niveau: {LABELS[LEVELS[0]]}." in text_of(get_html(client, SPREAD))


def test_the_legend_of_folded_bars_is_folded_with_them(client, city):
    html = get_html(client, SPREAD)
    folded = re.findall(r"<details.*?</details>", html, re.S)
    assert html.count('class="ld-legend"') == sum(part.count('class="ld-legend"') for part in folded) == 2


def test_bars_have_a_pattern_and_a_text(client, city):
    html = get_html(client, SPREAD)
    assert 'aria-label="Op tijd: 4, Te laat gedaan: 1, Te laat: 1"' in html
    assert 'fill="url(#ld-cross)"' in html
    assert 'pattern id="ld-cross"' in html


# ---------- influence


def test_the_line_with_downloads_begins_with_a_capital(client, city):
    assert "De besluiten downloaden: CSV" in text_of(get_html(client, INFLUENCE))


def test_influence_is_added_up_by_theme_sender_and_district(client, city):
    html = get_html(client, INFLUENCE)
    assert "Groen" in _row(html, 'scope="row">Groen')
    assert text_of(_row(html, 'scope="row">Groen')).split()[:2] == ["Groen", "2"]
    assert "Wijk- of buurtvereniging" in html
    assert text_of(_row(html, 'scope="row">Noord')).split()[:2] == ["Noord", "2"]


def test_the_influence_in_trajectories_that_look_back_stands_apart(client, city):
    assert "Terugblik" not in re.findall(r'scope="row">(\w+)', get_html(client, INFLUENCE))
    assert "Terugblik" in re.findall(r'scope="row">(\w+)', get_html(client, f"{INFLUENCE}?wat=terugblik"))
    assert "1 keer inbreng" in get_html(client, f"{CONTRIBUTIONS}?wat=terugblik")
    assert "3 keer inbreng" in get_html(client, CONTRIBUTIONS)


def test_influence_lists_what_changed_in_each_decision(client, city):
    html = get_html(client, INFLUENCE)
    row = text_of(_row(html, "Raad stelt vast"))
    assert "De inbreng veranderde iets: Twee bomen meer" in row
    assert "Niet vastgelegd of het besluit binnen de ruimte bleef" in row
    assert "/trajecten/noordplein/plan/?bij=besluit-b1#besluit-b1" in html
    assert "Twee bomen meer" in client.get(f"{INFLUENCE}?bestand=csv&lijst=besluiten").getvalue().decode()


# ---------- as known then


@pytest.fixture
def recorded():
    """Create a meeting and a contribution of March, of which the answers were recorded on 19 April."""
    of = world.trajectory(level="consult")
    Trajectory.history.filter(id=of.pk).update(history_date=world.moment("2026-02-01 12:00"))
    evening = world.step(of, done=world.on("2026-03-20"))
    evening.history.update(history_date=world.moment("2026-03-21 12:00"))
    result = world.step(of, "s2", kind="feedback", method="", about=["s1"], done=world.on("2026-04-01"))
    result.history.update(history_date=world.moment("2026-04-19 12:00"))
    said = world.contribution(of, theme="Oud thema", summary="Oude tekst")
    said.history.update(history_date=world.moment("2026-03-21 12:00"))
    answer = {"outcome": "adopted", "response": "Omdat het past", "responded_on": world.on("2026-04-02")}
    world.record(said, "2026-04-19 12:00", theme="Nieuw thema", summary="Nieuwe tekst", **answer)
    decision = world.step(of, "b1", kind="decision", method="", planned=None, done=world.on("2026-04-01"))
    decision.history.update(history_date=world.moment("2026-04-02 12:00"))
    world.record(decision, "2026-04-19 12:00", effect="much", title="Raad stelt vast")
    reassess_one("trajectory", of.pk, load_rulebooks("leiden"), TODAY, world.moment("2026-04-20 08:00"))
    return of


def status_count(client, url):
    return int(re.search(r'role="status"[^>]*>\s*(\d+)', get_html(client, url))[1])


def test_what_was_recorded_later_does_not_count_in_the_spread_as_known_then(client, recorded):
    feedback = f"{POINTS}?niveau=consult&regel=feedback-given&uitkomst="
    assert [status_count(client, f"{feedback}{outcome}") for outcome in ("in_time", "overdue")] == [1, 0]
    assert status_count(client, f"{feedback}overdue&bekend=2026-04-18") == 1
    assert status_count(client, f"{feedback}in_time&bekend=2026-04-18") == 0
    now, then = (
        text_of(_row(get_html(client, f"{SPREAD}{query}"), ">Raadplegen")) for query in ("", "?bekend=2026-04-18")
    )
    assert now != then
    html = get_html(client, f"{SPREAD}?bekend=2026-04-18")
    assert "Zoals het bekend was op 18 april 2026." in text_of(html)
    assert all("bekend=2026-04-18" in unescape(url) for url, _number in LINK.findall(html))


@pytest.mark.parametrize("url", [SPREAD, INFLUENCE, f"{INFLUENCE}?wat=", "/stad/"])
def test_every_number_as_known_then_leads_to_as_many_lines(client, recorded, url):
    html = get_html(client, f"{url}{'&' if '?' in url else '?'}bekend=2026-04-18")
    follow_numbers(client, html.replace('<td class="ld-number" data-label="Trajecten">', "<td>"))


def test_before_a_trajectory_was_recorded_it_is_in_no_figure(client, recorded):
    assert status_count(client, f"{POINTS}?bekend=2026-01-15") == 0
    assert status_count(client, f"{CONTRIBUTIONS}?bekend=2026-01-15") == 0


def test_an_answer_recorded_later_does_not_count_in_the_influence_as_known_then(client, recorded):
    assert status_count(client, f"{CONTRIBUTIONS}?uitkomst=adopted") == 1
    assert status_count(client, f"{CONTRIBUTIONS}?uitkomst=adopted&bekend=2026-04-18") == 0
    assert status_count(client, f"{CONTRIBUTIONS}?uitkomst=open&leeftijd=quarter&bekend=2026-04-18") == 1
    assert status_count(client, f"{STEPS}?effect=much") == 1
    assert status_count(client, f"{STEPS}?effect=not_recorded&bekend=2026-04-18") == 1
    html = get_html(client, f"{INFLUENCE}?bekend=2026-04-18")
    assert "Niet vastgelegd wat de inbreng veranderde: <a" in html
    assert all("bekend=2026-04-18" in unescape(url) for url, _number in LINK.findall(html))


@pytest.mark.parametrize("url", [INFLUENCE, CONTRIBUTIONS, f"{CONTRIBUTIONS}?x=1", STEPS])
def test_an_earlier_text_is_shown_to_staff_only(client, recorded, url):
    query = f"{url}{'&' if '?' in url else '?'}bekend=2026-04-18"
    html = get_html(client, query)
    assert "Oud thema" not in html
    assert "Oude tekst" not in html
    assert status_count(client, f"{CONTRIBUTIONS}?thema=oud+thema&bekend=2026-04-18") == 0
    client.force_login(world.user("auditor"))
    assert status_count(client, f"{CONTRIBUTIONS}?thema=oud+thema&bekend=2026-04-18") == 1


@pytest.mark.parametrize("url", [SPREAD, INFLUENCE, POINTS, CONTRIBUTIONS, STEPS])
def test_the_history_of_too_many_trajectories_is_not_read(client, recorded, monkeypatch, url):
    monkeypatch.setattr(statistics_city, "MAX_REASSESSED_TRAJECTORIES", 0)
    html = get_html(client, f"{url}?bekend=2026-04-18")
    assert "Hieronder ziet u wat nu bekend is." in html
    assert "Zoals het bekend was" not in html


def test_the_log_and_a_day_together_are_an_error(client):
    assert "allebei" in get_html(client, f"{POINTS}?toen=1&bekend=2026-04-18")


@pytest.mark.parametrize("url", [SERIES, DAYS, SPREAD, INFLUENCE, POINTS, CONTRIBUTIONS, STEPS, "/stad/"])
def test_a_day_may_be_typed_in_words_and_an_error_quotes_it(client, url):
    html = get_html(client, f"{url}?van=x")
    assert "“x” is geen dag. Schrijf een dag, bijvoorbeeld 20-3-2026 of gisteren." in html
    assert 'value="x"' in html
    for typed in ("gisteren", "19-4-2026", "19 april 2026", "2026-04-19"):
        html = get_html(client, f"{url}?van={typed.replace(' ', '+')}")
        assert "is geen dag" not in html
        assert f'value="{typed}"' in html
    assert "“maart 2026” is geen dag." in get_html(client, f"{url}?van=maart+2026")


# ---------- who sees what


@pytest.mark.parametrize("url", [SERIES, DAYS, SPREAD, INFLUENCE, POINTS, CONTRIBUTIONS])
def test_what_is_not_public_counts_for_staff_only(client, url):
    hidden = world.trajectory("geheim", public=False, title="Geheim plein")
    for number in range(6):
        due(hidden, 30, f"s{number}", met_on=TODAY - timedelta(days=31))
    world.contribution(hidden, theme="Geheim thema", summary="Geheim plein")
    assert "Geheim" not in get_html(client, url)
    empty = text_of(get_html(client, url))
    client.force_login(world.user("auditor"))
    assert text_of(get_html(client, url)) != empty
    assert "/stad/punten/?traject=geheim" not in empty


def test_the_trajectory_of_a_link_is_named_only_to_who_may_see_it(client):
    world.trajectory("geheim", public=False, title="Geheim plein")
    html = get_html(client, f"{POINTS}?traject=geheim")
    assert "Geheim plein" not in html
    assert "0 punten" in html


def test_one_town_is_shown_by_its_own_rules(client, settings):
    settings.RULEBOOK = towns.TOWNS
    for town in ("leiden", "oegstgeest"):
        due(world.trajectory(f"in-{town}", municipality=town), 30)
    assert "Antwoord aan Oegstgeest" in get_html(client, f"{POINTS}?gemeente=oegstgeest&wat=wensen")
    assert "In Oegstgeest" not in get_html(client, POINTS)


@pytest.mark.parametrize(
    "url",
    [
        f"{POINTS}?uitkomst=goed",
        f"{POINTS}?traject=a/b",
        f"{CONTRIBUTIONS}?leeftijd=oud",
        f"{POINTS}?op=ooit",
        f"{INFLUENCE}?van=2027-01-01",
    ],
)
def test_a_choice_that_does_not_exist_is_an_error_on_the_page(client, city, url):
    html = get_html(client, url)
    assert "ld-error" in html or "--invalid" in html or "utrecht-alert" in html


@pytest.mark.parametrize("url", [*PAGES, f"{SERIES}?per=maand&van=2023-06-01", f"{POINTS}?toen=1"])
def test_more_trajectories_take_no_more_queries(client, city, url):
    with CaptureQueriesContext(connection) as few:
        get_html(client, url)
    for number in range(50):
        of = world.trajectory(f"plein-{number}")
        due(of, 30 + number)
        world.contribution(of, theme=f"Thema {number}")
        decided = {"kind": "decision", "method": "", "done": world.on("2026-04-01")}
        world.step(of, "b1", **decided)
    with CaptureQueriesContext(connection) as many:
        get_html(client, url)
    assert len(many) <= len(few)


@pytest.mark.parametrize("file_type", ["csv", "xlsx"])
@pytest.mark.parametrize("url", PAGES)
def test_each_page_is_a_file_too(client, city, url, file_type):
    response = client.get(f"{url}?bestand={file_type}")
    assert response.status_code == 200
    assert response.getvalue()


def test_a_day_in_the_far_future_is_no_error(client, city):
    get_html(client, f"{SERIES}?per=jaar&op=9000-12-31&van=8999-01-01")
